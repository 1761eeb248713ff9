"""The base of cleaners: a search for the k nearest of all rows, and a rule that judges by it which rows go."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

from pyspark.sql import DataFrame

from spark_smote import strategy
from spark_smote.core.context import PlanningContext
from spark_smote.core.execution import Decision
from spark_smote.core.parameter import BOOL, TRUE_OR_FALSE, Kind, Parameter, accepted_by
from spark_smote.core.params import FeatureParams, SearchParams, plain
from spark_smote.core.resampler import Resampler
from spark_smote.core.searching import search_settings
from spark_smote.core.selection import other_rows
from spark_smote.errors import EmptyClassError, TooFewRowsError
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


def _as_targets(value: Any) -> Any:
    """A list of classes as a list of Python's own values."""
    listed = isinstance(value, list | tuple | set | frozenset)
    return [plain(label) for label in value] if listed else value


class Cleaner(SearchParams, Resampler, FeatureParams):
    """Base of methods that remove the rows that do not fit their neighbourhood.

    Parameters
    ----------
    samplingStrategy
        Classes to clean: 'auto' and 'not minority' all but the smallest, 'majority' only the largest, 'not majority'
        all but the largest, 'all' every class; a list names them.
    allowEmptyClasses
        Whether a class may lose its last row; an error otherwise.
    """

    samplingStrategy = Parameter(
        Kind[Any](str | list[Any], "str or list", _as_targets),
        accepted_by(strategy.check_targets, "classes to clean"),
        default="auto",
    )
    allowEmptyClasses = Parameter(BOOL, TRUE_OR_FALSE, default=False)

    SPARSE = CACHES = True

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

    def counts(self, context: PlanningContext) -> dict[int, int]:
        """Usable rows of each class that has any.

        Raises
        ------
        TooFewRowsError
            Too few in all.
        """
        counts = context.usable()
        if not counts:
            raise TooFewRowsError("no row is usable: each has a null, NaN or infinite feature; fill or drop these")
        return counts

    def decide(self, context: PlanningContext) -> Decision:
        named = strategy.resolve_targets(self.getOrDefault(self.samplingStrategy), context.survey.rows)
        counts = self.counts(context)
        targets = frozenset(number for number in counts if context.label(number) in named)
        unusable = {number: context.survey.rows[context.label(number)] - rows for number, rows in counts.items()}
        settings, rows = search_settings(self, context), context.source.rows()
        with context.stage("search"), ExitStack() as until:
            nearest = neighbourhood(settings, rows, counts, self.k, sorted(self.asking(targets, counts)))
            cleaning = CleaningContext(rows, counts, unusable, targets, nearest, until)
            gone = self.judge(cleaning)
            left = cleaning.left(gone)
        self._check_left(context, cleaning, left)
        searched = {"surroundings": nearest.search.search, "surroundings_recall": nearest.search.recall}
        figures: dict[int, dict[str, Any]] = {
            number: {"to_remove": rows - left[number]} for number, rows in counts.items()
        }
        for number in targets.union(nearest.queries):
            figures[number] |= searched
        work = partial(other_rows, keys=gone) if gone else None
        return Decision(work, context.classes(figures))

    def _check_left(self, context: PlanningContext, cleaning: CleaningContext, left: Mapping[int, int]) -> None:
        """Refuse to empty a class, unless that is allowed."""
        if self.getOrDefault(self.allowEmptyClasses):
            return
        for number, rows in cleaning.counts.items():
            label = context.label(number)
            if not left[number] and context.survey.rows[label] == rows:
                raise EmptyClassError(
                    f"{type(self).__name__} would remove all {rows} rows of class {label!r}; leave it out of "
                    "samplingStrategy, or set allowEmptyClasses=True"
                )
