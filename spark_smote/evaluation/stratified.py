"""Stratified folds for Spark's own CrossValidator."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_smote.core.parameter import INT, argument, at_least
from spark_smote.errors import TooFewRowsError
from spark_smote.spark.columns import Names, at, positional
from spark_smote.spark.features import NoFeatures
from spark_smote.spark.folds import with_folds
from spark_smote.spark.layout import check_new
from spark_smote.spark.survey import find_label, take_survey


def stratified_folds(
    df: DataFrame, labelCol: str, k: int, groupCol: str | None = None, *, seed: int = 0, foldCol: str = "fold"
) -> DataFrame:
    """Add the number of a cross-validation fold, such that all folds have equal
    shares of every class.

    The column is for ``CrossValidator(foldCol=..., numFolds=k)``, whose own
    folds are drawn row by row: of a class of 20 rows, a fold of three can have
    2 or 12. The fold of a row depends on its content and the seed only. Rows
    that are equal in all columns are in one fold, so no copy of a training row
    is held out.

    Parameters
    ----------
    df : DataFrame
        Labelled rows.
    labelCol : str
    k : int
        Number of folds, at least 2.
    groupCol : str, optional
        Rows of one value, such as those of a patient, are in one fold; null is
        a value. A group counts with all its rows for the rarest of its classes.
    seed : int
    foldCol : str
        Name of the column to add.

    Returns
    -------
    DataFrame
        The input with an integer column of numbers from 0 to k - 1. The numbers
        of rows that a class has in two folds differ by one at most, or else by
        the rows that stay together. The DataFrame is lazy; up to six jobs have
        run.

    Raises
    ------
    ColumnError
        If there is no such column, or there is a column ``foldCol`` already.
    ParameterError
        For fewer than 2 folds.
    TooFewRowsError
        If a class has fewer rows, or is in fewer groups, than there are folds.
    InvalidDataError
        For labels that are null.

    References
    ----------
    R. Kohavi, "A study of cross-validation and bootstrap for accuracy
    estimation and model selection", IJCAI 1995.

    Examples
    --------
    >>> from pyspark.sql import functions as F
    >>> from spark_smote import stratified_folds
    >>> df = spark.range(120).selectExpr("id", "id DIV 4 AS patient", "id % 12 = 0 AS ill")
    >>> folded = stratified_folds(df, "ill", 5, seed=7)
    >>> folded.filter("fold < 2").groupBy("fold").agg(F.count_if("ill"), F.count("*")).orderBy("fold").show()
    +----+-------------+--------+
    |fold|count_if(ill)|count(1)|
    +----+-------------+--------+
    |   0|            2|      24|
    |   1|            2|      24|
    +----+-------------+--------+
    <BLANKLINE>
    >>> together = stratified_folds(df, "ill", 5, "patient", seed=7)
    >>> together.groupBy("patient").agg(F.count_distinct("fold").alias("folds")).filter("folds > 1").count()
    0
    """
    k = argument("k", k, INT, at_least(2))
    names = Names(df)
    label = find_label(names, labelCol)
    group = None if groupCol is None else names.find(groupCol, "groupCol")
    check_new(names, "foldCol", foldCol)
    present = take_survey(positional(df), names.schema, label, NoFeatures(), skip=None).rows
    for each, rows in present.items():
        if rows < k:
            raise TooFewRowsError(f"class {each!r} has {rows} rows, too few for k={k} folds; take fewer folds")
    if group is not None:
        _check_groups(positional(df), label, group, k)
    return with_folds(df, label, int(k), foldCol, seed, group)


def _check_groups(rows: DataFrame, label: int, group: int, k: int) -> None:
    """Refuse a class that is in fewer groups than there are folds; null is a group."""
    groups = F.count_distinct(F.struct(at(group)))
    few = rows.groupBy(at(label).alias("label")).agg(groups.alias("groups")).filter(F.col("groups") < k).first()
    if few:
        raise TooFewRowsError(f"class {few[0]!r} is in {few[1]} groups, too few for k={k} folds; take fewer folds")
