"""Feature columns to one array<double> column, and back to the columns' own types."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from pyspark.ml.functions import array_to_vector
from pyspark.ml.linalg import VectorUDT
from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import (
    ArrayType,
    BooleanType,
    ByteType,
    DataType,
    DateType,
    DecimalType,
    DoubleType,
    FloatType,
    FractionalType,
    IntegerType,
    IntegralType,
    LongType,
    ShortType,
    StringType,
    StructField,
    TimestampNTZType,
    TimestampType,
)

from spark_smote.errors import ColumnError
from spark_smote.spark.columns import Names, at, type_name
from spark_smote.spark.row_hash import elements

_BITS: dict[type[DataType], int] = {ByteType: 8, ShortType: 16, IntegerType: 32, LongType: 64}
_SCALARS = (IntegralType, FractionalType, BooleanType, DateType, TimestampType, TimestampNTZType)
_FLOATS = (FloatType, DoubleType)
_MICROS = 1e6
_LARGEST_FLOAT = float.fromhex("0x1.fffffep+127")
_SHARE = "9.5367431640625E-7D"  # 2^-20
LARGEST_MAGNITUDE = 2.0**20  # so many times the magnitude the largest absolute value is at most
_INFINITE = float("inf")
_DAYS = -719_162.0, 2_932_896.0  # of the years 1 to 9999, which Python knows
_NTZ_EPOCH = "TIMESTAMP_NTZ '1970-01-01 00:00:00'"


class Features(ABC):
    """The features of a frame whose columns are named by position.

    Dates count as days and timestamps as seconds since 1970-01-01, booleans as 0 and 1.
    """

    places: tuple[int, ...]
    copied: tuple[int, ...] = ()
    """Those of the places whose synthetic values are copied from real rows; the others are numbers."""

    @abstractmethod
    def encode(self) -> Column:
        """The features as array<double>; of an invalid row null, or with an element null, NaN or infinite."""

    def content(self) -> Column:
        """The content hash of a row: that of what :meth:`encode` gives."""
        return F.xxhash64(self.encode())

    def valid(self) -> Column:
        """True where every feature is present and finite, else false or null."""
        return is_finite(self.magnitude())

    @abstractmethod
    def magnitude(self) -> Column:
        """The largest absolute value among a row's features, to within a factor of 2^20.

        Null, NaN or infinite where any of the features is.
        """

    @abstractmethod
    def size(self) -> Column:
        """Number of numbers of a row."""

    @abstractmethod
    def faults(self) -> dict[str, Column]:
        """Per column name, a column that says what is wrong with a row: 'null', 'NaN' or 'infinite', else null."""

    @property
    @abstractmethod
    def width(self) -> int | None:
        """Number of columns that synthetic numbers are wanted in, one a number; None for one array<double>."""

    def scalars(self) -> dict[int, StructField]:
        """The columns that hold one number each, by position, in the order of the numbers."""
        return {}

    @abstractmethod
    def decode(self, values: Sequence[Column]) -> dict[int, Column]:
        """Synthetic numbers to the columns' own types, by position; none is null where the input's could not be.

        Parameters
        ----------
        values : sequence of Column
            As many double columns as ``width`` says, or one array<double> column.
        """


@dataclass(frozen=True)
class ScalarFeatures(Features):
    """One feature a column (``inputCols``)."""

    places: tuple[int, ...]
    fields: tuple[StructField, ...]

    # Written as SQL text: for hundreds of columns, building them function by function takes seconds.

    def encode(self) -> Column:
        return F.expr(f"array({', '.join(self._values())})")

    def content(self) -> Column:
        # An array hashes as its elements do one after the other; without it nothing needs to be put together.
        return F.expr(f"xxhash64({', '.join(self._values())})")

    def _values(self) -> list[str]:
        # Adding 0.0 turns -0.0 into 0.0: equal values must hash alike.
        return [f"{to_double(f'c{p}', f.dataType)} + 0.0D" for p, f in zip(self.places, self.fields, strict=True)]

    def magnitude(self) -> Column:
        # A sum, for it is the shortest expression that shows every fault; scaled, so that it cannot overflow.
        places = zip(self.places, self.fields, strict=True)
        return F.expr(" + ".join(f"abs({to_double(f'c{p}', f.dataType)}) * {_SHARE}" for p, f in places))

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

    def decode(self, values: Sequence[Column]) -> dict[int, Column]:
        columns = {}
        for value, place, field in zip(values, self.places, self.fields, strict=True):
            column = from_double(value, field.dataType)
            # A synthetic value is never null, but for most casts only coalesce tells the analyser so.
            known = field.nullable or isinstance(field.dataType, _FLOATS)
            columns[place] = column if known else F.coalesce(column, _any_value(field.dataType))
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
        # Invalid rows may be of another length.
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

    def decode(self, values: Sequence[Column]) -> dict[int, Column]:
        (array,) = values
        if not isinstance(self.field.dataType, VectorUDT):
            return {self.place: array.cast(self.field.dataType)}
        vector = array_to_vector(array)
        if not self.field.nullable:
            # The analyser takes a UDF's result for nullable; what explodes from a compacted array it does not.
            vector = F.explode(F.array_compact(F.array(vector)))
        return {self.place: vector}


class NoFeatures(Features):
    """None, for those who look at the label alone: every row is valid."""

    places: tuple[int, ...] = ()

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

    def decode(self, values: Sequence[Column]) -> dict[int, Column]:
        return {}


def find_features(names: Names, inputCols: Sequence[str] | None, featuresCol: str) -> Features:
    """The features that the parameters name, checked by type.

    Raises
    ------
    ColumnError
        When a column is missing, ambiguous, listed twice or of a type that cannot be interpolated.
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


