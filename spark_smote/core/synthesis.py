"""The work of an over-sampler: rows are placed, synthetic rows made and decoded, and put under the input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pyspark.sql import DataFrame

from spark_smote.kernels.seeding import Task, shared_out
from spark_smote.kernels.work import CellWork, Rule
from spark_smote.search.in_class import CellLayout
from spark_smote.search.weighting import Weighting
from spark_smote.spark.columns import CARRY
from spark_smote.spark.exchange import synthesise
from spark_smote.spark.input_rows import InputRows
from spark_smote.spark.layout import Layout
from spark_smote.spark.scans import to_cells


@dataclass(frozen=True)
class Synthesis:
    """Synthetic rows of some classes, and where and by which rules they are made.

    Parameters
    ----------
    classes : sequence of int
        Numbers of the classes whose rows are read.
    cells : CellLayout
    tasks : mapping of task's number to Task
        A class, or a cluster of it, and its quota.
    rules : mapping of task's number to Rule
    weighting : Weighting, optional
        By which rows get quotas of their own.
    """

    classes: Sequence[int]
    cells: CellLayout
    tasks: Mapping[int, Task]
    rules: Mapping[int, Rule]
    weighting: Weighting | None = None

    @property
    def searches(self) -> bool:
        """Whether the work searches for the nearest of all rows."""
        return self.weighting is not None and not self.weighting.others

    def with_totals(self, totals: Mapping[int, int]) -> Synthesis:
        """The same cells, rules and weights, with other numbers of synthetic rows.

        Parameters
        ----------
        totals : mapping of class to int
            Synthetic rows of each class, 0 for a class left out. Clusters of a class keep their shares of them.
        """
        if self.weighting is not None:
            # The quotas of weighed rows come from here; the tasks of the cells have no say in them.
            return replace(self, weighting=replace(self.weighting, tasks=_with_totals(self.weighting.tasks, totals)))
        return replace(self, tasks=_with_totals(self.tasks, totals))

    def __call__(self, source: InputRows) -> DataFrame:
        """The synthetic rows, as :func:`spark_smote.spark.exchange.synthesise` returns them."""
        rows = source.rows(self.classes, carrying=True)
        if self.weighting is not None:
            rows = self.weighting.weighed(source.rows(), rows)
        return self.apply(source.layout, self.place(source, rows), source.layout.features.width)

    def place(self, source: InputRows, rows: DataFrame) -> DataFrame:
        """The rows, sent to their cells."""
        return to_cells(rows, self.cells.placements, self.cells.split, self.cells.whole)

    def apply(self, layout: Layout, placed: DataFrame, width: int | None) -> DataFrame:
        """Apply the rules to rows in their cells; ``width`` as :func:`spark_smote.spark.exchange.synthesise` says."""
        work = CellWork(self.cells.seeds, self.tasks, self.rules, self.cells.chunk_rows)
        return synthesise(
            placed,
            work,
            cells=max(self.cells.seeds) + 1,
            row_cap=work.row_cap,
            tasks=self.cells.partitions,
            width=width,
            provenance=layout.traced and CARRY in placed.columns,
            copied=layout.copied,
        )


def _with_totals(tasks: Mapping[int, Task], totals: Mapping[int, int]) -> dict[int, Task]:
    return shared_out(tasks, {number: task.total for number, task in tasks.items()}, totals)
