"""SMOTER: exact counts of bumps, targets between those of the parents, and the errors before any job."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from frames import multiset
from pyspark.sql import DataFrame, SparkSession
from saved import jobs, reloaded

from spark_smote import SMOTER, Chain, errors
from spark_smote.kernels.relevance import Relevance

POINTS = [(0.0, 1.0), (2.0, 0.0), (8.0, 1.0)]
NAMES = ["a", "b"]
BASE: dict[str, Any] = {"inputCols": NAMES, "targetCol": "y", "seed": 5}


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    """300 rows, a tail above; rows 0 and 1 are the same but for the id."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=(300, 2)) * [1.0, 100.0]
    x[1] = x[0]
    y = np.exp(x[:, 0] + rng.normal(size=300) / 4)
    y[1] = y[0]
    return pd.DataFrame(x, columns=NAMES).assign(y=y, id=np.arange(300))


@pytest.fixture
def frame(spark: SparkSession, data: pd.DataFrame) -> DataFrame:
    return spark.createDataFrame(data, "a double, b double, y double, id bigint")


CLASSIC = pytest.mark.classic("the others run on Connect")


def bumps_of(y: Any) -> Counter[int]:
    edges, _ = Relevance.through(POINTS).bumps(0.5)
    return Counter(np.searchsorted(edges, y, side="right").tolist())


@pytest.mark.parametrize(
    ("strategy", "wanted"),
    [
        ("balance", lambda n: dict.fromkeys(n, 100)),
        pytest.param("extreme", None, marks=CLASSIC),
        (lambda n: {1: n[1] // 2, 2: 3 * n[2]}, lambda n: {0: n[0], 1: n[1] // 2, 2: 3 * n[2]}),
    ],
    ids=["balance", "extreme", "callable"],
)
def test_every_bump_gets_its_exact_count(frame: DataFrame, data: pd.DataFrame, strategy: Any, wanted: Any) -> None:
    sampler = SMOTER(**BASE, relevance=POINTS, samplingStrategy=strategy)
    before, plan = bumps_of(data["y"]), sampler.plan(frame)
    found = bumps_of([row["y"] for row in sampler.resample(frame, plan).collect()])
    assert found == {one.label: one.total for one in plan.classes}
    assert {one.label: one.rows for one in plan.classes} == before
    if wanted is None:
        assert sum(found.values()) == 300
        np.testing.assert_allclose([found[n] * before[n] / found[0] / before[0] for n in found], 1.0, atol=0.1)
    else:
        assert found == wanted(before)


def test_targets_lie_between_those_of_the_parents_by_distance_and_rows_are_the_same_for_any_partitions(
    frame: DataFrame, data: pd.DataFrame, tmp_path: Path
) -> None:
    """The relevance is that of the box plot; the second result is made of a loaded plan."""
    sampler = SMOTER(**BASE, syntheticCol="made", provenanceCol="origin", idCol="id")
    plan = sampler.plan(frame)
    assert plan.notes[1].endswith("rare") and plan.notes[0].endswith("frequent")
    rows = sampler.resample(frame, plan).collect()
    before = jobs()
    again = sampler.resample(frame.repartition(7), reloaded(plan, tmp_path))
    assert jobs() == before
    assert multiset(again.collect()) == multiset(rows)
    assert multiset(sampler.resample(frame.repartition(3)).collect()) == multiset(rows)
    made = [row for row in rows if row["made"]]
    own = data[data["y"] >= plan.execution.class_column.edges[0]]
    assert made and {row["origin"]["seed"] for row in made} <= set(own["id"])
    seeds, neighbours = (data.loc[[row["origin"][end] for row in made]] for end in ("seed", "neighbour"))
    new = np.array([[row[name] for name in NAMES] for row in made])
    first, second = (np.linalg.norm(new - ends[NAMES], axis=1) for ends in (seeds, neighbours))
    targets = second * seeds["y"].to_numpy() + first * neighbours["y"].to_numpy()
    np.testing.assert_allclose([row["y"] for row in made] * (first + second), targets, rtol=1e-9)
    # The neighbours are near in the features alone.
    for seed, neighbour in zip(seeds.index, neighbours.index, strict=True):
        distances = np.linalg.norm(own[NAMES] - data.loc[seed, NAMES].to_numpy(dtype=float), axis=1)
        assert neighbour in own.index[np.argsort(distances)[:7]]


@pytest.mark.parametrize("kind", ["decimal(12,4)", *(pytest.param(kind, marks=CLASSIC) for kind in ("int", "float"))])
def test_the_schema_is_the_inputs_and_rows_without_target_pass_through(frame: DataFrame, kind: str) -> None:
    typed = frame.selectExpr("array(a, b) AS features", f"CAST(IF(id = 7, NULL, y * 10) AS {kind}) AS y", "id")
    sampler = SMOTER(targetCol="y", handleInvalid="skip")
    out = sampler.resample(typed)
    assert out.schema == typed.schema
    assert out.filter("y IS NULL").count() == 1
    with pytest.raises(errors.InvalidDataError, match="targetCol: column 'y' is null, NaN or infinite in 1 rows"):
        SMOTER(targetCol="y").plan(typed)


@pytest.mark.parametrize(
    ("params", "error", "told"),
    [
        ({"targetCol": "kind"}, errors.ColumnError, "column 'kind' has type string; a target is a number"),
        ({"inputCols": ["a", "y"]}, errors.ColumnError, "'y' is the target and a feature"),
        ({"relevance": [(0, 1), (9, 1)]}, errors.ClassError, "at or above relevanceThreshold=0.5 everywhere"),
        ({"relevance": [(0, 0), (9, 0.4)]}, errors.ClassError, "below relevanceThreshold=0.5 everywhere"),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_before_any_job(
    frame: DataFrame, params: dict[str, Any], error: type[Exception], told: str
) -> None:
    dressed, before = frame.selectExpr("*", "'x' AS kind"), jobs()
    with pytest.raises(error, match=told):
        SMOTER(**BASE | params).plan(dressed)
    assert jobs() == before


def test_a_constant_target_and_bumps_that_are_too_small_are_refused(frame: DataFrame) -> None:
    with pytest.raises(errors.ClassError, match="'y' is 3 in every row"):
        SMOTER(**BASE).plan(frame.selectExpr("a", "b", "3 AS y"))
    with pytest.raises(errors.TooFewRowsError, match="bump 1 has 3 rows, too few for kNeighbors=5"):
        SMOTER(**BASE, relevance=[(0, 0), (10, 1)]).plan(frame.selectExpr("a", "b", "IF(id < 3, 10.0, y / 9) AS y"))


def test_a_sampler_by_a_target_has_no_label_and_stands_alone() -> None:
    assert not SMOTER().hasParam("labelCol") and "ifBalanced" not in (SMOTER.__doc__ or "")
    with pytest.raises(errors.ParameterError, match="SMOTER has no parameter 'labelCol'"):
        SMOTER(labelCol="y")
    with pytest.raises(errors.ParameterError, match="SMOTER resamples by a numeric target and stands alone"):
        Chain(SMOTER())


@pytest.mark.parametrize("value", ["none", [(0, 1)], [(0, 0), (0, 1)], 3])
def test_a_relevance_that_is_no_function_is_refused(value: Any) -> None:
    with pytest.raises(errors.ParameterError, match="relevance"):
        SMOTER(relevance=value)
