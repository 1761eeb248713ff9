"""The base of samplers that weigh the rows of a class by the classes of their k nearest rows among all."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import replace

from spark_smote.core.context import PlanningContext
from spark_smote.core.neighbour_sampler import NeighbourSampler
from spark_smote.core.over_sampler import Prepared
from spark_smote.core.searching import enough_rows, search_settings
from spark_smote.core.synthesis import Synthesis
from spark_smote.errors import ParameterError
from spark_smote.kernels.apportion import LONGEST
from spark_smote.kernels.arrays import Indices, Matrix
from spark_smote.kernels.fingerprint import Fingerprint
from spark_smote.kernels.seeding import Task
from spark_smote.kernels.weights import Weigh, alike
from spark_smote.search.in_class import lay_out
from spark_smote.search.k_nearest import neighbourhood
from spark_smote.search.settings import SearchSettings
from spark_smote.search.weighting import Weighting


class WeightedSampler(NeighbourSampler):
    """Base of samplers for which a row's weight depends on its k nearest rows among all."""

    SEARCHING_READS = 2
    M = "mNeighbors"
    """The param that says how many of these."""

    @abstractmethod
    def weigh(self, context: PlanningContext, scale: Matrix | float | None) -> Mapping[int, Weigh]:
        """The rule for the weights in each class that has a quota."""

    @abstractmethod
    def without_seeds(self, context: PlanningContext, number: int, rows: Indices) -> Weigh | None:
        """Other weights for a class all of whose rows have weight 0, or None to leave the class alone.

        ``rows`` is how many of its rows have 0 to m neighbours of other classes, shape (m + 1,).

        Raises
        ------
        NoSeedsError
            After the search for the k nearest of all rows: only its outcome tells.
        """

    def seeds(self, rows: Indices, weights: Indices) -> int:
        """How many rows have a weight; rows and sums of weights by neighbours of other classes, shape (m + 1,)."""
        return int(weights.sum())

    def near(self, context: PlanningContext) -> int:
        """How many of the nearest of all rows are wanted themselves, not for their classes alone."""
        return 0

    def prepare(self, context: PlanningContext) -> Prepared:
        m, source = self.getOrDefault(self.M), context.source
        settings = search_settings(self, context)
        counts = enough_rows(context, self.M, m)
        for task in context.tasks.values():
            if task.rows * m > LONGEST:
                raise ParameterError(
                    f"{self.M}={m}: the weights of {task.name} may sum to 2^63 or more; lower {self.M}"
                )
        rules = dict(self.weigh(context, settings.units()[1]))
        growing = list(context.tasks)
        nearest = neighbourhood(settings, source.rows(), counts, m, growing, near=self.near(context))
        with context.stage("weigh"):
            counted, fingerprints, others = Weighting(nearest, rules).count(source.rows(), source.rows(growing))
        tasks, weighed, sums, seeds = {}, {}, {}, {}
        for number, task in context.tasks.items():
            context.check(number, Fingerprint(task.rows, int(fingerprints[number].sum())))
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
            tasks[number], weighed[number] = task, replace(task, rows=int(sums[number].sum()))
        if not tasks:
            return Prepared({}, seeds=seeds, neighbourhood=nearest.search)
        work = self.synthesis(context, settings, tasks, Weighting(nearest, rules, weighed, sums, fingerprints, others))
        return Prepared(tasks, work, work.cells.searches, seeds, nearest.search)

    def synthesis(
        self, context: PlanningContext, settings: SearchSettings, tasks: Mapping[int, Task], weighting: Weighting
    ) -> Synthesis:
        """The work, once weights are known: rows walk towards neighbours of their own class."""
        cells = lay_out(settings, context.source.rows, tasks)
        own, plain = self.rule(settings.space()), super().rule(settings.space())
        # A class without seeds of its own falls back to SMOTE.
        rules = {number: plain if weighting.rules[number] is alike else own for number in tasks}
        return Synthesis(list(weighting.neighbourhood.queries), cells, tasks, rules, weighting)
