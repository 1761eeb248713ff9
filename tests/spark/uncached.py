"""Emulation of a platform that keeps no frames: everything of a DataFrame that a serverless one refuses raises."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

import pytest
from pyspark.sql import SparkSession

from spark_smote.spark import cached

METHODS = ("persist", "cache", "unpersist", "checkpoint", "localCheckpoint")
PROPERTIES = ("storageLevel", "rdd")


class RefusedError(Exception):
    """No error of Spark's, and without a word of caches: nobody shall recognise it."""


def _refuse(*_: Any, **__: Any) -> Any:
    raise RefusedError("not here")


@contextmanager
def nothing_kept(spark: SparkSession, *, but: tuple[str, ...] = ()) -> Iterator[None]:
    """DataFrames of this session, classic or Connect, refuse to be kept, and nobody knows it before.

    Parameters
    ----------
    spark : SparkSession
    but : tuple of str
        What they still do.
    """
    kind = type(spark.range(1))
    with pytest.MonkeyPatch.context() as patch:
        for name in {*METHODS, *PROPERTIES} - {*but}:
            patch.setattr(kind, name, property(_refuse) if name in PROPERTIES else _refuse)
        patch.setattr(cached, "_answers", WeakKeyDictionary())
        yield
