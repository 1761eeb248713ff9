"""Frames that Spark keeps while they are read again and again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pyspark.sql import DataFrame


@contextmanager
def cached(frame: DataFrame) -> Iterator[DataFrame]:
    """The frame, kept by Spark while it is read again and again; one that is kept already stays so."""
    if frame.storageLevel.useMemory or frame.storageLevel.useDisk:
        yield frame
        return
    kept: Any = frame.persist()
    try:
        yield kept
    finally:
        kept.unpersist()
