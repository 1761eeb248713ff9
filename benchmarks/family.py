"""Times every sampler of the family on the same files, relative to SMOTE in the same round.

    python -m benchmarks.family                      # 1,000,000 rows, 10,000 of them minority, 30 features
    python -m benchmarks.family ADASYN-lsh --rounds 3
    python -m benchmarks.family --agreement          # label neighbourhoods against brute force

Agreement is measured with ADASYN, in which the synthetic rows of a seed show its number of neighbours of other classes.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.dataset as ds

from benchmarks import data, run, truth
from benchmarks.contenders import PROVENANCE, SYNTHETIC
from benchmarks.data import Spec, names
from spark_smote.core.text_table import table

LSH = {"neighborSearch": "lsh"}
SAMPLERS: dict[str, tuple[str, dict[str, Any]]] = {
    "SMOTE": ("SMOTE", {}),
    "RandomOverSampler": ("RandomOverSampler", {}),
    "RandomOverSampler-smoothed": ("RandomOverSampler", {"shrinkage": 1.0}),
    "PolynomFitSMOTE": ("PolynomFitSMOTE", {}),
    "BorderlineSMOTE": ("BorderlineSMOTE", {}),
    "BorderlineSMOTE-lsh": ("BorderlineSMOTE", LSH),
    "BorderlineSMOTE-2-lsh": ("BorderlineSMOTE", {**LSH, "kind": "borderline-2"}),
    "ADASYN": ("ADASYN", {}),
    "ADASYN-lsh": ("ADASYN", LSH),
    "ADASYN-exact": ("ADASYN", {"neighborSearch": "exact"}),
    "SVMSMOTE-lsh": ("SVMSMOTE", LSH),
    "KMeansSMOTE": ("KMeansSMOTE", {"clusterBalanceThreshold": 0.0}),
    "LeeSMOTE-lsh": ("LeeSMOTE", LSH),
    "SafeLevelSMOTE": ("SafeLevelSMOTE", {}),
    "MWMOTE": ("MWMOTE", {}),
    "ANS": ("ANS", {}),
    "ProWSyn": ("ProWSyn", {}),
    "LVQSMOTE": ("LVQSMOTE", {}),
}


def run_once(name: str, folder: Path, given: argparse.Namespace, trace: bool = False) -> dict[str, Any]:
    """Runs one sampler in a process of its own; the output of a traced run is kept."""
    sampler, params = SAMPLERS[name]
    out = given.data / "out"
    shutil.rmtree(out, ignore_errors=True)
    command = [sys.executable, "-m", "benchmarks.contenders", "spark_smote", f"--data={folder}", f"--out={out}"]
    command += [f"--sampler={sampler}", f"--params={json.dumps(params)}", *(["--trace"] if trace else [])]
    run.settle(folder)
    return run.call(command, given.limit, given.data / "failed.log")


def agreement(name: str, folder: Path, given: argparse.Namespace, spec: Spec, n: int = 5) -> dict[str, float]:
    """Compares the number of neighbours of the other class between the sampler and brute force over all rows."""
    plan = run_once(name, folder, given, trace=True)["classes"][1]
    made = ds.dataset(given.data / "out", exclude_invalid_files=True)
    column = made.to_table([PROVENANCE], filter=ds.field(SYNTHETIC))[PROVENANCE].combine_chunks()
    ids, rows = truth.read_rows(folder, names(spec.features), 1)
    used = np.bincount(np.searchsorted(ids, column.field("seed").to_numpy()), minlength=len(ids))
    _, others = truth.read_rows(folder, names(spec.features), 0)
    asked = np.sort(np.random.default_rng(7).choice(len(ids), min(given.sample, len(ids)), replace=False))
    base = np.concatenate([rows, others])
    _, near = truth.nearest(base, rows[asked], n, asked)
    true = (near >= len(rows)).sum(axis=1)
    # Each neighbour of the other class adds the same number of synthetic rows; this unknown number is found by trial.
    worth = [used.max() / most for most in range(1, n + 1)]
    counted = np.rint(used / max(worth, key=lambda one: float((np.abs(used / one - np.rint(used / one)) < 0.2).mean())))
    same = counted[asked] == true
    return {
        "same count": round(float(same.mean()), 4),
        "error": round(float(same.std() / len(same) ** 0.5), 4),
        "mean difference": round(float(np.abs(counted[asked] - true).mean()), 4),
        "plan's recall": plan["surroundings_recall"],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Every sampler of the family, against SMOTE.")
    parser.add_argument("samplers", nargs="*", metavar="sampler", help=f"of {', '.join(SAMPLERS)}")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--minority", type=int, default=10_000)
    parser.add_argument("--kind", default="mixture")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--agreement", action="store_true", help="of label neighbourhoods, instead of times")
    parser.add_argument("--sample", type=int, default=1000, help="queries for the agreement")
    parser.add_argument("--limit", type=float, default=900, help="seconds after which a run is stopped")
    parser.add_argument("--data", type=Path, default=data.ROOT)
    given = parser.parse_args()
    unknown = set(given.samplers) - set(SAMPLERS)
    if unknown:
        parser.error(f"no sampler {', '.join(sorted(unknown))}; there are {', '.join(SAMPLERS)}")
    spec = Spec(given.kind, given.rows, given.minority, 30)
    folder = data.ensure(spec, given.data)
    print(f"{spec.kind}, {spec.rows:,} rows, {spec.minority:,} minority, {spec.features} features")
    if given.agreement:
        for name in given.samplers or ("ADASYN-lsh", "ADASYN-exact"):
            print(name, agreement(name, folder, given, spec), flush=True)
        return
    times(folder, given)


def times(folder: Path, given: argparse.Namespace) -> None:
    runs: dict[str, list[dict[str, Any]]] = {}
    for _ in range(given.rounds):
        for name in dict.fromkeys(["SMOTE", *(given.samplers or SAMPLERS)]):
            runs.setdefault(name, []).append(run_once(name, folder, given))
            print(name, json.dumps(runs[name][-1]), file=sys.stderr, flush=True)
    head = ("sampler", "seconds", "x SMOTE", "plan", "worker MB", "driver MB", "rows written")
    body = []
    for name, found in runs.items():
        if any("error" in one for one in found):
            body.append((name, next(one["error"] for one in found if "error" in one), *[""] * 5))
            continue
        ratios = [one["seconds"] / first["seconds"] for one, first in zip(found, runs["SMOTE"], strict=True)]
        body.append(
            (
                name,
                f"{statistics.median(one['seconds'] for one in found):.1f}",
                f"{statistics.median(ratios):.2f}",
                f"{statistics.median(one['stages']['plan'] for one in found):.1f}",
                *(f"{max(one['peak_mb'][part] for one in found):.0f}" for part in ("worker", "driver")),
                f"{found[0]['rows_written']:,}",
            )
        )
    print(table(head, body))


if __name__ == "__main__":
    main()
