"""The base of cleaners: a search for the k nearest of all rows, and a rule that judges by it which rows go."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

from pyspark.sql import DataFrame

from spark_smote.core.context import PlanningContext
from spark_smote.core.params import HasMetric, SearchParams
from spark_smote.core.remover import Remover
from spark_smote.core.searching import search_settings
from spark_smote.search.in_class import ClassSearch
from spark_smote.search.k_nearest import Neighbourhood
from spark_smote.search.settings import SearchSettings
from spark_smote.search.within_groups import nearest_of_all
from spark_smote.spark.cached import FrameCache
from spark_smote.spark.columns import CLASS, HASH
from spark_smote.spark.group_classes import by_group
from spark_smote.spark.input_rows import InputRows
from spark_smote.spark.removal import RowKeys, Selection


@dataclass(frozen=True)
class Uncleaned:
    """The rows, counts and settings that a cleaner starts from.

    Parameters
    ----------
    source : InputRows
    rows : DataFrame
        CLASS, FEATURES and HASH of all rows with a label, or of those of them that are left; of groups that have no
        class to clean, none.
    counts : mapping of class to int
        Usable rows of each class that has any, of these groups.
    targets : frozenset of int
        Classes to clean.
    settings : SearchSettings
    until : FrameCache
        Keeps what is found.
    """

    source: InputRows
    rows: DataFrame
    counts: Mapping[int, int]
    targets: frozenset[int]
    settings: SearchSettings
    until: FrameCache

    @property
    def groups(self) -> list[dict[int, int]]:
        """Usable rows of the classes of each group; of all classes without groups."""
        return [{n: self.counts[n] for n in numbers} for numbers in by_group(self.source.labels, self.counts)]

    @property
    def minorities(self) -> frozenset[int]:
        """The smallest class of each of :attr:`groups`, of equal ones the first."""
        return frozenset(map(smallest, self.groups))

    def left(self, stay: Selection) -> dict[int, int]:
        """Usable rows that each class is left with; a job runs."""
        if not stay:
            return dict(self.counts)
        self.until.reads += stay.reads
        counted = stay.of(self.source.keyed().select(CLASS, HASH)).groupBy(CLASS).count().collect()
        found = {row[CLASS]: row["count"] for row in counted}
        return {number: found.get(number, 0) for number in self.counts}


@dataclass(frozen=True)
class CleaningContext(Uncleaned):
    """The rows, counts and search that a cleaner's rule judges by.

    Parameters
    ----------
    source, rows, counts, targets, settings, until
        See :class:`Uncleaned`.
    nearest : Neighbourhood
        How the k nearest rows of each row that may go are searched.
    """

    nearest: Neighbourhood

    def keys(self, verdicts: DataFrame, every_from: int = 0, reads: int | None = None) -> RowKeys:
        """Keys of rows that go; jobs run. As :meth:`RowKeys.settled`."""
        return RowKeys.settled(verdicts, self.until, every_from, self.nearest.reads if reads is None else reads)


def smallest(counts: Mapping[int, int]) -> int:
    """The class with the fewest rows, of equal ones the first."""
    return min(counts, key=counts.__getitem__)


class Cleaner(HasMetric, SearchParams, Remover):
    """Base of methods that remove the rows that do not fit their neighbourhood."""

    SPARSE = True

    @abstractmethod
    def select(self, cleaning: Uncleaned) -> tuple[Selection, dict[int, ClassSearch]]:
        """Decide which rows stay; jobs run.

        Returns
        -------
        Selection
        dict of class to ClassSearch
            How the nearest rows of its rows were searched.
        """

    def removed(
        self, context: PlanningContext, counts: Mapping[int, int], targets: frozenset[int]
    ) -> tuple[Selection, dict[int, int], dict[int, ClassSearch]]:
        if not targets:
            return Selection(), dict(counts), {}
        settings, labels = search_settings(self, context), context.source.labels
        groups = by_group(labels, counts)
        concerned = {number: counts[number] for own in groups if not targets.isdisjoint(own) for number in own}
        rows = context.source.rows(None if len(concerned) == len(labels) else sorted(concerned))
        cleaning = Uncleaned(context.source, rows, concerned, targets, settings, context.cache)
        stay, searches = self.select(cleaning)
        return stay, {**counts, **cleaning.left(stay)}, searches


class JudgingCleaner(Cleaner):
    """Base of cleaners with a rule that judges each row by its k nearest of all rows."""

    KEEPS = True

    @property
    def k(self) -> int:
        """Nearest rows by which a row is judged."""
        return 1

    @abstractmethod
    def judge(self, cleaning: CleaningContext) -> RowKeys:
        """Decide which rows go; jobs run."""

    def asking(self, cleaning: Uncleaned) -> frozenset[int]:
        """Classes whose rows the rule judges, of those that have usable rows: the classes to clean."""
        return cleaning.targets

    def select(self, cleaning: Uncleaned) -> tuple[Selection, dict[int, ClassSearch]]:
        targets, counts = cleaning.targets, cleaning.counts
        asking = sorted(self.asking(cleaning))
        nearest = nearest_of_all(cleaning.settings, cleaning.source, cleaning.rows, counts, self.k, asking)
        # To learn the cells, and to calibrate them.
        cleaning.until.reads += 2 if nearest.search.search == "lsh" else 0
        gone = self.judge(CleaningContext(**vars(cleaning), nearest=nearest))
        return Selection(gone), dict.fromkeys(targets.union(nearest.queries), nearest.search)
