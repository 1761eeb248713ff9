"""Plans that go through a file, and Spark's own count of its jobs. This file has no tests."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from spark_smote import Plan


def reloaded(plan: Plan, folder: Path) -> Plan:
    """The plan as saved and loaded."""
    plan.save(folder / "saved.plan", overwrite=True)
    return Plan.load(folder / "saved.plan")


def jobs() -> int:
    """Spark's jobs so far; the server of Connect runs in this process. A client without it skips the test."""
    if find_spec("py4j") is None:
        pytest.skip("Spark runs in another process")
    from pyspark import SparkContext

    context = SparkContext._active_spark_context
    assert context is not None
    return int(context._jsc.sc().dagScheduler().numTotalJobs())
