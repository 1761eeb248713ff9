"""A bound on the memory of a Python task: measured with the worst skew, and an error for rows that would exceed it."""

from __future__ import annotations

from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from benchmarks.memory import PeakMemory
from benchmarks.peaks import bound_mb
from spark_smote import SMOTE, NearMiss, PolynomFitSMOTE, TomekLinks
from spark_smote.core import single_seed
from spark_smote.errors import ParameterError
from spark_smote.search import memory, settings

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


@pytest.mark.parametrize("rows", [420, 6_710])
def test_a_few_wide_rows_are_accepted(rows: int) -> None:
    memory.refuse(rows, {420: 20_000, 6_710: 10_000}[rows], 10_000, 1 << 31)


def test_the_arithmetic_of_a_batch_and_of_a_chunk() -> None:
    with pytest.raises(ParameterError, match=r"10000 rows x 20000 features x 8 bytes = 1525 MiB .* to 3355 or less"):
        memory.refuse(1_000_000, 20_000, 10_000, 1 << 31)
    memory.refuse(1_000_000, 20_000, 3_355, 1 << 31)
    memory.refuse(1_000_000, 20_000, 10_000, 1 << 28)
    with pytest.raises(ParameterError, match=r"2000 of them, x 40000 features x 8 bytes = 610 MiB.* 33554 features"):
        memory.refuse(1_000_000, 40_000, 100, 1 << 31)
    with pytest.raises(ParameterError, match="batches: up to 1000000 rows"):
        memory.refuse(1_000_000, 1_000, 0, 1 << 31)


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
        made = sampler.resample(frame).groupBy("label").count().collect()
    assert {row["label"]: row["count"] for row in made} == {True: ROWS + 200_000, False: 10}
    held = 2 * memory.chunk_rows(WIDTH, settings.CHUNK_ROWS if params else single_seed.CHUNK_ROWS)
    bound = bound_mb(held, 10_000, WIDTH)
    print(f"{kind}, {params}: {watched.peaks}, held to {bound:.0f} MB")
    assert watched.peaks["worker"] < bound
