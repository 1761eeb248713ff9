"""Placements: the cells that each row of a class is sent to."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from spark_smote.kernels.arrays import Indices, Matrix
from spark_smote.kernels.cells import Cells
from spark_smote.kernels.fingerprint import Fingerprints
from spark_smote.kernels.hashing import Hashing

Sent: TypeAlias = tuple[Indices, Indices, NDArray[np.bool_]]
"""Row indices, cell numbers, and whether the cell is the home of the row: one entry a row and cell, shape (m,)."""


@dataclass(frozen=True)
class Shards:
    """Placement for exact search: every shard gets the whole class; :class:`CellSeeds` selects the seeds of a shard.

    Parameters
    ----------
    first : int
        Number of the first shard.
    count : int
        Number of shards.
    """

    first: int
    count: int

    def place(self, hashes: Indices, rows: Matrix) -> Iterator[Sent]:
        """Yields the cells of rows, shape (n, d), with content hashes, shape (n,); see :data:`Sent`."""
        for shard in range(self.first, self.first + self.count):
            yield np.arange(len(hashes)), np.full(len(hashes), shard), np.ones(len(hashes), dtype=bool)


@dataclass(frozen=True)
class HashedCells:
    """Placement for LSH search: the home cell of a row, and the cells whose halo contains it.

    Parameters
    ----------
    first : int
        Number of the first cell.
    cells : Cells
        Cells of the class, with their halo.
    hashing : Hashing
        Maps rows to the coordinates of the cells.
    """

    first: int
    cells: Cells
    hashing: Hashing

    def place(self, hashes: Indices, rows: Matrix) -> Iterator[Sent]:
        """Yields the cells of rows, shape (n, d), with content hashes, shape (n,); see :data:`Sent`."""
        for index, cells, home in self.cells.place(self.hashing(rows)):
            yield index, cells + self.first, home


@dataclass(frozen=True)
class HashRanges:
    """Placement for rules without neighbours: each row gets one cell, by its content hash.

    Parameters
    ----------
    first : int
        Number of the first cell.
    count : int
        Number of cells.
    """

    first: int
    count: int

    def place(self, hashes: Indices, rows: Matrix) -> Iterator[Sent]:
        """Yields the cells of rows, shape (n, d), with content hashes, shape (n,); see :data:`Sent`."""
        yield np.arange(len(hashes)), self.first + bins(hashes, self.count), np.ones(len(hashes), dtype=bool)


@dataclass(frozen=True)
class RangesByClass:
    """Cells of the rows of several classes, by content hash as in :class:`HashRanges`.

    Parameters
    ----------
    ranges : mapping of class to HashRanges
    """

    ranges: Mapping[int, HashRanges]

    def __call__(self, classes: Indices, hashes: Indices) -> Indices:
        """Returns the cell of each row, given class numbers and content hashes; all of shape (n,)."""
        found = np.empty(len(classes), dtype=np.int64)
        for number in np.unique(classes).tolist():
            own, ranges = classes == number, self.ranges[number]
            found[own] = ranges.first + bins(hashes[own], ranges.count)
        return found


@dataclass(frozen=True)
class CellOfClass:
    """Placement of classes each of which lies in one cell, whole; classes may share a cell.

    Parameters
    ----------
    cells : array of int64, shape (c,)
        Cell of each class, by its number; -1 for a class without one.
    home : array of bool, shape (c,)
        Whether the rows of a class are at home there; of a search among all rows: whether they are searched, and no
        queries.
    """

    cells: Indices
    home: NDArray[np.bool_]

    @classmethod
    def of(cls, cells: Mapping[int, int]) -> CellOfClass:
        """The placement of these classes, which are at home.

        Examples
        --------
        >>> CellOfClass.of({0: 4, 2: 5}).asking([2]).place(np.array([2, 0, 1]))
        (array([0, 1]), array([5, 4]), array([False,  True]))
        """
        found = np.full(max(cells) + 1, -1)
        found[list(cells)] = list(cells.values())
        return cls(found, np.ones(len(found), dtype=bool))

    def asking(self, classes: Collection[int], only: bool = False) -> CellOfClass:
        """The same placement where rows of some classes are queries; ``only`` these have cells then."""
        asked = np.isin(np.arange(len(self.cells)), list(classes))
        return CellOfClass(np.where(asked | (not only), self.cells, -1), ~asked)

    @property
    def known(self) -> NDArray[np.bool_]:
        """Whether a class has a cell, shape (c,)."""
        return self.cells >= 0

    def place(self, classes: Indices) -> Sent:
        """Returns the cells of rows, given their classes, shape (n,); see :data:`Sent`."""
        index = np.flatnonzero(classes < len(self.cells))
        index = index[self.cells[classes[index]] >= 0]
        return index, self.cells[classes[index]], self.home[classes[index]]


@dataclass(frozen=True)
class Grid:
    """Placement for exact search in all classes: each cell has one part of the rows and one group of the queries.

    In a cell, ``home`` is True for rows to search and False for queries.

    Parameters
    ----------
    parts, groups : int
        Number of parts and of groups; the number of a cell is ``group * parts + part``.
    rows, queries : bool
        Whether rows of the class are searched, and whether they are queries. A row that is both is a query in one
        cell, and to be searched there as well (one part only).
    first : int
        Number of the first cell.
    """

    parts: int
    groups: int
    rows: bool = True
    queries: bool = False
    first: int = 0

    def place(self, hashes: Indices, rows: Matrix) -> Iterator[Sent]:
        """Yields the cells of rows, shape (n, d), with content hashes, shape (n,); see :data:`Sent`."""
        index, group_of = np.arange(len(hashes)), bins(hashes, self.groups)
        if self.rows:
            part = bins(hashes, self.parts)
            for group in range(self.groups):
                yield index, self.first + group * self.parts + part, (group_of != group) | (not self.queries)
        else:
            for number in range(self.parts):
                yield index, self.first + group_of * self.parts + number, np.zeros(len(hashes), dtype=bool)


@dataclass(frozen=True)
class SharedCells:
    """Placement for LSH search in all classes, in cells with a halo.

    In a cell, ``home`` is True for rows to search and False for queries.

    Parameters
    ----------
    cells : Cells
        With their halo.
    hashing : Hashing
        Maps rows to the coordinates of the cells.
    rows, queries : bool
        Whether rows of the class are searched, and whether they are queries. A row that is both is a query in its home
        cell, and to be searched there as well.
    """

    cells: Cells
    hashing: Hashing
    rows: bool = True
    queries: bool = False

    def place(self, hashes: Indices, rows: Matrix) -> Iterator[Sent]:
        """Yields the cells of rows, shape (n, d), with content hashes, shape (n,); see :data:`Sent`."""
        hashed = self.hashing(rows)
        if not self.cells.margin:
            # Without a halo, a row on a border belongs to its home only.
            yield np.arange(len(rows)), self.cells.homes(hashed), np.full(len(rows), self.rows and not self.queries)
            return
        for index, cell, own in self.cells.place(hashed):
            yield index, cell, self.rows & ~(own & self.queries)


@dataclass(frozen=True)
class Asking:
    """Two groups of rows: 1 for classes whose rows are queries, 0 for other classes.

    Parameters
    ----------
    classes : frozenset of int
        Classes whose rows are queries.
    """

    classes: frozenset[int]

    def __call__(self, number: int, rows: Matrix) -> Indices:
        return np.full(len(rows), int(number in self.classes))


def together(number: int, rows: Matrix) -> Indices:
    """Returns group 0 for every row, shape (n, d) to (n,): all classes form one group."""
    return np.zeros(len(rows), dtype=np.int64)


def bins(hashes: Indices, count: int) -> Indices:
    """Returns the bin of each content hash, from 0 to ``count`` - 1; shape (n,).

    Examples
    --------
    >>> bins(np.array([5 << 40, 7 << 40]), 4)
    array([1, 3])
    """
    return ((hashes.view(np.uint64) >> np.uint64(40)) % np.uint64(count)).astype(np.int64)


class BinFingerprints(Fingerprints):
    """Fingerprints of the rows of each bin of content hashes."""

    def add(self, hashes: Indices, rows: Matrix) -> None:
        """Adds rows, shape (n, d), with their content hashes, shape (n,)."""
        self.put(bins(hashes, self.count), hashes)


class HomeFingerprints(Fingerprints):
    """Fingerprints of the rows at home in each cell.

    Parameters
    ----------
    cells : Cells
    hashing : Hashing
        Maps rows to the coordinates of the cells.
    """

    def __init__(self, cells: Cells, hashing: Hashing) -> None:
        super().__init__(len(cells))
        self.cells, self.hashing = cells, hashing

    def add(self, hashes: Indices, rows: Matrix) -> None:
        """Adds rows, shape (n, d), with their content hashes, shape (n,)."""
        self.put(self.cells.homes(self.hashing(rows)), hashes)
