"""Categorical columns: encoded as codes for the kernels; synthetic values are copied from real rows."""

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
"""Number of bits of a code: as many as a double can hold, minus one for null."""
_NULL, _NAN = "-1.0D", "double('NaN')"
_BROKEN = "c{0} % 1 <> 0"  # true of infinity and NaN too, null of null
_CATEGORIES = (StringType, BooleanType, IntegralType, FractionalType)
_NUMBERS = (DateType, TimestampType, TimestampNTZType)


@dataclass(frozen=True)
class CategoricalFeatures(Features):
    """Numerical features, if there are any, followed by categorical ones.

    The code of a category is a hash of its value, cut to 52 bits; null has a code of its own. No dictionary is needed,
    so a hundred thousand categories cost no more than two. Two of n categories have the same code with a probability of
    n^2 / 2^53 (1 in 900,000 for n = 100,000). The kernels then treat them as one category.

    Parameters
    ----------
    numbers : Features or None
        Numerical features.
    copied : tuple of int
        Positions of the categorical columns.
    fractional : mapping of int to str
        Names, by position, of the columns that may hold fractions: indices, as StringIndexer gives them.
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
                codes[index] = f"if({_BROKEN.format(place)}, NULL, {codes[index]})"
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

    def decode(self, values: Sequence[str]) -> dict[int, Column | str]:
        return self.numbers.decode(values) if self.numbers else {}


def find_categories(names: Names, categoricalCols: Sequence[str], numbers: Features | None) -> CategoricalFeatures:
    """Finds the columns of ``categoricalCols`` and checks their types.

    Parameters
    ----------
    names : Names
    categoricalCols : sequence of str
        Names of the categorical columns.
    numbers : Features or None
        Numerical features, which come first.

    Raises
    ------
    ColumnError
        If a column is missing, ambiguous, listed twice, a number too, or of a type that cannot be a category.
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
    """Counts the rows of each category in each class by one aggregation.

    Parameters
    ----------
    rows : DataFrame
        Columns CLASS and FEATURES (codes only).
    most : int
        Maximum number of tuples; ``most`` + 1 tuples mean that there are more.

    Returns
    -------
    list of (int, float, int, int)
        Column, code, class and number of rows.
    """
    # The outer variant, because posexplode makes Spark test the encoded features for emptiness.
    levels = rows.select(CLASS, F.posexplode_outer(FEATURES).alias("column", "code"))
    found = levels.groupBy("column", "code", CLASS).count().limit(most + 1).collect()
    return [(row["column"], row["code"], row[CLASS], row["count"]) for row in found]


def _wrong_category(field: StructField) -> str:
    where = f"categoricalCols: column {field.name!r} has type {type_name(field.dataType)}"
    if isinstance(field.dataType, _NUMBERS):
        return f"{where}, which is a number here; list it in inputCols of SMOTENC, or cast it to string"
    return f"{where}; a category is a string, boolean or whole number: cast it to string, or leave it out"
