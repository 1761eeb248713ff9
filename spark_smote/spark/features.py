"""Encodes feature columns as one array<double> column, and decodes synthetic values to the columns' own types."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from pyspark.ml.functions import array_to_vector
from pyspark.ml.linalg import VectorUDT
from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import (
    ArrayType,
    BooleanType,
    DateType,
    DoubleType,
    FloatType,
    FractionalType,
    IntegralType,
    StringType,
    StructField,
    TimestampNTZType,
    TimestampType,
)

from spark_smote.errors import ColumnError
from spark_smote.spark.columns import Names, at, type_name
from spark_smote.spark.conversions import any_value, from_double, to_double
from spark_smote.spark.row_hash import elements

_SCALARS = (IntegralType, FractionalType, BooleanType, DateType, TimestampType, TimestampNTZType)
_FLOATS = (FloatType, DoubleType)
SHARE = "9.5367431640625E-7D"  # 2^-20
LARGEST_MAGNITUDE = 2.0**20  # so many times the magnitude the largest absolute value is at most
_INFINITE = float("inf")


class Features(ABC):
    """The features of a frame whose columns are named by position.

    Dates count as days and timestamps as seconds since 1970-01-01, booleans as 0 and 1.
    """

    KEEPS: ClassVar[bool] = False
    """Whether rows with missing features take part."""
    places: tuple[int, ...]
    """Positions of the feature columns."""
    copied: tuple[int, ...] = ()
    """Positions of columns whose synthetic values are copied from real rows; the others are numbers."""

    @abstractmethod
    def encode(self) -> Column:
        """Returns the features as array<double>; for an invalid row null, or with an element null or infinite.

        An element that is NaN is a missing value of a row that takes part.
        """

    def content(self) -> Column:
        """Returns the content hash of a row: the hash of its encoded features."""
        return self.hashed(self.encode())

    def hashed(self, encoded: Column) -> Column:
        """Returns the content hash of a row, given its encoded features."""
        return F.xxhash64(encoded)

    def valid(self) -> Column:
        """Returns true if the row takes part, else false or null: if every feature is present and finite."""
        return is_finite(self.magnitude())

    @abstractmethod
    def magnitude(self) -> Column:
        """Returns the largest absolute value of a row's features, to within a factor of 2^20.

        Null, NaN or infinite if any of the features is.
        """

    def lacking(self) -> Column:
        """Returns whether a row takes part with a missing feature."""
        return F.lit(False)

    @abstractmethod
    def size(self) -> Column:
        """Returns the number of numerical features of a row."""

    @abstractmethod
    def faults(self) -> dict[str, Column]:
        """Returns, by column name, the fault of a row: 'null', 'NaN' or 'infinite'; null for valid rows."""

    @property
    @abstractmethod
    def width(self) -> int | None:
        """Number of columns of synthetic numbers, one for each number; None for one array<double> column."""

    def scalars(self) -> dict[int, StructField]:
        """The columns that hold one number each, by position, in the order of the numbers."""
        return {}

    @abstractmethod
    def decode(self, values: Sequence[str]) -> dict[int, Column | str]:
        """Converts synthetic numbers to the types of the input columns.

        Parameters
        ----------
        values : sequence of str
            Names of ``width`` double columns, or of one array<double> column.

        Returns
        -------
        dict of int to Column or str
            Columns by position, or the names of those that are right as they are; not nullable if the input column is
            not.
        """


@dataclass(frozen=True)
class ScalarFeatures(Features):
    """Features in one column each (``inputCols``)."""

    places: tuple[int, ...]
    fields: tuple[StructField, ...]

    # SQL text, because building expressions for hundreds of columns function by function takes seconds.

    @cached_property
    def _doubles(self) -> list[str]:
        return [to_double(f"c{place}", field.dataType) for place, field in zip(self.places, self.fields, strict=True)]

    @property
    def _elements(self) -> list[str]:
        # An element that is NaN would be a missing value with which the row takes part.
        fractional = (isinstance(field.dataType, _FLOATS) for field in self.fields)
        pairs = zip(self._doubles, fractional, strict=True)
        return [f"if(isnan({double}), NULL, {double})" if can_be_nan else double for double, can_be_nan in pairs]

    def encode(self) -> Column:
        # Adding 0.0 turns -0.0 into 0.0: equal values must hash alike.
        return F.expr(f"array({', '.join(f'{one} + 0.0D' for one in self._elements)})")

    def content(self) -> Column:
        # An array hashes as its elements do one after the other; without it nothing needs to be put together.
        return F.expr(f"xxhash64({', '.join(f'{double} + 0.0D' for double in self._doubles)})")

    def magnitude(self) -> Column:
        # A sum, for it is the shortest expression that shows every fault; scaled, so that it cannot overflow.
        return F.expr(" + ".join(f"abs({double}) * {SHARE}" for double in self._doubles))

    def size(self) -> Column:
        return F.lit(len(self.places))

    def faults(self) -> dict[str, Column]:
        return {
            field.name: _fault(at(place), isinstance(field.dataType, _FLOATS))
            for place, field in zip(self.places, self.fields, strict=True)
        }

    @property
    def width(self) -> int:
        return len(self.places)

    def scalars(self) -> dict[int, StructField]:
        return dict(zip(self.places, self.fields, strict=True))

    def decode(self, values: Sequence[str]) -> dict[int, Column | str]:
        columns: dict[int, Column | str] = {}
        for value, place, field in zip(values, self.places, self.fields, strict=True):
            if isinstance(field.dataType, DoubleType):
                columns[place] = value
                continue
            column = from_double(F.col(value), field.dataType)
            # A synthetic value is never null, but Spark infers this for most casts only from coalesce.
            known = field.nullable or isinstance(field.dataType, _FLOATS)
            columns[place] = column if known else F.coalesce(column, any_value(field.dataType))
        return columns


@dataclass(frozen=True)
class ArrayFeatures(Features):
    """All features in one array or vector column (``featuresCol``)."""

    place: int
    field: StructField

    @property
    def places(self) -> tuple[int, ...]:  # type: ignore[override]
        return (self.place,)

    def _array(self) -> Column:
        column = at(self.place)
        return elements(column) if isinstance(self.field.dataType, VectorUDT) else column.cast("array<double>")

    def encode(self) -> Column:
        # Invalid rows may have another length.
        return F.when(self.valid(), F.transform(self._array(), lambda x: x + F.lit(0.0)))

    def magnitude(self) -> Column:
        infinite = F.lit(_INFINITE)
        absolute = F.transform(self._array(), lambda x: F.coalesce(F.abs(x), infinite))
        return F.array_max(F.concat(absolute, F.array(F.lit(0.0))))

    def size(self) -> Column:
        return F.size(self._array())

    def faults(self) -> dict[str, Column]:
        array = self._array()
        faults = F.transform(array, lambda x: _fault(x, True))
        found = [F.when(F.array_contains(faults, kind), F.lit(kind)) for kind in ("null", "NaN", "infinite")]
        return {self.field.name: F.coalesce(F.when(array.isNull(), F.lit("null")), *found)}

    @property
    def width(self) -> None:
        return None

    def decode(self, values: Sequence[str]) -> dict[int, Column | str]:
        return {self.place: self.typed(F.col(values[0]))}

    def typed(self, array: Column) -> Column:
        """Converts an array of synthetic numbers to the column's type."""
        if isinstance(self.field.dataType, VectorUDT):
            return as_vector(array, self.field.nullable)
        return array.cast(self.field.dataType)


