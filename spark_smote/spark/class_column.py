"""A column that is added while rows are resampled, and stands for the label."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from pyspark.sql import Column, DataFrame

from spark_smote.spark.columns import Names, positional
from spark_smote.spark.layout import check_new


class ClassColumn(ABC):
    """The class of a row, where no column of the input says it; part of a plan, so data."""

    @abstractmethod
    def added(self, df: DataFrame) -> DataFrame:
        """The rows with a column more, the last, for their class."""

    def shown(self, label: Any) -> Any:
        """The class of the plan under which the rows of a class are counted; None if under none."""
        return label


def with_class(df: DataFrame, value: Column, name: str) -> DataFrame:
    """The rows with a column more, the last; its value is an expression of columns named by position.

    Raises
    ------
    ColumnError
        There is a column of this name.
    """
    check_new(Names(df), "the DataFrame", name)
    return positional(df).select("*", value.alias(name)).toDF(*df.columns, name)
