"""Clusters of the rows of each class alone, by k-means on a sample of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spark_smote.kernels import draws
from spark_smote.kernels.arrays import Indices, Matrix
from spark_smote.kernels.brute_force import squared
from spark_smote.kernels.clusters import Clusters

_CENTRES_STREAM = 4
_ROUNDS = 50


def k_means_centres(points: Matrix, weights: NDArray[np.float64], clusters: int, key: draws.Key) -> Matrix:
    """Learns centres by k-means: k-means++ draws the first ones, Lloyd's rounds move them.

    Parameters
    ----------
    points : array of float64, shape (n, d)
        Distinct rows, in the order of their content hashes.
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
    chosen: list[int] = []
    apart, every = np.ones(len(points)), np.arange(len(points))
    for number in range(min(clusters, len(points))):
        chances = np.cumsum(weights * apart)
        if not chances[-1] > 0:
            break
        word = draws.philox(key, (np.array([number]), 0, 0, _CENTRES_STREAM))[0]
        chosen.append(int(np.searchsorted(chances, draws.uniform(word)[0] * chances[-1], side="right")))
        distance = squared(points, every, points, np.full(len(points), chosen[-1]))
        apart = distance if number == 0 else np.minimum(apart, distance)
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


@dataclass(frozen=True)
class GroupsByClass:
    """Numbers the groups of rows: one for each cluster of a class.

    Parameters
    ----------
    clusters : mapping of class to Clusters
    numbers : mapping of class to array of int64, shape (c,)
        Group number of each cluster; negative for clusters that are left out.
    """

    clusters: Mapping[int, Clusters]
    numbers: Mapping[int, Indices]

    def __call__(self, number: int, rows: Matrix) -> Indices:
        """Returns the group of each row of class ``number``: shape (n, d) to (n,)."""
        return self.numbers[number][self.clusters[number].of(rows)]
