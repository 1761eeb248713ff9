"""Weights of seeds by their nearest rows of the class, computed in the cell that makes the synthetic rows.

Weights are whole numbers, so that their sums do not depend on the order of the rows, and a quota is exact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

import numpy as np

from spark_smote.kernels.arrays import Indices, Matrix
from spark_smote.kernels.brute_force import squared
from spark_smote.kernels.nearest import nearest
from spark_smote.kernels.synthetic import Rows, Seeds

Weigher: TypeAlias = Callable[[Rows, Seeds, int], Indices]
"""Takes the rows of a cell, its seeds and the number of neighbours; returns the weight of each seed. Must be picklable.
"""
_MOST_BITS = 40


def evenly(cell: Rows, seeds: Seeds, k: int) -> Indices:
    """Returns weight 1 for every seed."""
    return np.ones(len(seeds.rows), dtype=np.int64)


def weights_of(cell: Rows, seeds: Seeds, k: int, *, weigher: Weigher) -> Iterator[tuple[Indices]]:
    """Yields the sum of the weights, the number of seeds that have one, and the number of all seeds: shape (3,)."""
    weights = weigher(cell, seeds, k)
    yield (np.array([weights.sum(), (weights > 0).sum(), len(weights)]),)


def whole(shares: Matrix, rows: int) -> Indices:
    """Returns weights in whole numbers, whose sum over a class stays below 2^62.

    Parameters
    ----------
    shares : array of float64, shape (n,)
        On [0, 1].
    rows : int
        Number of rows of the class.

    Examples
    --------
    >>> whole(np.array([0.25, 1.0]), rows=2**30)
    array([ 536870912, 2147483648])
    """
    return np.rint(np.ldexp(shares, min(_MOST_BITS, 62 - rows.bit_length()))).astype(np.int64)


def neighbourhoods(points: Matrix, rows: Indices, k: int, recall: float) -> tuple[Indices, Matrix]:
    """Returns the k nearest rows of some rows, and their distances, nearest first.

    Parameters
    ----------
    points : array of float64, shape (n, d)
        Rows of a cell, in units of distance in which squares neither overflow nor vanish.
    rows : array of int64, shape (s,)
    k : int
    recall : float
        As for :func:`spark_smote.kernels.nearest.nearest`.

    Returns
    -------
    neighbours : array of int64, shape (s, k)
    distances : array of float64, shape (s, k)

    Examples
    --------
    >>> neighbourhoods(np.array([[0.0], [1.0], [3.0]]), np.array([0]), k=2, recall=1.0)
    (array([[1, 2]]), array([[1., 3.]]))
    """
    neighbours = nearest(points, rows, k, recall=recall)
    return neighbours, np.sqrt(squared(points, neighbours.ravel(), points, np.repeat(rows, k))).reshape(-1, k)
