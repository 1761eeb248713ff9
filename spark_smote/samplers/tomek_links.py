"""Tomek links: pairs of rows of two classes that are each other's nearest."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_smote.core.cleaner import CleaningContext, JudgingCleaner, Uncleaned
from spark_smote.core.registry import CLEANER, register
from spark_smote.kernels.cleaning import ALL, links
from spark_smote.search.k_nearest import Neighbourhood
from spark_smote.search.settings import EXACT_PAIRS
from spark_smote.spark.columns import CLASS, HASH, in_classes
from spark_smote.spark.removal import ROWS, RowKeys, settled

_ENDS = ("label", "key", "other_label", "other_key")


@register(
    family=CLEANER,
    paper="Tomek 1976",
    rows="ends of Tomek links: two rows of different classes that are each other's nearest",
    cost="the search in all rows",
)
class TomekLinks(JudgingCleaner):
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

    def asking(self, cleaning: Uncleaned) -> frozenset[int]:
        counts = cleaning.counts
        rows = sum(counts.values())
        if cleaning.source.layout.groups or rows * rows <= EXACT_PAIRS:
            return frozenset(counts)
        # One end of each link that matters is in these classes, whichever they are; they name the rows to ask next.
        others = frozenset(counts) - {max(counts, key=counts.__getitem__)}
        return min(others, cleaning.targets, key=lambda classes: sum(counts[number] for number in classes))

    def judge(self, cleaning: CleaningContext) -> RowKeys:
        found = self._links(cleaning, cleaning.nearest, None)
        rest = {number: rows for number, rows in cleaning.counts.items() if number not in cleaning.nearest.queries}
        if found is not None and rest:
            named = _ends(found).filter(in_classes(rest)).distinct()
            # Each row names at most one.
            most = sum(cleaning.nearest.queries.values())
            nearest = cleaning.nearest.asked_by({number: min(rows, most) for number, rows in rest.items()})
            back = self._links(cleaning, nearest, cleaning.rows.join(named, [CLASS, HASH], "left_semi"))
            found = found if back is None else found.union(back)
        if found is None:
            return RowKeys()
        twice = found.groupBy(*_ENDS).count().filter(F.col("count") == 2)
        ends = _ends(twice).filter(in_classes(cleaning.targets))
        return cleaning.keys(ends.withColumn(ROWS, F.lit(ALL)), reads=0)

    @staticmethod
    def _links(cleaning: CleaningContext, nearest: Neighbourhood, queries: DataFrame | None) -> DataFrame | None:
        reads = nearest.reads if queries is None else 2
        return settled(nearest.verdicts(cleaning.rows, queries, links, _ENDS), cleaning.until, reads)


def _ends(pairs: DataFrame) -> DataFrame:
    """The rows of either end, as keys."""
    ends = (F.struct(F.col(label).alias(CLASS), F.col(key).alias(HASH)) for label, key in (_ENDS[:2], _ENDS[2:]))
    return pairs.select(F.inline(F.array(*ends)))
