"""The zip of ``make archives`` on a cluster whose workers have no spark_smote: the same rows as in local mode."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from standalone import SPARK_HOME, Standalone

pytestmark = pytest.mark.cluster
ROOT = Path(__file__).parents[2]
CONFIG = """
input: {{path: {folder}/in.parquet}}
sampler:
  class: SMOTE
  params: {{inputCols: [x, y, z], seed: 1, neighborSearch: lsh, cellRows: 500, samplingStrategy: auto}}
output: {{path: {folder}/{where}}}
report: {{json: {folder}/{where}.json}}
spark: {{spark.ui.enabled: false, spark.sql.shuffle.partitions: {partitions}, spark.local.dir: {folder}/tmp}}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cluster")
    x = np.random.default_rng(1).normal(size=(8_000, 3))
    frame = pd.DataFrame(x, columns=["x", "y", "z"]).assign(label=(np.arange(8_000) % 4 == 0).astype(int))
    frame.to_parquet(path / "in.parquet", row_group_size=2_000)
    return path


@pytest.fixture(scope="module")
def archive(folder: Path) -> Path:
    """The archive, built as by ``make archives``, from a copy, because a build leaves folders behind."""
    copy = folder / "source"
    shutil.copytree(ROOT / "spark_smote", copy / "spark_smote", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder / "dist")]
    subprocess.run([*command, str(copy)], check=True, cwd=folder)
    (wheel,) = (folder / "dist").glob("*.whl")
    return wheel.rename(wheel.with_suffix(".zip"))


@pytest.fixture(scope="module")
def bare_python(folder: Path) -> Path:
    """A Python with all packages of this one except spark_smote: Python reads no .pth files from PYTHONPATH."""
    site = str(Path(np.__file__).parents[1])
    base = Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    script = folder / "python"
    script.write_text(f'#!/bin/sh\nPYTHONPATH="$PYTHONPATH:{site}" exec {base} "$@"\n')
    script.chmod(0o755)
    probe = [str(script), "-c", "import numpy, spark_smote"]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    told = subprocess.run(probe, capture_output=True, text=True, check=False, cwd=folder, env=environment)
    assert "No module named 'spark_smote'" in told.stderr
    return script


@pytest.fixture(scope="module")
def master(folder: Path) -> Iterator[str]:
    cluster = Standalone(folder)
    try:
        cluster.add_worker()
        cluster.add_worker()
        yield cluster.url
    finally:
        cluster.stop()


def submit(folder: Path, where: str, *arguments: str, python: Path | str, partitions: int = 3) -> str:
    """The job in a driver whose only spark_smote is that of the archive."""
    file = folder / f"{where}.yaml"
    file.write_text(CONFIG.format(folder=folder, where=where, partitions=partitions))
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment |= {"SPARK_HOME": str(SPARK_HOME), "PYSPARK_PYTHON": str(python), "PYSPARK_DRIVER_PYTHON": str(python)}
    command = [str(SPARK_HOME / "bin" / "spark-submit"), "--driver-memory", "1g", *arguments]
    command += [str(ROOT / "jobs" / "oversample.py"), "--config", str(file)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=300, check=False, cwd=folder, env=environment
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def rows(folder: Path, where: str) -> pd.DataFrame:
    return pd.read_parquet(folder / where).sort_values(["label", "x", "y", "z"], ignore_index=True)


def test_the_zip_reaches_workers_that_have_no_package(
    folder: Path, archive: Path, bare_python: Path, master: str
) -> None:
    shipped = ["--py-files", str(archive)]
    cluster = ["--master", master, "--executor-memory", "512m", "--conf", "spark.driver.host=127.0.0.1"]
    told = submit(folder, "cluster", *shipped, *cluster, python=bare_python)
    assert "lsh" in told
    submit(folder, "local", *shipped, "--master", "local[2]", python=bare_python, partitions=2)
    found = rows(folder, "cluster")
    pd.testing.assert_frame_equal(found, rows(folder, "local"))
    assert found["label"].value_counts().to_dict() == {0: 6_000, 1: 6_000}
    executors = list(folder.glob("work*/*/*/stderr"))
    assert len({log.parents[2] for log in executors}) == 2, "both workers ran executors"
