"""Samples and comparisons made up for the tests of pictures and pages, without Spark."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from spark_smote.core.plan import ClassPlan, Plan
from spark_smote.evaluation import Comparison, Result
from spark_smote.evaluation.plots import ClassSample, Sample
from spark_smote.ml.scores import Scores

# With a pair of dollars, which matplotlib would read as a formula.
HOSTILE = r"$\frac{$ <script>alert(1)</script>"

PLAN = Plan(
    (
        ClassPlan("ok", rows=1000, to_remove=100, surroundings="exact", surroundings_recall=1.0),
        ClassPlan(HOSTILE, rows=50, to_synthesise=850, search="lsh", recall=0.953, seeds=50, neighbours=5, cells=3),
    ),
    {"survey": 1.25, "search": 2.5},
    None,
)


def of_class(
    label: object, width: int, rows: int = 40, made: int = 60, categories: int = 0, at: float = 0.0
) -> ClassSample:
    """Synthetic rows half-way between two real rows."""
    rng = np.random.default_rng(len(str(label)))
    real = rng.normal(at, size=(rows, width))
    seeds, neighbours = real[rng.integers(rows, size=made)], real[rng.integers(rows, size=made)]
    levels = rng.choice(np.array(["a", "b", None], dtype=object), size=(rows, categories))
    chosen = levels[rng.integers(rows, size=made)]
    return ClassSample(label, 10 * rows, 10 * made, real, (seeds + neighbours) / 2, seeds, neighbours, levels, chosen)


def seen(width: int, labels: Iterable[object] = ("fraud",), categories: int = 0) -> Sample:
    classes = tuple(of_class(label, width, categories=categories, at=2.0 * i) for i, label in enumerate(labels))
    others = np.random.default_rng(9).normal(5.0, size=(80, width))
    names = tuple(f"x{i}" for i in range(width))
    return Sample(classes, others, names, (False,) * width, tuple(f"c{i}" for i in range(categories)))


def scores(seed: int, boldness: float) -> Scores:
    rng = np.random.default_rng(seed)
    probability = np.sort(rng.random(60)) ** boldness
    positives = (rng.random(60) < 0.3 * (np.arange(60) > 30)).astype(float)
    return Scores(probability, positives, 1.0 - positives)


def compared(estimators: Iterable[str] = ("logistic regression", "trees"), folds: int = 3) -> Comparison:
    """A comparison in which 'best threshold' has the scores of 'nothing', as in real comparisons."""
    results = []
    for estimator in estimators:
        for fold in range(folds):
            for method, boldness in (("nothing", 3.0), ("best threshold", 3.0), ("SMOTE", 1.0)):
                found = scores(fold + 10 * len(estimator), boldness)
                results.append(Result(estimator, method, fold, found.metrics(0.5), found))
    return Comparison(tuple(results), HOSTILE, 0.15, folds, seconds=12.0)
