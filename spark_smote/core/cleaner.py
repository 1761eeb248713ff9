"""The base of cleaners: a search for the k nearest of all rows, and a rule that judges by it which rows go."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass

from pyspark.sql import DataFrame

from spark_smote.core.context import PlanningContext
from spark_smote.core.params import SearchParams
from spark_smote.core.remover import Remover
from spark_smote.core.searching import search_settings
from spark_smote.search.k_nearest import Neighbourhood, neighbourhood
from spark_smote.spark.columns import CLASS
from spark_smote.spark.removal import RowKeys, without


@dataclass(frozen=True)
class CleaningContext:
    """The rows, counts and search that a cleaner's rule judges by.

    Parameters
    ----------
    rows : DataFrame
        CLASS, FEATURES and HASH of all rows with a label.
    counts, unusable : mapping of class to int
        Usable rows, and all others, of each class that has usable ones.
    targets : frozenset of int
        Classes to clean.
    nearest : Neighbourhood
        How the k nearest rows of each row that may go are searched.
    until : ExitStack
        Ends the caching of what is found.
    """

    rows: DataFrame
    counts: Mapping[int, int]
    unusable: Mapping[int, int]
    targets: frozenset[int]
    nearest: Neighbourhood
    until: ExitStack

    @property
    def minority(self) -> int:
        """The smallest class, of equal ones the first."""
        return smallest(self.counts)

    def keys(self, verdicts: DataFrame, every_from: int = 0) -> RowKeys:
        """Keys of rows that go; jobs run. As :meth:`RowKeys.settled`."""
        return RowKeys.settled(verdicts, self.until, every_from)

    def left(self, gone: RowKeys) -> dict[int, int]:
        """Usable rows that each class is left with; a job runs."""
        if not gone:
            return dict(self.counts)
        counted = without(self.rows, gone).groupBy(CLASS).count().collect()
        found = {row[CLASS]: row["count"] for row in counted}
        return {number: found.get(number, 0) - self.unusable[number] for number in self.counts}


def smallest(counts: Mapping[int, int]) -> int:
    """The class with the fewest rows, of equal ones the first."""
    return min(counts, key=counts.__getitem__)


class Cleaner(SearchParams, Remover):
    """Base of methods that remove the rows that do not fit their neighbourhood."""

    SPARSE = True

    @property
    def k(self) -> int:
        """Nearest rows by which a row is judged."""
        return 1

    @abstractmethod
    def judge(self, cleaning: CleaningContext) -> RowKeys:
        """Decide which rows go; jobs run."""

    def asking(self, targets: frozenset[int], counts: Mapping[int, int]) -> frozenset[int]:
        """Classes whose rows the rule judges, of those that have usable rows: the classes to clean."""
        return targets

    def removed(
        self,
        context: PlanningContext,
        counts: Mapping[int, int],
        unusable: Mapping[int, int],
        targets: frozenset[int],
        until: ExitStack,
    ) -> tuple[RowKeys, dict[int, int], Neighbourhood | None]:
        settings, rows = search_settings(self, context), context.source.rows()
        nearest = neighbourhood(settings, rows, counts, self.k, sorted(self.asking(targets, counts)))
        cleaning = CleaningContext(rows, counts, unusable, targets, nearest, until)
        gone = self.judge(cleaning)
        return gone, cleaning.left(gone), nearest
