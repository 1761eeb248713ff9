"""The project in ``jobs/pipeline``, run by ``spark-pipelines`` on a Connect server: Spark 4.1 and later."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
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


def test_a_view_is_resampled_by_a_saved_plan_and_not_on_other_rows(tmp_path: Path) -> None:
    write_input(tmp_path)
    spec = project(tmp_path)
    with connect_server(tmp_path) as address:
        environment = os.environ | {"SPARK_HOME": str(SPARK_HOME), "PYSPARK_PYTHON": sys.executable}

        def told(*command: str | Path) -> subprocess.CompletedProcess[str]:
            words = [str(word) for word in command]
            return subprocess.run(words, capture_output=True, text=True, env=environment, timeout=300, check=False)

        pipelines = [SPARK_HOME / "bin" / "spark-pipelines", "--remote", address, "run", "--spec", spec]
        environment["SPARK_REMOTE"] = address
        planned = told(sys.executable, PROJECT / "plan.py", spec)
        assert planned.returncode == 0, planned.stderr[-2000:]
        del environment["SPARK_REMOTE"]

        run = told(*pipelines)
        assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-2000:]
        counts = pd.read_parquet(tmp_path / "warehouse" / "rows_of_each_class")
        assert dict(zip(counts["fraud"], counts["count"], strict=True)) == {0: 540, 1: 540}
        rows = pd.read_parquet(tmp_path / "warehouse" / "balanced_training")
        assert rows["made"].sum() == 480

        write_input(tmp_path, shift=1.0)
        run = told(*pipelines)
        assert run.returncode != 0
        assert "ChangedInputError" in run.stdout + run.stderr
