"""The examples in docstrings that use a Spark session are true."""

from __future__ import annotations

import doctest

import pytest
from examples import examples, failures
from pyspark.sql import SparkSession

pytestmark = pytest.mark.classic("examples are for readers; other tests run each sampler on Connect")

# Fits of many models; other tests compare, too.
SLOW = ("spark_smote.evaluation.compare.compare", "spark_smote.evaluation.compare_regression.compare_regression")


@pytest.mark.parametrize(
    "example",
    [
        pytest.param(example, id=example.name, marks=pytest.mark.long if example.name in SLOW else ())
        for example in examples(with_spark=True)
    ],
)
def test_examples(spark: SparkSession, example: doctest.DocTest) -> None:
    example.globs["spark"] = spark
    assert not failures(example)
