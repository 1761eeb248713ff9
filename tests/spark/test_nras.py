"""NRAS: which rows are noise, by brute force in the features and the score."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from frames import columns, labels_of, numbered, spark_frame
from pyspark.sql import SparkSession
from sklearn.linear_model import LogisticRegression
from test_family_oracles import TRACE, all_within, nearest_of_class, on_segments, others_about, overlapping, used_evenly

from spark_smote import NRAS
from spark_smote.errors import NoSeedsError

COMMON: dict[str, dict[str, Any]] = {
    "nras-lsh": {"params": {"neighborSearch": "lsh", "cellRows": 200, "fallback": "smote"}, "pinned": "b82e441e"},
}
K, WIDTH = 5, 3


@pytest.mark.classic("figures; test_common.py shows that it runs on Connect")
def test_noise_is_told_by_the_neighbours_in_features_and_score(spark: SparkSession) -> None:
    x, label = overlapping({0: 400, 1: 120}, WIDTH, seed=15, apart=1.2)
    x *= [1.0, 30.0, 0.1]
    sampler = NRAS(
        inputCols=columns(WIDTH),
        kNeighbors=K,
        threshold=0.4,
        neighborSearch="exact",
        samplingStrategy=0.9,
        seed=3,
        **TRACE,
    )
    plan = sampler.plan(spark_frame(spark, numbered(x, label)))
    rows = sampler.resample(spark_frame(spark, numbered(x, label)), plan).collect()
    assert labels_of(rows) == {0: 400, 1: 360}
    scaled = (x - x.mean(axis=0)) / x.std(axis=0)
    score = LogisticRegression(tol=1e-12, solver="newton-cg").fit(scaled, label).predict_proba(scaled)[:, 1]
    space = np.column_stack([scaled, score / score.std()])
    noise = (label == 1) & (K - others_about(space, label, K) < 0.4 * K)
    seeds, neighbours, _ = on_segments(x, rows)
    assert 0 < noise.sum() < 120
    assert set(seeds.tolist()) == set(np.flatnonzero((label == 1) & ~noise).tolist())
    assert plan.classes[1].seeds == 120 - noise.sum()
    assert used_evenly(seeds)
    assert all_within(seeds, neighbours, nearest_of_class(space, label, K))
    assert not all_within(seeds, neighbours, nearest_of_class(scaled, label, K)), "the score has a say"
    mixed = spark.range(480).selectExpr("id * 1.0D AS x0", "IF(id % 4 = 0, 1, 0) AS label")
    with pytest.raises(NoSeedsError, match=r"class 1: all its 120 rows are noise.*threshold=1 .*kNeighbors=5"):
        NRAS(inputCols=["x0"], threshold=1.0).plan(mixed)
