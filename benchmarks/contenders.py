"""The contenders, each run in a fresh process: read Parquet, oversample, write Parquet, print one line of JSON.

    python -m benchmarks.contenders spark_smote --data data/bench/... --out data/bench/out

The time includes reading, resampling and writing, but not imports, the start of the session and a warm-up job.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from inspect import signature
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from pyspark.sql import DataFrame, SparkSession

from benchmarks import eventlog
from benchmarks.data import names
from benchmarks.memory import PeakMemory, cpu_seconds
from benchmarks.session import Machine, spark_session

SYNTHETIC, PROVENANCE = "synthetic", "provenance"


@dataclass(frozen=True)
class Job:
    """One over-sampling job; ``strategy`` is 'auto' or class totals, ``trace`` adds the columns of the quality run."""

    data: Path
    out: Path
    strategy: str | dict[int, int] = "auto"
    k: int = 5
    seed: int = 7
    search: str = "auto"
    trace: bool = False
    sampler: str = "SMOTE"
    params: dict[str, Any] = field(default_factory=dict)

    @property
    def features(self) -> list[str]:
        columns = pq.read_schema(next(self.data.glob("part-*"))).names
        return names(sum(name.startswith("f") for name in columns))

    def columns(self) -> list[str]:
        return ["label", *self.features]

    def added(self, rows: dict[int, int]) -> dict[int, int]:
        """Rows to add to each class of these numbers of rows."""
        totals = self.strategy if isinstance(self.strategy, dict) else dict.fromkeys(rows, max(rows.values()))
        return {label: total - rows[label] for label, total in totals.items() if total > rows[label]}


@dataclass
class Clock:
    """Seconds by stage."""

    stages: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.stages[name] = round(time.perf_counter() - start, 3)


def spark_smote(job: Job, spark: SparkSession, clock: Clock) -> dict[str, Any]:
    import spark_smote as package

    kind = getattr(package, job.sampler)
    given = {"inputCols": job.features} if "inputCols" in signature(kind).parameters else {}
    params: dict[str, Any] = {**given, **job.params}
    makes_rows = hasattr(kind, "provenanceCol")
    if makes_rows:
        params = {"samplingStrategy": job.strategy, "seed": job.seed, **params}
    if job.sampler == "SMOTE":
        # With shrinkK a class of three rows is oversampled too; it changes nothing for classes of more than k rows.
        params |= {"kNeighbors": job.k, "shrinkK": True, "neighborSearch": job.search}
    if job.trace and makes_rows:
        params |= {"idCol": "id", "syntheticCol": SYNTHETIC, "provenanceCol": PROVENANCE}
    with clock.stage("read"):
        df = spark.read.parquet(str(job.data)).select(*(["id"] if job.trace else []), *job.columns())
    with clock.stage("plan"):
        sampler = kind(**params)
        plan = sampler.plan(df)
    with clock.stage("write"):
        sampler.resample(df, plan=plan).write.parquet(str(job.out))
    return {
        "plan_stages": {name: round(seconds, 3) for name, seconds in plan.seconds.items()},
        "classes": [
            {
                name: getattr(row, name)
                for name in (
                    *("label", "rows", "seeds", "to_synthesise", "search", "cells", "halo_share", "recall"),
                    *("surroundings", "surroundings_recall", "to_remove"),
                )
            }
            for row in plan.classes
        ],
    }


def copy_floor(job: Job, spark: SparkSession, clock: Clock) -> dict[str, Any]:
    """Adds copies with a random offset in SQL, without search and Python: a lower bound for any Spark sampler."""
    from pyspark.sql import functions as F

    with clock.stage("read"):
        df = spark.read.parquet(str(job.data)).select(*job.columns())
    with clock.stage("count"):
        rows = {row["label"]: row["count"] for row in df.groupBy("label").count().collect()}
    with clock.stage("write"):
        out = df
        for label, quota in job.added(rows).items():
            replicated = _copied(df.filter(F.col("label") == label), quota / rows[label], job.seed)
            replicated = replicated.withColumn("offset", F.rand(job.seed + 1))
            out = out.unionByName(
                replicated.select("label", *((F.col(name) + F.col("offset")).alias(name) for name in job.features))
            )
        out.write.parquet(str(job.out))
    return {}


def nearest_by_join(job: Job, spark: SparkSession, clock: Clock) -> dict[str, Any]:
    """SMOTE in SQL with the join of Spark 4.2, which compares all pairs of minority rows; counts are expectations."""
    from pyspark.sql import functions as F

    with clock.stage("read"):
        df = spark.read.parquet(str(job.data)).select("id", *job.columns())
    with clock.stage("count"):
        rows = {row["label"]: row["count"] for row in df.groupBy("label").count().collect()}
    with clock.stage("write"):
        marks = [F.lit(False).alias(SYNTHETIC), F.lit(None).alias(PROVENANCE)] if job.trace else []
        out = df.select("label", *job.features, *marks)
        # The join sorts all pairs of rows, so these must be narrow: values of 4 bytes, and no other columns.
        vector = F.array(*(F.col(name).cast("float") for name in job.features))
        for label, quota in job.added(rows).items():
            own = df.filter(F.col("label") == label)
            seeds = own.select(F.col("id").alias("seed"), vector.alias("here"))
            others = own.select(F.col("id").alias("neighbour"), vector.alias("there"))
            distance = F.vector_l2_distance("here", "there").cast("double")
            distance = F.when(F.col("seed") == F.col("neighbour"), float("inf")).otherwise(distance)
            pairs = seeds.nearestByJoin(others, distance, job.k, "exact", "distance").select("seed", "neighbour")
            near = own.select(F.col("id").alias("neighbour"), *(F.col(f).alias(f"near_{f}") for f in job.features))
            pairs = pairs.join(own.withColumnRenamed("id", "seed"), "seed").join(near, "neighbour")
            made = _copied(pairs, quota / rows[label] / job.k, job.seed).withColumn("gap", F.rand(job.seed + 1))
            values = (
                (F.col(name) + F.col("gap") * (F.col(f"near_{name}") - F.col(name))).alias(name)
                for name in job.features
            )
            said = F.struct("seed", "neighbour", "gap").alias(PROVENANCE)
            marks = [F.lit(True).alias(SYNTHETIC), said] if job.trace else []
            out = out.unionByName(made.select("label", *values, *marks))
        out.write.parquet(str(job.out))
    return {}


def _copied(frame: DataFrame, times: float, seed: int) -> DataFrame:
    """Copies each row ``int(times)`` times, and once more with the probability of the remainder."""
    from pyspark.sql import functions as F

    copies = (F.lit(times) + F.rand(seed)).cast("int")
    return frame.withColumn("copy", F.explode(F.array_repeat(F.lit(0), copies)))


def imbalanced_learn(job: Job, clock: Clock) -> dict[str, Any]:
    """Runs imbalanced-learn in one process, with the default number of threads of each library.

    ``params`` are parameters of imbalanced-learn.
    """
    import pandas as pd
    from imblearn import combine, over_sampling, under_sampling

    packages = [one for one in (over_sampling, under_sampling, combine) if hasattr(one, job.sampler)]
    params = dict(job.params)
    if job.sampler == "SMOTE":
        params |= {"sampling_strategy": job.strategy, "k_neighbors": job.k, "random_state": job.seed}
    with clock.stage("read"):
        frame = pd.read_parquet(job.data, columns=job.columns())
    with clock.stage("resample"):
        sampler = getattr(packages[0], job.sampler)(**params)
        rows, labels = sampler.fit_resample(frame[job.features], frame["label"])
    with clock.stage("write"):
        rows.insert(0, "label", labels)
        if job.trace:
            rows[SYNTHETIC] = rows.index >= len(frame)
        job.out.mkdir()
        rows.to_parquet(job.out / "part-00000.parquet", index=False)
    return {}


ON_SPARK: dict[str, Callable[[Job, SparkSession, Clock], dict[str, Any]]] = {
    run.__name__: run for run in (spark_smote, copy_floor, nearest_by_join)
}
CONTENDERS = (*ON_SPARK, imbalanced_learn.__name__)


def count_rows(folder: Path) -> int:
    return sum(pq.read_metadata(file).num_rows for file in folder.glob("part-*"))


def timed(name: str, job: Job, spark: SparkSession | None) -> dict[str, Any]:
    """Runs a contender once; the result has seconds by stage and in all."""
    clock, before = Clock(), cpu_seconds()
    extras = imbalanced_learn(job, clock) if spark is None else ON_SPARK[name](job, spark, clock)
    seconds = round(sum(clock.stages.values()), 3)
    return {
        "contender": name,
        "seconds": seconds,
        "cpu_seconds": round(cpu_seconds() - before, 1),
        "stages": clock.stages,
        "rows_written": count_rows(job.out),
        **extras,
    }


def in_turn(job: Job, spark: SparkSession, rounds: int) -> Iterator[dict[str, Any]]:
    """Runs floor and spark_smote in turn in one session, after a first pair that is not counted."""
    for number in range(rounds + 1):
        for name in ("copy_floor", "spark_smote"):
            shutil.rmtree(job.out, ignore_errors=True)
            os.sync()
            found = timed(name, job, spark)
            if number:
                yield {"round": number, **found}


def main() -> None:
    parser = argparse.ArgumentParser(description="Run one contender once.")
    parser.add_argument("contender", choices=CONTENDERS)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--strategy", default="auto", help="'auto', or totals by class as JSON")
    parser.add_argument("--k", type=int, default=5)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--search", choices=["auto", "exact", "lsh"], default="auto")
    parser.add_argument("--sampler", default="SMOTE", help="a class of spark_smote, or of imbalanced-learn")
    parser.add_argument("--params", default="{}", help="its parameters as JSON")
    parser.add_argument("--trace", action="store_true", help="mark synthetic rows, and write their provenance")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--memory", default="3g", help="of Spark's driver JVM")
    parser.add_argument("--partitions", type=int, default=8, help="spark.sql.shuffle.partitions")
    parser.add_argument("--eventlog", type=Path, help="folder for Spark's event log, to count passes over the input")
    parser.add_argument("--warm", type=int, default=0, help="rounds of floor and spark_smote in one session instead")
    given = parser.parse_args()

    strategy = given.strategy
    if strategy != "auto":
        strategy = {int(label): total for label, total in json.loads(strategy).items()}
    job = Job(
        *(given.data, given.out, strategy, given.k, given.seed, given.search, given.trace),
        sampler=given.sampler,
        params=json.loads(given.params),
    )
    machine = Machine(given.cores, given.memory, given.partitions, given.eventlog)
    on_spark = given.contender in ON_SPARK
    with PeakMemory() as memory, spark_session(machine) if on_spark else nullcontext() as spark:
        if given.warm and spark is not None:
            result: dict[str, Any] = {"runs": list(in_turn(job, spark, given.warm))}
        else:
            result = timed(given.contender, job, spark)
    result["peak_mb"] = memory.peaks
    if machine.eventlog and on_spark:
        result["spark"] = eventlog.summarise(machine.eventlog, count_rows(job.data))
    print(json.dumps(result, default=str))


if __name__ == "__main__":
    main()
