"""The relevance of a target's values, as its box plot gives it; small jobs over one column."""

from __future__ import annotations

from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_smote.errors import ClassError, InvalidDataError, ParameterError
from spark_smote.kernels.relevance import EXTREMES, Relevance, fences, hinge_ranks, of_box_plot
from spark_smote.spark.columns import Names, positional
from spark_smote.spark.order_statistics import order_statistics
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
        ``relevance``. Four jobs run.

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
    rows, least, largest = target_range(df, targetCol, handleInvalid == "skip")
    target = target_at(find_target(Names(df), targetCol))
    frame = positional(df)
    ranks = [rank for pair in hinge_ranks(rows) for rank in pair]
    values = order_statistics(frame, target, rows, ranks)
    lower, median, upper = (low / 2 + high / 2 for low, high in zip(values[::2], values[1::2], strict=True))
    within = F.when(target.between(*fences(lower, upper, whiskerReach)), target)
    whiskers = frame.agg(F.min(within), F.max(within)).collect()[0]
    return of_box_plot(least, (whiskers[0], whiskers[1]), median, largest, extremes)


def target_range(df: DataFrame, targetCol: str, skip: bool) -> tuple[int, float, float]:
    """Number of targets, the smallest and the largest; a job runs.

    Raises
    ------
    InvalidDataError
        For rows without target, unless they are skipped.
    ClassError
        If all rows have the same target, or none.
    """
    names = Names(df)
    place = find_target(names, targetCol)
    name, target = names.field(place).name, target_at(place)
    found = positional(df).agg(F.count(F.lit(1)), F.count(target), F.min(target), F.max(target)).collect()[0]
    rows, valid, least, largest = found
    if valid < rows and not skip:
        raise InvalidDataError(
            f"targetCol: column {name!r} is null, NaN or infinite in {rows - valid} rows; drop them, or set "
            "handleInvalid='skip' to pass them through untouched"
        )
    if not valid:
        raise ClassError(f"targetCol: column {name!r} has no value; there is nothing to resample")
    if least == largest:
        raise ClassError(f"targetCol: column {name!r} is {least:g} in every row; there is nothing to resample")
    return valid, least, largest


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
