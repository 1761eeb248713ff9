"""A job is killed while it writes: the old output stays readable, and the next run succeeds."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pandas as pd
import psutil
import pytest
from standalone import SPARK_HOME, executors

pytestmark = pytest.mark.cluster
ROOT = Path(__file__).parents[2]
MASTER = "local-cluster[2,1,1024]"
CONFIG = """
input: {{path: {folder}/in.parquet}}
sampler: {{class: RandomOverSampler, params: {{inputCols: [x], samplingStrategy: {{1: {rows}}}, seed: 1}}}}
output: {{path: {folder}/out, mode: overwrite, rows: all, files: 4}}
report: {{json: {folder}/report.json}}
spark:
  spark.master: "{master}"
  spark.ui.enabled: false
  spark.sql.shuffle.partitions: 4
  spark.local.dir: {folder}/tmp
  spark.driver.extraJavaOptions: "-XX:+UseSerialGC -XX:TieredStopAtLevel=1"
  spark.executor.extraJavaOptions: "-XX:+UseSerialGC -XX:TieredStopAtLevel=1"
"""


def start(folder: Path, rows: int, master: str = "local[2]") -> subprocess.Popen[str]:
    file = folder / f"job{rows}.yaml"
    file.write_text(CONFIG.format(folder=folder, rows=rows, master=master))
    environment = {**os.environ, "SPARK_HOME": str(SPARK_HOME), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(ROOT / "jobs" / "oversample.py"), "--config", str(file)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment, start_new_session=True)


def done(process: subprocess.Popen[str]) -> None:
    _, told = process.communicate(timeout=240)
    assert process.returncode == 0, told


def stored(folder: Path) -> pd.DataFrame:
    return pd.read_parquet(folder / "out").sort_values(["label", "x"], ignore_index=True)


def wait_for_files(folder: Path, process: subprocess.Popen[str]) -> None:
    """Wait until Spark has begun to write the new output."""
    end = time.monotonic() + 200
    while time.monotonic() < end:
        if any((folder / ".out.spark_smote" / "new").rglob("*.parquet")):
            return
        assert process.poll() is None, "the job ended before it could be killed"
        time.sleep(0.02)
    raise AssertionError("the job wrote nothing")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    frame = pd.DataFrame({"x": [float(i) for i in range(4_000)], "label": [int(i < 40) for i in range(4_000)]})
    frame.to_parquet(tmp_path / "in.parquet")
    return tmp_path


def test_the_driver_is_killed(folder: Path) -> None:
    (folder / "out").mkdir()
    shutil.copy(folder / "in.parquet", folder / "out" / "part-0.parquet")
    before = stored(folder)
    process = start(folder, 800_000)
    wait_for_files(folder, process)
    pids = [process.pid, *(child.pid for child in psutil.Process(process.pid).children(recursive=True))]
    for pid in pids:
        with suppress(ProcessLookupError):  # one may have ended with another
            os.kill(pid, signal.SIGKILL)
    process.communicate()
    assert not list((folder / "out").glob("_temporary")), "a partial output is in its place"
    pd.testing.assert_frame_equal(stored(folder), before)
    assert (folder / ".out.spark_smote").exists(), "the job was not killed while it wrote"
    done(start(folder, 200))
    assert stored(folder)["label"].sum() == 200
    assert not (folder / ".out.spark_smote").exists()


def test_an_executor_is_killed(folder: Path) -> None:
    """The job continues, and its output equals that of an undisturbed job."""
    rows = 400_000
    process = start(folder, rows, MASTER)
    wait_for_files(folder, process)
    os.kill(executors(process.pid)[0].pid, signal.SIGKILL)
    done(process)
    disturbed = stored(folder)
    done(start(folder, rows))
    pd.testing.assert_frame_equal(stored(folder), disturbed)
    assert disturbed["label"].sum() == rows
