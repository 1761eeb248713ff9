"""A part of the result that has no rows: it reads the input once more and fails if that is not what planning saw."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, StructType

from spark_smote.errors import ChangedInputError
from spark_smote.spark.columns import at
from spark_smote.spark.row_hash import label_fingerprint

_NONE = "none"


@dataclass(frozen=True)
class InputFingerprint:
    """What planning saw of the input, as far as the result hangs on it.

    Parameters
    ----------
    label : int
        Position of the label column.
    rows : int
        All rows.
    labels : int
        Sum of the fingerprints of their labels.
    values : int
        Sum of the rows' own fingerprints.
    fingerprint : Column, optional
        A row's fingerprint, null for rows that have no say; None where the result does not hang on what rows hold.
    """

    label: int
    rows: int
    labels: int
    values: int = 0
    fingerprint: Column | None = None

    @classmethod
    def of(cls, frame: DataFrame, label: int, fingerprint: Column) -> InputFingerprint:
        """The input, with columns named by position, as it is now; a job runs."""
        rows, labels, values = frame.agg(*_sums(label, fingerprint)).collect()[0]
        return cls(label, rows, labels, values, fingerprint)

    def guard(self, frame: DataFrame, schema: StructType) -> DataFrame:
        """No rows, in a query that fails with :class:`ChangedInputError` if the frame does not hold what was seen.

        Parameters
        ----------
        frame : DataFrame
            The input, with columns named by position.
        schema : StructType
            Of the rows that there are none of.
        """
        faults = [
            f"WHEN rows <> {self.rows} THEN concat('it has ', rows, ' rows in place of {self.rows}')",
            f"WHEN labels <> {self.labels} THEN 'its classes have other numbers of rows'",
        ]
        if self.fingerprint is not None:
            faults.append(f"WHEN values <> {self.values} THEN 'rows have other values'")
        before, _, after = str(ChangedInputError.of("{}")).partition("{}")
        told = F.concat(F.lit(f"{ChangedInputError.__name__}: {before}"), F.col("fault"), F.lit(after))
        # No array to explode, but of the schema with its nullability; were that plain, Spark would leave this out.
        nothing = F.lit(None).cast(ArrayType(schema, containsNull=False))
        none = F.when(F.col("fault").isNull(), nothing).otherwise(F.raise_error(told))
        found = frame.agg(*_sums(self.label, self.fingerprint)).select(
            F.expr(f"CASE {' '.join(faults)} END").alias("fault")
        )
        return found.select(F.explode(none).alias(_NONE)).select(f"{_NONE}.*")


def _sums(label: int, fingerprint: Column | None) -> list[Column]:
    fingerprints = {"labels": label_fingerprint(at(label))} | ({} if fingerprint is None else {"values": fingerprint})
    sums = [F.coalesce(F.sum(value), F.lit(0)).alias(name) for name, value in fingerprints.items()]
    return [F.count(F.lit(1)).alias("rows"), *sums]
