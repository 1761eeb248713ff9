"""How much each row of a class weighs as a seed: small whole numbers, so that sums of them are exact.

A rule is given a class's rows, how many of their m nearest among all rows are of other classes, and m.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from spark_smote.kernels.arrays import Indices, Matrix


class Weigh(Protocol):
    """Rows of shape (n, d) and their numbers of neighbours of other classes, shape (n,), to weights, shape (n,)."""

    def __call__(self, features: Matrix, others: Indices, m: int) -> Indices: ...


def alike(features: Matrix, others: Indices, m: int) -> Indices:
    """Every row weighs the same: SMOTE."""
    return np.ones(len(others), dtype=np.int64)


def danger(features: Matrix, others: Indices, m: int) -> Indices:
    """1 for rows in danger, ``m/2 <= others < m``, 0 for safe ones and noise.

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
    """The number of neighbours of other classes.

    References
    ----------
    H. He, Y. Bai, E. A. Garcia, S. Li, "ADASYN: adaptive synthetic sampling approach for imbalanced learning", IJCNN
    2008, equation 2.
    """
    return others


@dataclass(frozen=True)
class Accepted:
    """1 for rows with at most so many neighbours of other classes.

    References
    ----------
    J. Lee, N. Kim, J.-H. Lee, "An over-sampling technique with rejection for imbalanced class learning", IMCOM 2015.
    """

    most: int

    def __call__(self, features: Matrix, others: Indices, m: int) -> Indices:
        return (others <= self.most).astype(np.int64)


@dataclass(frozen=True)
class SupportVectors:
    """1 for rows on the wrong side of their class's margin or on it, noise excepted.

    Parameters
    ----------
    vectors : array of float64, shape (v, d)
    duals : array of float64, shape (v,)
        Dual coefficients times labels.
    intercept, gamma : float
        Of a support vector machine with a Gaussian kernel; its decision is positive for the class.
    scale : array of float64, shape (d,), or None
        Units of the features.

    References
    ----------
    H. M. Nguyen, E. W. Cooper, K. Kamei, "Borderline over-sampling for imbalanced data classification", IJKESDP 3
    (2011).
    """

    vectors: Matrix
    duals: NDArray[np.float64]
    intercept: float
    gamma: float
    scale: NDArray[np.float64] | None = None

    def __call__(self, features: Matrix, others: Indices, m: int) -> Indices:
        candidate = others < m
        weights = np.zeros(len(others), dtype=np.int64)
        weights[candidate] = self.decision(features[candidate]) <= 1 + _TOLERANCE
        return weights

    def decision(self, features: Matrix) -> NDArray[np.float64]:
        """The decision function; rows of shape (n, d) to shape (n,)."""
        # Near the origin squares cancel least.
        centre = self.vectors.mean(axis=0)
        vectors, rows = self.vectors - centre, (features if self.scale is None else features / self.scale) - centre
        found, square = np.empty(len(rows)), (vectors**2).sum(axis=1)
        # One row at a time: its value must not depend on the rows beside it, as that of a matrix product may.
        for index, row in enumerate(rows):
            apart = square - 2 * (vectors @ row) + row @ row
            found[index] = np.exp(-self.gamma * np.maximum(apart, 0.0)) @ self.duals + self.intercept
        return found


# Solvers stop when the margin of free support vectors is 1 to within this.
_TOLERANCE = 1e-3
