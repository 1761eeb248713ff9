"""Clusters of a class by average linkage of its rows, or of a sample of them, and synthetic rows within clusters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spark_smote.kernels import draws
from spark_smote.kernels.arrays import Indices, Matrix
from spark_smote.kernels.interpolate import Steps, walk
from spark_smote.kernels.nearest import k_nearest
from spark_smote.kernels.synthetic import Rows, Seeds, Synthetic


@dataclass(frozen=True)
class LinkedClusters:
    """Clusters of the rows of a class: a row belongs to the cluster of the nearest sampled row.

    Parameters
    ----------
    points : array of float64, shape (s, d)
        Sampled rows in units of distance.
    labels : array of int64, shape (s,)
        Cluster of each.
    unit : array of float64, shape (d,), or float
    """

    points: Matrix
    labels: Indices
    unit: Matrix | float = 1.0

    @property
    def count(self) -> int:
        """Number of clusters."""
        return int(self.labels.max(initial=-1)) + 1

    def of(self, rows: Matrix) -> Indices:
        """Returns the cluster of each row: shape (n, d) to (n,). Of equally near sampled rows the first counts.

        Examples
        --------
        >>> LinkedClusters(np.array([[0.0], [10.0]]), np.array([4, 5])).of(np.array([[1.0], [7.0], [5.0]]))
        array([4, 5, 4])
        """
        return self.labels[k_nearest(self.points, rows / self.unit, 1)[0][:, 0]]

    def joined(self, rows: Indices) -> Indices:
        """Joins each cluster of less than two rows to that of the nearest sampled row outside it.

        Parameters
        ----------
        rows : array of int64, shape (c,)
            Number of rows of each cluster.

        Returns
        -------
        array of int64, shape (c,)
            What each cluster has joined, numbered anew from 0.

        Examples
        --------
        >>> LinkedClusters(np.array([[0.0], [1.0], [9.0]]), np.arange(3)).joined(np.array([5, 7, 1]))
        array([0, 1, 1])
        """
        labels, sizes = self.labels.copy(), rows.copy()
        for number in range(len(rows)):
            apart = np.flatnonzero(labels != number)
            if sizes[number] < 2 and len(apart):
                own = np.flatnonzero(labels == number)
                host = labels[apart[k_nearest(self.points[apart], self.points[own[:1]], 1)[0][0, 0]]]
                labels[own], sizes[host] = host, sizes[host] + sizes[number]
        # Every cluster has a sampled row, which tells what it has joined.
        places = np.unique(self.labels, return_index=True)[1]
        return np.unique(labels, return_inverse=True)[1][places]


def linked(points: Matrix, reach: float, counted: NDArray[np.bool_]) -> Indices:
    """Clusters rows by average linkage, until the two nearest clusters are too far apart to be merged.

    Clusters are merged up to a distance of ``reach`` times the mean distance of a row to the row nearest to it.

    Parameters
    ----------
    points : array of float64, shape (s, d)
        Distinct rows.
    reach : float
        The paper's C_p.
    counted : array of bool, shape (s,)
        Rows that count for the mean distance: MWMOTE leaves out noise.

    Returns
    -------
    array of int64, shape (s,)
        Number of the cluster of each row, from 0.

    References
    ----------
    S. Barua, M. M. Islam, X. Yao, K. Murase, "MWMOTE", IEEE TKDE 26 (2014), section 3.4.

    Examples
    --------
    >>> linked(np.array([[0.0], [1.0], [9.0], [10.5], [30.0]]), 3.0, np.array([True] * 4 + [False]))
    array([0, 0, 1, 1, 2])
    """
    # Imported here, because most workers do not need it and the import is slow.
    from scipy.cluster.hierarchy import fcluster, linkage

    if len(points) < 2:
        return np.zeros(len(points), dtype=np.int64)
    near = points[counted] if counted.sum() > 1 else points
    squares = k_nearest(near, near, 2)[1][:, 1]
    tree = linkage(_distances(points), "average")
    # Added one by one: the order of a NumPy sum may depend on the machine.
    mean = float(np.cumsum(np.sqrt(squares))[-1]) / len(squares)
    found = fcluster(tree, reach * mean, "distance")
    # Numbered in the order of the rows.
    _, first, place = np.unique(found, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[place]


def _distances(points: Matrix) -> NDArray[np.float64]:
    """Returns the distances of all pairs, in the order of SciPy's condensed matrices; the same on every machine."""
    one, other = np.triu_indices(len(points), 1)
    squares = np.zeros(len(one))
    for column in points.T:
        squares += (column[one] - column[other]) ** 2
    return np.sqrt(squares)


def partners(cell: Rows, seeds: Seeds, k: int) -> Iterator[Synthetic]:
    """Synthesises the quotas of the seed rows of one cell, each towards any other row of the cell.

    Parameters
    ----------
    cell : Rows
        Rows of one cluster.
    seeds : Seeds
        Seed rows and their quotas.
    k : int
        Not used.

    Yields
    ------
    Synthetic

    References
    ----------
    S. Barua, M. M. Islam, X. Yao, K. Murase, "MWMOTE", IEEE TKDE 26 (2014), algorithm 1, step 13.
    """
    seeds = seeds.with_quota()
    if not len(seeds.rows):
        return
    count = len(cell.hashes)

    def step(seed: Indices, replica: Indices) -> Steps:
        gap_word, choice_word, _, _ = seeds.words(seed, replica)
        # A row that is alone, as most others are equal, has none but itself.
        apart = 1 + draws.below(choice_word, count - 1)
        return (seeds.rows[seed] + apart) % count, draws.uniform(gap_word)

    yield from walk(cell, seeds, step)
