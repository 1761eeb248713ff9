"""RBO: synthetic rows where the potential of their class balances that of all others."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import ClassVar

from spark_smote.core.context import PlanningContext
from spark_smote.core.effort import Effort
from spark_smote.core.parameter import FLOAT, INT, POSITIVE, SHARE, Parameter, at_least
from spark_smote.core.params import SearchParams
from spark_smote.core.registry import OVER_SAMPLER, register
from spark_smote.core.synthesis import Synthesis
from spark_smote.core.weighted_sampler import WeighingSampler, as_many_as_there_are, towards_all
from spark_smote.kernels.arrays import Matrix
from spark_smote.kernels.radial import balanced
from spark_smote.kernels.seeding import Task
from spark_smote.kernels.weights import Weigh, alike
from spark_smote.search.settings import SearchSettings
from spark_smote.search.weighting import Weighting

_TERM_SECONDS = 4.5e-8
"""Of one core, for the potential of one row at one step (measured)."""


@register(
    family=OVER_SAMPLER,
    paper="Koziarski et al. 2019",
    rows="at the end of a walk from a row to where the potentials of its class and of all others balance",
    cost="the search in all rows, and the potential at each step of each walk",
)
class RBO(WeighingSampler):
    """Radial-based over-sampling.

    The mutual class potential of a point is the sum of ``exp(-(d / gamma) ** 2)`` over the rows of other classes at
    distance d, minus that over the rows of the class. A synthetic row starts at a row of the class and tries ``nSteps``
    steps of length ``stepSize`` along one feature, up or down by chance; it takes those that bring the potential nearer
    to 0. Before each step it stops with probability ``stopProbability``. The quotas of the rows are equal, to within
    one.

    What differs from the paper: the potential is that of the seed and of the ``nNeighbors`` nearest rows of all classes
    to it, as in the later versions of the authors' code. With the farthest of these at distance D from the seed and a
    walk that has come to distance s of it, the other n rows add ``n * exp(-((D - s) / gamma) ** 2)`` to it at most.
    Distance is Euclidean and, unless ``standardization`` is False, in standard deviations, for gamma and stepSize are
    lengths; the authors' code has gamma 0.05, stepSize 0.001 and Manhattan distance for features of range 1. All other
    classes together are the majority.

    Parameters
    ----------
    gamma
        Distance at which the potential of a row has fallen to 1/e.
    stepSize
        Length of a step.
    nSteps
        Number of steps to try, at least 1.
    stopProbability
        Probability to stop before a step, from 0 to 1; the time grows with its inverse, up to ``nSteps``.
    nNeighbors
        Number of nearest rows of all classes that make the potential, beside the seed, at least 1.
    standardization
        Whether distance is measured in units of each feature's standard deviation over all rows.

    References
    ----------
    M. Koziarski, B. Krawczyk, M. Wozniak, "Radial-based oversampling for noisy imbalanced data classification",
    Neurocomputing 343 (2019), 19-33; first in "Radial-based approach to imbalanced data oversampling", HAIS 2017.

    Examples
    --------
    >>> from spark_smote import RBO
    >>> df = spark.range(120).selectExpr("id % 12 = 0 AS fraud", "rand(1) AS amount", "id * 1.0D AS age")
    >>> balanced = RBO(inputCols=["amount", "age"], labelCol="fraud", seed=7).resample(df)
    >>> balanced.groupBy("fraud").count().orderBy("fraud").show()
    +-----+-----+
    |fraud|count|
    +-----+-----+
    |false|  110|
    | true|  110|
    +-----+-----+
    <BLANKLINE>
    """

    PLANNING_READS: ClassVar[Mapping[str, int]] = {"weigh": 1}
    WRITING_READS = 3
    M = "nNeighbors"
    ALIKE = True
    MOVES_BY_DISTANCE = True
    FEWER_SUFFICE = True

    gamma = Parameter(FLOAT, POSITIVE, default=1.0)
    stepSize = Parameter(FLOAT, POSITIVE, default=0.02)
    nSteps = Parameter(INT, at_least(1), default=500)
    stopProbability = Parameter(FLOAT, SHARE, default=0.02)
    nNeighbors = Parameter(INT, at_least(1), default=25)
    standardization = SearchParams.standardization.but(default=True)

    def effort(self, context: PlanningContext) -> Effort:
        made, rows = sum(self.quotas(context).values()), self.getOrDefault(self.nNeighbors) + 1
        steps = min(self.getOrDefault(self.nSteps), 1 / max(self.getOrDefault(self.stopProbability), 1e-9))
        return Effort(
            _TERM_SECONDS * made * steps * rows,
            f"walks of some {steps:,.0f} steps to {made:,} synthetic rows, each by the potential of {rows:,} rows",
            "lower nSteps or nNeighbors, raise stopProbability, or use CCR",
        )

    def extrapolates(self) -> bool:
        return True

    def weigh(self, context: PlanningContext, scale: Matrix | float | None) -> Mapping[int, Weigh]:
        return dict.fromkeys(context.tasks, alike)

    def wanted(self, context: PlanningContext) -> int:
        return as_many_as_there_are(self.getOrDefault(self.nNeighbors), context)

    def near(self, context: PlanningContext) -> int:
        return self.wanted(context)

    def synthesis(
        self, context: PlanningContext, settings: SearchSettings, tasks: Mapping[int, Task], weighting: Weighting
    ) -> Synthesis:
        rule = partial(
            balanced,
            scale=settings.scale,
            near=self.near(context),
            gamma=self.getOrDefault(self.gamma),
            step=self.getOrDefault(self.stepSize),
            steps=self.getOrDefault(self.nSteps),
            stop=self.getOrDefault(self.stopProbability),
        )
        return towards_all(settings, tasks, weighting, dict.fromkeys(tasks, rule))
