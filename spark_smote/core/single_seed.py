"""The base of samplers whose synthetic rows need no neighbours: one row of the class, and statistics of the class."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping

from spark_smote.core.context import PlanningContext
from spark_smote.core.over_sampler import OverSampler, Prepared
from spark_smote.core.searching import worker_memory
from spark_smote.core.synthesis import Synthesis
from spark_smote.kernels.fingerprint import NOTHING
from spark_smote.kernels.placement import BinFingerprints, CellOfClass, HashRanges, Shards
from spark_smote.kernels.seeding import CellSeeds, Task, of_each_class
from spark_smote.kernels.work import Rule
from spark_smote.search.in_class import CellLayout, ClassSearch, cell_seeds, shard_seeds
from spark_smote.search.memory import WorkerMemory
from spark_smote.search.settings import MOST_TASKS
from spark_smote.spark.arrow import Split
from spark_smote.spark.scans import Placement, tally

CHUNK_ROWS = 32_768
"""Rows of a class that one task may hold at once; a bigger class is cut into ranges of content hashes."""
_SYNTHETIC = 262_144
_MOST_CELLS = 512


class SingleSeedSampler(OverSampler):
    """Base of samplers that make each synthetic row of one real row."""

    @abstractmethod
    def rules(self, context: PlanningContext) -> Mapping[int, Rule]:
        """The rule for each class that has a quota."""

    def looks_at_all(self) -> bool:
        return False

    def prepare(self, context: PlanningContext) -> Prepared:
        memory, tasks = worker_memory(self, context), context.tasks
        rules, cells = self.rules(context), hash_cells(context, memory, tasks)
        return Prepared(tasks, Synthesis(list(tasks), cells, tasks, rules), cells.searches)


def hash_cells(
    context: PlanningContext, memory: WorkerMemory, tasks: Mapping[int, Task], split: Split | None = None
) -> CellLayout:
    """Cells of rows that are near by chance only: small classes or groups whole, big ones by ranges of content hashes.

    Parameters
    ----------
    context : PlanningContext
    memory : WorkerMemory
    tasks : mapping of task's number to Task
        By class, or by the groups of ``split``.
    split : callable, optional
        See :func:`spark_smote.spark.arrow.by_class`.
    """
    cap = memory.chunk_rows(CHUNK_ROWS)
    counts = _counts(context, tasks, cap, split)
    seeds: dict[int, CellSeeds] = {}
    placements: dict[int, Placement] = {}
    searches: dict[int, ClassSearch] = {}
    whole: dict[int, int] = {}
    for number, task in tasks.items():
        first = len(seeds)
        if number in counts:
            own = cell_seeds(number, counts[number].rows.tolist(), counts[number].each())
            placements[number] = HashRanges(first, len(own))
        else:
            own = shard_seeds(number, task, min(task.total // _SYNTHETIC + 1, task.rows, _MOST_CELLS))
            if len(own) == 1:
                whole[number] = first
            else:
                placements[number] = Shards(first, len(own))
        seeds.update(enumerate(own, first))
        searches[number] = ClassSearch(cells=len(own), worker_bytes=memory.bound_of_chunks(cap, task.rows))
    partitions = min(len(seeds), MOST_TASKS, sum(task.total for task in tasks.values()) // _SYNTHETIC + 2)
    return CellLayout(seeds, placements, cap, partitions, split, searches, CellOfClass.of(whole) if whole else None)


def of_classes(cells: CellLayout, tasks: Mapping[int, Task]) -> dict[int, ClassSearch]:
    """The cells of all groups of each class."""
    groups = {index: [cells.searches[number] for number in own] for index, own in of_each_class(tasks).items()}
    return {
        number: ClassSearch(cells=sum(one.cells for one in own), worker_bytes=max(one.worker_bytes for one in own))
        for number, own in groups.items()
    }


def _counts(
    context: PlanningContext, tasks: Mapping[int, Task], cap: int, split: Split | None
) -> dict[int, BinFingerprints]:
    """Of the big classes or groups, what is in each range of content hashes."""
    big = {number: task.rows for number, task in tasks.items() if task.rows > cap}
    if not big:
        return {}
    ranges = {number: min(2 * rows // cap, _MOST_CELLS) for number, rows in big.items()}
    found = {number: BinFingerprints(count) for number, count in ranges.items()}
    with context.stage("count"):
        tally(context.source.rows(sorted({tasks[number].class_index for number in big})), found, split)
    for number, counted in found.items():
        (tasks[number].fingerprint or NOTHING).check(counted.whole(), tasks[number].name)
    return found
