"""SMOTER: SMOTE for regression."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from spark_smote.core.bump_sampler import BumpSampler
from spark_smote.core.context import PlanningContext
from spark_smote.core.registry import REGRESSION, register
from spark_smote.samplers.smote import SMOTE
from spark_smote.search.settings import SearchSettings


@register(
    family=REGRESSION,
    paper="Torgo et al. 2013",
    rows="as SMOTE within the rare bumps of the target, the target interpolated with the features",
    cost="the search within each bump",
)
class SMOTER(BumpSampler, SMOTE):
    """SMOTE for regression.

    Rare bumps of the target are over-sampled as by :class:`SMOTE`: each synthetic row lies between a real row of the
    bump (the seed) and one of its k nearest rows of the same bump. Its target is the mean of theirs, weighted by its
    distance to the other of the two; so with one gap for all features it lies between the targets as the features do.
    The target has no part in the search. Bumps with more rows than wanted lose some, drawn at random.

    In the paper each feature has a gap of its own, and if seed and neighbour are at the same place, the target is the
    plain mean; here it lies at the gap then too.

    References
    ----------
    L. Torgo, R. P. Ribeiro, B. Pfahringer, P. Branco, "SMOTE for regression", EPIA 2013, 378-389.

    Examples
    --------
    >>> from pyspark.sql import functions as F
    >>> from spark_smote import SMOTER
    >>> df = spark.range(120).selectExpr("id * 1.0D AS x", "IF(id % 12 = 0, 50.0D + id, id % 10) AS y")
    >>> points = [(10, 0), (50, 1)]
    >>> sampler = SMOTER(inputCols=["x"], targetCol="y", relevance=points, seed=7)
    >>> sampler.resample(df).groupBy((F.col("y") > 40).alias("rare")).count().orderBy("rare").show()
    +-----+-----+
    | rare|count|
    +-----+-----+
    |false|   60|
    | true|   60|
    +-----+-----+
    <BLANKLINE>
    """

    SPARSE = False

    def settings(self, context: PlanningContext) -> SearchSettings:
        """How neighbours are searched: the target is measured in infinite units, so it counts for nothing."""
        found = super().settings(context)
        scale = np.ones(context.survey.width) if found.scale is None else np.array(found.scale)
        scale[-1] = np.inf
        return replace(found, scale=scale)
