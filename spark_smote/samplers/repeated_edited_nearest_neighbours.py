"""Repeated edited nearest neighbours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from spark_smote.core.editing import RepeatedCleaner, minority_overtaken
from spark_smote.core.parameter import INT, Parameter, at_least
from spark_smote.core.registry import CLEANER, register


@register(
    family=CLEANER,
    paper="Tomek 1976",
    rows="as `EditedNearestNeighbours`, repeated on the rows that are left",
    cost="the search in all rows, up to `maxIter` times",
)
class RepeatedEditedNearestNeighbours(RepeatedCleaner):
    """Repeated editing, each round on the rows that the round before left.

    It stops when no row is removed, after ``maxIter`` rounds, or when a class that is not the smallest becomes smaller
    than the smallest class was.

    Parameters
    ----------
    maxIter
        Maximum number of rounds, at least 1. Each round is a search of its own.

    References
    ----------
    I. Tomek, "An experiment with the edited nearest-neighbor rule", IEEE Transactions on Systems, Man, and Cybernetics
    6 (1976).

    Examples
    --------
    >>> from spark_smote import RepeatedEditedNearestNeighbours
    >>> df = spark.range(120).selectExpr("id % 4 = 0 AS fraud", "id * id * 1.0D AS amount")
    >>> repeated = RepeatedEditedNearestNeighbours(inputCols=["amount"], labelCol="fraud", kindSel="mode")
    >>> repeated.resample(df).count()
    120
    """

    maxIter = Parameter(INT, at_least(1), default=100)

    def rounds(self) -> Iterable[int]:
        return [self.k] * self.getOrDefault(self.maxIter)

    def done(self, start: Mapping[int, int], before: Mapping[int, int], left: Mapping[int, int]) -> bool:
        return before == left or minority_overtaken(start, left)
