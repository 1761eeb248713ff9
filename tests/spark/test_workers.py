"""Python workers import what they need and no more: a second of imports in each would be most of a small job's time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from frames import columns, skewed, spark_frame
from pyspark import cloudpickle
from pyspark.sql import SparkSession
from samplers import CASES, Case

_LOAD = """
import sys, pickle
import pyspark.worker
with open(sys.argv[1], "rb") as file:
    pickle.load(file)
print([name for name in ("pyspark.ml", "sklearn", "scipy", "pandas") if name in sys.modules])
"""


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_sent_to_the_workers_imports_no_heavy_library(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, case: Case
) -> None:
    df = case.dress(spark_frame(spark, skewed(width=8), label="string"))
    sent = []
    plain = type(df).mapInArrow

    def spy(self: Any, func: Any, *args: Any, **kwargs: Any) -> Any:
        sent.append(func)
        return plain(self, func, *args, **kwargs)

    monkeypatch.setattr(type(df), "mapInArrow", spy)
    case.make(inputCols=columns(8)).resample(df)
    assert len(sent) >= 2
    for number, func in enumerate(sent):
        file = tmp_path / f"{number}.pickle"
        file.write_bytes(cloudpickle.dumps(func))
        done = subprocess.run(
            [sys.executable, "-c", _LOAD, str(file)],
            env={**os.environ, "SPARK_PYTHON_RUNTIME": "PYTHON_WORKER"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip() == "[]", func
