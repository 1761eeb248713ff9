"""Gaussian-based SMOTE: synthetic rows about the line between two rows, instead of on it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from spark_smote.core.context import PlanningContext
from spark_smote.core.parameter import FLOAT, POSITIVE, Parameter
from spark_smote.core.registry import OVER_SAMPLER, register
from spark_smote.core.statistics import spreads_beside
from spark_smote.kernels.gaussian import gaussian
from spark_smote.kernels.space import Space
from spark_smote.kernels.work import Rule
from spark_smote.samplers.smote import SMOTE


@register(
    family=OVER_SAMPLER,
    paper="Lee et al. 2017",
    rows="as SMOTE, with Gaussian noise about the line to the neighbour",
    cost="the search within the class, and one more pass over all rows",
)
class GaussianSMOTE(SMOTE):
    """Gaussian-based SMOTE.

    A point between a real row of the class (the seed) and one of its ``kNeighbors`` nearest rows of the class is drawn
    as in SMOTE. Each of its features then gets Gaussian noise of its own, so that synthetic rows do not lie on a line.
    The quotas of the seeds are equal, to within one.

    The noise is proportional to the standard deviation of the feature over all rows, as in smote_variants, which
    standardises all rows first. A constant feature stays constant.
    In spark-class-balancing a Gaussian with mean 0 takes the place of the gap, so that half the rows lie on the side
    away from the neighbour.

    Synthetic rows may lie outside the range of their class's values. The provenance names the seed alone; the gap is
    that of the point without noise.

    Parameters
    ----------
    sigma
        Standard deviation of the noise of a feature, in standard deviations of the feature over all rows.

    References
    ----------
    H. Lee, J. Kim, S. Kim, "Gaussian-based SMOTE algorithm for solving skewed class distributions", International
    Journal of Fuzzy Logic and Intelligent Systems 17 (2017), 229-234.

    Examples
    --------
    >>> from spark_smote import GaussianSMOTE
    >>> df = spark.range(120).selectExpr("id % 12 = 0 AS fraud", "rand(1) AS amount", "id * 1.0D AS age")
    >>> sampler = GaussianSMOTE(inputCols=["amount", "age"], labelCol="fraud", sigma=0.1, seed=7)
    >>> sampler.resample(df).groupBy("fraud").count().orderBy("fraud").show()
    +-----+-----+
    |fraud|count|
    +-----+-----+
    |false|  110|
    | true|  110|
    +-----+-----+
    <BLANKLINE>
    """

    SPARSE = False
    KEEPS = POOLS = False

    sigma = Parameter(FLOAT, POSITIVE, default=1.0)

    def extrapolates(self) -> bool:
        return True

    def looks_at_all(self) -> bool:
        return True

    def rules(self, context: PlanningContext, spaces: Mapping[int, Space]) -> dict[int, Rule]:
        rules, sigma, spread = super().rules(context, spaces), self.getOrDefault(self.sigma), spreads_beside(context)
        own = {n: partial(gaussian, spread=sigma * spread[n], space=space) for n, space in spaces.items()}
        return {number: own[number] if context.tasks[number].k else rule for number, rule in rules.items()}
