"""Temporary caching of DataFrames."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pyspark.sql import DataFrame


@contextmanager
def cached(frame: DataFrame) -> Iterator[DataFrame]:
    """Caches the frame within the context. A frame that is cached already is left cached."""
    if frame.storageLevel.useMemory or frame.storageLevel.useDisk:
        yield frame
        return
    kept: Any = frame.persist()
    try:
        yield kept
    finally:
        kept.unpersist()
