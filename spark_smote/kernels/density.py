"""SMOBD's weights: by the density about each row of the class, without noise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spark_smote.kernels.arrays import Indices, Matrix, blocks, places
from spark_smote.kernels.brute_force import squared
from spark_smote.kernels.interpolate import smote
from spark_smote.kernels.moments import ExactSum
from spark_smote.kernels.seed_weights import Weigher, neighbourhoods, whole
from spark_smote.kernels.space import Space
from spark_smote.kernels.synthetic import Rows, Seeds, Synthetic

Scale = NDArray[np.float64] | float | None
_BLOCK = 1 << 20


@dataclass(frozen=True)
class ByDensity:
    """Weighs seeds by core distance and number of rows about them; noise weighs 0.

    Parameters
    ----------
    eta : float
        Weight of the core distance, on [0, 1]; that of the number of rows is the rest.
    t : float
        A row is noise if both its core distance and its reachability distance exceed so many times their means.
    radius : float
        Of the ball in which rows are counted.
    mean_core, mean_reach, largest_core : float
        Of the rows of the class.
    largest_count : int
    rows : int
        Number of rows of the class.
    scale : array of float64, shape (d,), float or None
        Unit of distance of each feature.

    References
    ----------
    Q. Cao, S. Wang, "Applying over-sampling technique based on data density and cost-sensitive SVM to imbalanced
    learning", ICIII 2011, section 3.
    """

    eta: float
    t: float
    radius: float
    mean_core: float
    mean_reach: float
    largest_core: float
    largest_count: int
    rows: int
    scale: Scale = None

    def __call__(self, cell: Rows, seeds: Seeds, k: int) -> Indices:
        points = cell.features / (1.0 if self.scale is None else self.scale)
        neighbours, distances = neighbourhoods(points, seeds.rows, k, seeds.recall)
        core = distances[:, -1]
        counts = within(points, seeds.rows, self.radius)
        density = self.eta * core / (self.largest_core or 1.0) + (1 - self.eta) * counts / self.largest_count
        far = np.flatnonzero(core > self.t * self.mean_core)
        reach = reachability(points, neighbours[far], distances[far], k, seeds.recall)
        density[far[reach > self.t * self.mean_reach]] = 0.0
        return whole(np.minimum(density, 1.0), self.rows)


def distances_of(cell: Rows, seeds: Seeds, k: int, *, scale: Scale) -> Iterator[tuple[Indices, Indices, Matrix]]:
    """Yields the exact sums of the core and reachability distances, as of :class:`ExactSum`, and the largest core."""
    points = cell.features / (1.0 if scale is None else scale)
    neighbours, distances = neighbourhoods(points, seeds.rows, k, seeds.recall)
    sums = ExactSum(2)
    reach = reachability(points, neighbours, distances, k, seeds.recall)
    sums.add(seeds.hashes, np.column_stack([distances[:, -1], reach]))
    chunks, totals = sums.packed()
    yield chunks, totals.ravel(), np.array([distances[:, -1].max(initial=0.0)])


def largest_count(cell: Rows, seeds: Seeds, k: int, *, radius: float, scale: Scale) -> Iterator[tuple[Indices]]:
    """Yields the largest number of rows within the radius about a seed, shape (1,)."""
    points = cell.features / (1.0 if scale is None else scale)
    yield (np.array([within(points, seeds.rows, radius).max(initial=1)]),)


def smobd(cell: Rows, seeds: Seeds, k: int, *, weigher: Weigher, scale: Scale = None) -> Iterator[Synthetic]:
    """Synthesises rows as :func:`smote`, of seeds whose quotas the weights decide."""
    yield from smote(cell, seeds.weighed(weigher(cell, seeds, k)), k, space=Space(scale))


def reachability(points: Matrix, neighbours: Indices, distances: Matrix, k: int, recall: float) -> NDArray[np.float64]:
    """Returns the distance at which each row is reached from its nearest rows.

    A row is reached from another one at their distance, or at the other's core distance if that is larger.

    Parameters
    ----------
    points : array of float64, shape (n, d)
        All rows of the cell.
    neighbours : array of int64, shape (s, k)
    distances : array of float64, shape (s, k)
    k : int
    recall : float

    Returns
    -------
    array of float64, shape (s,)

    References
    ----------
    M. Ankerst, M. M. Breunig, H.-P. Kriegel, J. Sander, "OPTICS: ordering points to identify the clustering structure",
    SIGMOD 1999, definition 6.
    """
    asked, place = np.unique(neighbours, return_inverse=True)
    if not len(asked):
        return np.empty(0)
    core = neighbourhoods(points, asked, k, recall)[1][:, -1]
    return np.asarray(np.maximum(core[place].reshape(neighbours.shape), distances).min(axis=1))


def within(points: Matrix, rows: Indices, radius: float) -> Indices:
    """Counts the rows within a radius about each of some rows, itself included.

    Products decide where their rounding cannot matter, differences everywhere else.

    Parameters
    ----------
    points : array of float64, shape (n, d)
    rows : array of int64, shape (s,)
    radius : float

    Returns
    -------
    array of int64, shape (s,)

    Examples
    --------
    >>> within(np.array([[0.0], [1.0], [3.0]]), np.array([0, 1]), radius=1.0)
    array([2, 2])
    """
    centred = points - np.median(points[:: len(points) // 256 + 1], axis=0)
    squares = (centred**2).sum(axis=1)
    rounding = 4.0 * (points.shape[1] + 4) * float(np.finfo(np.float64).eps)
    counts = np.empty(len(rows), dtype=np.int64)
    for part in blocks(len(rows), _BLOCK // len(points)):
        own = rows[part]
        sums = squares[own, None] + squares
        apart = sums - 2 * (centred[own] @ centred.T) - radius**2
        slack = rounding * (sums + radius**2)
        counts[part] = (apart < -slack).sum(axis=1)
        query, row = places(np.abs(apart) <= slack)
        near = squared(points, row, points, own[query]) <= radius**2
        counts[part] += np.bincount(query[near], minlength=len(own))
    return counts
