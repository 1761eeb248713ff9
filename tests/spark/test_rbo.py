"""RBO: every synthetic row ends nearer to the balance of the potentials of its seed's nearest rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from frames import columns, labels_of, numbered, spark_frame, traced
from pyspark.sql import SparkSession
from test_family_oracles import EXACT, nearest_of_all, overlapping, used_evenly

from spark_smote import RBO

COMMON: dict[str, dict[str, Any]] = {
    "rbo-lsh": {"params": {"neighborSearch": "lsh", "cellRows": 200, "nSteps": 40}, "pinned": "0e988750"},
}
NEAR, GAMMA, STEP = 10, 0.8, 0.05


@pytest.mark.classic("figures; test_common.py shows that each sampler runs on Connect")
def test_rows_lie_nearer_to_the_balance_of_potentials_than_their_seeds(spark: SparkSession) -> None:
    x, label = overlapping({0: 600, 1: 90, 2: 50}, 3, seed=71)
    sampler = RBO(inputCols=columns(3), gamma=GAMMA, stepSize=STEP, nSteps=60, nNeighbors=NEAR, seed=5, **EXACT)
    rows = sampler.resample(spark_frame(spark, numbered(x, label))).collect()
    assert labels_of(rows) == {0: 600, 1: 600, 2: 600}
    seeds, neighbours, _, made = traced(rows, 3)
    assert (neighbours == -1).all()
    for one in (1, 2):
        assert used_evenly(seeds[label[seeds] == one])
    unit = x.std(axis=0)
    near = np.hstack([np.arange(len(x))[:, None], nearest_of_all(x / unit, NEAR)])

    def potentials(points: Any) -> Any:
        squares = (((points[:, None] - x[near[seeds]]) / unit) ** 2).sum(axis=2)
        return (np.where(label[near[seeds]] == label[seeds, None], -1, 1) * np.exp(-squares / GAMMA**2)).sum(axis=1)

    before, after = np.abs(potentials(x[seeds])), np.abs(potentials(made))
    steps = (made - x[seeds]) / unit / STEP
    np.testing.assert_allclose(steps, np.rint(steps), atol=1e-6)
    stayed = ~np.rint(steps).any(axis=1)
    assert stayed.mean() < 0.1
    assert (after[~stayed] < before[~stayed]).all()
    assert after.mean() < 0.7 * before.mean()


@pytest.mark.classic("the same code plans on Connect")
def test_the_plan_warns_of_much_work(spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> None:
    x, label = overlapping({0: 60, 1: 30}, 3, seed=71)
    frame, sampler = spark_frame(spark, numbered(x, label)), RBO(inputCols=columns(3), seed=5)
    assert not sampler.plan(frame).notes
    monkeypatch.setattr("spark_smote.core.effort.TIMES", 1)
    with pytest.warns(UserWarning, match="RBO will take some 1 times as long as SMOTE: walks of some 50 steps to 30 "):
        plan = sampler.plan(frame)
    assert "lower nSteps" in plan.notes[0] and plan.notes[0] in str(plan)
