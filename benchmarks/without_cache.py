"""Seconds of cleaners on the flights of the demo, with caches, without, and with a staging folder in their place.

    python -m benchmarks.without_cache                    # `make data` first; some ten minutes on two cores
    python -m benchmarks.without_cache TomekLinks --rounds 1 --flights data/flights.parquet

The three ways take turns in one session, after a run that is not counted. A run plans, resamples, and makes the rows
without writing them. The count of its rows shows that the ways agree.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any
from unittest.mock import patch

from pyspark.sql import DataFrame

from benchmarks.session import Machine, spark_session
from spark_smote.core.registry import samplers
from spark_smote.core.text_table import table
from spark_smote.job.passes import passes
from spark_smote.spark import cached

NUMBERS = ["month", "day_of_week", "sched_dep_minute", "distance", "temp", "humid", "wind_speed", "precip", "visib"]
WAYS = ("cached", "read again", "staged")


@contextmanager
def way(name: str) -> Iterator[dict[str, Any]]:
    """Parameters of a sampler that keeps its columns in this way."""
    with tempfile.TemporaryDirectory() as folder, patch.object(cached, "can_cache", return_value=name == "cached"):
        yield {"stagingPath": folder} if name == "staged" else {}


def measure(df: DataFrame, name: str, params: dict[str, Any]) -> dict[str, Any]:
    """Seconds of a plan and of its rows, passes over the input, and the rows."""
    sampler = samplers()[name].sampler(inputCols=NUMBERS, labelCol="cancelled", standardization=True, **params)
    start = time.perf_counter()
    plan = sampler.plan(df)
    planned = time.perf_counter()
    rows = sampler.resample(df, plan).count()
    found = {"plan": planned - start, "rows made": time.perf_counter() - planned, "count": rows}
    plan.release()
    return {**found, **vars(passes(sampler, plan))}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("samplers", nargs="*", default=["TomekLinks", "SMOTEENN"], metavar="sampler")
    parser.add_argument("--flights", type=Path, default=Path("data/flights.parquet"))
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    body = []
    with spark_session(Machine()) as spark:
        df = spark.read.parquet(str(given.flights))
        for name in given.samplers:
            runs: dict[str, list[dict[str, Any]]] = {one: [] for one in WAYS}
            for number in range(given.rounds + 1):
                for one in WAYS if number else WAYS[:1]:
                    with way(one) as params:
                        found = measure(df, name, params)
                    if number:
                        runs[one].append(found)
            counts = {found["count"] for each in runs.values() for found in each}
            assert len(counts) == 1, f"{name}: the ways differ: {counts}"
            for one, each in runs.items():
                seconds = [median(found[stage] for found in each) for stage in ("plan", "rows made")]
                ratio = median(
                    sum(found[stage] for stage in ("plan", "rows made"))
                    / sum(first[stage] for stage in ("plan", "rows made"))
                    for found, first in zip(each, runs["cached"], strict=True)
                )
                read = f"{each[0]['planning']} + {each[0]['writing']}"
                body.append((name, one, *(f"{value:.1f}" for value in (*seconds, sum(seconds))), f"{ratio:.2f}", read))
    head = ("sampler", "columns are", "plan, s", "rows, s", "in all, s", "x cached", "passes: plan + rows")
    print(table(head, body))


if __name__ == "__main__":
    main()
