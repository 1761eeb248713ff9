"""Many samplers at once, many in a row, and an interrupted one: the session stays usable and clean."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from frames import columns, multiset, skewed, spark_frame
from pyspark.sql import DataFrame, SparkSession
from samplers import dress, everyone
from sessions import cached

from spark_smote import SMOTE, Plan, PolynomFitSMOTE, RandomUnderSampler, TomekLinks
from spark_smote.core.registry import samplers

WIDTH = 3
SIZES = {"a": 120, "b": 60, "c": 24}
GIVEN: dict[str, Any] = {"inputCols": columns(WIDTH)}


def table(spark: SparkSession, sizes: dict[str, int] = SIZES) -> DataFrame:
    return dress(spark_frame(spark, skewed(sizes, WIDTH), "string"))


def at_once(frame: DataFrame, samplers: list[Any]) -> None:
    """Check that samplers give the same rows on four threads of one session as one after the other."""

    def rows(sampler: Any) -> Any:
        return multiset(sampler.resample(frame).collect())

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(rows, samplers))
    for sampler, found in zip(samplers, together, strict=True):
        assert rows(sampler) == found, sampler


def test_four_samplers_on_four_threads_of_one_session(spark: SparkSession) -> None:
    samplers = [SMOTE(**GIVEN), SMOTE(**GIVEN, seed=1), PolynomFitSMOTE(**GIVEN), RandomUnderSampler(seed=3)]
    at_once(table(spark), samplers)


@pytest.mark.long
def test_all_samplers_on_four_threads_of_one_session(spark: SparkSession) -> None:
    each = list(everyone(columns(WIDTH)).values())
    assert {type(sampler).__name__ for sampler in each} == set(samplers())
    at_once(table(spark), each)


@dataclass(frozen=True)
class Left:
    """The objects that remain after garbage collection."""

    cached: set[int]
    files: int
    workers: int
    threads: int
    heap_mb: float
    python_mb: float

    @staticmethod
    def of(spark: SparkSession) -> Left:
        """The remaining objects of a classic session."""
        jvm = spark.sparkContext._jvm
        gc.collect()
        for _ in range(3):
            # Spark's cleaner removes the files of a shuffle some time after its plan is collected.
            jvm.java.lang.System.gc()
            time.sleep(0.5)
        runtime = jvm.java.lang.Runtime.getRuntime()
        this = psutil.Process()
        return Left(
            cached=cached(spark),
            files=sum(path.is_file() for path in Path(str(spark.conf.get("spark.local.dir"))).rglob("*")),
            workers=sum(process.name().startswith("python") for process in this.children(recursive=True)),
            threads=threading.active_count(),
            heap_mb=(runtime.totalMemory() - runtime.freeMemory()) / 1e6,
            python_mb=this.memory_info().rss / 1e6,
        )


def in_a_row(spark: SparkSession, times: int, warm: int) -> tuple[Left, Left]:
    """The remaining objects after some resamples, and after this many more; the samplers take turns."""
    samplers = [SMOTE(**GIVEN, neighborSearch="lsh"), TomekLinks(**GIVEN), SMOTE(**GIVEN), RandomUnderSampler(seed=3)]
    frame = table(spark)

    def run(number: int) -> None:
        samplers[number % len(samplers)].setParams(**GIVEN if number % 4 < 3 else {}).resample(frame).collect()

    for number in range(warm):
        run(number)
    before = Left.of(spark)
    for number in range(times):
        run(number)
    after = Left.of(spark)
    print(f"after {warm}: {before}; after {times} more: {after}")
    return before, after


def assert_nothing_left(before: Left, after: Left) -> None:
    assert after.cached <= before.cached
    assert after.files <= before.files
    assert after.workers <= before.workers
    assert after.threads <= before.threads


@pytest.mark.classic("inspects Spark's driver, which on Connect is another process")
def test_resampling_again_leaves_nothing_behind(spark: SparkSession) -> None:
    before, after = in_a_row(spark, 4, 4)
    assert_nothing_left(before, after)


@pytest.mark.long
@pytest.mark.classic("looks into Spark's driver, which on Connect is another process")
def test_a_hundred_resamples_in_a_row_leave_nothing_behind(spark: SparkSession) -> None:
    """Spark's history for its pages reaches its limit, which conftest.py lowers, during the warm-up."""
    before, after = in_a_row(spark, 100, 50)
    assert_nothing_left(before, after)
    assert after.heap_mb - before.heap_mb < 15
    assert after.python_mb - before.python_mb < 20


@contextmanager
def interrupted(spark: SparkSession, mode: str) -> Iterator[list[bool]]:
    """Cancel every job that runs in this context."""
    done = threading.Event()
    cancelled: list[bool] = []

    def watch() -> None:
        while not done.wait(0.3):
            if mode == "connect":
                cancelled.extend(True for _ in spark.interruptAll())
            elif spark.sparkContext.statusTracker().getActiveJobsIds():
                spark.sparkContext.cancelAllJobs()
                cancelled.append(True)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield cancelled
    finally:
        done.set()
        watcher.join()


def slow(frame: DataFrame) -> DataFrame:
    """The same rows, each read in at least a second."""

    def wait(batches: Any) -> Any:
        for batch in batches:
            time.sleep(2)
            yield batch

    return frame.mapInArrow(wait, frame.schema)


@pytest.mark.parametrize(
    "resample",
    [
        lambda frame, plan: TomekLinks(**GIVEN).resample(frame),
        lambda frame, plan: SMOTE(**GIVEN).resample(frame, plan).collect(),
    ],
    ids=["deciding which rows go", "making rows"],
)
def test_an_interrupt_leaves_the_session_usable(
    spark: SparkSession, mode: str, resample: Callable[[DataFrame, Plan], Any]
) -> None:
    plain = table(spark)
    plan = SMOTE(**GIVEN).plan(plain)
    before = cached(spark) if mode == "classic" else set()
    with interrupted(spark, mode) as cancelled, pytest.raises(Exception, match=r"(?i)cancel"):
        resample(slow(plain), plan)
    assert cancelled
    if mode == "classic":
        assert cached(spark) <= before
    counted = {
        row["label"]: row["count"] for row in SMOTE(**GIVEN).resample(plain, plan).groupBy("label").count().collect()
    }
    assert counted == dict.fromkeys(SIZES, 120)
