"""From the class's total to the seed rows of one cell: who they are, and what each owes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from spark_smote.kernels import draws
from spark_smote.kernels.apportion import quotas
from spark_smote.kernels.arrays import Indices
from spark_smote.kernels.fingerprint import Fingerprint
from spark_smote.kernels.synthetic import Rows, Seeds

_PHASE_STREAM = 1


@dataclass(frozen=True)
class Task:
    """What a class, or a cluster of it, owes, and how.

    Parameters
    ----------
    class_index : int
        Number of the class.
    rows : int
        Rows that can be seeds or, where they have weights, the sum of these.
    total : int
        Rows to synthesise.
    k : int
        Neighbours of each seed.
    key : pair of int
        Key of the class's draws.
    fingerprint : Fingerprint, optional
        Of the rows that can be seeds, as planning saw them.
    name : str
        What the rows are, for messages.
    """

    class_index: int
    rows: int
    total: int
    k: int
    key: draws.Key
    fingerprint: Fingerprint | None = None
    name: str = "a class"

    def phase(self) -> int:
        """Where the systematic apportionment starts, drawn from the key."""
        word = draws.philox(self.key, (np.zeros(1, np.uint64), 0, 0, _PHASE_STREAM))[0]
        return int(draws.below(word, self.rows)[0])


@dataclass(frozen=True)
class CellSeeds:
    """Which rows of a cell are its seeds.

    Parameters
    ----------
    task : int
        Number of the task that the cell belongs to.
    first : int
        Position, in the class's order, of the cell's first seed.
    share : pair of int or None
        For a shard, which holds the whole class: its seeds are the rows from the first to before the second. Otherwise
        the seeds are the home rows.
    fingerprint : Fingerprint, optional
        Of its home rows, as planning saw them.
    """

    task: int
    first: int = 0
    share: tuple[int, int] | None = None
    fingerprint: Fingerprint | None = None

    def check(self, now: Fingerprint, task: Task, cell: int) -> None:
        """Refuse home rows that are not those that the cell was planned for.

        Raises
        ------
        ChangedInputError
        """
        if self.fingerprint is not None:
            self.fingerprint.check(now, task.name if self.share else f"cell {cell} of {task.name}")

    def placing(self, task: Task) -> Callable[[Rows], Seeds]:
        """A function that tells the seeds of each chunk of the cell, called with the chunks one after another.

        The chunks' content hashes ascend over all chunks. Rows that bring along what they owe owe that.
        """
        phase = task.phase()
        position, last, equal = self.first, None, 0

        def place(chunk: Rows) -> Seeds:
            nonlocal position, last, equal
            hashes = chunk.hashes
            if self.share is None:
                rows = np.flatnonzero(chunk.home)
                before = equal if len(rows) and hashes[rows[0]] == last else 0
            else:
                rows = np.arange(*self.share)
                position = self.share[0]
                before = position - int(np.searchsorted(hashes, hashes[position])) if len(rows) else 0
            own = hashes[rows]
            number = ordinals(own, before)
            if chunk.quotas is None:
                quota = quotas(position + np.arange(len(rows)), task.rows, task.total, phase)
            else:
                quota = chunk.quotas[rows]
            position += len(rows)
            if len(rows):
                last, equal = own[-1], int(number[-1]) + 1
            return Seeds(rows, own, number, quota, task.key, None if chunk.others is None else chunk.others[rows])

        return place


def ordinals(hashes: Indices, before: int = 0) -> Indices:
    """Number of each row among its equals, from 0 (from ``before`` for the first run).

    Examples
    --------
    >>> ordinals(np.array([4, 4, 9, 9, 9]), before=2)
    array([2, 3, 0, 1, 2])
    """
    index = np.arange(len(hashes))
    starts = np.append(True, hashes[1:] != hashes[:-1])[: len(hashes)]
    since = index - np.maximum.accumulate(np.where(starts, index, 0))
    first_run = np.cumsum(starts) == 1
    return since + np.where(first_run, before, 0)
