"""Bases of the cleaners that judge a row by several of its nearest rows."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import replace

from spark_smote.core.cleaner import CleaningContext, JudgingCleaner
from spark_smote.core.context import PlanningContext
from spark_smote.core.parameter import INT, Parameter, at_least
from spark_smote.core.params import HasKindSel
from spark_smote.core.searching import enough_rows
from spark_smote.kernels.cleaning import Edited
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
    def done(self, before: Mapping[int, int], left: Mapping[int, int], cleaning: CleaningContext) -> bool:
        """Whether to stop after a round, by the rows of each class before it and after."""

    def judge(self, cleaning: CleaningContext) -> RowKeys:
        kind, gone, left = self.getOrDefault(self.kindSel), RowKeys(), dict(cleaning.counts)
        for k in self.rounds():
            if sum(left.values()) <= k:
                break
            nearest = replace(cleaning.nearest, k=k)
            gone += cleaning.keys(nearest.verdicts(without(cleaning.rows, gone), None, Edited(kind, k)))
            before, left = left, cleaning.left(Selection(gone))
            if self.done(before, left, cleaning) or not all(left.values()):
                break
        return gone


def minority_overtaken(left: Mapping[int, int], cleaning: CleaningContext) -> bool:
    """Whether another class has become smaller than the smallest was."""
    return any(
        rows < cleaning.counts[cleaning.minority] for number, rows in left.items() if number != cleaning.minority
    )
