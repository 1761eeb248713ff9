"""ProWSyn: levels, quotas and clusters, compared with a reference written from the paper."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from frames import Matrix, columns, labels_of, numbered, spark_frame
from numpy.typing import NDArray
from pyspark.sql import SparkSession
from scipy.cluster.hierarchy import fcluster, linkage
from sklearn.neighbors import NearestNeighbors
from test_family_oracles import EXACT, Ids, nearest_of_all, on_segments, overlapping

from spark_smote import ProWSyn
from spark_smote.errors import ParameterError

COMMON: dict[str, dict[str, Any]] = {
    "prowsyn-exact": {"params": {"neighborSearch": "exact"}, "pinned": "db53109c"},
}
WIDTH, K, LEVELS, THETA, CP = 3, 4, 4, 0.7, 2.0
COUNTS = {0: 700, 1: 220, 2: 90}


def levels_of(own: Matrix, others: Matrix) -> NDArray[np.int64]:
    """Algorithm 1, steps 2 to 5: the level of each row of the class, from 1."""
    levels, left = np.full(len(own), LEVELS), np.arange(len(own))
    for level in range(1, LEVELS):
        search = NearestNeighbors(n_neighbors=min(K, len(left)), algorithm="brute").fit(own[left])
        partition = np.unique(search.kneighbors(others, return_distance=False))
        levels[left[partition]], left = level, np.delete(left, partition)
        if not len(left):
            break
    return levels


def clusters_of(own: Matrix) -> Ids:
    """Average linkage up to C_p times the mean distance to the nearest row."""
    near = np.linalg.norm(own - own[nearest_of_all(own, 1)[:, 0]], axis=1)
    return np.asarray(fcluster(linkage(own, "average"), CP * near.mean(), "distance"))


@pytest.mark.classic("figures; test_common.py shows that each sampler runs on Connect")
def test_quotas_are_those_of_the_levels_and_partners_are_of_the_cluster(spark: SparkSession) -> None:
    x, label = overlapping(COUNTS, WIDTH, seed=36, apart=3.5)
    sampler = ProWSyn(inputCols=columns(WIDTH), kNeighbors=K, levels=LEVELS, theta=THETA, cp=CP, seed=3, **EXACT)
    rows = sampler.resample(spark_frame(spark, numbered(x, label))).collect()
    assert labels_of(rows) == dict.fromkeys(COUNTS, 700)
    seeds, ends, _ = on_segments(x, rows)
    for one in (1, 2):
        own = np.flatnonzero(label == one)
        levels = levels_of(x[own], x[label != one])
        assert len(set(levels.tolist())) > 2
        weights = np.exp(-THETA * (levels - 1))
        wanted = (700 - COUNTS[one]) * weights / weights.sum()
        used = np.bincount(seeds, minlength=len(x))[own]
        assert np.abs(used - wanted).max() < 1
        clusters = dict(zip(own.tolist(), clusters_of(x[own]).tolist(), strict=True))
        assert len(set(clusters.values())) > 3
        lone = {row for row, of in clusters.items() if list(clusters.values()).count(of) == 1}
        pairs = [(a, b) for a, b in zip(seeds.tolist(), ends.tolist(), strict=True) if label[a] == one]
        assert all(clusters[a] == clusters[b] for a, b in pairs if not {a, b} & lone)
        assert len({b for _, b in pairs}) > len(own) / 2


@pytest.mark.classic("raised on the driver")
def test_more_rows_than_the_driver_shall_hold_are_refused(spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spark_smote.core.scored_sampler.MOST_SCORED", 39)
    frame = spark.range(100).selectExpr("id < 40 AS label", "id * 1.0D AS x0")
    with pytest.raises(ParameterError, match="40 rows x 24 bytes"):
        ProWSyn(inputCols=["x0"]).plan(frame)