def is_finite(value: Column) -> Column:
    """True for finite numbers of 0 and more, else false or null."""
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


def to_double(column: str, kind: DataType) -> str:
    """A column of the type as SQL that gives a double."""
    if isinstance(kind, BooleanType):
        return f"CAST(CAST({column} AS INT) AS DOUBLE)"
    if isinstance(kind, DateType):
        return f"CAST(unix_date({column}) AS DOUBLE)"
    if isinstance(kind, TimestampType):
        return f"unix_micros({column}) / {_MICROS}D"
    if isinstance(kind, TimestampNTZType):
        # Every day of a timestamp without zone has 24 hours.
        return (
            f"(datediff(to_date({column}), DATE '1970-01-01') * 86400.0D + hour({column}) * 3600.0D "
            f"+ minute({column}) * 60.0D + second({column}) "
            f"+ CAST(date_format({column}, 'SSSSSS') AS DOUBLE) / {_MICROS}D)"
        )
    return f"CAST({column} AS DOUBLE)"


def from_double(value: Column, kind: DataType) -> Column:
    """Rounded to the nearest value of the type, and clipped to its range."""
    if isinstance(kind, DoubleType):
        return value
    if isinstance(kind, FloatType):
        return _clip(value, -_LARGEST_FLOAT, _LARGEST_FLOAT).cast(kind)
    if isinstance(kind, BooleanType):
        return F.rint(value) == F.lit(1.0)
    if isinstance(kind, DateType):
        return F.date_from_unix_date(_clip(F.rint(value), *_DAYS).cast("int"))
    if isinstance(kind, TimestampType):
        return F.timestamp_micros(F.rint(value * F.lit(_MICROS)).cast("long"))
    if isinstance(kind, TimestampNTZType):
        return wall_clock(F.rint(value * F.lit(_MICROS)).cast("long"))
    if isinstance(kind, DecimalType):
        above = 10.0 ** (kind.precision - kind.scale)
        highest = min(above - 10.0**-kind.scale, math.nextafter(above, 0.0))
        return _clip(value, -highest, highest).cast(kind)
    bits = _BITS[type(kind)]
    # The largest double below 2**63 is 2**63 - 1024.
    highest = 2.0 ** (bits - 1) - (1.0 if bits < 64 else 1024.0)
    return _clip(F.rint(value), -(2.0 ** (bits - 1)), highest).cast(kind)


def wall_clock(micros: Column) -> Column:
    """The timestamp without zone so many microseconds after 1970-01-01."""
    return F.expr(_NTZ_EPOCH) + F.make_dt_interval(
        secs=micros.cast("decimal(20,0)").cast("decimal(26,6)") / F.lit(1000000).cast("decimal(7,0)")
    )


def _clip(value: Column, lowest: float, highest: float) -> Column:
    return F.greatest(F.least(value, F.lit(highest)), F.lit(lowest))


def _any_value(kind: DataType) -> Column:
    """A literal of the type, which the analyser knows not to be null."""
    if isinstance(kind, DecimalType):
        return F.lit(Decimal(0).scaleb(-kind.scale)).cast(kind)
    if isinstance(kind, DateType):
        return F.lit(date(1970, 1, 1))
    if isinstance(kind, TimestampType | TimestampNTZType):
        return F.lit(datetime(1970, 1, 2)).cast(kind)
    return (F.lit(False) if isinstance(kind, BooleanType) else F.lit(0)).cast(kind)


def _fault(column: Column, can_be_nan: bool) -> Column:
    fault = F.when(column.isNull(), F.lit("null"))
    if can_be_nan:
        fault = fault.when(F.isnan(column), F.lit("NaN")).when(F.abs(column) == F.lit(_INFINITE), F.lit("infinite"))
    return fault
