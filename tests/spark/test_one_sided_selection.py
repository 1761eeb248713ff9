"""OneSidedSelection keeps the rows that imbalanced-learn keeps, given the same drawn rows."""

from __future__ import annotations

from typing import Any

import imblearn.under_sampling
import numpy as np
import pandas as pd
import pytest
from frames import columns, multiset, numbered, spark_frame
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from spark_smote import OneSidedSelection

SIZES = {0: 400, 1: 150, 2: 60}
NUMBER = "xxhash64(3L, xxhash64(array(x0, x1)), 0) & 9223372036854775807"
"""The number of a row by which rows are drawn with the seed 3."""


class Given(np.random.RandomState):
    """Draws that are known beforehand."""

    def __init__(self, draws: list[list[int]]) -> None:
        super().__init__(0)
        self.draws = iter(draws)

    def randint(self, *args: Any, **kwargs: Any) -> Any:
        return np.array(next(self.draws))


@pytest.mark.classic("the rule does not depend on the mode")
@pytest.mark.parametrize("seeds", [1, 4])
def test_rows_kept_are_the_references_row_for_row(spark: SparkSession, seeds: int) -> None:
    labels = np.repeat(list(SIZES), list(SIZES.values()))
    data = numbered(np.random.default_rng(5).normal(size=(len(labels), 2)) + 1.2 * labels[:, None], labels.tolist())
    frame = spark_frame(spark, data)
    numbers = data["id"].map(dict(map(tuple, frame.select("id", F.expr(NUMBER)).collect()))).to_numpy()
    draws = [np.argsort(numbers[labels == label])[:seeds].tolist() for label in (0, 1)]
    theirs = imblearn.under_sampling.OneSidedSelection(n_seeds_S=seeds, random_state=Given(draws))
    theirs.fit_resample(data[columns(2)].to_numpy(), labels)
    sampler = OneSidedSelection(inputCols=columns(2), nSeedsS=seeds, seed=3)
    plan = sampler.plan(frame)
    kept = [row["id"] for row in sampler.resample(frame, plan).select("id").collect()]
    assert sorted(kept) == sorted(theirs.sample_indices_.tolist())
    assert 60 < len(kept) == sum(one.total for one in plan.classes) < len(data)


@pytest.mark.classic("the rule does not depend on the mode")
def test_equal_rows_and_all_classes(spark: SparkSession) -> None:
    """Of equal rows only as many stay as are drawn, and the smallest class loses ends of Tomek links only."""
    x = [[0.0, 0.0]] * 20 + [[1.0, 0.0]] * 2 + [[4.0, 0.0]] * 9 + [[4.5, 0.0]] * 5 + [[9.0, 0.0], [9.1, 0.0]]
    data = numbered(np.array(x), [0] * 20 + [1] * 2 + [0] * 9 + [1] * 5 + [0, 1])
    sampler = OneSidedSelection(inputCols=columns(2), samplingStrategy="all", nSeedsS=2)
    rows = sampler.resample(spark_frame(spark, data)).collect()
    assert sum(row["label"] == 0 and row["x0"] == 9.0 for row in rows) == 0
    assert sorted(row["x0"] for row in rows if row["label"] == 1) == [1.0] * 2 + [4.5] * 5
    assert 2 <= sum(row["label"] == 0 for row in rows) <= 11
    shuffled = spark_frame(spark, pd.DataFrame(data.sample(frac=1.0, random_state=1))).repartition(5)
    assert multiset(sampler.resample(shuffled).collect()) == multiset(rows)
