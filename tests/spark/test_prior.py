"""Probabilities for the true class shares, by the formula; class weights; the best threshold of scored rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pyspark.ml import PipelineModel
from pyspark.ml.functions import array_to_vector
from pyspark.ml.linalg import DenseVector
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from spark_smote import PriorCorrection, best_threshold, class_weights
from spark_smote.errors import ClassError, ColumnError, InvalidDataError, ParameterError, SparkSmoteError

SAID = np.array([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8], [1.0, 0.0, 0.0]])
TRAIN, TRUE = [1.0, 1.0, 1.0], [900.0, 90.0, 10.0]


@pytest.fixture(scope="module")
def scored(spark: SparkSession) -> DataFrame:
    rows = spark.createDataFrame(
        [(i, [float(p) for p in said]) for i, said in enumerate(SAID)], "row int, p array<double>"
    )
    return rows.select("row", array_to_vector("p").alias("probability"), F.lit(1.0).alias("prediction")).cache()


def corrected(frame: DataFrame, column: str = "probability") -> np.ndarray:
    return np.array([row[0].toArray() for row in frame.orderBy("row").select(column).collect()])


def test_every_class_is_weighted_by_its_true_share_over_that_in_training(scored: DataFrame) -> None:
    weighted = SAID * np.array(TRUE) / np.array(TRAIN)
    expected = weighted / weighted.sum(axis=1, keepdims=True)
    correction = PriorCorrection(trainPriors=TRAIN, truePriors=TRUE)
    out = correction.transform(scored)
    assert out.columns == scored.columns
    np.testing.assert_allclose(corrected(out), expected, rtol=1e-12)
    beside = PriorCorrection(trainPriors={0: 1, 1: 1, 2: 1}, truePriors=(0.9, 0.09, 0.01), outputCol="true p")
    out = beside.transform(scored)
    np.testing.assert_allclose(corrected(out, "`true p`"), expected, rtol=1e-12)
    np.testing.assert_array_equal(corrected(out), SAID)
    stock = PipelineModel(beside.stages("scaled")).transform(scored)
    np.testing.assert_allclose(corrected(stock, "`true p`"), expected, rtol=1e-12)


def test_saved_and_loaded(scored: DataFrame, tmp_path: Any) -> None:
    correction = PriorCorrection(trainPriors=TRAIN, truePriors=TRUE)
    correction.save(str(tmp_path / "correction"))
    loaded = PriorCorrection.load(str(tmp_path / "correction"))
    np.testing.assert_array_equal(corrected(loaded.transform(scored)), corrected(correction.transform(scored)))


@pytest.mark.parametrize(
    ("priors", "error", "message"),
    [
        ({"trainPriors": [0.5, 0.5], "truePriors": TRUE}, ParameterError, "2 classes and truePriors 3"),
        ({"trainPriors": [1, 1, 0], "truePriors": TRUE}, ParameterError, "class 2 has a true share of 10, but none"),
        ({"trainPriors": [1, -1, 1], "truePriors": TRUE}, ParameterError, "numbers of 0 and more"),
        ({"trainPriors": [0, 0, 0], "truePriors": TRUE}, ParameterError, "not all 0"),
        ({"trainPriors": {"yes": 1}, "truePriors": TRUE}, ParameterError, "indices 0, 1"),
        ({"truePriors": TRUE}, ParameterError, "trainPriors is not set"),
        ({"trainPriors": TRAIN, "truePriors": TRUE, "probabilityCol": "p"}, ColumnError, "no column 'p'"),
        ({"trainPriors": TRAIN, "truePriors": TRUE, "probabilityCol": "row"}, ColumnError, "must be the vector"),
        ({"trainPriors": TRAIN, "truePriors": TRUE, "outputCol": "ROW"}, ColumnError, "'ROW' already"),
    ],
)
def test_wrong_priors(scored: DataFrame, priors: Any, error: type[SparkSmoteError], message: str) -> None:
    with pytest.raises(error, match=message):
        PriorCorrection(**priors).transform(scored)


def test_class_weights(spark: SparkSession) -> None:
    df = spark.range(100).selectExpr(
        "CASE WHEN id < 70 THEN 'a' WHEN id < 95 THEN 'b' ELSE 'c' END AS `the label`", "id"
    )
    weighted, weights = class_weights(df, "the label")
    assert weights == {"a": 100 / 210, "b": 100 / 75, "c": 100 / 15}
    assert weighted.columns == ["the label", "id", "weight"]
    rows = weighted.groupBy("the label").agg(F.sum("weight"), F.max("weight")).collect()
    assert {row[0]: row[2] for row in rows} == weights
    assert [row[1] for row in rows] == pytest.approx([100 / 3] * 3)
    assert class_weights(df, "the label", {"c": 5}, weightCol="w")[1] == {"a": 1.0, "b": 1.0, "c": 5}
    for wrong, message in (({"d": 1}, "no class 'd'"), ({"a": 0}, "class 'a' has 0"), ("even", "not 'even'")):
        with pytest.raises(ParameterError, match=message):
            class_weights(df, "the label", wrong)
    with pytest.raises(ColumnError, match="'id' already"):
        class_weights(df, "the label", weightCol="id")
    with pytest.raises(InvalidDataError, match="null"):
        class_weights(df.withColumn("the label", F.lit(None).cast("string")), "the label")


def test_best_threshold(spark: SparkSession) -> None:
    df = spark.range(1000).selectExpr("IF(id >= 900, 'yes', 'no') AS fraud", "id / 2000 AS p", "id")
    best = best_threshold(df, "f1", labelCol="fraud", probabilityCol="p", positive="yes")
    assert best.value == 1.0
    assert 899 / 2000 < best.threshold <= 900 / 2000
    vectors = df.select("fraud", array_to_vector(F.array(F.lit(1.0) - F.col("p"), F.col("p"))).alias("p"))
    assert best_threshold(vectors, "f1", labelCol="fraud", probabilityCol="p", positive="yes") == best
    with pytest.raises(ParameterError, match="'gMean', 'f1'"):
        best_threshold(df, "accuracy", labelCol="fraud")
    with pytest.raises(ClassError, match="class 'maybe' has 0 of 1000"):
        best_threshold(df, labelCol="fraud", probabilityCol="p", positive="maybe")
    with pytest.raises(ColumnError, match="type string"):
        best_threshold(df, labelCol="fraud", probabilityCol="fraud")


def test_a_vector_of_another_size_is_refused(scored: DataFrame) -> None:
    assert isinstance(scored.first()["probability"], DenseVector)  # type: ignore[index]
    two = PriorCorrection(trainPriors=[1, 1], truePriors=[9, 1])
    sized = scored.withMetadata("probability", {"ml_attr": {"num_attrs": 3}})
    with pytest.raises(ParameterError, match="probabilities of 3 classes, but the priors are of 2"):
        two.transform(sized)
