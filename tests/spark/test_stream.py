"""``jobs/balance_stream.py``: batches of a stream of files, balanced by themselves or from a pool of synthetic rows."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from typing import Any

import pytest
from frames import multiset
from pyspark.sql import DataFrame, Row, SparkSession

from spark_smote import SMOTE

JOB = Path(__file__).parents[2] / "jobs" / "balance_stream.py"
GIVEN = '{"inputCols": ["x"], "labelCol": "fraud", "samplingStrategy": 0.5, "syntheticCol": "made", "seed": 3}'


@pytest.fixture(scope="module")
def arrived(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three files: 60 rows with 10 of the smaller class, 60 with 3, 60 with none."""
    folder = tmp_path_factory.mktemp("stream") / "in"
    for number, every in enumerate((6, 20, 1000)):
        rows = spark.range(1, 61).selectExpr(f"CAST(id % {every} = 0 AS INT) AS fraud", f"sin(id) * id + {number} AS x")
        rows.coalesce(1).write.mode("append").parquet(str(folder))
    return folder


def run(monkeypatch: pytest.MonkeyPatch, folder: Path, arrived: Path, *more: str) -> list[dict[Any, int]]:
    """Rows of each class in each batch, written by the job."""
    places = [str(arrived), str(folder / "out"), str(folder / "checkpoint")]
    monkeypatch.setattr(sys, "argv", ["job", *places, "--sampler", GIVEN, "--files", "1", *more])
    runpy.run_path(str(JOB), run_name="__main__")
    spark = SparkSession.active()
    batches = [spark.read.parquet(str(folder / "out" / f"batch={number}")) for number in range(3)]
    return [{row["fraud"]: row["count"] for row in batch.groupBy("fraud").count().collect()} for batch in batches]


def made(spark: SparkSession, folder: Path, number: int) -> list[Row]:
    return spark.read.parquet(str(folder / "out" / f"batch={number}")).filter("made").collect()


@pytest.mark.classic("the other test runs on Connect")
def test_a_batch_is_balanced_by_its_own_rows_where_they_suffice(
    spark: SparkSession, arrived: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(monkeypatch, tmp_path, arrived) == [{0: 50, 1: 25}, {0: 57, 1: 3}, {0: 60}]


def test_a_batch_takes_what_it_needs_from_the_pool_and_the_same_when_run_again(
    spark: SparkSession, arrived: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = spark.range(1, 601).selectExpr("CAST(id % 10 = 0 AS INT) AS fraud", "cos(id) * id AS x")
    sampler = SMOTE(inputCols=["x"], labelCol="fraud", syntheticCol="made", seed=3)
    sampler.resample(history).filter("made").write.parquet(str(tmp_path / "pool"))
    pool = spark.read.parquet(str(tmp_path / "pool"))
    assert run(monkeypatch, tmp_path, arrived, "--pool", str(tmp_path / "pool")) == [
        {0: 50, 1: 25},
        {0: 57, 1: 28},
        {0: 60, 1: 30},
    ]
    drawn = [multiset(made(spark, tmp_path, number)) for number in range(3)]
    assert all(batch <= multiset(pool.collect()) for batch in drawn)
    assert drawn[0] & drawn[1] != drawn[0], "each batch draws anew"
    batch: DataFrame = spark.read.parquet(str(tmp_path / "out" / "batch=1")).filter("NOT made").drop("made")
    params = {"labelCol": "fraud", "samplingStrategy": 0.5, "syntheticCol": "made"}
    runpy.run_path(str(JOB))["from_pool"](str(tmp_path / "again" / "out"), params, str(tmp_path / "pool"))(batch, 1)
    assert multiset(made(spark, tmp_path / "again", 1)) == drawn[1]
