"""Centroids: the rows of one cell are clustered by k-means, and the means of the clusters stand for its rows."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from spark_smote.kernels.arrays import Indices, Matrix
from spark_smote.kernels.cells import Cells, coordinates
from spark_smote.kernels.sub_cells import STEPS, Coordinates
from spark_smote.kernels.synthetic import Rows, Seeds, Synthetic

_ROUNDS = 20


def centroids(cell: Rows, seeds: Seeds, k: int) -> Iterator[Synthetic]:
    """Makes as many centroids as the seed rows have quotas; a centroid's seed is the row of its cluster nearest to it.

    Parameters
    ----------
    cell : Rows
    seeds : Seeds
        Rows to cluster, each with a quota of 0 or 1: k-means starts at those with 1.
    k : int
        Not used.

    Yields
    ------
    Synthetic

    References
    ----------
    S. P. Lloyd, "Least squares quantization in PCM", IEEE Transactions on Information Theory 28 (1982).
    """
    start = np.flatnonzero(seeds.quotas)
    if len(start):
        rows = cell.features[seeds.rows]
        near, means = clustered(rows, start)
        yield Synthetic(seeds.rows[near], None, np.zeros(len(near)), means)


def clustered(rows: Matrix, start: Indices) -> tuple[Indices, Matrix]:
    """Clusters rows by k-means; every cluster has at least one row, also where rows are equal.

    Coordinates and centres are whole numbers, so no comparison depends on rounding. A cluster that no row is nearest to
    takes the row farthest from its centre, of clusters with several rows.

    Parameters
    ----------
    rows : array of float64, shape (n, d)
    start : array of int64, shape (k,)
        Indices of the rows to start at, k at most n.

    Returns
    -------
    near : array of int64, shape (k,)
        Index of the row of each cluster that is nearest to its centre.
    means : array of float64, shape (k, d)
        Mean of the rows of each cluster.

    Examples
    --------
    >>> near, means = clustered(np.array([[0.0], [1.0], [8.0], [8.0], [9.5]]), np.array([0, 1]))
    >>> near, means.ravel()
    (array([1, 2]), array([0.5, 8.5]))
    """
    # A power of two: exact, and no sum of squares overflows.
    exponent = int(np.frexp(np.abs(rows).max(initial=0.0))[1])
    scaled = np.ldexp(rows, -exponent)
    points = _points(scaled)
    centres = points[start]
    home = np.full(len(rows), -1)
    for _ in range(_ROUNDS):
        found = _filled(Cells(centres, np.zeros(points.shape[1])).homes(points), points, centres)
        if np.array_equal(found, home):
            break
        home = found
        centres = np.rint(_means(points, home, len(start)))
    order = np.lexsort((_squares(points, centres, home), home))
    first = np.flatnonzero(np.append(True, np.diff(home[order]) > 0))
    grouped = scaled[order]
    low, high = np.minimum.reduceat(grouped, first), np.maximum.reduceat(grouped, first)
    means = np.clip(_means(scaled, home, len(start)), low, high)
    return order[first], np.ldexp(means, exponent)


def _points(rows: Matrix) -> Matrix:
    """Whole-number coordinates, so small that sums of their products are exact."""
    found = Coordinates.of(rows)
    if not found.step:
        # Most rows are equal: the others give the step.
        found = Coordinates(found.centre, float(np.abs(rows - found.centre).max()) / STEPS or 1.0)
    return coordinates(found(rows), np.zeros(rows.shape[1]))


def _means(rows: Matrix, home: Indices, clusters: int) -> Matrix:
    sums = np.stack([np.bincount(home, column, clusters) for column in rows.T], axis=1)
    return np.asarray(sums / np.bincount(home, minlength=clusters)[:, None])


def _squares(points: Matrix, centres: Matrix, home: Indices) -> Matrix:
    return np.asarray(((points - centres[home]) ** 2).sum(axis=1))


def _filled(home: Indices, points: Matrix, centres: Matrix) -> Indices:
    """The clusters of rows, none of them empty."""
    rows = np.bincount(home, minlength=len(centres))
    empty = np.flatnonzero(rows == 0).tolist()
    if not empty:
        return home
    for row in np.argsort(-_squares(points, centres, home), kind="stable").tolist():
        if rows[home[row]] > 1:
            rows[home[row]] -= 1
            home[row] = empty.pop()
            if not empty:
                break
    return home
