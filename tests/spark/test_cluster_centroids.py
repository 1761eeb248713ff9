"""ClusterCentroids: the centres of clusters, or the rows nearest to them, take the place of a class's rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from frames import clustered, columns, labels_of, multiset, numbered, spark_frame
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from sklearn.cluster import KMeans

from spark_smote import ClusterCentroids
from spark_smote.samplers import cluster_centroids

SIZES = {0: 2000, 1: 500, 2: 40}


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    labels = np.repeat(list(SIZES), list(SIZES.values()))
    return numbered(clustered(len(labels), 3, seed=4) + labels[:, None], labels.tolist())


@pytest.fixture(scope="module")
def frame(spark: SparkSession, data: pd.DataFrame) -> DataFrame:
    return spark_frame(spark, data).withColumn("place", F.expr("coalesce(id, 0L)")).cache()


@pytest.mark.parametrize("cell_rows", [10_000, 128], ids=["one cell", "many cells"])
def test_centres_take_the_place_of_all_rows_and_are_as_tight_as_those_of_scikit_learn(
    monkeypatch: pytest.MonkeyPatch, frame: DataFrame, data: pd.DataFrame, cell_rows: int
) -> None:
    monkeypatch.setattr(cluster_centroids, "_LEAST_CELL", cell_rows)
    monkeypatch.setattr(cluster_centroids, "_CENTRES_A_CELL", 1)
    monkeypatch.setattr(cluster_centroids, "_WHOLE_PAIRS", 0)
    sampler = ClusterCentroids(inputCols=columns(3), samplingStrategy={0: 80, 1: 100}, syntheticCol="made", seed=3)
    plan = sampler.plan(frame)
    resampled = sampler.resample(frame, plan)
    assert resampled.schema.fields[:-1] == frame.schema.fields
    rows = resampled.collect()
    assert labels_of(rows) == {0: 80, 1: 100, 2: 40} == {one.label: one.total for one in plan.classes}
    assert all(row["made"] == (row["label"] < 2) and (row["id"] is None) == row["made"] for row in rows)
    assert {row["place"] for row in rows if row["label"] == 1} <= set(range(2000, 2500)), "of the row nearest to each"
    x = data.loc[data["label"] == 0, columns(3)].to_numpy()
    ours = np.array([[row[name] for name in columns(3)] for row in rows if row["label"] == 0])
    theirs = KMeans(80, n_init=1, random_state=0).fit(x).cluster_centers_
    spread = [((x[:, None] - centres) ** 2).sum(axis=2).min(axis=1).sum() for centres in (ours, theirs)]
    assert spread[0] < (1.1 if cell_rows > 2000 else 1.3) * spread[1]


def test_rows_nearest_to_centres_stay_whole_and_each_comes_once(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch, frame: DataFrame, data: pd.DataFrame
) -> None:
    monkeypatch.setattr(cluster_centroids, "_LEAST_CELL", 128)
    monkeypatch.setattr(cluster_centroids, "_CENTRES_A_CELL", 1)
    monkeypatch.setattr(cluster_centroids, "_WHOLE_PAIRS", 0)
    sampler = ClusterCentroids(inputCols=columns(3), voting="hard", seed=3, syntheticCol="made")
    rows = sampler.resample(frame).collect()
    assert labels_of(rows) == dict.fromkeys(SIZES, 40)
    assert not any(row["made"] for row in rows)
    assert multiset(rows) <= multiset(frame.withColumn("made", F.lit(False)).collect())
    shuffled = spark_frame(spark, data.sample(frac=1.0, random_state=1)).withColumn("place", F.expr("coalesce(id, 0L)"))
    assert multiset(sampler.resample(shuffled.repartition(5)).collect()) == multiset(rows)


@pytest.mark.classic("quotas do not depend on the mode")
@pytest.mark.parametrize("voting", ["soft", "hard"])
def test_equal_and_invalid_rows_count_and_a_class_may_go(spark: SparkSession, voting: str) -> None:
    x = np.array([[0.0, 1.0]] * 50 + [[2.0, 1.0]] * 2 + [[np.nan, 1.0]] * 3 + [[5.0, 5.0]] * 9)
    frame = spark_frame(spark, numbered(x, [0] * 55 + [1] * 9)).drop("id")
    sampler = ClusterCentroids(inputCols=columns(2), handleInvalid="skip", voting=voting, seed=3)
    rows = sampler.setSamplingStrategy({0: 13}).resample(frame).collect()
    assert labels_of(rows) == {0: 13, 1: 9}
    assert sum(row["x0"] is None for row in rows) == 3
    assert {row["x0"] for row in rows if row["label"] == 0 and row["x0"] is not None} == {0.0, 2.0}
    assert labels_of(sampler.setSamplingStrategy({0: 22, 1: 0}).resample(frame).collect()) == {0: 22}
