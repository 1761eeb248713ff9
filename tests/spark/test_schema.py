"""Schema identity, values in the columns' own types, and columns of every kind that travel along."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pyspark
import pytest
from awkward import CARRIED, FEATURES, LABEL, MINORITY, ROWS, SCALARS, awkward_frame, scalar_frame
from frames import multiset
from pyspark.ml import Pipeline
from pyspark.ml.feature import OneHotEncoder, StringIndexer, VectorAssembler
from pyspark.ml.functions import vector_to_array
from pyspark.ml.linalg import DenseVector, Vectors, VectorUDT
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, DataType, DoubleType, FloatType, LongType, StructField, StructType
from sessions import CASE_SENSITIVE, configured

from spark_smote import SMOTE
from spark_smote.errors import ColumnError

TRACE: dict[str, Any] = {"provenanceCol": "origin", "idCol": "id"}
BITS = {"byte": 8, "short": 16, "int": 32}
SCALES = {"money": 2, "fine": 18}
SEARCHES: list[dict[str, Any]] = [{"neighborSearch": "exact"}, {"neighborSearch": "lsh", "cellRows": 100}]


@pytest.fixture
def case_sensitive(spark: SparkSession) -> Iterator[None]:
    with configured(spark, CASE_SENSITIVE):
        yield


@pytest.fixture(params=["ansi", "not-ansi"])
def ansi(spark: SparkSession, request: pytest.FixtureRequest) -> Iterator[bool]:
    with configured(spark, {"spark.sql.ansi.enabled": "true" if request.param == "ansi" else "false"}):
        yield request.param == "ansi"


def number(value: Any) -> float:
    """A value as a number: days, seconds, 0 and 1."""
    if isinstance(value, datetime):
        return (value - datetime(1970, 1, 1)).total_seconds()
    return float((value - date(1970, 1, 1)).days if isinstance(value, date) else value)


def check_scalar(name: str, exact: float, value: Any) -> None:
    """Check that ``value`` is the value of the column's type nearest to ``exact``."""
    if name in BITS:
        assert value == min(max(round(exact), -(2 ** (BITS[name] - 1))), 2 ** (BITS[name] - 1) - 1)
    elif name == "long":
        assert abs(value - min(max(exact, -(2.0**63)), 2.0**63 - 1024)) <= max(0.5, abs(exact) * 1e-15)
    elif name == "float":
        assert value == np.float32(exact)
    elif name in SCALES:
        assert isinstance(value, Decimal)
        assert abs(float(value) - exact) <= 0.5 * 10.0 ** -SCALES[name] * (1 + 1e-6) + abs(exact) * 1e-15
    elif name == "flag":
        assert value is (exact > 0.5)
    elif name in ("day", "wall", "moment"):
        assert abs(number(value) - exact) <= (0.5 if name == "day" else 1.5e-6)
    else:
        assert math.isclose(value, exact, rel_tol=1e-12)


@pytest.mark.parametrize("nullable", [True, False], ids=["nullable", "non-nullable"])
def test_features_of_every_type_return_in_their_type_to_the_nearest_value(
    spark: SparkSession, nullable: bool, ansi: bool
) -> None:
    names = [name for name in SCALARS if name != "huge"]
    frame = scalar_frame(spark, names, nullable)
    # Without ANSI a cast may give null, so some columns are nullable in both cases.
    assert not ansi or {field.nullable for field in frame.schema[1:-1]} == {nullable}
    resampled = SMOTE(inputCols=names, inheritCols=["id"], standardization=True, **TRACE).resample(frame)
    assert resampled.schema.fields[:-1] == frame.schema.fields
    # collect() would show moments in this machine's time zone.
    shown = [F.expr("CAST(unix_micros(moment) AS DOUBLE) / 1000000").alias("moment")]
    before = {row["id"]: row for row in frame.select(*(n for n in names if n != "moment"), "id", *shown).collect()}
    made = (
        resampled.filter("origin IS NOT NULL").select(*(n for n in names if n != "moment"), "origin", *shown).collect()
    )
    assert len(made) == ROWS - 2 * MINORITY
    for row in made:
        seed, neighbour, gap = row["origin"]
        for name in names:
            a, b = number(before[seed][name]), number(before[neighbour][name])
            check_scalar(name, a + gap * (b - a), row[name])


