"""The result of a comparison: each estimator with each method on the same folds, and one sentence of advice."""

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
"""Methods without resampling."""
CORRECTED = ", corrected"
"""Suffix of a method whose probabilities are corrected for the true class shares."""


@dataclass(frozen=True)
class Result:
    """Result of one estimator with one method on one fold.

    Parameters
    ----------
    estimator, method : str
        Names, as in the table.
    fold : int
        Number of the fold, from 0.
    metrics : mapping of str to float
        Value of each of :data:`METRICS`.
    scores : Scores
        Scores of the held-out rows of the fold.
    """

    estimator: str
    method: str
    fold: int
    metrics: Mapping[str, float]
    scores: Scores = field(repr=False)


@dataclass(frozen=True)
class Row:
    """Result of one estimator with one method on all folds.

    Parameters
    ----------
    estimator, method : str
        Names, as in the table.
    mean, spread : mapping of str to float
        Mean and sample standard deviation, over folds, of each of :data:`METRICS`.
    """

    estimator: str
    method: str
    mean: Mapping[str, float]
    spread: Mapping[str, float]


@dataclass(frozen=True)
class Comparison:
    """Result of :func:`spark_smote.evaluation.compare`; ``str`` returns a table followed by the advice.

    Parameters
    ----------
    results : tuple of Result
    positive : label
        Class whose probability is evaluated, against all others.
    prevalence : float
        Share of the positive class in all rows.
    folds : int
        Number of folds.
    precision : float
        Precision of ``recallAtPrecision``, on (0, 1].
    metric : str
        Metric that decides the advice.
    seconds : float
        Time of the comparison.
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
        """Means and standard deviations over folds, in the order of the results."""
        rows = []
        for estimator, method in dict.fromkeys((one.estimator, one.method) for one in self.results):
            values = {name: self._over_folds(estimator, method, name) for name in METRICS}
            mean = {name: float(each.mean()) for name, each in values.items()}
            spread = {name: float(each.std(ddof=1)) if len(each) > 1 else 0.0 for name, each in values.items()}
            rows.append(Row(estimator, method, mean, spread))
        return tuple(rows)

    def pooled(self, estimator: str, method: str) -> Scores:
        """Returns the scores of all folds together."""
        return Scores.together([one.scores for one in self._of(estimator, method)])

    def goodness(self, metric: str, value: Any) -> Any:
        """Converts values of a metric so that larger is better."""
        ideal = {"brier": 0.0, "calibrationSlope": 1.0, "meanProbability": self.prevalence}
        return -np.abs(np.asarray(value) - ideal[metric]) if metric in ideal else np.asarray(value)

    @cached_property
    def advice(self) -> str:
        """One sentence that says whether the best method with resampling beats the best one without.

        The difference must exceed twice its standard error over folds, corrected for shared training rows (C. Nadeau,
        Y. Bengio, "Inference for the generalization error", Machine Learning 52, 2003).
        """
        resampled = [row for row in self.summary if row.method not in RIVALS]
        plain = [row for row in self.summary if row.method in RIVALS]
        if not resampled or not plain:
            return "Nothing to advise: give samplers to compare."
        best, rival = self._best(resampled), self._best(plain)
        of_best, of_rival = (self._over_folds(row.estimator, row.method, self.metric) for row in (best, rival))
        difference = self.goodness(self.metric, of_best) - self.goodness(self.metric, of_rival)
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
        """Returns all fields except the scores, as plain values for JSON."""
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
        """Writes the comparison as one self-contained HTML file; see :func:`spark_smote.evaluation.to_html`.

        Parameters
        ----------
        path : str or path
            A local file, in an existing folder.
        pictures : iterable of (str, matplotlib.figure.Figure)
            Captions and figures to add to the curves.

        Raises
        ------
        MissingExtraError
            If matplotlib or Jinja2 is not installed.
        ParameterError
            If the path cannot be written.
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
