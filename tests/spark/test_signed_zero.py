"""Spark's hash and comparisons treat -0.0 as 0.0; samplers return each row unchanged to the last bit."""

from __future__ import annotations

from typing import Any

import pytest
from frames import labels_of, multiset
from pyspark.ml.linalg import Vectors, VectorUDT
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import types as T
from pyspark.sql.types import StructField, StructType

import spark_smote
from spark_smote import NearMiss, RandomUnderSampler

WHOLE = StructType([StructField("a", T.DoubleType()), StructField("b", T.ArrayType(T.FloatType()))])
TWINS: dict[str, tuple[T.DataType, Any, Any]] = {
    "double": (T.DoubleType(), 0.0, -0.0),
    "float": (T.FloatType(), -0.0, 0.0),
    "array": (T.ArrayType(T.DoubleType()), [1.0, 0.0, -0.0], [1.0, -0.0, 0.0]),
    "null": (T.ArrayType(T.IntegerType()), [1, None], [None, 1]),
    "struct": (WHOLE, (0.0, [-0.0]), (-0.0, [0.0])),
    "split": (T.ArrayType(T.ArrayType(T.IntegerType())), [[1], [2, 3]], [[1, 2], [3]]),
    "vector": (VectorUDT(), Vectors.dense([0.0, 1.0]), Vectors.dense([-0.0, 1.0])),
    "form": (VectorUDT(), Vectors.dense([0.0, 1.0]), Vectors.sparse(2, [1], [1.0])),
    "map": (T.MapType(T.StringType(), T.DoubleType()), {"k": 0.0}, {"k": -0.0}),
}
"""Pairs of values that Spark's hash takes for equal, all but the last two."""
OVER: dict[str, dict[str, Any]] = {
    "SMOTE": {"kNeighbors": 2},
    "ADASYN": {"nNeighbors": 2},
    "RandomOverSampler": {},
    "SMOTETomek": {"kNeighbors": 2, "allowEmptyClasses": True},
    "EditedNearestNeighbours": {"allowEmptyClasses": True},
    "TomekLinks": {"allowEmptyClasses": True},
    "NeighbourhoodCleaningRule": {"allowEmptyClasses": True},
    "NearMiss": {"nNeighbors": 1},
    "RandomUnderSampler": {},
}


@pytest.fixture(scope="module")
def signed(spark: SparkSession) -> DataFrame:
    """Zeros of either sign in features, in columns that are carried and in the label; no two rows share an id."""
    zeros = (0.0, -0.0)
    rows = [
        (
            at,
            zeros[at % 2],
            zeros[at // 2 % 2],
            at // 2 + at % 2 / 10,
            1.0 if at % 4 == 0 else zeros[at % 3 % 2],
            (zeros[at % 2], [-0.0]),
        )
        for at in range(30)
    ]
    return spark.createDataFrame(
        rows, "id int, x double, f float, y double, label double, s struct<a: double, b: array<float>>"
    )


@pytest.mark.classic("the rows do not depend on the mode")
@pytest.mark.parametrize("name", OVER)
def test_originals_keep_the_sign_of_each_zero(signed: DataFrame, name: str) -> None:
    sampler: Any = getattr(spark_smote, name)(labelCol="label", **OVER[name])
    if name != "RandomUnderSampler":
        sampler.setParams(inputCols=["x", "f", "y"])
    before, after = signed.collect(), sampler.resample(signed).collect()
    kept = [row for row in after if row["id"] is not None]
    assert len(after) != len(before)
    assert sum("-0.0" in repr(row) for row in kept) > 5
    assert multiset(kept) <= multiset(before)


def twins(spark: SparkSession) -> tuple[DataFrame, DataFrame]:
    """In two orders: a class for each pair of values, half of its rows with either, in which Spark's hash sees no other
    difference, and a small class."""
    kinds = [StructField(name, kind) for name, (kind, _, _) in TWINS.items()]
    schema = StructType([StructField("x", T.DoubleType()), StructField("label", T.StringType()), *kinds])
    rows = [(9.0, "small", *[None] * len(kinds))] * 5
    for place, (name, (_, one, other)) in enumerate(TWINS.items()):
        nulls = [None] * place, [None] * (len(kinds) - 1 - place)
        rows += [(float(place), name, *nulls[0], value, *nulls[1]) for value in (one, other) for _ in range(8)]
    forward, backward = (spark.createDataFrame(order, schema).coalesce(1) for order in (rows, rows[::-1]))
    return forward, backward


@pytest.mark.parametrize(
    "sampler", [RandomUnderSampler(seed=3), NearMiss(inputCols=["x"], nNeighbors=1)], ids=["random", "nearmiss"]
)
@pytest.mark.classic("the kept rows do not depend on the mode")
def test_the_kept_rows_do_not_depend_on_their_order(spark: SparkSession, sampler: Any) -> None:
    frames = twins(spark)
    forward, backward = (sampler.resample(frame).collect() for frame in frames)
    assert labels_of(forward) == dict.fromkeys((*TWINS, "small"), 5)
    kept = {name: [multiset(r for r in rows if r["label"] == name) for rows in (forward, backward)] for name in TWINS}
    assert [name for name, (one, other) in kept.items() if one != other] == []
