"""Seconds of samplers with ``groupCols`` beside the same rows as one group.

    python -m benchmarks.groups                                  # 2,000,000 rows in 10,000 groups: some minutes
    python -m benchmarks.groups --rows 200000 --groups 1000 --samplers SMOTE RandomUnderSampler

The minority of a group has 2 to 500 rows, most groups have few; classes with too few rows are copied. A run reads
Parquet, plans, resamples and writes Parquet; both ways take turns in one session, after a run of few rows each. The
ratio is that of the medians.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.session import Machine, spark_session
from spark_smote.core.registry import samplers
from spark_smote.core.text_table import table

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


def measure(name: str, rows: int, groups: int, rounds: int) -> dict[str, Any]:
    kind = samplers()[name].sampler
    params: dict[str, Any] = {"inputCols": NUMBERS} if hasattr(kind, "inputCols") else {}
    params |= {"fallback": "smote"} if hasattr(kind, "fallback") else {}
    grouped = {"groupCols": ["group"]} | ({"tooFew": "copy"} if hasattr(kind, "tooFew") else {})
    seconds: dict[str, list[tuple[float, float]]] = {"one": [], "groups": []}
    with tempfile.TemporaryDirectory() as folder, spark_session(Machine()) as spark:
        write(Path(folder) / "few", 4_000, 20)
        write(Path(folder) / "many", rows, groups)
        for turn in range(rounds + 1):
            for way, more in (("one", {}), ("groups", grouped)):
                start = time.perf_counter()
                df = spark.read.parquet(f"{folder}/{'many' if turn else 'few'}")
                sampler = kind(**params, **more)
                plan = sampler.plan(df)
                planned = time.perf_counter() - start
                sampler.resample(df, plan).write.mode("overwrite").parquet(f"{folder}/out")
                if turn:
                    seconds[way].append((planned, time.perf_counter() - start))
        print(plan)
    medians = {way: [statistics.median(part) for part in zip(*found, strict=True)] for way, found in seconds.items()}
    return {"sampler": name, **medians, "ratio": medians["groups"][1] / medians["one"][1]}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--groups", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--samplers", nargs="+", default=["SMOTE"])
    given = parser.parse_args()
    found = [measure(name, given.rows, given.groups, given.rounds) for name in given.samplers]
    head = ("sampler", "one group s", "of it planning", "groups s", "of it planning", "ratio")
    body = [
        (
            one["sampler"],
            *(f"{value:.1f}" for way in ("one", "groups") for value in one[way][::-1]),
            f"{one['ratio']:.2f}",
        )
        for one in found
    ]
    print(table(head, body))


if __name__ == "__main__":
    main()
