"""Lines that say which stage runs and how far it is: for a terminal, a log, a notebook."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TextIO

from pyspark.sql import SparkSession

from spark_smote.core.timing import listening
from spark_smote.job.ticking import ticking

Tasks = tuple[int, int]
"""Tasks that have ended, and all tasks, of a Spark stage that runs."""
LOGGER = logging.getLogger("spark_smote.progress")
LOGGER.setLevel(logging.INFO)


@contextmanager
def shown(spark: SparkSession, stream: TextIO | None = None, every: float = 10.0) -> Iterator[None]:
    """Log the stages of planning and of jobs.

    A line is logged when a stage begins and when it ends, and while it lasts
    one every few seconds with the number of tasks that have ended. On classic
    Spark the stage's name is also the description of its jobs in Spark's own
    pages. The lines go to the logger ``spark_smote.progress`` at level INFO.

    Parameters
    ----------
    spark : SparkSession
        Classic, or of Spark Connect from 4.0.
    stream : text stream, optional
        Takes the lines in the place of the handlers that the program has set up
        for its logging. Without either they go to ``sys.stderr``.
    every : float
        Seconds.

    Examples
    --------
    >>> from spark_smote import SMOTE
    >>> from spark_smote.job.progress import shown
    >>> df = spark.range(120).selectExpr("id % 4 = 0 AS fraud", "id * 1.0D AS amount")
    >>> with shown(spark):
    ...     plan = SMOTE(inputCols=["amount"], labelCol="fraud").plan(df)
    """
    cluster = _cluster(spark)
    try:
        with _handled(stream), listening(_Lines(every, cluster).stage):
            yield
    finally:
        cluster.close()


@contextmanager
def _handled(stream: TextIO | None) -> Iterator[None]:
    if stream is None and LOGGER.hasHandlers():
        yield
        return
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S"))
    LOGGER.addHandler(handler)
    LOGGER.propagate = False
    try:
        yield
    finally:
        LOGGER.propagate = True
        LOGGER.removeHandler(handler)


class _Cluster:
    """The tasks of a session that tells nothing about them."""

    def describe(self, text: str | None) -> None:
        """Describe the jobs to come."""

    def stages(self) -> list[Tasks]:
        """The tasks of each stage that runs, as far as they are known."""
        return []

    def close(self) -> None:
        """Stop watching."""


class _Classic(_Cluster):
    def __init__(self, context: Any) -> None:
        self.context = context

    def describe(self, text: str | None) -> None:
        self.context.setJobDescription(text)

    def stages(self) -> list[Tasks]:
        tracker = self.context.statusTracker()
        stages = [tracker.getStageInfo(number) for number in tracker.getActiveStageIds()]
        return [(stage.numCompletedTasks, stage.numTasks) for stage in stages if stage is not None]


class _Connect(_Cluster):
    def __init__(self, spark: Any) -> None:
        self.spark = spark
        self.latest: dict[str, list[Tasks]] = {}
        spark.registerProgressHandler(self.handle)

    def handle(self, stages: Any, inflight_tasks: int, operation_id: str | None, done: bool) -> None:
        known = [(stage.num_completed_tasks, stage.num_tasks) for stage in stages or () if not stage.done]
        if done:
            self.latest.pop(str(operation_id), None)
        else:
            self.latest[str(operation_id)] = known

    def stages(self) -> list[Tasks]:
        return [stage for known in list(self.latest.values()) for stage in known]

    def close(self) -> None:
        self.spark.removeProgressHandler(self.handle)


def _cluster(spark: Any) -> _Cluster:
    if hasattr(spark, "registerProgressHandler") and type(spark).__module__.startswith("pyspark.sql.connect"):
        return _Connect(spark)
    try:
        return _Classic(spark.sparkContext)
    except Exception:  # Connect of 3.5, or an object that only resembles a session: no reason to fail
        return _Cluster()


@dataclass
class _Lines:
    every: float
    cluster: _Cluster
    open: list[str] = field(default_factory=list)

    def write(self, text: str) -> None:
        LOGGER.info("%s%s", "  " * len(self.open), text)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        self.write(f"{name} ...")
        self.open.append(name)
        self.describe()
        start, depth = time.monotonic(), len(self.open)
        try:
            with ticking(self.every, lambda: self.tick(name, depth, start)):
                yield
        finally:
            self.open.pop()
            self.describe()
        self.write(f"{name}: {time.monotonic() - start:.1f} s")

    def describe(self) -> None:
        with suppress(Exception):
            self.cluster.describe(f"spark_smote: {', '.join(self.open)}" if self.open else None)

    def tick(self, name: str, depth: int, start: float) -> None:
        if len(self.open) != depth:  # an inner stage runs, and logs its own lines
            return
        with suppress(Exception):
            stages = self.cluster.stages()
            far = "{:,} of {:,} tasks, ".format(*map(sum, zip(*stages, strict=True))) if stages else ""
            self.write(f"{name}: {far}{time.monotonic() - start:.0f} s so far")
