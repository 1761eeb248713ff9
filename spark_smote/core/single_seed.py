"""What samplers share whose synthetic rows need no neighbours: one row of the class, and figures of the class."""

from __future__ import annotations

import itertools
from abc import abstractmethod
from collections.abc import Mapping

import numpy as np
from pyspark.sql import DataFrame

from spark_smote.core.context import InputRows, PlanningContext, Prepared
from spark_smote.core.over_sampler import Sampler
from spark_smote.kernels.placement import BinFingerprints, HashRanges, Shards
from spark_smote.kernels.seeding import CellSeeds
from spark_smote.kernels.work import Rule
from spark_smote.search.in_class import ClassSearch, Division
from spark_smote.search.memory import check_width, chunk_rows
from spark_smote.search.settings import MOST_TASKS
from spark_smote.spark.scans import Placement, tally, to_cells

CHUNK_ROWS = 32_768
"""Rows of a class that one task may hold at once; a bigger class is cut into ranges of content hashes."""
_SYNTHETIC = 262_144
_MOST_CELLS = 512


class SingleSeedSampler(Sampler):
    """Base of samplers that make each synthetic row of one real row."""

    @abstractmethod
    def rules(self, context: PlanningContext) -> Mapping[int, Rule]:
        """The rule for each class that owes something."""

    def looks_at_all(self) -> bool:
        return False

    def prepare(self, context: PlanningContext) -> Prepared:
        rules, tasks = self.rules(context), context.tasks
        width = context.survey.width
        check_width(context.source.frame.sparkSession, sum(context.survey.rows.values()), width)
        cap = chunk_rows(width, CHUNK_ROWS)
        counts = self._counts(context, cap)
        cells: dict[int, CellSeeds] = {}
        placements: dict[int, Placement] = {}
        for number, task in tasks.items():
            if number in counts:
                found = counts[number]
                firsts = (np.cumsum(found.rows) - found.rows).tolist()
                seeds = [CellSeeds(number, first, None, of) for first, of in zip(firsts, found.each(), strict=True)]
                placements[number] = HashRanges(len(cells), len(seeds))
            else:
                shards = min(task.total // _SYNTHETIC + 1, task.rows, _MOST_CELLS)
                borders = [task.rows * shard // shards for shard in range(shards + 1)]
                seeds = [CellSeeds(number, 0, share, task.fingerprint) for share in itertools.pairwise(borders)]
                placements[number] = Shards(len(cells), shards)
            cells.update(enumerate(seeds, len(cells)))
        partitions = min(len(cells), MOST_TASKS, sum(task.total for task in tasks.values()) // _SYNTHETIC + 2)
        division = Division(cells, lambda _: cap, partitions)

        def make(source: InputRows) -> DataFrame:
            rows = to_cells(source.rows(list(tasks), carrying=True), placements)
            return source.synthesise(rows, division, tasks, rules)

        return Prepared(tasks, make, {number: ClassSearch(cells=_cells(cells, number)) for number in tasks})

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


def _cells(cells: Mapping[int, CellSeeds], number: int) -> int:
    return sum(seeds.task == number for seeds in cells.values())
