"""The iterative partitioning filter removes the rows that a plain loop of the paper removes, with the same parts."""

from __future__ import annotations

import numpy as np
import pytest
from frames import columns, numbered, spark_frame
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from sklearn.tree import DecisionTreeClassifier
from test_family_oracles import overlapping

from spark_smote import IterativePartitioningFilter
from spark_smote.errors import ParameterError
from spark_smote.kernels.partitioning import fold

pytestmark = pytest.mark.classic("figures; test_common.py shows that combinations run on Connect")


@pytest.mark.parametrize(("voting", "targets"), [("majority", "all"), ("consensus", [0, 2])])
def test_the_rows_removed_are_those_of_the_plain_loop(spark: SparkSession, voting: str, targets: object) -> None:
    x, label = overlapping({0: 300, 1: 200, 2: 150}, 3, seed=91, apart=2.0)
    frame = spark_frame(spark, numbered(x, label))
    sampler = IterativePartitioningFilter(
        inputCols=columns(3), nFolds=5, k=2, p=0.02, voting=voting, samplingStrategy=targets, seed=4
    )
    plan = sampler.plan(frame)
    kept = sorted(row["id"] for row in sampler.resample(frame, plan).collect())

    hashed = frame.select("id", F.xxhash64(F.array(*columns(3))).alias("hash")).orderBy("id").collect()
    hashes = np.array([row["hash"] for row in hashed]).view(np.uint64)
    left, quiet, rounds = np.lexsort((hashes, label)), 0, 0
    while quiet < 2:
        parts = fold(hashes[left], 5, 4, rounds)
        trees = [
            DecisionTreeClassifier(min_samples_leaf=2, random_state=0).fit(x[left[parts == n]], label[left[parts == n]])
            for n in range(5)
        ]
        votes = np.sum([tree.predict(x[left]) != label[left] for tree in trees], axis=0)
        noise = (votes > 2 if voting == "majority" else votes == 5) & np.isin(
            label[left], [0, 1, 2] if targets == "all" else targets
        )
        quiet = quiet + 1 if noise.sum() < 0.02 * 650 else 0
        left, rounds = left[~noise], rounds + 1
    assert rounds > 2
    assert 650 - len(left) > 20
    assert kept == sorted(left.tolist())
    assert [c.to_remove for c in plan.classes] == [(label == n).sum() - (label[left] == n).sum() for n in range(3)]


def test_a_group_that_no_task_can_hold_is_refused(spark: SparkSession) -> None:
    frame = spark.range(5_000).selectExpr("id % 50 > 2 AS tenant", "id % 2 AS label", "id * 1.0D AS x0")
    sampler = IterativePartitioningFilter(inputCols=["x0"], groupCols=["tenant"], maxWorkerMemory=312_500_000)
    with pytest.raises(
        ParameterError, match=r"group 'true': .* in one task: 310 MB \+ 5 x 4700 rows .*leave out groupCols"
    ):
        sampler.plan(frame)
