"""SMOTE, the first of the family."""

from __future__ import annotations

from functools import partial

from spark_smote.core.neighbour_sampler import OneStepSampler
from spark_smote.core.registry import OVER_SAMPLER, register
from spark_smote.kernels.interpolate import smote
from spark_smote.kernels.space import Space
from spark_smote.kernels.work import Rule


@register(
    family=OVER_SAMPLER,
    paper="Chawla et al. 2002",
    rows="between a row and one of its `kNeighbors` nearest of the class",
    cost="the search within the class",
)
class SMOTE(OneStepSampler):
    """Synthetic minority over-sampling technique.

    Each synthetic row lies between a real row of the class (the seed) and one of its k nearest neighbours of the same
    class: ``seed + gap * (neighbour - seed)``, the gap uniform on [0, 1). Each seed is used equally often, to within
    one.

    References
    ----------
    N. V. Chawla, K. W. Bowyer, L. O. Hall, W. P. Kegelmeyer, "SMOTE: synthetic minority over-sampling technique",
    Journal of Artificial Intelligence Research 16 (2002), 321-357.

    Examples
    --------
    >>> from spark_smote import SMOTE
    >>> df = spark.range(120).selectExpr("id % 12 = 0 AS fraud", "rand(1) AS amount", "id * 1.0D AS age")
    >>> balanced = SMOTE(inputCols=["amount", "age"], labelCol="fraud", seed=7).resample(df)
    >>> balanced.groupBy("fraud").count().orderBy("fraud").show()
    +-----+-----+
    |fraud|count|
    +-----+-----+
    |false|  110|
    | true|  110|
    +-----+-----+
    <BLANKLINE>
    """

    def rule(self, space: Space) -> Rule:
        return partial(smote, scale=space.unit)
