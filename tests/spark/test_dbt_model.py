"""The dbt Python model of ``jobs/dbt``, called as dbt calls it."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest
from frames import multiset
from pyspark.sql import DataFrame, SparkSession

from spark_smote import SMOTENC

MODEL = Path(__file__).parents[2] / "jobs" / "dbt" / "models" / "balanced_flights.py"


class Config:
    """``dbt.config``: called with what the model says, asked for what the project says."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.settings = settings
        self.told: dict[str, Any] = {}

    def __call__(self, **told: Any) -> None:
        self.told |= told

    def get(self, name: str) -> Any:
        return self.settings.get(name)


class Dbt:
    def __init__(self, flights: DataFrame, **settings: Any) -> None:
        self.config = Config(settings)
        self._flights = flights

    def ref(self, name: str) -> DataFrame:
        assert name == "flights"
        return self._flights


@pytest.fixture(scope="module")
def flights(spark: SparkSession) -> DataFrame:
    numbers = ("month", "day_of_week", "sched_dep_minute", "distance", "temp", "humid", "wind_speed", "visib")
    features = [f"sin({at} * id + {at}) AS {name}" for at, name in enumerate(numbers, 1)]
    categories = [f"concat('{name}', id % {at}) AS {name}" for at, name in enumerate(("carrier", "origin", "dest"), 2)]
    return spark.range(120).selectExpr(
        "CAST(id % 12 = 0 AS INT) AS cancelled", *features, *categories, "id % 7 = 0 AS weather_filled"
    )


def test_the_model_returns_balanced_flights_planned_now_or_before(
    spark: SparkSession, flights: DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = runpy.run_path(str(MODEL))["model"]
    dbt = Dbt(flights, smote_plan="")
    now = model(dbt, spark)
    assert dbt.config.told["materialized"] == "table"
    assert {row["cancelled"]: row["count"] for row in now.groupBy("cancelled").count().collect()} == {0: 110, 1: 110}

    plans = []
    plan = SMOTENC.plan
    monkeypatch.setattr(SMOTENC, "plan", lambda self, df: plans.append(plan(self, df)) or plans[-1])
    model(Dbt(flights), spark)
    plans.pop().save(tmp_path / "flights.plan")
    before = model(Dbt(flights, smote_plan=str(tmp_path / "flights.plan")), spark)
    assert not plans, "it does not plan again"
    assert multiset(before.collect()) == multiset(now.collect())
