"""SMOTE-N: SMOTE for categories alone."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from spark_smote.core.context import PlanningContext
from spark_smote.core.params import FeatureParams, SearchParams
from spark_smote.core.registry import OVER_SAMPLER, register
from spark_smote.errors import ColumnError, ParameterError
from spark_smote.kernels.fingerprint import Fingerprint
from spark_smote.kernels.modes import smoten
from spark_smote.kernels.nominal import Levels, ValueDifference
from spark_smote.kernels.space import Space
from spark_smote.kernels.work import Rule
from spark_smote.samplers.smote import SMOTE
from spark_smote.samplers.smotenc import SMOTENC
from spark_smote.search.settings import SearchSettings
from spark_smote.spark.arrow import runs
from spark_smote.spark.categories import count_levels, find_categories
from spark_smote.spark.columns import Names
from spark_smote.spark.features import Features

MOST_LEVELS = 1 << 19
"""Bound on the categories, each counted once for every class that has it, which all tasks hold."""
MOST_SHARES = 1 << 22
"""Bound on the categories of a column times the classes."""


@register(
    family=OVER_SAMPLER,
    paper="Chawla et al. 2002",
    rows="categories alone: the most frequent ones of a row and its nearest rows by the value difference metric",
    cost="the search within the class, and one count of all categories",
)
class SMOTEN(SMOTE):
    """SMOTE for categories alone (nominal features).

    Distance is the value difference metric over all rows: categories are near if their class shares are similar. Its
    square is a sum over the columns of ``(sum over classes |P(class | a) - P(class | b)|) ** 2`` for the categories a
    and b of two rows. Each category of a synthetic row is the most frequent one of the seed and its k nearest
    neighbours; of equally frequent categories one is drawn, while imbalanced-learn takes the lowest.

    Rows at distance 0 are grouped before the search, so its cost depends on the number of distinct rows.

    Parameters
    ----------
    inputCols
        Refused: SMOTENC takes numbers in addition to categories.
    featuresCol
        Refused, if set.
    standardization
        Refused, if True: there are no numbers.
    metric
        The distance above is the only one.

    References
    ----------
    N. V. Chawla, K. W. Bowyer, L. O. Hall, W. P. Kegelmeyer, "SMOTE: synthetic minority over-sampling technique",
    Journal of Artificial Intelligence Research 16 (2002), 321-357, section 6.2.

    Examples
    --------
    >>> from spark_smote import SMOTEN
    >>> df = spark.range(120).selectExpr("id % 12 = 0 AS fraud", "concat('c', id % 5) AS card", "id % 2 = 0 AS abroad")
    >>> balanced = SMOTEN(categoricalCols=["card", "abroad"], labelCol="fraud", seed=7).resample(df)
    >>> balanced.groupBy("fraud", "abroad").count().orderBy("fraud", "abroad").show()
    +-----+------+-----+
    |fraud|abroad|count|
    +-----+------+-----+
    |false| false|   60|
    |false|  true|   50|
    | true|  true|  110|
    +-----+------+-----+
    <BLANKLINE>
    """

    KEEPS = POOLS = False

    categoricalCols = SMOTENC.categoricalCols.but()
    inputCols = FeatureParams.inputCols.but()
    featuresCol = FeatureParams.featuresCol.but()
    standardization = SearchParams.standardization.but()
    metric = SMOTENC.metric.but()

    def features(self, names: Names) -> Features:
        for param in (self.inputCols, self.featuresCol):
            if self.isSet(param):
                raise ColumnError(
                    f"{param.name}: SMOTEN takes categories alone, listed in categoricalCols; leave it out, or use "
                    "SMOTENC for numbers beside categories"
                )
        if self.getOrDefault(self.standardization):
            raise ParameterError("standardization: SMOTEN has no numbers to measure in deviations; leave it out")
        categories = self.optional(self.categoricalCols)
        if not categories:
            raise ColumnError(
                "SMOTEN needs a categorical column at least, listed in categoricalCols; for numbers alone use SMOTE"
            )
        return find_categories(names, categories, None)

    def looks_at_all(self) -> bool:
        return True

    def spaces(self, context: PlanningContext, settings: SearchSettings) -> dict[int, Space]:
        found = self.value_differences(context)
        return {number: Space(None, found[context.group(number)]) for number in context.tasks}

    def value_differences(self, context: PlanningContext) -> dict[Any, ValueDifference]:
        """The value difference metric of all rows, or of those of each group in which a class grows; a job runs.

        Raises
        ------
        ColumnError
            A column has too many categories for it.
        """
        places = context.source.layout.features.copied
        with context.stage("levels"):
            found = count_levels(context.source.rows(), MOST_LEVELS)
            columns, codes, of, counts = (np.array(part) for part in (zip(*found, strict=True) if found else [()] * 4))
        levels = [len(np.unique(codes[columns == index])) for index in range(len(places))]
        largest = int(np.argmax(levels))
        groups: dict[Any, list[int]] = {}
        for number in range(len(context.source.labels)):
            groups.setdefault(context.group(number), []).append(number)
        if len(found) > MOST_LEVELS or levels[largest] * max(map(len, groups.values())) > MOST_SHARES:
            together = " of all groups together" if context.source.layout.groups else ""
            raise ColumnError(
                f"categoricalCols: column {context.source.layout.schema[places[largest]].name!r} has "
                f"{levels[largest]} categories or more, too many for the value difference metric, which keeps the "
                f"share of each class{together} in each; leave it out, or merge its rare ones"
            )
        rows = np.bincount(of[columns == 0], counts[columns == 0], len(context.source.labels)).astype(np.int64)
        for number, own in enumerate(rows.tolist()):
            context.check(number, Fingerprint(own))
        growing = {context.group(number) for number in context.tasks}
        place, within = np.full((2, len(context.source.labels)), -1)
        for index, group in enumerate(groups):
            if group in growing:
                place[groups[group]], within[groups[group]] = index, np.arange(len(groups[group]))
        keys = list(groups)
        weights = np.array(context.source.layout.weights or np.ones(len(places)))
        metrics = {}
        for index, at in runs(place[of]):
            classes = len(groups[keys[index]])
            metrics[keys[index]] = ValueDifference(
                tuple(
                    Levels.of(codes[own], within[of[own]], counts[own], classes, weight)
                    for column, weight in enumerate(weights / weights.max())
                    for own in (at[columns[at] == column],)
                )
            )
        return metrics

    def rule(self, space: Space) -> Rule:
        return partial(smoten, space=space)
