"""AllKNN: editing with more and more neighbours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from spark_smote.core.editing import RepeatedCleaner, minority_overtaken
from spark_smote.core.parameter import BOOL, TRUE_OR_FALSE, Parameter
from spark_smote.core.registry import CLEANER, register


@register(
    family=CLEANER,
    paper="Tomek 1976",
    rows="as `EditedNearestNeighbours`, with 1, 2, ... `nNeighbors` neighbours, each time on what was left",
    cost="the search in all rows, `nNeighbors` times",
)
class AllKNN(RepeatedCleaner):
    """Repeated editing with 1, 2, ... ``nNeighbors`` nearest rows, each round on the rows that the round before left.

    It stops when a class that is not the smallest becomes smaller than the smallest class was.

    Parameters
    ----------
    allowMinority
        Whether to go on when a class that is not the smallest has become smaller than the smallest class was.

    References
    ----------
    I. Tomek, "An experiment with the edited nearest-neighbor rule", IEEE Transactions on Systems, Man, and Cybernetics
    6 (1976).

    Examples
    --------
    >>> from spark_smote import AllKNN
    >>> df = spark.range(120).selectExpr("id < 30 AS fraud", "id * id * 1.0D AS amount")
    >>> AllKNN(inputCols=["amount"], labelCol="fraud").resample(df).count()
    117
    """

    allowMinority = Parameter(BOOL, TRUE_OR_FALSE, default=False)

    def rounds(self) -> Iterable[int]:
        return range(1, self.k + 1)

    def done(self, start: Mapping[int, int], before: Mapping[int, int], left: Mapping[int, int]) -> bool:
        return not self.getOrDefault(self.allowMinority) and minority_overtaken(start, left)
