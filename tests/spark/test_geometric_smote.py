"""Geometric SMOTE: the row on the surface, against brute force."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from frames import columns, numbered, spark_frame, traced
from pyspark.sql import SparkSession
from test_family_oracles import TRACE, nearest_of_class, overlapping, used_evenly

from spark_smote import GeometricSMOTE

COMMON: dict[str, dict[str, Any]] = {
    "geometric-lsh": {"params": {"neighborSearch": "lsh", "cellRows": 200}, "neighbour": None, "pinned": "0fc8e170"},
}
K, WIDTH = 3, 3


@pytest.mark.classic("figures; test_common.py shows that it runs on Connect")
@pytest.mark.parametrize("selection", ["combined", "majority"])
def test_lines_lead_to_the_nearest_rows_of_other_classes(spark: SparkSession, selection: str) -> None:
    """Three classes, one of which grows not; deformed to lines, rows point at the surface from where they lie."""
    x, label = overlapping({0: 300, 1: 90, 2: 60}, WIDTH, seed=5, apart=2.0)
    sampler = GeometricSMOTE(
        inputCols=columns(WIDTH), kNeighbors=K, selectionStrategy=selection, deformationFactor=1.0, seed=3, **TRACE
    )
    plan = sampler.plan(spark_frame(spark, numbered(x, label)))
    assert [one.surroundings for one in plan.classes] == ["none", "exact", "exact"]
    seeds, _, gaps, made = traced(sampler.resample(spark_frame(spark, numbered(x, label)), plan).collect(), WIDTH)
    apart = np.linalg.norm(x[:, None] - x, axis=2)
    other = np.where(label[:, None] == label, np.inf, apart).argmin(axis=1)
    own = nearest_of_class(x, label, K)
    to_others = 0
    for seed, gap, row in zip(seeds.tolist(), gaps, made, strict=True):
        farthest = max(apart[seed, one] for one in own[seed])
        nearer = selection == "majority" or apart[seed, other[seed]] < farthest
        allowed = {other[seed]} if selection == "majority" else own[seed] | ({other[seed]} if nearer else set())
        surface = [one for one in allowed if np.allclose(row, x[seed] + gap * (x[one] - x[seed]), atol=1e-9)]
        assert surface
        if surface[0] in own[seed]:
            assert apart[seed, surface[0]] <= apart[seed, other[seed]]
        to_others += surface[0] == other[seed]
    assert to_others == len(seeds) if selection == "majority" else 0 < to_others < len(seeds)
    assert used_evenly(seeds[label[seeds] == 1])
