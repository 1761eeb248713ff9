"""Rules of the cleaning methods: they select the rows to remove by the nearest neighbours of each row in all classes.

A rule takes the number of a class, the ascending content hashes of distinct rows of the class, shape (q,), and their
nearest rows, shape (q, m), nearest first. A nearest row is a record of the squared distance ``square``, the content
hash ``key`` and the class number ``label`` (-1 for none). A rule returns an array of int64, shape (r, c).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from spark_smote.kernels.arrays import Indices

ALL = 1 << 40
"""Number of rows to remove that stands for all equal rows."""


class Judge(Protocol):
    """A cleaning rule; must be picklable.

    Parameters
    ----------
    number : int
        Number of the class.
    hashes : array of int64, shape (q,)
        Content hashes of distinct rows of the class, ascending.
    nearest : array of records, shape (q, m)
        Nearest rows of each row, nearest first.

    Returns
    -------
    array of int64, shape (r, c)
    """

    def __call__(self, number: int, hashes: Indices, nearest: NDArray[np.void]) -> Indices: ...


def disagreeing(number: int, labels: Indices) -> NDArray[np.bool_]:
    """Returns True for each row with a nearest row of another class (kind 'all' in imbalanced-learn).

    Parameters
    ----------
    number : int
        Number of the row's own class.
    labels : array of int64, shape (q, m)
        Class numbers of the nearest rows of each row, -1 for none.

    Returns
    -------
    array of bool, shape (q,)

    Examples
    --------
    >>> disagreeing(1, np.array([[1, 1], [1, 0], [1, -1]]))
    array([False,  True, False])
    """
    return ((labels != number) & (labels >= 0)).any(axis=1)


def outvoted(number: int, labels: Indices) -> NDArray[np.bool_]:
    """Returns True for each row whose nearest rows have another class as the most frequent one (kind 'mode').

    Of equally frequent classes the one with the lowest number counts.

    Parameters
    ----------
    number : int
        Number of the row's own class.
    labels : array of int64, shape (q, m)
        Class numbers of the nearest rows of each row, -1 for none.

    Returns
    -------
    array of bool, shape (q,)

    Examples
    --------
    >>> outvoted(1, np.array([[1, 0, 1], [0, 1, 2], [2, 2, 1]]))
    array([False,  True,  True])
    >>> outvoted(1, np.array([[-1, -1, -1]]))
    array([False])
    """
    present = np.sort(labels, axis=1)
    # Position within the run of equal labels; the longest run reaches the highest position.
    run = np.ones(present.shape, dtype=np.int64)
    for column in range(1, present.shape[1]):
        same = present[:, column] == present[:, column - 1]
        run[:, column] = np.where(same, run[:, column - 1] + 1, 1)
    run[present < 0] = 0
    winner = np.take_along_axis(present, run.argmax(axis=1)[:, None], axis=1)[:, 0]
    return (winner != number) & (winner >= 0)


KINDS = {"all": disagreeing, "mode": outvoted}
"""Voting rules by the value of the parameter ``kindSel``."""


@dataclass(frozen=True)
class Edited:
    """Edited nearest neighbours: selects the rows whose class disagrees with their m nearest rows.

    The columns of the result are class, content hash and number of rows to remove.

    Parameters
    ----------
    kind : {'all', 'mode'}
        Voting rule, see :data:`KINDS`.
    m : int
        Number of nearest rows that vote.

    References
    ----------
    D. L. Wilson, "Asymptotic properties of nearest neighbor rules using edited data", IEEE Transactions on Systems,
    Man, and Cybernetics 2 (1972).
    """

    kind: str
    m: int

    def __call__(self, number: int, hashes: Indices, nearest: NDArray[np.void]) -> Indices:
        removed = hashes[KINDS[self.kind](number, nearest["label"][:, : self.m])]
        return _table(np.full(len(removed), number), removed, np.full(len(removed), ALL))


def links(number: int, hashes: Indices, nearest: NDArray[np.void]) -> Indices:
    """Returns each row whose nearest row is of another class, paired with this nearest row.

    The columns of the result are the class of either row, then the content hash of either row; the row with the lower
    class number comes first. A pair found from both of its rows is a Tomek link. Rows of a Tomek link have no equal in
    their class, because the equal row would be the nearest.

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
    """Neighbourhood cleaning rule: selects outvoted rows, and the rows around outvoted minority rows.

    A row of a targeted class is removed if its m nearest rows outvote it. If a minority row is outvoted by itself and
    its m - 1 nearest rows, those of its m nearest rows that belong to a class to clean are removed. The columns of the
    result are class, content hash and number of rows to remove.

    Parameters
    ----------
    minorities : frozenset of int
        Number of the minority class, of each group.
    targeted : frozenset of int
        Classes whose outvoted rows are removed.
    cleaned : frozenset of int
        Classes whose rows are removed around outvoted minority rows.
    m : int
        Number of nearest rows that vote.

    References
    ----------
    J. Laurikkala, "Improving identification of difficult small classes by balancing class distribution", AIME 2001.
    """

    minorities: frozenset[int]
    targeted: frozenset[int]
    cleaned: frozenset[int]
    m: int

    def __call__(self, number: int, hashes: Indices, nearest: NDArray[np.void]) -> Indices:
        found = [np.empty((0, 3), dtype=np.int64)]
        if number in self.targeted:
            found.append(Edited("mode", self.m)(number, hashes, nearest))
        if number in self.minorities:
            with_itself = np.column_stack([np.full(len(hashes), number), nearest["label"][:, : self.m - 1]])
            wrong = outvoted(number, with_itself)
            about = named(number, hashes[wrong], nearest[wrong, : self.m])
            cleaned = [other for other in np.unique(about[:, 0]).tolist() if other in self.cleaned]
            found.append(about[np.isin(about[:, 0], cleaned)])
        return np.concatenate(found)


