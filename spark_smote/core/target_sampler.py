"""The bases of samplers for regression: a numeric target takes the place of a label."""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
from pyspark.sql import DataFrame

from spark_smote.core.context import PlanningContext
from spark_smote.core.grouping import is_grouped, resolved
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
from spark_smote.core.params import STRATEGY, as_dict
from spark_smote.core.plan import Plan
from spark_smote.core.resampler import Resampler
from spark_smote.core.target_relevance import box_plot_points, relevance_function, target_ranges
from spark_smote.core.timing import timed
from spark_smote.errors import ClassError, ParameterError, StrategyError
from spark_smote.kernels.apportion import shares
from spark_smote.kernels.relevance import EXTREMES, Relevance, bumps_of
from spark_smote.spark.class_column import ClassColumn
from spark_smote.spark.columns import Names
from spark_smote.spark.group_classes import GroupNumbers
from spark_smote.spark.target import BUMP, Bumps, find_target
from spark_smote.spark.target_of_group import GroupBumps
from spark_smote.strategy import check_under

_STRATEGIES = ("balance", "extreme")
RELEVANCE = Kind[Any](
    str | list[tuple[float, ...]], "str or list of tuples of float", lambda value: _plain(value), lambda value: value
)


class TargetSampler(Resampler):
    """Base of samplers that tell rows apart by the relevance of a numeric target.

    Parameters
    ----------
    targetCol
        Numeric column to be predicted. Values return in its own type.
    relevance
        How much the values of the target matter, from 0 to 1: 'auto' derives it from the box plot of the target, in
        which the median has relevance 0 and the whiskers, beyond which there are extreme values, have 1; with
        ``groupCols``, from that of each group. Or at least two control points, the same for all groups, each (value,
        relevance) or (value, relevance, slope); monotone cubics lie between them.
    extremes
        Side on which extreme values are relevant, if ``relevance`` is 'auto'.
    whiskerReach
        Length of the whiskers at most, in interquartile ranges, if ``relevance`` is 'auto'.
    """

    ALONE = "resamples by a numeric target"
    labelCol = None  # type: ignore[assignment]

    targetCol = Parameter(STR, COLUMN, default="target")
    relevance = Parameter(
        RELEVANCE,
        accepted_by(lambda value: _check_relevance(value), "'auto' or a list of control points"),
        default="auto",
    )
    extremes = Parameter(STR, one_of(*EXTREMES), default="both")
    whiskerReach = Parameter(FLOAT, POSITIVE, default=1.5)

    PLANNING_READS: ClassVar[Mapping[str, int]] = {"box plot": 2}
    REMEDY: ClassVar[Mapping[bool, str]] = {
        True: "lower whiskerReach, choose other extremes, or give control points as relevance",
        False: "change the control points in relevance",
    }
    """What to do about a relevance that tells no rows apart, by whether it is that of the box plot."""

    def getLabelCol(self) -> str:
        """The column that stands for the label meanwhile."""
        return BUMP

    @abstractmethod
    def classes_by(self, relevance: Relevance, place: int) -> tuple[ClassColumn, tuple[str, ...]]:
        """The classes of rows by their target, whose position is given, and notes for the plan.

        Raises
        ------
        ClassError
            All rows are of one class.
        """

    @abstractmethod
    def classes_within(
        self, relevances: Sequence[Relevance], groups: GroupNumbers, place: int
    ) -> tuple[ClassColumn, tuple[str, ...]]:
        """The same for groups of which each has a relevance of its own.

        Parameters
        ----------
        relevances : sequence of Relevance
        groups : GroupNumbers
            Those whose relevance is not 0 everywhere.
        place : int
            Position of the target.
        """

    def plan(self, df: DataFrame) -> Plan:
        self._check_params()
        names, name = Names(df), self.getOrDefault(self.targetCol)
        # Found and checked before any job.
        features = self.features(names)
        place, groups = find_target(names, name), self.groups(names, len(df.columns), features)
        seconds: dict[str, float] = {}
        if self.auto:
            by, notes = self._by_box_plot(df, place, groups, seconds)
        else:
            by, notes = self.classes_by(relevance_function(self.getOrDefault(self.relevance)), place)
            with timed(seconds, "range"):
                target_ranges(df, name, self.getOrDefault(self.handleInvalid) == "skip")
        made = super().plan(by.added(df))
        execution = replace(made.execution, class_column=by)
        return replace(made, execution=execution, seconds=seconds | {**made.seconds}, notes=notes + made.notes)

    def _by_box_plot(
        self, df: DataFrame, place: int, groups: Sequence[int], seconds: dict[str, float]
    ) -> tuple[ClassColumn, tuple[str, ...]]:
        """The classes of rows by the box plot of the target, or by those of groups, and notes; jobs run."""
        name, extremes = self.getOrDefault(self.targetCol), self.getOrDefault(self.extremes)
        with timed(seconds, "range"):
            ranges = target_ranges(df, name, self.getOrDefault(self.handleInvalid) == "skip", groups)
        points = box_plot_points(df, name, ranges, extremes, self.getOrDefault(self.whiskerReach), seconds)
        if not groups:
            return self.classes_by(relevance_function(points[0]), place)
        # In the others all rows are of one class.
        own = {code: of for code, of in zip(ranges.groups.codes, points, strict=True) if any(high for _, high in of)}
        numbers = replace(ranges.groups, codes=tuple(own))
        return self.classes_within(list(map(relevance_function, own.values())), numbers, place)

    @property
    def auto(self) -> bool:
        """Whether the relevance is that of the box plot."""
        return bool(self.getOrDefault(self.relevance) == "auto")


