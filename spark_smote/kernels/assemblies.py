"""Assembled SMOTE: rows near the border to other classes, linked to clusters along which the border runs straight."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from spark_smote.kernels.arrays import Indices, Matrix
from spark_smote.kernels.nearest import k_nearest

LINKED_ROWS = 2_048
_PRODUCTS = 1 << 24
"""Bound on the doubles in memory for the products of features, a square matrix a row."""
_DIGITS = 6
_ROUNDS, _SETTLED = 200, 1e-12


def most_linked(width: int) -> int:
    """Returns the number of rows, of ``width`` features, to link at most: 2,048, or fewer above 90 features.

    Examples
    --------
    >>> most_linked(30), most_linked(200)
    (2048, 419)
    """
    return max(1, min(LINKED_ROWS, _PRODUCTS // width**2))


def assembled(rows: Matrix, pop: int, thres: float) -> Indices:
    """Returns the cluster of each row, numbered from 0 in the order of their first rows.

    Clusters start as single rows. The edges of the minimal spanning tree are taken from the shortest to the longest: an
    edge merges the clusters at its ends if one of them has fewer than ``pop`` rows, or if the angle between their
    principal directions is small.

    Parameters
    ----------
    rows : array of float64, shape (n, d)
        In units of distance.
    pop : int
        Number of rows from which a cluster has a direction of its own.
    thres : float
        Cosine of the angle above which clusters merge.

    Returns
    -------
    array of int64, shape (n,)

    References
    ----------
    B. Zhou, C. Yang, H. Guo, J. Hu, "A quasi-linear SVM combined with assembled SMOTE for imbalanced data
    classification", IJCNN 2013, section III.

    Examples
    --------
    >>> assembled(np.array([[0.0, 0.0], [0.0, 1.0], [9.0, 0.5], [7.0, 0.5]]), pop=2, thres=0.5)
    array([0, 0, 1, 1])
    """
    if not len(rows):
        return np.empty(0, dtype=np.int64)
    rows = rows - rows.mean(axis=0)
    cluster = np.arange(len(rows))
    # Sums of rows and of their products, of which the directions of merged clusters are made.
    sizes, sums = np.ones(len(rows)), rows.copy()
    products = {number: np.multiply.outer(row, row) for number, row in enumerate(rows)}
    ways: dict[int, NDArray[np.float64]] = {}

    def direction(number: int) -> NDArray[np.float64]:
        if number not in ways:
            mean = sums[number] / sizes[number]
            ways[number] = principal(products[number] / sizes[number] - np.multiply.outer(mean, mean))
        return ways[number]

    for one, other in spanning_tree(rows):
        a, b = sorted((int(cluster[one]), int(cluster[other])))
        # Rounded, so that no bit of a direction decides.
        if min(sizes[a], sizes[b]) < pop or np.round(abs(_dot(direction(a), direction(b))), _DIGITS) > thres:
            cluster[cluster == b] = a
            sizes[a], sums[a] = sizes[a] + sizes[b], sums[a] + sums[b]
            products[a] = products[a] + products.pop(b)
            ways.pop(a, None)
    return np.asarray(np.unique(cluster, return_inverse=True)[1].reshape(-1), dtype=np.int64)


def spanning_tree(rows: Matrix) -> list[tuple[int, int]]:
    """Returns the edges of the minimal spanning tree, shortest first; of equal edges, that of the first row.

    Examples
    --------
    >>> spanning_tree(np.array([[0.0], [5.0], [1.0]]))
    [(0, 2), (1, 2)]
    """
    near, nearest = np.full(len(rows), np.inf), np.zeros(len(rows), dtype=np.int64)
    left, at = np.ones(len(rows), dtype=bool), 0
    edges: list[tuple[float, int, int]] = []
    for _ in range(1, len(rows)):
        left[at] = False
        away = rows - rows[at]
        square = np.einsum("ij,ij->i", away, away)
        closer = left & (square < near)
        near[closer], nearest[closer] = square[closer], at
        at = int(np.argmin(np.where(left, near, np.inf)))
        parent = int(nearest[at])
        edges.append((float(near[at]), min(at, parent), max(at, parent)))
    return [(a, b) for _, a, b in sorted(edges)]


def principal(covariance: Matrix) -> NDArray[np.float64]:
    """Returns the unit vector along which a covariance is largest; 0 if all rows are at one point.

    By power iteration without matrix products of BLAS, whose last bits depend on the processor.

    Examples
    --------
    >>> principal(np.array([[4.0, 0.0], [0.0, 1.0]]))
    array([1., 0.])
    """
    spread = float(np.trace(covariance))
    if not spread > 0:
        return np.zeros(len(covariance))
    scaled = covariance / spread
    way = scaled[np.argmax(np.diag(scaled))]
    way = way / np.sqrt(_dot(way, way))
    for _ in range(_ROUNDS):
        following = np.einsum("ij,j->i", scaled, way)
        following = following / np.sqrt(_dot(following, following))
        settled = np.abs(following - way).max() < _SETTLED
        way = following
        if settled:
            break
    return np.asarray(way)


def _dot(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    return float(np.einsum("i,i->", one, other))


@dataclass(frozen=True)
class Assemblies:
    """The groups of each class: the clusters of its rows near the border, and all its other rows.

    Parameters
    ----------
    linked : mapping of class to array of float64, shape (s, d)
        Rows near the border, in units of distance; the others there belong to the cluster of the nearest of these.
    clusters : mapping of class to array of int64, shape (s,)
        Cluster of each of them.
    groups : mapping of class to array of int64, shape (c + 1,)
        Group of each cluster and, at the end, of the rows away from the border; classes left out have none.
    unit : array of float64, shape (d,), or float
        Unit of distance of each feature.
    """

    linked: Mapping[int, Matrix]
    clusters: Mapping[int, Indices]
    groups: Mapping[int, Indices]
    unit: Matrix | float = 1.0

    def __call__(self, number: int, rows: Matrix, others: Indices) -> Indices:
        """Returns the group of rows of a class, (n, d), with numbers of neighbours of other classes, (n,): (n,)."""
        if number not in self.groups:
            return np.full(len(rows), -1)
        found, border = np.full(len(rows), len(self.groups[number]) - 1), np.flatnonzero(others)
        if not len(self.linked[number]):
            found[border] = 0
        elif len(border):
            nearest = k_nearest(self.linked[number], rows[border] / self.unit, 1)[0][:, 0]
            found[border] = self.clusters[number][nearest]
        return self.groups[number][found]

    def merged(self, sizes: Mapping[int, int]) -> tuple[Assemblies, dict[int, int]]:
        """Returns groups of two or more rows, and their sizes: a row alone in its group joins the largest group.

        Parameters
        ----------
        sizes : mapping of group to int
            Rows of each group; groups without rows may be missing.

        Examples
        --------
        >>> two = Assemblies({}, {}, {1: np.array([0, 1, 2])})
        >>> joined, sizes = two.merged({0: 1, 2: 5})
        >>> joined.groups, sizes
        ({1: array([2, 2, 2])}, {2: 6})
        """
        groups: dict[int, Indices] = {}
        rows: dict[int, int] = {}
        for number, own in self.groups.items():
            counts = np.array([sizes.get(group, 0) for group in own.tolist()])
            groups[number] = np.where(counts < 2, own[np.argmax(counts)], own)
            for group in np.unique(groups[number]).tolist():
                rows[group] = int(counts[groups[number] == group].sum())
        return replace(self, groups=groups), rows