# Not equal to one another: a sampler without features may look at whole rows.
@dataclass(frozen=True, eq=False)
class NoFeatures(Features):
    """No features, for samplers that use the label only: every row is valid."""

    places = ()

    def encode(self) -> Column:
        return F.array().cast("array<double>")

    def magnitude(self) -> Column:
        return F.lit(0.0)

    def size(self) -> Column:
        return F.lit(1)

    def faults(self) -> dict[str, Column]:
        return {}

    @property
    def width(self) -> None:
        return None

    def decode(self, values: Sequence[str]) -> dict[int, Column | str]:
        return {}


def find_features(names: Names, inputCols: Sequence[str] | None, featuresCol: str) -> Features:
    """Finds the feature columns and checks their types.

    Parameters
    ----------
    names : Names
    inputCols : sequence of str or None
        Names of scalar columns.
    featuresCol : str
        Name of the array or vector column, used if ``inputCols`` is None.

    Raises
    ------
    ColumnError
        If a column is missing, ambiguous, listed twice or of a type that cannot be interpolated.
    """
    if inputCols is not None:
        if not inputCols:
            raise ColumnError("inputCols is empty; name at least one numeric column")
        places = names.find_all(inputCols, "inputCols")
        fields = tuple(names.field(place) for place in places)
        for place, field in zip(places, fields, strict=True):
            if not isinstance(field.dataType, _SCALARS):
                raise ColumnError(_wrong_scalar(names, place))
        return ScalarFeatures(places, fields)
    place = names.find(featuresCol, "featuresCol")
    field = names.field(place)
    kind = field.dataType
    if isinstance(kind, VectorUDT) or (isinstance(kind, ArrayType) and isinstance(kind.elementType, _FLOATS)):
        return ArrayFeatures(place, field)
    raise ColumnError(
        f"featuresCol: column {field.name!r} has type {type_name(kind)}; it must be a vector, array<float> or "
        "array<double>. For single numeric columns use inputCols"
    )


def as_vector(array: Column, nullable: bool) -> Column:
    """Returns an array<double> as a vector, which is nullable only if asked for."""
    vector = array_to_vector(array)
    # Spark assumes that the result of a UDF is nullable, but not the elements of a compacted array.
    return vector if nullable else F.explode(F.array_compact(F.array(vector)))


def is_finite(value: Column) -> Column:
    """Returns true for finite numbers of 0 or more, else false or null."""
    # Spark orders NaN above infinity.
    return value < F.lit(_INFINITE)


def _wrong_scalar(names: Names, place: int) -> str:
    kind = names.field(place).dataType
    where = f"inputCols: column {names.field(place).name!r} has type {type_name(kind)}"
    if isinstance(kind, StringType):
        wrong, values = names.no_numbers(place)
        some = f" ({wrong} of its {values} values are no numbers)" if wrong else ""
        meant = f"if it holds numbers, cast it to double{some}; else " if wrong < values else ""
        meant += "use SMOTENC, which takes it in categoricalCols, or leave it out"
        return f"{where}, which cannot be interpolated; {meant}"
    if isinstance(kind, ArrayType | VectorUDT):
        return f"{where}; give a single array or vector column as featuresCol"
    return f"{where}; it must be numeric, boolean, date or timestamp"


def _fault(column: Column, can_be_nan: bool) -> Column:
    fault = F.when(column.isNull(), F.lit("null"))
    if can_be_nan:
        fault = fault.when(F.isnan(column), F.lit("NaN")).when(F.abs(column) == F.lit(_INFINITE), F.lit("infinite"))
    return fault
