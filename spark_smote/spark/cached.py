"""Temporary caching of DataFrames."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pyspark.errors import PySparkException
from pyspark.sql import DataFrame


@contextmanager
def cached(frame: DataFrame) -> Iterator[DataFrame]:
    """Caches the frame within the context, where the platform can. A frame that is cached already is left cached."""
    try:
        is_cached = frame.storageLevel.useMemory or frame.storageLevel.useDisk
        kept: Any = frame if is_cached else frame.persist()
    except PySparkException:
        # Serverless platforms cache nothing.
        is_cached, kept = True, frame
    if is_cached:
        yield kept
        return
    try:
        yield kept
    finally:
        kept.unpersist()
