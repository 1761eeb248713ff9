"""Groups of rows: the clusters of each class, numbered through from class to class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from spark_smote.kernels.arrays import Indices, Matrix
from spark_smote.kernels.fingerprint import NOTHING, Fingerprint, Fingerprints


class Clustering(Protocol):
    """Clusters of rows; must be picklable."""

    @property
    def count(self) -> int: ...

    def of(self, rows: Matrix) -> Indices: ...


@dataclass(frozen=True)
class Groups:
    """Numbers the groups of rows: one for each cluster of a class, or for several clusters of it together.

    Parameters
    ----------
    clusters : mapping of class to Clustering
        Classes may have the same one.
    numbers : mapping of class to array of int64, shape (c,)
        Group of each cluster; negative for clusters that are left out.
    """

    clusters: Mapping[int, Clustering]
    numbers: Mapping[int, Indices]

    @classmethod
    def fitting(cls, clusters: Mapping[int, Clustering], fit: Mapping[int, NDArray[np.bool_]]) -> Groups:
        """A group for each cluster of a class that fits, or one for all its clusters where none does.

        Parameters
        ----------
        clusters : mapping of class to Clustering
            Classes that are not in ``fit`` are left out.
        fit : mapping of class to array of bool, shape (c,)

        Examples
        --------
        >>> from spark_smote.kernels.clusters import Clusters
        >>> clusters = Clusters(np.array([[0.0], [5.0], [9.0]]))
        >>> fit = {2: np.array([True, False, True]), 5: np.array([False, False, False])}
        >>> Groups.fitting({2: clusters, 5: clusters}, fit).numbers
        {2: array([ 0, -1,  1]), 5: array([2, 2, 2])}
        """
        numbers: dict[int, Indices] = {}
        first = 0
        for number, own in fit.items():
            numbers[number] = np.where(own, first + np.cumsum(own) - 1, -1) if own.any() else np.full(len(own), first)
            first = int(numbers[number].max()) + 1
        return cls({number: clusters[number] for number in fit}, numbers)

    def __call__(self, number: int, rows: Matrix) -> Indices:
        """Returns the group of each row of class ``number``: shape (n, d) to (n,); -1 for other classes."""
        if number not in self.numbers:
            return np.full(len(rows), -1)
        return self.numbers[number][self.clusters[number].of(rows)]

    def contents(self, number: int, counts: Fingerprints) -> dict[int, Fingerprint]:
        """Returns the fingerprint of each group of a class, in order, from those of its clusters.

        Examples
        --------
        >>> counts = Fingerprints(3)
        >>> counts.put(np.array([0, 1, 2, 2]), np.array([1, 2, 3, 4]) << 32)
        >>> Groups({}, {4: np.array([7, -1, 7])}).contents(4, counts)
        {7: Fingerprint(rows=3, checksum=8)}
        """
        own = self.numbers[number]
        found = dict.fromkeys(np.unique(own[own >= 0]).tolist(), NOTHING)
        for group, content in zip(own.tolist(), counts.each(), strict=True):
            if group >= 0:
                found[group] += content
        return found


class ClusterCounts(Fingerprints):
    """Fingerprints of the rows of each cluster, added batch by batch; see :func:`spark_smote.spark.scans.tally`."""

    def __init__(self, clusters: Clustering) -> None:
        super().__init__(clusters.count)
        self.clusters = clusters

    def add(self, hashes: Indices, rows: Matrix) -> None:
        """Adds rows, shape (n, d), with their content hashes, shape (n,)."""
        self.put(self.clusters.of(rows), hashes)