def opposed(number: int, hashes: Indices, nearest: NDArray[np.void]) -> Indices:
    """Returns each row whose nearest row is of another class (condensed nearest neighbours).

    The columns of the result are the class and the content hash of the row, the content hash of its nearest row, and
    the squared distance, as the bits of a double, which sort in the same order.

    References
    ----------
    P. E. Hart, "The condensed nearest neighbor rule", IEEE Transactions on Information Theory 14 (1968).
    """
    first = nearest[:, 0]
    wrong = np.flatnonzero(disagreeing(number, first["label"][:, None]))
    squares = np.abs(first["square"][wrong]).view(np.int64)
    return _table(np.full(len(wrong), number), hashes[wrong], first["key"][wrong], squares)


def distances(number: int, hashes: Indices, nearest: NDArray[np.void]) -> Indices:
    """Returns class, content hash and total distance of each row to its nearest rows (NearMiss).

    The distance is given as the bits of a double, which sort in the same order.

    References
    ----------
    J. Zhang, I. Mani, "kNN approach to unbalanced data distributions: a case study involving information extraction",
    ICML workshop on learning from imbalanced datasets (2003).
    """
    sums = np.sqrt(np.abs(nearest["square"])).sum(axis=1)
    return _table(np.full(len(hashes), number), hashes, sums.view(np.int64))


def named(number: int, hashes: Indices, nearest: NDArray[np.void]) -> Indices:
    """Returns class, content hash and number of equal rows of each row that is a nearest row of any query.

    Parameters
    ----------
    number, hashes, nearest
        As for :class:`Judge`.

    Returns
    -------
    array of int64, shape (r, 3)
    """
    labels = nearest["label"]
    query = np.repeat(np.arange(len(labels)), labels.shape[1])
    rows = np.column_stack([query, labels.ravel(), nearest["key"].ravel()])[labels.ravel() >= 0]
    found, times = np.unique(rows, axis=0, return_counts=True)
    return np.column_stack([found[:, 1:], times]).astype(np.int64)


def nearest_named(number: int, hashes: Indices, nearest: NDArray[np.void]) -> Indices:
    """Returns class and content hash of each row, and the same of its nearest row; rows without one are left out.

    Parameters
    ----------
    number, hashes, nearest
        As for :class:`Judge`.

    Returns
    -------
    array of int64, shape (r, 4)
    """
    label, key = nearest["label"][:, 0], nearest["key"][:, 0]
    known = label >= 0
    return _table(np.full(known.sum(), number), hashes[known], label[known], key[known])


def _table(*columns: Indices) -> Indices:
    return np.column_stack(columns).astype(np.int64)
