"""Questions to the shared session of the tests, and temporary settings in it."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from pyspark.sql import DataFrame, SparkSession

CASE_SENSITIVE = {"spark.sql.caseSensitive": "true"}
# For tens of rows, Spark compiles code and plans anew between stages for longer than it computes.
INTERPRETED = {
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.shuffle.partitions": "2",
}


@contextmanager
def configured(spark: SparkSession, values: Mapping[str, str]) -> Iterator[None]:
    """Session settings, restored afterwards."""
    before = {name: spark.conf.get(name) for name in values}
    try:
        for name, value in values.items():
            spark.conf.set(name, value)
        yield
    finally:
        for name, old in before.items():
            spark.conf.set(name, str(old))


def cached(spark: SparkSession) -> set[int]:
    """Numbers of the RDDs that a classic session keeps."""
    return set(spark.sparkContext._jsc.getPersistentRDDs())


def frames() -> set[int]:
    """The DataFrames that anything in this process refers to, by their ids."""
    gc.collect()
    return {id(one) for one in gc.get_objects() if isinstance(one, DataFrame)}


def released(spark: SparkSession, kept: set[int]) -> bool:
    """Whether a classic session releases all of these RDDs, once nothing refers to them."""
    end = time.monotonic() + 90  # Spark's cleaner has what other tests left to clean before
    while cached(spark) & kept and time.monotonic() < end:
        gc.collect()
        spark.sparkContext._jvm.System.gc()
        time.sleep(0.1)
    return not cached(spark) & kept
