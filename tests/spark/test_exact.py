"""Values that a double cannot hold: synthetic ones lie between seed and neighbour, to the last digit."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from samplers import CASES, Case
from sessions import configured

SENTINELS = ("0001-01-01 00:00:00", "9999-12-31 23:59:59.999999")
# Of each column two values, most at the ends of the type, and the value as a whole number.
ENDS: dict[str, tuple[str, str, str]] = {
    "key": ("-9223372036854775807L - 1L", "9223372036854775807L", "key"),
    "near": ("9007199254740992L", "9007199254740993L", "near"),
    "same": ("9007199254740993L", "9007199254740993L", "same"),
    "until": (f"TIMESTAMP '{SENTINELS[0]}'", f"TIMESTAMP '{SENTINELS[1]}'", "unix_micros(until)"),
    "wall": (
        f"TIMESTAMP_NTZ '{SENTINELS[0]}'",
        f"TIMESTAMP_NTZ '{SENTINELS[1]}'",
        "CAST(date_format(wall, 'SSSSSS') AS LONG) + 1000000 * "
        "(86400L * datediff(to_date(wall), DATE '1970-01-01') + 3600 * hour(wall) + 60 * minute(wall) + second(wall))",
    ),
    "cents": ("-999999999999999999.99BD", "999999999999999999.99BD", "CAST(cents * 100 AS DECIMAL(38,0))"),
    "fine": (
        "CAST('-99999999999999999999.999999999999999999' AS DECIMAL(38,18))",
        "CAST('99999999999999999999.999999999999999999' AS DECIMAL(38,18))",
        "fine",
    ),
    "day": ("DATE '0001-01-01'", "DATE '9999-12-31'", "CAST(unix_date(day) AS LONG)"),
}
LOOSE = {"fine": 10}
"""In units how far from the exact value: sums of decimals of 38 digits lose the last one."""
ASKED = ("smote-lsh", "lee-lsh", "svm-exact", "smotenc-lsh", "random")


@pytest.fixture(params=["Asia/Tokyo", "America/Los_Angeles"])
def zone(spark: SparkSession, request: pytest.FixtureRequest) -> Iterator[None]:
    with configured(spark, {"spark.sql.session.timeZone": request.param}):
        yield


def extremes(spark: SparkSession) -> DataFrame:
    """Every third row at the upper end, the others at the lower."""
    columns = [
        F.expr(f"CASE WHEN id % 3 = 1 THEN {high} ELSE {low} END").alias(name) for name, (low, high, _) in ENDS.items()
    ]
    x = [F.expr("CAST(id % 5 AS DOUBLE)").alias("x0"), F.expr("CAST(id % 7 AS DOUBLE)").alias("x1")]
    return spark.range(90).select(F.expr("nullif(id, -1) AS id"), F.expr("id < 30").alias("label"), *columns, *x)


def units(frame: DataFrame, *others: str) -> list[Any]:
    return frame.selectExpr(
        *others, *(f"CAST({unit} AS STRING) AS {name}" for name, (_, _, unit) in ENDS.items())
    ).collect()


def whole(name: str, text: str) -> Fraction:
    return Fraction(text) * (10**18 if name == "fine" else 1)


def check(case: Case, frame: DataFrame) -> None:
    frame = case.dress(frame)
    sampler = case.make(inputCols=[*ENDS, "x0", "x1"], idCol="id", provenanceCol="origin", seed=3)
    resampled = sampler.resample(frame)
    assert resampled.schema.fields[:-1] == frame.schema.fields
    before = {row["id"]: row for row in units(frame, "id")}
    made = units(resampled.filter("origin IS NOT NULL"), "origin")
    assert len(made) == 30
    for row in made:
        seed, neighbour, gap = row["origin"]
        for name in ENDS:
            value, start = whole(name, row[name]), whole(name, before[seed][name])
            if neighbour is None:
                if case.name == "random":
                    assert value == start, name
                continue
            end = whole(name, before[neighbour][name])
            if gap >= 0:
                assert min(start, end) <= value <= max(start, end), name
                wanted = start + Fraction(gap) * (end - start)
                assert abs(value - wanted) <= LOOSE.get(name, 0.5) + abs(end - start) / 2**52, name
    years = [f"{end}(year({name}))" for name in ("until", "wall", "day") for end in ("min", "max")]
    assert list(resampled.selectExpr(*years).collect()[0]) == [1, 9999] * 3  # others Python cannot read


@pytest.mark.classic("the arithmetic does not depend on the mode")
@pytest.mark.parametrize("case", [case for case in CASES if case.name in ASKED], ids=lambda case: case.name)
def test_they_lie_between_seed_and_neighbour(spark: SparkSession, case: Case) -> None:
    check(case, extremes(spark))


@pytest.mark.usefixtures("zone")
@pytest.mark.classic("the arithmetic does not depend on the mode")
def test_so_they_do_in_every_time_zone(spark: SparkSession) -> None:
    check(next(case for case in CASES if case.name == "random-smoothed"), extremes(spark))
