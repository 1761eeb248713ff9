"""Exact nearest neighbours among the rows of one cell."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spark_smote.kernels.arrays import Indices, Matrix

TREE_FEATURES = 5
"""Up to this many features a k-d tree is faster than brute force (measured on cells of 4,000 rows)."""
_GROUP, _COARSE = 16, 4
"""Distances whose minimum is taken, and such minima whose minimum is, for a bound on the k-th distance."""
_BLOCK = 1 << 22
"""Distances held at once."""
_BLOCK_DOUBLES = 1 << 20
"""Differences held at once."""
_CROWD = 1024
"""Candidates above which a query is left to the next way of searching."""
_CENTRE_ROWS = 256
_SPARE = 3


def nearest(base: Matrix, queries: Indices, k: int) -> Indices:
    """The k nearest rows of each query row, itself excepted, nearest first.

    Equal rows are neighbours of each other at distance 0. Which of equally near rows are taken depends on the order of
    ``base``, and on nothing else.

    Parameters
    ----------
    base : array of float64, shape (n, d)
        Rows to search, finite. The search is fastest on heavy duplicates when equal rows stand side by side.
    queries : array of int64, shape (q,)
        Rows of ``base`` whose neighbours are wanted.
    k : int
        Between 1 and n - 1.

    Returns
    -------
    array of int64, shape (q, k)
        Rows of ``base``.

    Examples
    --------
    >>> nearest(np.array([[0.0], [0.0], [1.0], [5.0]]), np.array([0, 3]), k=2)
    array([[1, 2],
           [2, 0]])
    """
    found = np.empty((len(queries), k), dtype=np.int64)
    starts, sizes = _runs(base)
    crowded = sizes[queries] > k
    found[crowded] = _next_in_run(queries[crowded], starts, sizes, k)
    if not crowded.all():
        # By a power of two, so that squares neither overflow nor vanish.
        exponent = int(np.frexp(np.abs(base).max(initial=0.0))[1])
        found[~crowded] = _search(np.ldexp(base, -exponent), queries[~crowded], k)
    return found


def _search(rows: Matrix, queries: Indices, k: int) -> Indices:
    found = np.empty((len(queries), k), dtype=np.int64)
    left = np.arange(len(queries))
    if rows.shape[1] > TREE_FEATURES:
        # What single precision cannot tell apart, double may; what neither can, a tree takes from the differences.
        for precision in (np.float32, np.float64):
            if len(left):
                found[left], clear = _brute_force(rows, queries[left], k, precision)
                left = left[~clear]
    if len(left):
        found[left] = _tree(rows, queries[left], k)
    return found


def _brute_force(
    rows: Matrix, queries: Indices, k: int, precision: type[np.floating]
) -> tuple[Indices, NDArray[np.bool_]]:
    """All distances by matrix products, ``|x|^2 - 2 q.x``, less what rounding may have added to them.

    The rows within the k-th smallest such distance, plus rounding, are sure to hold the k nearest. They are put in
    order by their direct differences. Returns the neighbours, and for which queries the rows were few enough to do so.
    """
    count, width = rows.shape
    size = _GROUP
    while size > 1 and count < 4 * _COARSE * size * (k + 1):
        size //= 2
    coarse = _COARSE if size > 1 else 1
    groups = coarse * -(-count // (coarse * size))
    # Near the origin squares cancel least. A median, and of some rows only: one far outlier shall not spoil it.
    centred = rows - np.median(rows[:: count // _CENTRE_ROWS + 1], axis=0)
    square = (centred**2).sum(axis=1)
    rounding = 2.0 * (width + 4) * float(np.finfo(precision).eps)
    base = np.zeros((width + 1, groups * size), dtype=precision)
    base[:width, :count] = centred.T
    base[width, :count] = square * (1 - rounding)
    base[width, count:] = np.inf

    found, clear = np.zeros((len(queries), k), dtype=np.int64), np.ones(len(queries), dtype=bool)
    block = int(np.clip(_BLOCK // base.shape[1], 1, 64))
    for start in range(0, len(queries), block):
        own = queries[start : start + block]
        left = np.ones((len(own), width + 1), dtype=precision)
        left[:, :width] = -2 * centred[own]
        # Row r stands in group r % groups, so that the minimum of each group is taken along contiguous memory.
        distance = (left @ base).reshape(len(own), size, groups)
        least = distance.min(axis=1)
        kth = np.partition(least.reshape(len(own), coarse, -1).min(axis=1), k, axis=1)[:, k].astype(np.float64)
        slack = 8 * rounding * (square[own] + np.maximum(kth + square[own], 0)) + float(np.finfo(precision).tiny)
        bound = np.nextafter((kth + slack).astype(precision), precision(np.inf))
        near = least <= bound[:, None]
        crowd = near.sum(axis=1) > _CROWD + k
        query, group = np.nonzero(near & ~crowd[:, None])
        pair, place = np.nonzero(distance[query, :, group] <= bound[query, None])
        query, candidate = query[pair], place * groups + group[pair]
        crowd |= np.bincount(query, minlength=len(own)) > _CROWD + k
        clear[start : start + len(own)] = ~crowd
        kept = (candidate != own[query]) & ~crowd[query]
        query, candidate = query[kept], candidate[kept]
        order = np.lexsort((candidate, _squared(rows, own[query], candidate), query))
        first = np.searchsorted(query, np.flatnonzero(~crowd))
        found[start : start + len(own)][~crowd] = candidate[order[first[:, None] + np.arange(k)]]
    return found, clear


def _tree(rows: Matrix, queries: Indices, k: int) -> Indices:
    """Candidates by SciPy's k-d tree, a few more than needed, put in the order of their distances."""
    # Workers that need no tree are spared the import.
    from scipy.spatial import cKDTree

    wanted = min(k + 1 + _SPARE, len(rows))
    # Cuts at midpoints, for medians are slow to find among many equal rows.
    candidates = cKDTree(rows, balanced_tree=False).query(rows[queries], k=wanted)[1].reshape(len(queries), wanted)
    distance = _squared(rows, np.repeat(queries, wanted), candidates.ravel()).reshape(candidates.shape)
    distance[candidates == queries[:, None]] = np.inf
    order = np.lexsort((candidates, distance), axis=1)[:, :k]
    return np.asarray(np.take_along_axis(candidates, order, axis=1))


def _squared(rows: Matrix, one: Indices, other: Indices) -> Matrix:
    """Squared distances of pairs of rows."""
    distance = np.empty(len(one))
    block = max(1, _BLOCK_DOUBLES // rows.shape[1])
    for start in range(0, len(one), block):
        difference = rows[one[start : start + block]] - rows[other[start : start + block]]
        distance[start : start + block] = np.einsum("ij,ij->i", difference, difference)
    return distance


def _runs(rows: Matrix) -> tuple[Indices, Indices]:
    """For each row, where its run of equal adjacent rows starts, and how many rows it has."""
    breaks = np.flatnonzero(np.append(True, (rows[1:] != rows[:-1]).any(axis=1)))
    lengths = np.diff(np.append(breaks, len(rows)))
    return np.repeat(breaks, lengths), np.repeat(lengths, lengths)


def _next_in_run(queries: Indices, starts: Indices, sizes: Indices, k: int) -> Indices:
    start, size = starts[queries, None], sizes[queries, None]
    return start + (queries[:, None] - start + 1 + np.arange(k)) % size
