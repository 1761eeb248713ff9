"""The base of samplers whose synthetic rows need no neighbours: one row of the class, and statistics of the class."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping

from spark_smote.core.context import PlanningContext
from spark_smote.core.over_sampler import OverSampler, Prepared
from spark_smote.core.searching import worker_memory
from spark_smote.core.synthesis import Synthesis
from spark_smote.kernels.placement import BinFingerprints, HashRanges, Shards
from spark_smote.kernels.seeding import CellSeeds
from spark_smote.kernels.work import Rule
from spark_smote.search.in_class import CellLayout, ClassSearch, cell_seeds, shard_seeds
from spark_smote.search.settings import MOST_TASKS
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
        rules, cap = self.rules(context), memory.chunk_rows(CHUNK_ROWS)
        counts = self._counts(context, cap)
        seeds: dict[int, CellSeeds] = {}
        placements: dict[int, Placement] = {}
        searches: dict[int, ClassSearch] = {}
        for number, task in tasks.items():
            first = len(seeds)
            if number in counts:
                own = cell_seeds(number, counts[number].rows.tolist(), counts[number].each())
                placements[number] = HashRanges(first, len(own))
            else:
                own = shard_seeds(number, task, min(task.total // _SYNTHETIC + 1, task.rows, _MOST_CELLS))
                placements[number] = Shards(first, len(own))
            seeds.update(enumerate(own, first))
            searches[number] = ClassSearch(cells=len(own), worker_bytes=memory.bound_of_chunks(cap, task.rows))
        partitions = min(len(seeds), MOST_TASKS, sum(task.total for task in tasks.values()) // _SYNTHETIC + 2)
        cells = CellLayout(seeds, placements, cap, partitions, searches=searches)
        return Prepared(tasks, Synthesis(list(tasks), cells, tasks, rules), searches)

    def _counts(self, context: PlanningContext, cap: int) -> dict[int, BinFingerprints]:
        """Of the big classes, what is in each range of content hashes."""
        big = {number: task.rows for number, task in context.tasks.items() if task.rows > cap}
        if not big:
            return {}
        ranges = {number: min(2 * rows // cap, _MOST_CELLS) for number, rows in big.items()}
        found = {number: BinFingerprints(count) for number, count in ranges.items()}
        with context.stage("count"):
            tally(context.source.rows(list(big)), found)
        for number, counted in found.items():
            context.check(number, counted.whole())
        return found
