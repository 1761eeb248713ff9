"""compare_regression: regressors with and without resampling, on folds stratified by bump."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pyspark.ml.classification import LogisticRegression
from pyspark.ml.feature import VectorAssembler
from pyspark.ml.regression import LinearRegression
from pyspark.sql import DataFrame, SparkSession

from spark_smote import SMOTE, SMOTER, WERCS, compare_regression, errors
from spark_smote.kernels.relevance import Relevance

POINTS = [(2.0, 0.0), (8.0, 1.0)]
X = np.random.default_rng(4).normal(size=(240, 2))
Y = np.exp(1.3 * X[:, 0])


@pytest.fixture(scope="module")
def frame(spark: SparkSession) -> DataFrame:
    rows = [(*map(float, x), float(y)) for x, y in zip(X, Y, strict=True)]
    df = spark.createDataFrame(rows, "a double, b double, y double")
    return VectorAssembler(inputCols=["a", "b"], outputCol="features").transform(df)


@pytest.mark.classic("the parts run on Connect in their own tests")
def test_each_regressor_has_its_errors_with_each_method_on_the_same_folds(frame: DataFrame) -> None:
    sampler = WERCS(targetCol="y", relevance=POINTS)
    learners = {"linear": LinearRegression(labelCol="y")}
    found = compare_regression(
        frame, learners, sampler, targetCol="y", relevance=POINTS, metric="rareMae", folds=2, progress=False
    )
    assert [method for _, method in found.methods] == ["nothing", "relevance weights", "WERCS"]
    rare = int((Relevance.through(POINTS)(Y) >= 0.5).sum())
    for name, method in found.methods:
        folds = [one for one in found.results if (one.estimator, one.method) == (name, method)]
        assert [sum(one.bumps[bump].rows for one in folds) for bump in (0, 1)] == [240 - rare, rare]
        assert abs(folds[0].bumps[1].rows - folds[1].bumps[1].rows) <= 1
    assert "MAE, bump 1" in str(found) and found.advice.lower().count("oversample") == 1
    # A line through a convex curve: if the rows of the high end weigh more, the errors there are smaller.
    own = {method: found.over_folds("linear", method, "sera").mean() for _, method in found.methods}
    assert max(own["WERCS"], own["relevance weights"]) < own["nothing"]


@pytest.mark.classic("messages")
@pytest.mark.parametrize(
    ("given", "error", "told"),
    [
        (
            {"estimators": lambda: LogisticRegression(labelCol="y")},
            errors.ParameterError,
            "LogisticRegression is no regressor",
        ),
        ({"estimators": LinearRegression}, errors.ColumnError, "learns 'label'; use one"),
        ({"samplers": SMOTE()}, errors.ParameterError, r"SMOTE\(\) is no sampler for regression"),
        ({"samplers": SMOTER(inputCols=["a"], targetCol="y")}, errors.ColumnError, "SMOTER makes have no 'features'"),
        ({"samplers": WERCS(targetCol="a")}, errors.ColumnError, "the target is 'y', but WERCS has 'a'"),
        ({"samplers": {"nothing": WERCS(targetCol="y")}}, errors.ParameterError, "'nothing' is the name of a method"),
        ({"folds": 1}, errors.ParameterError, "folds must be an integer of 2 or more, not 1"),
        ({"folds": "3"}, errors.ParameterError, "folds must be an integer of 2 or more, not '3'"),
        (
            {"relevanceThreshold": None},
            errors.ParameterError,
            "relevanceThreshold must be a number .* not None",
        ),
        ({"relevance": [1, 2]}, errors.ParameterError, "relevance: control points"),
        ({"metric": "auc"}, errors.ParameterError, "metric must be one of 'sera'"),
        ({"folds": 200}, errors.ClassError, r"bump 1 of 'y' has \d+ rows, too few for 200 folds"),
        ({"relevance": [(0, 0), (1, 0)]}, errors.ClassError, "all rows are in one bump of 'y'"),
        ({"relevance": "high"}, errors.ParameterError, "relevance must be 'auto' or a list of control points"),
    ],
    ids=lambda one: next(iter(one)) if isinstance(one, dict) else "",
)
def test_what_cannot_be_compared_is_refused(
    frame: DataFrame, given: dict[str, Any], error: type[Exception], told: str
) -> None:
    learner = given.get("estimators", lambda: LinearRegression(labelCol="y"))()
    asked: dict[str, Any] = {"relevance": POINTS, "targetCol": "y"} | given | {"estimators": learner}
    with pytest.raises(error, match=told):
        compare_regression(frame, **asked)
