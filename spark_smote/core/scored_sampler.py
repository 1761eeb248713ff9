"""The base of samplers that score each row of a class by passes over all rows, and weigh it by its score."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import ClassVar, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pyspark.sql import DataFrame

from spark_smote.core.context import PlanningContext
from spark_smote.core.over_sampler import Prepared
from spark_smote.core.params import SearchParams
from spark_smote.core.searching import search_settings
from spark_smote.core.synthesis import Synthesis
from spark_smote.core.too_few import HasTooFew
from spark_smote.core.warning import gathered
from spark_smote.errors import ParameterError
from spark_smote.kernels.arrays import Indices
from spark_smote.kernels.fingerprint import Fingerprint
from spark_smote.kernels.interpolate import copies
from spark_smote.kernels.seeding import Task
from spark_smote.kernels.work import Rule
from spark_smote.search.in_class import CellLayout, ClassSearch, lay_out
from spark_smote.search.k_nearest import Neighbourhood
from spark_smote.search.scores import by_scores
from spark_smote.search.settings import SearchSettings
from spark_smote.search.within_groups import nearest_of_all
from spark_smote.spark.group_classes import label_of, one_a_group
from spark_smote.spark.known_rows import KnownRows, known_rows

MOST_SCORED = 1 << 20
"""Rows that the classes that grow may have together: the driver holds 24 bytes of each distinct one."""


@dataclass(frozen=True)
class Scoring:
    """What a sampler needs to score rows.

    Parameters
    ----------
    context : PlanningContext
    settings : SearchSettings
    known : mapping of class to KnownRows
        Distinct rows of the classes that grow.
    """

    context: PlanningContext
    settings: SearchSettings
    known: Mapping[int, KnownRows]

    @property
    def growing(self) -> list[int]:
        """The classes to score; those with too few rows are copied."""
        return [number for number, task in self.context.tasks.items() if task.k]

    def rounds(self) -> Iterator[list[int]]:
        """These classes, of each group one at a time, to search for those of all groups together."""
        return one_a_group(self.context.source.labels, self.growing)

    def others(self, number: int) -> dict[int, int]:
        """Usable rows of each class but one, those of its own group."""
        return {other: rows for other, rows in self.context.beside(number).items() if other != number}

    def nearest(
        self, base: DataFrame, counts: Mapping[int, int], queries: DataFrame, asking: Mapping[int, int], k: int
    ) -> Neighbourhood:
        """The search for the k nearest rows of some classes to rows of others; jobs run for LSH search.

        Parameters
        ----------
        base, queries : DataFrame
            CLASS, HASH and FEATURES.
        counts, asking : mapping of class to int
            Rows of the base, and of the queries at most, in each class.
        k : int
            Of a base of fewer rows, all are found.
        """
        k, source = min(k, sum(counts.values())), self.context.source
        return nearest_of_all(self.settings, source, base, counts, k, list(asking), synthetic=asking, apart=queries)


@dataclass(frozen=True)
class Scored:
    """How a sampler weighs rows, and what it makes of them.

    Parameters
    ----------
    weights : mapping of class to array of int64, shape (n,)
        Weight of each distinct row of the classes that grow, from 0 to 2^40.
    rules : mapping of class to Rule
    search : ClassSearch, optional
        The search among all rows that led to the weights.
    noise : mapping of class to array of bool, shape (n,)
        Rows that are noise, where a sampler tells them.
    """

    weights: Mapping[int, Indices]
    rules: Mapping[int, Rule]
    search: ClassSearch | None = None
    noise: Mapping[int, NDArray[np.bool_]] = field(default_factory=dict)


CellsOfClasses: TypeAlias = tuple[CellLayout, Mapping[int, Task], Mapping[int, ClassSearch]]
"""Cells, their tasks by number, and how each class is searched."""


class ScoredSampler(SearchParams, HasTooFew):
    """Base of samplers for which a row's weight depends on more than the classes of its nearest rows."""

    CACHES = True
    PLANNING_READS: ClassVar[Mapping[str, int]] = {"weigh": 0, "clusters": 0}

    MOST_CLASSES: ClassVar[int | None] = None
    """Classes that may grow, for samplers that search for each of them apart."""

    @abstractmethod
    def score(self, scoring: Scoring) -> Scored:
        """Weigh the rows of the classes that grow; jobs run."""

    def without_seeds(self, context: PlanningContext, number: int) -> None:
        """Warn that all rows of a class have weight 0 and will weigh alike; of some samplers none ever has.

        Raises
        ------
        NoSeedsError
        """

    def neighbours(self, rows: int) -> int | None:
        return None if rows < 2 else 1

    def _too_few(self, rows: int) -> str:
        grouped = self.isDefined(self.groupCols)
        remedy = "set tooFew to 'copy' or 'leave'" if grouped else "drop the class, or leave it out of samplingStrategy"
        return f"too few: a synthetic row lies between two; {remedy}"

    def prepare(self, context: PlanningContext) -> Prepared:
        settings, tasks = search_settings(self, context), context.tasks
        self._check_size(context)
        with context.stage("weigh"):
            known = known_rows(context.source.rows(list(tasks)), len(tasks))
            for number in tasks:
                own = known.get(number, KnownRows(*np.zeros((2, 0), dtype=np.int64)))
                context.check(number, Fingerprint(int(own.counts.sum()), int((own.hashes >> 32) @ own.counts)))
            scoring = Scoring(context, settings, known)
            scored = self.score(scoring)
        weights, seeds = dict(scored.weights), {}
        with gathered() if context.source.layout.groups else nullcontext():
            for number, own in known.items():
                if not tasks[number].k:
                    weights[number] = np.ones_like(own.counts)
                elif not weights[number].any():
                    self.without_seeds(context, number)
                    weights[number] = np.ones_like(weights[number])
                seeds[number] = int(own.counts[weights[number] > 0].sum())
        cells, of_cells, searches = self.cells(scoring, scored)
        rules = {n: scored.rules[task.class_index] if task.k else copies for n, task in of_cells.items()}
        weighting = by_scores(settings, known, weights, tasks)
        return Prepared(
            tasks, Synthesis(list(tasks), cells, of_cells, rules, weighting), searches, seeds, scored.search
        )

    def cells(self, scoring: Scoring, scored: Scored) -> CellsOfClasses:
        """The cells in which rows meet their neighbours; jobs may run."""
        tasks = scoring.context.tasks
        cells = lay_out(scoring.settings, scoring.context.source.rows, tasks)
        return cells, tasks, cells.searches

    def _check_size(self, context: PlanningContext) -> None:
        labels = len({label_of(context.label(number)) for number in context.tasks})
        if self.MOST_CLASSES is not None and labels > self.MOST_CLASSES:
            raise ParameterError(
                f"{type(self).__name__} searches for each class that grows apart: {labels} are above the "
                f"bound of {self.MOST_CLASSES}; name some of them in samplingStrategy, or use ADASYN"
            )
        rows = sum(task.rows for task in context.tasks.values())
        if rows > MOST_SCORED:
            raise ParameterError(
                f"{type(self).__name__} holds 24 bytes of each row that may be a seed on the driver: the classes that "
                f"grow have {rows} rows x 24 bytes = {rows * 24 >> 20} MiB, above the bound of {MOST_SCORED} rows; use "
                "SMOTE or ADASYN, or leave a class out of samplingStrategy"
            )
