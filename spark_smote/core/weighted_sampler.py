"""The bases of samplers that weigh the rows of a class by their k nearest rows among all."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar

from pyspark.sql import DataFrame

from spark_smote.core.context import PlanningContext
from spark_smote.core.neighbour_sampler import NeighbourSampler
from spark_smote.core.over_sampler import OverSampler, Prepared
from spark_smote.core.params import SearchParams
from spark_smote.core.searching import enough_rows, search_settings
from spark_smote.core.synthesis import Synthesis
from spark_smote.core.warning import gathered
from spark_smote.errors import ParameterError
from spark_smote.kernels.apportion import LONGEST
from spark_smote.kernels.arrays import Indices, Matrix
from spark_smote.kernels.fingerprint import Fingerprint
from spark_smote.kernels.interpolate import copies
from spark_smote.kernels.seeding import CellSeeds, Task
from spark_smote.kernels.weights import Measure, Weigh, alike
from spark_smote.kernels.work import Rule
from spark_smote.search.in_class import CellLayout, lay_out
from spark_smote.search.settings import MOST_TASKS, SearchSettings
from spark_smote.search.weighting import Weighting
from spark_smote.search.within_groups import nearest_of_all
from spark_smote.spark.input_rows import InputRows
from spark_smote.spark.weighed_rows import with_nearest

_SYNTHETIC = 65_536
"""Synthetic rows that a task makes at least, where there are cells enough."""


class WeighingSampler(SearchParams, OverSampler):
    """Base of samplers for which a row's weight depends on its k nearest rows among all."""

    SEARCHING_READS = 2
    M = "mNeighbors"
    """The param that says how many of these."""
    OTHERS_ONLY: ClassVar[bool] = False
    """Whether a row's nearest rows of other classes are wanted, in place of the nearest of all."""
    FEWER_SUFFICE: ClassVar[bool] = False
    """Whether a group with fewer rows than are looked for will do."""
    ALIKE: ClassVar[bool] = False
    """Whether all rows weigh 1, and planning has nothing to ask of their nearest rows."""

    @abstractmethod
    def weigh(self, context: PlanningContext, scale: Matrix | float | None) -> Mapping[int, Weigh]:
        """The rule for the weights in each class that has a quota."""

    def without_seeds(self, context: PlanningContext, number: int, rows: Indices) -> Weigh | None:
        """Other weights for a class all of whose rows have weight 0, or None to leave the class alone.

        ``rows`` is how many of its rows have 0 to m neighbours of other classes, shape (m + 1,).

        Raises
        ------
        NoSeedsError
            After the search for the k nearest of all rows: only its outcome tells.
        """
        raise AssertionError(f"{type(self).__name__} gives every row a weight")

    def wanted(self, context: PlanningContext) -> int:
        """How many nearest rows of each row are searched."""
        return int(self.getOrDefault(self.M))

    def measure(self, settings: SearchSettings) -> Measure | None:
        """What a row is weighed by, if that is not its number of neighbours of other classes."""
        return None

    def heaviest(self, m: int) -> int:
        """The largest weight that a row may have."""
        return m

    @abstractmethod
    def synthesis(
        self, context: PlanningContext, settings: SearchSettings, tasks: Mapping[int, Task], weighting: Weighting
    ) -> Synthesis:
        """The work, once weights are known; jobs may run."""

    def seeds(self, rows: Indices, weights: Indices) -> int:
        """How many rows have a weight; rows and sums of weights by neighbours of other classes, shape (m + 1,)."""
        return int(weights.sum())

    def copied(self, context: PlanningContext) -> list[int]:
        """Classes with a quota whose rows are copied, whatever their weight."""
        return []

    def company(self) -> int:
        return 0 if self.FEWER_SUFFICE else int(self.getOrDefault(self.M))

    def near(self, context: PlanningContext) -> int:
        """How many of the nearest of all rows are wanted themselves, not for their classes alone."""
        return 0

    def prepare(self, context: PlanningContext) -> Prepared:
        m, source = self.wanted(context), context.source
        settings = search_settings(self, context)
        counts = context.usable() if source.layout.groups else enough_rows(context, self.M, m)
        for task in context.tasks.values():
            if task.rows * self.heaviest(m) > LONGEST:
                raise ParameterError(
                    f"{self.M}={m}: the weights of {task.name} may sum to 2^63 or more; lower {self.M}"
                )
        rules = {**self.weigh(context, settings.units()[1]), **dict.fromkeys(self.copied(context), alike)}
        growing = list(context.tasks)
        nearest = nearest_of_all(settings, source, source.rows(), counts, m, growing, near=self.near(context))
        if self.OTHERS_ONLY:
            nearest = replace(nearest, others_only=True, itself=False)
        weighting = Weighting(nearest, rules, measure=self.measure(settings))
        with context.stage("weigh"):
            queries = source.rows(growing)
            counting = weighting.count_alike(queries) if self.ALIKE else weighting.count(source.rows(), queries)
        counted, fingerprints, others = counting
        tasks, weighed, sums, seeds, found = {}, {}, {}, {}, {}
        for number, task in context.tasks.items():
            context.check(number, Fingerprint(task.rows, int(fingerprints[number].sum())))
        with gathered() if source.layout.groups else nullcontext():
            for number, task in context.tasks.items():
                rows, weights = counted[number].sum(axis=0)
                seeds[number], found[number] = self.seeds(rows, weights), rows
                sums[number] = counted[number][:, 1].sum(axis=1)
                if not weights.any():
                    rule = self.without_seeds(context, number, rows)
                    if rule is None:
                        continue
                    rules[number], sums[number] = rule, counted[number][:, 0].sum(axis=1)
                    seeds[number] = int(rows.sum())
                tasks[number], weighed[number] = task, replace(task, rows=int(sums[number].sum()))
        counts_others = weighting.measure is None and not self.ALIKE and not self.OTHERS_ONLY
        around = {number: rows.tolist() for number, rows in found.items()} if counts_others else {}
        if not tasks:
            return Prepared({}, seeds=seeds, neighbourhood=nearest.search, others=around)
        weighting = replace(
            weighting, rules=rules, tasks=weighed, sums=sums, fingerprints=fingerprints, others=others, rows=found
        )
        work = self.synthesis(context, settings, tasks, weighting)
        return Prepared(tasks, work, work.cells.searches, seeds, nearest.search, around)


