"""The work of a Python task on one cell: select the seeds and apply the sampler's rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

from spark_smote.kernels.arrays import Indices
from spark_smote.kernels.fingerprint import NOTHING, Fingerprint
from spark_smote.kernels.seeding import CellSeeds, PoolSeeds, Task
from spark_smote.kernels.synthetic import Rows, Seeds, Synthetic
from spark_smote.kernels.threads import one_thread

AnyRows = TypeVar("AnyRows", bound=Rows)


class Rule(Protocol):
    """A sampler's rule, which makes synthetic rows from the seed rows of one cell. Must be picklable.

    Parameters
    ----------
    cell : Rows
        Rows of the cell, halo included.
    seeds : Seeds
        Seed rows and their quotas.
    k : int
        Number of neighbours.

    Yields
    ------
    Synthetic
    """

    def __call__(self, cell: Rows, seeds: Seeds, k: int) -> Iterator[Synthetic]: ...


@dataclass(frozen=True)
class CellWork:
    """Applies the samplers' rules to the cells of a task.

    Parameters
    ----------
    cells : mapping of cell to CellSeeds or PoolSeeds
    tasks : mapping of task's number to Task
    rules : mapping of task's number to Rule
    chunk_rows : int
        Rows that one chunk of a cell may have.
    """

    cells: Mapping[int, CellSeeds | PoolSeeds]
    tasks: Mapping[int, Task]
    rules: Mapping[int, Rule]
    chunk_rows: int

    def row_cap(self, cell: int) -> int:
        """Rows that one chunk of this cell may have: a shard holds its whole class."""
        seeds = self.cells.get(cell)
        if isinstance(seeds, PoolSeeds):
            return seeds.rows
        return self.tasks[seeds.task].rows if seeds is not None and seeds.share else self.chunk_rows

    def __call__(self, cell: int, chunks: Iterator[AnyRows]) -> Iterator[tuple[int | Indices, AnyRows, Synthetic]]:
        """Yields class number, or that of each row, chunk, and one block of synthetic rows made from the chunk.

        Raises
        ------
        ChangedInputError
            After the last chunk, if the rows of the cell differ from the plan.
        """
        if cell not in self.cells:
            found = sum((Fingerprint.of(chunk.hashes) for chunk in chunks), NOTHING)
            NOTHING.check(found, f"cell {cell}, which is empty,")
            return
        where = self.cells[cell]
        if isinstance(where, PoolSeeds):
            yield from self._pooled(where, chunks)
            return
        task, rule = self.tasks[where.task], self.rules[where.task]
        place, seen = where.placing(task), NOTHING
        # The task has one core; threads started by libraries would compete with other tasks.
        with one_thread():
            for chunk in chunks:
                seen += Fingerprint.of(chunk.hashes[chunk.home])
                try:
                    for block in rule(chunk, place(chunk), task.k):
                        yield task.class_index, chunk, block
                except Exception:
                    # The rule may have failed because the input changed; then ChangedInputError is the better message.
                    where.check(sum((Fingerprint.of(rest.hashes[rest.home]) for rest in chunks), seen), task, cell)
                    raise
        where.check(seen, task, cell)

    def _pooled(
        self, where: PoolSeeds, chunks: Iterator[AnyRows]
    ) -> Iterator[tuple[int | Indices, AnyRows, Synthetic]]:
        """The same for a cell that holds a pool of classes."""
        seen, first = 0, where.tasks[0]
        with one_thread():
            for chunk in chunks:
                seen += len(chunk.hashes)
                for block in self.rules[first](chunk, where.place(chunk, self.tasks), self.tasks[first].k):
                    yield chunk.classes[block.seeds], chunk, block
        Fingerprint(where.rows).check(Fingerprint(seen), "a pool of groups")
