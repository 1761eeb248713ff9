"""Exact nearest neighbours among the rows of one cell."""

from __future__ import annotations

import numpy as np
from sklearn.neighbors import NearestNeighbors

from spark_smote.kernels.arrays import Indices, Matrix

TREE_FEATURES = 12
"""Up to this many features a k-d tree is faster than brute force (measured on cells of 4,000 rows)."""
_SPARE = 3
_NOISE = 1e4 * np.finfo(np.float64).eps
_BLOCK_DOUBLES = 1 << 20


def nearest(base: Matrix, queries: Indices, k: int) -> Indices:
    """The k nearest rows of each query row, itself excepted, nearest first.

    Equal rows are neighbours of each other at distance 0. Ties are broken by the order of ``base``.

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
        found[~crowded] = _search(conditioned(base), queries[~crowded], k)
    return found


def conditioned(rows: Matrix) -> Matrix:
    """The rows shifted and scaled (by a power of two) so that squared distances neither overflow nor cancel."""
    largest = np.abs(rows).max(initial=0.0)
    scaled = np.ldexp(rows, -int(np.frexp(largest)[1]))
    return np.asarray(scaled - scaled.mean(axis=0))


def _search(rows: Matrix, queries: Indices, k: int) -> Indices:
    if rows.shape[1] <= TREE_FEATURES:
        return _ordered(rows, queries, k, "kd_tree")[0]
    found, distances = _ordered(rows, queries, k, "brute")
    # Brute force expands |x - y|^2; where that leaves only rounding noise, a tree takes the differences themselves.
    noisy = distances < _NOISE * (rows[queries] ** 2).sum(axis=1)
    if noisy.any():
        found[noisy] = _ordered(rows, queries[noisy], k, "kd_tree")[0]
    return found


def _ordered(rows: Matrix, queries: Indices, k: int, algorithm: str) -> tuple[Indices, Matrix]:
    """Candidates by scikit-learn, a few more than needed, put in the order of their directly computed distances.

    Returns the k nearest, shape (q, k), and the squared distance to the last, shape (q,).
    """
    wanted = min(k + 1 + _SPARE, len(rows))
    index = NearestNeighbors(n_neighbors=wanted, algorithm=algorithm).fit(rows)
    candidates = index.kneighbors(rows[queries], return_distance=False)
    found, last = np.empty((len(queries), k), dtype=np.int64), np.empty(len(queries))
    block = max(1, _BLOCK_DOUBLES // (wanted * rows.shape[1]))
    for start in range(0, len(queries), block):
        query, candidate = queries[start : start + block], candidates[start : start + block]
        distance = ((rows[candidate] - rows[query, None, :]) ** 2).sum(axis=2)
        distance[candidate == query[:, None]] = np.inf
        order = np.lexsort((candidate, distance), axis=1)[:, :k]
        found[start : start + block] = np.take_along_axis(candidate, order, axis=1)
        last[start : start + block] = np.take_along_axis(distance, order[:, -1:], axis=1)[:, 0]
    return found, last


def _runs(rows: Matrix) -> tuple[Indices, Indices]:
    """For each row, where its run of equal adjacent rows starts, and how many rows it has."""
    breaks = np.flatnonzero(np.append(True, (rows[1:] != rows[:-1]).any(axis=1)))
    lengths = np.diff(np.append(breaks, len(rows)))
    return np.repeat(breaks, lengths), np.repeat(lengths, lengths)


def _next_in_run(queries: Indices, starts: Indices, sizes: Indices, k: int) -> Indices:
    start, size = starts[queries, None], sizes[queries, None]
    return start + (queries[:, None] - start + 1 + np.arange(k)) % size
