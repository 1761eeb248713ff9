"""Draws rows with or without replacement, with exact counts, by the content of each row.

The number of a row is a hash of its content, its ordinal among equal rows, and the seed. The rows of a class with the
smallest numbers are kept. Rows are sorted only if some are equal in all columns. With replacement, draws name rows by
their places in the order of their hashes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from spark_smote.errors import ChangedInputError
from spark_smote.spark.columns import CLASS, HASH, in_classes, per_class
from spark_smote.spark.row_hash import fingerprint, json_hash, place_among_equals

_NUMBER, _ORDINAL, _EQUALS, _FINGERPRINT = "number", "ordinal", "equals", "fingerprint"
_HIGHEST = (1 << 63) - 1
_DEVIATIONS = 6.0
_MOST_TRIED = 64
RANGE, PLACE, TIMES = "range", "place", "times"
_RANGE_ROWS = 65_536
_MOST_BITS = 12


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

    def drawn(self, frame: DataFrame) -> Column:
        """Whether a row is drawn, of a frame with rows of the classes to draw from only."""
        ordinal = F.lit(0) if self.equals == 1 else place_among_equals(frame) - 1
        return _number(self.seed, ordinal) <= per_class(self.thresholds)


@dataclass(frozen=True)
class Ranges:
    """The rows of some classes, cut into ranges of their hashes, which give each row its place.

    Parameters
    ----------
    bits : int
        There are 2 ** bits ranges.
    rows : mapping of class to list of int
        Number of rows in each range.
    equals : int
        Maximum number of rows with equal hashes.
    fingerprints : mapping of class to int
        Sum of the fingerprints of all rows of each class.
    """

    bits: int
    rows: Mapping[int, list[int]]
    equals: int
    fingerprints: Mapping[int, int]

    @classmethod
    def of(cls, rows: DataFrame, present: Mapping[int, int]) -> Ranges:
        """Counts the rows in each range; a job runs.

        Parameters
        ----------
        rows : DataFrame
            Columns CLASS and HASH.
        present : mapping of class to int
            Number of rows of each class to draw from.

        Raises
        ------
        ChangedInputError
            If the number of rows of a class differs from ``present``.
        """
        bits = min((max(present.values()) // _RANGE_ROWS).bit_length(), _MOST_BITS)
        groups = rows.filter(in_classes(present)).groupBy(CLASS, HASH).agg(F.count("*").alias(_EQUALS))
        found = (
            groups.groupBy(CLASS, _range(bits).alias(RANGE))
            .agg(
                F.sum(_EQUALS).alias("rows"),
                F.max(_EQUALS).alias(_EQUALS),
                F.sum(fingerprint(F.col(HASH)) * F.col(_EQUALS)).alias(_FINGERPRINT),
            )
            .collect()
        )
        counts = {number: [0] * (1 << bits) for number in present}
        fingerprints = dict.fromkeys(present, 0)
        for row in found:
            counts[row[CLASS]][row[RANGE]] = row["rows"]
            fingerprints[row[CLASS]] += row[_FINGERPRINT]
        for number, expected in present.items():
            if sum(counts[number]) != expected:
                raise ChangedInputError.of(f"a class has {sum(counts[number])} rows in place of {expected}")
        return cls(bits, counts, max(row[_EQUALS] for row in found), fingerprints)

    def keep(self, frame: DataFrame, times: DataFrame) -> DataFrame:
        """Returns all rows of other classes, and the rows of these as often as ``times`` says.

        Parameters
        ----------
        frame : DataFrame
            With CLASS and, as HASH, a hash of the whole row.
        times : DataFrame
            CLASS, RANGE, PLACE in the range from 1, and TIMES.
        """
        concerned = F.coalesce(in_classes(self.rows), F.lit(False))
        # Rows of equal hashes may differ all the same.
        order = [F.col(HASH)] if self.equals == 1 else [F.col(HASH), json_hash(F.struct(*frame.columns), frame.schema)]
        within = frame.filter(concerned).withColumn(RANGE, _range(self.bits))
        placed = within.withColumn(PLACE, F.row_number().over(Window.partitionBy(CLASS, RANGE).orderBy(*order)))
        drawn = repeated(placed.join(times, [CLASS, RANGE, PLACE]), TIMES)
        return frame.filter(~concerned).union(drawn.select(*frame.columns))


def repeated(frame: DataFrame, times: str) -> DataFrame:
    """Each row as often as its column ``times`` says, which is dropped."""
    copies = F.explode(F.array_repeat(F.lit(0), F.col(times).cast("int")))
    return frame.select("*", copies.alias("copy")).drop("copy", times)


def _range(bits: int) -> Column:
    """The number of a row's range, from 0; the ranges ascend with the hashes."""
    return F.shiftright(HASH, 64 - bits).cast("int") + F.lit((1 << bits) >> 1) if bits else F.lit(0)


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
    groups = rows.filter(in_classes(wanted)).groupBy(CLASS, HASH).agg(F.count(F.lit(1)).alias(_EQUALS))
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
            numbered.filter(in_classes(left))
            .groupBy(CLASS)
            .agg(
                F.count(F.when(below, F.lit(1))).alias("below"),
                F.sort_array(F.collect_list(F.when(within, F.col(_NUMBER)))).alias("within"),
                F.max(_EQUALS).alias(_EQUALS),
                F.count(F.lit(1)).alias("rows"),
                F.sum(_FINGERPRINT).alias(_FINGERPRINT),
            )
            .select("*", F.size("within").alias("size"), (per_class(left) - F.col("below")).alias(PLACE))
            # Of the numbers, the driver gets the one with this place.
            .withColumn("within", F.get("within", F.least(F.greatest(PLACE, F.lit(0)) - 1, "size").cast("int")))
            .collect()
        )
        counted = {row[CLASS]: row["rows"] for row in found}
        for number in left:
            if counted.get(number, 0) != present[number]:
                raise ChangedInputError.of(f"a class has {counted.get(number, 0)} rows in place of {present[number]}")
        for row in found:
            number, place = row[CLASS], row[PLACE]
            if 0 <= place <= row["size"] and (place > 0 or bounds[number][0] == 0):
                thresholds[number] = row["within"] if place else -1
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