@pytest.mark.parametrize("nullable", [True, False], ids=["nullable", "non-nullable"])
def test_decimals_at_the_end_of_their_range_are_clipped(spark: SparkSession, nullable: bool) -> None:
    """The largest decimal(38,18) is 1e20 as a double, which is one too large."""
    frame = scalar_frame(spark, ["huge"], nullable)
    resampled = SMOTE(inputCols=["huge"], inheritCols=["id"], samplingStrategy={"few": 300}).resample(frame)
    assert resampled.schema == frame.schema
    values = [row["huge"] for row in resampled.collect()]
    assert len(values) == ROWS - MINORITY + 300
    assert all(value is not None and 0 <= value < Decimal(10) ** 20 for value in values)


VECTORS: list[tuple[DataType, bool, bool]] = [
    (VectorUDT(), True, False),
    (VectorUDT(), True, True),
    (VectorUDT(), False, False),
    (ArrayType(FloatType(), True), True, False),
    (ArrayType(FloatType(), False), False, False),
    (ArrayType(DoubleType(), True), False, False),
    (ArrayType(DoubleType(), False), True, False),
]


@pytest.mark.parametrize(("kind", "nullable", "sparse"), VECTORS, ids=str)
def test_one_feature_column_of_every_type(spark: SparkSession, kind: DataType, nullable: bool, sparse: bool) -> None:
    rng = np.random.default_rng(1)
    x = np.where(rng.uniform(size=(60, 6)) < 0.5, 0.0, rng.normal(size=(60, 6)).astype(np.float32))
    schema = StructType(
        [
            StructField("f.s", kind, nullable, {"ml_attr": {"num_attrs": 6}}),
            StructField("label", DoubleType(), False),
            StructField("id", LongType(), True),
        ]
    )
    values: list[Any] = x.tolist()
    if isinstance(kind, VectorUDT):
        values = [Vectors.sparse(6, np.flatnonzero(v), v[v != 0]) if sparse else Vectors.dense(v) for v in x]
    frame = spark.createDataFrame([(v, float(i < 20), i) for i, v in enumerate(values)], schema)
    resampled = SMOTE(featuresCol="f.s", **TRACE).resample(frame)
    if pyspark.__version__ < "4" and isinstance(kind, VectorUDT):
        schema["f.s"].nullable = True  # Spark 3.5 has no vector expression that cannot be null
    assert resampled.drop("origin").schema == schema
    rows = resampled.collect()
    assert multiset(r[:3] for r in rows if not r["origin"]) == multiset(tuple(r) for r in frame.collect())
    made = [row for row in rows if row["origin"]]
    assert [row["label"] for row in made] == [1.0] * 20
    for row in made:
        seed, neighbour, gap = row["origin"]
        if isinstance(kind, VectorUDT):
            assert isinstance(row["f.s"], DenseVector)
        np.testing.assert_allclose(np.array(row["f.s"]), x[seed] + gap * (x[neighbour] - x[seed]), rtol=1e-6, atol=1e-7)


@pytest.mark.usefixtures("case_sensitive")
@pytest.mark.parametrize("search", SEARCHES, ids=["exact", "lsh"])
def test_columns_of_every_type_and_name_are_inherited_from_the_seed(
    spark: SparkSession, search: dict[str, Any]
) -> None:
    frame = awkward_frame(spark, nullable=False)
    sampler = SMOTE(
        inputCols=FEATURES, labelCol=LABEL, inheritCols=[*CARRIED, "id"], syntheticCol="made it?", **search, **TRACE
    )
    resampled = sampler.resample(frame)
    assert resampled.schema[: len(frame.columns)] == frame.schema
    assert resampled.columns[len(frame.columns) :] == ["made it?", "origin"]
    rows = resampled.collect()
    places = [index for index, name in enumerate(frame.columns) if name in CARRIED]
    before = {row["id"]: row for row in frame.collect()}
    assert multiset(Row(*r[: len(frame.columns)]) for r in rows if not r[-2]) == multiset(
        Row(*row) for row in before.values()
    )
    made = [row for row in rows if row[-2]]
    assert len(made) == ROWS - 2 * MINORITY
    for row in made:
        seed = before[row[-1]["seed"]]
        assert row["id"] == seed["id"]
        assert repr([row[place] for place in places]) == repr([seed[place] for place in places])


