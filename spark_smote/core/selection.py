"""The work of under-samplers and cleaners: which rows of the input stay."""

from __future__ import annotations

from pyspark.sql import DataFrame

from spark_smote.core.bootstrap import Bootstrap
from spark_smote.spark.draw import Draw
from spark_smote.spark.input_rows import InputRows
from spark_smote.spark.removal import RowKeys, only, without


def other_rows(source: InputRows, keys: RowKeys) -> DataFrame:
    """All rows but those with these keys."""
    return without(source.keyed(), keys)


def named_rows(source: InputRows, keys: RowKeys, classes: tuple[int, ...]) -> DataFrame:
    """The rows of these classes with these keys, and all rows of other classes."""
    return only(source.keyed(), keys, classes)


def drawn_rows(source: InputRows, draw: Draw | Bootstrap) -> DataFrame:
    """The rows drawn, and all rows of classes that are not drawn from."""
    return draw.keep(source.drawable())
