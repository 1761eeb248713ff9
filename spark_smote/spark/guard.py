"""A part of the result that has no rows: it reads the input once more and fails if that is not what planning saw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from spark_smote.errors import ChangedInputError
from spark_smote.kernels.content import Content
from spark_smote.spark.columns import CLASS, Names, at, per_class
from spark_smote.spark.survey import label_index
from spark_smote.strategy import Label

_LABEL, _ROWS, _MARK, _FAULT, _NONE = "label", "rows", "mark", "fault", "none"


@dataclass(frozen=True)
class Seen:
    """What planning saw of the input, as far as the result hangs on it.

    Parameters
    ----------
    labels : list of label
        All classes; a class's number is its place.
    contents : mapping of class to Content
        All rows of each class. Where marks are known they are sums over all rows of a class.
    unlabelled : int
        Rows of no class.
    """

    labels: list[Label]
    contents: Mapping[int, Content]
    unlabelled: int = 0

    def guard(self, frame: DataFrame, names: Names, label: int, mark: Column, schema: StructType) -> DataFrame:
        """No rows, in a query that fails with :class:`ChangedInputError` if the frame does not hold what was seen.

        Parameters
        ----------
        frame : DataFrame
            The input, with columns named by position.
        names : Names
        label : int
            Position of the label column.
        mark : Column
            What a row adds to the mark of its class; not read where no mark is known.
        schema : StructType
            Of the rows that there are none of.
        """
        marks = {number: content.mark for number, content in self.contents.items() if content.mark is not None}
        counted = (
            frame.select(at(label).alias(_LABEL), (mark if marks else F.lit(0)).alias(_MARK))
            .groupBy(_LABEL)
            .agg(F.count(F.lit(1)).alias(_ROWS), F.coalesce(F.sum(_MARK), F.lit(0)).alias(_MARK))
            .withColumn(CLASS, label_index(F.col(_LABEL), self.labels, names.field(label).dataType))
        )
        rows = {number: content.rows for number, content in self.contents.items()}
        expected = F.coalesce(per_class(rows), F.lit(self.unlabelled))
        name = F.coalesce(F.col(_LABEL).cast("string"), F.lit("null"))
        fault = F.when(
            F.col(_ROWS) != expected, _text("class ", name, " has ", F.col(_ROWS), " rows in place of ", expected)
        )
        if marks:
            fault = fault.when(F.col(_MARK) != per_class(marks), _text("rows of class ", name, " have other values"))
        total = sum(rows.values()) + self.unlabelled
        whole = counted.agg(
            F.min(fault).alias(_FAULT),
            F.coalesce(F.sum(_ROWS), F.lit(0)).alias(_ROWS),
            # None, of any schema with its nullability; were it plain that there are none, Spark would leave this out.
            F.collect_list(F.lit(None).cast(schema)).alias(_NONE),
        )
        gone = F.when(F.col(_ROWS) != total, _text("it has ", F.col(_ROWS), f" rows in place of {total}"))
        before, _, after = str(ChangedInputError.of("{}")).partition("{}")
        fault = F.coalesce(_FAULT, gone)
        error = F.raise_error(_text(f"{ChangedInputError.__name__}: {before}", fault, after))
        return whole.select(F.explode(F.when(fault.isNull(), F.col(_NONE)).otherwise(error)).alias(_NONE)).select(
            f"{_NONE}.*"
        )


def _text(*parts: str | Column) -> Column:
    return F.concat(*(F.lit(part) if isinstance(part, str) else part.cast("string") for part in parts))
