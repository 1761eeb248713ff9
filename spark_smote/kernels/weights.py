"""Weighing rules: the weight of each row of a class as a seed. Weights are small integers, so their sums are exact.

A rule takes the rows of a class, the number of rows of other classes within the m nearest rows of each, and m.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from spark_smote.kernels.arrays import Indices, Matrix


class Weigh(Protocol):
    """A weighing rule; must be picklable.

    Parameters
    ----------
    features : array of float64, shape (n, d)
        Rows of the class.
    others : array of int64, shape (n,)
        Number of rows of other classes within the m nearest rows of each.
    m : int
        Number of nearest rows.

    Returns
    -------
    array of int64, shape (n,)
        Weights, 0 or more.
    """

    def __call__(self, features: Matrix, others: Indices, m: int) -> Indices: ...


class Measure(Protocol):
    """What a row is weighed by, beside its features: a whole number found by its nearest rows; must be picklable.

    Parameters
    ----------
    number : int
        Number of the class of the rows.
    nearest : array of records, shape (n, m) or wider
        Nearest rows of each row, nearest first: squared distance ``square``, content hash ``key`` and class number
        ``label`` (-1 for none).

    Returns
    -------
    array of int64, shape (n,)
    """

    def __call__(self, number: int, nearest: NDArray[np.void]) -> Indices: ...


def alike(features: Matrix, others: Indices, m: int) -> Indices:
    """Returns weight 1 for every row, as in SMOTE; see :class:`Weigh`.

    Examples
    --------
    >>> alike(np.zeros((2, 1)), np.array([0, 2]), m=4)
    array([1, 1])
    """
    return np.ones(len(others), dtype=np.int64)


def danger(features: Matrix, others: Indices, m: int) -> Indices:
    """Returns 1 for rows in danger, ``m/2 <= others < m``, and 0 for safe rows and noise; see :class:`Weigh`.

    References
    ----------
    H. Han, W.-Y. Wang, B.-H. Mao, "Borderline-SMOTE: a new over-sampling method in imbalanced data sets learning",
    ICIC 2005, section 3, step 2.

    Examples
    --------
    >>> danger(np.zeros((4, 1)), np.array([0, 2, 3, 4]), m=4)
    array([0, 1, 1, 0])
    """
    return ((2 * others >= m) & (others < m)).astype(np.int64)


def difficulty(features: Matrix, others: Indices, m: int) -> Indices:
    """Returns the number of neighbours of other classes, as in ADASYN; see :class:`Weigh`.

    References
    ----------
    H. He, Y. Bai, E. A. Garcia, S. Li, "ADASYN: adaptive synthetic sampling approach for imbalanced learning", IJCNN
    2008, equation 2.

    Examples
    --------
    >>> difficulty(np.zeros((2, 1)), np.array([0, 2]), m=4)
    array([0, 2])
    """
    return others


def scored(features: Matrix, others: Indices, m: int) -> Indices:
    """Returns the scores of rows that planning has weighed; they stand in place of ``others``, see :class:`Weigh`.

    Examples
    --------
    >>> scored(np.zeros((2, 0)), np.array([0, 7]), m=1)
    array([0, 7])
    """
    return others


@dataclass(frozen=True)
class Accepted:
    """Weighs rows 1 if they have at most ``most`` neighbours of other classes, otherwise 0.

    Parameters
    ----------
    most : int
        Upper bound on the number of neighbours of other classes.

    References
    ----------
    J. Lee, N. Kim, J.-H. Lee, "An over-sampling technique with rejection for imbalanced class learning", IMCOM 2015.

    Examples
    --------
    >>> Accepted(1)(np.zeros((3, 1)), np.array([0, 1, 2]), m=4)
    array([1, 1, 0])
    """

    most: int

    def __call__(self, features: Matrix, others: Indices, m: int) -> Indices:
        return (others <= self.most).astype(np.int64)


@dataclass(frozen=True)
class SupportVectors:
    """Weighs support vectors 1: rows on the margin of their class or on its wrong side, except noise.

    Parameters
    ----------
    vectors : array of float64, shape (v, d)
        Support vectors, in units of distance.
    duals : array of float64, shape (v,)
        Dual coefficients times labels.
    intercept, gamma : float
        Intercept, and coefficient of the Gaussian kernel, of a support vector machine whose decision is positive for
        the class.
    scale : array of float64, shape (d,), float, or None
        Unit of distance of each feature.

    References
    ----------
    H. M. Nguyen, E. W. Cooper, K. Kamei, "Borderline over-sampling for imbalanced data classification", IJKESDP 3
    (2011).
    """

    vectors: Matrix
    duals: NDArray[np.float64]
    intercept: float
    gamma: float
    scale: NDArray[np.float64] | float | None = None

    def __call__(self, features: Matrix, others: Indices, m: int) -> Indices:
        candidate = others < m
        weights = np.zeros(len(others), dtype=np.int64)
        weights[candidate] = self.decision(features[candidate]) <= 1 + _TOLERANCE
        return weights

    def decision(self, features: Matrix) -> NDArray[np.float64]:
        """Returns the decision function of rows, shape (n, d) to (n,)."""
        # Near the origin squares cancel least.
        centre = self.vectors.mean(axis=0)
        vectors, rows = self.vectors - centre, (features if self.scale is None else features / self.scale) - centre
        found, square = np.empty(len(rows)), (vectors**2).sum(axis=1)
        # One row at a time: with a matrix product the value of a row could depend on the other rows.
        for index, row in enumerate(rows):
            apart = square - 2 * (vectors @ row) + row @ row
            found[index] = np.exp(-self.gamma * np.maximum(apart, 0.0)) @ self.duals + self.intercept
        return found


# Tolerance of the solver for the margin of free support vectors, which is 1.
_TOLERANCE = 1e-3
