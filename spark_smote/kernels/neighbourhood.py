"""The nearest rows of all classes to each query: merged from the cells, then weighed or judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from spark_smote.errors import ChangedInputError
from spark_smote.kernels import apportion
from spark_smote.kernels.arrays import Indices, Matrix
from spark_smote.kernels.cleaning import Judge
from spark_smote.kernels.finding import CANDIDATE, Candidates, nearest_first
from spark_smote.kernels.fingerprint import Fingerprint
from spark_smote.kernels.seeding import Task
from spark_smote.kernels.weights import Measure, Weigh


@dataclass(frozen=True)
class Bin:
    """A range of content hashes of one class.

    Parameters
    ----------
    number : int
        Number of the class.
    first : int
        Sum of the weights of the class in the bins before this one.
    weight, checksum : int, optional
        Sum of the weights of its rows, and their checksum (see :class:`Fingerprint`), as found by planning.
    """

    number: int
    first: int = 0
    weight: int | None = None
    checksum: int | None = None


@dataclass(frozen=True)
class Merging:
    """Merges the candidates that the cells found for the rows of one bin.

    Parameters
    ----------
    bins : mapping of bin to Bin
    m : int
        Number of nearest rows whose classes count.
    itself : bool
        Whether a query is one of the rows searched, and finds itself, which is then left out.
    near : int
        Number of nearest rows to return by class and content hash; may exceed m.
    """

    bins: Mapping[int, Bin]
    m: int
    itself: bool = True
    near: int = 0

    @property
    def record(self) -> np.dtype[np.void]:
        """Type of a candidate."""
        return CANDIDATE

    @property
    def wanted(self) -> int:
        """Number of candidates to find for each query."""
        return max(self.m, self.near) + self.itself

    def merge(self, cell: int, hashes: Indices, found: Candidates) -> tuple[Indices, Candidates]:
        """Merges the candidates of several cells.

        Parameters
        ----------
        cell : int
            Number of the bin.
        hashes : array of int64, shape (f,)
            Content hash of the query of each finding.
        found : array of CANDIDATE, shape (f, wanted)
            Candidates of each finding.

        Returns
        -------
        hashes : array of int64, shape (q,)
            Distinct content hashes, ascending.
        nearest : array of CANDIDATE, shape (q, max(m, near))
            Nearest rows of each query, nearest first.
        """
        order = np.argsort(hashes, kind="stable")
        hashes, found = hashes[order], found[order]
        starts = np.flatnonzero(np.append(True, hashes[1:] != hashes[:-1])[: len(hashes)])
        query = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(hashes))))
        flat, own = found.ravel(), self.bins[cell].number
        order = np.lexsort((*nearest_first(flat, own), np.repeat(query, found.shape[1])))
        nearest = flat[order][starts[:, None] * found.shape[1] + np.arange(self.wanted)]
        if not self.itself:
            return hashes[starts], nearest
        itself = (nearest["key"] == hashes[starts][:, None]) & (nearest["label"] == own)
        # Left out once, though others may equal it. With more than ``wanted`` equal rows it may be missing.
        itself &= np.cumsum(itself, axis=1) == 1
        itself[~itself.any(axis=1), -1] = True
        return hashes[starts], nearest[~itself].reshape(len(starts), -1)


@dataclass(frozen=True)
class Weighing(Merging):
    """Computes the weight and the quota of each row of one bin from its nearest rows, for over-sampling.

    Parameters
    ----------
    tasks : mapping of class to Task
        Quotas to split.
    weigh : mapping of class to Weigh
        Weighing rule of each class.
    measure : Measure, optional
        By default, the number of neighbours of other classes.
    """

    tasks: Mapping[int, Task] = field(default_factory=dict)
    weigh: Mapping[int, Weigh] = field(default_factory=dict)
    measure: Measure | None = None

    @property
    def measured(self) -> np.dtype[Any]:
        """Type of a measure, where planning keeps it; m must be below 256 without a measure of its own."""
        return np.dtype(np.uint8 if self.measure is None else np.int64)

    def others(self, cell: int, nearest: Candidates) -> Indices:
        """Returns the measure of rows of the bin: neighbours of other classes, shape (n, m) or wider to (n,)."""
        if self.measure is not None:
            return self.measure(self.bins[cell].number, nearest)
        labels = nearest["label"][:, : self.m]
        return np.asarray(((labels >= 0) & (labels != self.bins[cell].number)).sum(axis=1))

    def weights(self, cell: int, features: Matrix, others: Indices) -> Indices:
        """Returns the weights of rows of the bin, shape (n,), given features (n, d) and :meth:`others`."""
        return self.weigh[self.bins[cell].number](features, others, self.m)

    def quotas(self, cell: int, before: int, weights: Indices) -> Indices:
        """Returns the quotas of rows of the bin, shape (n,).

        Parameters
        ----------
        cell : int
            Number of the bin.
        before : int
            Sum of the weights of the rows of the bin that come before these.
        weights : array of int64, shape (n,)
        """
        task = self.tasks[self.bins[cell].number]
        if not task.total:
            return np.zeros(len(weights), dtype=np.int64)
        positions = self.bins[cell].first + before + np.cumsum(weights) - weights
        return apportion.quotas(positions, task.rows, task.total, task.phase(), weights)

    def checksum(self, hashes: Indices) -> int:
        """Returns the checksum of rows with these content hashes, shape (n,)."""
        return Fingerprint.of(hashes).checksum or 0

    def check(self, cell: int, weights: int, checksum: int) -> None:
        """Checks the rows of a bin, and the sum of their weights, against the plan.

        Raises
        ------
        ChangedInputError
            If they differ.
        """
        planned = self.bins[cell]
        name = self.tasks[planned.number].name
        if planned.checksum not in (None, checksum):
            raise ChangedInputError.of(f"rows of {name} have been added, removed or changed")
        if planned.weight not in (None, weights):
            raise ChangedInputError.of(
                f"the nearest rows of {name} have changed: its weights sum to {weights} in place of {planned.weight}"
            )

    def histogram(self, others: Indices, weights: Indices) -> Indices:
        """Counts rows, and sums weights, for each number of neighbours of other classes from 0 to m: shape (2, m + 1).

        With a measure of its own, all rows are counted as 0.

        Examples
        --------
        >>> Weighing({}, m=2).histogram(np.array([0, 2, 2]), np.array([1, 5, 1]))
        array([[1, 0, 2],
               [1, 0, 6]])
        """
        if self.measure is not None:
            others = np.zeros_like(others)
        sums = np.bincount(others, weights, self.m + 1).astype(np.int64)
        return np.stack([np.bincount(others, minlength=self.m + 1), sums])


@dataclass(frozen=True)
class Judging(Merging):
    """Applies a cleaning rule to the rows of one bin and their nearest rows.

    Parameters
    ----------
    judge : Judge
        Cleaning rule.
    """

    judge: Judge = field(kw_only=True)

    def verdicts(self, cell: int, hashes: Indices, nearest: Candidates) -> Indices:
        """Returns the result of the rule for rows of the bin, shape (r, c); arguments as from :meth:`merge`."""
        return self.judge(self.bins[cell].number, hashes, nearest)
