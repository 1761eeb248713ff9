"""MWMOTE: weights by how much rows tell about the border to other classes, and synthetic rows within clusters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_smote.core.context import PlanningContext
from spark_smote.core.fallback import HasFallback
from spark_smote.core.linked_cells import linked_cells
from spark_smote.core.parameter import FLOAT, INT, POSITIVE, Parameter, at_least
from spark_smote.core.registry import OVER_SAMPLER, register
from spark_smote.core.scored_sampler import CellsOfClasses, Scored, ScoredSampler, Scoring
from spark_smote.core.searching import enough_rows
from spark_smote.kernels.arrays import Indices
from spark_smote.kernels.linkage import partners
from spark_smote.kernels.scoring import Information, reached, selection, with_own
from spark_smote.search.in_class import ClassSearch
from spark_smote.search.within_groups import nearest_of_all
from spark_smote.spark.arrow import runs
from spark_smote.spark.columns import CLASS, HASH
from spark_smote.spark.known_rows import chosen, fetched
from spark_smote.spark.removal import ROWS

MOST_K3 = 50
"""Rows of the class that each border row looks at, unless more are asked for."""
_ROUND, _WEIGHT = "round", "weight"


@register(
    family=OVER_SAMPLER,
    paper="Barua et al. 2014",
    rows="between rows of one cluster of the class, most from rows that are near the border and in sparse regions",
    cost="the search in all rows, twice",
)
class MWMOTE(HasFallback, ScoredSampler):
    """Majority weighted minority over-sampling technique.

    Rows of the class without a row of the class among their ``k1`` nearest rows of all classes are noise. The border
    rows are the ``k2`` nearest rows of other classes to each row that is no noise. Each border row gives information
    weights to the ``k3`` rows of the class nearest to it: a row at the distance d, with l features, has the closeness
    min(l / d, ``cfTh``), and its weight is its closeness times its share of the closeness of all k3. The selection
    weight of a row is the sum of its information weights; quotas are proportional to it, rounded so that the total is
    exact. A synthetic row lies anywhere between the seed and another row of its cluster.

    Clusters are made by average linkage up to a distance of ``cp`` times the mean distance between nearest neighbours
    that are no noise. Of a class of more than 1,000 distinct rows, 1,000 are linked, chosen by content hash, and every
    row joins the cluster of the nearest of these: sparser rows link over longer distances, so details below that are
    not seen. A cluster of one row joins that of the row nearest to it, where the paper copies the row. In a cluster
    above 32,768 rows the partner comes from a part of it, chosen by content hash. Border rows that are equal count
    once. The paper's CMAX is a factor of all weights alike, so it is no parameter. smote_variants gives weights to all
    informative rows, not to the ``k3`` nearest only, and clusters by k-means; the paper is followed here. The classes
    that grow may have 1,048,576 rows together, of which planning holds 24 bytes each on the driver. Each is searched
    apart, so at most 32 may grow.

    Parameters
    ----------
    k1
        Number of nearest rows of all classes that tell noise, at least 1.
    k2
        Number of nearest rows of other classes to each row that are border rows, at least 1.
    k3
        Number of nearest rows of the class to each border row, at least 1; if not set, half of its rows as in the
        paper, but 50 at most.
    cfTh
        Largest closeness that counts, C_f(th).
    cp
        How far apart clusters are that are merged (C_p), in mean distances between nearest neighbours.

    References
    ----------
    S. Barua, M. M. Islam, X. Yao, K. Murase, "MWMOTE - majority weighted minority oversampling technique for imbalanced
    data set learning", IEEE Transactions on Knowledge and Data Engineering 26 (2014), 405-425.

    Examples
    --------
    >>> from spark_smote import MWMOTE
    >>> df = spark.range(120).selectExpr("id % 4 = 0 AS fraud", "id * 1.0D AS amount", "id % 7 * 1.0D AS day")
    >>> balanced = MWMOTE(inputCols=["amount", "day"], labelCol="fraud", seed=7).resample(df)
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

    k1 = Parameter(INT, at_least(1), default=5)
    k2 = Parameter(INT, at_least(1), default=3)
    k3 = Parameter(INT, at_least(1))
    cfTh = Parameter(FLOAT, POSITIVE, default=5.0)
    cp = Parameter(FLOAT, POSITIVE, default=3.0)

    def score(self, scoring: Scoring) -> Scored:
        filtered, search = self._filtered(scoring)
        border = self._border(scoring, filtered)
        informed = self._informed(scoring, border)
        noise = {number: ~scoring.known[number].among(hashes) for number, hashes in filtered.items()}
        return Scored(informed, dict.fromkeys(informed, partners), search, noise)

    def company(self) -> int:
        return int(self.getOrDefault(self.k1))

    def _filtered(self, scoring: Scoring) -> tuple[dict[int, Indices], ClassSearch]:
        """The hashes of the rows of each class that are no noise (S_minf), and the search."""
        context, k1 = scoring.context, self.getOrDefault(self.k1)
        rows, grouped = context.source.rows(), context.source.layout.groups
        counts = context.usable() if grouped else enough_rows(context, "k1", k1)
        nearest = nearest_of_all(scoring.settings, context.source, rows, counts, k1, scoring.growing)
        found = fetched(nearest.verdicts(rows, None, with_own, (CLASS, HASH)))
        return _by_class(found, scoring.growing), nearest.search

    def _border(self, scoring: Scoring, filtered: dict[int, Indices]) -> dict[int, dict[int, Indices]]:
        """The hashes of the border rows of each class, by their own class (S_bmaj)."""
        source, rounds, found = scoring.context.source, list(scoring.rounds()), []
        for place, numbers in enumerate(rounds):
            known = {number: scoring.known[number] for number in numbers if scoring.others(number)}
            asking = {n: count for n, own in known.items() if (count := int(own.counts[own.among(filtered[n])].sum()))}
            others = {other: rows for number in asking for other, rows in scoring.others(number).items()}
            if asking:
                queries = chosen(source.rows(list(asking)), {number: filtered[number] for number in asking})
                base = source.rows(list(others))
                nearest = scoring.nearest(base, others, queries, asking, self.getOrDefault(self.k2))
                verdicts = nearest.verdicts(base, queries, reached, (CLASS, HASH))
                found.append(verdicts.distinct().withColumn(_ROUND, F.lit(place)))
        if not found:
            return {}
        rows = fetched(reduce(DataFrame.union, found))
        border = {}
        for place, numbers in enumerate(rounds):
            of_round = _by_class({name: rows[name][rows[_ROUND] == place] for name in (CLASS, HASH)})
            for number in numbers:
                border[number] = {other: of_round[other] for other in scoring.others(number) if other in of_round}
        return border

    def _informed(self, scoring: Scoring, border: dict[int, dict[int, Indices]]) -> dict[int, Indices]:
        """The selection weight of each row (S_w)."""
        source, settings, found = scoring.context.source, scoring.settings, []
        weights = {number: np.zeros(len(scoring.known[number].hashes)) for number in scoring.growing}
        threshold, width = self.getOrDefault(self.cfTh), scoring.context.survey.width
        for numbers in scoring.rounds():
            base, hashes, most = dict[int, int](), dict[int, Indices](), dict[int, int]()
            for number in numbers:
                if border.get(number):
                    base[number] = own = scoring.context.valid(number)
                    hashes |= border[number]
                    k3 = self.optional(self.k3) or max(1, min(own // 2, MOST_K3))
                    most |= dict.fromkeys(border[number], min(k3, own))
            if base:
                asking = {other: len(own) for other, own in hashes.items()}
                rows, queries = source.rows(list(base)), chosen(source.rows(list(hashes)), hashes)
                rule = Information(threshold, width, settings.units()[0], most)
                nearest = scoring.nearest(rows, base, queries, asking, max(most.values()))
                found.append(nearest.verdicts(rows, queries, rule))
        if found:
            # Exact, in any order.
            total = F.sum(F.col(ROWS).cast("decimal(38,0)")).cast("double").alias(_WEIGHT)
            sums = fetched(reduce(DataFrame.union, found).groupBy(CLASS, HASH).agg(total))
            for number, at in runs(sums[CLASS].astype(np.int64)):
                weights[number][scoring.known[number].places(sums[HASH][at])] = sums[_WEIGHT][at]
        return {number: selection(own) for number, own in weights.items()}

    def cells(self, scoring: Scoring, scored: Scored) -> CellsOfClasses:
        return linked_cells(scoring, scored, self.getOrDefault(self.cp))

    def without_seeds(self, context: PlanningContext, number: int) -> None:
        self.fall_back(
            f"class {context.label(number)!r}: none of its {context.valid(number)} rows has a row of the class among "
            f"its k1={self.getOrDefault(self.k1)} nearest, so all are noise",
            "use a larger k1, or leave the class out of samplingStrategy",
        )


def _by_class(found: Mapping[str, NDArray[Any]], classes: Sequence[int] = ()) -> dict[int, Indices]:
    """The ascending hashes of each class that has any, and of these classes."""
    none = np.empty(0, dtype=np.int64)
    of = {number: np.sort(found[HASH][own]) for number, own in runs(found[CLASS].astype(np.int64))}
    return dict.fromkeys(classes, none) | of
