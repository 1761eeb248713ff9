"""Cells are dealt to the tasks of a shuffle in turn, whatever Spark's hash makes of their numbers."""

from __future__ import annotations

import numpy as np
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from spark_smote.spark.columns import CELL
from spark_smote.spark.exchange import arranged


def test_each_task_has_its_share_of_the_cells(spark: SparkSession) -> None:
    cells = spark.range(28).select(F.col("id").cast("int").alias(CELL))
    found = arranged(cells, 12, []).select(CELL, F.spark_partition_id().alias("task")).collect()
    assert np.bincount([row["task"] for row in found], minlength=12).tolist() == [3, 3, 3, 3] + [2] * 8
    assert all(row["task"] == row[CELL] % 12 for row in found)
