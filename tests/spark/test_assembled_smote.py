"""AssembledSMOTE: neighbours come from a row's own cluster, which NumPy finds anew, and quotas are equal."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from frames import columns, labels_of, numbered, spark_frame
from pyspark.sql import SparkSession
from test_family_oracles import EXACT, all_within, nearest_of_class, on_segments, others_about, overlapping, used_evenly

from spark_smote import AssembledSMOTE
from spark_smote.kernels.assemblies import assembled

COMMON: dict[str, dict[str, Any]] = {
    "assembled-lsh": {"params": {"neighborSearch": "lsh", "cellRows": 200}, "pinned": "15eea26c"},
}
K = 4


@pytest.mark.classic("figures; test_common.py shows that each sampler runs on Connect")
def test_neighbours_are_the_nearest_of_the_same_cluster(spark: SparkSession) -> None:
    x, label = overlapping({0: 700, 1: 160, 2: 90}, 3, seed=81, apart=3.0)
    sampler = AssembledSMOTE(inputCols=columns(3), kNeighbors=K, pop=6, thres=0.7, seed=5, **EXACT)
    plan = sampler.plan(frame := spark_frame(spark, numbered(x, label)))
    rows = sampler.resample(frame, plan).collect()
    assert labels_of(rows) == {0: 700, 1: 700, 2: 700}
    seeds, neighbours, gaps = on_segments(x, rows)
    assert 0 <= gaps.min() <= gaps.max() < 1
    cluster, border = np.full(len(x), -1), others_about(x, label, K) > 0
    for one in (1, 2):
        near = np.flatnonzero(border & (label == one))
        cluster[near] = 10 * one + assembled(x[near], 6, 0.7)
        cluster[~border & (label == one)] = 10 * one + 9
        assert len(np.unique(cluster[near])) > 1
        assert used_evenly(seeds[label[seeds] == one])
    sizes = np.bincount(cluster[cluster >= 0])
    assert sizes[sizes > 0].min() > K
    grown = cluster >= 0
    ids = np.flatnonzero(grown)
    within = nearest_of_class(x[grown], cluster[grown], K)
    assert all_within(seeds, neighbours, {int(ids[a]): {int(ids[b]) for b in some} for a, some in within.items()})
    assert [c.cells > 1 for c in plan.classes] == [False, True, True]
