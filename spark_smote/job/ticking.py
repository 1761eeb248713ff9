"""A function called again and again while something else runs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def ticking(every: float, tick: Callable[[], None]) -> Iterator[None]:
    """Call a function every few seconds, from a thread of its own.

    Parameters
    ----------
    every : float
        Seconds.
    tick : function
        It must not raise.
    """
    over = threading.Event()

    def wait() -> None:
        while not over.wait(every):
            tick()

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
