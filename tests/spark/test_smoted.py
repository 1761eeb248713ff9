"""SMOTE-D on a table: quotas of seeds and of their neighbours, against the paper's formulae."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from frames import columns, labels_of, numbered, spark_frame
from pyspark.sql import SparkSession
from scipy.spatial.distance import cdist
from test_family_oracles import TRACE, on_segments, overlapping

from spark_smote import SMOTED
from spark_smote.search import in_class

COMMON: dict[str, dict[str, Any]] = {
    "smoted-lsh": {"params": {"neighborSearch": "lsh", "cellRows": 200}, "drawn": False, "pinned": "d207e0f1"},
}
K = 4


@pytest.mark.classic("figures; test_common.py shows that it runs on Connect")
def test_quotas_follow_the_deviations_and_gaps_the_quotas(spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two classes grow; each is searched in several shards, which share one line of weights."""
    monkeypatch.setattr(in_class, "_SHARD_ROWS", 30)
    x, label = overlapping({0: 300, 1: 100, 2: 40}, 3, seed=6)
    wanted = {1: 100 + 777, 2: 40 + 303}
    sampler = SMOTED(
        inputCols=columns(3), kNeighbors=K, neighborSearch="exact", samplingStrategy=wanted, seed=3, **TRACE
    )
    plan = sampler.plan(spark_frame(spark, numbered(x, label)))
    assert [one.cells for one in plan.classes] == [0, 4, 2]
    rows = sampler.resample(spark_frame(spark, numbered(x, label)), plan).collect()
    assert labels_of(rows) == {0: 300, **wanted}
    seeds, neighbours, gaps = on_segments(x, rows)
    for one, total in ((1, 777), (2, 303)):
        ids = np.flatnonzero(label == one)
        apart = cdist(x[ids], x[ids])
        near = np.argsort(apart, axis=1)[:, 1 : K + 1]
        distances = np.take_along_axis(apart, near, axis=1)
        exact = total * distances.std(axis=1) / distances.std(axis=1).sum()
        uses = np.array([(seeds == row).sum() for row in ids])
        assert np.abs(uses - exact).max() < 1
        for index, row in enumerate(ids):
            of_row = np.array([((seeds == row) & (neighbours == ids[other])).sum() for other in near[index]])
            assert of_row.sum() == uses[index]
            assert np.abs(of_row - uses[index] * distances[index] / distances[index].sum()).max() <= 1
            for other, q in zip(ids[near[index]], of_row, strict=True):
                found = np.sort(gaps[(seeds == row) & (neighbours == other)])
                np.testing.assert_allclose(found, np.arange(1, q + 1) / (q + 1))
