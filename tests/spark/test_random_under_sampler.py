"""Row weights of RandomUnderSampler stand for the rows that were left out."""

from __future__ import annotations

from typing import Any

import pytest
from pyspark.ml.classification import LogisticRegression
from pyspark.ml.functions import array_to_vector, vector_to_array
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from spark_smote import RandomUnderSampler, Resampled
from spark_smote.errors import ColumnError

COUNTS = {0: 700, 1: 90, 2: 30}


@pytest.fixture(scope="module")
def frame(spark: SparkSession) -> DataFrame:
    """Three classes and five rows without a label, in which ``x`` tells the class of most rows."""
    label = "CASE WHEN id < 700 THEN 0 WHEN id < 790 THEN 1 WHEN id < 820 THEN 2 END AS label"
    return spark.range(825).selectExpr("id", label, "sin(id) + (id DIV 700) AS x")


@pytest.mark.parametrize(
    "params", [{}, {"replacement": True}, {"samplingStrategy": {0: 55, 1: 0}}, {"samplingStrategy": {}}], ids=str
)
def test_the_weights_of_a_class_sum_to_its_rows_in_the_input(frame: DataFrame, params: dict[str, Any]) -> None:
    sampler = RandomUnderSampler(handleInvalid="skip", weightCol="stands for", seed=3, **params)
    weighted = sampler.resample(frame)
    assert weighted.schema.fields[:-1] == frame.schema.fields
    assert (weighted.schema[-1].name, weighted.schema[-1].simpleString()) == ("stands for", "stands for:double")
    assert not weighted.schema[-1].nullable
    found = {row[0]: row[1:] for row in weighted.groupBy("label").agg(F.sum("`stands for`"), F.count("*")).collect()}
    left = {one.label: one.total for one in sampler.plan(frame).classes if one.total}
    assert {label: rows for label, (_, rows) in found.items()} == {**left, None: 5}
    assert {label: total for label, (total, _) in found.items()} == pytest.approx(
        {**{label: COUNTS[label] for label in left}, None: 5}
    )
    plain = sampler.copy()
    plain.clear(plain.weightCol)
    assert sorted(weighted.drop("stands for").collect()) == sorted(plain.resample(frame).collect())


@pytest.mark.classic("the fits do not depend on the mode")
def test_a_model_that_learns_with_the_weights_has_the_probabilities_of_the_input(frame: DataFrame) -> None:
    two = frame.filter("label < 2").select(
        F.col("label").cast("double"), array_to_vector(F.array("x")).alias("features")
    )
    sampler = RandomUnderSampler(weightCol="stands_for", seed=3)

    def mean(**params: Any) -> float:
        model = Resampled(sampler=sampler, estimator=LogisticRegression(**params)).fit(two)
        return float(model.transform(two).agg(F.avg(vector_to_array("probability")[1])).first()[0])

    assert mean() > 0.2
    assert mean(weightCol="stands_for") == pytest.approx(90 / 790, abs=0.02)


def test_a_name_that_is_taken_is_refused(frame: DataFrame) -> None:
    with pytest.raises(ColumnError, match=r"weightCol: there is a column 'x' already"):
        RandomUnderSampler(handleInvalid="skip", weightCol="x").plan(frame)
