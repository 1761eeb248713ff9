"""The neighbourhood cleaning rule."""

from __future__ import annotations

from pyspark.sql import functions as F

from spark_smote.core.cleaner import CleaningContext, Uncleaned
from spark_smote.core.editing import NeighbourCleaner
from spark_smote.core.parameter import FLOAT, POSITIVE, Parameter
from spark_smote.core.registry import CLEANER, register
from spark_smote.kernels.cleaning import ALL, NeighbourhoodCleaned
from spark_smote.spark.columns import CLASS, HASH
from spark_smote.spark.removal import ROWS, RowKeys


@register(
    family=CLEANER,
    paper="Laurikkala 2001",
    rows="those that their nearest rows outvote, and those that outvote a row of the smallest class",
    cost="the search in all rows",
)
class NeighbourhoodCleaningRule(NeighbourCleaner):
    """Laurikkala's rule: removes rows that their nearest rows outvote, and rows that outvote one of the smallest class.

    Parameters
    ----------
    thresholdCleaning
        The nearest rows of an outvoted row of the smallest class are removed if their class has more rows than this
        multiple of the smallest class's rows.

    References
    ----------
    J. Laurikkala, "Improving identification of difficult small classes by balancing class distribution", AIME 2001.

    Examples
    --------
    >>> from spark_smote import NeighbourhoodCleaningRule
    >>> df = spark.range(120).selectExpr("id % 12 = 0 AS fraud", "id * id * 1.0D AS amount")
    >>> cleaned = NeighbourhoodCleaningRule(inputCols=["amount"], labelCol="fraud").resample(df)
    >>> cleaned.groupBy("fraud").count().orderBy("fraud").show()
    +-----+-----+
    |fraud|count|
    +-----+-----+
    |false|   80|
    | true|   10|
    +-----+-----+
    <BLANKLINE>
    """

    thresholdCleaning = Parameter(FLOAT, POSITIVE, default=0.5)

    def asking(self, cleaning: Uncleaned) -> frozenset[int]:
        return cleaning.targets | cleaning.minorities

    def judge(self, cleaning: CleaningContext) -> RowKeys:
        share = self.getOrDefault(self.thresholdCleaning)
        large = {n for own in cleaning.groups for n, rows in own.items() if rows > share * min(own.values())}
        rule = NeighbourhoodCleaned(cleaning.minorities, cleaning.targets, cleaning.targets & large, self.k)
        found = cleaning.nearest.verdicts(cleaning.rows, None, rule)
        # Of several verdicts on one key the largest number of rows counts.
        return cleaning.keys(found.groupBy(CLASS, HASH).agg(F.max(ROWS).alias(ROWS)), ALL)
