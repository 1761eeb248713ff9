"""Cross-validation folds by content: the fold of a row depends on its content, not on its partition."""

from __future__ import annotations

from itertools import groupby

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from spark_smote.spark.columns import at, positional
from spark_smote.spark.row_hash import row_hash

_BITS = 12  # bits of the hash: fold sizes of a class differ by at most 1 of 4,096 parts


def with_folds(df: DataFrame, label: int, folds: int, name: str, seed: int) -> DataFrame:
    """Adds a column with the number of the fold, from 0; folds are stratified by class.

    Rows that are equal in all columns are in the same fold.

    Parameters
    ----------
    df : DataFrame
    label : int
        Position of the label column.
    folds : int
        Number of folds.
    name : str
        Name of the column to add.
    seed : int
    """
    rows = positional(df)
    part = F.shiftrightunsigned(F.xxhash64(F.lit(seed), row_hash(rows.schema)), 64 - _BITS).cast("int")
    counted = rows.groupBy(at(label).alias("label"), part.alias("part")).count().na.drop().collect()
    fold: Column = F.lit(None).cast("int")
    for each, parts in groupby(sorted(counted), lambda row: row[0]):
        after = [(part >= F.lit(cut)).cast("int") for cut in _cuts([(row[1], row[2]) for row in parts], folds)]
        fold = F.when(at(label) == F.lit(each), sum(after, start=F.lit(0))).otherwise(fold)
    return rows.select("*", fold.alias(name)).toDF(*df.columns, name)


def _cuts(parts: list[tuple[int, int]], folds: int) -> list[int]:
    """Returns the parts, in order, at which the second and later folds begin."""
    rows, seen = sum(count for _, count in parts), 0
    cuts: list[int] = []
    for part, count in parts:
        while len(cuts) < folds - 1 and seen + count / 2 >= rows * (len(cuts) + 1) / folds:
            cuts.append(part)
        seen += count
    return cuts + [1 << _BITS] * (folds - 1 - len(cuts))
