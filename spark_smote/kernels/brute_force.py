"""Exact search by matrix products, whatever their rounding: products choose candidates, differences decide."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from spark_smote.kernels.arrays import Indices, Matrix, blocks, places
from spark_smote.kernels.nominal import Categories

_GROUP, _COARSE = 16, 4
"""Size of a group of distances, and number of groups of a coarse group: their minima bound the k-th distance."""
_BLOCK = 1 << 22
"""Upper bound on the number of distances in memory."""
_BLOCK_DOUBLES = 1 << 20
"""Upper bound on the number of coordinate differences in memory."""
_CROWD = 1024
"""Number of candidates above which a query is left to the next search method."""
_WHOLE = _GROUP * _COARSE
_CENTRE_ROWS = 256
_QUERIES = 64


@dataclass(frozen=True)
class Codes:
    """Categories of rows and of query points.

    Parameters
    ----------
    nominal : Categories
        Contribution of the categories to squared distances.
    rows : array of float64, shape (c, n)
        Codes of the rows, one column of the data after the other.
    points : array of float64, shape (q, c)
        Codes of the query points.
    """

    nominal: Categories
    rows: Matrix
    points: Matrix

    @classmethod
    def of(cls, nominal: Categories, codes: Matrix, points: Matrix) -> Codes:
        """Builds the categories from the codes of rows, shape (n, c), and of points, shape (q, c)."""
        return cls(nominal, np.ascontiguousarray(codes.T), points)

    def block(self, part: slice) -> Matrix:
        """Returns the contributions for a slice of p points and all rows: shape (p, n)."""
        return self.nominal.block(self.points[part], self.rows)

    def pairs(self, row: Indices, point: Indices) -> Matrix:
        """Returns the contributions for pairs of a row and a point: shape (m,)."""
        return self.nominal.pairs(self.points[point], self.rows[:, row].T)

    def asked(self, points: Indices) -> Codes:
        """Returns the categories of all rows and of some of the points."""
        return Codes(self.nominal, self.rows, self.points[points])


@dataclass(frozen=True)
class Products:
    """Rows prepared for products with query points, ``|x|^2 - 2 p.x``, minus an upper bound of the rounding error.

    Parameters
    ----------
    rows : array of float64, shape (n, d)
    precision : type
        ``numpy.float32`` or ``numpy.float64``.
    codes : int
        Number of categories, which add to the rounding error.
    """

    rows: Matrix
    precision: type[np.floating]
    codes: int = 0
    centre: Matrix = field(init=False)
    prepared: NDArray[np.floating] = field(init=False)

    def __post_init__(self) -> None:
        count, width = self.rows.shape
        # Near the origin squares cancel least. The median of some rows, because an outlier would move the mean.
        centre = np.median(self.rows[:: count // _CENTRE_ROWS + 1], axis=0)
        # Behind the rows are some that are infinitely far from every point.
        prepared = np.zeros((-(-(count + 1) // _WHOLE) * _WHOLE, width + 1), dtype=self.precision)
        for part in blocks(count, _BLOCK_DOUBLES // max(1, width)):
            centred = self.rows[part] - centre
            prepared[part, :width] = centred
            prepared[part, width] = (centred**2).sum(axis=1) * (1 - self.rounding)
        prepared[count:, width] = np.inf
        object.__setattr__(self, "centre", centre)
        object.__setattr__(self, "prepared", prepared)

    @property
    def rounding(self) -> float:
        """Bound on the relative rounding error of a product."""
        return 2.0 * (self.rows.shape[1] + self.codes + 4) * float(np.finfo(self.precision).eps)

    def nearest(
        self, points: Matrix, asked: Indices, k: int, chosen: Indices | None = None, coded: Codes | None = None
    ) -> tuple[Indices, Matrix, NDArray[np.bool_]]:
        """Searches the k nearest rows of some points.

        The rows up to the k-th smallest of the products, plus rounding, include the k nearest rows. They are sorted by
        their direct differences.

        Parameters
        ----------
        points : array of float64, shape (p, d)
        asked : array of int64, shape (q,)
            Indices of the query points.
        k : int
        chosen : array of int64, shape (c,), optional
            Indices of the rows to search, ascending, at least k; by default all.
        coded : Codes, optional
            Categories of all rows and of the query points.

        Returns
        -------
        rows : array of int64, shape (q, k)
        squares : array of float64, shape (q, k)
        clear : array of bool, shape (q,)
            False for a point with too many rows within the rounding error, which has no result.

        Examples
        --------
        >>> rows = np.array([[0.0], [1.0], [5.0]])
        >>> Products(rows, np.float32).nearest(np.array([[4.0]]), np.array([0]), k=1)
        (array([[2]]), array([[1.]]), array([ True]))
        """
        count, width = self.rows.shape if chosen is None else (len(chosen), self.rows.shape[1])
        size = _GROUP
        while size > 1 and count < 4 * _COARSE * size * k:
            size //= 2
        coarse = _COARSE if size > 1 else 1
        groups = coarse * -(-count // (coarse * size))
        every = np.arange(groups * size)
        if chosen is not None:
            every = np.append(chosen, np.full(groups * size - count, len(self.rows)))
        base = self.prepared[: groups * size] if chosen is None else self.prepared[every]

        found, squares = np.zeros((len(asked), k), dtype=np.int64), np.zeros((len(asked), k))
        clear = np.ones(len(asked), dtype=bool)
        for part in blocks(len(asked), min(_BLOCK // len(base), _QUERIES)):
            here = asked[part]
            centred = points[here] - self.centre
            square = (centred**2).sum(axis=1)
            right = np.ones((len(square), width + 1), dtype=self.precision)
            right[:, :width] = -2 * centred
            # Rows times points: BLAS multiplies tall by narrow half as fast again as narrow by wide.
            product = base @ right.T
            if coded is not None:
                product[:count] += coded.block(part).T
            # Row r belongs to group r % groups, so that minima are taken along contiguous memory.
            distance = product.reshape(size, groups, len(right))
            least = distance.min(axis=0)
            coarsest = np.ascontiguousarray(least.reshape(coarse, -1, len(right)).min(axis=0).T)
            bound = self._bound(np.partition(coarsest, k - 1, axis=1)[:, k - 1].astype(np.float64), square)
            group, point = places(least <= bound)
            crowd = np.bincount(point, minlength=len(right)) > _CROWD + k
            if crowd.any():
                group, point = group[~crowd[point]], point[~crowd[point]]
            place, pair = places(distance[:, group, point] <= bound[point])
            point, candidate = point[pair], every[place * groups + group[pair]]
            crowd |= np.bincount(point, minlength=len(right)) > _CROWD + k
            clear[part] = ~crowd
            kept = ~crowd[point]
            point, candidate = point[kept], candidate[kept]
            apart = squared(self.rows, candidate, points, here[point])
            if coded is not None:
                apart += coded.pairs(candidate, point + part.start)
            order = np.lexsort((candidate, apart, point))
            first = np.searchsorted(point[order], np.flatnonzero(~crowd))
            best = order[first[:, None] + np.arange(k)]
            found[part][~crowd], squares[part][~crowd] = candidate[best], apart[best]
        return found, squares, clear

    def _bound(self, kth: NDArray[np.float64], square: NDArray[np.float64]) -> NDArray[np.floating]:
        """Returns the largest product that a k nearest row may have."""
        slack = 8 * self.rounding * (square + np.maximum(kth + square, 0)) + float(np.finfo(self.precision).tiny)
        return np.nextafter((kth + slack).astype(self.precision), self.precision(np.inf))


def squared(rows: Matrix, row: Indices, points: Matrix, point: Indices) -> Matrix:
    """Returns the squared distances of pairs of a row and a point, shape (m,).

    Parameters
    ----------
    rows, points : arrays of float64, shapes (n, d) and (p, d)
    row, point : arrays of int64, shape (m,)

    Examples
    --------
    >>> squared(np.array([[0.0], [3.0]]), np.array([1, 0]), np.array([[1.0]]), np.array([0, 0]))
    array([4., 1.])
    """
    distance = np.empty(len(row))
    for part in blocks(len(row), _BLOCK_DOUBLES // max(1, rows.shape[1])):
        difference = points[point[part]]
        difference -= rows[row[part]]
        distance[part] = np.einsum("ij,ij->i", difference, difference)
    return distance