class BumpClasses(TargetSampler):
    """Base of those of them for which the bumps of the target are the classes.

    Parameters
    ----------
    relevanceThreshold
        Relevance from which a value is rare, on (0, 1]. The maximal intervals of the target that are rare, or not, are
        its bumps, numbered from 0 by ascending values, in each group anew where its relevance is its own.
    samplingStrategy
        Rows that each bump should have. 'balance' makes all bumps equally large, 'extreme' makes their sizes inversely
        proportional to what they were; both keep the number of rows. A dict gives the total rows of each bump named; a
        callable takes the counts and returns such a dict. Larger bumps lose rows, drawn at random.
    """

    relevanceThreshold = Parameter(FLOAT, POSITIVE_SHARE, default=0.5)
    samplingStrategy = Parameter(
        STRATEGY,
        accepted_by(lambda value: _check_sizes(as_dict(value)), "a strategy for bumps"),
        default="balance",
    )

    def classes_by(self, relevance: Relevance, place: int) -> tuple[Bumps, tuple[str, ...]]:
        threshold, name = self.getOrDefault(self.relevanceThreshold), self.getOrDefault(self.targetCol)
        edges, rare = relevance.bumps(threshold)
        if not edges:
            of = "at or above" if rare[0] else "below"
            raise ClassError(
                f"the relevance of {name!r} is {of} relevanceThreshold={threshold:g} everywhere; "
                f"{self.REMEDY[self.auto]}"
            )
        bumps = Bumps(place, tuple(edges), tuple(rare))
        return bumps, bumps.words(name)

    def classes_within(
        self, relevances: Sequence[Relevance], groups: GroupNumbers, place: int
    ) -> tuple[GroupBumps, tuple[str, ...]]:
        found = bumps_of(relevances, self.getOrDefault(self.relevanceThreshold))
        shapes = Counter(", ".join("rare" if one else "frequent" for one in rare) for _, rare in found if len(rare) > 1)
        often = sorted(shapes.items(), key=lambda one: (-one[1], one[0]))
        told = "".join(f"{shape} (groups: {count:,}); " for shape, count in often)
        name = self.getOrDefault(self.targetCol)
        note = f"bumps by the box plot of {name!r} in each group: {told}one bump in the others"
        return GroupBumps(place, groups, tuple(tuple(edges) for edges, _ in found)), (note,)

    def totals(self, context: PlanningContext) -> dict[Any, int]:
        """Rows that each bump should have; within each group, where a group with one bump stays as it is.

        Raises
        ------
        ClassError
            All rows are in one bump.
        StrategyError
        """
        rows = context.survey.rows
        if len(rows) < 2 and not is_grouped(rows):
            raise ClassError(
                f"all rows are in bump {next(iter(rows))} of {self.getOrDefault(self.targetCol)!r}; lower or "
                "raise relevanceThreshold, or give other control points as relevance"
            )
        changes = resolved(_changes, as_dict(self.getOrDefault(self.samplingStrategy)), rows, "pass")
        return {bump: count + changes[bump] for bump, count in rows.items()}


def _changes(strategy: Any, rows: Mapping[Any, int], passing: str) -> dict[Any, int]:
    return {bump: total - rows[bump] for bump, total in sizes(strategy, rows).items()}


def sizes(strategy: Any, rows: Mapping[Any, int]) -> dict[Any, int]:
    """Rows that each bump should have.

    Parameters
    ----------
    strategy : str, mapping or callable
        See :class:`BumpClasses`.
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
