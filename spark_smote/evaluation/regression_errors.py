"""Errors of a regression where the target matters: SERA, and errors by bump."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from spark_smote.core.parameter import FLOAT, POSITIVE_SHARE, argument
from spark_smote.core.target_relevance import relevance_function
from spark_smote.errors import InvalidDataError
from spark_smote.kernels.relevance import Relevance
from spark_smote.spark.columns import Names, positional
from spark_smote.spark.target import Bumps, find_target, relevance_of, target_at


def sera(
    predictions: DataFrame,
    relevance: Sequence[Sequence[float]],
    targetCol: str = "target",
    predictionCol: str = "prediction",
) -> float:
    """Squared error-relevance area: the squared errors, summed over rows with
    weights that are their relevances.

    The area is the integral, over thresholds t from 0 to 1, of the squared
    errors of the rows whose relevance is t or more. A row counts up to its own
    relevance, so the integral is a sum; it is exact, with no steps between
    thresholds.

    Parameters
    ----------
    predictions : DataFrame
    relevance : sequence of (float, float) or (float, float, float)
        Control points, such as :func:`spark_smote.relevance_points` finds in
        the rows to train on.
    targetCol, predictionCol : str

    Returns
    -------
    float
        In squared units of the target, 0 for perfect predictions. One job runs.

    Raises
    ------
    ColumnError
        If a column is missing or not numeric.
    InvalidDataError
        For rows without target or prediction.
    ParameterError
        For control points that make no function.

    References
    ----------
    R. P. Ribeiro, N. Moniz, "Imbalanced regression and extreme value
    prediction", Machine Learning 109 (2020), 1803-1835, section 4.

    Examples
    --------
    >>> from spark_smote.evaluation import sera
    >>> df = spark.range(3).selectExpr("id * 5.0D AS price", "id * 5.0D - 2 AS prediction")
    >>> round(sera(df, [(0, 0), (10, 1)], "price"), 9)  # 4 * (0 + 0.5 + 1)
    6.0
    """
    function = relevance_function(relevance)
    rows, target, error = _errors(predictions, targetCol, predictionCol)
    counts = [F.count(F.lit(1)), F.count(error), F.sum(_weight(target, function) * error * error)]
    total, valid, area = rows.agg(*counts).collect()[0]
    if not total or valid < total:
        raise InvalidDataError(
            f"{total - valid} of {total} rows have no finite target {targetCol!r} or prediction {predictionCol!r}; "
            "drop or fill these, and predict some"
        )
    return float(area)


def errors_by_bump(
    predictions: DataFrame,
    relevance: Sequence[Sequence[float]],
    targetCol: str = "target",
    predictionCol: str = "prediction",
    relevanceThreshold: float = 0.5,
) -> DataFrame:
    """Mean absolute and root mean squared error of the rows in each bump of the
    target.

    Parameters
    ----------
    predictions : DataFrame
    relevance : sequence of (float, float) or (float, float, float)
        As of :func:`sera`.
    targetCol, predictionCol : str
    relevanceThreshold : float
        Relevance from which a value is rare, on (0, 1].

    Returns
    -------
    DataFrame
        ``bump``, ``rare``, ``rows``, ``mae``, ``rmse`` and ``sera``, the part
        of :func:`sera` that the rows of the bump make, a row for each bump that
        has any, ascending. Rows without target or prediction do not count. No
        job has run.

    Raises
    ------
    ColumnError
        If a column is missing or not numeric.
    ParameterError
        For control points that make no function, or another threshold.

    Examples
    --------
    >>> from spark_smote.evaluation import errors_by_bump
    >>> df = spark.range(10).selectExpr("id * 1.0D AS price", "IF(id < 8, id, id - 3) AS prediction")
    >>> errors_by_bump(df, [(0, 0), (9, 1)], "price", relevanceThreshold=0.8).drop("rmse", "sera").show()
    +----+-----+----+---+
    |bump| rare|rows|mae|
    +----+-----+----+---+
    |   0|false|   7|0.0|
    |   1| true|   3|2.0|
    +----+-----+----+---+
    <BLANKLINE>
    """
    relevanceThreshold = argument("relevanceThreshold", relevanceThreshold, FLOAT, POSITIVE_SHARE)
    function = relevance_function(relevance)
    edges, rare = function.bumps(relevanceThreshold)
    rows, target, error = _errors(predictions, targetCol, predictionCol)
    bumps = Bumps(find_target(Names(predictions), targetCol), tuple(edges), tuple(rare))
    kinds = F.array(*map(F.lit, rare))
    grouped = rows.filter(error.isNotNull()).groupBy(bumps.number().alias("bump"))
    found = grouped.agg(
        F.count(F.lit(1)).alias("rows"),
        F.avg(F.abs(error)).alias("mae"),
        F.sqrt(F.avg(error * error)).alias("rmse"),
        F.sum(_weight(target, function) * error * error).alias("sera"),
    )
    rare_one = F.get(kinds, F.col("bump")).alias("rare")
    return found.select("bump", rare_one, "rows", "mae", "rmse", "sera").orderBy("bump")


def _weight(target: Column, function: Relevance) -> Column:
    return relevance_of(target, function.points.tolist(), function.cubics.T.tolist())


def _errors(predictions: DataFrame, targetCol: str, predictionCol: str) -> tuple[DataFrame, Column, Column]:
    """The rows with columns named by position, the target, and the error; null where one of them is missing."""
    names = Names(predictions)
    target = target_at(find_target(names, targetCol))
    prediction = target_at(find_target(names, predictionCol, "predictionCol"))
    return positional(predictions), target, prediction - target
