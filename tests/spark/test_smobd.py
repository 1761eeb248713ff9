"""SMOBD on a table: quotas by the density of each class, against brute force."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from frames import columns, labels_of, numbered, spark_frame
from pyspark.sql import SparkSession
from scipy.spatial.distance import cdist
from test_family_oracles import TRACE, all_within, nearest_of_class, on_segments, overlapping

from spark_smote import SMOBD
from spark_smote.search import in_class

COMMON: dict[str, dict[str, Any]] = {
    "smobd-lsh": {"params": {"neighborSearch": "lsh", "cellRows": 200}, "pinned": "e727a165"},
}
K = 4


@pytest.mark.classic("figures; test_common.py shows that it runs on Connect")
@pytest.mark.parametrize("epsilon", [None, 1.0])
def test_quotas_follow_the_density_and_noise_is_no_seed(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch, epsilon: float | None
) -> None:
    """Two classes grow; each is searched in several shards, which share one line of weights."""
    monkeypatch.setattr(in_class, "_SHARD_ROWS", 30)
    x, label = overlapping({0: 300, 1: 100, 2: 40}, 3, seed=6)
    x[[300, 400]] += 9.0
    wanted = {1: 100 + 777, 2: 40 + 303}
    given = {"kNeighbors": K, "neighborSearch": "exact", "samplingStrategy": wanted, "eta1": 0.4}
    if epsilon:
        given["epsilon"] = epsilon
    sampler = SMOBD(inputCols=columns(3), seed=3, **given, **TRACE)
    plan = sampler.plan(spark_frame(spark, numbered(x, label)))
    rows = sampler.resample(spark_frame(spark, numbered(x, label)), plan).collect()
    assert labels_of(rows) == {0: 300, **wanted}
    seeds, neighbours, _ = on_segments(x, rows)
    assert all_within(seeds, neighbours, nearest_of_class(x, label, K))
    for one, total in ((1, 777), (2, 303)):
        ids = np.flatnonzero(label == one)
        apart = cdist(x[ids], x[ids])
        near = np.argsort(apart, axis=1)[:, 1 : K + 1]
        distances = np.take_along_axis(apart, near, axis=1)
        core = distances[:, -1]
        counts = (apart <= (epsilon or core.mean())).sum(axis=1)
        reach = np.maximum(core[near], distances).min(axis=1)
        noise = (core > 1.8 * core.mean()) & (reach > 1.8 * reach.mean())
        density = np.where(noise, 0.0, 0.4 * core / core.max() + 0.6 * counts / counts.max())
        uses = np.array([(seeds == row).sum() for row in ids])
        assert noise[0] and plan.classes[one].seeds == len(ids) - noise.sum()
        assert not uses[noise].any()
        assert np.abs(uses - total * density / density.sum()).max() < 1
