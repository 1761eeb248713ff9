"""Stratified folds: exact shares of every class, nothing parted that belongs together, the same for any partitions."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from pyspark.ml.classification import LogisticRegression
from pyspark.ml.evaluation import BinaryClassificationEvaluator
from pyspark.ml.functions import array_to_vector
from pyspark.ml.tuning import CrossValidator, ParamGridBuilder
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from spark_smote import SMOTE, Resampled, stratified_folds
from spark_smote.errors import ColumnError, InvalidDataError, ParameterError, SparkSmoteError, TooFewRowsError
from spark_smote.spark import folds

K = 5


@pytest.fixture(scope="module")
def frame(spark: SparkSession) -> DataFrame:
    """1,000 rows of three classes, 24 of the rarest; of patients of whom one is not known, with up to 60 rows."""
    label = "CASE WHEN id % 43 = 0 THEN 'rare' WHEN id % 6 = 1 THEN 'some' ELSE 'many' END AS label"
    patient = "IF(id < 60, NULL, CAST(30 * log(id) AS INT)) AS `the patient`"
    return (
        spark.range(994)
        .selectExpr("id", label, patient)
        .unionByName(spark.range(6).selectExpr("994 + id AS id", "'many' AS label", "7 AS `the patient`"))
    )


def counts(folded: DataFrame) -> dict[str, list[int]]:
    """Rows of each class in each fold."""
    found = {(row["label"], row["fold"]): row["count"] for row in folded.groupBy("label", "fold").count().collect()}
    assert {fold for _, fold in found} == set(range(K))
    return {label: [found.get((label, fold), 0) for fold in range(K)] for label, _ in found}


@pytest.mark.parametrize("few", [folds._FEW, 0], ids=["by-number", "by-range"])
def test_each_class_has_equal_shares_of_every_fold_whatever_the_partitions(
    spark: SparkSession, frame: DataFrame, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(folds, "_FEW", few)
    monkeypatch.setattr(folds, "_STEP", 4)
    folded = stratified_folds(frame, "label", K, seed=3)
    assert folded.schema.fields[:-1] == frame.schema.fields
    shares = counts(folded)
    assert {label: sum(each) for label, each in shares.items()} == Counter(row["label"] for row in frame.collect())
    assert all(max(each) - min(each) <= 1 for each in shares.values())
    again = stratified_folds(frame.orderBy(F.desc("label")).repartition(7), "label", K, seed=3)
    where = {row["id"]: row["fold"] for row in folded.collect()}
    assert {row["id"]: row["fold"] for row in again.collect()} == where
    assert {row["id"]: row["fold"] for row in stratified_folds(frame, "label", K, seed=4).collect()} != where


def test_equal_rows_and_rows_of_a_group_are_not_parted(frame: DataFrame) -> None:
    plain = frame.select("label", (F.col("id") % 50).alias("value"))
    folded = stratified_folds(plain.union(plain), "label", K)
    assert folded.groupBy("label", "value").agg(F.count_distinct("fold").alias("n")).filter("n > 1").count() == 0
    together = stratified_folds(frame, "label", K, "the patient", seed=3)
    of_a_group = together.groupBy("the patient").agg(F.count_distinct("fold").alias("n"), F.count("*").alias("rows"))
    rows = [row["rows"] for row in of_a_group.collect()]
    assert of_a_group.filter("n > 1").count() == 0
    shares = counts(together)
    assert all(max(each) - min(each) <= 2 * max(rows) for each in shares.values())
    assert min(shares["rare"]) > 0


@pytest.mark.parametrize(
    ("given", "error", "told"),
    [
        ({"k": 1}, ParameterError, "k must be an integer of 2 or more, not 1"),
        ({"k": True}, ParameterError, "not True"),
        ({"k": 25}, TooFewRowsError, "class 'rare' has 24 rows, too few for k=25 folds"),
        ({"k": 3, "groupCol": "site"}, TooFewRowsError, r"is in 2 groups, too few for k=3 folds"),
        ({"k": 3, "groupCol": "no"}, ColumnError, "groupCol"),
        ({"k": 3, "labelCol": "no"}, ColumnError, "labelCol"),
        ({"k": 3, "foldCol": "id"}, ColumnError, "foldCol: there is a column 'id' already"),
        ({"k": 3, "labelCol": "gap"}, InvalidDataError, r"is null or NaN in 1 rows; drop them \["),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_refusals(frame: DataFrame, given: dict[str, Any], error: type[SparkSmoteError], told: str) -> None:
    odd = frame.selectExpr("*", "id % 2 AS site", "IF(id = 5, NULL, id % 2) AS gap")
    with pytest.raises(error, match=told):
        stratified_folds(odd, **{"labelCol": "label", **given})


@pytest.mark.classic("the folds do not depend on the mode")
def test_a_validator_of_spark_takes_the_folds(frame: DataFrame) -> None:
    made = frame.selectExpr("CAST(label = 'some' AS DOUBLE) AS label", "id", "sin(id) + IF(label = 'some', 1, 0) AS x")
    rows = stratified_folds(made.withColumn("features", array_to_vector(F.array("x"))), "label", 2)
    smote = SMOTE(seed=1)
    learner = Resampled(sampler=smote, estimator=LogisticRegression(maxIter=2))
    grid = ParamGridBuilder().addGrid(smote.kNeighbors, [3]).build()
    validator = CrossValidator(
        estimator=learner,
        estimatorParamMaps=grid,
        evaluator=BinaryClassificationEvaluator(),
        numFolds=2,
        foldCol="fold",
    )
    assert min(validator.fit(rows).avgMetrics) > 0.6
