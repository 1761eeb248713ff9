"""A part of the result that has no rows: it reads the input once more and fails if that is not what planning saw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, StructType

from spark_smote.errors import ChangedInputError
from spark_smote.spark.columns import at
from spark_smote.spark.content import mark
from spark_smote.strategy import Label

_NONE = "none"


@dataclass(frozen=True)
class Seen:
    """What planning saw of the input, as far as the result hangs on it.

    Parameters
    ----------
    rows : int
        All rows.
    labels : int
        Sum of the marks of their labels.
    values : int, optional
        Sum of the rows' own marks; None where the result does not hang on what the rows hold.
    classes : sequence of label, optional
        Those of whose rows ``values`` is the sum; all, unless given.
    """

    rows: int
    labels: int
    values: int | None = None
    classes: Sequence[Label] | None = None

    def guard(self, frame: DataFrame, label: int, values: Column, schema: StructType) -> DataFrame:
        """No rows, in a query that fails with :class:`ChangedInputError` if the frame does not hold what was seen.

        Parameters
        ----------
        frame : DataFrame
            The input, with columns named by position.
        label : int
            Position of the label column.
        values : Column
            A row's mark; not read if no sum of them is known.
        schema : StructType
            Of the rows that there are none of.
        """
        sums = [F.count(F.lit(1)).alias("rows"), F.sum(mark(F.xxhash64(at(label)))).alias("labels")]
        faults = [
            f"WHEN rows <> {self.rows} THEN concat('it has ', rows, ' rows in place of {self.rows}')",
            f"WHEN labels <> {self.labels} THEN 'its classes have other numbers of rows'",
        ]
        if self.values is not None:
            counted = values if self.classes is None else F.when(at(label).isin(list(self.classes)), values)
            sums.append(F.coalesce(F.sum(counted), F.lit(0)).alias("values"))
            faults.append(f"WHEN values <> {self.values} THEN 'rows have other values'")
        before, _, after = str(ChangedInputError.of("{}")).partition("{}")
        told = F.concat(F.lit(f"{ChangedInputError.__name__}: {before}"), F.col("fault"), F.lit(after))
        # No array to explode, but of the schema with its nullability; were that plain, Spark would leave this out.
        nothing = F.lit(None).cast(ArrayType(schema, containsNull=False))
        none = F.when(F.col("fault").isNull(), nothing).otherwise(F.raise_error(told))
        found = frame.agg(*sums).select(F.expr(f"CASE {' '.join(faults)} END").alias("fault"))
        return found.select(F.explode(none).alias(_NONE)).select(f"{_NONE}.*")
