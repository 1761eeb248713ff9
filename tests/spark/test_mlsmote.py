"""MLSMOTE on Spark: exact counts by label, schema and originals, labels by vote, and bad input."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from frames import multiset
from pyspark.ml.functions import array_to_vector
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from sklearn.neighbors import NearestNeighbors

from spark_smote import MLSMOTE, Plan
from spark_smote.errors import (
    ClassError,
    ColumnError,
    InvalidDataError,
    ParameterError,
    SparkSmoteError,
    StrategyError,
    TooFewRowsError,
)

NUMBERS = ["x.0", "x1"]
NAMES = ("a", "b", "c", "never")
FORMS: dict[str, Any] = {"array": "labels", "vector": "vector", "columns": list(NAMES)}
CLASSIC = pytest.mark.classic("the others run on Connect")
TRACED = {"idCol": "id", "provenanceCol": "origin", "syntheticCol": "made"}


@pytest.fixture(scope="module")
def frame(spark: SparkSession) -> DataFrame:
    """300 rows: 'a' frequent, 'b' in 60 rows, 'c' in 15, 8 of them with 'b'; some rows without labels."""
    rng = np.random.default_rng(5)
    rows = []
    for place in range(300):
        labels = ["a"] * (place % 5 != 0) + ["b"] * (22 <= place < 82) + ["c"] * (15 <= place < 30)
        rows.append((place, *map(float, rng.normal(size=2)), labels))
    plain = spark.createDataFrame(rows, "id bigint, `x.0` double, x1 double, labels array<string>")
    marks = {name: F.array_contains("labels", name) for name in NAMES}
    vector = array_to_vector(F.array(*(mark.cast("double") for mark in marks.values()))).alias("vector")
    kinds = dict(zip(NAMES, ("int", "boolean", "float", "bigint"), strict=True))
    columns = (mark.cast(kinds[name]).alias(name) for name, mark in marks.items())
    features = array_to_vector(F.array("`x.0`", "x1")).alias("features")
    return plain.select("*", vector, *columns, features).withMetadata("x1", {"unit": "m"})


def labels_of(row: Any, form: str) -> set[str]:
    if form == "array":
        return set(row["labels"])
    return {name for place, name in enumerate(NAMES) if (row["vector"][place] if form == "vector" else row[name])}


@pytest.mark.parametrize(
    "form", ["array", pytest.param("vector", marks=CLASSIC), pytest.param("columns", marks=CLASSIC)]
)
def test_counts_originals_schema_and_votes(frame: DataFrame, form: str) -> None:
    given = [*NUMBERS, *(FORMS[form] if form == "columns" else [FORMS[form]])]
    sampler = MLSMOTE(inputCols=NUMBERS, labelCol=FORMS[form], kNeighbors=4, seed=3, inheritCols=[], **TRACED)
    plan = sampler.plan(frame)
    # IRLbl: a 1, b 4, c 16: only c is above the mean.
    assert [(one.label, one.rows, one.to_synthesise) for one in plan.classes] == [
        (2 if form == "vector" else "c", 15, 15)
    ]
    result = sampler.resample(frame, plan)
    assert result.schema.fields[: len(frame.columns)] == frame.schema.fields
    rows = result.collect()
    made = [row for row in rows if row["made"]]
    before = frame.collect()
    assert multiset(row[: len(frame.columns)] for row in rows if not row["made"]) == multiset(row[:] for row in before)
    bag = [row for row in before if "c" in row["labels"]]
    near = NearestNeighbors(n_neighbors=4).fit([[row[name] for name in NUMBERS] for row in bag])
    places = {row["id"]: place for place, row in enumerate(bag)}
    neighbours = near.kneighbors(return_distance=False)
    assert Counter(row["origin"]["seed"] for row in made) == Counter(list(places))
    for row in made:
        of = neighbours[places[row["origin"]["seed"]]]
        assert places[row["origin"]["neighbour"]] in of
        votes = Counter(label for one in [places[row["origin"]["seed"]], *of] for label in bag[one]["labels"])
        assert labels_of(row, form) == {label for label, rows in votes.items() if rows >= 5 / 2}
        assert all(row[name] is None for name in frame.columns if name not in given)
    again = MLSMOTE(inputCols=NUMBERS, labelCol=FORMS[form], kNeighbors=4, seed=3, inheritCols=[], **TRACED)
    assert multiset(again.resample(frame.repartition(7)).collect()) == multiset(rows)


@pytest.mark.parametrize("search", ["exact", pytest.param("lsh", marks=CLASSIC)])
def test_targets_are_exact_for_labels_in_one_row_together(frame: DataFrame, tmp_path: Any, search: str) -> None:
    sampler = MLSMOTE(
        featuresCol="features",
        labels="union",
        samplingStrategy={"c": 31, "b": 1.5, "a": 0},
        standardization=True,
        neighborSearch=search,
        **TRACED,
    )
    plan = sampler.plan(frame)
    assert {one.label: (one.rows, one.to_synthesise, one.search) for one in plan.classes} == {
        "b": (60, 90, search),
        "c": (15, 31, search),
    }
    plan.save(tmp_path / "plan")
    rows = sampler.resample(frame, Plan.load(tmp_path / "plan")).collect()
    made = [row for row in rows if row["made"]]
    assert len(made) == 121 and len(rows) == 421
    assert sum("c" in row["labels"] for row in made) >= 31 and sum("b" in row["labels"] for row in made) >= 90
    assert multiset(rows) == multiset(sampler.resample(frame, plan).collect())
    with pytest.raises(ColumnError, match="the plan was made for a DataFrame with column"):
        sampler.resample(frame.drop("x1"), plan)


def test_rows_that_take_no_part_stay(frame: DataFrame) -> None:
    broken = frame.withColumn("x1", F.when(F.col("id") != 16, F.col("x1"))).withColumn(
        "labels", F.when(F.col("id") != 17, F.col("labels"))
    )
    sampler = MLSMOTE(inputCols=NUMBERS, handleInvalid="skip", standardization=True, syntheticCol="made")
    rows = sampler.resample(broken).collect()
    assert multiset(row[:-1] for row in rows if not row["made"]) == multiset(row[:] for row in broken.collect())
    assert sum(row["made"] for row in rows) == 13
    with pytest.raises(InvalidDataError, match="column 'labels' is null, or has a null label, in 1 rows"):
        MLSMOTE(inputCols=NUMBERS).plan(broken)
    with pytest.raises(InvalidDataError, match="'x1': 1 null"):
        MLSMOTE(inputCols=NUMBERS, labelCol=list(NAMES)).plan(broken)


@CLASSIC
def test_labels_of_groups_with_too_few_rows_are_treated(frame: DataFrame, tmp_path: Any) -> None:
    """Label 'c' has 7 rows in one half of the frame and 8 in the other."""
    halves = frame.withColumn("half", F.col("id") % 2)
    given = {"featuresCol": "features", "labelCol": "vector", "kNeighbors": 7, "groupCols": ["half"], **TRACED}
    with pytest.raises(TooFewRowsError, match=r"class '2' of group '0' has 7 rows, too few for kNeighbors=7.*tooFew"):
        MLSMOTE(**given).plan(halves)
    before = {row["id"]: row for row in halves.collect()}
    for few, told, wanted in (("leave", "1 left as they are", {1: 8}), ("copy", "1 copied", {0: 7, 1: 8})):
        sampler = MLSMOTE(tooFew=few, **given)
        plan = sampler.plan(halves)
        assert f"2 of 150 to 150 rows; {len(wanted)} change" in str(plan) and told in str(plan)
        plan.save(tmp_path / few)
        made = sampler.resample(halves, Plan.load(tmp_path / few)).filter("made").collect()
        assert Counter(row["half"] for row in made) == wanted
        for row in made:
            seed, neighbour = (before[row["origin"][end]] for end in ("seed", "neighbour"))
            assert seed["half"] == neighbour["half"] == row["half"]
            if row["half"] == 0:
                assert (row["features"], row["vector"]) == (seed["features"], seed["vector"])
    # Of no use, and so no class, but a rare label of its group.
    broken = halves.withColumn(
        "features", F.when((F.col("half") == 0) | ~F.array_contains("labels", "c"), F.col("features"))
    )
    skipping = {**given, "kNeighbors": 3, "handleInvalid": "skip"}
    with pytest.raises(
        TooFewRowsError, match="label 2 of group '1' is in no row whose features are all known; set too"
    ):
        MLSMOTE(**skipping).plan(broken)
    plan = MLSMOTE(tooFew="leave", **skipping).plan(broken)
    assert "1 left as they are" in str(plan) and sum(one.to_synthesise for one in plan.classes) == 7


@CLASSIC
def test_a_label_asked_for_grows_in_the_groups_that_have_it(frame: DataFrame) -> None:
    thirds = frame.withColumn("third", F.expr("IF(id < 30, 'c', IF(id < 100, 'b', 'a'))"))
    sampler = MLSMOTE(inputCols=NUMBERS, samplingStrategy={"c": 4, "b": 0.5}, groupCols=["third"], **TRACED)
    plan = sampler.plan(thirds)
    # 'b' has 8 rows in the first group and 52 in the second.
    assert [(one.label, one.rows, one.to_synthesise) for one in plan.classes] == [("b", 60, 30), ("c", 15, 4)]
    made = sampler.resample(thirds, plan).filter("made").groupBy("third").count().collect()
    assert dict(map(tuple, made)) == {"c": 8, "b": 26}
    assert "groups: 3 of 30 to 200 rows; 2 change, 1 of one class only are left" in str(plan)
    with pytest.raises(StrategyError, match="no row has the label 'd'; the labels are 'a', 'b', 'c'"):
        sampler.setSamplingStrategy({"d": 3}).plan(thirds)


def test_nothing_is_made_where_no_label_is_rare(frame: DataFrame) -> None:
    alike = frame.select(*(F.col(f"`{name}`") for name in NUMBERS), F.array(F.lit(1), F.lit(2)).alias("labels"))
    sampler = MLSMOTE(inputCols=NUMBERS)
    plan = sampler.plan(alike)
    assert plan.notes == ("nothing to do: no label has IRLbl above MeanIR",)
    assert multiset(sampler.resample(alike, plan).collect()) == multiset(alike.collect())


@pytest.mark.parametrize(
    ("params", "error", "told"),
    [
        ({"labelCol": "id"}, ColumnError, "labelCol: column 'id' has type bigint"),
        ({"labelCol": ["a", "x1"], "samplingStrategy": {"a": 1}}, SparkSmoteError, "x1"),
        ({"samplingStrategy": {"d": 3}}, StrategyError, "no row has the label 'd'; the labels are 'a', 'b', 'c'"),
        ({"samplingStrategy": {"c": 3}, "kNeighbors": 15}, TooFewRowsError, "has 15 rows, too few for kNeighbors=15"),
        ({"labelCol": ["never"]}, ClassError, "no row has a label"),
    ],
)
def test_bad_input_is_named(frame: DataFrame, params: dict[str, Any], error: type[Exception], told: str) -> None:
    with pytest.raises(error, match=told):
        MLSMOTE(inputCols=NUMBERS, **params).plan(frame)


@pytest.mark.parametrize("strategy", [0.0, -1.0, 3, "minority", {"a": -1}, {"a": "auto"}, {"a": True}])
def test_strategies_that_are_wrong_whatever_the_data(strategy: Any) -> None:
    with pytest.raises(ParameterError, match="samplingStrategy"):
        MLSMOTE(samplingStrategy=strategy)
