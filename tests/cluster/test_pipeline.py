"""The project in ``jobs/pipeline``, run by ``spark-pipelines`` on a Connect server: Spark 4.1 and later."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("pyspark.pipelines", reason="Declarative Pipelines came with Spark 4.1")

from connect_server import SPARK_HOME, connect_server

pytestmark = pytest.mark.cluster
PROJECT = Path(__file__).parents[2] / "jobs" / "pipeline"
SAMPLER = {"inputCols": ["x", "y"], "labelCol": "fraud", "syntheticCol": "made", "seed": 3}


def project(folder: Path) -> Path:
    """A copy of the project that reads and writes here; returns its specification."""
    shutil.copytree(PROJECT, folder / "project", ignore=shutil.ignore_patterns("__pycache__"))
    spec = folder / "project" / "spark-pipeline.yml"
    head = spec.read_text(encoding="utf-8").partition("configuration:")[0].replace("file:///tmp", f"file://{folder}")
    configuration = {
        "training.input": str(folder / "in.parquet"),
        "training.plan": str(folder / "in.plan"),
        "training.sampler": json.dumps(SAMPLER),
    }
    spec.write_text(f"{head}configuration: {json.dumps(configuration)}\n", encoding="utf-8")
    return spec


def write_input(folder: Path, shift: float = 0.0) -> None:
    x = np.random.default_rng(1).normal(size=(600, 2)) + shift
    rows = pd.DataFrame(x, columns=["x", "y"]).assign(fraud=(np.arange(600) % 10 == 0).astype(int))
    rows.to_parquet(folder / "in.parquet")


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Callable[[], str]]]:
    """A folder with the input and its plan, and a function that runs the pipeline and returns its output."""
    folder = tmp_path_factory.mktemp("pipeline")
    write_input(folder)
    spec = project(folder)
    environment = os.environ | {"SPARK_HOME": str(SPARK_HOME), "PYSPARK_PYTHON": sys.executable}

    def told(*command: str | Path, **variables: str) -> str:
        words = [str(word) for word in command]
        done = subprocess.run(words, capture_output=True, text=True, env=environment | variables, timeout=300)
        return f"{done.stdout}{done.stderr}\nexit code {done.returncode}"

    with connect_server(folder) as address:
        plan = told(sys.executable, PROJECT / "plan.py", spec, SPARK_REMOTE=address)
        assert plan.endswith("exit code 0"), plan[-2000:]
        command = [SPARK_HOME / "bin" / "spark-pipelines", "--remote", address, "run", "--spec", spec]
        yield folder, lambda: told(*command)


def test_a_view_is_resampled_by_a_saved_plan(planned: tuple[Path, Callable[[], str]]) -> None:
    folder, run = planned
    told = run()
    assert told.endswith("exit code 0"), told[-2000:]
    counts = pd.read_parquet(folder / "warehouse" / "rows_of_each_class")
    assert dict(zip(counts["fraud"], counts["count"], strict=True)) == {0: 540, 1: 540}
    rows = pd.read_parquet(folder / "warehouse" / "balanced_training")
    assert rows["made"].sum() == 480


def test_a_run_on_other_rows_than_planned_fails(planned: tuple[Path, Callable[[], str]]) -> None:
    folder, run = planned
    write_input(folder, shift=1.0)
    told = run()
    assert not told.endswith("exit code 0")
    assert "ChangedInputError" in told
