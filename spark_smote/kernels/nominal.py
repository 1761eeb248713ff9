"""Distances of categories: the number of mismatches, and the value difference metric.

A category is represented by its code, a hash of its value that fits in a double. There is no one-hot encoding.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from spark_smote.kernels import draws
from spark_smote.kernels.arrays import Indices, Matrix, in_order

_SIGNS = 16
"""Number of coordinates that embed one category."""
_SIGNS_KEY = (20020601, 0)


@dataclass(frozen=True)
class Mismatch:
    """Distance of SMOTE-NC: every column in which two rows differ adds ``step ** 2`` to their squared distance.

    Parameters
    ----------
    columns : int
        Number of categorical columns.
    step : float
        Distance of two rows that differ in one column; with 0, categories do not count.
    weights : tuple of float
        Factor of each column's contribution; empty if all are 1.

    References
    ----------
    N. V. Chawla et al., "SMOTE: synthetic minority over-sampling technique", JAIR 16 (2002), section 6.1.

    Examples
    --------
    >>> Mismatch(2, step=0.5).pairs(np.array([[7.0, 1.0]]), np.array([[7.0, 3.0]]))
    array([0.25])
    """

    columns: int
    step: float
    weights: tuple[float, ...] = ()

    @property
    def reach(self) -> float:
        """Order of magnitude of the distance of two categories."""
        return float(self.step * np.sqrt(max(self.weights, default=1.0)))

    def over(self, unit: float) -> Mismatch:
        """Returns the same distance in another unit."""
        return replace(self, step=self.step / unit)

    def prepare(self, codes: Matrix) -> Matrix:
        """Returns the codes to compare, shape (n, c); zeros if categories do not count."""
        counting = self.step * np.array(self.weights or np.ones(self.columns)) > 0
        return codes if counting.all() else np.where(counting, codes, 0.0)

    def block(self, points: Matrix, rows: Matrix) -> Matrix:
        """Returns squared distances of all points, shape (q, c), and all rows, shape (c, n): shape (q, n)."""
        if self.weights:
            total = np.zeros((len(points), rows.shape[1]))
            for weight, values, column in zip(self.weights, points.T, rows, strict=True):
                total += (values[:, None] != column) * (weight * self.step**2)
            return total
        differing = np.zeros((len(points), rows.shape[1]), dtype=np.uint8 if len(rows) < 256 else np.uint32)
        for values, column in zip(points.T, rows, strict=True):
            differing += (values[:, None] != column).view(np.uint8)
        return np.multiply(differing, self.step**2, dtype=np.float64)

    def pairs(self, points: Matrix, rows: Matrix) -> Matrix:
        """Returns squared distances of pairs of a point and a row, both of shape (m, c): shape (m,)."""
        if self.weights:
            # Summed column by column, as in block: both must return the same distance to the last bit.
            return in_order((points != rows).T * (np.array(self.weights)[:, None] * self.step**2))
        return np.asarray((points != rows).sum(axis=1) * self.step**2)

    def embed(self, codes: Matrix) -> Matrix:
        """Returns coordinates whose squared distances equal these distances in expectation, shape (n, c) to (n, e).

        The bits of the code, which is a hash, map a category to a corner of a cube.

        References
        ----------
        D. Achlioptas, "Database-friendly random projections", JCSS 66 (2003).
        """
        signs = _signs(codes.astype(np.int64)) * (self.step / np.sqrt(2 * _SIGNS))
        return (signs * np.sqrt(self.weights)[:, None] if self.weights else signs).reshape(len(codes), -1)


@dataclass(frozen=True)
class Levels:
    """Categories of one column, and the shares of the classes in the rows of each category.

    Categories with equal shares have distance 0 in the value difference metric; they have one profile.

    Parameters
    ----------
    codes : array of float64, shape (l,)
        Codes of the categories, ascending.
    profile : array of int64, shape (l,)
        Number of the profile of each category.
    shares : array of float64, shape (p, c)
        Share of each class in each profile, times the root of the column's weight.
    points : array of float64, shape (p, e)
        Coordinates of each profile, for :meth:`ValueDifference.embed`.
    """

    codes: Matrix
    profile: Indices
    shares: Matrix
    points: Matrix

    @classmethod
    def of(cls, codes: Matrix, classes: Indices, counts: Indices, of_classes: int, weight: float = 1.0) -> Levels:
        """Builds the levels from the numbers of rows of each code and class.

        Parameters
        ----------
        codes : array of float64, shape (m,)
        classes : array of int64, shape (m,)
            Class numbers.
        counts : array of int64, shape (m,)
            Number of rows.
        of_classes : int
            Number of classes.
        weight : float
            Factor of the column's contribution to squared distances, from 0 to 1.
        """
        levels, level = np.unique(codes, return_inverse=True)
        rows = np.zeros((len(levels), of_classes))
        np.add.at(rows, (level, classes), counts)
        shares = rows / rows.sum(axis=1, keepdims=True) * np.sqrt(weight)
        shares, profile = np.unique(shares, axis=0, return_inverse=True)
        points = np.sqrt(2) * shares
        if of_classes > _SIGNS:
            words = draws.philox(_SIGNS_KEY, (np.arange(of_classes), 0, 0, 0))[0]
            points = points @ (_signs(words.view(np.int64)) / np.sqrt(_SIGNS))
        return cls(levels, profile.ravel(), shares, points)

    def profiles(self, codes: Matrix) -> Indices:
        """Returns the profile numbers of codes, shape (n,), which must all be known."""
        return self.profile[np.minimum(np.searchsorted(self.codes, codes), len(self.codes) - 1)]

    def apart(self, points: Indices, rows: Indices) -> Matrix:
        """Returns the absolute differences of class shares, summed over classes: profiles (q,) and (n,) to (q, n)."""
        few = len(self.shares) <= len(rows)
        others = self.shares if few else self.shares[rows]
        total = np.zeros((len(points), len(others)))
        for mine, theirs in zip(self.shares[points].T, others.T, strict=True):
            total += np.abs(mine[:, None] - theirs)
        return total[:, rows] if few else total


@dataclass(frozen=True)
class ValueDifference:
    """Distance of SMOTE-N, the value difference metric: categories are near if their class shares are similar.

    The squared distance of two rows is a sum over the columns. The term of a column with the categories a and b is the
    square of ``sum |P(c | a) - P(c | b)|`` over all classes c. As in imbalanced-learn, no root is taken.

    Parameters
    ----------
    levels : tuple of Levels
        One for each column.
    unit : float
        Unit of distance.

    References
    ----------
    C. Stanfill, D. Waltz, "Toward memory-based reasoning", CACM 29 (1986).
    S. Cost, S. Salzberg, "A weighted nearest neighbor algorithm for learning with symbolic features", Machine Learning
    10 (1993).

    Examples
    --------
    >>> red_or_blue = Levels.of(np.array([1.0, 1.0, 2.0]), np.array([0, 1, 1]), np.array([3, 1, 5]), of_classes=2)
    >>> metric = ValueDifference((red_or_blue,))
    >>> metric.pairs(metric.prepare(np.array([[1.0]])), metric.prepare(np.array([[2.0]])))
    array([2.25])
    """

    levels: tuple[Levels, ...]
    unit: float = 1.0

    @property
    def columns(self) -> int:
        """Number of categorical columns."""
        return len(self.levels)

    @property
    def reach(self) -> float:
        """Order of magnitude of the distance of two categories."""
        return 2.0 / self.unit

    def over(self, unit: float) -> ValueDifference:
        """Returns the same distance in another unit."""
        return replace(self, unit=self.unit * unit)

    def prepare(self, codes: Matrix) -> Matrix:
        """Returns the profile numbers of codes, shape (n, c), as float64."""
        profiles = [one.profiles(column) for one, column in zip(self.levels, codes.T, strict=True)]
        return np.stack(profiles, axis=1).astype(np.float64)

    def block(self, points: Matrix, rows: Matrix) -> Matrix:
        """Returns squared distances of all points, shape (q, c), and all rows, shape (c, n): shape (q, n)."""
        total = np.zeros((len(points), rows.shape[1]))
        for one, values, column in zip(self.levels, points.T, rows, strict=True):
            total += one.apart(values.astype(np.int64), column.astype(np.int64)) ** 2
        return total / self.unit**2

    def pairs(self, points: Matrix, rows: Matrix) -> Matrix:
        """Returns squared distances of pairs of a point and a row, both of shape (m, c): shape (m,)."""
        total = np.zeros(len(points))
        for one, values, column in zip(self.levels, points.T, rows.T, strict=True):
            difference = np.abs(one.shares[values.astype(np.int64)] - one.shares[column.astype(np.int64)])
            # Summed class by class, as in block: both must return the same distance to the last bit.
            total += np.add.reduce([part for part in difference.T], axis=0) ** 2
        return np.asarray(total / self.unit**2)

    def embed(self, codes: Matrix) -> Matrix:
        """Returns coordinates, shape (n, c) to (n, e): squared distances are exact for two classes, else no greater."""
        points = [one.points[column.astype(np.int64)] for one, column in zip(self.levels, codes.T, strict=True)]
        return np.asarray(np.hstack(points) / self.unit, dtype=np.float64)


Categories: TypeAlias = Mismatch | ValueDifference
"""Distance of the categories of two rows."""


def _signs(words: NDArray[np.int64]) -> Matrix:
    """Returns 1 or -1 for each of the lowest bits, shape (...) to (..., s)."""
    return np.asarray(2.0 * (words[..., None] >> np.arange(_SIGNS) & 1) - 1.0)
