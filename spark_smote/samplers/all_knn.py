"""AllKNN: editing with more and more neighbours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from pyspark.ml.param import Param, Params, TypeConverters

from spark_smote.core.cleaner import CleaningContext
from spark_smote.core.editing import RepeatedCleaner, minority_overtaken


class AllKNN(RepeatedCleaner):
    """Editing with 1, 2, ... ``nNeighbors`` nearest rows, each time what was left, until a class that is not the
    smallest comes to be smaller than the smallest was.

    Parameters
    ----------
    allowMinority : bool, default False
        Whether to go on then.

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

    allowMinority: Param[bool] = Param(
        Params._dummy(),
        "allowMinority",
        "whether to go on when a class has become smaller than the smallest was",
        TypeConverters.toBoolean,
    )
    DEFAULTS: ClassVar[dict[str, Any]] = {"allowMinority": False}

    def rounds(self) -> Iterable[int]:
        return range(1, self.k + 1)

    def done(self, before: Mapping[int, int], left: Mapping[int, int], cleaning: CleaningContext) -> bool:
        return not self.getOrDefault(self.allowMinority) and minority_overtaken(left, cleaning)
