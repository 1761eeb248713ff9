"""Plan the pipeline's resampling: ``python jobs/pipeline/plan.py jobs/pipeline/spark-pipeline.yml``."""

import json
import sys
from pathlib import Path

import yaml
from pyspark.sql import SparkSession

from spark_smote import SMOTE

spec = yaml.safe_load(Path(sys.argv[1]).read_text(encoding="utf-8"))["configuration"]
spark = SparkSession.builder.getOrCreate()
plan = SMOTE(**json.loads(spec["training.sampler"])).plan(spark.read.parquet(spec["training.input"]))
plan.save(spec["training.plan"], overwrite=True)
print(plan)
