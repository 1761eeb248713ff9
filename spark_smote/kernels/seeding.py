"""Tasks: synthetic rows to make for a class; the seed rows of one cell, and the quotas of these."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from spark_smote.kernels import draws
from spark_smote.kernels.apportion import Line, quotas, shares
from spark_smote.kernels.arrays import Indices
from spark_smote.kernels.fingerprint import Fingerprint
from spark_smote.kernels.synthetic import Rows, Seeds

_PHASE_STREAM = 1


@dataclass(frozen=True)
class Task:
    """Synthetic rows to make for a class, or for one cluster of it.

    Parameters
    ----------
    class_index : int
        Number of the class.
    rows : int
        Number of rows that can be seeds; for weighted rows, the sum of their weights.
    total : int
        Number of rows to synthesise.
    k : int
        Number of neighbours of each seed.
    key : pair of int
        Key of the class's draws.
    fingerprint : Fingerprint, optional
        Fingerprint of the rows that can be seeds, as found by planning.
    name : str
        Name of the rows in error messages.
    pool : int, optional
        Number of the pool of tasks among whose rows its seeds find their neighbours; by default among its own.
    """

    class_index: int
    rows: int
    total: int
    k: int
    key: draws.Key
    fingerprint: Fingerprint | None = None
    name: str = "a class"
    pool: int | None = None

    def phase(self) -> int:
        """Returns the offset of the systematic apportionment, on [0, rows), drawn from the key."""
        word = draws.philox(self.key, (np.zeros(1, np.uint64), 0, 0, _PHASE_STREAM))[0]
        return int(draws.below(word, self.rows)[0])


def of_each_class(tasks: Mapping[int, Task]) -> dict[int, list[int]]:
    """Returns the numbers of the tasks of each class."""
    found: dict[int, list[int]] = {}
    for number, task in tasks.items():
        found.setdefault(task.class_index, []).append(number)
    return found


def shared_out(tasks: Mapping[int, Task], weights: Mapping[int, float], totals: Mapping[int, int]) -> dict[int, Task]:
    """Returns the tasks with other totals: those of their classes, shared in proportion to the tasks' weights.

    Parameters
    ----------
    tasks : mapping of task's number to Task
    weights : mapping of task's number to float
        See :func:`spark_smote.kernels.apportion.shares`.
    totals : mapping of class to int
        0 for a class left out.

    Examples
    --------
    >>> tasks = {number: Task(4, rows, 0, 5, (1, 1)) for number, rows in enumerate([10, 30])}
    >>> [task.total for task in shared_out(tasks, {0: 1.0, 1: 3.0}, {4: 9}).values()]
    [2, 7]
    """
    found: dict[int, Task] = {}
    for index, own in of_each_class(tasks).items():
        parts = shares(np.array([float(weights[number]) for number in own]), totals.get(index, 0))
        found |= {n: replace(tasks[n], total=total) for n, total in zip(own, parts.tolist(), strict=True)}
    return found


@dataclass(frozen=True)
class CellSeeds:
    """Selects the seed rows of a cell.

    Parameters
    ----------
    task : int
        Number of the task that the cell belongs to.
    first : int
        Position of the first seed of the cell in the order of the class.
    share : pair of int or None
        First and last (exclusive) seed of a shard, which contains the whole class. By default the seeds are the home
        rows.
    fingerprint : Fingerprint, optional
        Fingerprint of the home rows, as found by planning.
    recall : float
        Share of its nearest rows in the cell that the search shall find for a seed, on (0, 1].
    before : int, optional
        Sum of the weights of the class's seeds in the cells before, if seeds are weighed in their cells.
    """

    task: int
    first: int = 0
    share: tuple[int, int] | None = None
    fingerprint: Fingerprint | None = None
    recall: float = 1.0
    before: int | None = None

    def check(self, now: Fingerprint, task: Task, cell: int) -> None:
        """Checks the fingerprint ``now`` of the home rows against the plan.

        Raises
        ------
        ChangedInputError
            If it differs.
        """
        if self.fingerprint is not None:
            self.fingerprint.check(now, task.name if self.share else f"cell {cell} of {task.name}")

    def placing(self, task: Task) -> Callable[[Rows], Seeds]:
        """Returns a function that selects the seeds of a chunk; call it with the chunks of the cell in order.

        The content hashes must ascend over all chunks. If a chunk has a column of quotas, the seeds get these quotas.
        """
        phase = task.phase()
        position, last, equal = self.first, None, 0
        line = None if self.before is None else Line(self.before, task.rows, task.total, phase)

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
            others = None if chunk.others is None else chunk.others[rows]
            return Seeds(rows, own, number, quota, task.key, others, self.recall, line)

        return place


@dataclass(frozen=True)
class PoolSeeds:
    """Selects the seeds of a cell that holds the rows of several classes: all are seeds, each for its own class.

    Parameters
    ----------
    tasks : tuple of int
        Numbers of the tasks, which are those of the classes.
    rows : int
        Number of rows in the cell.
    """

    tasks: tuple[int, ...]
    rows: int

    def place(self, chunk: Rows, tasks: Mapping[int, Task]) -> Seeds:
        """Returns the seeds of the cell, which is one chunk, with the quotas that each has of its own class.

        Raises
        ------
        ChangedInputError
            If the rows of a class differ from the plan.
        """
        number, quota = np.zeros((2, len(chunk.hashes)), dtype=np.int64)
        order = np.argsort(chunk.classes, kind="stable")
        ends = np.searchsorted(chunk.classes[order], self.tasks, side="right")
        starts = np.searchsorted(chunk.classes[order], self.tasks, side="left")
        for index, start, end in zip(self.tasks, starts.tolist(), ends.tolist(), strict=True):
            task, own = tasks[index], order[start:end]
            if task.fingerprint is not None:
                task.fingerprint.check(Fingerprint.of(chunk.hashes[own]), task.name)
            number[own] = ordinals(chunk.hashes[own])
            quota[own] = quotas(np.arange(len(own)), task.rows, task.total, task.phase())
        return Seeds(np.arange(len(quota)), chunk.hashes, number, quota, tasks[self.tasks[0]].key)


def ordinals(hashes: Indices, before: int = 0) -> Indices:
    """Numbers each row within its run of equal hashes, from 0 (the first run from ``before``).

    Parameters
    ----------
    hashes : array of int64, shape (n,)
        Equal hashes are adjacent.
    before : int
        Number of rows before these that equal the first one.

    Returns
    -------
    array of int64, shape (n,)

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
