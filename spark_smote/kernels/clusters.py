"""Clusters of all rows, and what of a class's synthetic rows each cluster owes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from spark_smote.kernels.arrays import Indices, Matrix
from spark_smote.kernels.fingerprint import Fingerprints

_BLOCK_DOUBLES = 1 << 20


@dataclass(frozen=True)
class Clusters:
    """Rows nearest to each of several centres.

    Parameters
    ----------
    centres : array of float64, shape (c, d)
    unit : array of float64, shape (d,), or float
        Unit of distance of each feature, in which the centres are given.
    """

    centres: Matrix
    unit: Matrix | float = 1.0

    def of(self, rows: Matrix) -> Indices:
        """The cluster of each row, of equally near centres the first; (n, d) to (n,).

        A row's distances must not depend on the rows beside it, so there is no matrix product.
        """
        found = np.empty(len(rows), dtype=np.int64)
        block = max(1, _BLOCK_DOUBLES // rows.shape[1])
        for start in range(0, len(rows), block):
            points = rows[start : start + block] / self.unit
            distances = [np.einsum("ij,ij->i", points - centre, points - centre) for centre in self.centres]
            found[start : start + block] = np.argmin(distances, axis=0)
        return found


@dataclass
class ClusterCounts:
    """What is in each cluster, of the rows added."""

    clusters: Clusters
    found: Fingerprints = field(init=False)

    def __post_init__(self) -> None:
        self.found = Fingerprints(len(self.clusters.centres))

    def add(self, hashes: Indices, rows: Matrix) -> None:
        self.found.put(self.clusters.of(rows), hashes)

    def packed(self) -> tuple[Indices, Indices]:
        return self.found.packed()

    def merge(self, rows: Indices, checksums: Indices) -> None:
        self.found.merge(rows, checksums)


@dataclass(frozen=True)
class Groups:
    """The number of a group for each pair of a class and a cluster.

    Parameters
    ----------
    clusters : Clusters
    numbers : mapping of class to array of int64, shape (c,)
        Negative for clusters that are left out.
    """

    clusters: Clusters
    numbers: Mapping[int, Indices]

    def __call__(self, number: int, rows: Matrix) -> Indices:
        """Rows of one class, shape (n, d), to groups, shape (n,)."""
        if number not in self.numbers:
            return np.full(len(rows), -1)
        return self.numbers[number][self.clusters.of(rows)]


def selected(own: Indices, everyone: Indices, threshold: float, k: int) -> NDArray[np.bool_]:
    """Clusters fit for SMOTE: enough of them of the class, and more than k rows of it.

    Parameters
    ----------
    own, everyone : arrays of int64, shape (c,)
        Rows of the class, and of all classes, in each cluster.
    threshold : float
        Least share of the class.
    k : int

    Examples
    --------
    >>> selected(np.array([9, 9, 2, 0]), np.array([10, 90, 2, 0]), threshold=0.5, k=2)
    array([ True, False, False, False])
    """
    return (own > k) & (own / np.maximum(everyone, 1) >= threshold)


def log_sparsity(distance: float, rows: int, exponent: float | None) -> float:
    """Logarithm of how sparse a cluster is: ``distance ** exponent / rows``.

    Parameters
    ----------
    distance : float
        Mean distance of its rows of the class to each other.
    rows : int
        Number of these rows.
    exponent : float or None
        None for ``0.16 * log_1.6(rows) ** 1.8``, as imbalanced-learn has it; the paper takes the number of features.

    References
    ----------
    G. Douzas, F. Bacao, F. Last, "Improving imbalanced learning through a heuristic oversampling method based on
    k-means and SMOTE", Information Sciences 465 (2018), algorithm 1.
    """
    power = 0.16 * (np.log(rows) / np.log(1.6)) ** 1.8 if exponent is None else exponent
    with np.errstate(divide="ignore"):
        return float((power * np.log(distance) if power else 0.0) - np.log(rows))


def sampling_weights(log_sparsities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each cluster's share of the synthetic rows: its sparsity over the sum of all; equal shares if all are 0.

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
    """Mean Euclidean distance over all pairs of rows, shape (n, d), n at least 2."""
    total = 0.0
    for index in range(1, len(rows)):
        difference = rows[:index] - rows[index]
        total += float(np.sqrt(np.einsum("ij,ij->i", difference, difference)).sum())
    return 2 * total / (len(rows) * (len(rows) - 1))
