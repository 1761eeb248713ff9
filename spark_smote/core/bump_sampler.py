"""The base of samplers for regression: the bumps of a numeric target take the place of classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from pyspark.sql import DataFrame

from spark_smote.core.context import PlanningContext
from spark_smote.core.execution import Decision, Execution, check_plan, execute
from spark_smote.core.over_sampler import OverSampler, Prepared, described
from spark_smote.core.parameter import (
    COLUMN,
    FLOAT,
    POSITIVE,
    POSITIVE_SHARE,
    STR,
    Kind,
    Parameter,
    accepted_by,
    one_of,
)
from spark_smote.core.params import STRATEGY, as_dict, refuse_set
from spark_smote.core.plan import Plan
from spark_smote.core.target_relevance import relevance_function, relevance_points, target_range
from spark_smote.errors import ClassError, ParameterError, StrategyError
from spark_smote.kernels.apportion import shares
from spark_smote.kernels.relevance import EXTREMES
from spark_smote.spark.columns import Names
from spark_smote.spark.draw import Draw, draw
from spark_smote.spark.features import Features
from spark_smote.spark.input_rows import InputRows
from spark_smote.spark.row_fingerprint import OfClasses, OfWholeRow, SumOf
from spark_smote.spark.target import BUMP, Bumps, find_target, with_target
from spark_smote.strategy import check_under

_STRATEGIES = ("balance", "extreme")
RELEVANCE = Kind[Any](
    str | list[tuple[float, ...]], "str or list of tuples of float", lambda value: _plain(value), lambda value: value
)


@dataclass(frozen=True)
class InBumps:
    """The findings of planning: how rows are told apart by their target, and what is done with them.

    Parameters
    ----------
    bumps : Bumps
    execution : Execution
        Of the input with the number of its bump as the label.
    """

    bumps: Bumps
    execution: Execution


@dataclass(frozen=True)
class Kept:
    """The work: the drawn rows of the bumps that shrink, and all rows of the others.

    Parameters
    ----------
    draw : Draw
    """

    draw: Draw

    def __call__(self, source: InputRows) -> DataFrame:
        """The rows that stay."""
        return self.draw.keep(source.drawable())


class BumpSampler(OverSampler):
    """Base of samplers for regression.

    Parameters
    ----------
    targetCol
        Numeric column to be predicted. Values return in its own type.
    relevance
        How much the values of the target matter, from 0 to 1: 'auto' derives it from the box plot of the target, in
        which the median has relevance 0 and the whiskers, beyond which there are extreme values, have 1. Or at least
        two control points, each (value, relevance) or (value, relevance, slope); monotone cubics lie between them.
    relevanceThreshold
        Relevance from which a value is rare, on (0, 1]. The maximal intervals of the target that are rare, or not, are
        its bumps, numbered from 0 by ascending values.
    extremes
        Side on which extreme values are relevant, if ``relevance`` is 'auto'.
    whiskerReach
        Length of the whiskers at most, in interquartile ranges, if ``relevance`` is 'auto'.
    samplingStrategy
        Rows that each bump should have. 'balance' makes all bumps equally large, 'extreme' makes their sizes inversely
        proportional to what they were; both keep the number of rows. A dict gives the total rows of each bump named; a
        callable takes the counts and returns such a dict. Larger bumps lose rows, drawn at random.
    """

    labelCol = None  # type: ignore[assignment]
    ifBalanced = None  # type: ignore[assignment]
    NOUN = "bump"

    targetCol = Parameter(STR, COLUMN, default="target")
    relevance = Parameter(
        RELEVANCE,
        accepted_by(lambda value: _check_relevance(value), "'auto' or a list of control points"),
        default="auto",
    )
    relevanceThreshold = Parameter(FLOAT, POSITIVE_SHARE, default=0.5)
    extremes = Parameter(STR, one_of(*EXTREMES), default="both")
    whiskerReach = Parameter(FLOAT, POSITIVE, default=1.5)
    samplingStrategy = Parameter(
        STRATEGY,
        accepted_by(lambda value: _check_sizes(as_dict(value)), "a strategy for bumps"),
        default="balance",
    )

    def getLabelCol(self) -> str:
        """The column that stands for the label meanwhile: the number of a row's bump."""
        return BUMP

    KEEPS = False
    GROUPS = False

    def looks_at_all(self) -> bool:
        return True

    def _check_params(self) -> None:
        super()._check_params()
        refuse_set(self, ("featureWeights", "metric", "bounds"), "the target goes with the features through the search")

    def features(self, names: Names) -> Features:
        return with_target(names, super().features(names), find_target(names, self.getOrDefault(self.targetCol)))

    def plan(self, df: DataFrame) -> Plan:
        self._check_params()
        bumps = self.bumps(df)
        made = super().plan(bumps.marked(df))
        notes = bumps.words(self.getOrDefault(self.targetCol)) + made.notes
        return replace(made, execution=InBumps(bumps, made.execution), notes=notes)

    def resample(self, df: DataFrame, plan: Plan | None = None) -> DataFrame:
        if plan is None:
            plan = self.plan(df)
        else:
            self._check_params()
            check_plan(plan, InBumps, self.made_by())
        found: InBumps = plan.execution
        return execute(found.bumps.marked(df), found.execution).drop(BUMP)

    def bumps(self, df: DataFrame) -> Bumps:
        """The bumps of the target; small jobs run over its column, with relevance 'auto' four, else one.

        Raises
        ------
        SparkSmoteError
        """
        names, asked = Names(df), self.getOrDefault(self.relevance)
        # Found and checked before any job.
        self.features(names)
        threshold, name = self.getOrDefault(self.relevanceThreshold), self.getOrDefault(self.targetCol)
        remedy = "change the control points in relevance"
        if asked == "auto":
            remedy = "lower whiskerReach, choose other extremes, or give control points as relevance"
            asked = relevance_points(
                df,
                name,
                extremes=self.getOrDefault(self.extremes),
                whiskerReach=self.getOrDefault(self.whiskerReach),
                handleInvalid=self.getOrDefault(self.handleInvalid),
            )
        edges, rare = relevance_function(asked).bumps(threshold)
        if not edges:
            of = "at or above" if rare[0] else "below"
            raise ClassError(f"the relevance of {name!r} is {of} relevanceThreshold={threshold:g} everywhere; {remedy}")
        if self.getOrDefault(self.relevance) != "auto":
            target_range(df, name, self.getOrDefault(self.handleInvalid) == "skip")
        return Bumps(find_target(names, name), tuple(edges), tuple(rare))

    def decide(self, context: PlanningContext) -> Decision:
        survey, layout = context.survey, context.source.layout
        if len(survey.rows) < 2:
            raise ClassError(
                f"all rows are in bump {next(iter(survey.rows))} of {self.getOrDefault(self.targetCol)!r}; lower or "
                "raise relevanceThreshold, or give other control points as relevance"
            )
        totals = sizes(as_dict(self.getOrDefault(self.samplingStrategy)), survey.rows)
        more = {bump: max(0, totals[bump] - rows) for bump, rows in survey.rows.items()}
        fewer = {number: totals[bump] for number, (bump, rows) in enumerate(survey.rows.items()) if totals[bump] < rows}
        context = replace(context, tasks=self._tasks(survey, more))
        present = list(survey.rows.values())
        # What is to be made is decided first, for it may be refused.
        prepared = self.prepare(context) if context.tasks else Prepared({})
        classes = tuple(
            replace(one, to_remove=max(0, one.rows - totals[one.label])) for one in described(context, prepared)
        )
        row = self.fingerprint(layout)
        if not fewer:
            notes = self._inherited(layout)
            return Decision(prepared.work, classes, context.fingerprint(row), adds=True, notes=notes)
        with context.stage("draw"):
            rows = {number: present[number] for number in fewer}
            drawn = draw(context.source.drawable(), rows, fewer, self.getOrDefault(self.seed))
        of_drawn = OfClasses(layout.label, tuple(context.label(number) for number in fewer), OfWholeRow(layout.schema))
        values = survey.values + sum(drawn.fingerprints.values())
        fingerprint = replace(context.fingerprint(SumOf((row, of_drawn))), values=values)
        notes = self._inherited(layout)
        if prepared.work is None:
            return Decision(Kept(drawn), classes, fingerprint, notes=notes)
        return Decision(prepared.work, classes, fingerprint, adds=True, notes=notes, rest=Kept(drawn))


