"""Features of which a row may lack some: a missing value, null or NaN, is encoded as NaN (``handleInvalid='keep'``)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, FloatType

from spark_smote.spark.features import SHARE, ArrayFeatures, Features, ScalarFeatures

_NAN = "double('NaN')"
_INFINITE = "double('Infinity')"


@dataclass(frozen=True)
class PartialScalars(ScalarFeatures):
    """Features in one column each, some of which a row may lack.

    A row without any value takes no part; one with an infinite value is invalid.
    """

    KEEPS = True

    @property
    def _elements(self) -> list[str]:
        return [f"coalesce({double}, {_NAN})" for double in self._doubles]

    def encode(self) -> Column:
        return F.when(self.valid(), super().encode())

    def content(self) -> Column:
        # The places of nulls do not count in a hash, those of NaN do.
        return F.expr(f"xxhash64({', '.join(f'{one} + 0.0D' for one in self._elements)})")

    def magnitude(self) -> Column:
        none = " AND ".join(f"isnan({one})" for one in self._elements)
        present = " + ".join(f"nanvl(abs({one}) * {SHARE}, 0D)" for one in self._elements)
        return F.expr(f"if({none}, NULL, {present})")

    def lacking(self) -> Column:
        return F.expr(" OR ".join(f"isnan({one})" for one in self._elements))

    def faults(self) -> dict[str, Column]:
        infinite = F.lit("infinite")
        pairs = zip(self.fields, self._doubles, strict=True)
        return {field.name: F.when(F.expr(f"abs({double}) = {_INFINITE}"), infinite) for field, double in pairs}

    def decode(self, values: Sequence[str]) -> dict[int, Column | str]:
        columns = super().decode(values)
        for value, place, field in zip(values, self.places, self.fields, strict=True):
            column = columns[place]
            if field.nullable:
                known = F.col(column) if isinstance(column, str) else column
                columns[place] = F.when(~F.isnan(value), known)
            elif isinstance(field.dataType, FloatType) and not isinstance(column, str):
                # Clipped to its range, NaN would be the largest number.
                columns[place] = F.when(F.isnan(value), F.lit(float("nan")).cast("float")).otherwise(column)
        return columns


@dataclass(frozen=True)
class PartialArray(ArrayFeatures):
    """All features in one array or vector column, some of which a row may lack.

    A row without any value takes no part; one with an infinite value, or without an array, is invalid.
    """

    KEEPS = True

    def _missing(self) -> Column:
        return F.transform(self._array(), lambda x: x.isNull() | F.isnan(x))

    def encode(self) -> Column:
        filled = F.transform(self._array(), lambda x: F.coalesce(x, F.expr(_NAN)) + F.lit(0.0))
        return F.when(self.valid(), filled)

    def magnitude(self) -> Column:
        present = F.filter(F.transform(self._array(), F.abs), lambda x: ~F.isnan(x))
        return F.array_max(present)

    def lacking(self) -> Column:
        return F.array_contains(self._missing(), True)

    def faults(self) -> dict[str, Column]:
        array = self._array()
        infinite = F.exists(array, lambda x: F.abs(x) == F.expr(_INFINITE))
        return {self.field.name: F.when(array.isNull(), "null").when(infinite, "infinite")}

    def decode(self, values: Sequence[str]) -> dict[int, Column | str]:
        kind = self.field.dataType
        if isinstance(kind, ArrayType) and kind.containsNull:
            known = F.transform(F.col(values[0]), lambda x: F.when(~F.isnan(x), x))
            return {self.place: known.cast(kind)}
        return super().decode(values)


def keeping(features: Features) -> Features:
    """The same features, of which a row may lack some; those of other kinds as they are."""
    if isinstance(features, ScalarFeatures):
        return PartialScalars(features.places, features.fields)
    return PartialArray(features.place, features.field) if isinstance(features, ArrayFeatures) else features
