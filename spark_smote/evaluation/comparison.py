"""Whether resampling helped: each estimator with each method on the same folds, and one sentence of advice."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from spark_smote.core.text_table import table
from spark_smote.evaluation.page import to_html
from spark_smote.ml.scores import METRICS, Array, Scores

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NOTHING, THRESHOLD, WEIGHTS = "nothing", "best threshold", "class weights"
RIVALS = (NOTHING, THRESHOLD, WEIGHTS)
"""What can be done without resampling."""
CORRECTED = ", corrected"
"""Ends the name of a method whose probabilities were brought back to the true class shares."""


@dataclass(frozen=True)
class Result:
    """One estimator with one method on one fold.

    Parameters
    ----------
    estimator, method : str
    fold : int
        From 0.
    metrics : mapping of str to float
        By the names of :data:`METRICS`.
    scores : Scores
        Of the rows of the fold, which no fit has seen.
    """

    estimator: str
    method: str
    fold: int
    metrics: Mapping[str, float]
    scores: Scores = field(repr=False)


@dataclass(frozen=True)
class Row:
    """One estimator with one method on all folds.

    Parameters
    ----------
    estimator, method : str
    mean, spread : mapping of str to float
        Mean and standard deviation (of the sample) over folds of each of :data:`METRICS`.
    """

    estimator: str
    method: str
    mean: Mapping[str, float]
    spread: Mapping[str, float]


@dataclass(frozen=True)
class Comparison:
    """What :func:`spark_smote.evaluation.compare` found; ``str`` of it is a table with the advice below.

    Parameters
    ----------
    results : tuple of Result
    positive : label
        The class whose probability is judged, against all others.
    prevalence : float
        Its share of all rows.
    folds : int
    precision : float
        That ``recallAtPrecision`` asks for.
    metric : str
        That the advice goes by.
    seconds : float
    """

    results: tuple[Result, ...]
    positive: Any
    prevalence: float
    folds: int
    precision: float = 0.5
    metric: str = "auprc"
    seconds: float = 0.0

    @cached_property
    def summary(self) -> tuple[Row, ...]:
        """Mean and spread over folds, in the order of the results."""
        rows = []
        for estimator, method in dict.fromkeys((one.estimator, one.method) for one in self.results):
            values = {name: self._over_folds(estimator, method, name) for name in METRICS}
            mean = {name: float(each.mean()) for name, each in values.items()}
            spread = {name: float(each.std(ddof=1)) if len(each) > 1 else 0.0 for name, each in values.items()}
            rows.append(Row(estimator, method, mean, spread))
        return tuple(rows)

    def pooled(self, estimator: str, method: str) -> Scores:
        """Scores of all folds together."""
        return Scores.together([one.scores for one in self._of(estimator, method)])

    def goodness(self, metric: str, value: Any) -> Any:
        """A metric's value or values, turned so that more is better."""
        ideal = {"brier": 0.0, "calibrationSlope": 1.0, "meanProbability": self.prevalence}
        return -np.abs(np.asarray(value) - ideal[metric]) if metric in ideal else np.asarray(value)

    @cached_property
    def advice(self) -> str:
        """One sentence: whether the best that resampling reached is better than the best without it.

        Better means by more than twice the standard error of the difference over folds, corrected for folds that share
        their training rows (C. Nadeau, Y. Bengio, "Inference for the generalization error", Machine Learning 52, 2003).
        """
        resampled = [row for row in self.summary if row.method not in RIVALS]
        plain = [row for row in self.summary if row.method in RIVALS]
        if not resampled or not plain:
            return "Nothing to advise: give samplers to compare with doing nothing."
        best, rival = self._best(resampled), self._best(plain)
        difference = self.goodness(self.metric, self._over_folds(best.estimator, best.method, self.metric))
        difference = difference - self.goodness(
            self.metric, self._over_folds(rival.estimator, rival.method, self.metric)
        )
        gain = float(difference.mean())
        k = len(difference)
        noise = float(np.sqrt(difference.var(ddof=1) * (1 / k + 1 / (k - 1)))) if k > 1 else float("inf")
        unit = METRICS[self.metric]
        figures = (
            f"the best with resampling ({best.estimator}, {best.method}) reaches {unit} {best.mean[self.metric]:.3f}, "
            f"the best without ({rival.estimator}, {rival.method}) {rival.mean[self.metric]:.3f}"
        )
        if gain > 2 * noise:
            return f"Oversample: {figures}, and the gain of {gain:.3f} is more than chance makes ({2 * noise:.3f})."
        return f"Do not oversample: {figures}; only a gain of more than {2 * noise:.3f} could be told from chance."

    def to_dict(self) -> dict[str, Any]:
        """All but the scores, as plain values for JSON."""
        return {
            "positive": self.positive if isinstance(self.positive, str | int | float) else str(self.positive),
            "prevalence": self.prevalence,
            "folds": self.folds,
            "precision": self.precision,
            "metric": self.metric,
            "seconds": self.seconds,
            "advice": self.advice,
            "results": [
                {"estimator": one.estimator, "method": one.method, "fold": one.fold, **one.metrics}
                for one in self.results
            ],
        }

    def to_html(self, path: str | os.PathLike[str], pictures: Iterable[tuple[str, Figure]] = ()) -> None:
        """Write it as one HTML file that needs nothing else; see :func:`spark_smote.evaluation.to_html`.

        Parameters
        ----------
        path : str or path
            A file on this machine, in a folder that exists.
        pictures : iterable of (str, matplotlib.figure.Figure)
            Captions and figures to add to its own curves.

        Raises
        ------
        MissingExtraError
            Without matplotlib and Jinja2.
        ParameterError
            For a path that cannot be written.
        """
        to_html(path, comparison=self, pictures=pictures)

    def __str__(self) -> str:
        head = ("estimator", "method", *METRICS.values())
        body = [
            (
                row.estimator,
                row.method,
                *(f"{row.mean[name]:.3f} ± {row.spread[name]:.3f}" for name in METRICS),
            )
            for row in self.summary
        ]
        about = (
            f"positive class {self.positive!r}, {self.prevalence:.2%} of the rows; {self.folds} folds; mean ± standard "
            f"deviation over folds; recall at precision {self.precision:g}"
        )
        return f"{table(head, body)}\n{about}\n{self.advice}"

    def _of(self, estimator: str, method: str) -> list[Result]:
        found = [one for one in self.results if (one.estimator, one.method) == (estimator, method)]
        return sorted(found, key=lambda one: one.fold)

    def _over_folds(self, estimator: str, method: str, metric: str) -> Array:
        return np.array([one.metrics[metric] for one in self._of(estimator, method)])

    def _best(self, rows: list[Row]) -> Row:
        return max(rows, key=lambda row: float(self.goodness(self.metric, row.mean[self.metric])))
