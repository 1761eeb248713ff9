"""Rows apart by so many orders of magnitude that squares of the small differences vanish beside the large values.

One value of 1e200 among ordinary ones, such as a sentinel, is enough: in the scale of its square, all other rows are at
distance 0 from each other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spark_smote.kernels.arrays import Indices, Matrix, blocks

_SMALL = -390
"""Values below 2^-390 of the largest are small. Others, if they differ, differ by 2^-443, the last bit of the least."""
_CLOSE = -460
"""Rows with all differences below 2^-460 are nearer than any that differ in a large value, in up to 2^34 features."""
_BLOCK_DOUBLES = 1 << 20

Search = Callable[[Matrix, Matrix], tuple[Indices, Matrix]]
"""Takes rows and query points; returns indices of the k nearest rows and their squared distances."""


@dataclass(frozen=True)
class Kinds:
    """Rows and points by kind: those of one kind have equal large values, and are searched by what is left of them.

    Parameters
    ----------
    rows, points : arrays of float64, shapes (n, d) and (p, d)
        Values that are small; 0 in the place of others.
    row_kinds, point_kinds : arrays of int64, shapes (n,) and (p,)
    close : float
        Largest difference by which a row is close to a point.
    """

    rows: Matrix
    points: Matrix
    row_kinds: Indices
    point_kinds: Indices
    close: float

    @classmethod
    def of(cls, rows: Matrix, points: Matrix) -> Kinds | None:
        """Returns the kinds of rows and points, of finite values, or None where no value is small, as in most data."""
        exponent = int(np.frexp(max(largest(rows), largest(points)))[1]) - 1
        limit = float(np.ldexp(1.0, exponent + _SMALL))
        parts = blocks(len(rows), _BLOCK_DOUBLES // max(1, rows.shape[1]))
        if not any((_small(rows[part], limit) & (rows[part] != 0)).any() for part in parts):
            return None
        both = np.vstack([rows, points])
        small = _small(both, limit)
        kinds = np.unique(np.where(small, 0.0, both), axis=0, return_inverse=True)[1].ravel()
        both[~small] = 0.0
        apart, close = len(rows), float(np.ldexp(1.0, exponent + _CLOSE))
        return cls(both[:apart], both[apart:], kinds[:apart], kinds[apart:], close)

    def nearest(self, asked: Indices, k: int, search: Search) -> tuple[Indices, Matrix, NDArray[np.bool_]]:
        """Searches the k nearest rows of the points ``asked``, where these are so close that they are of one kind.

        Parameters
        ----------
        asked : array of int64, shape (q,)
            Indices of the query points.
        k : int
        search : callable
            See :data:`Search`.

        Returns
        -------
        rows : array of int64, shape (q, k)
        squares : array of float64, shape (q, k)
        clear : array of bool, shape (q,)
            False for a point that has no k rows as close as that, and no result.

        Examples
        --------
        >>> rows = np.array([[1.0], [1e-200], [1e-201], [5e-200]])
        >>> def search(rows, points):
        ...     apart = np.abs(points - rows.T)
        ...     return apart.argsort(axis=1)[:, :2], np.sort(apart)[:, :2] ** 2
        >>> found, _, clear = Kinds.of(rows, rows).nearest(np.array([0, 3]), 2, search)
        >>> clear, found[1]
        (array([False,  True]), array([3, 1]))
        """
        found, squares = np.zeros((len(asked), k), dtype=np.int64), np.zeros((len(asked), k))
        clear = np.zeros(len(asked), dtype=bool)
        sizes = np.bincount(self.row_kinds, minlength=self.point_kinds.max(initial=0) + 1)
        kinds = self.point_kinds[asked]
        for kind in np.unique(kinds[sizes[kinds] >= k]):
            of_kind, at = np.flatnonzero(self.row_kinds == kind), np.flatnonzero(kinds == kind)
            near, squares[at] = search(self.rows[of_kind], self.points[asked[at]])
            found[at] = of_kind[near]
            apart = np.abs(self.points[asked[at]] - self.rows[found[at, -1]]).max(axis=1, initial=0.0)
            clear[at] = apart < self.close
        return found, squares, clear


def largest(rows: Matrix) -> float:
    """Returns the largest absolute value; missing ones have none.

    Examples
    --------
    >>> largest(np.array([[1.0, -3.0], [np.nan, 2.0]]))
    3.0
    """
    return float(max(np.fmax.reduce(rows, axis=None, initial=0.0), -np.fmin.reduce(rows, axis=None, initial=0.0)))


def _small(rows: Matrix, limit: float) -> NDArray[np.bool_]:
    return np.abs(rows) < limit
