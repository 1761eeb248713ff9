"""Polynomial fitting, star topology."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from spark_smote.core.context import PlanningContext
from spark_smote.core.registry import OVER_SAMPLER, register
from spark_smote.core.single_seed import SingleSeedSampler
from spark_smote.core.statistics import means
from spark_smote.kernels.single_row import star
from spark_smote.kernels.work import Rule


@register(
    family=OVER_SAMPLER,
    paper="Gazzah and Amara 2008",
    rows="between a row and the mean of the class (star topology)",
    cost="one more pass over the class",
)
class PolynomFitSMOTE(SingleSeedSampler):
    """Polynomial fitting SMOTE, star topology: points on the segments from each row of the class to the class's mean.

    The q synthetic rows of a row lie at 1, 2, ..., q steps of 1 / (q + 1) of the way. Quotas are equal, to within one;
    ``seed`` decides which rows get one more, and nothing else is drawn. No neighbours are searched, so the method is
    cheap at any size.

    References
    ----------
    S. Gazzah, N. E. B. Amara, "New oversampling approaches based on polynomial fitting for imbalanced data sets", DAS
    2008, 677-684. Ranked first of 85 by G. Kovacs, "An empirical comparison and evaluation of minority oversampling
    techniques on a large number of imbalanced datasets", Applied Soft Computing 83 (2019).

    Examples
    --------
    >>> from spark_smote import PolynomFitSMOTE
    >>> df = spark.range(120).selectExpr("id % 12 = 0 AS fraud", "id * 1.0D AS amount")
    >>> sampler = PolynomFitSMOTE(inputCols=["amount"], labelCol="fraud", samplingStrategy=0.5)
    >>> sampler.resample(df).groupBy("fraud").count().orderBy("fraud").show()
    +-----+-----+
    |fraud|count|
    +-----+-----+
    |false|  110|
    | true|   55|
    +-----+-----+
    <BLANKLINE>
    """

    def rules(self, context: PlanningContext) -> Mapping[int, Rule]:
        found = means(context, list(context.tasks))
        return {number: partial(star, centre=found[number]) for number in context.tasks}
