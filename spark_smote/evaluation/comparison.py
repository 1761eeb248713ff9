"""The result of a comparison: each estimator with each method on the same folds, and one sentence of advice."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from spark_smote.core.text_table import table
from spark_smote.errors import ParameterError
from spark_smote.evaluation.advice import Advice, Contender, advise, worded
from spark_smote.evaluation.measures import MEASURES
from spark_smote.evaluation.page import to_html
from spark_smote.ml.scores import METRICS, Array, Scores

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLES: Mapping[str, str] = {**{name: one.title for name, one in MEASURES.items()}, **METRICS}
"""Metrics of comparisons, with their titles in tables."""


def goodness(metric: str, value: Any, prevalence: float) -> Any:
    """Converts values of a metric so that larger is better: the distance from its best value, if it has one.

    Parameters
    ----------
    metric : str
    value : float or array of float
    prevalence : float
        Best value of 'meanProbability'.
    """
    if metric == "expectedCost":
        return -np.asarray(value)
    best = prevalence if metric == "meanProbability" else MEASURES[metric].best
    return np.asarray(value) if best is None else -np.abs(np.asarray(value) - best)


@dataclass(frozen=True)
class Result:
    """Result of one estimator with one method on one fold.

    Parameters
    ----------
    estimator, method : str
        Names, as in the table.
    fold : int
        Number of the fold, from 0, through all repetitions.
    metrics : mapping of str to float
        With a positive class each of :data:`spark_smote.ml.scores.METRICS`, and
        otherwise measures of all classes together; 'expectedCost' if there are
        costs.
    scores : Scores, optional
        Scores of the held-out rows of the fold, if there is a positive class.
    classes : mapping of label to mapping of str to float
        Metrics of each class against all others, if there is no positive class.
    tuned : mapping of str to object
        Values of the sampler's parameters that were chosen on training rows.
    """

    estimator: str
    method: str
    fold: int
    metrics: Mapping[str, float]
    scores: Scores | None = field(default=None, repr=False)
    classes: Mapping[Any, Mapping[str, float]] = field(default_factory=dict, repr=False)
    tuned: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """Result of one estimator with one method on all folds.

    Parameters
    ----------
    estimator, method : str
        Names, as in the table.
    mean, spread : mapping of str to float
        Mean and sample standard deviation of each metric over folds.
    classes : mapping of label to mapping of str to float
        Mean of each metric of each class over folds, if there is no positive class.
    """

    estimator: str
    method: str
    mean: Mapping[str, float]
    spread: Mapping[str, float]
    classes: Mapping[Any, Mapping[str, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Comparison:
    """Result of :func:`spark_smote.evaluation.compare`; ``str`` returns a table
    followed by the advice.

    Parameters
    ----------
    results : tuple of Result
    positive : label, optional
        Class whose probability is evaluated, against all others; None if all
        classes are.
    prevalence : float
        Share of the positive or, without one, of the smallest class in all
        rows.
    folds : int
        Number of folds of each repetition.
    precision : float
        Precision of ``recallAtPrecision``, on (0, 1].
    metric : str
        Metric that decides the advice.
    seconds : float
        Time of the comparison.
    repeats : int
        Number of repetitions with other folds.
    rarest : label, optional
        Class of which the advice may want more rows; by default the positive
        class.
    """

    results: tuple[Result, ...]
    positive: Any
    prevalence: float
    folds: int
    precision: float = 0.5
    metric: str = "auprc"
    seconds: float = 0.0
    repeats: int = 1
    rarest: Any = None

    @cached_property
    def metrics(self) -> dict[str, str]:
        """Titles of the metrics in the results, by name."""
        return {name: TITLES[name] for name in self.results[0].metrics} if self.results else {}

    @cached_property
    def summary(self) -> tuple[Row, ...]:
        """Means and standard deviations over folds, in the order of the results."""
        rows = []
        for estimator, method in dict.fromkeys((one.estimator, one.method) for one in self.results):
            values = {name: self._over_folds(estimator, method, name) for name in self.metrics}
            mean = {name: float(each.mean()) for name, each in values.items()}
            spread = {name: float(each.std(ddof=1)) if len(each) > 1 else 0.0 for name, each in values.items()}
            folds = self._of(estimator, method)
            classes = {
                label: {name: float(np.mean([one.classes[label][name] for one in folds])) for name in found}
                for label, found in folds[0].classes.items()
            }
            rows.append(Row(estimator, method, mean, spread, classes))
        return tuple(rows)

    def pooled(self, estimator: str, method: str) -> Scores:
        """Returns the scores of all folds together.

        Raises
        ------
        ParameterError
            Without a positive class.
        """
        scores = [one.scores for one in self._of(estimator, method) if one.scores is not None]
        if not scores:
            raise ParameterError("a comparison of all classes has no curves; name one class as positive")
        return Scores.together(scores)

    def goodness(self, metric: str, value: Any) -> Any:
        """Converts values of a metric so that larger is better."""
        return goodness(metric, value, self.prevalence)

    @cached_property
    def verdict(self) -> Advice:
        """The advice as data, by :func:`spark_smote.evaluation.advice.advise`."""
        figures: dict[Contender, Array] = {
            (row.estimator, row.method): self.goodness(
                self.metric, self._over_folds(row.estimator, row.method, self.metric)
            )
            for row in self.summary
        }
        ideal = float(self.metric in MEASURES and MEASURES[self.metric].best is None)
        return advise(figures, 1 / (self.folds - 1) if self.folds > 1 else 1.0, ideal)

    @cached_property
    def advice(self) -> str:
        """One sentence: the simplest method that no other one beats by more than chance makes, or why there is none."""
        means = {(row.estimator, row.method): row.mean[self.metric] for row in self.summary}
        return worded(self.verdict, means, TITLES[self.metric], self.positive if self.rarest is None else self.rarest)

    def to_dict(self) -> dict[str, Any]:
        """Returns all fields except the scores, as plain values for JSON."""
        return {
            "positive": self.positive if isinstance(self.positive, str | int | float | None) else str(self.positive),
            "prevalence": self.prevalence,
            "folds": self.folds,
            "repeats": self.repeats,
            "precision": self.precision,
            "metric": self.metric,
            "seconds": self.seconds,
            "advice": self.advice,
            "verdict": asdict(self.verdict),
            "results": [
                {
                    **{"estimator": one.estimator, "method": one.method, "fold": one.fold, **one.metrics},
                    **(
                        {"classes": {str(label): dict(found) for label, found in one.classes.items()}}
                        if one.classes
                        else {}
                    ),
                    **({"tuned": dict(one.tuned)} if one.tuned else {}),
                }
                for one in self.results
            ],
        }

    def to_html(self, path: str | os.PathLike[str], pictures: Iterable[tuple[str, Figure]] = ()) -> None:
        """Writes the comparison as one self-contained HTML file; see
        :func:`spark_smote.evaluation.to_html`.

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
        head = ("estimator", "method", *self.metrics.values())
        body = [
            (
                row.estimator,
                row.method,
                *(f"{row.mean[name]:.3f} ± {row.spread[name]:.3f}" for name in self.metrics),
            )
            for row in self.summary
        ]
        chosen = "all classes" if self.positive is None else f"positive class {self.positive!r}"
        about = (
            f"{chosen}, {self.prevalence:.2%} of the rows; {self._rounds()}; mean ± standard deviation over folds"
            f"{f'; recall at precision {self.precision:g}' if 'recallAtPrecision' in self.metrics else ''}"
        )
        return f"{table(head, body)}\n{self._by_class()}{about}\n{self.advice}"

    def _rounds(self) -> str:
        return f"{self.folds} folds" + (f", {self.repeats} times" if self.repeats > 1 else "")

    def _by_class(self) -> str:
        """The table of the metric of the advice by class, where all classes are measured."""
        measured = [row for row in self.summary if any(self.metric in found for found in row.classes.values())]
        if not measured:
            return ""
        labels = list(measured[0].classes)
        body = [
            (row.estimator, row.method, *(f"{row.classes[label][self.metric]:.3f}" for label in labels))
            for row in measured
        ]
        return f"{table(('estimator', 'method', *(f'class {label}' for label in labels)), body)}\n"

    def _of(self, estimator: str, method: str) -> list[Result]:
        found = [one for one in self.results if (one.estimator, one.method) == (estimator, method)]
        return sorted(found, key=lambda one: one.fold)

    def _over_folds(self, estimator: str, method: str, metric: str) -> Array:
        return np.array([one.metrics[metric] for one in self._of(estimator, method)])
