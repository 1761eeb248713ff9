"""Propensity scores: the probability of a class by logistic regression, as further features of each row.

The scores of a row must be the same on every machine. Sums run in the order of rows or columns. What is left of
rounding, in the exponential function and in the steps of Newton's method, is rounded away.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from spark_smote.kernels.arrays import Matrix
from spark_smote.kernels.synthetic import Rows, Seeds, Synthetic
from spark_smote.kernels.work import Rule

_ROUNDS, _HALVINGS = 100, 40
_ENOUGH = 1e-10
_STEP = 2.0**-20
"""Scores and, relative to the largest, coefficients are multiples of this step."""


@dataclass(frozen=True)
class Propensity:
    """Scores rows by one logistic regression for each of some classes.

    Parameters
    ----------
    coefficients : array of float64, shape (c, d)
    intercepts : array of float64, shape (c,)
    centre, unit : arrays of float64, shape (d,)
        The coefficients are those of ``(x - centre) / unit``.

    Examples
    --------
    >>> one = Propensity(np.array([[1.0]]), np.array([0.0]), np.array([5.0]), np.array([2.0]))
    >>> one(np.array([[5.0], [7.0]])).round(3)
    array([[0.5  ],
           [0.731]])
    """

    coefficients: Matrix
    intercepts: NDArray[np.float64]
    centre: NDArray[np.float64]
    unit: NDArray[np.float64]

    def __call__(self, rows: Matrix) -> Matrix:
        """Returns the scores of rows, shape (n, d) to (n, c)."""
        found = np.empty((len(rows), len(self.intercepts)))
        scaled = standardised(rows, self.centre, self.unit).T
        for index, (own, intercept) in enumerate(zip(self.coefficients, self.intercepts, strict=True)):
            with np.errstate(over="ignore", invalid="ignore"):
                logit = sum((a * column for a, column in zip(own, scaled, strict=True)), np.full(len(rows), intercept))
            found[:, index] = np.rint(logistic(np.nan_to_num(logit)) / _STEP) * _STEP
        return found


def with_scores(number: int, rows: Matrix, *, propensities: Mapping[int, Propensity], scores: int) -> Matrix:
    """Returns rows of a class followed by their scores, of which there may be fewer than ``scores``: (n, d + scores).

    Parameters
    ----------
    number : int
    rows : array of float64, shape (n, d)
    propensities : mapping of class to Propensity
        Rows of other classes have no scores.
    scores : int
    """
    found = np.zeros((len(rows), scores))
    if number in propensities:
        own = propensities[number](rows)
        found[:, : own.shape[1]] = own
    return np.hstack([rows, found])


def without_scores(cell: Rows, seeds: Seeds, k: int, *, rule: Rule, width: int) -> Iterator[Synthetic]:
    """Synthesises rows by another rule, and keeps only their first ``width`` features: the scores are no features."""
    return (replace(made, features=made.features[:, :width]) for made in rule(cell, seeds, k))


def logistic(logit: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns ``1 / (1 + exp(-logit))``, shape (n,), without overflow."""
    power = np.exp(-np.abs(logit))
    return np.asarray(np.where(logit >= 0, 1.0, power) / (1 + power))


def fit(rows: Matrix, own: NDArray[np.bool_], weights: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Fits a logistic regression with the penalty ``|w|^2 / 2``, by Newton's method.

    Parameters
    ----------
    rows : array of float64, shape (n, d)
        About standardised.
    own : array of bool, shape (n,)
        Whether a row is of the class.
    weights : array of float64, shape (n,)
        How many rows each stands for.

    Returns
    -------
    coefficients : array of float64, shape (d,)
    intercept : float

    References
    ----------
    D. R. Cox, "The regression analysis of binary sequences", Journal of the Royal Statistical Society B 20 (1958).
    """
    found = np.zeros(rows.shape[1] + 1)
    if own.all() or not own.any():
        return found[:-1], 0.0
    design, penalty = np.column_stack([rows, np.ones(len(rows))]), np.append(np.ones(rows.shape[1]), 0.0)

    def logit(at: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(sum((a * column for a, column in zip(at, design.T, strict=True)), np.zeros(len(rows))))

    def loss(at: NDArray[np.float64]) -> float:
        wrong = np.where(own, -logit(at), logit(at))
        return float((weights * np.logaddexp(0.0, wrong)).sum() + (penalty * at**2).sum() / 2)

    least = loss(found)
    for _ in range(_ROUNDS):
        score = logistic(logit(found))
        gradient = ((weights * (score - own))[:, None] * design).sum(axis=0) + penalty * found
        # No product of matrices: its rounding depends on the machine. That of the solver only matters on the way.
        hessian = np.einsum("ni,nj->ij", (weights * score * (1 - score))[:, None] * design, design) + np.diag(penalty)
        step = np.linalg.lstsq(hessian, gradient, rcond=None)[0]
        for _ in range(_HALVINGS):
            if (now := loss(found - step)) <= least:
                break
            step = step / 2
        else:
            break
        found, least = found - step, now
        if np.abs(step).max() <= _ENOUGH * max(1.0, np.abs(found).max()):
            break
    unit = _STEP * 2.0 ** int(np.frexp(max(1.0, np.abs(found).max()))[1])
    found = np.rint(found / unit) * unit
    return found[:-1], float(found[-1])


def standards(rows: Matrix, weights: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Returns the weighted mean and standard deviation of each column, 1 of a constant one; shape (n, d) to (d,).

    Examples
    --------
    >>> standards(np.array([[1.0, 5.0], [3.0, 5.0]]), np.array([1.0, 1.0]))
    (array([2., 5.]), array([1., 1.]))
    """
    # Relative to the largest value, so that no square overflows or vanishes.
    largest = np.abs(rows).max(axis=0)
    largest = np.where(largest > 0, largest, 1.0)
    share = (weights / weights.sum())[:, None]
    mean = (share * (rows / largest)).sum(axis=0)
    spread = np.sqrt((share * (rows / largest - mean) ** 2).sum(axis=0)) * largest
    return mean * largest, np.where(spread > 0, spread, 1.0)


def standardised(rows: Matrix, centre: NDArray[np.float64], unit: NDArray[np.float64]) -> Matrix:
    """Returns ``(rows - centre) / unit``, shape (n, d); no difference overflows.

    Examples
    --------
    >>> standardised(np.array([[1.5e308]]), np.array([-1.5e308]), np.array([1e308]))
    array([[3.]])
    """
    with np.errstate(over="ignore"):
        return np.asarray((rows / 2 - centre / 2) / (unit / 2))
