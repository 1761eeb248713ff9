r"""Balance a stream of Parquet files batch by batch, with ``foreachBatch`` of Structured Streaming.

    spark-submit jobs/balance_stream.py INPUT OUTPUT CHECKPOINT [--pool POOL] [--files 100] --sampler \
        '{"inputCols": ["amount"], "labelCol": "fraud", "samplingStrategy": 0.5, "syntheticCol": "made"}'

Each batch becomes the folder OUTPUT/batch=NUMBER; a batch that is run again after a failure replaces its folder, with
the same rows. Without a pool, each batch is resampled by itself: neighbours are rows of the same batch. With a pool, a
folder of synthetic rows made from a table of the past, the batch takes as many of these as it needs.
docs/platforms.md says what either means for a model.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from spark_smote import SMOTE
from spark_smote.errors import ClassError, TooFewRowsError


def by_itself(output: str, params: dict[str, Any]) -> Callable[[DataFrame, int], None]:
    """For ``foreachBatch``: resample a batch on its own rows, or write it as it is if they are too few for that."""

    def write(batch: DataFrame, number: int) -> None:
        try:
            rows = SMOTE(**params, ifBalanced="pass").resample(batch)
        except (ClassError, TooFewRowsError) as told:
            print(f"batch {number} is not resampled: {told}")
            rows = batch.withColumn(params["syntheticCol"], F.lit(False))
        rows.write.mode("overwrite").parquet(f"{output}/batch={number}")

    return write


def from_pool(output: str, params: dict[str, Any], pool: str) -> Callable[[DataFrame, int], None]:
    """For ``foreachBatch``: add synthetic rows of the pool's class to a batch, up to the ratio."""

    def write(batch: DataFrame, number: int) -> None:
        label, ratio, flag = params["labelCol"], params["samplingStrategy"], params["syntheticCol"]
        rows = batch.sparkSession.read.parquet(pool)
        ((smaller,),) = rows.select(label).limit(1).collect()
        ((few, every),) = batch.agg(F.count_if(F.col(label) == smaller), F.count(label)).collect()
        # By content and number of the batch: the same rows if the batch is run again, others for the next batch.
        order = F.xxhash64(F.lit(number), *rows.columns)
        drawn = rows.orderBy(order).limit(max(int(ratio * (every - few)) - few, 0))
        together = batch.withColumn(flag, F.lit(False)).unionByName(drawn)
        together.write.mode("overwrite").parquet(f"{output}/batch={number}")

    return write


def main() -> None:
    parser = argparse.ArgumentParser(description="Balance a stream of Parquet files batch by batch.")
    for name in ("input", "output", "checkpoint"):
        parser.add_argument(name)
    parser.add_argument("--sampler", type=json.loads, required=True, help="parameters of SMOTE, as JSON")
    parser.add_argument("--pool", help="folder of synthetic rows, made from a table of the past")
    parser.add_argument("--files", type=int, default=1000, help="most files of one batch")
    given = parser.parse_args()
    spark = SparkSession.builder.getOrCreate()
    stream = spark.readStream.schema(spark.read.parquet(given.input).schema).option("maxFilesPerTrigger", given.files)
    write = from_pool(given.output, given.sampler, given.pool) if given.pool else by_itself(given.output, given.sampler)
    query = stream.parquet(given.input).writeStream.foreachBatch(write).option("checkpointLocation", given.checkpoint)
    # What is there now; leave out the trigger to wait for more.
    query.trigger(availableNow=True).start().awaitTermination()


if __name__ == "__main__":
    main()
