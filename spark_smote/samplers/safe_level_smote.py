"""Safe-Level-SMOTE: synthetic rows nearer to the end of the segment that lies deeper among its own class."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from spark_smote.core.context import PlanningContext
from spark_smote.core.fallback import HasFallback
from spark_smote.core.parameter import INT, Parameter, at_least
from spark_smote.core.params import HasMetric
from spark_smote.core.registry import OVER_SAMPLER, register
from spark_smote.core.weighted_sampler import WeightedSampler
from spark_smote.kernels.arrays import Indices, Matrix
from spark_smote.kernels.safe_level import safe_level
from spark_smote.kernels.space import Space
from spark_smote.kernels.weights import Accepted, Weigh, alike
from spark_smote.kernels.work import Rule


@register(
    family=OVER_SAMPLER,
    paper="Bunkhumpornpat et al. 2009",
    rows="as SMOTE, but nearer to the end with more rows of the class among its `kNeighbors` nearest",
    cost="the search in all rows",
)
class SafeLevelSMOTE(HasFallback, HasMetric, WeightedSampler):
    """Safe-Level-SMOTE.

    The safe level of a row is the number of rows of its class among its ``kNeighbors`` nearest rows of all classes.
    Each synthetic row lies between a seed of safe level slp and one of its ``kNeighbors`` nearest rows of the class, of
    safe level sln: at the seed if sln is 0, on the whole segment if both are equal, within sln / slp of the way from
    the seed if it is safer, and within slp / sln of the way from the neighbour if that is safer.

    Rows of safe level 0 are noise and no seeds; the quotas of all other rows are equal, to within one. The paper makes
    of such a row copies of a safe neighbour, or nothing; the quotas that it leaves open go to the other rows here. The
    gap is drawn once for a row, so that it lies on the segment; the paper's listing draws it for each feature.
    smote_variants draws neighbours of any class, and for each feature; the R package smotefamily, by an author of the
    method, does as is done here.

    Parameters
    ----------
    kNeighbors
        Number of nearest rows of all classes of which the safe level counts those of the class, and of nearest rows of
        the class to draw from, at least 1.

    References
    ----------
    C. Bunkhumpornpat, K. Sinapiromsaran, C. Lursinsap, "Safe-Level-SMOTE: safe-level-synthetic minority over-sampling
    technique for handling the class imbalanced problem", PAKDD 2009, 475-482.

    Examples
    --------
    >>> from spark_smote import SafeLevelSMOTE
    >>> df = spark.range(120).selectExpr("id % 4 = 0 AS fraud", "id * 1.0D AS amount", "id % 7 * 1.0D AS day")
    >>> balanced = SafeLevelSMOTE(inputCols=["amount", "day"], labelCol="fraud", seed=7).resample(df)
    >>> balanced.groupBy("fraud").count().orderBy("fraud").show()
    +-----+-----+
    |fraud|count|
    +-----+-----+
    |false|   90|
    | true|   90|
    +-----+-----+
    <BLANKLINE>
    """

    SPARSE = True

    kNeighbors = Parameter(INT, at_least(1), default=5)
    M = "kNeighbors"

    def weigh(self, context: PlanningContext, scale: Matrix | float | None) -> Mapping[int, Weigh]:
        return dict.fromkeys(context.tasks, Accepted(self.getOrDefault(self.kNeighbors) - 1))

    def rule(self, space: Space) -> Rule:
        return partial(safe_level, m=self.getOrDefault(self.kNeighbors), space=space)

    def without_seeds(self, context: PlanningContext, number: int, rows: Indices) -> Weigh | None:
        k = self.getOrDefault(self.kNeighbors)
        self.fall_back(
            f"class {context.label(number)!r}: none of its {rows.sum()} rows has a row of the class among its "
            f"kNeighbors={k} nearest, so all are noise",
            "use a larger kNeighbors, or leave the class out of samplingStrategy",
        )
        return alike
