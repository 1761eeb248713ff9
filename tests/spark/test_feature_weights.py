"""featureWeights: neighbours are those of scikit-learn with weights, whatever the search; values stay as they are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from frames import clustered, columns, numbered, spark_frame, traced
from pyspark.sql import DataFrame, SparkSession
from sklearn.neighbors import NearestNeighbors

from spark_smote import CCR, SMOTE, SMOTENC, EditedNearestNeighbours, NearMiss
from spark_smote.errors import ColumnError, ParameterError

pytestmark = pytest.mark.classic("distances do not depend on the mode; test_common.py runs each sampler on Connect")
WIDTH, RARE = 6, 1200
WEIGHTS = {"x0": 4.0, "x1": 0.0, "x3": 0.25}
TRACE: dict[str, Any] = {"provenanceCol": "origin", "idCol": "id"}
LABELS = np.repeat([0, 1], [1800, RARE])
X = clustered(3000, WIDTH, seed=8) * np.array([1.0, 20.0, 1.0, 1.0, 1.0, 3.0])


@pytest.fixture(scope="module")
def frame(spark: SparkSession) -> DataFrame:
    return spark_frame(spark, numbered(X, LABELS.tolist())).cache()


@pytest.mark.parametrize(("search", "standardised"), [("exact", True), ("lsh", False)])
def test_neighbours_are_the_weighed_ones(frame: DataFrame, search: str, standardised: bool) -> None:
    sampler = SMOTE(
        inputCols=columns(WIDTH), featureWeights=WEIGHTS, neighborSearch=search, standardization=standardised, **TRACE
    )
    plan = sampler.plan(frame)
    seeds, neighbours, gaps, made = traced(sampler.resample(frame, plan).collect(), WIDTH)
    np.testing.assert_allclose(made, X[seeds] + gaps[:, None] * (X[neighbours] - X[seeds]), rtol=1e-9, atol=1e-9)
    weights = np.array([WEIGHTS.get(name, 1.0) for name in columns(WIDTH)])
    rare, unit = np.flatnonzero(LABELS == 1), X.std(axis=0) if standardised else 1.0
    theirs = NearestNeighbors(n_neighbors=6, metric="minkowski", metric_params={"w": weights}, algorithm="brute")
    near = rare[theirs.fit((X / unit)[rare]).kneighbors((X / unit)[rare], return_distance=False)]
    found = (near[np.searchsorted(rare, seeds), 1:] == neighbours[:, None]).any(axis=1).mean()
    recall = plan.classes[1].recall
    assert recall is not None
    assert (recall, found) == (1.0, 1.0) if search == "exact" else (recall > 0.93 and found > recall - 0.04)


@pytest.mark.parametrize("cleaner", [EditedNearestNeighbours(), NearMiss()], ids=["cleaner", "NearMiss"])
def test_rows_that_stay_are_those_of_scaled_columns(frame: DataFrame, cleaner: Any) -> None:
    """The roots of these weights are powers of two, so scaling loses no bit."""
    weighed = cleaner.copy().setParams(inputCols=columns(WIDTH), featureWeights={"X0": 16.0, "x5": 0.0})
    scaled = frame.selectExpr("*", "x0 * 4 AS y0")
    plain = cleaner.copy().setParams(inputCols=["y0", *columns(WIDTH)[1:-1]])
    stayed = [{row["id"] for row in one.resample(scaled).select("id").collect()} for one in (weighed, plain)]
    assert stayed[0] == stayed[1]
    assert len(stayed[0]) < len(X)


def test_categories_weigh_in_smotenc(spark: SparkSession) -> None:
    """With a heavy category neighbours have the seed's; med is that of the numbers without their weights."""
    rng = np.random.default_rng(2)
    data = numbered(rng.normal(size=(300, 2)), np.repeat([0, 1], [180, 120]).tolist())
    data["kind"], data["other"] = rng.integers(3, size=300).astype(str), rng.integers(4, size=300).astype(str)
    frame = spark.createDataFrame(data, "x0 double, x1 double, label bigint, id bigint, kind string, other string")
    weights = {"x0": 9.0, "kind": 1e6, "other": 0.5}
    sampler = SMOTENC(inputCols=columns(2), categoricalCols=["kind", "other"], featureWeights=weights, **TRACE)
    seeds, neighbours, _, _ = traced(sampler.resample(frame).collect(), 2)
    rare = data[data["label"] == 1]
    x, med = rare[["x0", "x1"]].to_numpy(), np.median(rare[["x0", "x1"]].std(ddof=0))
    squares = ((x[:, None] - x) ** 2) @ np.array([9.0, 1.0])
    for name in ("kind", "other"):
        squares += med**2 * weights[name] * (rare[name].to_numpy()[:, None] != rare[name].to_numpy())
    np.fill_diagonal(squares, np.inf)
    near = rare["id"].to_numpy()[np.argsort(squares, axis=1)[:, :5]]
    assert (near[np.searchsorted(rare["id"], seeds)] == neighbours[:, None]).any(axis=1).all()
    assert (data["kind"].to_numpy()[seeds] == data["kind"].to_numpy()[neighbours]).all()


@pytest.mark.parametrize(
    ("sampler", "weights", "kind", "said"),
    [
        (SMOTE, {"x0": -1.0}, ParameterError, "'x0' has the weight -1"),
        (SMOTE, {"x0": float("nan")}, ParameterError, "'x0' is no number"),
        (SMOTE, {"x0": True}, ParameterError, "True of column 'x0'"),
        (SMOTE, ["x0"], ParameterError, "must be a dict"),
        (SMOTE, {"y": 1.0}, ColumnError, "no column 'y'"),
        (SMOTE, {"id": 1.0}, ColumnError, "'id' is no such feature; these are 'x0', 'x1'"),
        (SMOTE, {"x0": 0, "x1": 0}, ParameterError, "weigh 0, all of them: 'x0', 'x1'"),
        (CCR, {"x0": 0}, ParameterError, "column 'x0' has the weight 0"),
    ],
)
def test_what_cannot_weigh_is_refused(frame: DataFrame, sampler: Any, weights: Any, kind: Any, said: str) -> None:
    # No job of this frame succeeds.
    broken = frame.selectExpr("x0 + raise_error('read') AS x0", "x1", "label", "id")
    with pytest.raises(kind, match=said):
        sampler(inputCols=columns(2), featureWeights=weights).plan(broken)


def test_numbers_of_a_vector_have_no_names(frame: DataFrame) -> None:
    vectors = frame.selectExpr("array(x0, x1) AS features", "label")
    with pytest.raises(ColumnError, match="featureWeights is for single columns of numbers; list these in inputCols"):
        SMOTE(featureWeights={"features": 2.0}).plan(vectors)
