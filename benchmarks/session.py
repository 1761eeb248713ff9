"""The Spark session of a contender, started and warmed up before the measurement."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from pyspark.sql import SparkSession


@dataclass(frozen=True)
class Machine:
    """Resources and settings of Spark; ``master`` is ``local[cores]`` unless named."""

    cores: int = 2
    memory: str = "3g"
    partitions: int = 8
    eventlog: Path | None = None
    master: str | None = None


@contextmanager
def spark_session(machine: Machine) -> Iterator[SparkSession]:
    # Workers use this Python; Spark listens on this machine only.
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    settings = {
        "spark.driver.memory": machine.memory,
        "spark.sql.shuffle.partitions": str(machine.partitions),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
    }
    if machine.eventlog:
        machine.eventlog.mkdir(parents=True, exist_ok=True)
        settings |= {
            "spark.eventLog.enabled": "true",
            "spark.eventLog.dir": machine.eventlog.resolve().as_uri(),
            "spark.eventLog.compress": "false",
            "spark.eventLog.rolling.enabled": "false",
        }
    builder = SparkSession.builder.master(machine.master or f"local[{machine.cores}]").appName("benchmark")
    for key, value in settings.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    try:
        _warm_up(spark)
        yield spark
    finally:
        spark.stop()


def _warm_up(spark: SparkSession) -> None:
    """Loads the classes of the JVM and starts the Python workers, as in a session that has run a job before."""

    def same(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        yield from batches

    spark.range(1000).mapInArrow(same, "id long").count()
