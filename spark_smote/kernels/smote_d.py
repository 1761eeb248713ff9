"""SMOTE-D's rule: quotas of seeds by the spread of their distances, points at equal steps, nothing drawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spark_smote.kernels.arrays import Indices, Matrix
from spark_smote.kernels.interpolate import between
from spark_smote.kernels.seed_weights import Weigher, neighbourhoods, whole
from spark_smote.kernels.synthetic import Rows, Seeds, Synthetic

Scale = NDArray[np.float64] | float | None


@dataclass(frozen=True)
class ByDeviation:
    """Weighs seeds by the standard deviation of the distances to their nearest rows.

    Parameters
    ----------
    most : float
        Largest deviation in the class.
    rows : int
        Number of rows of the class.
    scale : array of float64, shape (d,), float or None
        Unit of distance of each feature.

    References
    ----------
    F. R. Torres, J. A. Carrasco-Ochoa, J. F. Martinez-Trinidad, "SMOTE-D: a deterministic version of SMOTE", MCPR 2016,
    section 3.
    """

    most: float
    rows: int
    scale: Scale = None

    def __call__(self, cell: Rows, seeds: Seeds, k: int) -> Indices:
        return self.of(near(cell, seeds, k, self.scale)[1])

    def of(self, distances: Matrix) -> Indices:
        """Returns the weights of seeds with these distances, shape (s, k) to (s,)."""
        return whole(deviations(distances) / (self.most or 1.0), self.rows)


def largest_deviation(cell: Rows, seeds: Seeds, k: int, *, scale: Scale) -> Iterator[tuple[Matrix]]:
    """Yields the largest deviation of the seeds, shape (1,), for :class:`ByDeviation`."""
    yield (np.array([deviations(near(cell, seeds, k, scale)[1]).max(initial=0.0)]),)


def smote_d(cell: Rows, seeds: Seeds, k: int, *, weigher: Weigher, scale: Scale = None) -> Iterator[Synthetic]:
    """Synthesises points at equal steps between each seed and its nearest rows.

    Of q points between two rows, the i-th lies at i / (q + 1) of the way.

    Parameters
    ----------
    cell : Rows
        All rows of the cell, halo included.
    seeds : Seeds
        Seed rows, whose quotas the weights decide.
    k : int
        Number of neighbours.
    weigher : Weigher
    scale : array of float64, shape (d,), or float, optional
        Unit of distance of each feature.

    Yields
    ------
    Synthetic

    References
    ----------
    As for :class:`ByDeviation`.
    """
    neighbours, distances = near(cell, seeds, k, scale)
    weights = weigher.of(distances) if isinstance(weigher, ByDeviation) else weigher(cell, seeds, k)
    seeds = seeds.weighed(weights)
    kept = np.flatnonzero(seeds.quotas)
    seeds, neighbours, distances = seeds.with_quota(), neighbours[kept], distances[kept]
    parts = split(seeds.quotas, distances)
    ends = np.cumsum(parts, axis=1)
    for seed, replica in seeds.replicas(cell.features.shape[1]):
        place = (ends[seed] <= replica[:, None]).sum(axis=1)
        step = replica - ends[seed, place] + parts[seed, place] + 1
        row, neighbour, gap = seeds.rows[seed], neighbours[seed, place], step / (parts[seed, place] + 1)
        yield Synthetic(row, neighbour, gap, between(cell.features[row], cell.features[neighbour], gap))


def near(cell: Rows, seeds: Seeds, k: int, scale: Scale) -> tuple[Indices, Matrix]:
    """Returns the nearest rows of the seeds, and their distances; see :func:`neighbourhoods`."""
    return neighbourhoods(cell.features / (1.0 if scale is None else scale), seeds.rows, k, seeds.recall)


def deviations(distances: Matrix) -> NDArray[np.float64]:
    """Returns the standard deviation of each row, shape (s, k) to (s,), added up in the order of the columns.

    Examples
    --------
    >>> deviations(np.array([[1.0, 3.0], [2.0, 2.0]]))
    array([1., 0.])
    """
    k = distances.shape[1]
    mean = np.asarray(sum(distances.T, np.zeros(len(distances)))) / k
    return np.sqrt(np.asarray(sum((column - mean) ** 2 for column in distances.T)) / k)


def split(quotas: Indices, distances: Matrix) -> Indices:
    """Splits the quota of each seed among its neighbours in proportion to their distances, by largest remainders.

    Of equal remainders the nearest is rounded up first; quotas are split evenly if all distances are 0.

    Parameters
    ----------
    quotas : array of int64, shape (s,)
    distances : array of float64, shape (s, k)

    Returns
    -------
    array of int64, shape (s, k)
        Its rows sum to the quotas.

    Examples
    --------
    >>> split(np.array([5, 2]), np.array([[1.0, 2.0], [0.0, 0.0]]))
    array([[2, 3],
           [1, 1]])
    """
    sums = np.asarray(sum(distances.T, np.zeros(len(distances))))[:, None]
    even = np.full_like(distances, 1 / distances.shape[1])
    exact = np.divide(distances, sums, out=even, where=sums > 0) * quotas[:, None]
    parts = np.floor(exact).astype(np.int64)
    order = np.argsort(parts - exact, axis=1, kind="stable")
    missing = (quotas - parts.sum(axis=1))[:, None]
    np.put_along_axis(parts, order, np.take_along_axis(parts, order, axis=1) + (np.arange(order.shape[1]) < missing), 1)
    return parts
