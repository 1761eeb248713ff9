"""WERCS and random sampling by relevance: exact counts, whole rows, the same for any partitions; what is refused."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from frames import multiset
from pyspark.sql import DataFrame, SparkSession
from saved import jobs, reloaded

from spark_smote import SMOTER, WERCS, RelevanceOverSampler, RelevanceUnderSampler, errors
from spark_smote.kernels.relevance import Relevance

POINTS = [(2.0, 0.0), (8.0, 1.0)]
Y = np.exp(np.random.default_rng(4).normal(size=300) * 1.2)
Y[:3] = 5.0  # rows 0 to 2 are equal but for their array


@pytest.fixture
def frame(spark: SparkSession) -> DataFrame:
    rows = [(float(y), [n // 3 * (n < 3)]) for n, y in enumerate(Y)]
    return spark.createDataFrame(rows, "y double, kept array<int>")


@pytest.mark.parametrize("kind", [WERCS, RelevanceOverSampler, RelevanceUnderSampler], ids=lambda kind: kind.__name__)
def test_whole_rows_are_copied_and_deleted_in_the_numbers_planned(frame: DataFrame, kind: Any, tmp_path: Path) -> None:
    made = {} if kind is RelevanceUnderSampler else {"syntheticCol": "made"}
    sampler = kind(targetCol="y", relevance=POINTS, seed=5, **made)
    plan = sampler.plan(frame)
    before = jobs()
    result = sampler.resample(frame.repartition(5), reloaded(plan, tmp_path))
    assert jobs() == before and result.columns == ["y", "kept", *made.values()]
    rows = result.collect()
    assert multiset(rows) == multiset(sampler.resample(frame).collect())
    copies = [row["y"] for row in rows if made and row["made"]]
    stay = Counter(row["y"] for row in rows) - Counter(copies)
    relevance = Relevance.through(POINTS)(Y)
    assert not stay - Counter(Y.tolist()) and set(copies) <= set(Y.tolist())
    assert len(copies) == sum(one.to_synthesise for one in plan.classes)
    assert 300 - stay.total() == sum(one.to_remove for one in plan.classes)
    if kind is WERCS:
        assert (len(copies), stay.total()) == (150, 150)
        weight = np.floor(relevance * 100 + 0.5)
        times = Counter(copies)
        # Each row has its share of the copies, to within one for its hundredth and one among its rows.
        shares = 150 * weight / weight.sum()
        np.testing.assert_allclose([times[y] for y in Y[3:]], shares[3:], atol=2)
        gone = Counter(Y.tolist()) - stay
        assert not any(gone[y] for y in Y[weight == 100])
        near, far = (np.mean([gone[y] for y in Y[of]]) for of in (relevance > 0.5, relevance < 0.1))
        assert near < 0.4 < far
        assert plan.classes[0].label == "relevance 0.0 to 0.1" and len(plan.classes) <= 10
    else:
        rare = int((relevance >= 0.5).sum())
        wanted = [300 - rare, 150] if kind is RelevanceOverSampler else [150, rare]
        assert [one.total for one in plan.classes] == wanted


@pytest.mark.parametrize(
    ("kind", "params", "rows", "told"),
    [
        (WERCS, {"relevance": [(0, 1), (9, 1)]}, 9, "'y' is 1 in every row, to the hundredth; change the control"),
        (WERCS, {"relevance": [(50, 0), (90, 1)]}, 9, "'y' is 0 in every row, to the hundredth; change the control"),
        (WERCS, {}, 3, "the relevance of 'y' is 0 in every row, to the hundredth; lower whiskerReach"),
        (WERCS, {"relevance": [(1, 0), (2, 1)], "under": 1.0}, 9, "asks to delete 9 rows, but only 2 have"),
        (WERCS, {"targetCol": "same"}, 9, "'same' is 3 in every row"),
        (RelevanceOverSampler, {"relevance": [(0, 1), (9, 1)]}, 9, "at or above relevanceThreshold=0.5 everywhere"),
        (RelevanceUnderSampler, {"relevance": [(50, 0), (90, 1)]}, 9, "all rows are in bump 0 of 'y'"),
        (WERCS, {}, 1, "'y' is 0 in every row"),
        (RelevanceOverSampler, {}, 0, "'y' has no value"),
        (SMOTER, {"inputCols": ["x"]}, 0, "'y' has no value"),
        (SMOTER, {"inputCols": ["x"], "relevance": [(0, 0), (9, 1)]}, 1, "'y' is 0 in every row"),
    ],
)
@pytest.mark.classic("messages of planning")
def test_targets_that_tell_no_rows_apart_are_refused(
    spark: SparkSession, kind: Any, params: dict[str, Any], rows: int, told: str
) -> None:
    df = spark.range(rows).selectExpr("id AS y", "3 AS same", "id * 1.0D AS x")
    with pytest.raises((errors.ClassError, errors.ParameterError), match=told):
        kind(**{"targetCol": "y"} | params).plan(df)


def test_rows_without_target_stay_and_are_counted_apart(frame: DataFrame) -> None:
    gaps = frame.selectExpr("IF(y > 9, NULL, y) AS y", "kept")
    sampler = WERCS(targetCol="y", relevance=POINTS, under=0.5, over=0.0, handleInvalid="skip")
    rows = sampler.resample(gaps).collect()
    without = int((Y > 9).sum())
    assert sum(row["y"] is None for row in rows) == without
    assert len(rows) == without + 300 - without - round(0.5 * (300 - without))
