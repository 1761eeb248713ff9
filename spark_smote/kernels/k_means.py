"""Centres of clusters by k-means on a sample of rows; the same on every machine."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spark_smote.kernels import draws
from spark_smote.kernels.arrays import Matrix
from spark_smote.kernels.brute_force import squared
from spark_smote.kernels.clusters import Clusters

_CENTRES_STREAM = 4
_ROUNDS = 50


def k_means_centres(points: Matrix, weights: NDArray[np.float64], clusters: int, key: draws.Key) -> Matrix:
    """Learns centres by k-means: k-means++ draws the first ones, Lloyd's rounds move them.

    Parameters
    ----------
    points : array of float64, shape (n, d)
        Rows, in an order that their content decides.
    weights : array of float64, shape (n,)
        Number of equal rows that each stands for.
    clusters : int
        Number of clusters wanted, at least 1.
    key : pair of int
        Key of the draws.

    Returns
    -------
    array of float64, shape (c, d)
        As many centres, or fewer if there are fewer distinct rows; a single 0 if there are none.

    References
    ----------
    D. Arthur, S. Vassilvitskii, "k-means++: the advantages of careful seeding", SODA 2007. S. P. Lloyd, "Least squares
    quantization in PCM", IEEE Trans. Information Theory 28 (1982).

    Examples
    --------
    >>> k_means_centres(np.array([[0.0], [1.0], [10.0]]), np.array([1.0, 1.0, 2.0]), 2, (7, 1))
    array([[ 0.5],
           [10. ]])
    """
    if not len(points):
        return np.zeros((1, points.shape[1]))
    drawn = draws.uniform(draws.philox(key, (np.arange(clusters), 0, 0, _CENTRES_STREAM))[0])
    chosen: list[int] = []
    apart, every = np.ones(len(points)), np.arange(len(points))
    for draw in drawn[: len(points)].tolist():
        chances = np.cumsum(weights * apart)
        if not chances[-1] > 0:
            break
        chosen.append(min(int(np.searchsorted(chances, draw * chances[-1], side="right")), len(points) - 1))
        distance = squared(points, every, points, np.full(len(points), chosen[-1]))
        apart = distance if len(chosen) == 1 else np.minimum(apart, distance)
    centres = np.unique(points[chosen], axis=0)
    for _ in range(_ROUNDS):
        # Sums in the order of the points: with another order the last bits would differ.
        home = Clusters(centres).of(points)
        mass = np.bincount(home, weights, minlength=len(centres))
        sums = np.stack([np.bincount(home, weights * column, minlength=len(centres)) for column in points.T], axis=1)
        moved = np.unique(sums[mass > 0] / mass[mass > 0, None], axis=0)
        if np.array_equal(moved, centres):
            break
        centres = moved
    return centres
