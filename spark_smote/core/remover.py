"""The base of methods that find the rows that do not fit, whatever they judge them by, and remove them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from spark_smote import strategy
from spark_smote.core.context import PlanningContext
from spark_smote.core.execution import Decision
from spark_smote.core.grouping import to_clean
from spark_smote.core.parameter import BOOL, TRUE_OR_FALSE, Kind, Parameter, accepted_by
from spark_smote.core.params import FeatureParams, plain
from spark_smote.core.resampler import Resampler
from spark_smote.errors import EmptyClassError, TooFewRowsError
from spark_smote.search.in_class import ClassSearch
from spark_smote.spark.removal import Selection


def _as_targets(value: Any) -> Any:
    """A list of classes as a list of Python's own values."""
    listed = isinstance(value, list | tuple | set | frozenset)
    return [plain(label) for label in value] if listed else value


class Remover(Resampler, FeatureParams):
    """Base of methods that remove the rows that do not fit.

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

    CACHES = True

    @abstractmethod
    def removed(
        self, context: PlanningContext, counts: Mapping[int, int], targets: frozenset[int]
    ) -> tuple[Selection, dict[int, int], dict[int, ClassSearch]]:
        """Decide which rows stay; jobs run.

        Parameters
        ----------
        context : PlanningContext
        counts : mapping of class to int
            Usable rows of each class that has any.
        targets : frozenset of int
            Classes to clean.

        Returns
        -------
        Selection
        dict of class to int
            Usable rows that each class is left with.
        dict of class to ClassSearch
            How the nearest rows of its rows were searched, where they were.
        """

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
        named = frozenset(to_clean(self.getOrDefault(self.samplingStrategy), context.survey.rows))
        counts = self.counts(context)
        targets = frozenset(number for number in counts if context.label(number) in named)
        with context.stage("search"):
            stay, left, searches = self.removed(context, counts, targets)
        self._check_left(context, counts, left)
        figures: dict[int, dict[str, Any]] = {
            number: {"to_remove": rows - left[number]} for number, rows in counts.items()
        }
        for number, searched in searches.items():
            figures[number] |= searched.around()
        return Decision(stay if stay else None, context.classes(figures))

    def _check_left(self, context: PlanningContext, counts: Mapping[int, int], left: Mapping[int, int]) -> None:
        """Refuse to empty a class, unless that is allowed."""
        if self.getOrDefault(self.allowEmptyClasses):
            return
        for number, rows in counts.items():
            label = context.label(number)
            if not left[number] and context.survey.rows[label] == rows:
                raise EmptyClassError(
                    f"{type(self).__name__} would remove all {rows} rows of class {label!r}; leave it out of "
                    "samplingStrategy, or set allowEmptyClasses=True"
                )
