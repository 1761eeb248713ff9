"""Which cells each row of a class is sent to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from spark_smote.kernels.arrays import Indices, Matrix
from spark_smote.kernels.cells import Cells
from spark_smote.kernels.fingerprint import Fingerprints
from spark_smote.kernels.hashing import Hashing

Sent: TypeAlias = tuple[Indices, Indices, NDArray[np.bool_]]
"""Rows, named once for each of their cells; the cells; whether each is the row's home. All of shape (m,)."""


@dataclass(frozen=True)
class Shards:
    """Exact search: every shard holds the whole class; which rows are its seeds :class:`CellSeeds` says.

    Parameters
    ----------
    first : int
        Number of the first shard.
    count : int
    """

    first: int
    count: int

    def place(self, hashes: Indices, rows: Matrix) -> Iterator[Sent]:
        for shard in range(self.first, self.first + self.count):
            yield np.arange(len(rows)), np.full(len(rows), shard), np.ones(len(rows), dtype=bool)


@dataclass(frozen=True)
class HashedCells:
    """LSH search: a row's home, and the cells that have it in their halo.

    Parameters
    ----------
    first : int
        Number of the first cell.
    cells : Cells
    hashing : Hashing
    """

    first: int
    cells: Cells
    hashing: Hashing

    def place(self, hashes: Indices, rows: Matrix) -> Iterator[Sent]:
        for index, cells, home in self.cells.place(self.hashing(rows)):
            yield index, cells + self.first, home


@dataclass(frozen=True)
class HashRanges:
    """Each row in one cell, by its content hash: for rules that need no neighbours.

    Parameters
    ----------
    first : int
        Number of the first cell.
    count : int
    """

    first: int
    count: int

    def place(self, hashes: Indices, rows: Matrix) -> Iterator[Sent]:
        yield np.arange(len(rows)), self.first + bins(hashes, self.count), np.ones(len(rows), dtype=bool)


@dataclass(frozen=True)
class RangesByClass:
    """Of several classes, the cell of each row by its content hash, as :class:`HashRanges` has it.

    Parameters
    ----------
    ranges : mapping of class to HashRanges
    """

    ranges: Mapping[int, HashRanges]

    def __call__(self, classes: Indices, hashes: Indices) -> Indices:
        """Classes and hashes of shape (n,) to cells, shape (n,)."""
        found = np.empty(len(classes), dtype=np.int64)
        for number in np.unique(classes).tolist():
            own, ranges = classes == number, self.ranges[number]
            found[own] = ranges.first + bins(hashes[own], ranges.count)
        return found


@dataclass(frozen=True)
class Grid:
    """Exact search among all rows: the rows are cut into parts, the queries into groups, a cell has one of each.

    Rows to be searched are at home in their cells, queries are not.

    Parameters
    ----------
    parts, groups : int
        Cell ``group * parts + part``.
    rows, queries : bool
        Whether the class is searched, and whether its rows are queries.
    """

    parts: int
    groups: int
    rows: bool = True
    queries: bool = False

    def place(self, hashes: Indices, rows: Matrix) -> Iterator[Sent]:
        index = np.arange(len(rows))
        if self.rows:
            part = bins(hashes, self.parts)
            for group in range(self.groups):
                yield index, group * self.parts + part, np.ones(len(rows), dtype=bool)
        if self.queries:
            group_of = bins(hashes, self.groups)
            for number in range(self.parts):
                yield index, group_of * self.parts + number, np.zeros(len(rows), dtype=bool)


@dataclass(frozen=True)
class SharedCells:
    """LSH search among all rows: rows to be searched, at home, and queries, not at home, in cells with halos.

    Parameters
    ----------
    rows, queries : Cells or None
        Cells, with their halo, for the rows to be searched and for the queries; None where the class has none.
    hashing : Hashing
    """

    rows: Cells | None
    queries: Cells | None
    hashing: Hashing

    def place(self, hashes: Indices, rows: Matrix) -> Iterator[Sent]:
        coordinates = self.hashing(rows)
        for cells, home in ((self.rows, True), (self.queries, False)):
            if cells is not None:
                for index, cell, own in cells.place(coordinates):
                    # Without a halo a row on a border is still in one cell only.
                    kept = own if not cells.margin else slice(None)
                    yield index[kept], cell[kept], np.full(len(index[kept]), home)


@dataclass(frozen=True)
class Asking:
    """Two groups of rows: 1 for the classes whose rows are queries, 0 for the others.

    Parameters
    ----------
    classes : frozenset of int
    """

    classes: frozenset[int]

    def __call__(self, number: int, rows: Matrix) -> Indices:
        return np.full(len(rows), int(number in self.classes))


def together(number: int, rows: Matrix) -> Indices:
    """All classes as one group, 0."""
    return np.zeros(len(rows), dtype=np.int64)


def bins(hashes: Indices, count: int) -> Indices:
    """The bin of each content hash; of shape (n,)."""
    return ((hashes.view(np.uint64) >> np.uint64(40)) % np.uint64(count)).astype(np.int64)


class BinFingerprints(Fingerprints):
    """What is in each bin of content hashes."""

    def add(self, hashes: Indices, rows: Matrix) -> None:
        self.put(bins(hashes, self.count), hashes)
