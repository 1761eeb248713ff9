"""One thread for the libraries of a task, which has one core: their threads would compete with other tasks."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager
from functools import lru_cache
from typing import Any

from threadpoolctl import ThreadpoolController


def one_thread() -> AbstractContextManager[Any]:
    """A context in which libraries compute in one thread."""
    # To find the libraries takes milliseconds; new ones are loaded by imports only.
    return _controller(len(sys.modules)).limit(limits=1)


@lru_cache(maxsize=1)
def _controller(modules: int) -> ThreadpoolController:
    return ThreadpoolController()
