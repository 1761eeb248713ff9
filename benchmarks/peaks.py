"""Peak memory of a Python worker for samplers and widths, compared with the bound that the plan tells.

    python -m benchmarks.peaks                  # all points: half an hour on two cores, 8 GB of memory
    python -m benchmarks.peaks exact-20000 tomek-lsh

Each point runs in a process of its own, so that workers start with fresh memory.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks import run
from benchmarks.data import KINDS
from benchmarks.memory import PeakMemory
from benchmarks.session import Machine, spark_session
from spark_smote.core.text_table import table

EXACT, LSH = {"neighborSearch": "exact"}, {"neighborSearch": "lsh"}


@dataclass(frozen=True)
class Point:
    """A sampler on ``rows`` rows of one class and ``others`` rows of another class.

    ``batch`` is Spark's maxRecordsPerBatch; ``categories`` is the number of additional categorical columns.
    """

    sampler: str
    params: dict[str, Any]
    rows: int
    others: int
    features: int
    kind: str = "mixture"
    batch: int = 10_000
    categories: int = 0


POINTS = {
    "exact-30": Point("SMOTE", EXACT, 50_000, 10, 30),
    "exact-30-equal": Point("SMOTE", EXACT, 50_000, 10, 30, "identical"),
    "exact-30-dense": Point("SMOTE", EXACT, 50_000, 10, 30, "dense"),
    "exact-1000": Point("SMOTE", EXACT, 60_000, 10, 1_000),
    "exact-5000": Point("SMOTE", EXACT, 13_000, 10, 5_000),
    "exact-5000-standardised": Point("SMOTE", {**EXACT, "standardization": True}, 13_000, 10, 5_000),
    "exact-20000": Point("SMOTE", EXACT, 3_300, 10, 20_000, batch=3_300),
    "lsh-30-equal": Point("SMOTE", LSH, 300_000, 10, 30, "identical"),
    "lsh-30": Point("SMOTE", LSH, 300_000, 10, 30),
    "lsh-30-duplicates": Point("SMOTE", LSH, 300_000, 10, 30, "duplicates"),
    "lsh-1000": Point("SMOTE", LSH, 20_000, 10, 1_000),
    "lsh-1000-equal": Point("SMOTE", LSH, 40_000, 10, 1_000, "identical"),
    "lsh-5000-equal": Point("SMOTE", LSH, 10_000, 10, 5_000, "identical"),
    "lsh-20000-equal": Point("SMOTE", LSH, 4_000, 10, 20_000, "identical", batch=3_300),
    "lsh-33000-equal": Point("SMOTE", LSH, 4_000, 10, 33_000, "identical", batch=2_000),
    "borderline": Point("BorderlineSMOTE", {}, 10_000, 300_000, 30),
    "borderline-lsh": Point("BorderlineSMOTE", LSH, 100_000, 300_000, 30),
    "borderline-2-lsh-1000": Point("BorderlineSMOTE", {**LSH, "kind": "borderline-2"}, 4_000, 12_000, 1_000),
    "tomek-lsh-equal": Point("TomekLinks", LSH, 300_000, 300_000, 30, "identical"),
    "tomek-5000": Point("TomekLinks", EXACT, 1_000, 4_000, 5_000),
    "enn-20000": Point("EditedNearestNeighbours", EXACT, 500, 2_500, 20_000),
    "near-miss-2-1000": Point("NearMiss", {"version": 2}, 1_000, 10_000, 1_000),
    "kmeans": Point("KMeansSMOTE", {"clusterBalanceThreshold": 0.0}, 100_000, 300_000, 30),
    "kmeans-1000": Point("KMeansSMOTE", {"clusterBalanceThreshold": 0.0}, 5_000, 15_000, 1_000),
    "smotenc": Point("SMOTENC", LSH, 200_000, 10, 30, categories=5),
    "smotenc-equal": Point("SMOTENC", LSH, 200_000, 10, 30, "identical", categories=5),
    "polynomfit-20000": Point("PolynomFitSMOTE", {}, 4_000, 10, 20_000, batch=3_300),
    "polynomfit-equal": Point("PolynomFitSMOTE", {}, 300_000, 10, 30, "identical"),
    "limited": Point("SMOTE", {"maxWorkerMemory": "256m"}, 45_000, 35_000, 30),
    "narrow-equal": Point("SMOTE", LSH, 300_000, 10, 2, "identical"),
    "narrow-tomek-equal": Point("TomekLinks", LSH, 300_000, 300_000, 2, "identical"),
}
for limit in ("256m", "512m", "1g"):
    bounded = {"maxWorkerMemory": limit}
    POINTS |= {
        f"B-{limit}": Point("SMOTE", bounded, 100_000, 900_000, 30),
        f"B-gaussian-{limit}": Point("SMOTE", bounded, 100_000, 900_000, 30, "gaussian"),
        f"B-equal-{limit}": Point("SMOTE", {**bounded, **LSH}, 100_000, 900_000, 30, "identical"),
        f"B-adasyn-{limit}": Point("ADASYN", bounded, 100_000, 300_000, 30),
        f"B-tomek-equal-{limit}": Point("TomekLinks", {**bounded, **LSH}, 300_000, 300_000, 30, "identical"),
        f"B-polynomfit-{limit}": Point("PolynomFitSMOTE", bounded, 100_000, 900_000, 30, "identical"),
        f"1000-{limit}": Point("SMOTE", {**bounded, **LSH}, 20_000, 20_000, 1_000, batch=3_000),
    }


def write(point: Point, folder: Path) -> None:
    """Writes the rows of the point as Parquet, with features in one array column."""
    rng = np.random.default_rng(7)
    drawers = [KINDS[point.kind](rng, point.features), KINDS["mixture"](rng, point.features)]
    step = max(1, (1 << 26) // (8 * point.features))
    for label, (drawer, rows) in enumerate(zip(drawers, (point.rows, point.others), strict=True)):
        for start in range(0, rows, step):
            values = drawer(rng, min(step, rows - start))
            offsets = np.arange(0, values.size + 1, point.features, dtype=np.int32)
            columns = {
                "features": pa.ListArray.from_arrays(offsets, values.ravel()),
                "label": np.full(len(values), label),
            }
            for index in range(point.categories):
                columns[f"k{index}"] = pa.array(rng.integers(5, size=len(values)).astype(str))
            if point.categories:
                columns |= {f"x{index}": values[:, index] for index in range(point.features)}
                del columns["features"]
            pq.write_table(pa.table(columns), folder / f"part-{label}-{start}.parquet")


def measure(point: Point) -> dict[str, Any]:
    """Resamples once and returns the peak memory."""
    import spark_smote

    given: dict[str, Any] = {"featuresCol": "features", **point.params}
    if point.categories:
        given = {**point.params, "categoricalCols": [f"k{index}" for index in range(point.categories)]}
        given["inputCols"] = [f"x{index}" for index in range(point.features)]
    kind = getattr(spark_smote, point.sampler)
    if hasattr(kind, "provenanceCol"):
        # Each row is a seed, except for identical rows, which need no search.
        given["samplingStrategy"] = {0: point.rows + point.rows // (10 if point.kind == "identical" else 1)}
    with tempfile.TemporaryDirectory() as folder:
        write(point, Path(folder))
        with spark_session(Machine(memory="2g")) as spark:
            spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", point.batch)
            # Limits the memory of the JVM, because only the workers are measured.
            spark.conf.set("spark.sql.parquet.columnarReaderBatchSize", max(16, (1 << 25) // (8 * point.features)))
            spark.conf.set("spark.sql.inMemoryColumnarStorage.batchSize", max(16, (1 << 25) // (8 * point.features)))
            frame = spark.read.parquet(folder)
            with PeakMemory() as watched:
                sampler = kind(**given)
                plan = sampler.plan(frame)
                sampler.resample(frame, plan).write.format("noop").mode("overwrite").save()
    cells = [(row.search, row.cells, row.surroundings) for row in plan.classes]
    return {"peak_mb": watched.peaks, "bound_mb": round(plan.worker_bytes / 1e6), "searches": cells}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("points", nargs="*", metavar="point", help=f"of {', '.join(POINTS)}")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--limit", type=float, default=900, help="seconds after which a point is stopped")
    given = parser.parse_args()
    if unknown := set(given.points) - set(POINTS):
        parser.error(f"no point {', '.join(sorted(unknown))}; there are {', '.join(POINTS)}")
    if given.one:
        print(json.dumps(measure(POINTS[given.points[0]])))
        return
    body = []
    for name in given.points or POINTS:
        point, log = POINTS[name], Path(tempfile.gettempdir()) / "peaks-failed.log"
        found = run.call([sys.executable, "-m", "benchmarks.peaks", name, "--one"], given.limit, log)
        peak = found.get("error") or f"{found['peak_mb']['worker']}"
        print(name, json.dumps(found), file=sys.stderr, flush=True)
        bound = f"{found.get('bound_mb', '')}"
        share = "" if "error" in found else f"{found['peak_mb']['worker'] / found['bound_mb']:.2f}"
        limit = str(point.params.get("maxWorkerMemory", ""))
        width = f"{point.features + point.categories:,}"
        body.append((name, f"{point.rows + point.others:,}", width, limit, peak, bound, share))
    print(table(("point", "rows", "features", "maxWorkerMemory", "worker MB", "bound MB", "share"), body))


if __name__ == "__main__":
    main()
