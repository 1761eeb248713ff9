"""A bound on the memory of a Python task: measured with the worst skew, and an error for rows that would exceed it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from frames import columns, labels_of, multiset, skewed, spark_frame
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from benchmarks.memory import PeakMemory
from spark_smote import (
    ADASYN,
    SMOTE,
    KMeansSMOTE,
    NearMiss,
    PolynomFitSMOTE,
    RandomOverSampler,
    RandomUnderSampler,
    TomekLinks,
)
from spark_smote.errors import ParameterError
from spark_smote.search import memory
from spark_smote.search.memory import WORKER_BYTES, WorkerMemory

ROOT = Path(__file__).parents[2]
ROWS, WIDTH = 1_000_000, 30


def wide(spark: SparkSession, rows: int, width: int) -> DataFrame:
    vector = F.transform(F.sequence(F.lit(1), F.lit(width)), lambda index: index * F.col("id") % 7 + F.lit(0.5))
    return spark.range(rows).select(vector.alias("features"), (F.col("id") % 3 == 0).alias("label"))


@pytest.mark.classic("the driver raises the error")
def test_rows_too_wide_for_a_batch_are_refused_with_the_arithmetic(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Like 20,000 features: the bound is reduced in proportion to the table."""
    frame = wide(spark, 120, 20).persist()
    monkeypatch.setattr(memory, "MOST_BYTES", 1 << 14)
    monkeypatch.setattr(memory, "LEAST_ROWS", 40)
    said = r"up to 120 rows x 20 features x 8 bytes = 0 MiB .*maxRecordsPerBatch to 102 or less"
    for sampler in (SMOTE(), PolynomFitSMOTE(), TomekLinks(), NearMiss()):
        with pytest.raises(ParameterError, match=said):
            sampler.plan(frame)
    frame.unpersist()


@pytest.mark.parametrize(("rows", "width"), [(420, 20_000), (6_710, 10_000)])
def test_a_few_wide_rows_are_accepted(rows: int, width: int) -> None:
    WorkerMemory(width, rows, 10_000, 0).check()


def test_the_arithmetic_of_a_batch_and_of_a_chunk() -> None:
    with pytest.raises(ParameterError, match=r"10000 rows x 20000 features x 8 bytes = 1525 MiB .* to 3355 or less"):
        WorkerMemory(20_000, 1_000_000, 10_000, 0).check()
    WorkerMemory(20_000, 1_000_000, 3_355, 0).check()
    WorkerMemory(20_000, 1_000_000, 10_000, 1 << 28).check()
    with pytest.raises(ParameterError, match=r"2000 of them, x 40000 features x 8 bytes = 610 MiB.* 33554 features"):
        WorkerMemory(40_000, 1_000_000, 100, 0).check()
    with pytest.raises(ParameterError, match="batches: up to 1000000 rows"):
        WorkerMemory(1_000, 1_000_000, 0, 0).check()


def test_a_limit_changes_no_row_of_exact_search_and_turns_a_large_class_to_lsh(spark: SparkSession) -> None:
    df = spark_frame(spark, skewed({"a": 4_000, "b": 2_500, "c": 900}, width=8), label="string")
    batch = min(7_400, 10_000) * 64
    # Room for a class of 2,400 rows, which count as 16 features.
    limit = WORKER_BYTES + batch + 5 * 2_400 * 16 * 8
    smote = SMOTE(inputCols=columns(8), samplingStrategy={"b": 2_600, "c": 1_100}, maxWorkerMemory=limit)
    plan = smote.plan(df)
    assert [c.search for c in plan.classes] == ["none", "lsh", "exact"]
    assert batch + WORKER_BYTES < plan.worker_bytes <= limit
    assert f"memory of a Python worker: at most {plan.worker_bytes / 1e6:.0f} MB" in str(plan)
    free = smote.copy()
    free.clear(free.maxWorkerMemory)
    made = [multiset(one.resample(df).filter("label = 'c'").collect()) for one in (smote, free)]
    assert made[0] == made[1]
    assert labels_of(smote.resample(df, plan).collect()) == {"a": 4_000, "b": 2_600, "c": 1_100}


@pytest.mark.parametrize("sampler", [SMOTE, PolynomFitSMOTE, TomekLinks, NearMiss, KMeansSMOTE, ADASYN])
def test_too_little_memory_is_refused_before_any_search(spark: SparkSession, sampler: type[Any]) -> None:
    df = spark_frame(spark, skewed(width=2), label="string")
    with pytest.raises(ParameterError, match=r"maxWorkerMemory is 134 MB, too little: .* raise .* to '21\dm'"):
        sampler(inputCols=columns(2), maxWorkerMemory="128m").plan(df)


def test_no_row_passes_through_python(spark: SparkSession) -> None:
    df = spark_frame(spark, skewed(width=2), label="string")
    for sampler in (RandomUnderSampler(), RandomOverSampler()):
        plan = sampler.plan(df)
        assert plan.worker_bytes == 0
        assert "memory" not in str(plan)


@pytest.mark.long
@pytest.mark.classic("the workers are the same")
def test_a_worker_stays_below_the_limit() -> None:
    """In a session of its own: the workers of this one have other memory already."""
    command = [sys.executable, "-m", "benchmarks.peaks", "--one", "limited"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert not done.returncode, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    print(found)
    assert found["searches"][0][0] == "lsh"
    assert 50 < found["peak_mb"]["worker"] <= found["bound_mb"] <= (256 << 20) / 1e6


@pytest.mark.long
@pytest.mark.classic("the workers are the same")
@pytest.mark.timeout(0)
@pytest.mark.parametrize("kind", ["equal", "distinct"])
@pytest.mark.parametrize("params", [{"neighborSearch": "lsh"}, {}], ids=["smote", "polynomfit"])
def test_a_giant_class_keeps_workers_within_the_bound(spark: SparkSession, kind: str, params: dict[str, Any]) -> None:
    """A million rows of one class, equal or not, beside ten of another."""
    value = "0.1D" if kind == "equal" else "xxhash64(id, {0}) / 9.3e18D"
    names = [f"x{index}" for index in range(WIDTH)]
    frame = spark.range(ROWS + 10).selectExpr(
        *(f"{value.format(index)} AS {name}" for index, name in enumerate(names)), f"id < {ROWS} AS label"
    )
    sampler = (SMOTE if params else PolynomFitSMOTE)(
        inputCols=names, samplingStrategy={True: ROWS + 200_000}, seed=1, **params
    )
    with PeakMemory() as watched:
        plan = sampler.plan(frame)
        made = sampler.resample(frame, plan).groupBy("label").count().collect()
    assert {row["label"]: row["count"] for row in made} == {True: ROWS + 200_000, False: 10}
    bound = plan.worker_bytes / 1e6
    print(f"{kind}, {params}: {watched.peaks}, held to {bound:.0f} MB")
    assert watched.peaks["worker"] < bound
