"""Bad input causes an error with fault, place and remedy, before a row reaches Python."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from pyspark.ml.functions import array_to_vector
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import DoubleType, StringType, StructField, StructType
from refusals import refuses
from sessions import CASE_SENSITIVE, configured

from spark_smote import SMOTE, Chain, RandomUnderSampler
from spark_smote.errors import (
    ClassError,
    ColumnError,
    InvalidDataError,
    MethodError,
    ParameterError,
    SparkSmoteError,
    StrategyError,
    TooFewRowsError,
)

INPUTS: dict[str, Any] = {"inputCols": ["x", "y"]}


@pytest.fixture(scope="module")
def frame(spark: SparkSession) -> DataFrame:
    """Class a 30 rows, b 8, c 4."""
    columns = {
        "id": F.col("id"),
        "x": (F.col("id") * 3 % 7).cast("double"),
        "y": (F.col("id") * 5 % 7).cast("double"),
        "text": F.col("id").cast("string"),
        "items": F.array(F.lit(1.0), F.col("id") * 1.0),
        "label": F.when(F.col("id") < 30, "a").when(F.col("id") < 38, "b").otherwise("c"),
    }
    # Columns of spark.range cannot be null, unless there is a condition.
    return spark.range(42).select(*(F.when(F.col("id") >= 0, column).alias(name) for name, column in columns.items()))


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"inputCols": ["x", "Lable"]}, ["inputCols", "'Lable'", "did you mean 'label'"]),
        ({"inputCols": ["x", "qqq"]}, ["inputCols", "'qqq'", "the columns are 'id', 'x'"]),
        ({"inputCols": ["x", "x"]}, ["inputCols", "'x'", "listed twice"]),
        ({"inputCols": ["x", "X"]}, ["inputCols", "'X'", "listed twice"]),
        ({"inputCols": []}, ["inputCols", "empty"]),
        ({"inputCols": ["x", "text"]}, ["inputCols", "'text'", "string", "use SMOTENC"]),
        ({"inputCols": ["x", "items"]}, ["inputCols", "'items'", "array<double>", "featuresCol"]),
        ({"inputCols": ["x"], "labelCol": "lbl"}, ["labelCol", "'lbl'", "did you mean 'label'"]),
        ({"inputCols": ["x"], "labelCol": "items"}, ["labelCol", "'items'", "array<double>", "string or boolean"]),
        ({"inputCols": ["x", "y"], "labelCol": "x"}, ["'x'", "label and a feature"]),
        ({"featuresCol": "x"}, ["featuresCol", "'x'", "double", "use inputCols"]),
        ({}, ["featuresCol", "'features'", "the columns are"]),
        ({**INPUTS, "inheritCols": ["nope"]}, ["inheritCols", "'nope'"]),
        ({**INPUTS, "inheritCols": ["text", "text"]}, ["inheritCols", "'text'", "listed twice"]),
        ({**INPUTS, "inheritCols": ["x"]}, ["inheritCols", "'x'", "a feature"]),
        ({**INPUTS, "inheritCols": ["label"]}, ["inheritCols", "'label'", "the label"]),
        ({**INPUTS, "syntheticCol": "text"}, ["syntheticCol", "'text'", "another name"]),
        ({**INPUTS, "syntheticCol": "TEXT"}, ["syntheticCol", "'TEXT'", "another name"]),
        ({**INPUTS, "provenanceCol": "x", "idCol": "id"}, ["provenanceCol", "'x'", "another name"]),
        ({**INPUTS, "provenanceCol": "p", "syntheticCol": "p", "idCol": "id"}, ["'p'", "two names"]),
        ({**INPUTS, "provenanceCol": "p", "syntheticCol": "P", "idCol": "id"}, ["two names"]),
        ({**INPUTS, "provenanceCol": "p"}, ["provenanceCol", "idCol"]),
        ({**INPUTS, "provenanceCol": "p", "idCol": "ident"}, ["idCol", "'ident'"]),
    ],
    ids=lambda value: None if isinstance(value, list) else repr(value),
)
def test_wrong_columns(frame: DataFrame, params: dict[str, Any], words: list[str]) -> None:
    refuses(frame, ColumnError, *words, **params)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("amount", ["inputCols", "such as ['amount']"]),
        (7, ["inputCols", "such as ['amount', 'age'], not 7"]),
        (["x", 1], ["inputCols", "not ['x', 1]"]),
    ],
)
def test_columns_are_given_as_a_list_of_names(spark: SparkSession, value: Any, words: list[str]) -> None:
    for wrong in (value, F.col("x")):
        with pytest.raises(ParameterError) as caught:
            SMOTE(inputCols=wrong)
        assert wrong is not value or not [word for word in words if word not in str(caught.value)], caught.value
    assert SMOTE(inputCols=("x", "y")).getInputCols() == SMOTE(inputCols=pd.Index(["x", "y"])).getInputCols()


def test_text_that_holds_numbers(frame: DataFrame) -> None:
    """As a CSV file read without a schema gives them."""
    words = ["'text'", "if it holds numbers, cast it to double; else use SMOTENC"]
    refuses(frame, ColumnError, *words, inputCols=["x", "text"])
    some = frame.withColumn("text", F.when(F.col("id") < 3, "n/a").when(F.col("id") > 3, F.col("text")))
    refuses(some, ColumnError, "cast it to double (3 of its 41 values are no numbers)", inputCols=["x", "text"])


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (pd.DataFrame({"x": [1.0]}), ["pandas", "spark.createDataFrame(df)"]),
        (None, ["NoneType"]),
        ("sales", ["spark.table('sales')"]),
        ([1, 2], ["builtins.list"]),
    ],
    ids=["pandas", "none", "name", "list"],
)
def test_what_is_no_spark_frame(spark: SparkSession, given: Any, words: list[str]) -> None:
    for sampler in (SMOTE(**INPUTS), RandomUnderSampler(), Chain(RandomUnderSampler(), SMOTE(**INPUTS))):
        with pytest.raises(ParameterError, match="must be a Spark DataFrame") as caught:
            sampler.resample(given)
        assert not [word for word in words if word not in str(caught.value)], caught.value


@pytest.mark.parametrize("method", ["fit", "transform", "fit_transform"])
def test_samplers_are_no_stages(frame: DataFrame, method: str) -> None:
    for sampler in (SMOTE(**INPUTS), Chain(RandomUnderSampler())):
        assert not hasattr(sampler, method)  # or Spark ML would take it for a stage
        with pytest.raises(MethodError, match=r"call \w+\(...\).resample\(df\) for the rows, or Resampled\("):
            getattr(sampler, method)(frame)
    with pytest.raises(AttributeError, match="'SMOTE' object has no attribute 'sample'"):
        SMOTE().sample()


def test_labels_are_no_plan(frame: DataFrame) -> None:
    plan = SMOTE(**INPUTS, shrinkK=True).plan(frame)
    for sampler, wrong in ((SMOTE(**INPUTS), [0, 1]), (Chain(SMOTE(**INPUTS)), plan)):
        with pytest.raises(ParameterError, match=r"plan must come from plan\(df\) of this sampler"):
            sampler.resample(frame, wrong)


def test_features_given_twice(frame: DataFrame) -> None:
    refuses(frame, ParameterError, "inputCols", "featuresCol", "not both", **INPUTS, featuresCol="items")


def test_ambiguous_columns(frame: DataFrame) -> None:
    twice = frame.select("x", "y", "label", F.col("y").alias("x"))
    refuses(twice, ColumnError, "inputCols", "'x'", "ambiguous", "2 columns", "rename", **INPUTS)


def test_names_that_differ_in_case_only_are_two_where_case_counts(spark: SparkSession, frame: DataFrame) -> None:
    with configured(spark, CASE_SENSITIVE):
        cased = frame.select("x", "y", "label", F.col("y").alias("X"))
        assert SMOTE(**INPUTS, kNeighbors=3).plan(cased).classes
        refuses(cased, ColumnError, "'Y'", "did you mean 'y'", inputCols=["x", "Y"])


def test_a_column_that_cannot_be_null_must_be_listed_where_any_are(frame: DataFrame) -> None:
    strict = frame.withColumn("must", F.lit(1))
    refuses(strict, ColumnError, "'must'", "cannot be null", "inheritCols", inheritCols=[], **INPUTS)


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"kNeighbors": 0}, ["kNeighbors", "0", "1 or more"]),
        ({"kNeighbors": -3}, ["kNeighbors", "-3", "1 or more"]),
        ({"kNeighbors": 2.5}, ["kNeighbors", "2.5"]),
        ({"kNeighbors": "5"}, ["kNeighbors", "5"]),
        ({"neighborSearch": "fast"}, ["neighborSearch", "'fast'", "'lsh'"]),
        ({"handleInvalid": "fill"}, ["handleInvalid", "'fill'", "'skip'"]),
        ({"recallTarget": 0.0}, ["recallTarget", "0.0", "(0, 1]"]),
        ({"recallTarget": 1.5}, ["recallTarget", "1.5"]),
        ({"bucketLength": -1.0}, ["bucketLength", "-1.0", "positive"]),
        ({"numHashTables": 0}, ["numHashTables", "0"]),
        ({"cellRows": 99}, ["cellRows", "99", "100"]),
        ({"samplingStrategy": "most"}, ["samplingStrategy", "'most'", "'minority'"]),
        ({"samplingStrategy": 0.0}, ["samplingStrategy", "0.0", "(0, 1]"]),
        ({"samplingStrategy": 1.5}, ["samplingStrategy", "1.5"]),
        ({"samplingStrategy": {"a": 1.5}}, ["samplingStrategy", "'a'", "1.5", "integer"]),
    ],
    ids=lambda value: None if isinstance(value, list) else repr(value),
)
def test_wrong_values_are_refused_at_once(spark: SparkSession, params: dict[str, Any], words: list[str]) -> None:
    """The Params of Spark ML need a session, but no data."""
    with pytest.raises(ParameterError) as caught:
        SMOTE(**params)
    assert not [word for word in words if word not in str(caught.value)], caught.value


def test_a_wrong_value_leaves_the_sampler_as_it_was(spark: SparkSession) -> None:
    sampler = SMOTE(kNeighbors=3)
    with pytest.raises(ParameterError):
        sampler.setParams(kNeighbors=0)
    with pytest.raises(ParameterError, match="no parameter 'neighbours'"):
        sampler.setParams(neighbours=4)
    assert sampler.getOrDefault(sampler.kNeighbors) == 3


@pytest.mark.parametrize(
    ("strategy", "error", "words"),
    [
        ({"b": 5}, StrategyError, ["'b'", "8 rows", "5"]),
        ({"d": 50}, StrategyError, ["unknown class 'd'", "'a', 'b', 'c'"]),
        ({1: 50}, StrategyError, ["unknown class 1", "(int)", "(str)"]),
        (0.5, StrategyError, ["two classes", "3", "mapping"]),
        (lambda counts: {"b": 1}, StrategyError, ["'b'", "8 rows", "1"]),
        (lambda counts: 7, ParameterError, ["callable", "7"]),
        ("auto", TooFewRowsError, ["'c'", "4 rows", "kNeighbors=5", "needs 6", "shrinkK"]),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_a_strategy_that_does_not_fit(
    frame: DataFrame, strategy: Any, error: type[SparkSmoteError], words: list[str]
) -> None:
    refuses(frame, error, *words, **INPUTS, samplingStrategy=strategy)


def test_a_ratio_that_is_reached_already(frame: DataFrame) -> None:
    refuses(frame.filter("label <> 'c'"), StrategyError, "0.2", "'b'", "8 rows", **INPUTS, samplingStrategy=0.2)


def test_a_lone_row_has_no_neighbour_even_with_shrink_k(frame: DataFrame) -> None:
    lone = frame.filter("id < 39")
    refuses(lone, TooFewRowsError, "'c'", "1 ", "drop the class", **INPUTS, shrinkK=True)


def test_too_few_valid_rows(frame: DataFrame) -> None:
    """Skipped rows are no neighbours: the class has 8 rows, of which 3 are valid."""
    holed = frame.withColumn("x", F.when(F.col("id").between(30, 34), None).otherwise(F.col("x")))
    two = holed.filter("label <> 'c'")
    refuses(two, TooFewRowsError, "'b'", "3 valid rows out of 8", **INPUTS, handleInvalid="skip")


@pytest.mark.parametrize(("rows", "word"), [("id < 30", "'a'"), ("id < 0", "no rows")])
def test_fewer_than_two_classes(frame: DataFrame, rows: str, word: str) -> None:
    refuses(frame.filter(rows), ClassError, word, **INPUTS)


def test_null_nan_and_infinite_features_are_counted_for_each_column(frame: DataFrame) -> None:
    holed = frame.select(
        "label",
        F.when(F.col("id") < 3, None).when(F.col("id") < 5, float("nan")).otherwise(F.col("x")).alias("x"),
        F.when(F.col("id") < 4, float("-inf")).otherwise(F.col("y")).alias("y"),
        F.when(F.col("id") > 2, F.col("id").cast("int")).alias("whole"),
    )
    words = ["'x': 3 null, 2 NaN", "'y': 4 infinite", "'whole': 3 null", "handleInvalid='skip'", "fill or drop"]
    refuses(holed, InvalidDataError, *words, inputCols=["x", "y", "whole"])


def test_invalid_elements_of_arrays_are_counted(frame: DataFrame) -> None:
    bad = (
        F.when(F.col("id") == 0, None)
        .when(F.col("id") < 3, F.array(F.lit(1.0), F.lit(None).cast("double")))
        .when(F.col("id") == 3, F.array(F.lit(1.0), F.lit(float("nan"))))
        .when(F.col("id") < 6, F.array(F.lit(float("inf")), F.lit(0.0)))
        .otherwise(F.col("items"))
    )
    words = ["'items': 3 null, 1 NaN, 2 infinite", "handleInvalid='skip'"]
    refuses(frame.withColumn("items", bad), InvalidDataError, *words, featuresCol="items")


def test_null_vectors_are_counted_as_features_and_may_be_inherited(frame: DataFrame) -> None:
    """Spark's own vector_to_array fails for null vectors."""
    holed = frame.withColumn("vector", F.when(F.col("id") % 9 != 3, array_to_vector("items")))
    refuses(holed, InvalidDataError, "'vector': 5 null", "handleInvalid='skip'", featuresCol="vector")
    sampler = SMOTE(**INPUTS, shrinkK=True, inheritCols=["vector"], syntheticCol="made")
    vectors = sampler.resample(holed).filter("made").select("vector").collect()
    assert {row["vector"] is None for row in vectors} == {True, False}


