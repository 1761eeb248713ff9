"""Measures of predicted and scored rows against scikit-learn's, and the evaluator in a cross-validation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from imblearn.metrics import geometric_mean_score
from pyspark.ml.classification import LogisticRegression
from pyspark.ml.feature import VectorAssembler
from pyspark.ml.functions import array_to_vector
from pyspark.ml.tuning import CrossValidator
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from sklearn import metrics
from sklearn.linear_model import LogisticRegression as Oracle

from spark_smote import ImbalanceEvaluator, measures
from spark_smote.errors import ClassError, ColumnError, InvalidDataError, ParameterError

EXACT: dict[str, Any] = {"rel": 1e-9, "abs": 1e-9}


def scored(spark: SparkSession, classes: int, ties: bool = True) -> tuple[DataFrame, dict[str, Any]]:
    """Random rows with labels, probabilities, predictions and weights, on several partitions."""
    draw, rows = np.random.default_rng(classes), 500
    truth = draw.choice(classes, rows, p=np.r_[0.7, np.full(classes - 1, 0.3 / (classes - 1))])
    raw = np.exp(draw.normal(size=(rows, classes)) + 1.5 * np.eye(classes)[truth])
    probability = raw / raw.sum(axis=1, keepdims=True)
    if ties:
        probability = np.round(probability * 20) / 20
        probability[:, 0] = 1 - probability[:, 1:].sum(axis=1)
        probability = np.abs(np.round(probability, 12))
    given = {
        "label": truth,
        "p": probability,
        "prediction": probability.argmax(axis=1),
        "weight": np.where(draw.random(rows) < 0.1, 0.0, draw.gamma(1.0, size=rows)),
    }
    frame = spark.createDataFrame(pd.DataFrame({name: values.tolist() for name, values in given.items()}))
    made = frame.select(
        "label", F.col("prediction").cast("double"), "weight", array_to_vector(F.col("p")).alias("probability")
    )
    return made.repartition(3), given


@pytest.mark.parametrize("weightCol", [None, "weight"])
def test_two_classes_as_scikit_learn(spark: SparkSession, weightCol: str | None) -> None:
    df, given = scored(spark, 2)
    truth, score = given["label"], given["p"][:, 1]
    weight = given["weight"] if weightCol else np.ones(len(truth))
    found = measures(df, weightCol=weightCol, precision=0.6, top=0.2, costs=[[0, 1], [7, 0.5]])
    w: dict[str, Any] = {"sample_weight": weight}
    assert found["auc"] == pytest.approx(metrics.roc_auc_score(truth, score, **w), **EXACT)
    assert found["auprc"] == pytest.approx(metrics.average_precision_score(truth, score, **w), **EXACT)
    precision, recall, _ = metrics.precision_recall_curve(truth, score, **w)
    assert found["recallAtPrecision"] == pytest.approx(recall[precision >= 0.6].max(), **EXACT)
    assert found["brier"] == pytest.approx(metrics.brier_score_loss(truth, score, **w), **EXACT)
    logit = np.log(np.clip(score, 1e-15, 1 - 1e-15) / np.clip(1 - score, 1e-15, 1))
    oracle = Oracle(C=np.inf, solver="newton-cholesky", tol=1e-13, max_iter=500).fit(logit[:, None], truth, **w)
    assert found["calibrationSlope"] == pytest.approx(oracle.coef_[0, 0], **EXACT)
    assert found["calibrationIntercept"] == pytest.approx(oracle.intercept_[0], **EXACT)
    rates = [metrics.recall_score(truth == one, given["prediction"] == one, **w) for one in (0, 1)]
    assert found["gMean"] == pytest.approx(np.sqrt(np.prod(rates)), **EXACT)
    costs = np.array([[0, 1], [7, 0.5]])[truth, given["prediction"]]
    assert found["expectedCost"] == pytest.approx(np.average(costs, weights=weight), **EXACT)
    assert found["lift"] == pytest.approx(lift(truth, score, weight, 0.2), **EXACT)
    assert len(str(found).splitlines()) == 1 + len(found.values)


def lift(truth: Any, score: Any, weight: Any, top: float) -> float:
    """Of tied rows at the border of the share, each counts by the same part."""
    found, left = 0.0, top * weight.sum()
    for one in np.unique(score)[::-1]:
        here = score == one
        part = min(1.0, left / weight[here].sum()) if weight[here].sum() else 0.0
        found, left = found + part * weight[here & (truth == 1)].sum(), left - part * weight[here].sum()
    return found / (top * weight.sum()) / (weight[truth == 1].sum() / weight.sum())


def test_more_classes_one_by_one_and_in_the_mean(spark: SparkSession) -> None:
    df, given = scored(spark, 4, ties=False)
    truth, score, w = given["label"], given["p"], {"sample_weight": given["weight"]}
    found = measures(df, weightCol="weight")
    for each in range(4):
        one = found.classes[each]
        assert one["auc"] == pytest.approx(metrics.roc_auc_score(truth == each, score[:, each], **w), **EXACT)
        assert one["auprc"] == pytest.approx(metrics.average_precision_score(truth == each, score[:, each], **w))
    expected = metrics.roc_auc_score(truth, score, multi_class="ovr", average="macro", **w)
    assert found["auc"] == found.macro["auc"] == pytest.approx(expected, **EXACT)
    said = {"y_true": truth, "y_pred": given["prediction"], **w}
    assert found["mcc"] == pytest.approx(metrics.matthews_corrcoef(**said), **EXACT)
    assert found["gMean"] == pytest.approx(geometric_mean_score(**said, average="multiclass"), **EXACT)
    rates = [metrics.recall_score(truth != one, given["prediction"] != one, **w) for one in range(4)]
    assert found["specificity"] == pytest.approx(np.mean(rates), **EXACT)
    alone = measures(df, ["auc", "sensitivity"], weightCol="weight", positive=3)
    assert alone["auc"] == found.classes[3]["auc"] and alone["sensitivity"] == found.classes[3]["sensitivity"]


def test_wrong_data_is_refused(spark: SparkSession) -> None:
    df = spark.sql("SELECT 1 AS label, 0.0D AS prediction, 0.5D AS probability, 'x' AS kind, 1.0D AS w")
    refused: list[tuple[DataFrame, dict[str, Any], type[Exception], str]] = [
        (df, {"names": ["auk"]}, ParameterError, "did you mean 'auc'"),
        (df, {"top": 0}, ParameterError, "top must be a positive number"),
        (df, {"costs": [[1]]}, ParameterError, "2 rows of 2"),
        (df, {"positive": 5}, ClassError, "no class 5"),
        (df, {"probabilityCol": "kind"}, ColumnError, "probabilityCol"),
        (df, {"predictionCol": "kind"}, ColumnError, "both numbers, or both strings"),
        (df.withColumn("probability", F.lit(1.5)), {}, InvalidDataError, "not from 0 to 1, in 1 rows"),
        (df.withColumn("prediction", F.lit(float("nan"))), {}, InvalidDataError, "prediction"),
        (df.withColumn("w", F.lit(-1.0)), {"weightCol": "w"}, InvalidDataError, "weightCol 'w'"),
        (df.withColumn("label", F.lit("a")), {"names": ["auc"]}, ParameterError, "positive: the labels"),
        (df.limit(0), {}, ClassError, "no rows"),
    ]
    for frame, given, error, told in refused:
        with pytest.raises(error, match=told):
            measures(frame, **given)


def test_a_cross_validation_optimises_any_measure(spark: SparkSession, tmp_path: Path) -> None:
    df = spark.range(240).selectExpr("CAST(id % 6 = 0 AS DOUBLE) AS label", "sin(id) + IF(id % 6 = 0, 2, 0) AS a")
    rows = VectorAssembler(inputCols=["a"], outputCol="features").transform(df)
    learner = LogisticRegression(maxIter=5)
    for name, larger in (("gMean", True), ("brier", False)):
        evaluator = ImbalanceEvaluator(metricName=name, costs=[[0, 1], [9, 0]])
        assert evaluator.isLargerBetter() is larger
        evaluator.save(str(tmp_path / name))
        loaded = ImbalanceEvaluator.load(str(tmp_path / name))
        assert loaded.getCosts() == [[0.0, 1.0], [9.0, 0.0]]
        grid = [{learner.regParam: penalty} for penalty in (0.0, 10.0)]
        validator = CrossValidator(estimator=learner, estimatorParamMaps=grid, evaluator=loaded, numFolds=2, seed=1)
        first, second = validator.fit(rows).avgMetrics
        assert first != second
        if name == "brier":
            assert first < second
    with pytest.raises(ParameterError, match="metricName must be one of"):
        ImbalanceEvaluator(metricName="auk")
