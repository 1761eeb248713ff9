"""Clusters of rows by their nearest centre, and the share of a class's synthetic rows that each cluster gets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spark_smote.kernels.arrays import Indices, Matrix, blocks

_BLOCK_DOUBLES = 1 << 18


@dataclass(frozen=True)
class Clusters:
    """Clusters of rows: a row belongs to the cluster with the nearest centre.

    Parameters
    ----------
    centres : array of float64, shape (c, d)
    unit : array of float64, shape (d,), or float
        Unit of distance of each feature, in which the centres are given.
    """

    centres: Matrix
    unit: Matrix | float = 1.0

    @property
    def count(self) -> int:
        """Number of clusters."""
        return len(self.centres)

    def of(self, rows: Matrix) -> Indices:
        """Returns the cluster of each row: shape (n, d) to (n,). Of equally near centres the first is taken.

        Examples
        --------
        >>> Clusters(np.array([[0.0], [10.0]])).of(np.array([[1.0], [7.0], [5.0]]))
        array([0, 1, 0])
        """
        # No matrix product: the distances of a row must not depend on the other rows of its block.
        found = np.empty(len(rows), dtype=np.int64)
        for part in blocks(len(rows), _BLOCK_DOUBLES // self.centres.size):
            apart = (rows[part] / self.unit)[:, None] - self.centres
            pairs = apart.reshape(-1, apart.shape[2])
            found[part] = np.einsum("ij,ij->i", pairs, pairs).reshape(-1, self.count).argmin(axis=1)
        return found


def selected(own: Indices, everyone: Indices, threshold: float, k: int) -> NDArray[np.bool_]:
    """Selects the clusters in which a class is over-sampled: its share is high enough, and it has more than k rows.

    Parameters
    ----------
    own, everyone : arrays of int64, shape (c,)
        Number of rows of the class, and of all classes, in each cluster.
    threshold : float
        Minimum share of the class.
    k : int
        Number of neighbours.

    Returns
    -------
    array of bool, shape (c,)

    Examples
    --------
    >>> selected(np.array([9, 9, 2, 0]), np.array([10, 90, 2, 0]), threshold=0.5, k=2)
    array([ True, False, False, False])
    """
    return (own > k) & (own / np.maximum(everyone, 1) >= threshold)


def log_sparsity(distance: float, rows: int, exponent: float | None) -> float:
    """Returns the logarithm of the sparsity of a cluster, ``distance ** exponent / rows``.

    Parameters
    ----------
    distance : float
        Mean distance between two rows of the class in the cluster.
    rows : int
        Number of rows of the class in the cluster.
    exponent : float or None
        By default ``0.16 * log_1.6(rows) ** 1.8``, as in imbalanced-learn; the paper uses the number of features.

    References
    ----------
    G. Douzas, F. Bacao, F. Last, "Improving imbalanced learning through a heuristic oversampling method based on
    k-means and SMOTE", Information Sciences 465 (2018), algorithm 1.

    Examples
    --------
    >>> round(log_sparsity(distance=2.0, rows=4, exponent=3.0), 4)
    0.6931
    """
    power = 0.16 * (np.log(rows) / np.log(1.6)) ** 1.8 if exponent is None else exponent
    with np.errstate(divide="ignore"):
        return float((power * np.log(distance) if power else 0.0) - np.log(rows))


def sampling_weights(log_sparsities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns the share of each cluster in the synthetic rows, proportional to its sparsity; equal shares if all are 0.

    Parameters
    ----------
    log_sparsities : array of float64, shape (c,)
        From :func:`log_sparsity`.

    Returns
    -------
    array of float64, shape (c,)
        Its sum is 1.

    Examples
    --------
    >>> sampling_weights(np.log(np.array([1.0, 3.0])))
    array([0.25, 0.75])
    """
    largest = log_sparsities.max()
    if not np.isfinite(largest):
        return np.full(len(log_sparsities), 1 / len(log_sparsities))
    sparsity = np.exp(log_sparsities - largest)
    return np.asarray(sparsity / sparsity.sum())


def mean_distance(rows: Matrix) -> float:
    """Returns the mean Euclidean distance over all pairs of rows, shape (n, d), n at least 2.

    Examples
    --------
    >>> mean_distance(np.array([[0.0, 0.0], [3.0, 4.0]]))
    5.0
    """
    total = 0.0
    for index in range(1, len(rows)):
        difference = rows[:index] - rows[index]
        total += float(np.sqrt(np.einsum("ij,ij->i", difference, difference)).sum())
    return 2 * total / (len(rows) * (len(rows) - 1))
