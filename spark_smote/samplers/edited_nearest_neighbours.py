"""Edited nearest neighbours: rows go that their nearest rows do not agree with."""

from __future__ import annotations

from typing import Any, ClassVar

from spark_smote.core.cleaner import CleaningContext, fetched
from spark_smote.core.editing import NeighbourCleaner
from spark_smote.core.params import HasKindSel
from spark_smote.kernels.cleaning import Edited, RowKeys


class EditedNearestNeighbours(NeighbourCleaner, HasKindSel):
    """Wilson's editing: a row goes if its ``nNeighbors`` nearest rows, whatever their class, do not agree with it.

    Parameters
    ----------

    References
    ----------
    D. L. Wilson, "Asymptotic properties of nearest neighbor rules using edited data", IEEE Transactions on Systems,
    Man, and Cybernetics 2 (1972).

    Examples
    --------
    >>> from spark_smote import EditedNearestNeighbours
    >>> df = spark.range(120).selectExpr("id % 4 = 0 AS fraud", "id * id * 1.0D AS amount")
    >>> cleaned = EditedNearestNeighbours(inputCols=["amount"], labelCol="fraud", kindSel="mode").resample(df)
    >>> cleaned.groupBy("fraud").count().orderBy("fraud").show()
    +-----+-----+
    |fraud|count|
    +-----+-----+
    |false|   90|
    | true|   30|
    +-----+-----+
    <BLANKLINE>
    """

    DEFAULTS: ClassVar[dict[str, Any]] = {"kindSel": "all"}

    def judge(self, cleaning: CleaningContext) -> RowKeys:
        rule = Edited(self.getOrDefault(self.kindSel), self.k)
        return RowKeys.of(fetched(cleaning.nearest.verdicts(cleaning.rows, cleaning.queries, rule)))
