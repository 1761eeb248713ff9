"""ANS: outcasts and the radius, compared with a reference written from the paper."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from frames import columns, labels_of, numbered, spark_frame
from pyspark.sql import SparkSession
from test_family_oracles import EXACT, nearest_of_all, on_segments, overlapping, used_evenly

from spark_smote import ANS
from spark_smote.errors import NoSeedsError

COMMON: dict[str, dict[str, Any]] = {
    "ans-lsh": {"params": {"neighborSearch": "lsh", "cellRows": 200, "fallback": "smote"}, "pinned": "d5cf1a97"},
}
WIDTH, MOST = 3, 12
COUNTS = {0: 700, 1: 150, 2: 60}


@pytest.mark.classic("figures; test_common.py shows that each sampler runs on Connect")
def test_seeds_are_no_outcasts_and_walk_within_the_radius(spark: SparkSession) -> None:
    x, label = overlapping(COUNTS, WIDTH, seed=38, apart=2.5)
    sampler = ANS(inputCols=columns(WIDTH), cMax=MOST, kNeighbors=200, seed=3, **EXACT)
    rows = sampler.resample(spark_frame(spark, numbered(x, label))).collect()
    assert labels_of(rows) == dict.fromkeys(COUNTS, 700)
    seeds, ends, gaps = on_segments(x, rows)
    assert 0 <= gaps.min() <= gaps.max() < 1
    for one in (1, 2):
        own, others = np.flatnonzero(label == one), np.flatnonzero(label != one)
        first = np.linalg.norm(x[own] - x[own][nearest_of_all(x[own], 1)[:, 0]], axis=1)
        apart = np.linalg.norm(x[own][:, None] - x[others], axis=2)
        before = (apart <= first[:, None]).sum(axis=1)
        outcasts = [(before >= c).sum() for c in range(MOST + 1)]
        bound = min(range(2, MOST + 1), key=lambda c: outcasts[c - 1] - outcasts[c])
        used = own[before < bound]
        assert 0 < len(used) < len(own)
        mine = label[seeds] == one
        assert set(seeds[mine].tolist()) == set(used.tolist())
        assert used_evenly(seeds[mine])
        radius = first[before < bound].max()
        within = np.linalg.norm(x[used][:, None] - x[used], axis=2) <= radius * (1 + 1e-9)
        lone = set(used[within.sum(axis=1) == 1].tolist())
        pairs = [(a, b) for a, b in zip(seeds[mine].tolist(), ends[mine].tolist(), strict=True) if a not in lone]
        assert {b for _, b in pairs} <= set(used.tolist())
        assert max(np.linalg.norm(x[a] - x[b]) for a, b in pairs) <= radius * (1 + 1e-9)
        # Far from the nearest alone: the number of neighbours is that of the region.
        assert len(set(pairs)) > 3 * len(used)


@pytest.mark.classic("raised on the driver")
def test_a_class_of_outcasts_alone_has_no_seeds(spark: SparkSession) -> None:
    x = np.repeat(np.arange(40.0) * 100, 4)[:, None]
    x += np.tile([0, 0.5, 1.0, 1.5], 40)[:, None]
    frame = spark_frame(spark, numbered(x, [1, 0, 0, 0] * 20 + [0] * 80))
    with pytest.raises(NoSeedsError, match="class 1: all its 20 rows are outcasts"):
        ANS(inputCols=["x0"], cMax=3).resample(frame)
