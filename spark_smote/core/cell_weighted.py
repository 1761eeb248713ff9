"""The base of samplers that weigh the rows of a class by their neighbours in the class."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spark_smote.core.context import PlanningContext
from spark_smote.core.neighbour_sampler import NeighbourSampler
from spark_smote.core.over_sampler import Prepared
from spark_smote.core.searching import search_settings
from spark_smote.core.synthesis import Synthesis
from spark_smote.kernels.arrays import Matrix
from spark_smote.kernels.interpolate import copies
from spark_smote.kernels.seed_weights import Weigher, evenly, weights_of
from spark_smote.kernels.seeding import Task
from spark_smote.kernels.synthetic import Rows, Seeds
from spark_smote.kernels.work import CellWork, Rule
from spark_smote.search.in_class import CellLayout, lay_out
from spark_smote.spark.cell_figures import cell_figures
from spark_smote.spark.scans import to_cells

Measure = Callable[[Rows, Seeds, int], Iterator[tuple[NDArray[Any], ...]]]
"""Takes the rows of a cell, its seeds and the number of neighbours; yields arrays of figures. Must be picklable."""
Measuring = Callable[[str, Mapping[int, Measure]], dict[int, list[tuple[int, list[NDArray[Any]]]]]]
"""Takes the name of a stage and a measure for each class, and returns the class's figures by cell; a job runs."""


class CellWeightedSampler(NeighbourSampler):
    """Base of samplers for which a row's weight depends on its nearest rows of the class.

    The cells that make the synthetic rows weigh their seeds too. Planning lets them do so once before, to know the sum
    of the weights in each cell.
    """

    @abstractmethod
    def weighers(
        self, tasks: Mapping[int, Task], scale: Matrix | float | None, unit: float, measured: Measuring
    ) -> dict[int, Weigher]:
        """The rule for the weights in each class that has a quota, from figures of its rows.

        Parameters
        ----------
        tasks : mapping of class to Task
        scale : array of float64, shape (d,), float or None
            Unit of distance of each feature, in which products neither overflow nor vanish.
        unit : float
            By which these are larger than those that distances have for the user.
        measured : callable
        """

    @abstractmethod
    def weighed(self, weigher: Weigher, scale: Matrix | float | None) -> Rule:
        """The rule that makes synthetic rows of seeds with such weights."""

    def prepare(self, context: PlanningContext) -> Prepared:
        settings, tasks = search_settings(self, context), context.tasks
        cells, (unit, scale) = lay_out(settings, context.source.rows, tasks), settings.units()
        measured = partial(_measured, context, cells)
        # Classes of groups that have too few rows are copied.
        weighers = self.weighers({number: task for number, task in tasks.items() if task.k}, scale, unit, measured)
        found = measured("weights", {number: partial(weights_of, weigher=of) for number, of in weighers.items()})
        seeds: dict[int, Any] = dict(cells.seeds)
        lengths, counts = {}, {}
        # By class and cell: the sum of the weights, the seeds that have one, and all seeds.
        by_class: dict[int, dict[int, NDArray[Any]]] = {number: {} for number in tasks}
        for cell, own in seeds.items():
            by_class[own.task][cell] = np.zeros(3, dtype=np.int64)
        for number, of_cells in found.items():
            sums = by_class[number]
            for cell, (figures,) in of_cells:
                sums[cell] += figures
            lengths[number], counts[number], every = np.sum([*sums.values()], axis=0).tolist()
            column = 0
            if not lengths[number]:
                weighers[number], lengths[number], counts[number], column = evenly, every, every, 2
            before = 0
            for cell, own in sums.items():
                seeds[cell] = replace(seeds[cell], before=before)
                before += int(own[column])
        weighed = {number: replace(task, rows=lengths.get(number, task.rows)) for number, task in tasks.items()}
        rules = {n: self.weighed(weighers[n], scale) if task.k else copies for n, task in tasks.items()}
        work = Synthesis(list(tasks), replace(cells, seeds=seeds), weighed, rules)
        return Prepared(tasks, work, cells.searches, counts)


def _measured(
    context: PlanningContext, cells: CellLayout, stage: str, measures: Mapping[int, Measure]
) -> dict[int, list[tuple[int, list[NDArray[Any]]]]]:
    rules: Any = measures
    every: Mapping[int, Any] = cells.seeds
    seeds = {cell: of for cell, of in every.items() if of.task in measures}
    work: Any = CellWork(seeds, context.tasks, rules, cells.chunk_rows)
    if not measures:
        return {}
    with context.stage(stage):
        placed = to_cells(context.source.rows(list(measures)), cells.placements, shared=cells.whole)
        found = cell_figures(placed, work, cells=max(cells.seeds) + 1, row_cap=work.row_cap, tasks=cells.partitions)
    by_class: dict[int, list[tuple[int, list[NDArray[Any]]]]] = {number: [] for number in measures}
    for cell, figures in found:
        by_class[seeds[cell].task].append((cell, figures))
    return by_class
