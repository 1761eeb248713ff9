"""A dbt Python model: the flights, with synthetic cancelled flights.

dbt calls ``model`` once for each run, where Spark jobs may run: the flights are planned then. If the project names a
saved plan, in ``smote_plan``, planning is left out. The plan holds for the rows that it was made from; on other rows
the model fails.
"""

from typing import Any

from pyspark.sql import DataFrame

from spark_smote import SMOTENC, Plan


def model(dbt: Any, session: Any) -> DataFrame:
    dbt.config(materialized="table", packages=["spark-smote"])
    sampler = SMOTENC(
        inputCols=["month", "day_of_week", "sched_dep_minute", "distance", "temp", "humid", "wind_speed", "visib"],
        categoricalCols=["carrier", "origin", "dest"],
        labelCol="cancelled",
        standardization=True,
        inheritCols=["weather_filled"],
        syntheticCol="is_synthetic",
        seed=7,
    )
    path = dbt.config.get("smote_plan")
    return sampler.resample(dbt.ref("flights"), Plan.load(path) if path else None)