def sizes(strategy: Any, rows: Mapping[Any, int]) -> dict[Any, int]:
    """Rows that each bump should have.

    Parameters
    ----------
    strategy : str, mapping or callable
        See :class:`BumpSampler`.
    rows : mapping of int to int
        Rows of each bump that has any.

    Raises
    ------
    StrategyError
        For a bump that there is not.
    ParameterError
        For a callable that returns no such mapping.

    References
    ----------
    As ``C.perc`` of the R package UBL, in numbers of rows.

    Examples
    --------
    >>> sizes("balance", {0: 90, 1: 10}), sizes("extreme", {0: 90, 1: 10}), sizes({1: 25}, {0: 90, 1: 10})
    ({0: 50, 1: 50}, {0: 10, 1: 90}, {0: 90, 1: 25})
    """
    if callable(strategy):
        strategy = strategy(dict(rows))
        _check_sizes(strategy)
    if isinstance(strategy, Mapping):
        unknown = [bump for bump in strategy if bump not in rows]
        if unknown:
            known = ", ".join(map(repr, rows))
            raise StrategyError(f"samplingStrategy: no row is in bump {unknown[0]!r}; the bumps with rows are {known}")
        return {bump: int(strategy.get(bump, present)) for bump, present in rows.items()}
    present = np.array(list(rows.values()), dtype=np.float64)
    weights = np.ones(len(rows)) if strategy == "balance" else 1 / present
    return dict(zip(rows, shares(weights, sum(rows.values())).tolist(), strict=True))


def _check_sizes(strategy: Any) -> bool:
    if isinstance(strategy, Mapping):
        check_under(strategy)
    elif not (strategy in _STRATEGIES if isinstance(strategy, str) else callable(strategy)):
        raise ParameterError(
            "samplingStrategy must be 'balance', 'extreme', a mapping of bump to total rows, or a callable on the "
            f"counts that returns one, not {strategy!r}"
        )
    return True


def _check_relevance(value: Any) -> bool:
    if value != "auto":
        relevance_function(value)
    return True


def _plain(value: Any) -> Any:
    """Control points as lists, which are saved as JSON."""
    listed = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(listed, str):
        return listed
    try:
        return [list(map(float, point)) for point in listed]
    except TypeError:
        raise TypeError(f"must be 'auto' or a list of control points, not {value!r}") from None
