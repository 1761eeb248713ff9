"""WERCS: copies and deletions with odds by the relevance of the target."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from operator import attrgetter
from typing import Any

import numpy as np
from pyspark.sql import DataFrame

from spark_smote.core.context import PlanningContext
from spark_smote.core.execution import Decision
from spark_smote.core.grouping import resolved
from spark_smote.core.parameter import FLOAT, NOT_NEGATIVE, SHARE, Parameter
from spark_smote.core.plan import ClassPlan, Plan
from spark_smote.core.registry import REGRESSION, register
from spark_smote.core.target_sampler import TargetSampler
from spark_smote.core.whole_row_sampler import WholeRowCopier
from spark_smote.errors import ClassError, ParameterError
from spark_smote.kernels.apportion import capped_shares
from spark_smote.kernels.relevance import Relevance
from spark_smote.spark.group_classes import GroupNumbers
from spark_smote.spark.target import LEVELS, Levels, Tenths
from spark_smote.spark.target_of_group import GroupLevels


@register(
    family=REGRESSION,
    paper="Branco, Torgo and Ribeiro 2019",
    rows="copies of rows, the more relevant the more often; rows that are not relevant go",
    cost="two passes over all columns",
)
class WERCS(TargetSampler, WholeRowCopier):
    """Weighted relevance-based combination strategy, for regression.

    Rows are copied with odds that are the relevance of their target, and deleted with odds that are 1 less the
    relevance. So there are no bumps and no threshold, and no features are needed: whole rows are copied and deleted,
    with columns of any type. A row may have several copies, and a row that is deleted may have been copied.

    The relevance is rounded to hundredths, and the rows of one hundredth are alike: copies are spread over them evenly,
    to within one, and those to delete are drawn without replacement. The numbers of copies and deletions are exact for
    each hundredth, in proportion to its rows times the odds. In the paper each copy is drawn by itself, with the same
    expectation and more chance. If all rows of a hundredth are deleted, more of the others are.

    Parameters
    ----------
    over
        Number of copies, as a share of the rows with a target.
    under
        Number of rows to delete, as a share of the rows with a target, from 0 to 1.

    References
    ----------
    P. Branco, L. Torgo, R. P. Ribeiro, "Pre-processing approaches for imbalanced distributions in regression",
    Neurocomputing 343 (2019), 76-99.

    Examples
    --------
    >>> from pyspark.sql import functions as F
    >>> from spark_smote import WERCS
    >>> df = spark.range(120).selectExpr("id * 1.0D AS x", "IF(id % 12 = 0, 50.0D + id, id % 10) AS y")
    >>> sampler = WERCS(targetCol="y", relevance=[(10, 0), (50, 1)], over=0.5, under=0.25, seed=7)
    >>> sampler.resample(df).groupBy((F.col("y") > 40).alias("rare")).count().orderBy("rare").show()
    +-----+-----+
    | rare|count|
    +-----+-----+
    |false|   80|
    | true|   70|
    +-----+-----+
    <BLANKLINE>
    """

    over = Parameter(FLOAT, NOT_NEGATIVE, default=0.5)
    under = Parameter(FLOAT, SHARE, default=0.5)

    def classes_by(self, relevance: Relevance, place: int) -> tuple[Levels, tuple[str, ...]]:
        cubics = tuple(tuple(piece) for piece in relevance.cubics.T.tolist())
        return Levels(place, tuple(relevance.points.tolist()), cubics), ()

    def classes_within(
        self, relevances: Sequence[Relevance], groups: GroupNumbers, place: int
    ) -> tuple[GroupLevels, tuple[str, ...]]:
        return GroupLevels(place, groups, tuple(map(_pieces, relevances))), ()

    def plan(self, df: DataFrame) -> Plan:
        made = super().plan(df)
        return replace(made, classes=tuple(_in_tenths(made.classes, made.execution.class_column)))

    def decide(self, context: PlanningContext) -> Decision:
        rows = context.survey.rows
        over, under = (resolved(self._quotas, param, rows, "pass").values() for param in ("over", "under"))
        return self.carried_out(context, dict(enumerate(over)), dict(enumerate(under)))

    def _quotas(self, param: str, counts: Mapping[Any, int], passing: str) -> dict[Any, int]:
        """Rows of each hundredth to copy, for 'over', or to delete, for 'under'."""
        name, asked, rows = self.getOrDefault(self.targetCol), self.getOrDefault(param), list(counts.values())
        odds = [int(level) if param == "over" else LEVELS - int(level) for level in counts]
        total = round(asked * sum(rows))
        some = sum(count for count, chance in zip(rows, odds, strict=True) if chance)
        if total and not some:
            of = "0" if param == "over" else "1"
            raise ClassError(
                f"the relevance of {name!r} is {of} in every row, to the hundredth; {self.REMEDY[self.auto]}"
            )
        if param == "under" and total > some:
            raise ParameterError(
                f"under={asked:g} asks to delete {total} rows, but only {some} have a relevance below 1; lower it"
            )
        weights = [count * chance for count, chance in zip(rows, odds, strict=True)]
        caps = rows if param == "under" else [total] * len(rows)
        return dict(zip(counts, capped_shares(weights, caps, total), strict=True))


def _pieces(relevance: Relevance) -> tuple[tuple[float, ...], ...]:
    """The ends and coefficients of each piece."""
    points = relevance.points
    return tuple(map(tuple, np.vstack((points[:-1], points[1:], relevance.cubics)).T.tolist()))


def _in_tenths(classes: Iterable[ClassPlan], levels: Tenths) -> Iterable[ClassPlan]:
    """The plan of each tenth of relevance."""
    shown = [replace(one, label=levels.shown(one.label)) for one in classes]
    for _, group in groupby(shown, key=attrgetter("label")):
        first, *others = group
        for one in others:
            sums = {name: getattr(first, name) + getattr(one, name) for name in ("rows", "to_synthesise", "to_remove")}
            first = replace(first, **sums)
        yield first
