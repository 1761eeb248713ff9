"""Whole numbers, decimals and timestamps that a double cannot hold: from the seed, in their own arithmetic."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import DataType, DecimalType, LongType, StructField, TimestampNTZType, TimestampType

from spark_smote.spark.conversions import to_double, wall_clock
from spark_smote.spark.exchange import GAP, NEIGHBOUR, SEED

_LARGEST_DOUBLE = 2.0**51
"""Up to so many units (microseconds, of a timestamp) a double gives each back, seconds and all."""
# In microseconds the years that Python knows, 1 to 9999, in every time zone; the range of a long.
_YEARS = -62_135_510_400_000_000, 253_402_214_400_000_000
_LONGS = -(1 << 63), (1 << 63) - 1


def needs_exact(kind: DataType, largest: float) -> bool:
    """Whether values of the type may be too large for a double, when ``largest`` bounds their absolute values."""
    if isinstance(kind, DecimalType):
        return kind.precision > 15 and largest * 10.0**kind.scale > _LARGEST_DOUBLE
    return largest * _per_unit(kind) > _LARGEST_DOUBLE and isinstance(kind, LongType | TimestampType | TimestampNTZType)


def exact_value(place: int, field: StructField, value: str) -> Column:
    """``seed + round(gap * (neighbour - seed))``, never beyond the neighbour; without one, as far as the double went.

    Null where a decimal of 38 digits does not hold it, and where the seed lacks it.

    Parameters
    ----------
    place : int
        Position of the column, which SEED and NEIGHBOUR carry.
    field : StructField
    value : str
        Name of the column with the synthetic value as a double.
    """
    kind = field.dataType
    seed, neighbour = (_units(f"{end}.c{place}", kind) for end in (SEED, NEIGHBOUR))
    number = kind.simpleString() if isinstance(kind, DecimalType) else "DECIMAL(20,0)"
    way = f"{GAP} * CAST(try_subtract({neighbour}, {seed}) AS DOUBLE)"
    without = f"({value} - {to_double(f'{SEED}.c{place}', kind)}) * {_per_unit(kind)!r}D"
    # Sums of decimals of 38 digits lose the last one.
    step = f"try_cast(coalesce({way}, {without}) AS {number})"
    made = f"if({step} = 0, {seed}, try_cast(try_add({seed}, {step}) AS {number}))"
    if not isinstance(kind, DecimalType):
        lowest, highest = _LONGS if isinstance(kind, LongType) else _YEARS
        made = f"least(greatest({made}, least({lowest}BD, {seed})), greatest({highest}BD, {seed}))"
    between = f"least(greatest({made}, least({seed}, {neighbour})), greatest({seed}, {neighbour}))"
    known = f"if({made} IS NOT NULL AND {GAP} >= 0 AND {NEIGHBOUR} IS NOT NULL, {between}, {made})"
    if field.nullable:
        # Bounds would stand in for what the seed lacks.
        known = f"if({seed} IS NULL, NULL, {known})"
    return _from_units(F.expr(known), kind)


def _per_unit(kind: DataType) -> float:
    """How many units there are to 1 as a double."""
    return 1e6 if isinstance(kind, TimestampType | TimestampNTZType) else 1.0


def _units(column: str, kind: DataType) -> str:
    if isinstance(kind, DecimalType):
        return column
    if isinstance(kind, TimestampType):
        column = f"unix_micros({column})"
    elif isinstance(kind, TimestampNTZType):
        column = (
            f"(datediff(to_date({column}), DATE '1970-01-01') * 86400000000L + hour({column}) * 3600000000L "
            f"+ minute({column}) * 60000000L + second({column}) * 1000000L "
            f"+ CAST(date_format({column}, 'SSSSSS') AS LONG))"
        )
    return f"CAST({column} AS DECIMAL(20,0))"


def _from_units(units: Column, kind: DataType) -> Column:
    if isinstance(kind, DecimalType):
        return units.cast(kind)
    whole = units.cast("long")
    if isinstance(kind, LongType):
        return whole
    return F.timestamp_micros(whole) if isinstance(kind, TimestampType) else wall_clock(whole)
