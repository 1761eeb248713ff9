"""The result of a comparison of regressors: the errors of each with each method on the same folds, and advice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from spark_smote.core.text_table import table

NOTHING, WEIGHTS = "nothing", "relevance weights"
PLAIN = (NOTHING, WEIGHTS)
"""Methods without resampling."""
ERRORS = {"sera": "SERA", "mae": "MAE", "rmse": "RMSE", "rareMae": "MAE, rare", "rareRmse": "RMSE, rare"}
"""Errors over a fold; smaller is better."""


@dataclass(frozen=True)
class BumpErrors:
    """The errors of a model in one bump of the target on one fold.

    Parameters
    ----------
    bump : int
    rare : bool
    rows : int
    mae, rmse : float
        In units of the target.
    sera : float
        The bump's part of the squared error-relevance area, in squared units of the target.
    """

    bump: int
    rare: bool
    rows: int
    mae: float
    rmse: float
    sera: float


@dataclass(frozen=True)
class FoldErrors:
    """The errors of one estimator with one method on one fold.

    Parameters
    ----------
    estimator, method : str
        Names, as in the table.
    fold : int
        Number of the fold, from 0.
    bumps : tuple of BumpErrors
    """

    estimator: str
    method: str
    fold: int
    bumps: tuple[BumpErrors, ...]

    @cached_property
    def errors(self) -> Mapping[str, float]:
        """Value of each of :data:`ERRORS`; NaN for those of rare rows where the fold has none."""
        rare = [one for one in self.bumps if one.rare]
        return {
            "sera": sum(one.sera for one in self.bumps),
            **dict(zip(("mae", "rmse"), _means(self.bumps), strict=True)),
            **dict(zip(("rareMae", "rareRmse"), _means(rare), strict=True)),
        }


@dataclass(frozen=True)
class RegressionComparison:
    """Result of :func:`spark_smote.evaluation.compare_regression`; ``str``
    returns a table followed by the advice.

    Parameters
    ----------
    results : tuple of FoldErrors
    relevance : list of (float, float) or (float, float, float)
        Control points of the relevance by which the errors are weighed.
    bumps : tuple of str
        The bumps of the target in words.
    folds : int
        Number of folds.
    metric : str
        Error that decides the advice, of :data:`ERRORS`.
    seconds : float
        Time of the comparison.
    """

    results: tuple[FoldErrors, ...]
    relevance: list[tuple[float, ...]]
    bumps: tuple[str, ...]
    folds: int
    metric: str = "sera"
    seconds: float = 0.0

    def over_folds(self, estimator: str, method: str, metric: str) -> np.ndarray[Any, Any]:
        """An error of each fold, in their order.

        Parameters
        ----------
        estimator, method : str
        metric : str
            Of :data:`ERRORS`.

        Returns
        -------
        array of float64, shape (folds,)
        """
        return np.array([one.errors[metric] for one in self._of(estimator, method)])

    @property
    def methods(self) -> list[tuple[str, str]]:
        """Estimators and methods, in the order of the results."""
        return list(dict.fromkeys((one.estimator, one.method) for one in self.results))

    @cached_property
    def advice(self) -> str:
        """One sentence that says whether the best method with resampling beats the best one without.

        The difference must exceed twice its standard error over folds, corrected for shared training rows (C. Nadeau,
        Y. Bengio, "Inference for the generalization error", Machine Learning 52, 2003).
        """
        resampled, plain = ([one for one in self.methods if (one[1] in PLAIN) is of] for of in (False, True))
        if not resampled or not plain:
            return "Nothing to advise: give samplers to compare."
        best, rival = (min(of, key=lambda one: self._mean(one, self.metric)) for of in (resampled, plain))
        gains = self.over_folds(*rival, self.metric) - self.over_folds(*best, self.metric)
        gain, k = float(gains.mean()), len(gains)
        noise = float(np.sqrt(gains.var(ddof=1) * (1 / k + 1 / (k - 1))))
        unit, before, after = ERRORS[self.metric], self._mean(rival, "mae"), self._mean(best, "mae")
        figures = (
            f"the best with resampling ({', '.join(best)}) has {unit} {self._mean(best, self.metric):.4g}, the best "
            f"without ({', '.join(rival)}) {self._mean(rival, self.metric):.4g}"
        )
        if gain > 2 * noise:
            return (
                f"Oversample: {figures}, and the gain of {gain:.4g} is more than chance makes ({2 * noise:.4g}); the "
                f"MAE of all rows goes from {before:.4g} to {after:.4g}."
            )
        return f"Do not oversample: {figures}; only a gain of more than {2 * noise:.4g} could be told from chance."

    def to_dict(self) -> dict[str, Any]:
        """All fields as plain values for JSON."""
        return {
            "relevance": [list(point) for point in self.relevance],
            "bumps": list(self.bumps),
            "folds": self.folds,
            "metric": self.metric,
            "seconds": self.seconds,
            "advice": self.advice,
            "results": [
                {
                    "estimator": one.estimator,
                    "method": one.method,
                    "fold": one.fold,
                    **one.errors,
                    "bumps": [vars(bump) for bump in one.bumps],
                }
                for one in self.results
            ],
        }

    def __str__(self) -> str:
        numbers = sorted({bump.bump for one in self.results for bump in one.bumps})
        heads = [f"{name.upper()}, bump {number}" for name in ("mae", "rmse") for number in numbers]
        body = []
        for estimator, method in self.methods:
            own = self._of(estimator, method)
            cells = [[one.errors[name] for one in own] for name in ("sera", "mae", "rmse")]
            cells += [
                [getattr(bump, name) for one in own for bump in one.bumps if bump.bump == number]
                for name in ("mae", "rmse")
                for number in numbers
            ]
            body.append((estimator, method, *(f"{np.mean(of):.4g} ± {np.std(of, ddof=1):.2g}" for of in cells)))
        shown = table(("estimator", "method", "SERA", "MAE", "RMSE", *heads), body)
        about = f"{self.folds} folds; mean ± standard deviation over folds; SERA is a sum over the rows of a fold"
        return "\n".join([shown, *self.bumps, about, self.advice])

    def _of(self, estimator: str, method: str) -> list[FoldErrors]:
        found = [one for one in self.results if (one.estimator, one.method) == (estimator, method)]
        return sorted(found, key=lambda one: one.fold)

    def _mean(self, one: tuple[str, str], metric: str) -> float:
        return float(self.over_folds(*one, metric).mean())


def _means(bumps: Any) -> tuple[float, float]:
    """Mean absolute and root mean squared error over the rows of bumps."""
    rows = sum(one.rows for one in bumps)
    if not rows:
        return float("nan"), float("nan")
    squares = sum(one.rows * one.rmse**2 for one in bumps)
    return sum(one.rows * one.mae for one in bumps) / rows, float(np.sqrt(squares / rows))
