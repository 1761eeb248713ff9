"""Compares SMOTENC with imbalanced-learn's on the flights of the demo: time, memory and correctness.

    make data
    python -m benchmarks.nominal                  # three rounds of both, and one run of each for the quality
    python -m benchmarks.nominal --rounds 1

336,776 rows, 8,255 of them minority, 11 numbers and 3 categories; Parquet in, Parquet out, k = 5, no standardization.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from numpy.typing import NDArray
from pyspark.sql import SparkSession

from benchmarks import run
from benchmarks.contenders import PROVENANCE, SYNTHETIC, Clock, count_rows
from benchmarks.memory import PeakMemory
from benchmarks.session import Machine, spark_session
from spark_smote.core.text_table import table

FLIGHTS = Path("data/flights.parquet")
LABEL, ID, K = "cancelled", "flight_id", 5
WEATHER = ["temp", "dewp", "humid", "wind_speed", "precip", "pressure", "visib"]
NUMBERS = ["month", "sched_dep_minute", "sched_arr_minute", "distance", *WEATHER]
CATEGORIES = ["carrier", "origin", "dest"]


def spark_smote(out: Path, trace: bool, clock: Clock) -> dict[str, Any]:
    from spark_smote import SMOTENC

    # As doubles: integers would be rounded off the segment, and imbalanced-learn truncates them.
    numbers = [f"CAST({name} AS DOUBLE) AS {name}" for name in NUMBERS] if trace else NUMBERS
    params: dict[str, Any] = {"idCol": ID, "syntheticCol": SYNTHETIC, "provenanceCol": PROVENANCE} if trace else {}
    columns = [LABEL, *([ID] if trace else []), *numbers, *CATEGORIES]

    def once(spark: SparkSession, clock: Clock) -> dict[str, float]:
        with clock.stage("read"):
            df = spark.read.parquet(str(FLIGHTS)).selectExpr(*columns)
        with clock.stage("plan"):
            sampler = SMOTENC(labelCol=LABEL, inputCols=NUMBERS, categoricalCols=CATEGORIES, kNeighbors=K, **params)
            plan = sampler.plan(df)
        with clock.stage("write"):
            sampler.resample(df, plan=plan).write.mode("overwrite").parquet(str(out))
        return {name: round(seconds, 3) for name, seconds in plan.seconds.items()}

    again = Clock()
    with spark_session(Machine()) as spark:
        stages = once(spark, clock)
        if not trace:
            # The JIT compiler has finished by now.
            once(spark, again)
    return {"plan_stages": stages, "again": round(sum(again.stages.values()), 3), "again_stages": again.stages}


def imbalanced_learn(out: Path, trace: bool, clock: Clock) -> dict[str, Any]:
    from imblearn.over_sampling import SMOTENC

    with clock.stage("read"):
        frame = pd.read_parquet(FLIGHTS, columns=[LABEL, *NUMBERS, *CATEGORIES])
        if trace:
            frame = frame.astype(dict.fromkeys(NUMBERS, float))
    with clock.stage("resample"):
        sampler = SMOTENC(categorical_features=CATEGORIES, k_neighbors=K, random_state=7)
        rows, labels = sampler.fit_resample(frame[[*NUMBERS, *CATEGORIES]], frame[LABEL])
    with clock.stage("write"):
        rows.insert(0, LABEL, labels)
        rows[SYNTHETIC] = rows.index >= len(frame)
        out.mkdir()
        rows.to_parquet(out / "part-00000.parquet", index=False)
    return {}


CONTENDERS = {one.__name__: one for one in (spark_smote, imbalanced_learn)}


def run_once(name: str, given: argparse.Namespace, trace: bool = False) -> dict[str, Any]:
    """Runs one contender in a process of its own; its output is kept."""
    shutil.rmtree(given.out, ignore_errors=True)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "benchmarks.nominal", f"--contender={name}", f"--out={given.out}"]
    run.settle(FLIGHTS)
    return run.call([*command, *(["--trace"] if trace else [])], given.limit, given.out.with_suffix(".log"))


def made_rows(out: Path) -> pd.DataFrame:
    return pq.read_table(out, filters=[(SYNTHETIC, "=", True)]).to_pandas()


def as_defined(made: pd.DataFrame, sample: int) -> dict[str, float]:
    """Shares of sampled rows that lie on their segment, have a true neighbour, and have modes as categories."""
    real = pd.read_parquet(FLIGHTS, columns=[ID, LABEL, *NUMBERS, *CATEGORIES])
    real = real[real[LABEL] == 1].sort_values(ID, ignore_index=True)
    x, values = real[NUMBERS].to_numpy(dtype=float), real[CATEGORIES].to_numpy()
    step = float(np.median(x.std(axis=0)))
    said, near, modes = 0, 0, 0
    chosen = made.sample(sample, random_state=7)
    for row, origin in zip(chosen.to_dict("records"), chosen[PROVENANCE], strict=True):
        seed, neighbour = (int(np.searchsorted(real[ID], origin[end])) for end in ("seed", "neighbour"))
        expected = x[seed] + origin["gap"] * (x[neighbour] - x[seed])
        said += np.allclose([row[name] for name in NUMBERS], expected, rtol=1e-9)
        squares = ((x - x[seed]) ** 2).sum(axis=1) + step**2 * (values != values[seed]).sum(axis=1)
        squares[seed] = np.inf
        kth = np.sort(squares)[K - 1] * (1 + 1e-9)
        near += squares[neighbour] <= kth
        # With ties at the k-th distance, any of the tied rows may be a neighbour.
        modes += all(_can_be_mode(values[:, c], squares, kth, row[name]) for c, name in enumerate(CATEGORIES))
    return {"as said": said / sample, "true neighbour": float(near / sample), "modes": modes / sample}


def _can_be_mode(values: NDArray[Any], squares: NDArray[np.float64], kth: float, value: str) -> bool:
    nearer = squares < kth * (1 - 3e-9)
    sure, maybe = Counter(values[nearer]), Counter(values[(squares <= kth) & ~nearer])
    return sure[value] + min(maybe[value], K - int(nearer.sum())) >= max(sure.values(), default=0)


def agreement(ours: pd.DataFrame, theirs: pd.DataFrame) -> dict[str, float]:
    """Largest differences of means (in standard deviations), of standard deviations, and of shares of categories."""
    mine, reference = ours[NUMBERS].astype(float), theirs[NUMBERS].astype(float)
    shares = [
        (ours[name].value_counts(normalize=True).sub(theirs[name].value_counts(normalize=True), fill_value=0)).abs()
        for name in CATEGORIES
    ]
    return {
        "mean": float(((mine.mean() - reference.mean()) / reference.std()).abs().max()),
        "deviation": float((mine.std() / reference.std() - 1).abs().max()),
        "share": float(max(one.max() for one in shares)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="SMOTENC on the flights, beside imbalanced-learn's.")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sample", type=int, default=1000, help="synthetic rows to check")
    parser.add_argument("--limit", type=float, default=900, help="seconds after which a run is stopped")
    parser.add_argument("--out", type=Path, default=Path("data/bench/nominal"))
    parser.add_argument("--contender", choices=CONTENDERS, help="run one of them once, in this process")
    parser.add_argument("--trace", action="store_true", help="with --contender: write provenance")
    given = parser.parse_args()
    if given.contender:
        clock = Clock()
        with PeakMemory() as memory:
            extras = CONTENDERS[given.contender](given.out, given.trace, clock)
        seconds = round(sum(clock.stages.values()), 3)
        result = {"seconds": seconds, "stages": clock.stages, "peak_mb": memory.peaks, **extras}
        print(json.dumps({**result, "rows_written": count_rows(given.out)}))
        return
    if not FLIGHTS.exists():
        parser.error(f"there is no {FLIGHTS}; make data")
    report(given)


def report(given: argparse.Namespace) -> None:
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in CONTENDERS}
    for _ in range(given.rounds):
        for name, found in runs.items():
            found.append(run_once(name, given))
            print(name, json.dumps(found[-1]), file=sys.stderr, flush=True)
    pairs = list(zip(runs["spark_smote"], runs["imbalanced_learn"], strict=True))
    if pairs and not any("error" in one for pair in pairs for one in pair):
        body = [
            (
                name,
                f"{statistics.median(one['seconds'] for one in found):.1f}",
                *(str(max(one["peak_mb"].get(part, 0) for one in found)) for part in ("worker", "driver")),
                f"{found[0]['rows_written']:,}",
            )
            for name, found in runs.items()
        ]
        print(table(("contender", "seconds", "worker MB", "driver MB", "rows written"), body))
        for run_of_ours, said in (("seconds", "a fresh process"), ("again", "the second run in the same session")):
            ratio = statistics.median(theirs["seconds"] / ours[run_of_ours] for ours, theirs in pairs)
            seconds = statistics.median(ours[run_of_ours] for ours, _ in pairs)
            print(f"spark_smote, {said}: {seconds:.1f} s; imbalanced-learn takes {ratio:.1f} times as long")
    made = {}
    for name in CONTENDERS:
        traced = run_once(name, given, trace=True)
        if "error" in traced:
            print(name, traced["error"])
            return
        made[name] = made_rows(given.out)
        shutil.rmtree(given.out, ignore_errors=True)
    ours = as_defined(made["spark_smote"], given.sample)
    print("spark_smote, share of rows:", {name: round(value, 4) for name, value in ours.items()})
    apart = agreement(made["spark_smote"], made["imbalanced_learn"])
    print("largest difference from imbalanced-learn's:", {name: round(value, 4) for name, value in apart.items()})


if __name__ == "__main__":
    main()
