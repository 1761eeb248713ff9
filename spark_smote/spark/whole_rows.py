"""Whole rows in place of features, for samplers that copy rows and look at none of their values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.sql import Column
from pyspark.sql.types import StructType

from spark_smote.spark.columns import at
from spark_smote.spark.features import NoFeatures
from spark_smote.spark.row_hash import row_hash


@dataclass(frozen=True)
class WholeRows(NoFeatures):
    """All columns but the label, of any type; every row is valid.

    Parameters
    ----------
    schema : StructType
        Of the input.
    label : int
        Position of the label column.
    """

    schema: StructType
    label: int

    @property
    def places(self) -> tuple[int, ...]:  # type: ignore[override]
        return tuple(place for place in range(len(self.schema.fields)) if place != self.label)

    def content(self) -> Column:
        return row_hash(self.schema)

    def decode(self, values: Sequence[str]) -> dict[int, Column | str]:
        # The copies have the input's own columns.
        return {place: at(place) for place in self.places}
