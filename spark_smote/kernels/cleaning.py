"""Which rows a cleaning method removes, told from the nearest of all rows to each.

A rule is given the number of a class, the content hashes of distinct rows of it, shape (q,), ascending, and their
nearest rows, shape (q, m), nearest first, as records of a squared distance, a content hash ``key`` and a class
``label``. It returns whole numbers, one column each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from spark_smote.kernels.arrays import Indices

ALL = np.int64(1) << 40
"""Rows that shall go where all equal ones shall."""


class Judge(Protocol):
    """A class's number, hashes, and records of the nearest rows, to an array of shape (r, c)."""

    def __call__(self, number: int, hashes: Indices, nearest: NDArray[np.void]) -> Indices: ...


def disagreeing(number: int, labels: Indices) -> NDArray[np.bool_]:
    """Where any of the nearest rows is of another class: Wilson's rule as imbalanced-learn's kind 'all' has it."""
    return ((labels != number) & (labels >= 0)).any(axis=1)


def outvoted(number: int, labels: Indices) -> NDArray[np.bool_]:
    """Where the most frequent class of the nearest rows, of equally frequent ones the first, is another.

    Examples
    --------
    >>> outvoted(1, np.array([[1, 0, 1], [0, 1, 2], [2, 2, 1]]))
    array([False,  True,  True])
    """
    present = np.sort(labels, axis=1)
    # The run of equal labels that each place stands in, counted up to there: the longest ends highest.
    run = np.ones(present.shape, dtype=np.int64)
    for column in range(1, present.shape[1]):
        same = present[:, column] == present[:, column - 1]
        run[:, column] = np.where(same, run[:, column - 1] + 1, 1)
    run[present < 0] = 0
    return np.take_along_axis(present, run.argmax(axis=1)[:, None], axis=1)[:, 0] != number


KINDS = {"all": disagreeing, "mode": outvoted}


@dataclass(frozen=True)
class Edited:
    """Rows that their nearest do not agree with: class, content hash, and how many shall go.

    Parameters
    ----------
    kind : {'all', 'mode'}
    m : int
        Nearest rows asked.

    References
    ----------
    D. L. Wilson, "Asymptotic properties of nearest neighbor rules using edited data", IEEE Transactions on Systems,
    Man, and Cybernetics 2 (1972).
    """

    kind: str
    m: int

    def __call__(self, number: int, hashes: Indices, nearest: NDArray[np.void]) -> Indices:
        gone = hashes[KINDS[self.kind](number, nearest["label"][:, : self.m])]
        return _table(np.full(len(gone), number), gone, np.full(len(gone), ALL))


def links(number: int, hashes: Indices, nearest: NDArray[np.void]) -> Indices:
    """Pairs of a row and its nearest, where that is of another class: both ends' classes and hashes, lower end first.

    A pair that both its ends name is a Tomek link. Such a row has no equal in its class, for that would be its nearest.

    References
    ----------
    I. Tomek, "Two modifications of CNN", IEEE Transactions on Systems, Man, and Cybernetics 6 (1976).
    """
    labels, keys = nearest["label"][:, 0], nearest["key"][:, 0]
    linked = (labels != number) & (labels >= 0)
    own, other = (np.full(linked.sum(), number), hashes[linked]), (labels[linked], keys[linked])
    first = own[0] < other[0]
    return _table(*(np.where(first, *pair) for pair in (*zip(own, other, strict=True), *zip(other, own, strict=True))))


@dataclass(frozen=True)
class NeighbourhoodCleaned:
    """Rows that the neighbourhood cleaning rule removes: class, content hash, and how many shall go.

    Rows of the targeted classes that are outvoted by their m nearest go. Of a minority row that is outvoted by itself
    and its m - 1 nearest, those of the m nearest go that are of the classes to clean.

    Parameters
    ----------
    minority : int
    targeted, cleaned : frozenset of int
        Classes.
    m : int

    References
    ----------
    J. Laurikkala, "Improving identification of difficult small classes by balancing class distribution", AIME 2001.
    """

    minority: int
    targeted: frozenset[int]
    cleaned: frozenset[int]
    m: int

    def __call__(self, number: int, hashes: Indices, nearest: NDArray[np.void]) -> Indices:
        found = [np.empty((0, 3), dtype=np.int64)]
        if number in self.targeted:
            found.append(Edited("mode", self.m)(number, hashes, nearest))
        if number == self.minority:
            with_itself = np.column_stack([np.full(len(hashes), number), nearest["label"][:, : self.m - 1]])
            wrong = outvoted(number, with_itself)
            about = named(number, hashes[wrong], nearest[wrong, : self.m])
            found.append(about[np.isin(about[:, 0], list(self.cleaned))])
        return np.concatenate(found)


def distances(number: int, hashes: Indices, nearest: NDArray[np.void]) -> Indices:
    """Class, content hash, and the sum of the distances to the rows found, as the bits of a double: they sort alike.

    References
    ----------
    J. Zhang, I. Mani, "kNN approach to unbalanced data distributions: a case study involving information extraction",
    ICML workshop on learning from imbalanced datasets (2003).
    """
    sums = np.sqrt(np.abs(nearest["square"])).sum(axis=1)
    return _table(np.full(len(hashes), number), hashes, sums.view(np.int64))


def named(number: int, hashes: Indices, nearest: NDArray[np.void]) -> Indices:
    """Class, content hash, and how many equal ones, of the rows that are among the nearest of any."""
    labels = nearest["label"]
    query = np.repeat(np.arange(len(labels)), labels.shape[1])
    rows = np.column_stack([query, labels.ravel(), nearest["key"].ravel()])[labels.ravel() >= 0]
    found, times = np.unique(rows, axis=0, return_counts=True)
    return np.column_stack([found[:, 1:], times]).astype(np.int64)


def _table(*columns: Indices) -> Indices:
    return np.column_stack(columns).astype(np.int64)


@dataclass(frozen=True)
class RowKeys:
    """Distinct classes and content hashes, and of each how many rows shall go.

    Parameters
    ----------
    classes, hashes, rows : arrays of int64, shape (n,)
    """

    classes: Indices
    hashes: Indices
    rows: Indices

    @classmethod
    def of(cls, *verdicts: Indices) -> RowKeys:
        """Of verdicts of shape (r, 3) on the same row the most goes.

        Examples
        --------
        >>> RowKeys.of(np.array([[1, 7, 2], [0, 9, 1], [1, 7, 3]])).rows
        array([1, 3])
        """
        every = np.concatenate([np.empty((0, 3), dtype=np.int64), *verdicts])
        every = every[np.lexsort(every.T[::-1])]
        last = np.ones(len(every), dtype=bool)
        last[:-1] = (every[1:, :2] != every[:-1, :2]).any(axis=1)
        return cls(*np.ascontiguousarray(every[last].T))

    def __add__(self, other: RowKeys) -> RowKeys:
        return RowKeys.of(self.table(), other.table())

    def table(self) -> Indices:
        return np.column_stack([self.classes, self.hashes, self.rows])

    def split(self) -> tuple[RowKeys, RowKeys]:
        """Those of which all equal rows go, and those of which some may stay."""
        every = self.rows >= ALL
        return RowKeys.of(self.table()[every]), RowKeys.of(self.table()[~every])
