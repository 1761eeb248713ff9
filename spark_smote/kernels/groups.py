"""Groups of rows: the clusters of each class, numbered through from class to class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from spark_smote.kernels.arrays import Indices, Matrix
from spark_smote.kernels.fingerprint import Fingerprints


class Clustering(Protocol):
    """Clusters of the rows of a class; must be picklable."""

    def of(self, rows: Matrix) -> Indices: ...


@dataclass(frozen=True)
class GroupsByClass:
    """Numbers the groups of rows: one for each pair of a class and a cluster of it.

    Parameters
    ----------
    clusters : mapping of class to Clustering
    firsts : mapping of class to int
        Number of the first group of each class.
    """

    clusters: Mapping[int, Clustering]
    firsts: Mapping[int, int]

    def __call__(self, number: int, rows: Matrix) -> Indices:
        """Returns the group of each row of class ``number``: shape (n, d) to (n,); -1 for other classes."""
        if number not in self.clusters:
            return np.full(len(rows), -1)
        return self.firsts[number] + self.clusters[number].of(rows)


class MemberCounts(Fingerprints):
    """Fingerprints of the rows of each cluster, added batch by batch; see :func:`spark_smote.spark.scans.tally`.

    Parameters
    ----------
    clusters : Clustering
    count : int
        Number of clusters.
    """

    def __init__(self, clusters: Clustering, count: int) -> None:
        super().__init__(count)
        self.clusters = clusters

    def add(self, hashes: Indices, rows: Matrix) -> None:
        """Adds rows, shape (n, d), with their content hashes, shape (n,)."""
        self.put(self.clusters.of(rows), hashes)
