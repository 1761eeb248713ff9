"""Repeated edited nearest neighbours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pyspark.ml.param.shared import HasMaxIter

from spark_smote.core.cleaner import CleaningContext
from spark_smote.core.editing import RepeatedCleaner, minority_overtaken
from spark_smote.core.parameter import INT, Parameter, at_least
from spark_smote.core.registry import CLEANER, register


@register(
    family=CLEANER,
    paper="Tomek 1976",
    rows="as `EditedNearestNeighbours`, again and again on what was left",
    cost="the search among all rows, up to `maxIter` times",
)
class RepeatedEditedNearestNeighbours(RepeatedCleaner, HasMaxIter):
    """Editing again and again, until nothing changes, ``maxIter`` rounds are over, or a class that is not the smallest
    comes to be smaller than the smallest was.

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

    maxIter = Parameter(INT, at_least(1), "Rounds at most. Each is a search of its own.", default=100)

    def rounds(self) -> Iterable[int]:
        return [self.k] * self.getMaxIter()

    def done(self, before: Mapping[int, int], left: Mapping[int, int], cleaning: CleaningContext) -> bool:
        return before == left or minority_overtaken(left, cleaning)
