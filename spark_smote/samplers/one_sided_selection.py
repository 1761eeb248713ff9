"""One-sided selection: removes redundant rows, then rows at the border."""

from __future__ import annotations

from dataclasses import replace

from pyspark.sql import functions as F

from spark_smote.core.cleaner import Uncleaned
from spark_smote.core.condensing import Condenser, Store
from spark_smote.core.registry import CLEANER, register
from spark_smote.kernels.cleaning import ALL, Edited
from spark_smote.samplers.tomek_links import TomekLinks
from spark_smote.search.in_class import ClassSearch
from spark_smote.spark.columns import CLASS, HASH
from spark_smote.spark.removal import ROWS, RowKeys, Selection, only


@register(
    family=CLEANER,
    paper="Kubat and Matwin 1997",
    rows="those that the smallest class and a few rows of their own classify rightly, then ends of Tomek links",
    cost="the search in the smallest class, and the search in all rows that it leaves",
)
class OneSidedSelection(Condenser):
    """One-sided selection: of the classes to clean, removes redundant rows, then the ends of Tomek links.

    A row is redundant if the nearest of the smallest class and of ``nSeedsS`` drawn rows of its own class is of its own
    class. All other rows and the drawn ones are kept, and the ends of Tomek links among them that belong to the classes
    to clean are removed, as by :class:`TomekLinks`.

    imbalanced-learn differs in three points: it draws with replacement, so a row may come out twice; 'all' reduces the
    smallest class to its drawn rows; and the number of rows that vote on a row can be set (``n_neighbors``), which is 1
    here as in the paper.

    References
    ----------
    M. Kubat, S. Matwin, "Addressing the curse of imbalanced training sets: one-sided selection", ICML 1997.

    Examples
    --------
    >>> from spark_smote import OneSidedSelection
    >>> df = spark.range(120).selectExpr("id < 30 AS fraud", "id * 1.0D AS amount")
    >>> selected = OneSidedSelection(inputCols=["amount"], labelCol="fraud", seed=3).resample(df)
    >>> selected.groupBy("fraud").count().orderBy("fraud").show()
    +-----+-----+
    |fraud|count|
    +-----+-----+
    |false|   25|
    | true|   30|
    +-----+-----+
    <BLANKLINE>
    """

    WRITING_READS = 3

    def select(self, cleaning: Uncleaned) -> tuple[Selection, dict[int, ClassSearch]]:
        store = Store.of(cleaning)
        tomek, searches, needed, rest = TomekLinks(), dict[int, ClassSearch](), Selection(), cleaning
        if classes := store.classes:
            seeds, drawn = self.start(store)
            counts = {number: cleaning.counts[number] for number in classes}
            nearest, base = store.search(seeds, drawn, store.everyone, counts)
            wrong = nearest.verdicts(base, store.everyone, Edited("all", 1))
            both = seeds.union(wrong).groupBy(CLASS, HASH).agg(F.max(ROWS).alias(ROWS))
            kept = RowKeys.settled(both, cleaning.until, ALL)
            needed = Selection(kept=kept, classes=classes)
            rest = replace(cleaning, rows=only(cleaning.rows, kept, classes), counts=cleaning.left(needed))
            searches = dict.fromkeys(classes, nearest.search)
        links, linked = tomek.select(rest)
        return replace(needed, gone=links.gone), {**linked, **searches}
