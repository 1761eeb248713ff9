"""The datasets of the pipeline.

Spark runs the functions of datasets as often as it likes, and refuses in them even to ask for a schema. So the rows are
defined outside; no Spark job runs there, because the plan was saved by ``plan.py``. A run on an input that has other
rows than the plan was made for fails with ChangedInputError: plan again.
"""

import json

from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession

from spark_smote import SMOTE, Plan

spark = SparkSession.active()
training = spark.read.parquet(str(spark.conf.get("training.input")))
sampler = SMOTE(**json.loads(str(spark.conf.get("training.sampler"))))
balanced = sampler.resample(training, Plan.load(str(spark.conf.get("training.plan"))))


@dp.materialized_view
def balanced_training() -> DataFrame:
    """The training rows, and synthetic rows of the smaller classes."""
    return balanced


@dp.materialized_view
def rows_of_each_class() -> DataFrame:
    """The number of rows of each class."""
    return spark.read.table("balanced_training").groupBy(sampler.getLabelCol()).count()
