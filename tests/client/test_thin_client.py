"""A process without Java, with the package pyspark-client, does all work on a Connect server: ``make test-client``."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

import pytest
from pyspark.ml import Pipeline
from pyspark.ml.classification import LogisticRegression
from pyspark.ml.feature import VectorAssembler
from pyspark.sql import DataFrame, SparkSession

from spark_smote import SMOTE, SMOTEENN, Plan, RandomUnderSampler, Resampled, TomekLinks, compare

pytestmark = pytest.mark.client
FEATURES = ["x", "y"]
GIVEN = {"inputCols": FEATURES, "labelCol": "fraud"}


@pytest.fixture(scope="module")
def frame(spark: SparkSession) -> DataFrame:
    """240 rows, 20 of them of class 1."""
    of = "CAST(id % 12 = 0 AS INT) AS fraud", "sin(id) + IF(id % 12 = 0, 1D, 0D) AS x", "cos(7 * id) AS y"
    return spark.range(240).selectExpr(*of)


def counts(frame: DataFrame) -> dict[int, int]:
    return {row["fraud"]: row["count"] for row in frame.groupBy("fraud").count().collect()}


def test_this_process_has_neither_java_nor_the_package_with_it() -> None:
    assert version("pyspark-client").startswith("4.")
    with pytest.raises(PackageNotFoundError):
        version("pyspark")
    assert find_spec("py4j") is None
    assert shutil.which("java") is None
    assert "JAVA_HOME" not in os.environ


def test_a_plan_is_made_saved_loaded_and_followed(frame: DataFrame, tmp_path: Path) -> None:
    sampler = SMOTE(**GIVEN, seed=7, syntheticCol="made")
    plan = sampler.plan(frame)
    assert [(each.label, each.total) for each in plan.classes] == [(0, 220), (1, 220)]
    plan.save(tmp_path / "a.plan")
    rows = sampler.resample(frame, Plan.load(tmp_path / "a.plan"))
    assert counts(rows) == {0: 220, 1: 220}
    # The same sums on classic Spark.
    made = rows.filter("made").selectExpr("round(sum(x), 9)", "round(sum(y), 9)").collect()[0]
    assert tuple(made) == (185.84210894, 15.993636784)


@pytest.mark.parametrize(
    ("sampler", "kept"),
    [
        (lambda: TomekLinks(**GIVEN), {0: 216, 1: 20}),
        (lambda: SMOTEENN(**GIVEN, seed=7), {0: 166, 1: 157}),
        (lambda: RandomUnderSampler(labelCol="fraud", seed=7), {0: 20, 1: 20}),
    ],
    ids=["TomekLinks", "SMOTEENN", "RandomUnderSampler"],
)
def test_rows_are_removed(frame: DataFrame, sampler: Callable[[], TomekLinks], kept: dict[int, int]) -> None:
    """As many as on classic Spark."""
    assert counts(sampler().resample(frame)) == kept


def test_models_are_fitted_and_compared(frame: DataFrame) -> None:
    learner = Pipeline(
        stages=[
            VectorAssembler(inputCols=FEATURES, outputCol="features"),
            LogisticRegression(labelCol="fraud", maxIter=3),
        ]
    )
    sampler = SMOTE(**GIVEN, seed=7)
    model = Resampled(sampler=sampler, estimator=learner).fit(frame)
    assert model.transform(frame).count() == 240
    found = compare(frame, {"logistic": learner}, {"SMOTE": sampler}, folds=2)
    assert "SMOTE" in str(found)