@pytest.mark.parametrize("kind", ["string", "double"])
def test_null_labels_are_counted(frame: DataFrame, kind: str) -> None:
    label = F.when(F.col("id") % 2 == 0, 1).otherwise(0).cast(kind)
    holes = F.lit(float("nan")) if kind == "double" else F.lit(None).cast(kind)
    holed = frame.withColumn("label", F.when(F.col("id") < 5, holes).otherwise(label))
    refuses(holed, InvalidDataError, "labelCol", "'label'", "5 rows", "handleInvalid='skip'", **INPUTS)


def test_a_label_that_is_null_everywhere_is_no_label(frame: DataFrame) -> None:
    nulls = frame.withColumn("label", F.lit(None).cast("string"))
    refuses(nulls, ClassError, "'label'", "null in every row", **INPUTS, handleInvalid="skip")


@pytest.mark.parametrize("skip", [False, True])
def test_vectors_of_mixed_length(frame: DataFrame, skip: bool) -> None:
    mixed = frame.withColumn("v", array_to_vector(F.array_repeat(F.lit(1.0), (F.col("id") % 3 + 2).cast("int"))))
    words = ["featuresCol", "'v'", "2 to 4 elements"]
    refuses(mixed, InvalidDataError, *words, featuresCol="v", handleInvalid="skip" if skip else "error")


