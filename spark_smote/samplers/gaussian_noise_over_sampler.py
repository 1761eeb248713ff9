"""Introduction of Gaussian noise: over-sampling for regression without neighbours."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from spark_smote.core.bump_sampler import BumpSampler
from spark_smote.core.context import PlanningContext
from spark_smote.core.parameter import FLOAT, NOT_NEGATIVE, Parameter
from spark_smote.core.registry import REGRESSION, register
from spark_smote.core.single_seed import SingleSeedSampler
from spark_smote.core.statistics import deviations
from spark_smote.kernels.single_row import bootstrap
from spark_smote.kernels.work import Rule


@register(
    family=REGRESSION,
    paper="Branco, Ribeiro and Torgo 2016",
    rows="rows of the rare bumps of the target with Gaussian noise",
    cost="one more pass over the bumps",
)
class GaussianNoiseOverSampler(BumpSampler, SingleSeedSampler):
    """Introduction of Gaussian noise, for regression.

    Rare bumps of the target are over-sampled: each synthetic row is a real row of the bump with Gaussian noise in every
    feature and in the target, of deviations in proportion to those of the bump (population standard deviations). A
    target near the border of its bump may leave it. Bumps with more rows than wanted lose some, drawn at random.

    Parameters
    ----------
    perturbation
        Standard deviation of the noise, in standard deviations of the bump. With 0 rows are copied: random
        over-sampling by relevance.

    References
    ----------
    P. Branco, R. P. Ribeiro, L. Torgo, "UBL: an R package for utility-based learning", arXiv:1604.08079 (2016).

    Examples
    --------
    >>> from spark_smote import GaussianNoiseOverSampler
    >>> df = spark.range(120).selectExpr("id * 1.0D AS x", "IF(id % 12 = 0, 50.0D + id, id % 10) AS y")
    >>> sampler = GaussianNoiseOverSampler(inputCols=["x"], targetCol="y", relevance=[(10, 0), (50, 1)], seed=7)
    >>> [(one.label, one.rows, one.total) for one in sampler.plan(df).classes]
    [(0, 110, 60), (1, 10, 60)]
    """

    COUNTS = "total"

    perturbation = Parameter(FLOAT, NOT_NEGATIVE, default=0.1)

    def rules(self, context: PlanningContext) -> Mapping[int, Rule]:
        share, found = self.getOrDefault(self.perturbation), deviations(context, list(context.tasks))
        return {number: partial(bootstrap, spread=share * spread) for number, spread in found.items()}
