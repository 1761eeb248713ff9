"""ProWSyn: more synthetic rows the nearer a row of the class lies to the rows of other classes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

import numpy as np
from numpy.typing import NDArray
from pyspark.sql import DataFrame

from spark_smote.core.linked_cells import linked_cells
from spark_smote.core.parameter import FLOAT, INT, NOT_NEGATIVE, POSITIVE, Parameter, integers
from spark_smote.core.params import HasKNeighbors
from spark_smote.core.registry import OVER_SAMPLER, register
from spark_smote.core.scored_sampler import CellsOfClasses, Scored, ScoredSampler, Scoring
from spark_smote.kernels.linkage import partners
from spark_smote.kernels.scoring import proximity, reached
from spark_smote.search.in_class import ClassSearch
from spark_smote.spark.arrow import runs
from spark_smote.spark.columns import CLASS, HASH
from spark_smote.spark.known_rows import chosen, fetched


@register(
    family=OVER_SAMPLER,
    paper="Barua et al. 2013",
    rows="between rows of one cluster of the class, more from rows near other classes, level by level",
    cost="`levels` - 1 searches of all rows in what is left of the class",
)
class ProWSyn(HasKNeighbors, ScoredSampler):
    """Proximity weighted synthetic over-sampling.

    The rows of the class are divided into ``levels`` proximity levels. Of the rows that have no level yet, those among
    the ``kNeighbors`` nearest of any row of another class form the next one; what is left at the end forms the last.
    A row of level i weighs exp(-``theta`` * (i - 1)); quotas are proportional to weights, rounded so that the total is
    exact. A synthetic row lies anywhere between the seed and another row of its cluster.

    Clusters are made by average linkage up to a distance of ``cp`` times the mean distance between nearest neighbours.
    Of a class of more than 1,000 distinct rows, 1,000 are linked, chosen by content hash, and every row joins the
    cluster of the nearest of these: sparser rows link over longer distances, so details below that are not seen. A
    cluster of one row joins that of the row nearest to it, where the paper copies the row. In a cluster above 32,768
    rows the partner comes from a part of it, chosen by content hash. Equal rows share a level. smote_variants differs
    from the paper, which is followed here: it peels one level more, gives all rows of a level together the weight of
    one, and draws partners within levels. The classes that grow may have 1,048,576 rows together, of which planning
    holds 24 bytes each on the driver. Each is searched apart, so at most 32 may grow.

    Parameters
    ----------
    kNeighbors
        Number of nearest rows of the class that each row of another class adds to a level (K), at least 1.
    levels
        Number of proximity levels (L), 1 to 100.
    theta
        Smoothing factor: with 0 all rows weigh the same, with a large one hardly any but those of the first level
        count.
    cp
        How far apart clusters are that are merged (C_p), in mean distances between nearest neighbours.

    References
    ----------
    S. Barua, M. M. Islam, K. Murase, "ProWSyn: proximity weighted synthetic oversampling technique for imbalanced data
    set learning", PAKDD 2013, 317-328. Ranked third of 85 by G. Kovacs, Applied Soft Computing 83 (2019).

    Examples
    --------
    >>> from spark_smote import ProWSyn
    >>> df = spark.range(120).selectExpr("id % 4 = 0 AS fraud", "id * 1.0D AS amount", "id % 7 * 1.0D AS day")
    >>> balanced = ProWSyn(inputCols=["amount", "day"], labelCol="fraud", seed=7).resample(df)
    >>> balanced.groupBy("fraud").count().orderBy("fraud").show()
    +-----+-----+
    |fraud|count|
    +-----+-----+
    |false|   90|
    | true|   90|
    +-----+-----+
    <BLANKLINE>
    """

    MOST_CLASSES = 32

    levels = Parameter(INT, integers(1, 100), default=5)
    theta = Parameter(FLOAT, NOT_NEGATIVE, default=1.0)
    cp = Parameter(FLOAT, POSITIVE, default=3.0)

    def score(self, scoring: Scoring) -> Scored:
        last, search, rounds = self.getOrDefault(self.levels) - 1, None, list(scoring.rounds())
        # Counted from 0; what gets no level is left for the last.
        levels = {number: np.full(len(known.hashes), last) for number, known in scoring.known.items()}
        for level in range(last):
            left = {number: levels[number] == last for number in scoring.growing if scoring.others(number)}
            peels = [self._peel(scoring, {n: left[n] for n in own if n in left and left[n].any()}) for own in rounds]
            found = [peel for peel in peels if peel is not None]
            if not found:
                break
            search = search or found[0][1]
            rows = fetched(reduce(DataFrame.union, (verdicts for verdicts, _ in found)).distinct())
            for number, at in runs(rows[CLASS].astype(np.int64)):
                levels[number][left[number] & scoring.known[number].among(rows[HASH][at])] = level
        theta = self.getOrDefault(self.theta)
        weights = {number: proximity(own, theta) for number, own in levels.items()}
        return Scored(weights, dict.fromkeys(levels, partners), search)

    def _peel(self, scoring: Scoring, left: Mapping[int, NDArray[np.bool_]]) -> tuple[DataFrame, ClassSearch] | None:
        """CLASS and HASH of the rows left in classes that are nearest to a row of another class, and the search."""
        if not left:
            return None
        source, known = scoring.context.source, scoring.known
        others = {other: rows for number in left for other, rows in scoring.others(number).items()}
        base, queries = source.rows(list(left)), source.rows(list(others))
        if not all(own.all() for own in left.values()):
            base = chosen(base, {number: known[number].hashes[own] for number, own in left.items()})
        counts = {number: int(known[number].counts[own].sum()) for number, own in left.items()}
        nearest = scoring.nearest(base, counts, queries, others, self.getOrDefault(self.kNeighbors))
        return nearest.verdicts(base, queries, reached, (CLASS, HASH)), nearest.search

    def cells(self, scoring: Scoring, scored: Scored) -> CellsOfClasses:
        return linked_cells(scoring, scored, self.getOrDefault(self.cp))
