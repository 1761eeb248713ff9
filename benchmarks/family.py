"""Times every registered sampler on the same files, relative to SMOTE shortly before.

    python -m benchmarks.family                      # 1,000,000 rows, 10,000 of them minority, 30 features
    python -m benchmarks.family RBO CCR --limit 300 --results family.jsonl
    python -m benchmarks.family --agreement          # label neighbourhoods against brute force

Each run is a process of its own. SMOTE runs again before every few samplers, so that the ratios hold on a machine whose
load changes. Samplers for categories are left out. ``benchmarks.tables`` makes the table of the lines of results.

Agreement is measured with ADASYN, in which the synthetic rows of a seed show its number of neighbours of other classes.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.dataset as ds

from benchmarks import data, run, tables, truth
from benchmarks.contenders import PROVENANCE, SYNTHETIC
from benchmarks.data import Spec, names
from spark_smote.core.registry import samplers

LSH = {"neighborSearch": "lsh"}
# No cluster of this data has the share of the minority that KMeansSMOTE asks for by default.
PARAMS: dict[str, dict[str, Any]] = {"KMeansSMOTE": {"clusterBalanceThreshold": 0.0}}
VARIANTS: dict[str, tuple[str, dict[str, Any]]] = {
    "RandomOverSampler-smoothed": ("RandomOverSampler", {"shrinkage": 1.0}),
    "BorderlineSMOTE-2": ("BorderlineSMOTE", {"kind": "borderline-2"}),
    "ADASYN-lsh": ("ADASYN", LSH),
    "ADASYN-exact": ("ADASYN", {"neighborSearch": "exact"}),
}


def choices() -> dict[str, tuple[str, dict[str, Any]]]:
    """The registered samplers that take numbers alone, and some with other parameters: class and parameters."""
    plain = (name for name, entry in samplers().items() if not hasattr(entry.sampler, "categoricalCols"))
    return {name: (name, PARAMS.get(name, {})) for name in plain} | VARIANTS


def run_once(name: str, folder: Path, given: argparse.Namespace, trace: bool = False) -> dict[str, Any]:
    """Runs one sampler in a process of its own; the output of a traced run is kept."""
    sampler, params = choices()[name]
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


def times(folder: Path, given: argparse.Namespace) -> None:
    sitting, smote, smote_cpu = round(time.time()), 0.0, 0.0
    for place, name in enumerate(given.samplers or [name for name in choices() if name != "SMOTE"]):
        for one in ("SMOTE", name) if place % given.every == 0 else (name,):
            load, found = round(os.getloadavg()[0], 1), run_once(one, folder, given)
            if one == "SMOTE":
                smote, smote_cpu = found["seconds"], found["cpu_seconds"]
            line = {"case": "family", "contender": one, "sitting": sitting, "limit": given.limit}
            line |= {"smote": smote, "smote_cpu": smote_cpu, "rows": given.rows}
            run.keep(given.results, {**found, **line, "load": load})
            print(one, json.dumps(found), file=sys.stderr, flush=True)
    head, *body = tables.family(tables.read([given.results]))
    print(tables.markdown(head, body))


def main() -> None:
    parser = argparse.ArgumentParser(description="Every sampler of the family, against SMOTE.")
    parser.add_argument("samplers", nargs="*", metavar="sampler", help=f"of {', '.join(choices())}")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--minority", type=int, default=10_000)
    parser.add_argument("--kind", default="mixture")
    parser.add_argument("--every", type=int, default=4, help="samplers between two runs of SMOTE")
    parser.add_argument("--agreement", action="store_true", help="of label neighbourhoods, instead of times")
    parser.add_argument("--sample", type=int, default=1000, help="queries for the agreement")
    parser.add_argument("--limit", type=float, default=900, help="seconds after which a run is stopped")
    parser.add_argument("--data", type=Path, default=data.ROOT)
    parser.add_argument("--results", type=Path, default=run.RESULTS, help="JSON lines, one a run, are appended here")
    given = parser.parse_args()
    if unknown := set(given.samplers) - set(choices()):
        parser.error(f"no sampler {', '.join(sorted(unknown))}; there are {', '.join(choices())}")
    spec = Spec(given.kind, given.rows, given.minority, 30)
    folder = data.ensure(spec, given.data)
    print(f"{spec.kind}, {spec.rows:,} rows, {spec.minority:,} minority, {spec.features} features")
    if given.agreement:
        for name in given.samplers or ("ADASYN-lsh", "ADASYN-exact"):
            print(name, agreement(name, folder, given, spec), flush=True)
        return
    times(folder, given)


if __name__ == "__main__":
    main()
