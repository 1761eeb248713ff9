"""Stages of planning: how long each takes, and who is told of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar

Listener = Callable[[str], AbstractContextManager[None]]
"""From a stage's name to a context manager that is entered when the stage begins and left when it ends."""
_listener: ContextVar[Listener] = ContextVar("listener", default=lambda stage: nullcontext())


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Have a listener told of all stages that begin and end meanwhile, in this
    thread.

    Examples
    --------
    >>> @contextmanager
    ... def tell(stage):
    ...     print("begin", stage)
    ...     yield
    ...     print("end", stage)
    >>> with listening(tell), timed({}, "survey"):
    ...     pass
    begin survey
    end survey
    """
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


@contextmanager
def timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    """Note how long a stage takes.

    Examples
    --------
    >>> seconds = {}
    >>> with timed(seconds, "survey"):
    ...     pass
    >>> list(seconds)
    ['survey']
    """
    start = time.perf_counter()
    with _listener.get()(stage):
        yield
    seconds[stage] = time.perf_counter() - start
