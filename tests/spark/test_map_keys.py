"""Maps whose keys are binary, arrays or structs: JSON has the addresses of such keys, other ones at each read."""

from __future__ import annotations

from collections import Counter

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from spark_smote import SMOTE, RandomUnderSampler, stratified_folds

KEYS = {
    "binary": "CAST(CAST(id AS STRING) AS BINARY)",
    "array": "ARRAY(id, 2)",
    "struct": "STRUCT(id AS a, CAST(CAST(id AS STRING) AS BINARY) AS b)",
}
pytestmark = pytest.mark.classic("the hash does not depend on the mode")
NESTED = {
    **{name: f"MAP({key}, id)" for name, key in KEYS.items()},
    "map": f"MAP(1, MAP({KEYS['binary']}, id))",
    "array of maps": f"ARRAY(STRUCT(MAP({KEYS['binary']}, id) AS m))",
}


@pytest.fixture(scope="module", params=NESTED)
def frame(spark: SparkSession, request: pytest.FixtureRequest) -> DataFrame:
    """Features and labels of which many are equal, and a map that tells the rows apart."""
    odd = F.expr(NESTED[request.param]).alias("odd")
    return spark.range(60).select("id", (F.col("id") % 5 == 0).alias("y"), (F.col("id") % 2).alias("x"), odd)


def test_the_same_rows_are_drawn_at_every_read(frame: DataFrame) -> None:
    sampler = RandomUnderSampler(labelCol="y", seed=1)
    drawn = [{row.id for row in sampler.resample(one).select("id").collect()} for one in (frame, frame.repartition(3))]
    assert drawn[0] == drawn[1]
    assert len(drawn[0]) == 24


def test_a_row_is_in_the_same_fold_at_every_read(frame: DataFrame) -> None:
    folded = [stratified_folds(one, "y", 3) for one in (frame, frame, frame.repartition(3))]
    places = [{row.id: row.fold for row in one.select("id", "fold").collect()} for one in folded]
    assert places[0] == places[1] == places[2]


def test_synthetic_rows_inherit_the_same_maps_at_every_read(frame: DataFrame) -> None:
    plain = frame.drop("id")
    params = {"inputCols": ["x"], "labelCol": "y", "kNeighbors": 2, "seed": 1}
    sampler = SMOTE(**params, samplingStrategy={True: 19}, inheritCols=["odd"], syntheticCol="made")
    made = [sampler.resample(one).filter("made") for one in (plain, plain.repartition(3))]
    known, again = (Counter(row.odd for row in one.select(F.col("odd").cast("string")).collect()) for one in made)
    assert known == again
    assert sum(known.values()) == 7
