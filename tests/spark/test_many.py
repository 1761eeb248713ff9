"""Many classes, folds and label columns: Spark Connect takes expressions of some 45 levels, unions of some 400."""

from __future__ import annotations

from collections import Counter

import pytest
from pyspark.ml.classification import NaiveBayes
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from spark_smote import MLROS, InstanceHardnessThreshold, stratified_folds
from spark_smote.spark.columns import in_pairs

MANY = 60


@pytest.fixture(scope="module")
def frame(spark: SparkSession) -> DataFrame:
    """Six rows of most classes, 12 of the last, and four of the first."""
    rows = [(label, float(row), float(label * 50 + row)) for label in range(MANY) for row in range(6)]
    rows += [(MANY - 1, 20.0 + row, float(row)) for row in range(6)]
    return spark.createDataFrame(rows[2:], "label int, x double, y double")


@pytest.mark.parametrize("group", [None, "x"])
def test_folds_of_many_classes(frame: DataFrame, group: str | None) -> None:
    folded = stratified_folds(frame, "label", 2, groupCol=group).collect()
    assert Counter(row.label for row in folded) == Counter(row.label for row in frame.collect())
    if group is None:
        shares = Counter((row.label, row.fold) for row in folded)
        assert {shares[label, fold] for label in range(1, MANY - 1) for fold in (0, 1)} == {3}


def test_many_folds(spark: SparkSession) -> None:
    folded = stratified_folds(spark.range(240).withColumn("label", F.col("id") % 2), "label", 60)
    assert set(Counter((row.label, row.fold) for row in folded.collect()).values()) == {2}


@pytest.mark.long
def test_a_union_of_many_frames(spark: SparkSession) -> None:
    frames = [spark.range(at, at + 1) for at in range(500)]
    assert {row.id for row in in_pairs(DataFrame.union, frames).collect()} == set(range(500))


@pytest.mark.long
def test_hardness_by_many_folds(spark: SparkSession) -> None:
    rows = spark.range(200).selectExpr("id % 4 = 0 AS y", "CAST(id AS DOUBLE) AS x")
    sampler = InstanceHardnessThreshold(
        inputCols=["x"], labelCol="y", cv=50, estimator=NaiveBayes(modelType="gaussian"), seed=1
    )
    assert Counter(row.y for row in sampler.resample(rows).collect()) == {True: 50, False: 50}


def test_many_label_columns(spark: SparkSession) -> None:
    labels = [f"l{at}" for at in range(MANY)]
    rows = spark.range(240).select(
        F.col("id").cast("double").alias("x"),
        *(F.when(F.col("id") % MANY == at, 1).otherwise(0).alias(name) for at, name in enumerate(labels)),
    )
    sampler = MLROS(labelCol=labels, share=0.1)
    assert sampler.resample(rows).count() >= 240
