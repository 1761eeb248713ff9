"""The number of passes over a job's input, as the report tells it and as a count."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyspark.sql import DataFrame, SparkSession
from uncached import nothing_kept

from spark_smote import (
    ADASYN,
    SMOTE,
    SMOTEENN,
    IterativePartitioningFilter,
    KMeansSMOTE,
    NearMiss,
    SMOTETomek,
    TomekLinks,
)
from spark_smote.job.passes import Passes, passes

ROWS = 600


@pytest.fixture(scope="module")
def stored(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> DataFrame:
    path = str(tmp_path_factory.mktemp("passes") / "in")
    rows = spark.range(ROWS).selectExpr("id * 1.0D AS x", "sin(id) AS y", "IF(id % 6 = 0, 'a', 'b') AS label")
    rows.coalesce(1).write.parquet(path)
    return spark.read.parquet(path)


def read(spark: Any, after: int = -1) -> tuple[int, int]:
    """The last stage so far, and the rows that the stages after a given one have read from files."""
    time.sleep(0.5)  # Spark's listeners lag behind
    jvm = spark._jvm
    stages = (
        spark._jsc.sc()
        .statusStore()
        .stageList(None, False, False, spark.sparkContext._gateway.new_array(jvm.double, 0), None)
    )
    # Spark forgets some old stages, so only later stages are counted.
    found = [stages.apply(index) for index in range(stages.size())]
    read = {stage.stageId(): stage.inputRecords() for stage in found if stage.stageId() > after}
    return max(read, default=after), sum(read.values())


@pytest.mark.classic("Connect does not show Spark's count")
@pytest.mark.parametrize(
    "sampler",
    [
        SMOTE(),
        SMOTE(neighborSearch="lsh", cellRows=100, standardization=True),
        ADASYN(),
        KMeansSMOTE(clusterBalanceThreshold=0.1, numClusters=4),
        SMOTETomek(),
    ],
    ids=["exact", "lsh", "weighted", "clusters", "chain"],
)
def test_the_report_agrees_with_the_count_of_passes(
    spark: SparkSession, stored: DataFrame, sampler: Any, tmp_path: Path
) -> None:
    sampler.setParams(inputCols=["x", "y"])
    start, _ = read(spark)
    plan = sampler.plan(stored)
    planned, planning = read(spark, start)
    sampler.resample(stored, plan).write.format("noop").mode("overwrite").save()
    _, writing = read(spark, planned)
    assert passes(sampler, plan) == Passes(round(planning / ROWS), round(writing / ROWS))


CACHED = {
    "kept": (SMOTE(persistInput=True), Passes(1, 0)),
    "chain": (SMOTETomek(persistInput=True), Passes(1, 0)),
}
UNCACHED = {
    "links, uncached": (TomekLinks(samplingStrategy="all", standardization=True), Passes(4, 2)),
    "chain, uncached": (SMOTEENN(neighborSearch="lsh", cellRows=100), Passes(18, 3)),
    "filter, uncached": (IterativePartitioningFilter(nFolds=3, k=1, p=1.0), Passes(4, 2)),
    "near miss, uncached": (NearMiss(), Passes(4, 3)),
    "near miss 3, uncached": (NearMiss(version=3), Passes(6, 3)),
}


@pytest.mark.parametrize("name", [*CACHED, *UNCACHED])
def test_cached_rows_are_read_once_and_others_again(spark: SparkSession, tmp_path: Path, name: str) -> None:
    with nothing_kept(spark) if name in UNCACHED else nullcontext():
        check_passes(spark, tmp_path, *{**CACHED, **UNCACHED}[name])


def check_passes(spark: SparkSession, tmp_path: Path, sampler: Any, told: Passes) -> None:
    """The input itself counts, because Spark counts reads of cached rows too."""
    read = tmp_path / "read"

    def count(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            with open(read, "ab") as file:
                file.write(b"." * batch.num_rows)
            yield batch

    def passed() -> int:
        rows = read.stat().st_size if read.exists() else 0
        read.unlink(missing_ok=True)
        assert rows % ROWS == 0
        return rows // ROWS

    rows = spark.range(ROWS).selectExpr("id * 1.0D AS x", "sin(id) AS y", "IF(id % 6 = 0, 'a', 'b') AS label")
    counted = rows.coalesce(1).mapInArrow(count, rows.schema)
    sampler.setParams(inputCols=["x", "y"])
    plan = sampler.plan(counted)
    planning = passed()
    sampler.resample(counted, plan).write.format("noop").mode("overwrite").save()
    assert passes(sampler, plan) == Passes(planning, passed()) == told
