"""What a Python task does with one cell: place the seeds, apply the sampler's rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from spark_smote.kernels.arrays import Indices, Matrix
from spark_smote.kernels.interpolate import Seeds, Synthetic
from spark_smote.kernels.seeding import CellSeeds, Task


class Rows(Protocol):
    """Rows of one cell, in the order of their content hashes."""

    @property
    def hashes(self) -> Indices: ...
    @property
    def home(self) -> NDArray[np.bool_]: ...
    @property
    def features(self) -> Matrix: ...


AnyRows = TypeVar("AnyRows", bound=Rows)


class Rule(Protocol):
    """How the seed rows of one cell become synthetic rows; must be picklable."""

    def __call__(self, cell: Matrix, seeds: Seeds, k: int) -> Iterator[Synthetic]: ...


@dataclass(frozen=True)
class CellWork:
    """A sampler's rule applied to whatever cell comes.

    Parameters
    ----------
    cells : mapping of cell to CellSeeds
    tasks : mapping of class to Task
    rule : Rule
    """

    cells: Mapping[int, CellSeeds]
    tasks: Mapping[int, Task]
    rule: Rule

    def __call__(self, cell: int, chunks: Iterator[AnyRows]) -> Iterator[tuple[int, AnyRows, Synthetic]]:
        """Yield class, chunk and what was made from it, block by block."""
        where = self.cells[cell]
        task = self.tasks[where.class_index]
        place = where.placing(task)
        # The task has one core; libraries that start threads of their own would fight the other tasks for theirs.
        with threadpool_limits(1):
            for chunk in chunks:
                for block in self.rule(chunk.features, place(chunk.hashes, chunk.home), task.k):
                    yield where.class_index, chunk, block
