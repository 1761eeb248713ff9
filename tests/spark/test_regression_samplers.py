"""SMOGN and GaussianNoiseOverSampler: exact counts, the same rows for any partitions; SERA and errors by bump."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from frames import multiset
from pyspark.sql import DataFrame, SparkSession
from saved import reloaded
from scipy.integrate import trapezoid

from spark_smote import SMOGN, GaussianNoiseOverSampler, errors, relevance_points
from spark_smote.evaluation import errors_by_bump, sera
from spark_smote.kernels.relevance import Relevance

POINTS = [(2.0, 0.0), (8.0, 1.0)]
RNG = np.random.default_rng(4)
X = RNG.normal(size=(200, 2))
Y = np.exp(X[:, 0] + RNG.normal(size=200) / 4)


@pytest.fixture
def frame(spark: SparkSession) -> DataFrame:
    rows = [(*map(float, x), float(y), n) for n, (x, y) in enumerate(zip(X, Y, strict=True))]
    return spark.createDataFrame(rows, "a double, b double, y double, id bigint")


@pytest.mark.parametrize("kind", [SMOGN, GaussianNoiseOverSampler], ids=lambda kind: kind.__name__)
def test_half_the_rows_are_rare_and_the_same_for_any_partitions(frame: DataFrame, kind: Any, tmp_path: Path) -> None:
    params = {"syntheticCol": "made", "provenanceCol": "origin", "idCol": "id"}
    sampler = kind(inputCols=["a", "b"], targetCol="y", relevance=POINTS, seed=5, **params)
    plan = sampler.plan(frame)
    rows = sampler.resample(frame, reloaded(plan, tmp_path)).collect()
    assert [one.total for one in plan.classes] == [100, 100]
    assert Counter(row["made"] for row in rows)[True] == plan.classes[1].to_synthesise
    assert multiset(sampler.resample(frame.repartition(5)).collect()) == multiset(rows)
    made = [row for row in rows if row["made"]]
    drift = np.array([row["y"] - Y[row["origin"]["seed"]] for row in made if row["origin"]["neighbour"] is None])
    edge = Relevance.through(POINTS).bumps(0.5)[0][0]
    assert len(drift) > 5 and 0 < drift.std() < 0.2 * Y[edge <= Y].std()
    assert all(Y[row["origin"]["seed"]] >= edge for row in made)


def test_control_points_of_the_box_plot_are_exact_for_any_partitions(frame: DataFrame) -> None:
    found = relevance_points(frame.repartition(7), "y")
    middle, quarters = np.median(Y), [np.sort(Y)[[49, 50]].mean(), np.sort(Y)[[149, 150]].mean()]
    whisker = Y[quarters[1] + 1.5 * (quarters[1] - quarters[0]) >= Y].max()
    assert found == [(Y.min(), 0.0), (middle, 0.0), (whisker, 1.0)]


def test_sera_and_errors_by_bump_are_those_of_the_formulae(frame: DataFrame) -> None:
    predicted = frame.selectExpr("y", "y * 0.9 + a AS prediction")
    relevance, wrong = Relevance.through(POINTS), Y * 0.9 + X[:, 0] - Y
    assert sera(predicted, POINTS, "y") == pytest.approx(float((relevance(Y) * wrong**2).sum()))
    steps = [(wrong[relevance(Y) >= t] ** 2).sum() for t in np.linspace(0, 1, 1001)]
    assert sera(predicted, POINTS, "y") == pytest.approx(float(trapezoid(steps, dx=0.001)), rel=0.01)
    rare = relevance(Y) >= 0.5
    for row, of in zip(errors_by_bump(predicted, POINTS, "y").collect(), (~rare, rare), strict=True):
        assert (row["rare"], row["rows"]) == (bool(of is rare), of.sum())
        assert row["mae"] == pytest.approx(np.abs(wrong[of]).mean())
        assert row["rmse"] == pytest.approx(np.sqrt((wrong[of] ** 2).mean()))
        assert row["sera"] == pytest.approx((relevance(Y[of]) * wrong[of] ** 2).sum())
    gaps = frame.selectExpr("y", "IF(id = 3, NULL, y) AS prediction")
    with pytest.raises(errors.InvalidDataError, match="1 of 200 rows have no finite target 'y' or prediction"):
        sera(gaps, POINTS, "y")
