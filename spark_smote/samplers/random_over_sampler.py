"""Random over-sampling: the bootstrap, plain or smoothed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from spark_smote.core.context import PlanningContext
from spark_smote.core.copies import Copies
from spark_smote.core.execution import Decision
from spark_smote.core.over_sampler import Prepared
from spark_smote.core.parameter import Kind, Parameter, accepted_by
from spark_smote.core.params import as_dict, as_pairs
from spark_smote.core.registry import OVER_SAMPLER, register
from spark_smote.core.single_seed import SingleSeedSampler
from spark_smote.core.statistics import deviations
from spark_smote.errors import ParameterError, StrategyError
from spark_smote.kernels.single_row import bandwidth, bootstrap
from spark_smote.kernels.work import Rule
from spark_smote.spark.columns import Names
from spark_smote.spark.draw import draw
from spark_smote.spark.features import Features
from spark_smote.spark.group_classes import label_of
from spark_smote.spark.survey import find_label
from spark_smote.spark.whole_rows import WholeRows


@register(
    family=OVER_SAMPLER,
    paper="Menardi and Torelli 2014",
    rows="copies, no features needed; with `shrinkage`, copies with noise (smoothed bootstrap, ROSE)",
    cost="none",
)
class RandomOverSampler(SingleSeedSampler):
    """Random over-sampling: each synthetic row is a copy of a real row of the class, optionally with noise.

    No features are needed: if none are named and there is no column with the default name of ``featuresCol``, whole
    rows are copied, with all their columns, nulls, NaN and values of any type. If features are named, ``inheritCols``
    decides on the other columns. Noise needs features.

    The quotas of the rows are equal, to within one. With ``shrinkage``, Gaussian noise is added to the copies (the
    smoothed bootstrap, known as ROSE): the standard deviation of the noise of each feature is ``shrinkage * h`` times
    that of the class, ``h = (4 / ((d + 2) n)) ** (1 / (d + 4))`` for the n rows of the class and d features.

    Parameters
    ----------
    shrinkage
        Noise of the copies, 0 or more, in bandwidths of the smoothed bootstrap. A dict gives the noise of each class
        named; the other classes get plain copies. If not set, all classes get plain copies.

    References
    ----------
    G. Menardi, N. Torelli, "Training and assessing classification rules with imbalanced data", Data Mining and
    Knowledge Discovery 28 (2014), 92-122.

    Examples
    --------
    >>> from spark_smote import RandomOverSampler
    >>> df = spark.range(120).selectExpr("id % 12 = 0 AS fraud", "id * 1.0D AS amount")
    >>> sampler = RandomOverSampler(inputCols=["amount"], labelCol="fraud", shrinkage=0.5)
    >>> sampler.resample(df).groupBy("fraud").count().orderBy("fraud").show()
    +-----+-----+
    |fraud|count|
    +-----+-----+
    |false|  110|
    | true|  110|
    +-----+-----+
    <BLANKLINE>
    """

    KEEPS = True

    shrinkage = Parameter(
        Kind[Any](float | Mapping[Any, float], "float or dict", as_pairs, as_dict),
        accepted_by(lambda value: _check_shrinkage(value), "a number of 0 or more, or a dict of them"),
    )

    def extrapolates(self) -> bool:
        return bool(self.optional(self.shrinkage))

    def features(self, names: Names) -> Features:
        named = self.isSet(self.inputCols) or self.isSet(self.featuresCol)
        if named or self.optional(self.shrinkage) or self.getOrDefault(self.featuresCol) in names:
            return super().features(names)
        return WholeRows(names.schema, find_label(names, self.getLabelCol()))

    def decide(self, context: PlanningContext) -> Decision:
        decision, layout = super().decide(context), context.source.layout
        if not isinstance(layout.features, WholeRows):
            return decision
        return replace(decision, fingerprint=context.fingerprint(self.fingerprint(layout)))

    def prepare(self, context: PlanningContext) -> Prepared:
        if not isinstance(context.source.layout.features, WholeRows):
            return super().prepare(context)
        present = {number: task.rows for number, task in context.tasks.items()}
        more = {number: task.total % task.rows for number, task in context.tasks.items()}
        with context.stage("draw"):
            once_more = draw(context.source.drawable(), present, more, self.getOrDefault(self.seed))
        times = {number: task.total // task.rows for number, task in context.tasks.items()}
        return Prepared(context.tasks, Copies(times, once_more))

    def rules(self, context: PlanningContext) -> Mapping[int, Rule]:
        shrinkage = self._by_class(context)
        smoothed = [number for number, factor in shrinkage.items() if factor]
        found = deviations(context, smoothed)
        rules: dict[int, Rule] = dict.fromkeys(context.tasks, bootstrap)
        for number in smoothed:
            spread = found[number] * bandwidth(context.valid(number), context.survey.width) * shrinkage[number]
            rules[number] = partial(bootstrap, spread=spread)
        return rules

    def _by_class(self, context: PlanningContext) -> dict[int, float]:
        value = self.optional(self.shrinkage)
        if not isinstance(value, list):
            return dict.fromkeys(context.tasks, value or 0.0)
        factors = dict(value)
        labels = sorted({label_of(one) for one in context.source.labels})
        for label in factors:
            if label not in labels:
                known = ", ".join(map(repr, labels[:20]))
                raise StrategyError(f"shrinkage: unknown class {label!r}; the classes are {known}")
        return {number: factors.get(label_of(context.label(number)), 0.0) for number in context.tasks}


def _check_shrinkage(pairs: Any) -> None:
    """Refuse what is neither a number of 0 or more nor pairs of a class and such a number."""
    for label, factor in pairs if isinstance(pairs, list) else [(None, pairs)]:
        of = "" if label is None else f" for class {label!r}"
        number = isinstance(factor, int | float) and not isinstance(factor, bool)
        if not (number and 0 <= factor < float("inf")):
            raise ParameterError(f"shrinkage{of} must be a number of 0 or more, or a dict of them, not {factor!r}")
