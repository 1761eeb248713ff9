"""SMOTE-NC: SMOTE for numbers and categories."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from spark_smote.core.context import PlanningContext
from spark_smote.core.parameter import COLUMNS, STR, STRS, Parameter, one_of
from spark_smote.core.registry import OVER_SAMPLER, register
from spark_smote.core.statistics import deviations, scales
from spark_smote.errors import ColumnError
from spark_smote.kernels.arrays import Matrix
from spark_smote.kernels.modes import smotenc, smotenc_of_class
from spark_smote.kernels.moments import median_of
from spark_smote.kernels.nominal import Mismatch
from spark_smote.kernels.space import Space
from spark_smote.kernels.work import Rule
from spark_smote.samplers.smote import SMOTE
from spark_smote.search.settings import SearchSettings
from spark_smote.spark.categories import find_categories
from spark_smote.spark.columns import Names
from spark_smote.spark.features import Features


@register(
    family=OVER_SAMPLER,
    paper="Chawla et al. 2002",
    rows="as SMOTE in the numbers; each category is the most frequent one of the neighbours",
    cost="the search within the class, and one more pass over the class",
)
class SMOTENC(SMOTE):
    """SMOTE for numbers and categories (nominal and continuous features).

    The squared distance of two rows of a class is that of their numbers, plus med^2 for each category in which they
    differ; med is the median, over the numeric columns, of the class's own (population) standard deviations. The
    numbers of a synthetic row are interpolated as in SMOTE, between a seed and one of its k nearest neighbours. Each
    category is the most frequent one of all k neighbours, without the seed; of equally frequent categories one is
    drawn. If med is 0, because most numbers are constant, categories do not count in the distance.

    LSH search hashes a category as a corner of a cube of 16 dimensions; the squared distance of two corners is med^2 in
    expectation. The recall that :meth:`plan` returns is measured with the true distance.

    Parameters
    ----------
    categoricalCols
        Categorical columns, at least one: any mix of string, boolean, byte, short, int and long. Null is a category of
        its own. Synthetic values are copied from real rows, so no new category arises, whatever the number of
        categories.
    metric
        The distance above is the only one.

    References
    ----------
    N. V. Chawla, K. W. Bowyer, L. O. Hall, W. P. Kegelmeyer, "SMOTE: synthetic minority over-sampling technique",
    Journal of Artificial Intelligence Research 16 (2002), 321-357, section 6.1.

    Examples
    --------
    >>> from spark_smote import SMOTENC
    >>> df = spark.range(120).selectExpr("id % 12 = 0 AS fraud", "id * 1.0D AS amount", "concat('c', id % 3) AS card")
    >>> balanced = SMOTENC(inputCols=["amount"], categoricalCols=["card"], labelCol="fraud", seed=7).resample(df)
    >>> balanced.groupBy("fraud", "card").count().orderBy("fraud", "card").show()
    +-----+----+-----+
    |fraud|card|count|
    +-----+----+-----+
    |false|  c0|   30|
    |false|  c1|   40|
    |false|  c2|   40|
    | true|  c0|  110|
    +-----+----+-----+
    <BLANKLINE>
    """

    KEEPS = POOLS = False

    categoricalCols = Parameter(STRS, COLUMNS)
    # The choices are SMOTE's, whose type the setter and the getter of a subclass keep.
    metric = Parameter(STR, replace(one_of("euclidean"), choices=SMOTE.metric.constraint.choices), default="euclidean")

    def features(self, names: Names) -> Features:
        categories = self.optional(self.categoricalCols)
        if not categories:
            raise ColumnError(
                "SMOTENC needs a categorical column at least, listed in categoricalCols; for numbers alone use SMOTE"
            )
        numbers = self.optional(self.inputCols)
        vector = self.isSet(self.featuresCol) or self.getOrDefault(self.featuresCol) in names
        if numbers == [] or (numbers is None and not vector):
            raise ColumnError(
                "SMOTENC needs a numeric column at least, listed in inputCols; for categories alone use SMOTEN"
            )
        return find_categories(names, categories, super().features(names))

    def spaces(self, context: PlanningContext, settings: SearchSettings) -> dict[int, Space]:
        layout, unit = context.source.layout, self.unit(context)
        weights = tuple(layout.weights[len(layout.weights) - len(layout.features.copied) :])
        columns = len(layout.features.copied)
        in_cells: dict[int, Space] = {}
        if layout.groups:
            # Of thousands of classes, each in a cell, the cells find the deviations.
            whole = [n for n, task in context.tasks.items() if settings.is_exact_in_class(task.rows)]
            in_cells = dict.fromkeys(whole, Space(settings.scale, Mismatch(columns, math.nan, weights)))
        found = deviations(context, [number for number in context.tasks if number not in in_cells])
        steps = {number: median_of(of / unit) for number, of in found.items()}
        return in_cells | {n: Space(settings.scale, Mismatch(columns, step, weights)) for n, step in steps.items()}

    def rules(self, context: PlanningContext, spaces: Mapping[int, Space]) -> dict[int, Rule]:
        rules, unit = super().rules(context, spaces), self.unit(context)
        for number, space in spaces.items():
            if context.tasks[number].k and isinstance(space.nominal, Mismatch) and math.isnan(space.nominal.step):
                rules[number] = partial(smotenc_of_class, space=space, unit=unit)
        return rules

    def unit(self, context: PlanningContext) -> Matrix | float:
        """The deviations of all rows, in which numbers are measured, where they are; a job may run."""
        return scales(context) if self.getOrDefault(self.standardization) else 1.0

    def rule(self, space: Space) -> Rule:
        return partial(smotenc, space=space)
