"""Conversions between the types of feature columns and doubles."""

from __future__ import annotations

import math
from datetime import date, datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from typing import Any

import numpy as np
from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import (
    BooleanType,
    ByteType,
    DataType,
    DateType,
    DecimalType,
    DoubleType,
    FloatType,
    IntegerType,
    LongType,
    ShortType,
    TimestampNTZType,
    TimestampType,
)

_BITS: dict[type[DataType], int] = {ByteType: 8, ShortType: 16, IntegerType: 32, LongType: 64}
_MICROS = 1e6
_LARGEST_FLOAT = float.fromhex("0x1.fffffep+127")
_DAYS = -719_162.0, 2_932_896.0  # of the years 1 to 9999, which Python knows
_NTZ_EPOCH = "TIMESTAMP_NTZ '1970-01-01 00:00:00'"


def to_double(column: str, kind: DataType) -> str:
    """A column of the type as SQL that gives a double."""
    if isinstance(kind, BooleanType):
        return f"CAST(CAST({column} AS INT) AS DOUBLE)"
    if isinstance(kind, DateType):
        return f"CAST(unix_date({column}) AS DOUBLE)"
    if isinstance(kind, TimestampType):
        return f"unix_micros({column}) / {_MICROS}D"
    if isinstance(kind, TimestampNTZType):
        # In a timestamp without time zone, every day has 24 hours.
        return (
            f"(datediff(to_date({column}), DATE '1970-01-01') * 86400.0D + hour({column}) * 3600.0D "
            f"+ minute({column}) * 60.0D + second({column}) "
            f"+ CAST(date_format({column}, 'SSSSSS') AS DOUBLE) / {_MICROS}D)"
        )
    return f"CAST({column} AS DOUBLE)"


def from_double(value: Column, kind: DataType) -> Column:
    """Rounds to the nearest value of the type, which is not double, and clips to its range."""
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


def within(kind: DataType, low: float | None, high: float | None) -> tuple[Any, Any] | None:
    """The smallest and the largest value of a numeric type within bounds, None for an open end; None if there is none.

    Examples
    --------
    >>> within(IntegerType(), 0.5, None), within(ByteType(), 0.2, 0.8), within(DecimalType(5, 2), 0, 0.999)
    ((1, None), None, (Decimal('0.00'), Decimal('0.99')))
    """
    least, most = _extremes(kind)
    if (low is not None and low > most) or (high is not None and high < least):
        return None
    lowest: Any = None if low is None or low < least else _inward(kind, low, upper=False)
    highest: Any = None if high is None or high > most else _inward(kind, high, upper=True)
    return None if None not in (lowest, highest) and lowest > highest else (lowest, highest)


def _extremes(kind: DataType) -> tuple[Any, Any]:
    """The smallest and the largest value of a numeric type."""
    if isinstance(kind, DecimalType):
        most = Decimal(10) ** (kind.precision - kind.scale) - Decimal(1).scaleb(-kind.scale)
        return -most, most
    if isinstance(kind, FloatType | DoubleType):
        largest = _LARGEST_FLOAT if isinstance(kind, FloatType) else math.nextafter(math.inf, 0)
        return -largest, largest
    beyond = 1 << (_BITS[type(kind)] - 1)
    return -beyond, beyond - 1


def _inward(kind: DataType, end: float, upper: bool) -> Any:
    """The value of the type nearest to a bound, on the inner side of it."""
    if isinstance(kind, DoubleType):
        return float(end)
    if isinstance(kind, FloatType):
        near = np.float32(end)
        beyond = float(near) > end if upper else float(near) < end
        return float(np.nextafter(near, np.float32(-np.inf if upper else np.inf)) if beyond else near)
    if isinstance(kind, DecimalType):
        # As the number is written, for 0.1 is a little more than a tenth in binary.
        rounding = ROUND_FLOOR if upper else ROUND_CEILING
        return Decimal(repr(end)).quantize(Decimal(1).scaleb(-kind.scale), rounding, Context(prec=38))
    return math.floor(end) if upper else math.ceil(end)


def clipped(value: Column, kind: DataType, low: Any, high: Any) -> Column:
    """A value of the type, not below one and not above another, of which each may be None; null and NaN stay."""
    made = value
    if high is not None:
        made = F.least(made, F.lit(high).cast(kind))
    if low is not None:
        made = F.greatest(made, F.lit(low).cast(kind))
    # Spark's least and greatest skip null, and take NaN for the largest number.
    missing = value.isNull() | F.isnan(value) if isinstance(kind, FloatType | DoubleType) else value.isNull()
    return F.when(missing, value).otherwise(made)


def any_value(kind: DataType) -> Column:
    """Returns a literal of the type, which Spark knows not to be null."""
    if isinstance(kind, DecimalType):
        return F.lit(Decimal(0).scaleb(-kind.scale)).cast(kind)
    if isinstance(kind, DateType):
        return F.lit(date(1970, 1, 1))
    if isinstance(kind, TimestampType | TimestampNTZType):
        return F.lit(datetime(1970, 1, 2)).cast(kind)
    return (F.lit(False) if isinstance(kind, BooleanType) else F.lit(0)).cast(kind)
