"""CondensedNearestNeighbour keeps a subset by which the nearest row classifies every removed row rightly."""

from __future__ import annotations

import imblearn.under_sampling
import numpy as np
import pandas as pd
import pytest
from frames import Matrix, columns, multiset, numbered, spark_frame
from numpy.typing import NDArray
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from spark_smote import CondensedNearestNeighbour
from spark_smote.spark import removal

SIZES = {0: 500, 1: 160, 2: 60}
NUMBER = "xxhash64(3L, xxhash64(array(x0, x1)), 0) & 9223372036854775807"


def squares(a: Matrix, b: Matrix) -> Matrix:
    return np.asarray(((a[:, None] - b) ** 2).sum(axis=2))


def condensed(x: Matrix, small: Matrix, seed: int) -> set[int]:
    """The rule for one class, by brute force on rows without ties."""
    store, most = [seed], 1
    enemy, distance = squares(x, small).argmin(axis=1), squares(x, small).min(axis=1)
    while (wrong := np.flatnonzero(squares(x, x[store]).min(axis=1) > distance)).size:
        for one in np.unique(enemy[wrong]).tolist():
            around = wrong[enemy[wrong] == one]
            store += around[np.argsort(distance[around])][:most].tolist()
        most *= 2
    return set(store)


@pytest.mark.classic("the rule does not depend on the mode")
def test_rows_kept_are_those_of_the_rule_and_classify_the_others_rightly(spark: SparkSession) -> None:
    labels = np.repeat(list(SIZES), list(SIZES.values()))
    x = np.random.default_rng(5).normal(size=(len(labels), 2)) + 1.2 * labels[:, None]
    frame = spark_frame(spark, numbered(x, labels.tolist()))
    numbers = dict(map(tuple, frame.select("id", F.expr(NUMBER)).collect()))
    expected = set(np.flatnonzero(labels == 2).tolist())
    for label in (0, 1):
        own: NDArray[np.int64] = np.flatnonzero(labels == label)
        seed = int(np.argmin([numbers[row] for row in own.tolist()]))
        expected |= {int(own[row]) for row in condensed(x[own], x[labels == 2], seed)}
    sampler = CondensedNearestNeighbour(inputCols=columns(2), seed=3)
    plan = sampler.plan(frame)
    kept = {row["id"] for row in sampler.resample(frame, plan).select("id").collect()}
    assert kept == expected
    assert sum(one.total for one in plan.classes) == len(kept)
    for label in (0, 1):
        gone = [row for row in np.flatnonzero(labels == label).tolist() if row not in kept]
        near = [row for row in sorted(kept) if labels[row] in (label, 2)]
        assert (labels[near][squares(x[gone], x[near]).argmin(axis=1)] == label).all()
    theirs = imblearn.under_sampling.CondensedNearestNeighbour(random_state=0)
    theirs.fit_resample(x, labels)
    assert len(kept) < 1.4 * len(set(theirs.sample_indices_.tolist()))


@pytest.mark.classic("the rule does not depend on the mode")
def test_the_same_rows_among_ties_from_any_partitions_whether_keys_pass_through_the_driver_or_not(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels = np.repeat([0, 1], [120, 40])
    x = np.rint(np.random.default_rng(6).normal(scale=3.0, size=(len(labels), 2)) + 1.5 * labels[:, None])
    data = numbered(x, labels.tolist())
    sampler = CondensedNearestNeighbour(inputCols=columns(2), nSeedsS=3, seed=3)
    rows = sampler.resample(spark_frame(spark, data)).collect()
    assert 40 < len(rows) < len(data)
    monkeypatch.setattr(removal, "MOST_FETCHED", 1)
    shuffled = spark_frame(spark, pd.DataFrame(data.sample(frac=1.0, random_state=1))).repartition(5)
    assert multiset(sampler.resample(shuffled).collect()) == multiset(rows)
