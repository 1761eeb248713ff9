"""Condensed nearest neighbour, in rounds."""

from __future__ import annotations

from pyspark.sql import Window
from pyspark.sql import functions as F

from spark_smote.core.cleaner import Uncleaned
from spark_smote.core.condensing import Condenser, Store
from spark_smote.core.registry import CLEANER, register
from spark_smote.kernels.cleaning import ALL, opposed
from spark_smote.search.in_class import ClassSearch
from spark_smote.spark.columns import CLASS, HASH
from spark_smote.spark.removal import ROWS, RowKeys, Selection, settled

_ENEMY, _SQUARE, _PLACE = "enemy", "square", "place"


@register(
    family=CLEANER,
    paper="Hart 1968",
    rows="those without which the nearest row still classifies every row of their class rightly",
    cost="the search in the smallest class, then rounds of search for the rows that are not yet classified rightly",
)
class CondensedNearestNeighbour(Condenser):
    """Keeps of each class to clean a subset by which the nearest row classifies every removed row rightly.

    The store starts with the smallest class and ``nSeedsS`` drawn rows of each class to clean. A row is wrong if its
    nearest row in the store is of the smallest class. In each round, for each row of the smallest class, those wrong
    rows to which it is the nearest are looked at, and the nearest of them enter the store: 1 in the first round, 2 in
    the second, then 4 and so on. The rounds end when no row is wrong, after log2(n) rounds at most for n wrong rows
    around one row. Only rows that are still wrong are searched again, and only among the rows that are new in the
    store and the smallest class.

    Hart's rule, and imbalanced-learn, take the rows one by one, in the order of the input, so another order gives
    another subset; here the subset depends on the rows and the seed alone. Rounds with one row each are Angiulli's FCNN
    rule; there may be thousands of rounds, which is why the number grows here, and why the subset may be somewhat
    larger. As in imbalanced-learn, each class has a store of its own besides the smallest class: with more than two
    classes, a removed row may be nearer to a third class. Unlike there, the number of rows that vote on a row
    (``n_neighbors``) is always 1, as in the paper, and 'all' leaves the smallest class whole. By LSH search, as many
    removed rows may be wrong as ``recallTarget`` allows to be missed.

    References
    ----------
    P. E. Hart, "The condensed nearest neighbor rule", IEEE Transactions on Information Theory 14 (1968).
    F. Angiulli, "Fast nearest neighbor condensation for large data sets classification", IEEE Transactions on Knowledge
    and Data Engineering 19 (2007).

    Examples
    --------
    >>> from spark_smote import CondensedNearestNeighbour
    >>> df = spark.range(120).selectExpr("id < 30 AS fraud", "id * 1.0D AS amount")
    >>> condensed = CondensedNearestNeighbour(inputCols=["amount"], labelCol="fraud", seed=3).resample(df)
    >>> sorted(row.amount for row in condensed.filter("NOT fraud").collect())
    [30.0, 77.0]
    """

    def select(self, cleaning: Uncleaned) -> tuple[Selection, dict[int, ClassSearch]]:
        store = Store.of(cleaning)
        if not store.classes:
            return Selection(), {}
        new, sizes = self.start(store)
        kept, asking = new, store.everyone
        asked = {number: cleaning.counts[number] for number in store.classes}
        searches: dict[int, ClassSearch] = {}
        around = Window.partitionBy(CLASS, _ENEMY).orderBy(_SQUARE, HASH)
        most = 1
        while asked:
            nearest, base = store.search(new, sizes, asking, asked)
            searches = searches or dict.fromkeys(store.classes, nearest.search)
            wrong = settled(nearest.verdicts(base, asking, opposed, (CLASS, HASH, _ENEMY, _SQUARE)), cleaning.until)
            if wrong is None:
                break
            placed = wrong.withColumn(_PLACE, F.row_number().over(around))
            taken = F.col(_PLACE) <= most
            new, left = placed.filter(taken), placed.filter(~taken)
            counted = placed.groupBy(CLASS).agg(F.count_if(taken), F.count_if(~taken)).collect()
            sizes = {row[0]: row[1] for row in counted}
            asked, asking, most = {row[0]: row[2] for row in counted if row[2]}, store.with_keys(left), 2 * most
            kept = kept.union(new.select(CLASS, HASH, F.lit(1).cast("long").alias(ROWS)))
        return Selection(kept=RowKeys.settled(kept, cleaning.until, ALL), classes=store.classes), searches
