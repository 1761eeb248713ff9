"""Borderline-SMOTE: synthetic rows only from seeds near the border to other classes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from spark_smote.core.context import PlanningContext
from spark_smote.core.parameter import STR, Parameter, one_of
from spark_smote.core.params import HasKNeighbors, HasMetric, HasMNeighbors
from spark_smote.core.registry import OVER_SAMPLER, register
from spark_smote.core.synthesis import Synthesis
from spark_smote.core.warning import warn
from spark_smote.core.weighted_sampler import WeightedSampler, towards_all
from spark_smote.kernels.arrays import Indices, Matrix
from spark_smote.kernels.interpolate import HalfWay, copies, smote
from spark_smote.kernels.seeding import Task
from spark_smote.kernels.weights import Weigh, alike, danger
from spark_smote.search.settings import SearchSettings
from spark_smote.search.weighting import Weighting


@register(
    family=OVER_SAMPLER,
    paper="Han et al. 2005",
    rows=(
        "as SMOTE, but only from rows in danger: at least half, but not all, of their `mNeighbors` nearest rows are of "
        "other classes; `kind='borderline-2'` also interpolates towards other classes, half way at most"
    ),
    cost="the search in all rows, twice",
)
class BorderlineSMOTE(HasKNeighbors, HasMNeighbors, HasMetric, WeightedSampler):
    """Borderline-SMOTE.

    A row of the class is in danger if at least half, but not all, of its ``mNeighbors`` nearest rows are of other
    classes. Only rows in danger are seeds; their quotas are equal, to within one.

    Parameters
    ----------
    kind
        'borderline-1' interpolates between a seed and its nearest rows of its class; 'borderline-2' between a seed and
        its nearest rows of all classes. The gap is uniform on [0, 1), towards a row of another class on [0, 0.5).
    fallback
        What to do with a class without a row in danger, after a warning: 'none' makes no synthetic rows of it, 'smote'
        uses all its rows as seeds.

    References
    ----------
    H. Han, W.-Y. Wang, B.-H. Mao, "Borderline-SMOTE: a new over-sampling method in imbalanced data sets learning", ICIC
    2005, 878-887.

    Examples
    --------
    >>> from spark_smote import BorderlineSMOTE
    >>> df = spark.range(120).selectExpr("id % 4 = 0 AS fraud", "id * 1.0D AS amount", "id % 7 * 1.0D AS day")
    >>> balanced = BorderlineSMOTE(inputCols=["amount", "day"], labelCol="fraud", seed=7).resample(df)
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
    KEEPS = True

    kind = Parameter(STR, one_of("borderline-1", "borderline-2"), default="borderline-1")
    fallback = Parameter(STR, one_of("none", "smote"), default="none")

    def weigh(self, context: PlanningContext, scale: Matrix | float | None) -> Mapping[int, Weigh]:
        return dict.fromkeys(context.tasks, danger)

    def near(self, context: PlanningContext) -> int:
        if self.getOrDefault("kind") == "borderline-1":
            return 0
        # A class with too few rows copies them, but needs a nearest row to meet.
        return max(1, *(task.k for task in context.tasks.values()))

    def without_seeds(self, context: PlanningContext, number: int, rows: Indices) -> Weigh | None:
        fall_back = self.getOrDefault(self.fallback) == "smote"
        m, noise = self.getOrDefault(self.mNeighbors), rows[-1]
        warn(
            f"class {context.label(number)!r} has no row in danger: of its {rows.sum()} rows {noise} have other "
            f"classes only among their mNeighbors={m} nearest, and {rows.sum() - noise} have fewer than half; "
            + ("all its rows are seeds instead" if fall_back else "it is left alone (fallback='smote' would use SMOTE)")
        )
        return alike if fall_back else None

    def synthesis(
        self, context: PlanningContext, settings: SearchSettings, tasks: Mapping[int, Task], weighting: Weighting
    ) -> Synthesis:
        if self.getOrDefault(self.kind) == "borderline-1":
            return super().synthesis(context, settings, tasks, weighting)
        space = settings.space()
        both, copying = partial(smote, space=space, reach=HalfWay()), partial(copies, space=space)
        rules = {number: both if task.k else copying for number, task in tasks.items()}
        return towards_all(settings, tasks, weighting, rules)
