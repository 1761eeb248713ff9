"""What samplers share that weigh the rows of a class by the classes of the rows about them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from pyspark.sql import DataFrame

from spark_smote.core.context import InputRows, PlanningContext, Prepared
from spark_smote.core.neighbour_sampler import NeighbourSampler
from spark_smote.errors import TooFewRowsError
from spark_smote.kernels.arrays import Indices, Matrix
from spark_smote.kernels.fingerprint import Fingerprint
from spark_smote.kernels.seeding import Task
from spark_smote.kernels.weights import Weigh
from spark_smote.kernels.work import Rule
from spark_smote.search.among_all import Neighbourhood, lay_out
from spark_smote.search.in_class import Searcher
from spark_smote.search.settings import SearchSettings


class WeightedSampler(NeighbourSampler):
    """Base of samplers for which a row's weight depends on its nearest rows among all."""

    WRITING_READS = 4
    M = "mNeighbors"
    """The param that says how many of these."""

    @abstractmethod
    def weigh(self, context: PlanningContext, scale: Matrix | None) -> Mapping[int, Weigh]:
        """The rule for the weights in each class that owes something."""

    @abstractmethod
    def rule(self, scale: Matrix | None) -> Rule:
        """The rule that makes synthetic rows."""

    @abstractmethod
    def without_seeds(self, context: PlanningContext, number: int, rows: Indices) -> Weigh | None:
        """What to do with a class all of whose rows have weight 0: other weights, or None to leave it alone.

        ``rows`` is how many of its rows have 0 to m neighbours of other classes, shape (m + 1,).

        Raises
        ------
        NoSeedsError
        """

    def seeds(self, rows: Indices, weights: Indices) -> int:
        """How many rows have a weight; rows and sums of weights by neighbours of other classes, shape (m + 1,)."""
        return int(weights.sum())

    def near(self, context: PlanningContext) -> int:
        """How many of the nearest of all rows are wanted themselves, not for their classes alone."""
        return 0

    def prepare(self, context: PlanningContext) -> Prepared:
        m, scale, source = self.getOrDefault(self.M), self.scale(context), context.source
        settings = self.settings(context, scale)
        counts = usable(context, self.M, m)
        rules = dict(self.weigh(context, settings.units()[1]))
        around = lay_out(settings, source.rows(), counts, m, list(context.tasks), near=self.near(context))
        with context.stage("weigh"):
            counted, marks = around.weights(source.rows(), source.rows(list(context.tasks)), rules)
        for number in context.tasks:
            context.check(number, Fingerprint(context.valid(number), int(marks[number].sum())))
        around = replace(around, marks=marks)
        tasks, sums, seeds = {}, {}, {}
        for number, task in context.tasks.items():
            rows, weights = counted[number].sum(axis=0)
            seeds[number] = self.seeds(rows, weights)
            sums[number] = counted[number][:, 1].sum(axis=1)
            if not weights.any():
                rule = self.without_seeds(context, number, rows)
                if rule is None:
                    continue
                rules[number], sums[number] = rule, counted[number][:, 0].sum(axis=1)
                seeds[number] = int(rows.sum())
            tasks[number] = task
        return self.prepared(context, settings, around, tasks, rules, sums, seeds)

    def prepared(
        self,
        context: PlanningContext,
        settings: SearchSettings,
        around: Neighbourhood,
        tasks: Mapping[int, Task],
        rules: Mapping[int, Weigh],
        sums: Mapping[int, Indices],
        seeds: Mapping[int, int],
    ) -> Prepared:
        """The work, once weights are known: rows walk towards neighbours of their own class."""
        if not tasks:
            return Prepared({}, seeds=seeds, surroundings=around.search)
        search = Searcher(settings).lay_out(context.source.rows(list(tasks)), tasks)
        weighing, make_rows = self.weighing(tasks, sums), dict.fromkeys(tasks, self.rule(settings.scale))
        asking = list(around.queries)

        def make(source: InputRows) -> DataFrame:
            queries = source.rows(asking, carrying=True)
            rows = search.partition(around.weighed(source.rows(), queries, weighing, rules, sums))
            return source.synthesise(rows, search, tasks, make_rows)

        return Prepared(tasks, make, search.found, seeds, around.search)

    def weighing(self, tasks: Mapping[int, Task], sums: Mapping[int, Indices]) -> dict[int, Task]:
        """The tasks as apportioned by weight."""
        return {number: replace(task, rows=int(np.sum(sums[number]))) for number, task in tasks.items()}


def usable(context: PlanningContext, param: str, m: int) -> dict[int, int]:
    """Usable rows of each class that has any.

    Raises
    ------
    TooFewRowsError
        Too few in all for m nearest ones.
    """
    counts = context.usable()
    if sum(counts.values()) <= m:
        raise TooFewRowsError(
            f"the DataFrame has {sum(counts.values())} usable rows, too few for {param}={m}, which needs {m + 1}; "
            f"lower {param}"
        )
    return counts