def test_empty_vectors(frame: DataFrame) -> None:
    empty = frame.withColumn("v", F.array().cast("array<double>"))
    refuses(empty, InvalidDataError, "featuresCol", "'v'", "empty", featuresCol="v", inheritCols=[])


def test_a_continuous_label(spark: SparkSession) -> None:
    rows = spark.range(10_050).selectExpr("id / 3 AS label", "double(id) AS x", "double(id) AS y")
    refuses(rows, ClassError, "labelCol", "'label'", "10000 distinct values", "Continuous", **INPUTS)


@pytest.mark.parametrize("kind", ["struct<v:int>", "map<string,int>", "binary", "interval day"])
def test_features_of_other_types(spark: SparkSession, kind: str) -> None:
    typed = spark.createDataFrame([], "label string").withColumn("z", F.lit(None).cast(kind))
    refuses(typed, ColumnError, "inputCols", "'z'", "numeric, boolean, date or timestamp", inputCols=["z"])


def test_a_frame_without_columns_to_suggest(spark: SparkSession) -> None:
    schema = StructType([StructField("a.b", DoubleType()), StructField("label", StringType())])
    refuses(spark.createDataFrame([], schema), ColumnError, "'a.c'", "did you mean 'a.b'", inputCols=["a.c"])


def test_a_plan_carries_its_layout_and_refuses_other_columns(frame: DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    sampler = SMOTE(kNeighbors=2, **INPUTS)
    plan = sampler.plan(frame)
    monkeypatch.setattr(SMOTE, "layout", None)
    assert sampler.resample(frame, plan).schema == frame.schema
    with pytest.raises(
        ColumnError,
        match=r"made for .* with column 'text', string; here it is 'items', array<double>: plan",
    ):
        sampler.resample(frame.drop("text"), plan)
    other = frame.withColumn("x", F.col("x").cast("float"))
    with pytest.raises(ColumnError, match="with column 'x', double; here it is 'x', float: plan this one"):
        sampler.resample(other, plan)
    sampler.set(sampler.kNeighbors, 0)
    with pytest.raises(ParameterError, match="kNeighbors must be an integer of 1 or more, not 0"):
        sampler.resample(frame, plan)
