"""MWMOTE: noise, border rows and selection weights, compared with a reference written from the paper."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from frames import columns, labels_of, numbered, spark_frame
from pyspark.sql import SparkSession
from sklearn.neighbors import NearestNeighbors
from test_family_oracles import EXACT, nearest_of_all, on_segments, overlapping

from spark_smote import MWMOTE
from spark_smote.errors import NoSeedsError

COMMON: dict[str, dict[str, Any]] = {
    "mwmote-exact": {
        "params": {"neighborSearch": "exact", "fallback": "smote"},
        "neighbour": "own",
        "drawn": True,
        "pinned": "9cc13a9e",
    },
}
WIDTH, K1, K2, K3, CUT = 3, 5, 3, 7, 4.0
COUNTS = {0: 700, 1: 150, 2: 60}


@pytest.mark.classic("figures; test_common.py shows that each sampler runs on Connect")
def test_quotas_are_in_proportion_to_the_selection_weights(spark: SparkSession) -> None:
    x, label = overlapping(COUNTS, WIDTH, seed=37, apart=2.5)
    sampler = MWMOTE(inputCols=columns(WIDTH), k1=K1, k2=K2, k3=K3, cfTh=CUT, seed=3, **EXACT)
    rows = sampler.resample(spark_frame(spark, numbered(x, label))).collect()
    assert labels_of(rows) == dict.fromkeys(COUNTS, 700)
    seeds, _, gaps = on_segments(x, rows)
    assert 0 <= gaps.min() <= gaps.max() < 1
    for one in (1, 2):
        own, others = np.flatnonzero(label == one), np.flatnonzero(label != one)
        filtered = own[(label[nearest_of_all(x, K1, own)] == one).any(axis=1)]
        assert len(filtered) < len(own)
        search = NearestNeighbors(n_neighbors=K2, algorithm="brute").fit(x[others])
        border = others[np.unique(search.kneighbors(x[filtered], return_distance=False))]
        apart, near = NearestNeighbors(n_neighbors=K3, algorithm="brute").fit(x[own]).kneighbors(x[border])
        closeness = np.minimum(WIDTH / apart, CUT) / CUT
        information = closeness**2 / closeness.sum(axis=1, keepdims=True)
        weights = np.bincount(near.ravel(), information.ravel(), len(own))
        wanted = (700 - COUNTS[one]) * weights / weights.sum()
        assert np.abs(np.bincount(seeds, minlength=len(x))[own] - wanted).max() < 1


@pytest.mark.classic("raised on the driver")
def test_a_class_of_noise_alone_has_no_seeds(spark: SparkSession) -> None:
    x = np.repeat(np.arange(60.0) * 100, 2)[:, None]
    x[1::2] += 0.5
    frame = spark_frame(spark, numbered(x, [1, 0] * 30 + [0] * 60))
    with pytest.raises(NoSeedsError, match="class 1: none of its 30 rows has a row of the class among its k1=1"):
        MWMOTE(inputCols=["x0"], k1=1).resample(frame)
