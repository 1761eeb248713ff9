"""CCR: quotas in inverse proportion to the spheres, which NumPy grows anew, and synthetic rows inside these."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from frames import columns, labels_of, numbered, spark_frame, traced
from pyspark.sql import SparkSession
from scipy.spatial.distance import cdist
from test_family_oracles import EXACT, overlapping

from spark_smote import CCR

COMMON: dict[str, dict[str, Any]] = {
    "ccr-lsh": {"params": {"neighborSearch": "lsh", "cellRows": 200}, "pinned": "c2ee6cf1"},
}


@pytest.mark.classic("figures; test_common.py shows that each sampler runs on Connect")
def test_quotas_follow_the_radii_and_rows_lie_inside(spark: SparkSession) -> None:
    x, label = overlapping({0: 900, 1: 120, 2: 60}, 3, seed=61)
    unit = np.array([1.0, 50.0, 0.02])
    sampler = CCR(inputCols=columns(3), energy=0.8, scaling=0.0, mNeighbors=12, seed=5, **EXACT)
    plan = sampler.plan(frame := spark_frame(spark, numbered(x * unit, label)))
    assert [c.seeds for c in plan.classes] == [0, 120, 60]
    rows = sampler.resample(frame, plan).collect()
    assert labels_of(rows) == {0: 900, 1: 900, 2: 900}
    seeds, neighbours, gaps, made = traced(rows, 3)
    assert (neighbours == -1).all() and not gaps.any()
    scaled, spread = x / x.std(axis=0), x.std(axis=0) * unit
    away = np.sqrt((((made - (x * unit)[seeds]) / spread) ** 2).sum(axis=1))
    for one in (1, 2):
        own = np.flatnonzero(label == one)
        near = np.sort(cdist(scaled[own], scaled[label != one]), axis=1)[:, :12]
        # Energy spent at a distance: its own length, and the way from each row inside.
        spent = near + np.maximum(near[:, :, None] - near[:, None, :], 0).sum(axis=2)
        inside = (spent < 0.8).sum(axis=1)
        radius = np.array([(0.8 + near[i, :n].sum()) / (n + 1) for i, n in enumerate(inside)])
        assert len(np.unique(inside)) > 4
        quotas = np.bincount(seeds, minlength=len(x))[own]
        total = 900 - len(own)
        assert np.abs(quotas - total / radius / (1 / radius).sum()).max() < 1.01
        mine = np.isin(seeds, own)
        share = away[mine] / radius[np.searchsorted(own, seeds[mine])]
        assert 0.9 < share.max() <= 1 + 1e-9
