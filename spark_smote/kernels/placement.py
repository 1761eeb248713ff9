"""Which cells each row of a class is sent to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from spark_smote.kernels.arrays import Indices, Matrix
from spark_smote.kernels.cells import Cells
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

    def place(self, rows: Matrix) -> Iterator[Sent]:
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

    def place(self, rows: Matrix) -> Iterator[Sent]:
        for index, cells, home in self.cells.place(self.hashing(rows)):
            yield index, cells + self.first, home
