"""Tomek links: pairs of rows of two classes that are each other's nearest."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from pyspark.sql import functions as F

from spark_smote.core.cleaner import Cleaner, CleaningContext, fetched
from spark_smote.core.registry import CLEANER, register
from spark_smote.kernels.cleaning import ALL, RowKeys, links

_ENDS = ("label", "key", "other_label", "other_key")


@register(
    family=CLEANER,
    paper="Tomek 1976",
    rows="ends of Tomek links: two rows of different classes that are each other's nearest",
    cost="the search in all rows",
)
class TomekLinks(Cleaner):
    """Removes the ends of Tomek links that belong to the classes to clean.

    Two rows of different classes form a Tomek link if each is the nearest row of the other. Of equally near rows the
    row with the smaller content hash counts as nearer, and of rows with equal features a row of the own class.

    References
    ----------
    I. Tomek, "Two modifications of CNN", IEEE Transactions on Systems, Man, and Cybernetics 6 (1976).

    Examples
    --------
    >>> from spark_smote import TomekLinks
    >>> df = spark.range(120).selectExpr("id < 30 AS fraud", "id * id * 1.0D AS amount")
    >>> TomekLinks(inputCols=["amount"], labelCol="fraud").resample(df).count()
    120
    """

    def asking(self, targets: frozenset[int], counts: Mapping[int, int]) -> frozenset[int]:
        return frozenset(counts)

    def judge(self, cleaning: CleaningContext) -> RowKeys:
        named = cleaning.nearest.verdicts(cleaning.rows, cleaning.queries, links, _ENDS)
        both = fetched(named.groupBy(*_ENDS).count().filter(F.col("count") == 2).select(*_ENDS))
        ends = np.concatenate([both[:, :2], both[:, 2:]])
        ends = ends[np.isin(ends[:, 0], list(cleaning.targets))]
        return RowKeys.of(np.column_stack([ends, np.full(len(ends), ALL)]))
