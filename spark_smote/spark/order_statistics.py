"""Values of given ranks within groups, exact whatever the partitions: counts find them.

Approximate percentiles bracket those of large groups first, so that few values of these are told apart and sorted.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from spark_smote.errors import ChangedInputError
from spark_smote.spark.columns import constants

LARGE = 65_536
"""Values of a group above which those of its ranks are bracketed."""
_ACCURACY = 10_000
_SLACK = 3 / _ACCURACY
_GROUP, _VALUE = "group", "value"

Brackets = Sequence[Sequence[tuple[float, float]] | None]
"""Of each group the ends between which the value of each rank lies; None where they are not known."""


def grouped_values(frame: DataFrame, group: Column, value: Column) -> DataFrame:
    """Values with the numbers of their groups, from 0; nulls are in none."""
    return frame.select(F.when(value.isNotNull(), group).alias(_GROUP), value.alias(_VALUE))


def brackets(values: DataFrame, rows: Sequence[int], ranks: Sequence[Sequence[int]]) -> Brackets:
    """Brackets of the values of these ranks in large groups, each of about 0.1 % of the group; a job runs.

    Parameters
    ----------
    values : DataFrame
        From :func:`grouped_values`.
    rows : sequence of int
        Number of values of each group, of one at least more than LARGE.
    ranks : sequence of sequence of int
        Equally many of each group, from 1 to its number of values.
    """
    large = [count > LARGE for count in rows]
    # An aggregation has the same percentages for all groups; those of a rank differ little among large ones.
    shares = [[rank / count for rank in own] for own, count in zip(ranks, rows, strict=True) if count > LARGE]
    each = [side for of_rank in zip(*shares, strict=True) for side in (min(of_rank) - _SLACK, max(of_rank) + _SLACK)]
    percentages = [min(max(share, 0.0), 1.0) for share in each]
    wanted = values.filter(F.get(constants(large, "boolean"), F.col(_GROUP)))
    # Each end is off by at most a share of 1 / accuracy of the values.
    found = wanted.groupBy(_GROUP).agg(F.percentile_approx(_VALUE, percentages, _ACCURACY)).collect()
    own = {group: list(zip(ends[::2], ends[1::2], strict=True)) for group, ends in found}
    return [own.get(group) for group in range(len(rows))]


def order_statistics(values: DataFrame, ranks: Sequence[Sequence[int]], between: Brackets) -> list[list[float]]:
    """The values of these ranks in each group; a job runs, and the driver collects at most one row a rank of each.

    Of a single group it collects the distinct values in its brackets, or all if these are not known.

    Parameters
    ----------
    values : DataFrame
        From :func:`grouped_values`.
    ranks : sequence of sequence of int
        Equally many of each group, from 1 to its number of values.
    between : Brackets
        A task sorts the distinct values of a group in them, or all of its distinct values.

    Raises
    ------
    ChangedInputError
        There are other values than before.
    """
    group, value = F.col(_GROUP), F.col(_VALUE)
    outside = F.get(constants([own is not None for own in between], "boolean"), group)
    # Values between the brackets stand for their zone by its lower end.
    zones = [F.lit(float("-inf"))] * 2
    for place in range(len(ranks[0])) if any(between) else ():
        low, high = (
            F.get(constants([own[place][side] if own else None for own in between], "double"), group) for side in (0, 1)
        )
        outside = outside & ~value.between(low, high)
        zones.append(F.when(value > high, high))
    keyed = values.select(
        _GROUP, outside.alias("outside"), F.when(outside, F.greatest(*zones)).otherwise(value).alias(_VALUE)
    )
    counted = keyed.groupBy(_GROUP, _VALUE, "outside").agg(F.count(F.lit(1)).alias("rows"))
    steps: list[list[tuple[int, bool, float]]] = [[] for _ in ranks]
    if len(ranks) == 1:
        # Few values come to the driver, which spares Spark a shuffle.
        of_group = sorted(counted.filter(group.isNotNull()).select(_VALUE, "outside", "rows").collect())
        lasts = accumulate(rows for _, _, rows in of_group)
        steps[0] = [(last, out, one) for last, (one, out, _) in zip(lasts, of_group, strict=True)]
    else:
        before = Window.partitionBy(_GROUP).orderBy(_VALUE, "outside").rowsBetween(Window.unboundedPreceding, 0)
        wanted = F.get(constants([sorted(set(own)) for own in ranks], "array<bigint>"), group)
        among = F.exists(wanted, lambda rank: rank.between(F.col("last") - F.col("rows") + F.lit(1), F.col("last")))
        for row in counted.select("*", F.sum("rows").over(before).alias("last")).filter(among).collect():
            steps[row[_GROUP]].append((row["last"], row["outside"], row[_VALUE]))
    return [_at(sorted(own), of_group) for own, of_group in zip(steps, ranks, strict=True)]


def _at(steps: Sequence[tuple[int, bool, float]], ranks: Sequence[int]) -> list[float]:
    lasts = [last for last, _, _ in steps]
    places = [bisect_left(lasts, rank) for rank in ranks]
    if any(place == len(steps) or steps[place][1] for place in places):
        raise ChangedInputError.of("the target has other values than before")
    return [float(steps[place][2]) for place in places]


def ends_within(
    values: DataFrame, rows: Sequence[int], bounds: Sequence[tuple[float, float]]
) -> list[tuple[float, float]]:
    """The smallest and the largest value of each group that are within its bounds; a job runs.

    Parameters
    ----------
    values : DataFrame
        From :func:`grouped_values`.
    rows : sequence of int
        Number of values of each group.
    bounds : sequence of (float, float)
        Of each group, some values of which are within.

    Raises
    ------
    ChangedInputError
        There are more values now, or fewer.
    """
    low, high = (F.get(constants([of[side] for of in bounds], "double"), F.col(_GROUP)) for side in (0, 1))
    within = F.when(F.col(_VALUE).between(low, high), F.col(_VALUE))
    found = values.groupBy(_GROUP).agg(F.count(_VALUE), F.min(within), F.max(within)).collect()
    own = {group: (count, ends) for group, count, *ends in found}
    for group, count in enumerate(rows):
        if (now := own.get(group, (0, ()))[0]) != count:
            raise ChangedInputError.of(f"the target has {now} values in place of {count}")
    return [tuple(own[group][1]) for group in range(len(rows))]
