"""``outputPartitions``: each partition of the output has its share of every class, by content."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from frames import skewed, spark_frame
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from spark_smote import SMOTE, RandomOverSampler, RandomUnderSampler, SMOTETomek

PARTITIONS = 5


def by_partition(df: DataFrame, *values: str) -> dict[int, Counter[Any]]:
    """The rows of each partition, of the columns named."""
    found: dict[int, Counter[Any]] = {}
    for part, *row in df.select(F.spark_partition_id(), *values).collect():
        found.setdefault(part, Counter())[tuple(row)] += 1
    return found


@pytest.mark.parametrize(
    "sampler",
    [
        SMOTE(inputCols=["x0", "x1"], inheritCols=["x2"], syntheticCol="made"),
        # A few rows copied many times: hashes alone would leave partitions without them.
        RandomOverSampler(),
        RandomUnderSampler(),
        pytest.param(SMOTETomek(inputCols=["x0", "x1", "x2"]), marks=pytest.mark.classic("the others run on Connect")),
    ],
    ids=lambda one: type(one).__name__,
)
def test_every_partition_has_its_share_of_every_class(spark: SparkSession, sampler: Any) -> None:
    df = spark_frame(spark, skewed(width=3), label="string")
    whole = sampler.resample(df)
    if isinstance(sampler, SMOTE):
        assert min(len(rows) for rows in by_partition(whole, "label").values()) == 1
    mixed = sampler.copy().setParams(outputPartitions=PARTITIONS).resample(df)
    assert mixed.schema == whole.schema
    assert Counter(mixed.collect()) == Counter(whole.collect())
    shares = by_partition(mixed, "label")
    assert sorted(shares) == list(range(PARTITIONS))
    for label, rows in whole.groupBy("label").count().collect():
        assert {shares[part][label,] - rows // PARTITIONS for part in shares} <= {0, 1}
