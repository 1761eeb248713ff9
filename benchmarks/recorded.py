"""Runs SMOTE once in a warm session, and keeps what a replay needs of Spark's event log: jobs, stages and tasks.

A recorded log has one line about the run (its rows, executors, cores, and when it began and ended), and then Spark's
own events, as they were logged.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
import pyspark

from benchmarks.contenders import Job, timed
from benchmarks.data import FILES
from benchmarks.session import Machine, spark_session

KEPT = {f"SparkListener{name}" for name in ("JobStart", "JobEnd", "StageSubmitted", "StageCompleted", "TaskEnd")}


@dataclass(frozen=True)
class Cluster:
    """Executors of so many cores; without executors, so many cores of the driver's own process."""

    executors: int
    cores: int

    @property
    def master(self) -> str:
        if self.executors:
            return f"local-cluster[{self.executors},{self.cores},1536]"
        return f"local[{self.cores}]"


def record(
    job: Job, about: dict[str, Any], cluster: Cluster, log: Path, warm_files: int = FILES, warm_runs: int = 1
) -> dict[str, Any]:
    """Runs SMOTE on ``warm_files`` files of the input ``warm_runs`` times, then on all, and writes the last run's log.

    Each executor of a cluster with one core is held to one processor, so that one and two executors are comparable on
    a machine with two.
    """
    os.environ["SPARK_HOME"] = str(Path(pyspark.__file__).parent)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        machine = Machine(memory="2g", eventlog=folder / "events", master=cluster.master)
        with spark_session(machine) as spark:
            if cluster.executors and cluster.cores == 1:
                _pin()
            some = folder / "some.parquet"
            some.mkdir()
            for file in sorted(job.data.glob("part-*"))[:warm_files]:
                (some / file.name).symlink_to(file.resolve())
            for _ in range(warm_runs):
                timed("spark_smote", replace(job, data=some), spark)
                shutil.rmtree(job.out)
            os.sync()
            start = time.time()
            found = timed("spark_smote", job, spark)
            end = time.time()
        shutil.rmtree(job.out, ignore_errors=True)
        about = about | {
            "bytes": sum(file.stat().st_size for file in job.data.glob("part-*")),
            "executors": max(1, cluster.executors),
            "cores": cluster.cores,
            "start": round(1000 * start),
            "end": round(1000 * end),
            "stages": found["stages"],
            "plan_stages": found["plan_stages"],
            "classes": found["classes"],
        }
        _keep(next(path for path in machine.eventlog.rglob("*") if path.is_file()), about, log)  # type: ignore[union-attr]
    return about


def _pin() -> None:
    """Holds each executor to one processor; threads that exist already do not follow their process."""
    executors = [
        child
        for child in psutil.Process().children(recursive=True)
        if child.name() == "java" and any("CoarseGrainedExecutorBackend" in word for word in child.cmdline())
    ]
    for number, executor in enumerate(executors):
        family = [executor, *executor.children(recursive=True)]
        for thread in (thread for process in family for thread in process.threads()):
            os.sched_setaffinity(thread.id, {number % (os.cpu_count() or 1)})


def _keep(events: Path, about: dict[str, Any], log: Path) -> None:
    with events.open() as lines, log.open("w") as out:
        out.write(json.dumps(about) + "\n")
        out.writelines(line for line in lines if json.loads(line)["Event"] in KEPT)
