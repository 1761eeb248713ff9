"""Values of given ranks, exact whatever the partitions: an approximate percentile brackets them, counts find them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from spark_smote.errors import ChangedInputError

_ACCURACY = 10_000
_SLACK = 3 / _ACCURACY


def order_statistics(frame: DataFrame, value: Column, rows: int, ranks: Sequence[int]) -> list[float]:
    """The values of these ranks; two jobs run, and what the driver collects is about 0.1 % of the values a rank.

    Parameters
    ----------
    frame : DataFrame
    value : Column
        A double; nulls do not count.
    rows : int
        Number of values, 1 or more.
    ranks : sequence of int
        From 1 to ``rows``.

    Raises
    ------
    ChangedInputError
        If there are other values the second time.
    """
    values = frame.select(value.alias("value")).filter(F.col("value").isNotNull())
    shares = [min(max(rank / rows + side, 0.0), 1.0) for rank in ranks for side in (-_SLACK, _SLACK)]
    # Each bound is off by at most a share of 1 / accuracy of the rows.
    bounds = values.agg(F.percentile_approx("value", shares, _ACCURACY)).collect()[0][0]
    brackets = list(zip(bounds[::2], bounds[1::2], strict=True))
    near = [F.col("value").between(low, high) for low, high in brackets]
    inside = near[0]
    for one in near[1:]:
        inside = inside | one
    # Values between the brackets stand for their zone by its lower end.
    below = [F.when(F.col("value") > high, F.lit(high)) for _, high in brackets]
    zone = F.greatest(F.lit(float("-inf")), F.lit(float("-inf")), *below)
    keyed = values.select(inside.alias("inside"), F.when(inside, F.col("value")).otherwise(zone).alias("value"))
    found = sorted(
        (row["value"], not row["inside"], row["count"]) for row in keyed.groupBy("value", "inside").count().collect()
    )
    totals = list(accumulate(count for _, _, count in found))
    places = [bisect_left(totals, rank) for rank in ranks]
    if not totals or totals[-1] != rows or any(found[place][1] for place in places):
        raise ChangedInputError.of(f"the target has {totals[-1] if totals else 0} values in place of {rows}")
    return [float(found[place][0]) for place in places]
