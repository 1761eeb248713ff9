"""SMOGN: SMOTER where neighbours are near, Gaussian noise where they are not."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np

from spark_smote.core.context import PlanningContext
from spark_smote.core.registry import REGRESSION, register
from spark_smote.core.statistics import deviations
from spark_smote.kernels.safe_distance import smogn
from spark_smote.kernels.space import Space
from spark_smote.kernels.work import Rule
from spark_smote.samplers.gaussian_noise_over_sampler import GaussianNoiseOverSampler
from spark_smote.samplers.smoter import SMOTER


@register(
    family=REGRESSION,
    paper="Branco, Torgo and Ribeiro 2017",
    rows="as SMOTER where the neighbour is near, else the row with Gaussian noise",
    cost="the search within each bump, with the median distance",
)
class SMOGN(SMOTER):
    """SMOTE for regression with Gaussian noise.

    Rare bumps of the target are over-sampled. A neighbour is drawn from the k nearest rows of the bump. If it is nearer
    to the seed than half the median of the seed's distances to all other rows of the bump, the synthetic row is made as
    by :class:`SMOTER`; else it is the seed with Gaussian noise in every feature and in the target, as
    :class:`GaussianNoiseOverSampler` makes it. Bumps with more rows than wanted lose some, drawn at random.

    In a bump that is searched by LSH, the rows of the seed's cell stand for the bump, so that the safe distance is
    smaller. The provenance of rows with noise names no neighbour.

    Parameters
    ----------
    perturbation
        Standard deviation of the noise, in standard deviations of the bump; at most the safe distance, a number that
        counts as such a share, as in the paper.

    References
    ----------
    P. Branco, L. Torgo, R. P. Ribeiro, "SMOGN: a pre-processing approach for imbalanced regression", Proceedings of
    Machine Learning Research 74 (2017), 36-50.

    Examples
    --------
    >>> from spark_smote import SMOGN
    >>> df = spark.range(120).selectExpr("id * 1.0D AS x", "IF(id % 12 = 0, 50.0D + id, id % 10) AS y")
    >>> sampler = SMOGN(inputCols=["x"], targetCol="y", relevance=[(10, 0), (50, 1)], seed=7)
    >>> [(one.label, one.rows, one.total) for one in sampler.plan(df).classes]
    [(0, 110, 60), (1, 10, 60)]
    """

    COUNTS = "total"

    perturbation = GaussianNoiseOverSampler.perturbation.but()

    def rules(self, context: PlanningContext, spaces: Mapping[int, Space]) -> dict[int, Rule]:
        share, found = self.getOrDefault(self.perturbation), deviations(context, list(context.tasks))
        own = {
            number: partial(smogn, spread=found[number], perturbation=share, scale=np.asarray(space.unit))
            for number, space in spaces.items()
        }
        rules = super().rules(context, spaces)
        return {number: own[number] if context.tasks[number].k else rule for number, rule in rules.items()}
