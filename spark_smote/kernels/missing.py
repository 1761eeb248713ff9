"""Rows with missing values (NaN): distances over the features that two rows share, exact search, sums.

The squared distance of two rows is that over the features that both have, times (features) / (shared features), as
scikit-learn's ``nan_euclidean_distances`` has it. Rows that share no feature are infinitely far from one another, and
never neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from spark_smote.kernels.arrays import Indices, Matrix, blocks, places
from spark_smote.kernels.moments import ExactMoments, deviation

_PREPARED = 1 << 17
"""Upper bound on the features of the rows, and of the points, that are prepared at once."""
_CENTRE_ROWS = 256
_GROUP = 16
"""Distances of which the smallest bounds the k-th smallest of all."""
_BLOCK = 1 << 17
"""Upper bound on the number of distances in memory."""
_BLOCK_DOUBLES = 1 << 20
"""Upper bound on the number of coordinate differences in memory."""

_TINY = float(np.finfo(np.float64).tiny)


def some_missing(*parts: Matrix) -> bool:
    """Returns whether any value is missing.

    Examples
    --------
    >>> some_missing(np.array([[1.0, np.nan]])), some_missing(np.array([[1.0, 2.0]]))
    (True, False)
    """
    return any(bool(np.isnan(rows.max(initial=0.0))) for rows in parts)


def centre_of(rows: Matrix) -> Matrix:
    """Returns the median of the values of each feature, 0 of one without any: shape (n, d) to (d,).

    Examples
    --------
    >>> centre_of(np.array([[1.0, np.nan], [3.0, np.nan]]))
    array([2., 0.])
    """
    if not some_missing(rows):
        return np.asarray(np.median(rows, axis=0))
    known = ~np.isnan(rows).all(axis=0)
    centre = np.zeros(rows.shape[1])
    centre[known] = np.nanmedian(rows[:, known], axis=0)
    return centre


@dataclass(frozen=True)
class SharedProducts:
    """Rows prepared for products with points, whatever the rounding of these.

    The squared distance over shared features is ``|p|^2 - 2 p.x + |x|^2``, with squares of shared features only: one
    product of matrices that have the values, 0 for missing ones, beside 1 where a value is there.

    Parameters
    ----------
    rows : array of float64, shape (n, d)
        Near the origin, where squares cancel least.
    """

    rows: Matrix
    prepared: Matrix = field(init=False)
    there: Matrix = field(init=False)

    def __post_init__(self) -> None:
        there = (~np.isnan(self.rows.T)).astype(np.float64)
        values = np.where(there > 0, self.rows.T, 0.0)
        smallest = np.full((1, len(self.rows)), _TINY)
        prepared = np.concatenate([-2 * values, there, values**2 * (1 - self.rounding), smallest])
        object.__setattr__(self, "there", there)
        object.__setattr__(self, "prepared", prepared)

    @property
    def rounding(self) -> float:
        """Bound on the relative rounding error of a product."""
        return 8.0 * (self.rows.shape[1] + 4) * float(np.finfo(np.float64).eps)

    def low(self, points: Matrix) -> Matrix:
        """Returns lower bounds of squared distances, infinite where no feature is shared: shape (p, d) to (p, n)."""
        there = (~np.isnan(points)).astype(np.float64)
        values = np.where(there > 0, points, 0.0)
        beside = np.ones((len(points), 1))
        low = np.hstack([values, values**2 * (1 - self.rounding), there, beside]) @ self.prepared
        # The smallest number keeps what is infinitely far from being 0 times infinity.
        with np.errstate(divide="ignore", over="ignore"):
            low *= points.shape[1] / (there @ self.there)
        return low

    def limit(self, low: Matrix, points: Matrix, k: int) -> Matrix:
        """Returns the largest lower bound that one of the k nearest rows may have, infinite for fewer rows.

        Parameters
        ----------
        low : array of float64, shape (p, n)
        points : array of float64, shape (p, d)
        k : int

        Returns
        -------
        array of float64, shape (p,)
        """
        groups = low.shape[1] // _GROUP
        if groups >= _GROUP * k:
            # The k-th smallest of the minima of groups is no smaller than the k-th smallest of all.
            whole = low[:, : groups * _GROUP].reshape(len(low), _GROUP, groups)
            low = whole.min(axis=1)
        if low.shape[1] < k:
            return np.full(len(low), np.inf)
        kth = np.partition(low, k - 1, axis=1)[:, k - 1]
        # Squares of shared features sum to at most thrice those of the point and twice the squared distance.
        square = points.shape[1] * np.nansum(points**2, axis=1)
        return np.asarray(kth + 8 * self.rounding * (square + np.abs(kth)) + points.shape[1] * _TINY)


def squared_shared(rows: Matrix, row: Indices, points: Matrix, point: Indices) -> Matrix:
    """Returns the squared distances of pairs of a row and a point, shape (m,); infinite where they share no feature.

    Parameters
    ----------
    rows, points : arrays of float64, shapes (n, d) and (p, d)
    row, point : arrays of int64, shape (m,)

    Examples
    --------
    >>> rows = np.array([[0.0, np.nan], [3.0, 4.0]])
    >>> squared_shared(rows, np.array([0, 1]), np.array([[1.0, 1.0]]), np.array([0, 0]))
    array([ 2., 13.])
    """
    width, squares = rows.shape[1], np.empty(len(row))
    for part in blocks(len(row), _BLOCK_DOUBLES // max(1, width)):
        difference = points[point[part]]
        difference -= rows[row[part]]
        missing = np.isnan(difference)
        difference[missing] = 0.0
        shared = width - missing.sum(axis=1)
        # Of rows without a missing value the factor is 1, and the distance that of ``brute_force.squared`` to the bit.
        factor = np.divide(width, shared, out=np.full(len(shared), np.inf), where=shared > 0)
        square = np.einsum("ij,ij->i", difference, difference)
        square[shared == 0] = 1.0
        squares[part] = square * factor
    return squares


def nearest_shared(base: Matrix, points: Matrix, k: int) -> tuple[Indices, Matrix]:
    """Returns the k base rows nearest to each point, nearest first; of equally near rows the first in ``base``.

    Bounds choose candidates, and differences, added up in the order of the features, decide.

    Parameters
    ----------
    base, points : arrays of float64, shapes (n, d) and (q, d)
        Squares must neither overflow nor vanish.
    k : int
        Number of neighbours, at least 1.

    Returns
    -------
    rows : array of int64, shape (q, k)
        Indices into ``base``; -1 where fewer than k rows share a feature with the point.
    squares : array of float64, shape (q, k)
        Squared distances, infinite for these.

    Examples
    --------
    >>> nearest_shared(np.array([[0.0, np.nan], [np.nan, 2.0], [5.0, 2.0]]), np.array([[1.0, np.nan]]), k=3)
    (array([[ 0,  2, -1]]), array([[ 2., 32., inf]]))
    """
    found, squares = np.full((len(points), k), -1, dtype=np.int64), np.full((len(points), k), np.inf)
    centre = centre_of(base[:: len(base) // _CENTRE_ROWS + 1])
    most = max(1, _PREPARED // max(1, base.shape[1]))
    for rows in blocks(len(base), most):
        products = SharedProducts(base[rows] - centre)
        for part in blocks(len(points), min(most, _BLOCK // len(products.rows))):
            centred = points[part] - centre
            low = products.low(centred)
            limit = np.minimum(products.limit(low, centred, k), squares[part, -1])
            point, row = places((low <= limit[:, None]) & (low < np.inf))
            apart = squared_shared(base[rows], row, points[part], point)
            point = np.append(np.repeat(np.arange(len(limit)), k), point)
            row, apart = np.append(found[part], row + rows.start), np.append(squares[part], apart)
            order = np.lexsort((row, apart, point))
            best = order[np.searchsorted(point[order], np.arange(len(limit)))[:, None] + np.arange(k)]
            found[part], squares[part] = row[best], apart[best]
    return found, squares


@dataclass(frozen=True)
class PresentMoments:
    """Exact sums of the values that are there and of their squares, and how many are missing: a tally of rows.

    Parameters
    ----------
    width : int
        Number of columns to sum: the first columns of the rows.

    Examples
    --------
    >>> found = PresentMoments(1)
    >>> found.add(np.zeros(3), np.array([[4.0], [np.nan], [8.0]]))
    >>> found.means(3), found.deviations(3)
    (array([6.]), array([2.]))
    """

    width: int
    moments: ExactMoments = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "moments", ExactMoments(2 * self.width))

    def add(self, hashes: Indices, rows: Matrix) -> None:
        """Adds rows, shape (n, d) with d >= width; the content hashes are not used."""
        values = rows[:, : self.width]
        missing = np.isnan(values)
        self.moments.add(hashes, np.hstack([np.where(missing, 0.0, values), missing]))

    def packed(self) -> tuple[Indices, Indices, Indices, Indices]:
        """Returns the sums as arrays, for :meth:`merge`."""
        return self.moments.packed()

    def merge(self, exponents: Indices, sums: Indices, square_exponents: Indices, squares: Indices) -> None:
        """Adds other sums, as :meth:`packed` returns them; the sums may be flat."""
        self.moments.merge(exponents, sums, square_exponents, squares)

    def means(self, rows: int) -> Matrix:
        """Returns the means of the values that are there in so many rows, 0 of none: shape (width,)."""
        totals = self.moments.sums.totals()
        return np.array([float(total / n) for total, n in zip(totals, self._present(totals, rows), strict=False)])

    def deviations(self, rows: int) -> Matrix:
        """Returns the population standard deviations of the values that are there in so many rows: shape (width,)."""
        totals, squares = self.moments.sums.totals(), self.moments.squares.totals()
        each = zip(totals, squares, self._present(totals, rows), strict=False)
        return np.array([deviation(*of) for of in each])

    def _present(self, totals: list[Fraction], rows: int) -> list[int]:
        return [max(1, rows - int(missing)) for missing in totals[self.width :]]
