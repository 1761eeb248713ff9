"""The relevance of a target's values, as its box plot gives it, or that of each group; small jobs over one column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_smote.core.timing import timed
from spark_smote.errors import ClassError, InvalidDataError, ParameterError
from spark_smote.kernels.relevance import EXTREMES, Relevance, fences, hinge_ranks, of_box_plot
from spark_smote.spark.columns import Names, positional
from spark_smote.spark.group_classes import GroupNumbers, check_codes, group_code, group_text
from spark_smote.spark.order_statistics import (
    LARGE,
    Brackets,
    brackets,
    ends_within,
    grouped_values,
    order_statistics,
)
from spark_smote.spark.survey import MAX_GROUP_CLASSES
from spark_smote.spark.target import find_target, target_at


def relevance_points(
    df: DataFrame,
    targetCol: str = "target",
    *,
    extremes: str = "both",
    whiskerReach: float = 1.5,
    handleInvalid: str = "error",
) -> list[tuple[float, float]]:
    """Control points of the relevance that a numeric target has by its box
    plot: those of ``relevance='auto'``.

    The median has the relevance 0. A whisker has 1 if there are values beyond
    it; else the last value has 0. The box plot is plain, not adjusted for
    skewness, with Tukey's hinges; they are exact whatever the partitions.

    Parameters
    ----------
    df : DataFrame
        Rows to train on, rather than all.
    targetCol : str
    extremes : {'both', 'low', 'high'}
        Side on which extreme values are relevant.
    whiskerReach : float
        Length of the whiskers at most, in interquartile ranges.
    handleInvalid : {'error', 'skip'}
        Whether rows whose target is null, NaN or infinite fail or do not count.

    Returns
    -------
    list of (float, float)
        Values and relevances, to look at, to change, and to give to samplers as
        ``relevance``. Three jobs run, or four if there are many rows.

    Raises
    ------
    ColumnError
        If there is no such column, or it is not numeric.
    InvalidDataError
        For rows without target.
    ClassError
        If all rows have the same target.
    ParameterError
        For other values of ``extremes``.

    References
    ----------
    R. P. Ribeiro, "Utility-based regression", PhD thesis, University of Porto
    (2011); ``phi.control`` of the R package UBL, method 'extremes'.

    Examples
    --------
    >>> from spark_smote import relevance_points
    >>> df = spark.range(101).selectExpr("IF(id = 100, 500.0D, id) AS price")
    >>> relevance_points(df, "price")
    [(0.0, 0.0), (50.0, 0.0), (99.0, 1.0)]
    """
    if extremes not in EXTREMES:
        raise ParameterError(f"extremes must be one of {', '.join(map(repr, EXTREMES))}, not {extremes!r}")
    ranges = target_ranges(df, targetCol, handleInvalid == "skip")
    (points,) = box_plot_points(df, targetCol, ranges, extremes, whiskerReach, {})
    return points


@dataclass(frozen=True)
class TargetRanges:
    """The targets of each group that has any, of all rows together where there are no groups.

    Parameters
    ----------
    groups : GroupNumbers
    rows : list of int
        Number of targets.
    least, largest : list of float
    """

    groups: GroupNumbers
    rows: list[int]
    least: list[float]
    largest: list[float]


def target_ranges(df: DataFrame, targetCol: str, skip: bool, groups: Sequence[int] = ()) -> TargetRanges:
    """Numbers of targets, the smallest and the largest; a job runs.

    Parameters
    ----------
    df : DataFrame
    targetCol : str
    skip : bool
        Whether rows without target are skipped.
    groups : sequence of int
        Positions of the group columns.

    Raises
    ------
    InvalidDataError
        For rows without target, unless they are skipped; or two groups have the same hash.
    ClassError
        If all rows have the same target, or none, or there are too many groups.
    """
    names = Names(df)
    place = find_target(names, targetCol)
    name, target = names.field(place).name, target_at(place)
    keys = {f"group{index}": group_text(own, names.field(own).dataType) for index, own in enumerate(groups)}
    code = group_code(groups) if groups else F.lit(0)
    rows = positional(df).select(
        *(text.alias(key) for key, text in keys.items()), code.alias("code"), target.alias("value")
    )
    found = (
        rows.groupBy(*keys)
        .agg(
            F.count(F.lit(1)).alias("rows"),
            F.count("value").alias("valid"),
            F.min("value").alias("least"),
            F.max("value").alias("largest"),
            F.min("code").alias("code"),
        )
        .limit(MAX_GROUP_CLASSES + 1)
        .collect()
    )
    if len(found) > MAX_GROUP_CLASSES:
        raise ClassError(
            f"groupCols: there are more than {MAX_GROUP_CLASSES} groups; name columns with fewer values, or resample "
            "parts of the DataFrame one after another"
        )
    invalid = sum(row["rows"] - row["valid"] for row in found)
    if invalid and not skip:
        raise InvalidDataError(
            f"targetCol: column {name!r} is null, NaN or infinite in {invalid} rows; drop them, or set "
            "handleInvalid='skip' to pass them through untouched"
        )
    with_target = sorted((row for row in found if row["valid"]), key=lambda row: row["code"])
    if not with_target:
        raise ClassError(f"targetCol: column {name!r} has no value; there is nothing to resample")
    least, largest = ([row[end] for row in with_target] for end in ("least", "largest"))
    if min(least) == max(largest):
        raise ClassError(f"targetCol: column {name!r} is {least[0]:g} in every row; there is nothing to resample")
    codes = [row["code"] for row in with_target]
    check_codes(codes, (names.field(own).name for own in groups))
    numbers = GroupNumbers(tuple(groups), tuple(codes))
    return TargetRanges(numbers, [row["valid"] for row in with_target], least, largest)


def box_plot_points(
    df: DataFrame,
    targetCol: str,
    ranges: TargetRanges,
    extremes: str,
    whiskerReach: float,
    seconds: dict[str, float],
) -> list[list[tuple[float, float]]]:
    """Control points of each group, see :func:`relevance_points`; two jobs run, or three where a group is large.

    Parameters
    ----------
    df : DataFrame
    targetCol : str
    ranges : TargetRanges
    extremes : str
    whiskerReach : float
    seconds : dict of str to float
        Where to note how long a stage takes.

    Returns
    -------
    list of list of (float, float)
        A single control point where all targets are equal.

    Raises
    ------
    ChangedInputError
        There are other targets than ``ranges`` tells of.
    """
    target, rows = target_at(find_target(Names(df), targetCol)), ranges.rows
    values = grouped_values(positional(df), ranges.groups.number(), target)
    ranks = [[rank for pair in hinge_ranks(count) for rank in pair] for count in rows]
    between: Brackets = [None] * len(rows)
    if max(rows) > LARGE:
        with timed(seconds, "brackets"):
            between = brackets(values, rows, ranks)
    with timed(seconds, "box plot"):
        quartiles = [
            [low / 2 + high / 2 for low, high in zip(own[::2], own[1::2], strict=True)]
            for own in order_statistics(values, ranks, between)
        ]
        reach = [fences(lower, upper, whiskerReach) for lower, _, upper in quartiles]
        whiskers = ends_within(values, rows, reach)
    plots = zip(ranges.least, whiskers, quartiles, ranges.largest, strict=True)
    return [of_box_plot(least, ends, median, largest, extremes) for least, ends, (_, median, _), largest in plots]


def relevance_function(relevance: Any) -> Relevance:
    """The relevance function through control points.

    Raises
    ------
    ParameterError
        If they make no function.
    """
    try:
        return Relevance.through(relevance)
    except (TypeError, ValueError) as error:
        raise ParameterError(f"relevance: control points {relevance!r}: {error}") from error
