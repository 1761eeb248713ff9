"""Warnings that point at the user's own line."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

import pyspark

_gathering: ContextVar[list[str] | None] = ContextVar("warnings of classes", default=None)
_PACKAGES = Path(__file__).parents[1], Path(str(pyspark.__file__)).parent


def warn(message: str) -> None:
    """Warn at the line that called this package, however deep within it, or within Spark, the reason lies.

    Parameters
    ----------
    message : str
    """
    told = _gathering.get()
    if told is not None:
        told.append(message)
        return
    frame, level = sys._getframe(), 1
    while frame.f_back is not None and any(of in Path(frame.f_code.co_filename).parents for of in _PACKAGES):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, UserWarning, stacklevel=level)


@contextmanager
def gathered() -> Iterator[None]:
    """Make one warning of those of many classes: the first, and how many more there are."""
    told: list[str] = []
    before = _gathering.set(told)
    try:
        yield
    finally:
        _gathering.reset(before)
    if told:
        warn(told[0] + (f" (and {len(told) - 1:,} more classes of groups likewise)" if told[1:] else ""))
