"""LVQ-SMOTE: a codebook of a class, and rows moved from one of its vectors to another, as similar pairs lie apart."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from spark_smote.kernels import draws
from spark_smote.kernels.arrays import Indices, Matrix
from spark_smote.kernels.clusters import Clusters
from spark_smote.kernels.interpolate import finite
from spark_smote.kernels.synthetic import Rows, Seeds, Synthetic

_ROUNDS = 30
_STARTING_STREAM = 5


def codebook(points: Matrix, weights: NDArray[np.float64], count: int, key: draws.Key) -> Matrix:
    """Returns a codebook of rows by k-means, started as k-means++; the same on every machine.

    Parameters
    ----------
    points : array of float64, shape (s, d)
        Distinct rows in units of distance, in the order of their content hashes.
    weights : array of float64, shape (s,)
        Number of equal rows.
    count : int
        Vectors wanted; there are fewer if there are fewer distinct rows.
    key : pair of int
        Key of the class's draws.

    Returns
    -------
    array of float64, shape (c, d)

    References
    ----------
    D. Arthur, S. Vassilvitskii, "k-means++: the advantages of careful seeding", SODA 2007.

    Examples
    --------
    >>> codebook(np.array([[0.0], [9.0], [1.0]]), np.ones(3), 2, (7, 1)).tolist()
    [[0.5], [9.0]]
    """
    uniform = draws.uniform(draws.philox(key, (np.arange(count), 0, 0, _STARTING_STREAM))[0])
    chances, vectors = weights.copy(), np.empty((0, points.shape[1]))
    for draw in uniform.tolist():
        sums = np.cumsum(chances)
        if not sums[-1]:
            break
        chosen = min(int(np.searchsorted(sums, draw * sums[-1], side="right")), len(points) - 1)
        vectors = np.vstack([vectors, points[chosen]])
        nearer = weights * _squares(points, vectors[-1])
        chances = nearer if len(vectors) == 1 else np.minimum(chances, nearer)
    for _ in range(_ROUNDS):
        home = Clusters(vectors).of(points)
        mass = np.bincount(home, weights, len(vectors))
        sums = np.stack([np.bincount(home, weights * column, len(vectors)) for column in points.T], axis=1)
        moved = sums[mass > 0] / mass[mass > 0, None]
        if np.array_equal(moved, vectors):
            break
        vectors = moved
    return np.unique(vectors, axis=0)


def similar_pairs(vectors: Matrix) -> Indices:
    """Counts, over all ordered pairs of vectors, from where a row is taken and to where it is moved.

    For a pair (p, q), another pair (i, j) without p and q is looked for that lies apart most like it. A row near i or,
    as often, near j is moved by the vector from there to p. With three vectors both ends of the other pair are one;
    with fewer there is no other, and rows stay where they are.

    Parameters
    ----------
    vectors : array of float64, shape (c, d)

    Returns
    -------
    array of int64, shape (c, c)
        By the vector that a row is taken from, and that it is moved to; the sum of each column is the same.

    References
    ----------
    M. Nakamura, Y. Kajiwara, A. Otsuka, H. Kimura, "LVQ-SMOTE", BioData Mining 6 (2013).

    Examples
    --------
    >>> similar_pairs(np.array([[0.0], [1.0], [10.0], [11.5]]))
    array([[0, 2, 2, 2],
           [2, 0, 2, 2],
           [2, 2, 0, 2],
           [2, 2, 2, 0]])
    """
    count = len(vectors)
    if count < 3:
        return np.eye(count, dtype=np.int64)
    first, second = (one.ravel() for one in np.indices((count, count)))
    apart = vectors[first] - vectors[second]
    distinct = (first != second) | (count == 3)
    found = np.zeros((count, count), dtype=np.int64)
    for p in range(count):
        for q in range(count):
            if p != q:
                free = np.flatnonzero(distinct & ~np.isin(first, (p, q)) & ~np.isin(second, (p, q)))
                best = free[np.argmin(_squares(apart[free], vectors[p] - vectors[q]))]
                found[first[best], p] += 1
                found[second[best], p] += 1
    return found


def moved(cell: Rows, seeds: Seeds, k: int, *, offsets: Matrix, chances: Indices) -> Iterator[Synthetic]:
    """Synthesises rows by moving each seed row by one of some offsets.

    Parameters
    ----------
    cell : Rows
        Rows of one cluster.
    seeds : Seeds
        Seed rows and their quotas.
    k : int
        Not used.
    offsets : array of float64, shape (c, d)
        Halves of them, which never overflow.
    chances : array of int64, shape (c,)
        How often each offset is drawn, in proportion.

    Yields
    ------
    Synthetic
    """
    seeds, ends = seeds.with_quota(), np.cumsum(chances)
    for seed, replica in seeds.replicas(cell.features.shape[1]):
        row = seeds.rows[seed]
        offset = np.searchsorted(ends, draws.below(seeds.words(seed, replica)[0], ends[-1]), side="right")
        with np.errstate(over="ignore"):
            features = finite(2 * (cell.features[row] / 2 + offsets[offset]))
        yield Synthetic(row, None, np.zeros(len(row)), features)


def _squares(points: Matrix, point: Matrix) -> NDArray[np.float64]:
    """Returns squared distances, added feature by feature: shape (n, d) and (d,) to (n,)."""
    squares = np.zeros(len(points))
    for column, value in zip(points.T, point.tolist(), strict=True):
        squares += (column - value) ** 2
    return squares
