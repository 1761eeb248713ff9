"""Guard of the result: an empty part of it that reads the input again and fails if the input has changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, StructType

from spark_smote.errors import ChangedInputError
from spark_smote.spark.group_classes import class_code
from spark_smote.spark.row_fingerprint import RowFingerprint
from spark_smote.spark.row_hash import label_fingerprint

_NONE = "none"


@dataclass(frozen=True)
class InputFingerprint:
    """Fingerprint of the input at planning, as far as the result depends on it.

    Parameters
    ----------
    label : int
        Position of the label column.
    rows : int
        Number of all rows.
    labels : int
        Sum of the fingerprints of their labels.
    values : int
        Sum of the fingerprints of the rows.
    fingerprint : RowFingerprint, optional
        Fingerprint of a row. None if the result does not depend on values.
    groups : sequence of int
        Positions of the group columns, whose values count with the label.
    """

    label: int
    rows: int
    labels: int
    values: int = 0
    fingerprint: RowFingerprint | None = None
    groups: Sequence[int] = ()

    @classmethod
    def of(
        cls, frame: DataFrame, label: int, fingerprint: RowFingerprint, groups: Sequence[int] = ()
    ) -> InputFingerprint:
        """Takes the fingerprint of a frame with columns named by position; this runs a job."""
        rows, labels, values = frame.agg(*_sums(label, fingerprint, groups)).collect()[0]
        return cls(label, rows, labels, values, fingerprint, groups)

    def guard(self, frame: DataFrame, schema: StructType) -> DataFrame:
        """Returns an empty frame whose query fails with :class:`ChangedInputError` if the input has changed.

        Parameters
        ----------
        frame : DataFrame
            The input, with columns named by position.
        schema : StructType
            Schema of the empty frame.
        """
        faults = [
            f"WHEN rows <> {self.rows} THEN concat('it has ', rows, ' rows in place of {self.rows}')",
            f"WHEN labels <> {self.labels} THEN 'its classes have other numbers of rows'",
        ]
        if self.fingerprint is not None:
            faults.append(f"WHEN values <> {self.values} THEN 'rows have other values'")
        before, _, after = str(ChangedInputError.of("{}")).partition("{}")
        message = F.concat(F.lit(f"{ChangedInputError.__name__}: {before}"), F.col("fault"), F.lit(after))
        # A null array of the schema, with its nullability: Spark would optimise a plain empty one away.
        nothing = F.lit(None).cast(ArrayType(schema, containsNull=False))
        none = F.when(F.col("fault").isNull(), nothing).otherwise(F.raise_error(message))
        found = frame.agg(*_sums(self.label, self.fingerprint, self.groups)).select(
            F.expr(f"CASE {' '.join(faults)} END").alias("fault")
        )
        return found.select(F.explode(none).alias(_NONE)).select(f"{_NONE}.*")


def _sums(label: int, fingerprint: RowFingerprint | None, groups: Sequence[int]) -> list[Column]:
    fingerprints = {"labels": label_fingerprint(class_code(label, groups))}
    if fingerprint is not None:
        fingerprints["values"] = fingerprint.column()
    sums = [F.coalesce(F.sum(value), F.lit(0)).alias(name) for name, value in fingerprints.items()]
    return [F.count(F.lit(1)).alias("rows"), *sums]
