# Databricks notebook source
# MAGIC %md
# MAGIC # Should these flights be oversampled?
# MAGIC 2.45 % of the flights that left New York in 2013 were cancelled. This notebook plans, resamples, shows pictures,
# MAGIC and compares models with and without synthetic rows on flights that no model has seen.
# MAGIC
# MAGIC It runs as plain Python too: `python jobs/notebook_oversample.py [table or path] [folder for pictures]`, after
# MAGIC `make data`. On Databricks, install the wheel with its extra first: `%pip install spark_smote-...whl[plot]`.

# COMMAND ----------

import sys
from pathlib import Path

from pyspark.ml import Pipeline
from pyspark.ml.classification import LogisticRegression
from pyspark.ml.feature import VectorAssembler
from pyspark.sql import SparkSession

from spark_smote import SMOTENC, plots, progress
from spark_smote.evaluation import compare, to_html

spark = SparkSession.builder.getOrCreate()
in_notebook = "dbutils" in globals()


def argument(place: int, name: str, default: str) -> str:
    """The value of a widget of the notebook, or an argument of the command line."""
    if in_notebook:
        widgets = globals()["dbutils"].widgets
        widgets.text(name, default)
        return str(widgets.get(name))
    return sys.argv[place] if len(sys.argv) > place else default


source = argument(1, "source", "data/flights.parquet")
folder = Path(argument(2, "folder", "data"))
flights = spark.read.parquet(source) if "/" in source else spark.table(source)
flights.groupBy("cancelled").count().show()

# COMMAND ----------

# MAGIC %md
# MAGIC ## Split first
# MAGIC Only training rows are resampled. Test rows stay unchanged.

# COMMAND ----------

NUMBERS = ["month", "day_of_week", "sched_dep_minute", "distance", "temp", "humid", "wind_speed", "precip", "visib"]
train, test = flights.randomSplit([0.8, 0.2], seed=1)
sampler = SMOTENC(
    inputCols=NUMBERS,
    categoricalCols=["carrier", "origin", "dest"],
    labelCol="cancelled",
    samplingStrategy=0.5,
    inheritCols=["weather_filled"],
    syntheticCol="is_synthetic",
    standardization=True,
    seed=7,
)

# COMMAND ----------

# MAGIC %md
# MAGIC ## The plan
# MAGIC The plan tells the rows to make and the quality of the neighbour search. No row is made yet. Lines with a time
# MAGIC name the running stages.

# COMMAND ----------

with progress.shown(spark, stream=sys.stdout):
    plan = sampler.plan(train)
print(plan)

# COMMAND ----------

# MAGIC %md
# MAGIC ## The rows
# MAGIC The result has every flight once, unchanged, and the synthetic flights. In synthetic flights, columns
# MAGIC that are not features are null.

# COMMAND ----------

resampled = sampler.resample(train, plan)
resampled.groupBy("cancelled", "is_synthetic").count().orderBy("cancelled", "is_synthetic").show()
resampled.filter("is_synthetic").select("carrier", "origin", "dest", *NUMBERS[:5], "flight_id").show(5)

# COMMAND ----------

# MAGIC %md
# MAGIC ## Pictures
# MAGIC A few thousand rows, chosen by their content, come to the driver. Are synthetic flights plausible?

# COMMAND ----------

seen = plots.sample(sampler, train)
pictures = plots.gallery(seen)
if in_notebook:
    for _, figure in pictures:
        globals()["display"](figure)

# COMMAND ----------

# MAGIC %md
# MAGIC ## Does it help?
# MAGIC `compare` compares SMOTENC with no resampling, class weights and a better threshold, which cost nothing. It
# MAGIC makes its own folds from the training rows, and ends with its advice.

# COMMAND ----------

learner = Pipeline(
    stages=[
        VectorAssembler(inputCols=NUMBERS, outputCol="features"),
        LogisticRegression(labelCol="cancelled", maxIter=20),
    ]
)
found = compare(train, {"logistic regression": learner}, {"SMOTENC": sampler}, folds=2)
print(found)

# COMMAND ----------

# MAGIC %md
# MAGIC ## A page to hand on

# COMMAND ----------

folder.mkdir(parents=True, exist_ok=True)
page = folder / "notebook_report.html"
to_html(page, plan, comparison=found, pictures=pictures)
print(f"written: {page}")
