"""Sparse rows (SciPy's CSR arrays): distances by sparse products, and points between two rows.

Indices ascend within a row, and no zeros are stored. This module gets its arrays, and does not import scipy.sparse,
which is slow to import and which most workers do not need. A result for two rows depends on these two rows only.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from spark_smote.kernels.arrays import Indices, Matrix, places

Sparse: TypeAlias = Any
"""A scipy.sparse.csr_array of float64."""
_BLOCK = 1 << 21
"""Upper bound on the number of distances in memory."""
_BLOCK_TERMS = 1 << 21
"""Upper bound on the number of non-zeros of rows that are compared one by one."""


def nearest(base: Sparse, points: Sparse, k: int) -> tuple[Indices, Matrix]:
    """Returns the k base rows nearest to each point; see :func:`spark_smote.kernels.nearest.k_nearest`.

    Candidates are found by ``|x|^2 - 2 p.x + |p|^2`` within the rounding error, and sorted by their differences.

    Parameters
    ----------
    base : csr_array, shape (n, d)
        Rows to search, finite.
    points : csr_array, shape (q, d)
    k : int
        Number of neighbours, between 1 and n.

    Returns
    -------
    rows : array of int64, shape (q, k)
    squares : array of float64, shape (q, k)

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> nearest(csr_array([[0.0], [1.0], [5.0]]), csr_array([[4.0]]), k=2)
    (array([[2, 1]]), array([[1., 9.]]))
    """
    # Scaled by a power of two, so that squares neither overflow nor vanish.
    largest = max(np.abs(rows.data).max(initial=0.0) for rows in (base, points))
    exponent = int(np.frexp(largest)[1]) - 1
    base, points = _condensed(base, points, exponent)
    across, of_base, of_points = base.T.tocsr(), _sums(base.data**2, base), _sums(points.data**2, points)
    longest = max(int(np.diff(rows.indptr).max(initial=0)) for rows in (base, points))
    rounding = 16 * (longest + 4) * float(np.finfo(np.float64).eps)
    asked = points.shape[0]
    found, squares = np.empty((asked, k), dtype=np.int64), np.empty((asked, k))
    block = max(1, _BLOCK // base.shape[0])
    for start in range(0, asked, block):
        part = points[start : start + block]
        whole = of_points[start : start + block, None] + of_base
        distance = whole - 2 * (part @ across).toarray()
        slack = rounding * whole + float(np.finfo(np.float64).tiny)
        kth = np.partition(distance + slack, k - 1, axis=1)[:, k - 1, None]
        point, candidate = places(distance - slack <= kth)
        apart = _squared(part, point, base, candidate, longest)
        order = np.lexsort((candidate, apart, point))
        chosen = order[np.searchsorted(point, np.arange(part.shape[0]))[:, None] + np.arange(k)]
        found[start : start + block], squares[start : start + block] = candidate[chosen], apart[chosen]
    with np.errstate(over="ignore", under="ignore"):
        return found, np.ldexp(squares, 2 * exponent)


def differ(rows: Sparse, others: Sparse) -> NDArray[np.bool_]:
    """Returns whether each row differs from the other in its place, shape (n,).

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> differ(csr_array([[0.0, 2.0], [1.0, 0.0]]), csr_array([[0.0, 2.0], [0.0, 1.0]]))
    array([False,  True])
    """
    # A matrix of truth values, for a difference of two numbers may overflow.
    return np.asarray(np.diff((rows != others).indptr) > 0)


def stacked(parts: Sequence[Sparse]) -> Sparse:
    """Returns the rows of both parts, one under the other.

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> stacked([csr_array([[0.0, 2.0]]), csr_array([[1.0, 0.0]])]).toarray()
    array([[0., 2.],
           [1., 0.]])
    """
    rows, others = parts
    ends = np.concatenate([rows.indptr, rows.indptr[-1] + others.indptr[1:]])
    data, indices = (np.concatenate([getattr(one, name) for one in parts]) for name in ("data", "indices"))
    return type(rows)((data, indices, ends), shape=(len(ends) - 1, rows.shape[1]))


def union(seed: Sparse, neighbour: Sparse) -> tuple[Indices, Indices, Matrix, Matrix]:
    """Returns the coordinates in which a row or its neighbour is not zero, row by row.

    Returns
    -------
    row, column : arrays of int64, shape (m,)
    of_seed, of_neighbour : arrays of float64, shape (m,)

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> union(csr_array([[0.0, 2.0, 0.0]]), csr_array([[4.0, 6.0, 0.0]]))
    (array([0, 0]), array([0, 1]), array([0., 2.]), array([4., 6.]))
    """
    row = np.concatenate([_rows(seed), _rows(neighbour)])
    column = np.concatenate([seed.indices, neighbour.indices]).astype(np.int64)
    order = np.lexsort((column, row))
    row, column = row[order], column[order]
    new = np.append(True, (row[1:] != row[:-1]) | (column[1:] != column[:-1]))[: len(order)]
    place = np.empty_like(order)
    place[order] = np.cumsum(new) - 1
    ends = np.zeros((2, int(new.sum())))
    ends[0, place[: seed.nnz]], ends[1, place[seed.nnz :]] = seed.data, neighbour.data
    return row[new], column[new], ends[0], ends[1]


def rebuilt(like: Sparse, row: Indices, column: Indices, values: Matrix) -> Sparse:
    """Returns as many rows as ``like`` with these coordinates, in order; zeros are left out."""
    kept = values != 0
    ends = np.searchsorted(row[kept], np.arange(like.shape[0] + 1))
    return type(like)((values[kept], column[kept], ends), shape=like.shape)


def _condensed(base: Sparse, points: Sparse, exponent: int) -> tuple[Sparse, Sparse]:
    """The rows without the columns in which all are zero, over a power of two."""
    columns, place = np.unique(np.concatenate([base.indices, points.indices]), return_inverse=True)
    made = []
    for rows, own in ((base, place[: base.nnz]), (points, place[base.nnz :])):
        data = np.ldexp(rows.data, -exponent)
        made.append(type(rows)((data, own, rows.indptr), shape=(rows.shape[0], max(1, len(columns)))))
    return made[0], made[1]


def _squared(points: Sparse, point: Indices, base: Sparse, row: Indices, longest: int) -> Matrix:
    """Returns the squared distances of pairs of a point and a row, shape (m,)."""
    squares = np.empty(len(row))
    block = max(1, _BLOCK_TERMS // max(1, 2 * longest))
    for start in range(0, len(row), block):
        part = slice(start, start + block)
        difference = points[point[part]] - base[row[part]]
        squares[part] = _sums(difference.data**2, difference)
    return squares


def _sums(values: Matrix, rows: Sparse) -> Matrix:
    """Returns the sum of values in each row, added one after the other, shape (n,)."""
    return np.bincount(_rows(rows), values, rows.shape[0]).astype(np.float64)


def _rows(rows: Sparse) -> Indices:
    """Returns the row of each number."""
    return np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