@pytest.mark.usefixtures("case_sensitive")
def test_columns_of_every_type_and_name_are_null_where_not_inherited(spark: SparkSession) -> None:
    frame = awkward_frame(spark, nullable=True)
    resampled = SMOTE(inputCols=FEATURES, labelCol=LABEL, provenanceCol="p.q", idCol="id").resample(frame)
    assert resampled.schema[: len(frame.columns)] == frame.schema
    made = [row for row in resampled.collect() if row[-1]]
    places = [index for index, name in enumerate(frame.columns) if name in CARRIED]
    assert len(made) == ROWS - 2 * MINORITY
    assert all(row[place] is None for row in made for place in places)


def with_vectors(spark: SparkSession) -> DataFrame:
    schema = StructType().add("x", "double").add("label", "boolean").add("v", VectorUDT()).add("id", "long")
    return spark.createDataFrame(
        [(float(i), i >= 10, Vectors.sparse(3, [i % 3], [float(i)]), i) for i in range(30)], schema
    )


def test_a_vector_column_can_be_inherited(spark: SparkSession) -> None:
    frame = with_vectors(spark)
    resampled = SMOTE(inputCols=["x"], inheritCols=["v"], **TRACE).resample(frame)
    assert resampled.drop("origin").schema == frame.schema
    made = resampled.filter("origin IS NOT NULL").select(vector_to_array("v").alias("v"), "origin").collect()
    assert len(made) == 10
    assert all(row["v"][row["origin"]["seed"] % 3] == row["origin"]["seed"] for row in made)


def test_a_vector_inside_a_struct_is_inherited_or_refused(spark: SparkSession) -> None:
    """The error must not come in the middle of the job."""
    frame = with_vectors(spark).select("x", "label", F.struct("v").alias("s"))
    sampler = SMOTE(inputCols=["x"], inheritCols=["s"])
    try:
        resampled = sampler.resample(frame)
    except ColumnError as error:
        assert "'s'" in str(error)
    else:
        assert resampled.schema == frame.schema
        assert all(row["s"]["v"].size == 3 for row in resampled.collect())


@pytest.mark.skipif(pyspark.__version__ < "4", reason="pyspark 3.5 cannot read the schema of such a frame")
def test_columns_that_cannot_travel_are_refused_early(spark: SparkSession) -> None:
    frame = with_vectors(spark).withColumn("span", F.expr("CASE WHEN id >= 0 THEN make_interval(1, 2) END"))
    with pytest.raises(ColumnError, match="'span' has type interval"):
        SMOTE(inputCols=["x"], inheritCols=["span"]).resample(frame)
    assert SMOTE(inputCols=["x"]).resample(frame).schema == frame.schema
    with pytest.raises(ColumnError, match=r"'spans' cannot be null .* type array<interval> .* to text, or drop it"):
        SMOTE(inputCols=["x"]).resample(frame.withColumn("spans", F.array("span")))


def test_columns_of_equal_names_pass_through_unless_a_parameter_names_them(spark: SparkSession) -> None:
    frame = with_vectors(spark).select("x", "label", F.col("v").alias("t"), F.col("id").alias("t"))
    resampled = SMOTE(inputCols=["x"], syntheticCol="made").resample(frame)
    assert resampled.columns == ["x", "label", "t", "t", "made"]
    assert resampled.count() == 40


def test_the_usual_pipeline_of_indexer_encoder_and_assembler(spark: SparkSession) -> None:
    """A StringIndexer's column cannot be null and is no feature: it is copied from the seed, as the plan says."""
    frame = spark.range(60).selectExpr("id % 6 = 0 AS label", "id * 1.0D AS x", "chr(CAST(65 + id % 3 AS INT)) AS kind")
    stages: list[Any] = [
        StringIndexer(inputCol="kind", outputCol="index"),
        OneHotEncoder(inputCol="index", outputCol="hot"),
        VectorAssembler(inputCols=["x", "hot"], outputCol="features"),
    ]
    ready = Pipeline(stages=stages).fit(frame).transform(frame)
    sampler = SMOTE(syntheticCol="made", seed=3)
    plan = sampler.plan(ready)
    (note,) = [line for line in str(plan).splitlines() if "cannot be null" in line]
    assert "'index'" in note
    made = sampler.resample(ready, plan).filter("made").collect()
    assert len(made) == 40
    assert {row["index"] for row in made} <= {row["index"] for row in ready.filter("label").collect()}
    with pytest.raises(ColumnError, match="cannot be null and is not a feature"):
        SMOTE(inheritCols=[]).plan(ready)
