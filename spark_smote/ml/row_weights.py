"""Class weights: an alternative to oversampling."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_smote.errors import ColumnError, ParameterError
from spark_smote.spark.columns import Names, positional, quoted
from spark_smote.spark.features import NoFeatures
from spark_smote.spark.survey import find_label, take_survey


def class_weights(
    df: DataFrame, labelCol: str = "label", weights: str | Mapping[Any, float] = "balanced", weightCol: str = "weight"
) -> tuple[DataFrame, dict[Any, float]]:
    """Add row weights that balance the classes, for the ``weightCol`` of
    Spark's estimators.

    Parameters
    ----------
    df : DataFrame
    labelCol : str
    weights : 'balanced' or mapping of label to float
        'balanced' is rows / (classes * rows of the class), so that all classes
        have the same total weight and the mean weight is 1. A mapping gives the
        weights of the classes it names; the others have weight 1.
    weightCol : str
        Name of the column to add.

    Returns
    -------
    DataFrame
        The input with the column.
    dict of label to float
        The weight of every class.

    Raises
    ------
    ColumnError
        If there is no label column, or there is a column ``weightCol`` already.
    ParameterError
        For weights that are neither 'balanced' nor positive numbers of existing
        classes.
    InvalidDataError
        For labels that are null.

    References
    ----------
    G. King, L. Zeng, "Logistic regression in rare events data", Political
    Analysis 9 (2001), section 4.2.

    Examples
    --------
    >>> from spark_smote.ml import class_weights
    >>> df = spark.range(100).selectExpr("CAST(id < 20 AS INT) AS label")
    >>> weighted, weights = class_weights(df)
    >>> weights
    {0: 0.625, 1: 2.5}
    """
    names = Names(df)
    label = find_label(names, labelCol)
    if weightCol in names:
        raise ColumnError(f"weightCol: there is a column {weightCol!r} already; choose another name")
    rows = take_survey(positional(df), names.schema, label, NoFeatures(), skip=None).rows
    if isinstance(weights, Mapping):
        unknown = [given for given in weights if given not in rows]
        if unknown:
            raise ParameterError(f"weights: there is no class {unknown[0]!r}; the classes are {list(rows)}")
        found = {each: weights.get(each, 1.0) for each in rows}
    elif weights == "balanced":
        found = {each: sum(rows.values()) / (len(rows) * count) for each, count in rows.items()}
    else:
        raise ParameterError(f"weights must be 'balanced' or a dict of class to weight, not {weights!r}")
    for each, weight in found.items():
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 < weight < float("inf"):
            raise ParameterError(f"weights: class {each!r} has {weight!r}; a weight is a positive number")
    column = F.col(quoted(names.field(label).name))
    weight_of = F.lit(None).cast("double")
    for each, weight in found.items():
        weight_of = F.when(column == F.lit(each), F.lit(float(weight))).otherwise(weight_of)
    return df.withColumn(weightCol, weight_of), found
