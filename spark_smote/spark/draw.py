"""Draws rows without replacement, with exact counts, by the content of each row.

The number of a row is a hash of its content, its ordinal among equal rows, and the seed. The rows of a class with the
smallest numbers are kept. Rows are sorted only if some are equal in all columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from spark_smote.errors import ChangedInputError
from spark_smote.spark.columns import CLASS, HASH, per_class
from spark_smote.spark.row_hash import fingerprint, place_among_equals

_NUMBER, _ORDINAL, _EQUALS, _FINGERPRINT = "number", "ordinal", "equals", "fingerprint"
_HIGHEST = (1 << 63) - 1
_DEVIATIONS = 6.0
_MOST_TRIED = 64


@dataclass(frozen=True)
class Draw:
    """The parameters of a draw, which decide which rows are kept.

    Parameters
    ----------
    seed : int
    thresholds : mapping of class to int
        Largest number that is kept, for each class to draw from.
    equals : int
        Maximum number of rows of these classes that are equal in all columns.
    fingerprints : mapping of class to int
        Sum of the fingerprints of all rows of each of these classes.
    """

    seed: int
    thresholds: Mapping[int, int]
    equals: int
    fingerprints: Mapping[int, int]

    def keep(self, frame: DataFrame) -> DataFrame:
        """Returns the drawn rows and all rows of other classes; HASH must be a hash of the whole row."""
        if not self.thresholds:
            return frame
        threshold = per_class(self.thresholds)
        drawn = threshold.isNotNull()
        if self.equals == 1:
            return frame.filter(~drawn | (_number(self.seed, F.lit(0)) <= threshold))
        ordinals = F.sequence(F.lit(0), F.lit(self.equals - 1))
        some = F.exists(ordinals, lambda ordinal: _number(self.seed, ordinal) <= threshold)
        likely = frame.filter(drawn & some) if self.equals <= _MOST_TRIED else frame.filter(drawn)
        ranked = likely.withColumn(_ORDINAL, place_among_equals(frame) - 1)
        kept = ranked.filter(_number(self.seed, F.col(_ORDINAL)) <= threshold)
        return frame.filter(~drawn).union(kept.select(*frame.columns))


def draw(rows: DataFrame, present: Mapping[int, int], wanted: Mapping[int, int], seed: int) -> Draw:
    """Finds the thresholds that keep the wanted number of rows of each class.

    Parameters
    ----------
    rows : DataFrame
        Columns CLASS and HASH.
    present, wanted : mapping of class to int
        Number of rows, and number of rows to keep, of each class to draw from.
    seed : int

    Raises
    ------
    ChangedInputError
        If the number of rows of a class differs from ``present``.
    """
    groups = rows.filter(F.col(CLASS).isin(list(wanted))).groupBy(CLASS, HASH).agg(F.count(F.lit(1)).alias(_EQUALS))
    numbered = groups.select(
        CLASS, HASH, _EQUALS, F.explode(F.sequence(F.lit(0).cast("long"), F.col(_EQUALS) - 1)).alias(_ORDINAL)
    ).select(
        CLASS,
        _EQUALS,
        _number(seed, F.col(_ORDINAL).cast("int")).alias(_NUMBER),
        fingerprint(F.col(HASH)).alias(_FINGERPRINT),
    )
    spread, thresholds, equals = _DEVIATIONS, dict[int, int](), 1
    fingerprints: dict[int, int] = {}
    left = dict(wanted)
    while left:
        bounds = {number: _bounds(present[number], keep, spread) for number, keep in left.items()}
        low, high = (per_class({number: bound[side] for number, bound in bounds.items()}) for side in (0, 1))
        below, within = F.col(_NUMBER) < low, F.col(_NUMBER).between(low, high)
        found = (
            numbered.filter(F.col(CLASS).isin(list(left)))
            .groupBy(CLASS)
            .agg(
                F.count(F.when(below, F.lit(1))).alias("below"),
                F.collect_list(F.when(within, F.col(_NUMBER))).alias("within"),
                F.max(_EQUALS).alias(_EQUALS),
                F.count(F.lit(1)).alias("rows"),
                F.sum(_FINGERPRINT).alias(_FINGERPRINT),
            )
            .collect()
        )
        counted = {row[CLASS]: row["rows"] for row in found}
        for number in left:
            if counted.get(number, 0) != present[number]:
                raise ChangedInputError.of(f"a class has {counted.get(number, 0)} rows in place of {present[number]}")
        for row in found:
            number, place = row[CLASS], left[row[CLASS]] - row["below"]
            if 0 <= place <= len(row["within"]) and (place > 0 or bounds[number][0] == 0):
                ordered = sorted(row["within"])
                thresholds[number] = ordered[place - 1] if place else -1
                equals = max(equals, row[_EQUALS])
                fingerprints[number] = row[_FINGERPRINT]
                del left[number]
        spread *= 8
    return Draw(seed, thresholds, equals, fingerprints)


def _number(seed: int, ordinal: Column) -> Column:
    """Returns the number of a row, between 0 and 2^63 - 1."""
    return F.xxhash64(F.lit(seed).cast("long"), F.col(HASH), ordinal.cast("int")).bitwiseAND(F.lit(_HIGHEST))


def _bounds(present: int, wanted: int, spread: float) -> tuple[int, int]:
    """Returns bounds that almost surely enclose the number with the rank ``wanted``."""
    slack = spread * (sqrt(wanted) + spread)
    low, high = max(0.0, (wanted - slack) / present), min(1.0, (wanted + slack) / present)
    return int(low * _HIGHEST), _HIGHEST if high >= 1.0 else int(high * _HIGHEST)
