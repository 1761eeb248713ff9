"""metric: neighbours are those of scikit-learn; LSH keeps its recall for cosine; what cannot is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from frames import clustered, columns, multiset, numbered, spark_frame, traced
from pyspark.sql import DataFrame, SparkSession
from sklearn.neighbors import NearestNeighbors

from spark_smote import SMOTE, SMOTENC, BorderlineSMOTE, EditedNearestNeighbours, KMeansSMOTE, Plan, SMOTETomek
from spark_smote.errors import ParameterError

pytestmark = pytest.mark.classic("distances do not depend on the mode")
WIDTH = 6
LABELS = np.repeat([0, 1], [1800, 1200])
X = clustered(3000, WIDTH, seed=8) * np.exp(np.random.default_rng(1).normal(size=(3000, 1)))
X[1801] = X[7] = 0.0
WEIGHTS = np.array([4.0, 0.0, 1.0, 0.25, 1.0, 1.0])
WEIGHED: dict[str, Any] = {
    "inputCols": columns(WIDTH),
    "featureWeights": dict(zip(columns(WIDTH), WEIGHTS.tolist(), strict=True)),
    "provenanceCol": "origin",
    "idCol": "id",
}


@pytest.fixture(scope="module")
def frame(spark: SparkSession) -> DataFrame:
    return spark_frame(spark, numbered(X, LABELS.tolist())).cache()


def nearest(metric: str, ids: np.ndarray, k: int) -> np.ndarray:
    """Ids of the k nearest of these rows to each of them, itself left out."""
    rows, found = X[ids], NearestNeighbors(n_neighbors=k + 1, metric="cosine", algorithm="brute")
    if metric == "manhattan":
        found = NearestNeighbors(n_neighbors=k + 1, p=1, metric_params={"w": WEIGHTS}, algorithm="brute")
    else:
        rows = rows * np.sqrt(WEIGHTS)
    near = ids[found.fit(rows).kneighbors(rows, return_distance=False)]
    near[(near == ids[:, None]).sum(axis=1) == 0, -1] = -1
    return near[near != ids[:, None]][: len(ids) * k].reshape(len(ids), k) if (near >= 0).all() else near[:, 1:]


@pytest.mark.parametrize(("metric", "search"), [("manhattan", "exact"), ("cosine", "exact"), ("cosine", "lsh")])
def test_neighbours_are_those_of_the_metric(frame: DataFrame, metric: str, search: str, tmp_path: Path) -> None:
    sampler = SMOTE(metric=metric, neighborSearch=search, seed=3, **WEIGHED)
    plan = sampler.plan(frame)
    rows = sampler.resample(frame, plan).collect()
    seeds, neighbours, gaps, made = traced(rows, WIDTH)
    np.testing.assert_allclose(made, X[seeds] + gaps[:, None] * (X[neighbours] - X[seeds]), rtol=1e-9, atol=1e-9)
    rare = np.flatnonzero(LABELS == 1)
    near = nearest(metric, rare, 5)
    found = (near[np.searchsorted(rare, seeds)] == neighbours[:, None]).any(axis=1)
    # All rows are as near as any other to the row of zeros.
    found = found[seeds != 1801].mean()
    recall = plan.classes[1].recall
    assert recall is not None
    assert (recall, found) == (1.0, 1.0) if search == "exact" else (recall > 0.93 and found > recall - 0.04)
    if search == "lsh":
        plan.save(tmp_path / "plan")
        sampler.save(str(tmp_path / "sampler"))
        loaded = SMOTE.load(str(tmp_path / "sampler"))
        assert loaded.getFeatureWeights() == WEIGHED["featureWeights"]
        assert multiset(loaded.resample(frame, Plan.load(tmp_path / "plan")).collect()) == multiset(rows)


@pytest.mark.parametrize("metric", ["manhattan", "cosine"])
def test_a_cleaner_asks_the_metric(frame: DataFrame, metric: str) -> None:
    cleaner = EditedNearestNeighbours(
        inputCols=columns(WIDTH), featureWeights=WEIGHED["featureWeights"], metric=metric, neighborSearch="exact"
    )
    stayed = {row["id"] for row in cleaner.resample(frame).select("id").collect()}
    near = nearest(metric, np.arange(len(X)), 3)
    fits = (LABELS[near] == LABELS[:, None]).all(axis=1) | (LABELS == 1)
    # All rows are as near as any other to a row of zeros.
    assert stayed - {7} == set(np.flatnonzero(fits).tolist()) - {7}


def test_both_steps_and_both_searches_take_the_metric(frame: DataFrame) -> None:
    both = SMOTETomek(inputCols=columns(WIDTH), metric="cosine")
    assert [step.getMetric() for step in both.steps] == ["cosine", "cosine"]
    counts = {row["label"]: row["count"] for row in both.resample(frame).groupBy("label").count().collect()}
    assert max(counts.values()) <= 1800
    towards_all = BorderlineSMOTE(kind="borderline-2", metric="cosine", **WEIGHED)
    seeds, neighbours, _, _ = traced(towards_all.resample(frame).collect(), WIDTH)
    near = nearest("cosine", np.arange(len(X)), 5)
    assert (near[seeds] == neighbours[:, None]).any(axis=1)[seeds != 1801].all()


def test_what_the_search_cannot_promise_is_refused(frame: DataFrame) -> None:
    broken = frame.selectExpr("x0 + raise_error('read') AS x0", "label")
    for search in ("auto", "lsh"):
        with pytest.raises(ParameterError, match="metric='manhattan' is searched exactly only"):
            SMOTE(inputCols=["x0"], metric="manhattan", neighborSearch=search).plan(broken)
    with pytest.raises(ParameterError, match="metric must be one of 'euclidean', not 'cosine'"):
        SMOTENC().setParams(metric="cosine")
    with pytest.raises(ParameterError, match="metric"):
        KMeansSMOTE().setParams(metric="cosine")
