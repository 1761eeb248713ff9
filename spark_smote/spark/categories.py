"""Categorical columns: codes for the kernels, and values copied from real rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import (
    BooleanType,
    DateType,
    FractionalType,
    IntegralType,
    StringType,
    StructField,
    TimestampNTZType,
    TimestampType,
)

from spark_smote.errors import ColumnError
from spark_smote.spark.columns import CLASS, FEATURES, Names, type_name
from spark_smote.spark.features import Features

_CODE_BITS = 52
"""As many as a double holds, and one to spare for null."""
_NULL, _NAN = "-1.0D", "double('NaN')"
_BROKEN = "c{0} % 1 <> 0"  # true of infinity and NaN too, null of null
_CATEGORIES = (StringType, BooleanType, IntegralType, FractionalType)
_NUMBERS = (DateType, TimestampType, TimestampNTZType)


@dataclass(frozen=True)
class CategoricalFeatures(Features):
    """Numbers, if there are any, followed by categories.

    A category is encoded as a hash of its value, cut to 52 bits, and null as a code of its own. So there is no
    dictionary to make, and a hundred thousand categories cost no more than two. Of n categories in a column, any two
    share a code with a chance of n^2 / 2^53, 1 in 900,000 for a hundred thousand; they are then one to the kernels, and
    a synthetic row has either.

    Parameters
    ----------
    numbers : Features or None
    copied : tuple of int
        Positions of the categories.
    fractional : mapping of int to str
        Names of those, by position, that may hold other numbers than whole ones: indices, as StringIndexer gives them.
    """

    numbers: Features | None
    copied: tuple[int, ...]
    fractional: Mapping[int, str] = field(default_factory=dict)

    @property
    def places(self) -> tuple[int, ...]:  # type: ignore[override]
        return (*(self.numbers.places if self.numbers else ()), *self.copied)

    def encode(self) -> Column:
        codes = [
            f"if(c{p} IS NULL, {_NULL}, CAST(xxhash64(c{p}) & {2**_CODE_BITS - 1}L AS DOUBLE))" for p in self.copied
        ]
        for index, place in enumerate(self.copied):
            if place in self.fractional:
                codes[index] = f"if({_BROKEN.format(place)}, {_NAN}, {codes[index]})"
        encoded = F.expr(f"array({', '.join(codes)})")
        return F.concat(self.numbers.encode(), encoded) if self.numbers else encoded

    def magnitude(self) -> Column:
        numbers = self.numbers.magnitude() if self.numbers else F.lit(0.0)
        if not self.fractional:
            return numbers
        return numbers + F.expr(f"if({' OR '.join(map(_BROKEN.format, self.fractional))}, {_NAN}, 0D)")

    def size(self) -> Column:
        return self.numbers.size() if self.numbers else F.lit(0)

    def faults(self) -> dict[str, Column]:
        found = self.numbers.faults() if self.numbers else {}
        for place, name in self.fractional.items():
            found[name] = F.expr(
                f"CASE WHEN isnan(c{place}) THEN 'NaN' WHEN {_BROKEN.format(place)} THEN 'not whole' END"
            )
        return found

    @property
    def width(self) -> int | None:
        return self.numbers.width if self.numbers else 0

    def scalars(self) -> dict[int, StructField]:
        return self.numbers.scalars() if self.numbers else {}

    def decode(self, values: Sequence[Column]) -> dict[int, Column]:
        return self.numbers.decode(values) if self.numbers else {}


def find_categories(names: Names, categoricalCols: Sequence[str], numbers: Features | None) -> CategoricalFeatures:
    """The categorical columns that the parameter names, checked by type, behind the numbers.

    Raises
    ------
    ColumnError
        When a column is missing, ambiguous, listed twice, a number too, or of a type that is no category.
    """
    places = names.find_all(categoricalCols, "categoricalCols")
    fields = {place: names.field(place) for place in places}
    for one in fields.values():
        if not isinstance(one.dataType, _CATEGORIES):
            raise ColumnError(_wrong_category(one))
    both = set(places) & set(numbers.places if numbers else ())
    if both:
        raise ColumnError(
            f"categoricalCols: column {names.field(min(both)).name!r} is in inputCols too; a column is a number or a "
            "category, list it in one of them"
        )
    fractional = {place: one.name for place, one in fields.items() if isinstance(one.dataType, FractionalType)}
    return CategoricalFeatures(numbers, places, fractional)


def count_levels(rows: DataFrame, most: int) -> list[tuple[int, float, int, int]]:
    """Column, code, class and number of rows for each category in each class: one aggregation.

    Parameters
    ----------
    rows : DataFrame
        CLASS and FEATURES, which are codes alone.
    most : int
        Bound on what is returned; one more says that there are more.
    """
    # The outer one, since the plain one would have Spark test the encoded features for emptiness.
    levels = rows.select(CLASS, F.posexplode_outer(FEATURES).alias("column", "code"))
    found = levels.groupBy("column", "code", CLASS).count().limit(most + 1).collect()
    return [(row["column"], row["code"], row[CLASS], row["count"]) for row in found]


def _wrong_category(field: StructField) -> str:
    where = f"categoricalCols: column {field.name!r} has type {type_name(field.dataType)}"
    if isinstance(field.dataType, _NUMBERS):
        return f"{where}, which is a number here; list it in inputCols of SMOTENC, or cast it to string"
    return f"{where}; a category is a string, boolean or whole number: cast it to string, or leave it out"
