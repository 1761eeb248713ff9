"""Cluster-SMOTE: neighbours within the clusters of each class, by the centres that the sampler learns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from frames import columns, labels_of, numbered, spark_frame
from pyspark.sql import SparkSession
from scipy.spatial.distance import cdist
from test_family_oracles import TRACE, all_within, nearest_of_class, on_segments, used_evenly

from spark_smote import ClusterSMOTE
from spark_smote.core import clustered

COMMON: dict[str, dict[str, Any]] = {
    "cluster-lsh": {"params": {"neighborSearch": "lsh", "cellRows": 200, "numClusters": 2}, "pinned": "25653155"},
}


@pytest.mark.classic("figures; test_common.py shows that it runs on Connect")
def test_rows_lie_within_clusters_and_all_rows_are_used_evenly(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three blobs of each class; one of them is a single row, which has no neighbour in its cluster."""
    rng = np.random.default_rng(8)
    middles = np.array([[0.0, 0.0], [60.0, 0.0], [0.0, 60.0]])
    of = {1: [60, 30, 1], 2: [4, 50, 20]}
    x = np.vstack([rng.normal(size=(300, 2)), *(np.repeat(middles, n, axis=0) for n in of.values())])
    x[300:] += rng.normal(size=(len(x) - 300, 2))
    label = np.repeat([0, 1, 2], [300, 91, 74])
    found: list[np.ndarray] = []
    learn = clustered.k_means_centres
    monkeypatch.setattr(clustered, "k_means_centres", lambda *args: found.append(learn(*args)) or found[-1])
    wanted = {1: 91 + 905, 2: 74 + 371}
    sampler = ClusterSMOTE(inputCols=columns(2), neighborSearch="exact", samplingStrategy=wanted, seed=1, **TRACE)
    plan = sampler.plan(spark_frame(spark, numbered(x, label)))
    rows = sampler.resample(spark_frame(spark, numbered(x, label)), plan).collect()
    assert labels_of(rows) == {0: 300, **wanted}
    assert [one.seeds for one in plan.classes] == [0, 90, 74]
    seeds, neighbours, _ = on_segments(x, rows)
    for one, centres in zip((1, 2), found, strict=True):
        assert len(centres) == 3
        cluster = cdist(x, centres).argmin(axis=1)
        own = label[seeds] == one
        assert (cluster[seeds[own]] == cluster[neighbours[own]]).all()
        uses = np.bincount(seeds[own], minlength=len(x))[label == one]
        sizes = np.bincount(cluster[label == one])[cluster[label == one]]
        assert not uses[sizes == 1].any() and uses[sizes > 1].min() >= wanted[one] // len(uses) - 2
        for number in range(3):
            ids = np.flatnonzero((label == one) & (cluster == number))
            inside = own & (cluster[seeds] == number)
            if len(ids) > 1:
                assert used_evenly(seeds[inside])
                local = nearest_of_class(x[ids], label[ids], min(5, len(ids) - 1))
                near = {int(ids[a]): {int(ids[b]) for b in some} for a, some in local.items()}
                assert all_within(seeds[inside], neighbours[inside], near)
