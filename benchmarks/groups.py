"""Seconds and memory of samplers with ``groupCols`` beside the same rows as one group.

    python -m benchmarks.groups                                  # 2,000,000 rows in 10,000 groups: some minutes
    python -m benchmarks.groups --rows 200000 --groups 1000 --samplers SMOTE RandomUnderSampler
    python -m benchmarks.groups --ways groups --groups 2000 10000 --samplers ADASYN TomekLinks EditedNearestNeighbours

The minority of a group has 2 to 500 rows, most groups have few; classes with too few rows are copied, or left where a
sampler copies none. A run reads Parquet, plans, resamples and writes Parquet; both ways take turns in one session,
after a run of few rows each. The ratio is that of the medians. The memory is the peak of a single Python worker.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.memory import PeakMemory
from benchmarks.session import Machine, spark_session
from spark_smote.core.registry import samplers
from spark_smote.core.text_table import table
from spark_smote.core.under_sampler import UnderSampler

WIDTH = 10
NUMBERS = [f"x{number}" for number in range(WIDTH)]
LEAST, MOST = 2, 500


def write(file: Path, rows: int, groups: int) -> None:
    rng = np.random.default_rng(7)
    minority = np.minimum(LEAST * (MOST / LEAST) ** rng.random(groups) ** 3, MOST).astype(int)
    more = rng.exponential(max(1.0, rows / groups - 2 * minority.mean()), groups)
    majority = minority + np.maximum(1, more * (rows - 2 * minority.sum()) / more.sum()).astype(int)
    sizes = np.stack([majority, minority], axis=1).ravel()
    group = np.repeat(np.repeat(np.arange(groups), 2), sizes)
    label = np.repeat(np.tile([0, 1], groups), sizes)
    order = rng.permutation(len(label))
    columns: dict[str, Any] = {"group": group[order], "label": label[order]}
    centres = rng.normal(scale=3.0, size=(20, WIDTH))
    values = centres[rng.integers(20, size=len(label))] + rng.normal(size=(len(label), WIDTH))
    columns |= {name: values[:, number] for number, name in enumerate(NUMBERS)}
    pq.write_table(pa.table(columns), file, row_group_size=max(1, len(label) // 8))


WAYS = "one", "groups"


def measure(name: str, rows: int, groups: int, rounds: int, ways: Sequence[str]) -> dict[str, Any]:
    kind = samplers()[name].sampler
    params: dict[str, Any] = {"inputCols": NUMBERS} if hasattr(kind, "inputCols") else {}
    params |= {"fallback": "smote"} if hasattr(kind, "fallback") else {}
    params |= {"allowEmptyClasses": True} if hasattr(kind, "allowEmptyClasses") else {}
    grouped: dict[str, Any] = {"groupCols": ["group"]}
    if hasattr(kind, "tooFew"):
        grouped["tooFew"] = "leave" if issubclass(kind, UnderSampler) else "copy"
    seconds: dict[str, list[tuple[float, float]]] = {way: [] for way in ways}
    peaks = dict.fromkeys(ways, 0)
    with tempfile.TemporaryDirectory() as folder, spark_session(Machine()) as spark:
        write(Path(folder) / "few", 4_000, 20)
        write(Path(folder) / "many", rows, groups)
        for turn in range(rounds + 1):
            for way in ways:
                with PeakMemory() as memory:
                    start = time.perf_counter()
                    df = spark.read.parquet(f"{folder}/{'many' if turn else 'few'}")
                    sampler = kind(**params, **(grouped if way == "groups" else {}))
                    plan = sampler.plan(df)
                    planned = time.perf_counter() - start
                    sampler.resample(df, plan).write.mode("overwrite").parquet(f"{folder}/out")
                    taken = time.perf_counter() - start
                if turn:
                    seconds[way].append((planned, taken))
                    peaks[way] = max(peaks[way], memory.peaks.get("worker", 0))
        print(plan)
    medians = {way: [statistics.median(part) for part in zip(*found, strict=True)] for way, found in seconds.items()}
    return {"sampler": name, "groups": groups, "seconds": medians, "peaks": peaks}


def row(found: dict[str, Any], ways: Sequence[str]) -> tuple[str, ...]:
    """The figures of one sampler: seconds, planning's part of them and memory, either way; the ratio of both."""
    seconds = found["seconds"]
    shown = [
        figure
        for way in ways
        for figure in (*(f"{value:.1f}" for value in seconds[way][::-1]), f"{found['peaks'][way]:,}")
    ]
    ratio = (f"{seconds['groups'][1] / seconds['one'][1]:.2f}",) if len(ways) > 1 else ()
    return (found["sampler"], f"{found['groups']:,}", *shown, *ratio)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--groups", type=int, nargs="+", default=[10_000])
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--samplers", nargs="+", default=["SMOTE"])
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=WAYS)
    given = parser.parse_args()
    found = [
        measure(name, given.rows, groups, given.rounds, given.ways)
        for name in given.samplers
        for groups in given.groups
    ]
    names = {"one": "one group", "groups": "groups"}
    head = ["sampler", "groups"]
    for way in given.ways:
        head += [f"{names[way]} s", "of it planning", "worker MB"]
    head += ["ratio"] if len(given.ways) > 1 else []
    print(table(tuple(head), [row(one, given.ways) for one in found]))


if __name__ == "__main__":
    main()
