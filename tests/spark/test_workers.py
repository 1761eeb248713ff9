"""Python workers import only the necessary modules: a second of imports in each would dominate a small job."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from frames import columns, skewed, spark_frame
from pyspark import cloudpickle
from pyspark.sql import SparkSession
from samplers import CASES, Case

# A fork for each file, as Spark's daemon forks workers: the shared imports take the most time.
_LOAD = """
import os, pickle, sys
import pyspark.worker
for path in sys.stdin:
    if os.fork() == 0:
        with open(path.rstrip(), "rb") as file:
            pickle.load(file)
        print([name for name in ("pyspark.ml", "sklearn", "scipy", "pandas") if name in sys.modules], flush=True)
        os._exit(0)
    if os.wait()[1]:
        print("failed", flush=True)
"""


@pytest.fixture(scope="module")
def imported() -> Iterator[Callable[[Path], str]]:
    """The heavy libraries that a worker has imported after it has read a file."""
    runtime = {**os.environ, "SPARK_PYTHON_RUNTIME": "PYTHON_WORKER"}
    command = [sys.executable, "-c", _LOAD]
    with subprocess.Popen(command, env=runtime, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        asked, told = process.stdin, process.stdout

        def load(file: Path) -> str:
            print(file, file=asked, flush=True)
            return told.readline().strip()

        yield load


@pytest.mark.classic("Connect sends the same functions")
@pytest.mark.parametrize("case", [case for case in CASES if case.connect], ids=lambda case: case.name)
def test_functions_of_the_workers_import_no_heavy_library(
    spark: SparkSession,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    imported: Callable[[Path], str],
    case: Case,
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
        assert imported(file) == "[]", func
