"""LSH search, forced on few rows by small cells: real segments, the recall that the plan promises, exact counts."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd
import pytest
from frames import Matrix, clustered, columns, numbered, spark_frame, traced
from pyspark.ml.feature import BucketedRandomProjectionLSH
from pyspark.ml.functions import array_to_vector
from pyspark.sql import DataFrame, Row, SparkSession
from sklearn.neighbors import NearestNeighbors

from spark_smote import SMOTE, Plan
from spark_smote.kernels.hashing import Hashing, Projection
from spark_smote.search import settings
from spark_smote.spark import scans

on_classic = pytest.mark.classic("figures; test_common.py runs this search on Connect")
ROWS, WIDTH, K = 6000, 8, 5
FORCED: dict[str, Any] = {"neighborSearch": "lsh", "cellRows": 750, "provenanceCol": "origin", "idCol": "id"}


@cache
def minority() -> Matrix:
    return clustered(ROWS, WIDTH, seed=3, clusters=1)  # no structure: every cell border separates neighbours


@pytest.fixture(scope="module")
def frame(spark: SparkSession) -> DataFrame:
    """One row of the other class suffices, because the strategy names the totals."""
    return spark_frame(spark, numbered(np.vstack([minority(), np.zeros((1, WIDTH))]), [1] * ROWS + [0]))


def resample(frame: DataFrame, each: int = 1, rows: int = ROWS, **params: Any) -> tuple[Plan, list[Row]]:
    """Class 1 grown by ``each`` rows a seed."""
    sampler = SMOTE(
        inputCols=[name for name in frame.columns if name not in ("label", "id")],
        samplingStrategy={1: rows * (1 + each)},
        **{**FORCED, **params},
    )
    plan = sampler.plan(frame)
    return plan, sampler.resample(frame, plan).collect()


def check_segments(x: Matrix, rows: list[Row], each: int = 1) -> None:
    """Check that every row of x is a seed ``each`` times, its neighbour another row of x, the values between them."""
    seeds, neighbours, gaps, made = traced(rows, x.shape[1])
    assert Counter(seeds.tolist()) == dict.fromkeys(range(len(x)), each)
    assert (seeds != neighbours).all()
    assert neighbours.max() < len(x)
    expected = x[seeds] + gaps[:, None] * (x[neighbours] - x[seeds])
    np.testing.assert_allclose(made, expected, rtol=1e-9, atol=1e-12)


def recall(x: Matrix, rows: list[Row], scale: Matrix | float = 1.0) -> float:
    """The share of chosen neighbours that are true neighbours; its expectation is the recall of the search."""
    near = NearestNeighbors(n_neighbors=K + 1, algorithm="brute").fit(x / scale)
    truth = near.kneighbors(x / scale, return_distance=False)
    seeds, neighbours, _, _ = traced(rows, x.shape[1])
    return float((truth[seeds] == neighbours[:, None]).any(axis=1).mean())


@on_classic
def test_recall_is_what_the_plan_says_and_rises_with_the_target(frame: DataFrame) -> None:
    found = {}
    for target in (0.6, 0.97):
        plan, rows = resample(frame, recallTarget=target)
        (one,) = (c for c in plan.classes if c.label == 1)
        assert (one.search, one.to_synthesise) == ("lsh", ROWS)
        assert one.cells >= ROWS // 750
        assert one.recall is not None
        assert one.recall >= target
        check_segments(minority(), rows)
        found[target] = recall(minority(), rows), one.halo_share
        assert abs(found[target][0] - one.recall) < 0.04
    assert found[0.6][0] < 0.8 < 0.9 < found[0.97][0]
    assert found[0.6][1] < found[0.97][1]


@on_classic
def test_standardized_search_finds_the_standardized_neighbours(spark: SparkSession) -> None:
    x = clustered(2000, 5, seed=4) * [1.0, 1e4, 1e-4, 1.0, 1.0]
    everything = np.vstack([x, np.zeros((1, 5))])
    plan, rows = resample(
        spark_frame(spark, numbered(everything, [1] * 2000 + [0])), rows=2000, cellRows=250, standardization=True
    )
    check_segments(x, rows)
    assert recall(x, rows, everything.std(axis=0)) > 0.9
    assert plan.classes[1].cells > 4


@on_classic
def test_wide_rows_without_structure_keep_exact_counts(spark: SparkSession) -> None:
    x = np.random.default_rng(5).normal(size=(1500, 12))
    _, rows = resample(
        spark_frame(spark, numbered(np.vstack([x, np.zeros((1, 12))]), [1] * 1500 + [0])), rows=1500, cellRows=200
    )
    check_segments(x, rows)


@on_classic
def test_a_dense_cluster_among_scattered_rows(spark: SparkSession) -> None:
    """A millionth of the spread contains four fifths of the rows: it must be divided into cells too."""
    rng = np.random.default_rng(6)
    x = np.vstack([1e-6 * rng.normal(size=(2400, 5)), rng.normal(size=(600, 5))])
    plan, rows = resample(
        spark_frame(spark, numbered(np.vstack([x, np.ones((1, 5))]), [1] * 3000 + [0])), rows=3000, cellRows=300
    )
    check_segments(x, rows)
    assert plan.classes[1].recall is not None
    assert abs(recall(x, rows) - plan.classes[1].recall) < 0.05


@on_classic
def test_large_results_of_tasks_are_merged_before_they_come_to_the_driver(
    frame: DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    sampler = SMOTE(inputCols=columns(WIDTH), samplingStrategy={1: 2 * ROWS}, **FORCED)
    plans = []
    for bound in (scans._LARGE_TALLY, 0):
        monkeypatch.setattr(scans, "_LARGE_TALLY", bound)
        plans.append(sampler.plan(frame.repartition(7)))
    assert plans[0].classes == plans[1].classes
    of_cells = [plan.execution.work.cells.seeds for plan in plans]  # type: ignore[union-attr]
    assert of_cells[0] == of_cells[1]


@on_classic
def test_exact_and_lsh_classes_side_by_side(spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "EXACT_ROWS", 500)
    x = clustered(2601, 5, seed=7)
    label = np.repeat([0, 1, 2, 3], [1300, 800, 500, 1])
    sampler = SMOTE(
        inputCols=columns(5),
        cellRows=200,
        provenanceCol="origin",
        idCol="id",
        samplingStrategy={0: 1303, 1: 1000, 2: 1009},
    )
    frame = spark_frame(spark, numbered(x, label))
    plan = sampler.plan(frame)
    assert [c.search for c in plan.classes] == ["lsh", "lsh", "exact", "none"]
    assert [c.recall == 1.0 for c in plan.classes][2:] == [True, False]
    rows = sampler.resample(frame, plan).collect()
    assert Counter(row["label"] for row in rows) == {0: 1303, 1: 1000, 2: 1009, 3: 1}
    seeds, neighbours, gaps, made = traced(rows, 5)
    assert (label[seeds] == label[neighbours]).all()
    assert (label[seeds] == [row["label"] for row in rows if row["origin"]]).all()
    np.testing.assert_allclose(made, x[seeds] + gaps[:, None] * (x[neighbours] - x[seeds]), rtol=1e-9, atol=1e-12)


@on_classic
@pytest.mark.parametrize(
    "expert",
    [
        {"bucketLength": 1e9},
        {"bucketLength": 0.5, "numHashTables": 4},
        {"bucketLength": 1e-12},
        {"bucketLength": 1e-307},
        {"numHashTables": 1},
    ],
    ids=str,
)
def test_expert_settings_change_the_cells_and_nothing_else(frame: DataFrame, expert: dict[str, Any]) -> None:
    some = frame.filter("id < 1200 OR label = 0")
    plan, rows = resample(some, rows=1200, cellRows=150, **expert)
    check_segments(minority()[:1200], rows)
    assert plan.classes[1].search == "lsh"


@on_classic
@pytest.mark.parametrize("largest", [1e200, 1.7e308, 1e-300], ids=str)
def test_extreme_values_are_searched_correctly(spark: SparkSession, largest: float) -> None:
    x = np.random.default_rng(8).uniform(-1, 1, size=(300, 3)) * largest
    frame = spark_frame(spark, numbered(np.vstack([x, np.zeros((1, 3))]), [1] * 300 + [0]))
    _, rows = resample(frame, rows=300, cellRows=100)
    seeds, neighbours, _, made = traced(rows, 3)
    assert sorted(seeds.tolist()) == list(range(300))
    assert np.isfinite(made).all()
    assert (np.minimum(x[seeds], x[neighbours]) <= made).all()
    assert (made <= np.maximum(x[seeds], x[neighbours])).all()


@pytest.mark.parametrize("local_width", [512, 3], ids=["literal rows", "wide"])
def test_rows_fall_into_the_buckets_of_sparks_own_lsh(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch, local_width: int
) -> None:
    monkeypatch.setattr(scans, "_LOCAL_WIDTH", local_width)
    monkeypatch.setattr(scans, "_directions", WeakKeyDictionary())
    x = np.random.default_rng(9).normal(size=(400, 7))
    vectors = spark.createDataFrame(pd.DataFrame({"x": x.tolist()}), "x array<double>").select(
        array_to_vector("x").alias("x")
    )
    lsh = BucketedRandomProjectionLSH(inputCol="x", outputCol="h", bucketLength=0.3, numHashTables=6, seed=20020601)
    theirs = {
        tuple(row["x"].toArray()): [bucket[0] for bucket in row["h"]]
        for row in lsh.fit(vectors).transform(vectors).collect()
    }
    directions = scans.directions(spark, 7, 6)
    assert scans.directions(spark, 7, 6) is directions
    ours = Hashing(Projection(directions), 0.3)(x)
    assert [theirs[tuple(row)] for row in x.tolist()] == ours.tolist()
