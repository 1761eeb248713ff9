"""Columns that are no categories, and samplers without one kind of column, cause an error before any job."""

from __future__ import annotations

from typing import Any

import pytest
from nominal import CATEGORIES, NUMBERS
from pyspark.ml.functions import array_to_vector
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from refusals import refuses

from spark_smote import SMOTE, SMOTEN, SMOTENC
from spark_smote.core.over_sampler import OverSampler
from spark_smote.errors import ColumnError, InvalidDataError, ParameterError

WRONG = {
    "date": ("DATE '2024-01-01'", ["'date'", "list it in inputCols", "cast it to string"]),
    "timestamp": ("TIMESTAMP '2024-01-01'", ["timestamp", "inputCols"]),
    "array": ("array('a')", ["array<string>", "leave it out"]),
    "map": ("map('a', 1)", ["map<string,int>", "leave it out"]),
    "struct": ("struct(1)", ["struct<", "leave it out"]),
    "binary": ("CAST('a' AS BINARY)", ["binary", "cast it to string"]),
    "vector": (None, ["vector", "leave it out"]),
}


@pytest.fixture(scope="module")
def frame(spark: SparkSession) -> DataFrame:
    columns = [f"{value} AS {name}" for name, (value, _) in WRONG.items() if value]
    frame = spark.range(60).selectExpr("id", "id % 3 = 0 AS label", "double(id) AS x", "'a' AS kind", *columns)
    return frame.select("*", array_to_vector(F.array("x")).alias("vector"))


@pytest.mark.parametrize("name", WRONG)
def test_types_that_are_no_categories(frame: DataFrame, name: str) -> None:
    words = ["categoricalCols", f"'{name}'", *WRONG[name][1]]
    refuses(
        frame, ColumnError, *words, surveyed=False, sampler=SMOTENC, inputCols=["x"], categoricalCols=["kind", name]
    )
    refuses(frame, ColumnError, *words, surveyed=False, sampler=SMOTEN, categoricalCols=["kind", name])


@pytest.mark.parametrize(
    ("sampler", "params", "words"),
    [
        (SMOTENC, {"inputCols": ["x"]}, ["SMOTENC", "categoricalCols", "use SMOTE"]),
        (SMOTENC, {"inputCols": ["x"], "categoricalCols": []}, ["SMOTENC", "categoricalCols", "use SMOTE"]),
        (SMOTENC, {"categoricalCols": ["kind"]}, ["SMOTENC", "inputCols", "use SMOTEN"]),
        (SMOTENC, {"inputCols": [], "categoricalCols": ["kind"]}, ["SMOTENC", "inputCols", "use SMOTEN"]),
        (SMOTENC, {"inputCols": ["x", "kind"], "categoricalCols": ["kind"]}, ["'kind'", "string", "categoricalCols"]),
        (SMOTENC, {"inputCols": ["x", "id"], "categoricalCols": ["id"]}, ["'id'", "inputCols too", "one of them"]),
        (SMOTENC, {"inputCols": ["x"], "categoricalCols": ["kind", "kind"]}, ["'kind'", "listed twice"]),
        (SMOTENC, {"inputCols": ["x"], "categoricalCols": ["kin"]}, ["'kin'", "did you mean 'kind'"]),
        (SMOTENC, {"inputCols": ["x"], "categoricalCols": ["label"]}, ["'label'", "label and a feature"]),
        (
            SMOTENC,
            {"inputCols": ["x"], "categoricalCols": ["kind"], "inheritCols": ["kind"]},
            ["inheritCols", "'kind'", "a feature"],
        ),
        (SMOTEN, {}, ["SMOTEN", "categoricalCols", "use SMOTE"]),
        (SMOTEN, {"categoricalCols": ["kind"], "inputCols": ["x"]}, ["inputCols", "use SMOTENC"]),
        (SMOTEN, {"categoricalCols": ["kind"], "featuresCol": "vector"}, ["featuresCol", "use SMOTENC"]),
        (SMOTE, {"inputCols": ["x", "kind"]}, ["'kind'", "use SMOTENC", "categoricalCols"]),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else None if isinstance(value, list) else repr(value),
)
def test_columns_that_do_not_fit_the_sampler(
    frame: DataFrame, sampler: type[OverSampler], params: dict[str, Any], words: list[str]
) -> None:
    refuses(frame, ColumnError, *words, surveyed=False, sampler=sampler, **params)


def test_numbers_as_categories_must_be_whole(frame: DataFrame) -> None:
    """A double is a category where it is an index, as StringIndexer gives them; what is none is named and counted."""
    index = F.when(F.col("id") < 3, float("nan")).when(F.col("id") < 8, 0.5).when(F.col("id") < 10, float("inf"))
    broken = frame.select(
        "label", F.expr("nullif(x, -1) AS x"), "kind", index.otherwise(F.col("id") % 4).alias("index")
    )
    both: dict[type[OverSampler], dict[str, Any]] = {SMOTENC: {"inputCols": ["x"]}, SMOTEN: {}}
    for sampler, params in both.items():
        words = ["'index': 3 NaN, 7 not whole", "handleInvalid='skip'"]
        refuses(broken, InvalidDataError, *words, sampler=sampler, categoricalCols=["kind", "index"], **params)


def test_no_numbers_to_standardise(frame: DataFrame) -> None:
    words, params = ["standardization", "SMOTEN has no numbers"], {"categoricalCols": ["kind"], "standardization": True}
    refuses(frame, ParameterError, *words, surveyed=False, sampler=SMOTEN, **params)


def test_a_lone_parameter_value_is_no_list_of_columns(spark: SparkSession) -> None:
    with pytest.raises(ParameterError, match="categoricalCols"):
        SMOTENC(inputCols=NUMBERS, categoricalCols=CATEGORIES[0])
