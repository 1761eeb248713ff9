"""Compares the gain of classifiers of several labels from our samplers and from their papers' algorithms.

    python -m benchmarks.multi_label --results multi_label.csv
    python -m benchmarks.multi_label --results multi_label.csv --only-table --into docs/multi-label.md

No package of PyPI is known to have these samplers; the references are the papers' algorithms, row by row in NumPy. All
sides resample the same training rows; models are judged on the same test rows. README.md explains the figures.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pyspark.sql import SparkSession
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import KFold
from sklearn.multiclass import OneVsRestClassifier
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors
from sklearn.preprocessing import StandardScaler

import spark_smote
from benchmarks import rdata
from benchmarks.set_runs import add_arguments, command
from benchmarks.tables import Row
from spark_smote.core.registry import MULTI_LABEL, samplers
from spark_smote.kernels.label_measures import mean_ratio, ratios

Matrix = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]
Made = tuple[Matrix, Labels]

OURS, PAPER, NOTHING, WEIGHTS = "spark_smote", "the paper, NumPy", "nothing", "class weights"
MEASURES = ["micro", "macro"]
MARK = "multi-label"
COLUMNS = ["set", "fold", "model", "sampler", "side", *MEASURES]
SHARE = 0.25


def movies() -> tuple[pd.DataFrame, list[str]]:
    """Genres of the films with a known budget, by year, length, budget and votes."""
    genres = ["Action", "Animation", "Comedy", "Drama", "Documentary", "Romance", "Short"]
    table = rdata.read("ggplot2/movies").dropna(subset=["budget"])
    numbers = ["year", "length", "budget", "rating", "votes", *(f"r{place}" for place in range(1, 11))]
    return table[[*numbers, *genres]], genres


def infections() -> tuple[pd.DataFrame, list[str]]:
    """Symptoms of patients with a sexually transmitted disease."""
    symptoms = ["abdpain", "discharge", "dysuria", "itch", "lesion", "rash", "lymph"]
    table = rdata.read("KMsurv/std")
    numbers = [
        "age",
        "yschool",
        "iinfct",
        "npartner",
        "os12m",
        "rs12m",
        "condom",
        "vagina",
        "dchexam",
        "abnode",
        "time",
    ]
    return table[[*numbers, *symptoms]], symptoms


def houses() -> tuple[pd.DataFrame, list[str]]:
    """What a house has, by price and size: labels made of six columns of the table."""
    has = ["driveway", "recroom", "fullbase", "gashw", "airco", "prefarea"]
    table = rdata.read("Ecdat/Housing")
    return table.assign(**{name: (table[name] == "yes").astype(int) for name in has}), has


SETS: Mapping[str, Callable[[], tuple[pd.DataFrame, list[str]]]] = {
    "film genres": movies,
    "symptoms": infections,
    "houses": houses,
}


def split(name: str, folds: int) -> Iterator[tuple[int, Made, Made]]:
    table, labels = SETS[name]()
    rows, marks = table.drop(columns=labels).to_numpy(np.float64), table[labels].to_numpy(np.int64)
    for number, (train, test) in enumerate(KFold(folds, shuffle=True, random_state=0).split(rows)):
        scaler = StandardScaler().fit(rows[train])
        yield number, (scaler.transform(rows[train]), marks[train]), (scaler.transform(rows[test]), marks[test])


def ours(spark: SparkSession, name: str, made: Made, seed: int) -> Made:
    inputs, labels = ([f"{kind}{place}" for place in range(of.shape[1])] for kind, of in zip("xy", made, strict=True))
    frame = pd.DataFrame(made[0], columns=inputs).join(pd.DataFrame(made[1], columns=labels))
    sampler = getattr(spark_smote, name)(labelCol=labels, seed=seed)
    if sampler.hasParam("inputCols"):
        sampler.setParams(inputCols=inputs, shrinkK=True)
    else:
        sampler.setShare(SHARE)
    done = sampler.resample(spark.createDataFrame(frame)).toPandas()
    return done[inputs].to_numpy(np.float64), done[labels].to_numpy(np.int64)


def rates(marks: Labels) -> tuple[Matrix, float]:
    """IRLbl of each label, and MeanIR."""
    found = ratios(dict(enumerate(marks.sum(axis=0).tolist())))
    return np.array(list(found.values())), mean_ratio(found.values())


def mlsmote(made: Made, seed: int) -> Made:
    """Algorithm 1 of Charte 2015, with the ranking of labels."""
    rng, (rows, marks) = np.random.default_rng(seed), made
    each, mean = rates(marks)
    new_rows, new_marks = [rows], [marks]
    for label in np.flatnonzero(each > mean):
        bag = np.flatnonzero(marks[:, label])
        k = min(5, len(bag) - 1)
        near = NearestNeighbors(n_neighbors=k + 1).fit(rows[bag]).kneighbors(rows[bag], return_distance=False)
        for own, others in zip(bag, near, strict=True):
            others = bag[others[bag[others] != own][:k]]
            other = rng.choice(others)
            new_rows.append((rows[own] + rng.random() * (rows[other] - rows[own]))[None])
            new_marks.append((marks[[own, *others]].sum(axis=0) * 2 >= k + 1).astype(np.int64)[None])
    return np.concatenate(new_rows), np.concatenate(new_marks)


def bagged(made: Made, seed: int, sign: int) -> Made:
    """Algorithms of ML-ROS (``sign`` 1) and ML-RUS (-1): a row of each bag in turn, until there are enough."""
    rng, (rows, marks) = np.random.default_rng(seed), made
    each, mean = rates(marks)
    left, taken, counts = int(SHARE * len(rows)), list[int](), marks.sum(axis=0)
    bags = {label: np.flatnonzero(marks[:, label]) for label in np.flatnonzero(sign * each > sign * mean)}
    while left > 0 and bags:
        for label in list(bags):
            if sign < 0:
                bags[label] = np.setdiff1d(bags[label], taken)
            if left <= 0 or not len(bags[label]):
                del bags[label]
                continue
            taken.append(int(rng.choice(bags[label])))
            counts = counts + sign * marks[taken[-1]]
            left -= 1
            if sign * counts.max() / counts[label] <= sign * mean:
                del bags[label]
    if sign < 0:
        stay = np.setdiff1d(np.arange(len(rows)), taken)
        return rows[stay], marks[stay]
    return np.concatenate([rows, rows[taken]]), np.concatenate([marks, marks[taken]])


REFERENCES: Mapping[str, Callable[[Made, int], Made]] = {
    "MLSMOTE": mlsmote,
    "MLROS": lambda made, seed: bagged(made, seed, 1),
    "MLRUS": lambda made, seed: bagged(made, seed, -1),
}


def scores(made: Made, test: Made, seed: int, weights: str | None = None) -> Iterator[dict[str, Any]]:
    """Yields the F1 of each model on the test rows; they do not depend on the order of the training rows."""
    order = np.lexsort([*made[1].T, *made[0].T])
    models = (
        RandomForestClassifier(random_state=seed, class_weight=weights),
        KNeighborsClassifier(),
        OneVsRestClassifier(LogisticRegression(max_iter=1000, class_weight=weights)),
    )
    for model in models:
        guess = model.fit(made[0][order], made[1][order]).predict(test[0])
        figures = {one: f1_score(test[1], guess, average=one, zero_division=0.0) for one in MEASURES}
        yield {"model": type(model).__name__} | figures


def run(spark: SparkSession, name: str, options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """The scores of one set."""
    for fold, train, test in split(name, options.folds):
        sides: list[tuple[str, str, Made, str | None]] = [
            (NOTHING, NOTHING, train, None),
            (WEIGHTS, WEIGHTS, train, "balanced"),
        ]
        for sampler in samplers([MULTI_LABEL]):
            started = time.perf_counter()
            sides.append((sampler, OURS, ours(spark, sampler, train, fold), None))
            print(f"{name}, fold {fold}, {sampler}: {time.perf_counter() - started:.1f} s", flush=True)
            if sampler in REFERENCES:
                sides.append((sampler, PAPER, REFERENCES[sampler](train, fold), None))
        for sampler, side, made, weights in sides:
            for one in scores(made, test, fold, weights):
                yield {"set": name, "fold": fold, "sampler": sampler, "side": side} | one


def table(frame: pd.DataFrame) -> Iterator[Row]:
    """Means over folds and models."""
    yield "set", "sampler", "by", "micro F1", "macro F1"
    for (name, sampler, side), own in frame.groupby(["set", "sampler", "side"], sort=False):
        by = "" if sampler == side else str(side)
        yield str(name), str(sampler), by, *(f"{one:.3f}" for one in own[MEASURES].mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_arguments(parser, MARK, list(SETS))
    command(parser.parse_args(), MARK, COLUMNS, run, table)


if __name__ == "__main__":
    main()
