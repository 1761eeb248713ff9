"""The examples in docstrings that use a Spark session are true."""

from __future__ import annotations

import doctest

import pytest
from examples import examples, failures
from pyspark.sql import SparkSession

pytestmark = pytest.mark.classic("examples are for readers; other tests run each sampler on Connect")


@pytest.mark.parametrize("example", list(examples(with_spark=True)), ids=lambda example: example.name)
def test_examples(spark: SparkSession, example: doctest.DocTest) -> None:
    example.globs["spark"] = spark
    assert not failures(example)
