"""The examples in the samplers' docstrings are true."""

from __future__ import annotations

import doctest
from importlib import import_module

import pytest
from pyspark.sql import SparkSession

pytestmark = pytest.mark.classic("examples are for readers; other tests run each sampler on Connect")
MODULES = [
    *("adasyn", "bootstrap", "borderline", "kmeans", "lee", "polynomfit", "smote", "smoten", "smotenc", "svm"),
    *("combined", "editing", "nearmiss", "tomek", "undersampling"),
]


@pytest.mark.parametrize("module", MODULES)
def test_examples(spark: SparkSession, module: str) -> None:
    found = doctest.testmod(import_module(f"spark_smote.samplers.{module}"), extraglobs={"spark": spark})
    assert found.attempted
    assert not found.failed
