"""The base of methods that find the rows that do not fit, whatever they judge them by, and remove them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

from spark_smote import strategy
from spark_smote.core.context import PlanningContext
from spark_smote.core.execution import Decision
from spark_smote.core.parameter import BOOL, TRUE_OR_FALSE, Kind, Parameter, accepted_by
from spark_smote.core.params import FeatureParams, plain
from spark_smote.core.resampler import Resampler
from spark_smote.errors import EmptyClassError, TooFewRowsError
from spark_smote.search.k_nearest import Neighbourhood
from spark_smote.spark.removal import RowKeys, without


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
        self,
        context: PlanningContext,
        counts: Mapping[int, int],
        unusable: Mapping[int, int],
        targets: frozenset[int],
        until: ExitStack,
    ) -> tuple[RowKeys, dict[int, int], Neighbourhood | None]:
        """Decide which rows go, how many usable rows of each class are left, and by which search; jobs run.

        Parameters
        ----------
        context : PlanningContext
        counts, unusable : mapping of class to int
            Usable rows, and all others, of each class that has usable ones.
        targets : frozenset of int
            Classes to clean.
        until : ExitStack
            Ends the caching of what is found.
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
        named = strategy.resolve_targets(self.getOrDefault(self.samplingStrategy), context.survey.rows)
        counts = self.counts(context)
        targets = frozenset(number for number in counts if context.label(number) in named)
        unusable = {number: context.survey.rows[context.label(number)] - rows for number, rows in counts.items()}
        with context.stage("search"), ExitStack() as until:
            gone, left, nearest = self.removed(context, counts, unusable, targets, until)
        self._check_left(context, counts, left)
        figures: dict[int, dict[str, Any]] = {
            number: {"to_remove": rows - left[number]} for number, rows in counts.items()
        }
        if nearest is not None:
            searched = {"surroundings": nearest.search.search, "surroundings_recall": nearest.search.recall}
            for number in targets.union(nearest.queries):
                figures[number] |= searched
        work = (lambda source: without(source.keyed(), gone)) if gone else None
        return Decision(work, context.classes(figures))

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
