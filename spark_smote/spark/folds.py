"""Cross-validation folds by content: the fold of a row depends on its content, not on its partition."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from itertools import accumulate
from operator import add, or_
from typing import Any

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from spark_smote.spark.columns import at, cases, in_pairs, positional
from spark_smote.spark.row_hash import row_hash

_BITS = 63
_STEP = 12
"""Bits that a job adds: a range of numbers is cut into 4,096."""
_FEW = 100_000
"""So few rows are counted number by number."""
_NUMBER, _STRATUM = "spark_smote_number", "spark_smote_stratum"


def with_folds(df: DataFrame, label: int, folds: int, name: str, seed: int, group: int | None = None) -> DataFrame:
    """Adds a column with the number of the fold, from 0; folds are stratified by class. A few jobs run.

    Each class is cut where its rows, in the order of a hash of their content, reach the multiples of 1 / folds: folds
    have equal shares of it, to within one row. What has equal hashes stays together: rows that are equal in all
    columns or, with ``group``, rows of one group. A group counts with all its rows for the rarest of its classes.

    Parameters
    ----------
    df : DataFrame
        Rows with a null label get no fold.
    label : int
        Position of the label column.
    folds : int
        Number of folds.
    name : str
        Name of the column to add.
    seed : int
    group : int, optional
        Position of a column whose rows of one value must not be parted; null is a value.
    """
    rows = positional(df)
    number = F.xxhash64(F.lit(seed), row_hash(rows.schema, group)).bitwiseAND(F.lit((1 << _BITS) - 1))
    # Exploded, so that no filter on folds is pushed below, see InputRows.keyed.
    numbered = rows.select("*", F.explode(F.array(number)).alias(_NUMBER)).withColumn(
        _STRATUM, _stratum(rows, label, group)
    )
    cuts = _cuts(numbered.filter(at(label).isNotNull()), folds)
    found = []
    for stratum, starts in cuts.items():
        after = [(F.col(_NUMBER) >= F.lit(start)).cast("int") for start in starts]
        found.append((F.col(_STRATUM) == F.lit(stratum), in_pairs(add, [F.lit(0), *after])))
    fold = cases(found).cast("int")
    return numbered.select("*", fold.alias(name)).drop(_NUMBER, _STRATUM).toDF(*df.columns, name)


def _stratum(rows: DataFrame, label: int, group: int | None) -> Column:
    """The label, or the rank by frequency of the rarest class in the row's group."""
    if group is None:
        return at(label)
    counted = sorted(rows.groupBy(at(label)).count().na.drop().collect(), key=lambda row: (row[1], repr(row[0])))
    rank = cases((at(label) == F.lit(each), place) for place, (each, _) in enumerate(counted)).cast("int")
    return F.min(rank).over(Window.partitionBy(at(group)))


def _cuts(rows: DataFrame, folds: int) -> dict[Any, list[int]]:
    """The smallest number of the second and each later fold, by stratum.

    A job counts the rows in ranges of numbers; the next one divides the ranges within which a fold ends.
    """
    ranges = _counted(rows, bits := _STEP)
    totals = {stratum: sum(each.values()) for stratum, each in ranges.items()}
    ends = {stratum: [total * fold // folds for fold in range(1, folds)] for stratum, total in totals.items()}
    while bits < _BITS:
        parted = {stratum: _parted(ranges[stratum], ends[stratum]) for stratum in ranges}
        counts = [ranges[stratum].pop(start) for stratum, starts in parted.items() for start in starts]
        if not counts:
            break
        inside = [(F.col(_STRATUM) == F.lit(each)) & _start(bits).isin(starts) for each, starts in parted.items()]
        bits = _BITS if sum(counts) <= _FEW else min(bits + _STEP, _BITS)
        for stratum, finer in _counted(rows.filter(in_pairs(or_, inside)), bits).items():
            ranges[stratum].update(finer)
    return {stratum: [_cut(each, end) for end in ends[stratum]] for stratum, each in ranges.items()}


def _counted(rows: DataFrame, bits: int) -> dict[Any, dict[int, int]]:
    """Number of rows in each range of numbers with the same upper bits, by stratum and the range's start."""
    found: dict[Any, dict[int, int]] = {}
    for stratum, start, count in rows.groupBy(_STRATUM, _start(bits)).count().collect():
        found.setdefault(stratum, {})[start] = count
    return found


def _start(bits: int) -> Column:
    return F.shiftleft(F.shiftright(F.col(_NUMBER), _BITS - bits), _BITS - bits)


def _place(ranges: Mapping[int, int], end: int) -> tuple[list[int], int, int]:
    """All starts in order, the place of the range within or before which so many rows end, and the rows before it."""
    starts = sorted(ranges)
    until = list(accumulate(ranges[start] for start in starts))
    place = bisect_right(until, end)
    return starts, place, until[place - 1] if place else 0


def _parted(ranges: Mapping[int, int], ends: Iterable[int]) -> list[int]:
    """The ranges within which a fold ends, by their starts."""
    placed = ((*_place(ranges, end), end) for end in ends)
    return sorted({starts[place] for starts, place, before, end in placed if before < end})


def _cut(ranges: Mapping[int, int], end: int) -> int:
    """The start of the range at which the fold ends; rows of one number go to the fold that has most of them."""
    starts, place, before = _place(ranges, end)
    return starts[place] + (2 * (end - before) > ranges[starts[place]])
