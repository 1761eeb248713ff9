"""Seconds of each sampler on 600 rows: the first run in a session, and the second.

    python -m benchmarks.small                    # all registered samplers: some five minutes
    python -m benchmarks.small SMOTE TomekLinks --results small.jsonl

Each sampler runs in a process of its own. A run reads Parquet, plans, resamples and writes Parquet. 540 rows of the
majority and 60 of the minority overlap; there are ten numbers, and two categories for the samplers that take any.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks import run
from benchmarks.session import Machine, spark_session
from spark_smote.core.registry import samplers
from spark_smote.core.text_table import table

MAJORITY, MINORITY = 540, 60
NUMBERS = [f"x{number}" for number in range(10)]
CATEGORIES = ["k0", "k1"]
WITHOUT_NUMBERS = ("SMOTEN", "RandomUnderSampler")


def write(file: Path) -> None:
    rng = np.random.default_rng(7)
    label = np.repeat([0, 1], [MAJORITY, MINORITY])
    columns: dict[str, Any] = {"label": label}
    columns |= {name: rng.normal(size=len(label)) + 0.5 * label for name in NUMBERS}
    columns |= {name: rng.integers(4, size=len(label)).astype(str) for name in CATEGORIES}
    pq.write_table(pa.table(columns), file)


def measure(name: str, runs: int = 2) -> dict[str, Any]:
    """Seconds of a sampler's runs in one session."""
    kind = samplers()[name].sampler
    params: dict[str, Any] = {"inputCols": NUMBERS} if name not in WITHOUT_NUMBERS else {}
    if hasattr(kind, "categoricalCols"):
        params["categoricalCols"] = CATEGORIES
    # Small data may have no cluster or border that the method wants.
    params |= {"fallback": "smote"} if hasattr(kind, "fallback") else {}
    seconds = []
    with tempfile.TemporaryDirectory() as folder, spark_session(Machine()) as spark:
        write(Path(folder) / "in.parquet")
        for number in range(runs):
            start = time.perf_counter()
            df = spark.read.parquet(f"{folder}/in.parquet")
            kind(**params).resample(df).write.parquet(f"{folder}/out{number}")
            seconds.append(round(time.perf_counter() - start, 3))
    return {"seconds": seconds[0], "again": seconds[-1]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("samplers", nargs="*", metavar="sampler", help=f"of {', '.join(samplers())}")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--limit", type=float, default=300, help="seconds after which a sampler is stopped")
    parser.add_argument(
        "--results", type=Path, default=run.RESULTS, help="JSON lines, one a sampler, are appended here"
    )
    given = parser.parse_args()
    if unknown := set(given.samplers) - set(samplers()):
        parser.error(f"no sampler {', '.join(sorted(unknown))}; there are {', '.join(samplers())}")
    if given.one:
        print(json.dumps(measure(given.samplers[0])))
        return
    body = []
    sitting = round(time.time())
    for name in given.samplers or samplers():
        log = Path(tempfile.gettempdir()) / "small-failed.log"
        found = run.call([sys.executable, "-m", "benchmarks.small", name, "--one"], given.limit, log)
        run.keep(given.results, {"case": "small", "contender": name, "sitting": sitting, **found})
        figures = (found["error"], "") if "error" in found else (f"{found['seconds']:.2f}", f"{found['again']:.2f}")
        body.append((name, *figures))
    print(table(("sampler", "first run, seconds", "second run"), body))


if __name__ == "__main__":
    main()
