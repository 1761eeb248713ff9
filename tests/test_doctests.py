"""The examples in the docstrings are true."""

from __future__ import annotations

import doctest
from importlib import import_module

import pytest

PURE = [
    "strategy",
    "plan",
    "tables",
    "config.reader",
    "config.secrets",
    "config.sections",
    "config.tree",
    "etl.catalog",
    "etl.places",
    "kernels.draws",
    "kernels.apportion",
    "kernels.seeding",
    "kernels.neighbours",
    "kernels.nominal",
    "kernels.interpolate",
    "kernels.calibration",
    "kernels.cleaning",
    "kernels.farthest",
    "kernels.alone",
    "kernels.clusters",
    "kernels.moments",
    "kernels.weights",
    "samplers.docs",
    "plots.counts",
    "plots.curves",
    "plots.gallery",
    "plots.style",
    "report.page",
]


@pytest.mark.parametrize("module", PURE)
def test_examples(module: str) -> None:
    found = doctest.testmod(import_module(f"spark_smote.{module}"))
    assert found.attempted
    assert not found.failed
