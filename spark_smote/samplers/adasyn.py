"""ADASYN: more synthetic rows where a class is harder to learn."""

from __future__ import annotations

from collections.abc import Mapping

from spark_smote.core.context import PlanningContext
from spark_smote.core.fallback import HasFallback
from spark_smote.core.parameter import INT, Parameter, at_least
from spark_smote.core.params import HasMetric
from spark_smote.core.registry import OVER_SAMPLER, register
from spark_smote.core.weighted_sampler import WeightedSampler
from spark_smote.kernels.arrays import Indices, Matrix
from spark_smote.kernels.weights import Weigh, alike, difficulty


@register(
    family=OVER_SAMPLER,
    paper="He et al. 2008",
    rows="as SMOTE, more from rows with more rows of other classes in their `nNeighbors` nearest",
    cost="the search in all rows, twice",
)
class ADASYN(HasMetric, WeightedSampler, HasFallback):
    """Adaptive synthetic sampling.

    The quota of a row of the class is proportional to the share of other classes in its ``nNeighbors`` nearest rows of
    all classes, rounded so that the total is exact. Synthetic rows are made as in SMOTE, between the row and one of its
    ``nNeighbors`` nearest rows of the class.

    Parameters
    ----------
    nNeighbors
        Number of nearest rows of all classes that measure how hard a row is to learn, and of nearest rows of the class
        to draw from, at least 1.

    References
    ----------
    H. He, Y. Bai, E. A. Garcia, S. Li, "ADASYN: adaptive synthetic sampling approach for imbalanced learning", IJCNN
    2008, 1322-1328.

    Examples
    --------
    >>> from spark_smote import ADASYN
    >>> df = spark.range(120).selectExpr("id % 12 = 0 AS fraud", "rand(1) AS amount", "id * 1.0D AS age")
    >>> balanced = ADASYN(inputCols=["amount", "age"], labelCol="fraud", seed=7).resample(df)
    >>> balanced.groupBy("fraud").count().orderBy("fraud").show()
    +-----+-----+
    |fraud|count|
    +-----+-----+
    |false|  110|
    | true|  110|
    +-----+-----+
    <BLANKLINE>
    """

    SPARSE = True
    KEEPS = True

    nNeighbors = Parameter(INT, at_least(1), default=5)
    K = M = "nNeighbors"

    def weigh(self, context: PlanningContext, scale: Matrix | float | None) -> Mapping[int, Weigh]:
        return dict.fromkeys(context.tasks, difficulty)

    def seeds(self, rows: Indices, weights: Indices) -> int:
        return int(rows[1:].sum())

    def without_seeds(self, context: PlanningContext, number: int, rows: Indices) -> Weigh | None:
        n = self.getOrDefault(self.nNeighbors)
        self.fall_back(
            f"class {context.label(number)!r}: no row of another class is among the nNeighbors={n} nearest of any of "
            f"its {rows.sum()} rows, so none is harder to learn than the rest",
            "use a larger nNeighbors, or leave the class out of samplingStrategy",
        )
        return alike
