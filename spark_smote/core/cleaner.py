"""What cleaners share: a search among all rows, and a rule that judges by it which rows go."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_smote import strategy
from spark_smote.core.context import PlanningContext
from spark_smote.core.neighbour_sampler import SearchingResampler
from spark_smote.core.params import CleaningParams
from spark_smote.core.plan import ClassPlan
from spark_smote.core.selector import Decision, Selector
from spark_smote.errors import EmptyClassError, TooFewRowsError
from spark_smote.kernels.arrays import Indices
from spark_smote.kernels.cleaning import Judge, RowKeys
from spark_smote.search.among_all import Neighbourhood, lay_out
from spark_smote.search.settings import SearchSettings
from spark_smote.spark.columns import CLASS, HASH
from spark_smote.spark.removal import without
from spark_smote.strategy import Label

VERDICT = (CLASS, HASH, "rows")


@dataclass(frozen=True)
class CleaningContext:
    """What a cleaner is given to decide on.

    Parameters
    ----------
    rows : DataFrame
        CLASS, FEATURES and HASH of all rows with a label.
    counts, unusable : mapping of class to int
        Usable rows, and all others, of each class that has usable ones.
    targets : frozenset of int
        Classes to clean.
    settings : SearchSettings
    """

    rows: DataFrame
    counts: Mapping[int, int]
    unusable: Mapping[int, int]
    targets: frozenset[int]
    settings: SearchSettings

    @property
    def minority(self) -> int:
        """The smallest class, of equal ones the first."""
        return min(self.counts, key=self.counts.__getitem__)

    def lay_out(self, m: int, asking: frozenset[int]) -> Neighbourhood:
        """How the m nearest rows are searched for the rows of these classes."""
        return lay_out(self.settings, self.rows, self.counts, m, sorted(asking & self.counts.keys()))

    def verdicts(
        self, around: Neighbourhood, rule: Judge, names: tuple[str, ...] = VERDICT, left: DataFrame | None = None
    ) -> DataFrame:
        """What the rule says of those who ask, among all rows or those that are left; whole numbers, by name."""
        rows = self.rows if left is None else left
        return around.verdicts(rows, rows.filter(F.col(CLASS).isin(list(around.queries))), rule, names)

    def left(self, gone: RowKeys) -> dict[int, int]:
        """Usable rows that each class is left with."""
        if not len(gone.hashes):
            return dict(self.counts)
        counted = without(self.rows, gone).groupBy(CLASS).count().collect()
        found = {row[CLASS]: row["count"] for row in counted}
        return {number: found.get(number, 0) - self.unusable[number] for number in self.counts}


def fetched(verdicts: DataFrame) -> Indices:
    """Verdicts brought to the driver, shape (r, c): some bytes for each row that goes."""
    if hasattr(verdicts, "toArrow"):
        return np.column_stack([column.to_numpy() for column in verdicts.toArrow().columns]).astype(np.int64)
    # Before Spark 4.
    rows = verdicts.collect()
    return np.array(rows, dtype=np.int64).reshape(len(rows), len(verdicts.columns))


class Cleaner(Selector, SearchingResampler, CleaningParams):
    """Base of methods that remove the rows that do not fit their surroundings."""

    @abstractmethod
    def judge(self, cleaning: CleaningContext) -> tuple[RowKeys, Neighbourhood]:
        """Which rows go, and how their surroundings were searched; jobs run."""

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
        targets = strategy.resolve_targets(self.getOrDefault(self.samplingStrategy), context.survey.rows)
        cleaning = self._dirt(context, targets)
        with context.stage("search"):
            gone, around = self.judge(cleaning)
            left = cleaning.left(gone)
        self._check_left(context, cleaning, left)
        select = partial(without, gone=gone) if len(gone.hashes) else None
        return Decision(select, _describe(context, cleaning, left, around))

    def _dirt(self, context: PlanningContext, targets: list[Label]) -> CleaningContext:
        counts = self.counts(context)
        numbers = {number for number in counts if context.label(number) in targets}
        unusable = {number: context.survey.rows[context.label(number)] - rows for number, rows in counts.items()}
        settings = self.settings(context, self.scale(context))
        return CleaningContext(context.source.rows(), counts, unusable, frozenset(numbers), settings)

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


def _describe(
    context: PlanningContext, cleaning: CleaningContext, left: Mapping[int, int], around: Neighbourhood
) -> tuple[ClassPlan, ...]:
    described = []
    for number, (label, rows) in enumerate(context.survey.rows.items()):
        of_class = cleaning.counts.get(number, 0)
        found = around.search if number in around.queries else None
        described.append(
            ClassPlan(
                label,
                rows,
                invalid=rows - of_class,
                to_remove=of_class - left.get(number, 0),
                surroundings=found.search if found else "none",
                surroundings_recall=found.recall if found else None,
            )
        )
    return tuple(described)
