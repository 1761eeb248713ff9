"""ANS: a number of neighbours of its own for each row, by one radius, without outcasts."""

from __future__ import annotations

from functools import partial

import numpy as np

from spark_smote.core.context import PlanningContext
from spark_smote.core.fallback import HasFallback
from spark_smote.core.parameter import INT, Parameter, at_least
from spark_smote.core.registry import OVER_SAMPLER, register
from spark_smote.core.scored_sampler import Scored, ScoredSampler, Scoring
from spark_smote.core.searching import enough_rows
from spark_smote.kernels.adaptive import within_radius
from spark_smote.kernels.scoring import out_border, outcast_bound
from spark_smote.search.within_groups import nearest_of_all
from spark_smote.spark.arrow import runs
from spark_smote.spark.columns import CLASS, HASH
from spark_smote.spark.known_rows import fetched

_BEFORE, _SQUARE = "before", "square"


@register(
    family=OVER_SAMPLER,
    paper="Siriseriwan and Sinapiromsaran 2017",
    rows="between a row and any row of the class within one radius, without outcasts",
    cost="the search in all rows, for `cMax` of them",
)
class ANS(HasFallback, ScoredSampler):
    """Adaptive neighbour synthetic minority over-sampling under 1NN outcast handling.

    The out-border of a row of the class is the number of rows of other classes that are not farther from it than its
    nearest row of the class. Rows with an out-border of C or more are outcasts, which take no part. C is the number
    from 2 to ``cMax`` at which the number of outcasts falls least against C - 1, the first of these. The radius is the
    largest distance from a row that is no outcast to its nearest row of the class. A synthetic row lies anywhere
    between a seed and a row within this radius of it, outcasts left out; the quotas of the seeds are equal, to within
    one.

    The paper looks for C up to a quarter of all rows, and draws from all rows within the radius. Here rows with an
    out-border of ``cMax`` or more are always outcasts, and the ``kNeighbors`` nearest within the radius are drawn from:
    only where more lie within it are the synthetic rows closer to their seeds. A seed without such a row, whose nearest
    row is an outcast or was missed by LSH search, walks towards the nearest. Quotas are equal as in the R package
    smotefamily, by the first author; smote_variants takes seeds in proportion to their neighbours, and the number of
    outcasts for C. The classes that grow may have 1,048,576 rows together, of which planning holds 24 bytes each on the
    driver.

    Parameters
    ----------
    cMax
        Largest C (C_max) to look at, and number of nearest rows of all classes to search for it, at least 2.
    kNeighbors
        Most rows within the radius to draw from, at least 1.

    References
    ----------
    W. Siriseriwan, K. Sinapiromsaran, "Adaptive neighbor synthetic minority oversampling technique under 1NN outcast
    handling", Songklanakarin Journal of Science and Technology 39 (2017), 565-576.

    Examples
    --------
    >>> from spark_smote import ANS
    >>> df = spark.range(120).selectExpr("id < 30 AS fraud", "id * 1.0D AS amount", "id % 4 * 1.0D AS day")
    >>> balanced = ANS(inputCols=["amount", "day"], labelCol="fraud", seed=7).resample(df)
    >>> balanced.groupBy("fraud").count().orderBy("fraud").show()
    +-----+-----+
    |fraud|count|
    +-----+-----+
    |false|   90|
    | true|   90|
    +-----+-----+
    <BLANKLINE>
    """

    cMax = Parameter(INT, at_least(2), default=30)
    kNeighbors = Parameter(INT, at_least(1), default=30)

    def neighbours(self, rows: int) -> int | None:
        return None if rows < 2 else min(self.getOrDefault(self.kNeighbors), rows - 1)

    def score(self, scoring: Scoring) -> Scored:
        context, rows = scoring.context, scoring.context.source.rows()
        counts = enough_rows(context, "cMax", 2)
        most = self.getOrDefault(self.cMax)
        if not context.source.layout.groups:
            most = min(most, sum(counts.values()) - 1)
        nearest = nearest_of_all(scoring.settings, context.source, rows, counts, most, scoring.growing)
        found = fetched(nearest.verdicts(rows, None, out_border, (CLASS, HASH, _BEFORE, _SQUARE)))
        of_class = dict(runs(found[CLASS].astype(np.int64)))
        weights, rules = {}, {}
        for number in scoring.growing:
            known, own = scoring.known[number], of_class[number]
            before, squares = np.zeros_like(known.counts), np.zeros(len(known.counts))
            at = known.places(found[HASH][own])
            before[at], squares[at] = found[_BEFORE][own], found[_SQUARE][own].view(np.float64)
            # A small group has fewer rows to find.
            bound = min(most, sum(context.beside(number).values()) - 1)
            before = np.minimum(before, bound)
            used = before < outcast_bound(before, known.counts, bound)
            weights[number] = used.astype(np.int64)
            radius = float(np.sqrt(squares[used].max(initial=0.0))) if used.any() else float("inf")
            rules[number] = partial(within_radius, radius=radius, unit=scoring.settings.unit)
        return Scored(weights, rules, nearest.search)

    def without_seeds(self, context: PlanningContext, number: int) -> None:
        self.fall_back(
            f"class {context.label(number)!r}: all its {context.valid(number)} rows are outcasts, with several rows of "
            "other classes nearer than the nearest of the class",
            "use a larger cMax, or leave the class out of samplingStrategy",
        )
