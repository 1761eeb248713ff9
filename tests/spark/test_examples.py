"""The examples in docstrings that use a Spark session are true."""

from __future__ import annotations

import doctest
from collections.abc import Iterator

import pytest
from examples import examples, failures
from pyspark.sql import SparkSession
from sessions import configured

pytestmark = pytest.mark.classic("examples are for readers; other tests run each sampler on Connect")

# Fits of many models; other tests compare, too.
SLOW = ("spark_smote.evaluation.compare.compare", "spark_smote.evaluation.compare_regression.compare_regression")


@pytest.fixture(scope="module", autouse=True)
def plain(spark: SparkSession) -> Iterator[None]:
    """Few rows need few tasks; and nothing that a reader sees depends on adaptive execution."""
    with configured(spark, {"spark.sql.adaptive.enabled": "false", "spark.sql.shuffle.partitions": "1"}):
        yield


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