class WeightedSampler(WeighingSampler, NeighbourSampler):
    """Base of these samplers where rows walk towards neighbours of their own class."""

    def copied(self, context: PlanningContext) -> list[int]:
        return [number for number, task in context.tasks.items() if not task.k]

    def synthesis(
        self, context: PlanningContext, settings: SearchSettings, tasks: Mapping[int, Task], weighting: Weighting
    ) -> Synthesis:
        cells = lay_out(settings, context.source.rows, tasks)
        space = settings.space()
        own, plain, copying = self.rule(space), super().rule(space), partial(copies, space=space)
        # A class without seeds of its own falls back to SMOTE.
        rules = {
            number: (plain if weighting.rules[number] is alike else own) if task.k else copying
            for number, task in tasks.items()
        }
        return Synthesis(list(weighting.neighbourhood.queries), cells, tasks, rules, weighting)


def as_many_as_there_are(m: int, context: PlanningContext) -> int:
    """The number of nearest rows for samplers to which fewer are as good: with all rows there is no bound to state."""
    return min(m, max(1, sum(context.usable().values()) - 1))


def in_bins(settings: SearchSettings, tasks: Mapping[int, Task], weighting: Weighting) -> CellLayout:
    """The seeds stay in the bins, by content hash, in which they were weighed."""
    nearest = weighting.neighbourhood
    ranges, search = nearest.ranges, nearest.search
    # Where only rows with weight come, they weigh 1.
    seeds = {
        ranges[number].first + index: CellSeeds(number, fingerprint=Fingerprint(rows) if nearest.near else None)
        for number in tasks
        for index, rows in enumerate(weighting.sums[number].tolist())
    }
    placements = {number: ranges[number] for number in tasks}
    searches = {n: replace(search, cells=ranges[n].count, halo_share=0.0) for n in tasks}
    made = sum(task.total for task in tasks.values())
    partitions = min(len(seeds), MOST_TASKS, max(nearest.merging["tasks"], made // _SYNTHETIC + 1))
    return CellLayout(seeds, placements, settings.chunk_rows, partitions, searches=searches)


def towards_all(
    settings: SearchSettings, tasks: Mapping[int, Task], weighting: Weighting, rules: Mapping[int, Rule]
) -> Synthesis:
    """The work where rules take seeds and the nearest of all rows to each, which ``near`` has named."""
    cells = in_bins(settings, tasks, weighting)
    return _BesideNearest(list(weighting.neighbourhood.queries), cells, tasks, rules, weighting)


@dataclass(frozen=True)
class _BesideNearest(Synthesis):
    """Seeds and, beside each in its cell, the nearest of all rows to it: a search among these finds them again."""

    def place(self, source: InputRows, rows: DataFrame) -> DataFrame:
        near = self.weighting.neighbourhood.near if self.weighting else 0
        return with_nearest(rows, source.rows(carrying=True), near)
