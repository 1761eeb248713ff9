"""Bases of the cleaners that judge a row by several of its nearest rows."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import replace

from spark_smote.core.cleaner import CleaningContext, JudgingCleaner, smallest
from spark_smote.core.context import PlanningContext
from spark_smote.core.parameter import INT, Parameter, at_least
from spark_smote.core.params import HasKindSel
from spark_smote.core.searching import enough_rows
from spark_smote.kernels.cleaning import Edited
from spark_smote.spark.columns import in_classes
from spark_smote.spark.removal import RowKeys, Selection, without


class NeighbourCleaner(JudgingCleaner):
    """Base of cleaners that judge by ``nNeighbors`` nearest rows.

    Parameters
    ----------
    nNeighbors
        Number of nearest rows of all classes that judge a row, at least 1. Of equally near rows those with the smaller
        content hash count as nearer, and of rows with equal features those of the row's own class.
    """

    nNeighbors = Parameter(INT, at_least(1), default=3)

    @property
    def k(self) -> int:
        return int(self.getOrDefault(self.nNeighbors))

    def counts(self, context: PlanningContext) -> dict[int, int]:
        return enough_rows(context, "nNeighbors", self.k)


class RepeatedCleaner(HasKindSel, NeighbourCleaner):
    """Base of cleaners that repeat editing on the rows that the round before left."""

    @abstractmethod
    def rounds(self) -> Iterable[int]:
        """How many nearest rows each round judges by, at most ``nNeighbors``."""

    @abstractmethod
    def done(self, start: Mapping[int, int], before: Mapping[int, int], left: Mapping[int, int]) -> bool:
        """Whether to stop after a round, by the rows of each class at the start, before the round and after.

        With groups, those of one group, which stays then as it is while others go on.
        """

    def judge(self, cleaning: CleaningContext) -> RowKeys:
        kind, gone, left, going = self.getOrDefault(self.kindSel), RowKeys(), dict(cleaning.counts), cleaning.groups
        for k in self.rounds():
            going = [start for start in going if sum(_of(start, left).values()) > k]
            if not going:
                break
            present = frozenset().union(*going)
            queries = {number: rows for number, rows in cleaning.nearest.queries.items() if number in present}
            nearest, rows = replace(cleaning.nearest, k=k, queries=queries), cleaning.rows
            if len(present) < len(cleaning.counts):
                rows = rows.filter(in_classes(present))
            gone += cleaning.keys(nearest.verdicts(without(rows, gone), None, Edited(kind, k)))
            before, left = left, cleaning.left(Selection(gone))
            going = [
                start
                for start in going
                if not self.done(start, _of(start, before), _of(start, left)) and all(_of(start, left).values())
            ]
        return gone


def minority_overtaken(start: Mapping[int, int], left: Mapping[int, int]) -> bool:
    """Whether another class has become smaller than the smallest was."""
    minority = smallest(start)
    return any(rows < start[minority] for number, rows in left.items() if number != minority)


def _of(numbers: Iterable[int], rows: Mapping[int, int]) -> dict[int, int]:
    return {number: rows[number] for number in numbers}
