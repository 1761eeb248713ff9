"""The notebook runs from top to bottom, on a part of the demo's flights."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from frames import multiset
from pyspark.sql import SparkSession
from uncached import nothing_kept

JOBS = Path(__file__).parents[2] / "jobs"
pytest.importorskip("matplotlib")


@pytest.fixture
def flights(tmp_path: Path) -> Path:
    prepare = runpy.run_path(str(JOBS / "prepare_flights.py"))
    folder = prepare["source_folder"]()
    weather = pd.read_csv(folder / "weather.csv", parse_dates=["time_hour"])
    # Every other cancelled flight of the first months, and some of the others.
    every = prepare["read_flights"](folder).head(60_000)
    some = pd.concat([every[every["cancelled"]].iloc[::4], every[~every["cancelled"]].iloc[::40]])
    joined, _ = prepare["join_weather"](some, weather)
    schema = prepare["SCHEMA"]
    table = pa.Table.from_pandas(joined[schema.names], schema, preserve_index=False).replace_schema_metadata()
    pq.write_table(table, tmp_path / "flights.parquet")
    return tmp_path / "flights.parquet"


@pytest.mark.classic("other tests call the same functions on Connect")
def test_the_notebook_runs_and_writes_a_page(
    spark: SparkSession,
    flights: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["notebook", str(flights), str(tmp_path / "out")])
    runpy.run_path(str(JOBS / "notebook_oversample.py"), run_name="__main__")
    told = capsys.readouterr().out
    assert "survey" in told, "it names the running stages"
    assert "chance" in told, "the advice"
    page = (tmp_path / "out" / "notebook_report.html").read_text(encoding="utf-8")
    assert page.count("<img") + page.count("<svg") >= 3


@pytest.mark.long
@pytest.mark.classic("other tests call the same functions on Connect")
def test_the_notebook_gives_the_same_rows_and_figures_without_a_cache(
    spark: SparkSession, flights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["notebook", str(flights), str(tmp_path / "out")])

    def outcome() -> tuple[Any, list[float]]:
        made = runpy.run_path(str(JOBS / "notebook_oversample.py"), run_name="__main__")
        figures = [value for row in made["found"].summary for value in row.mean.values()]
        return multiset(made["resampled"].collect()), figures

    rows, figures = outcome()
    with nothing_kept(spark):
        again, refigured = outcome()
    assert again == rows
    np.testing.assert_allclose(refigured, figures, rtol=1e-9)


@pytest.mark.classic("it needs no Spark")
def test_the_notebook_has_the_form_that_databricks_reads() -> None:
    text = (JOBS / "notebook_oversample.py").read_text(encoding="utf-8")
    assert text.startswith("# Databricks notebook source\n")
    cells = text.split("# COMMAND ----------")
    assert len(cells) > 10
    for cell in cells[1:]:
        lines = [line for line in cell.strip().splitlines() if line]
        marked = [line.startswith("# MAGIC") for line in lines]
        assert all(marked) or not any(marked), "a cell is text or code"
