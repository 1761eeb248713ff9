"""SMOGN's rule: interpolation towards neighbours that are near, Gaussian noise where they are not."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from spark_smote.kernels.arrays import Indices, Matrix
from spark_smote.kernels.interpolate import between, finite, towards
from spark_smote.kernels.nearest import nearest
from spark_smote.kernels.noise import normals
from spark_smote.kernels.synthetic import Rows, Seeds, Synthetic

_BLOCK_DISTANCES = 1 << 20


def smogn(
    cell: Rows,
    seeds: Seeds,
    k: int,
    *,
    spread: NDArray[np.float64],
    perturbation: float,
    scale: NDArray[np.float64],
) -> Iterator[Synthetic]:
    """Synthesises the quotas of the seed rows of one cell.

    A neighbour is drawn from the k nearest rows of the seed. If it is nearer than the safe distance of the seed, half
    the median of the distances to all other rows, the synthetic row lies between the two, as in SMOTER; else it is the
    seed with Gaussian noise.

    Parameters
    ----------
    cell : Rows
        All rows of the cell, halo included: those of the bump, or of its LSH cell.
    seeds : Seeds
        Seed rows and their quotas.
    k : int
        Number of neighbours, at most n - 1.
    spread : array of float64, shape (d,)
        Standard deviation of each number in the bump.
    perturbation : float
        Deviation of the noise, in these; at most the safe distance.
    scale : array of float64, shape (d,)
        Unit of distance of each number, infinite for those without a part in it.

    Yields
    ------
    Synthetic
        Rows with noise name no neighbour.

    References
    ----------
    P. Branco, L. Torgo, R. P. Ribeiro, "SMOGN: a pre-processing approach for imbalanced regression", PMLR 74 (2017),
    36-50, algorithm 1.
    """
    seeds = seeds.with_quota()
    if not len(seeds.rows):
        return
    features = np.asarray(cell.features)
    points = (features / scale)[:, np.isfinite(scale)]
    neighbours, safe = nearest(points, seeds.rows, k, recall=seeds.recall), half_medians(points, seeds.rows)
    for seed, replica in seeds.replicas(features.shape[1]):
        neighbour, gap = towards(seeds, seed, replica, neighbours)
        row = seeds.rows[seed]
        near = distances(points[row], points[neighbour]) < safe[seed]
        start, end = row[near], neighbour[near]
        yield Synthetic(start, end, gap[near], between(features[start], features[end], gap[near]))
        far, start = ~near, row[~near]
        with np.errstate(over="ignore"):
            deviation = np.minimum(safe[seed[far]], perturbation)[:, None] * spread
            made = finite(features[start] + deviation * normals(seeds, seed[far], replica[far], len(spread)))
        yield Synthetic(start, None, np.zeros(len(start)), made)


def half_medians(points: Matrix, rows: Indices) -> NDArray[np.float64]:
    """Half the median of the distances of some rows to all others.

    Parameters
    ----------
    points : array of float64, shape (n, d), n > 1
    rows : array of int64, shape (s,)

    Returns
    -------
    array of float64, shape (s,)

    Examples
    --------
    >>> half_medians(np.array([[0.0], [1.0], [4.0], [9.0]]), np.array([0, 2]))
    array([2., 2.])
    """
    found = np.empty(len(rows))
    block = max(1, _BLOCK_DISTANCES // len(points))
    for first in range(0, len(rows), block):
        some = rows[first : first + block]
        apart = distances(points[some][:, None], points[None])
        # The row itself sorts last, behind the n - 1 others.
        apart[np.arange(len(some)), some] = np.inf
        apart.sort(axis=1)
        others = len(points) - 1
        found[first : first + block] = (apart[:, (others - 1) // 2] / 2 + apart[:, others // 2] / 2) / 2
    return found


def distances(one: Matrix, other: Matrix) -> NDArray[np.float64]:
    """Euclidean distances along the last axis, of shapes that broadcast; terms are added feature by feature.

    Examples
    --------
    >>> distances(np.array([[0.0, 3.0]]), np.array([[4.0, 0.0]]))
    array([5.])
    """
    total = np.zeros(np.broadcast_shapes(one.shape, other.shape)[:-1])
    for index in range(one.shape[-1]):
        total += (one[..., index] - other[..., index]) ** 2
    return np.asarray(np.sqrt(total))
