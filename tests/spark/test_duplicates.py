"""Equal rows are neighbours of each other, never of themselves, and draw independently."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from frames import clustered, columns, multiset, numbered, spark_frame, traced
from pyspark.sql import SparkSession

from spark_smote import SMOTE
from spark_smote.search import memory

pytestmark = pytest.mark.classic("figures; test_common.py shows that each sampler runs on Connect")
TRACE: dict[str, Any] = {"provenanceCol": "origin", "idCol": "id"}
LSH = {"neighborSearch": "lsh", "cellRows": 100}


def test_a_twin_is_the_nearest_neighbour_and_the_row_itself_never(spark: SparkSession) -> None:
    x = np.vstack([np.repeat(clustered(50, 3, seed=1), 2, axis=0), clustered(150, 3, seed=2)])
    frame = spark_frame(spark, numbered(x, np.repeat([1, 0], [100, 150])))
    sampler = SMOTE(inputCols=columns(3), kNeighbors=1, samplingStrategy={1: 600}, **TRACE)
    seeds, neighbours, _, made = traced(sampler.resample(frame).collect(), 3)
    assert (neighbours == seeds ^ 1).all()
    assert (made == x[seeds]).all()


@pytest.mark.parametrize("params", [{"neighborSearch": "exact"}, LSH], ids=["exact", "lsh"])
def test_three_thousand_identical_rows_draw_each_for_itself(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch, params: dict[str, Any]
) -> None:
    """No hash divides the rows, so LSH puts them in one cell; the cap on memory, here 1,000 rows, cuts the cell."""
    monkeypatch.setattr(memory, "CHUNK_BYTES", 8_000)
    x = np.vstack([np.full((3000, 2), 0.1), clustered(10, 2, seed=3)])
    frame = spark_frame(spark, numbered(x, np.repeat([1, 0], [3000, 10])))
    sampler = SMOTE(inputCols=columns(2), samplingStrategy={1: 7500}, **params, **TRACE)
    seeds, neighbours, gaps, made = traced(sampler.resample(frame).collect(), 2)
    assert (made == 0.1).all()
    assert (seeds != neighbours).all()
    assert Counter(Counter(seeds.tolist()).values()) == {1: 1500, 2: 1500}
    assert len(set(gaps.tolist())) == len(gaps) == 4500


def test_equal_rows_in_different_shards_draw_each_for_itself(spark: SparkSession) -> None:
    x = np.vstack([np.full((6000, 2), 0.5), clustered(3000, 2, seed=4), clustered(10, 2, seed=5)])
    frame = spark_frame(spark, numbered(x, np.repeat([1, 0], [9000, 10])))
    sampler = SMOTE(inputCols=columns(2), samplingStrategy={1: 18_000}, neighborSearch="exact", **TRACE)
    (found,) = (c for c in sampler.plan(frame).classes if c.label == 1)
    assert found.cells > 1
    seeds, neighbours, gaps, _ = traced(sampler.resample(frame).collect(), 2)
    assert Counter(seeds.tolist()) == dict.fromkeys(range(9000), 1)
    assert (seeds != neighbours).all()
    assert len(set(gaps.tolist())) == len(gaps)


def test_equal_rows_are_told_apart_by_what_they_carry(spark: SparkSession) -> None:
    """By microseconds and the order within maps, too: the seed must not depend on the order of the input."""
    rows = spark.range(60).selectExpr(
        "0.5D AS x0",
        "CASE WHEN id < 40 THEN 1 ELSE 0 END AS label",
        "timestamp_micros(1700000000000000 + id) AS moment",
        "double(id) / 3 AS number",
    )
    sampler = SMOTE(inputCols=["x0"], inheritCols=["moment", "number"], kNeighbors=3, samplingStrategy={1: 70})
    alone = SMOTE(inputCols=["x0"], inheritCols=["moment"], kNeighbors=3, samplingStrategy={1: 70})
    for each, frame in ((sampler, rows), (alone, rows.drop("number"))):
        forwards = multiset(each.resample(frame.orderBy("moment").coalesce(1)).collect())
        backwards = multiset(each.resample(frame.orderBy(frame["moment"].desc()).coalesce(1)).collect())
        assert forwards == backwards
