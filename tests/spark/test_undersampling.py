"""Under-samplers keep the wanted number of rows, whole and unchanged, and the same rows for any partitions."""

from __future__ import annotations

from typing import Any

import imblearn.under_sampling
import numpy as np
import pandas as pd
import pyspark
import pytest
from awkward import LABEL, awkward_frame
from frames import clustered, columns, labels_of, multiset, numbered, spark_frame
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F
from sessions import CASE_SENSITIVE, configured

from spark_smote import NearMiss, RandomUnderSampler
from spark_smote.errors import ClassError, InvalidDataError, ParameterError, StrategyError, TooFewRowsError
from spark_smote.search import lsh, settings
from spark_smote.spark import draw, removal

on_classic = pytest.mark.classic("the draws do not depend on the mode")
COUNTS = {0: 500, 1: 220, 2: 60}


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    labels = np.repeat(list(COUNTS), list(COUNTS.values()))
    return numbered(clustered(len(labels), 3, seed=4) + 0.5 * labels[:, None], labels.tolist())


@pytest.fixture(scope="module")
def frame(spark: SparkSession, data: pd.DataFrame) -> DataFrame:
    return spark_frame(spark, data).cache()


UNHASHED = {
    "variant": "parse_json('[1]')",
    "variants": "array(parse_json('1'), NULL)",
    "nested": "named_struct('a.b', map('k', array(parse_json('1'))), 'c', 1)",
    "geometry": "ST_GeomFromWKB(X'0101000000000000000000F03F0000000000000040')",
    "geographies": "array(ST_GeogFromWKB(X'0101000000000000000000F03F0000000000000040'))",
}
"""Values that Spark does not hash or write as JSON, of types that not every Spark has."""


@pytest.mark.skipif(pyspark.__version__ < "4", reason="Spark 3.5 hashes all but maps")
@pytest.mark.classic("the types are known to Spark alone")
def test_columns_that_spark_does_not_hash_pass_through(spark: SparkSession) -> None:
    frame = spark.range(30).selectExpr("double(id % 2) AS x", "id < 10 AS label")
    for name, value in UNHASHED.items():
        if pyspark.__version__ >= "4.3" or "geo" not in name:
            frame = frame.selectExpr("*", f"if(x >= 0, {value}, NULL) AS {name}")
    for sampler in (RandomUnderSampler(), NearMiss(inputCols=["x"])):
        found = sampler.resample(frame)
        assert found.schema == frame.schema
        assert found.groupBy("label").count().selectExpr("collect_list(count)").collect()[0][0] == [10, 10]


def ids(frame: DataFrame) -> list[int]:
    return sorted(row["id"] for row in frame.select("id").collect())


@pytest.mark.parametrize(
    ("strategy", "left"),
    [
        ("auto", {0: 60, 1: 60, 2: 60}),
        pytest.param("majority", {0: 60, 1: 220, 2: 60}, marks=on_classic),
        pytest.param("not majority", {0: 500, 1: 60, 2: 60}, marks=on_classic),
        ({0: 499, 2: 0}, {0: 499, 1: 220}),
        pytest.param({1: 1}, {0: 500, 1: 1, 2: 60}, marks=on_classic),
        pytest.param(lambda counts: {0: counts[1]}, {0: 220, 1: 220, 2: 60}, marks=on_classic),
        pytest.param({}, COUNTS, marks=on_classic),
    ],
)
def test_counts_are_exact_and_rows_are_the_inputs(frame: DataFrame, strategy: Any, left: dict[int, int]) -> None:
    sampler = RandomUnderSampler(samplingStrategy=strategy, seed=3)
    plan = sampler.plan(frame)
    kept = sampler.resample(frame, plan).collect()
    assert labels_of(kept) == left
    assert multiset(kept) <= multiset(frame.collect())
    assert {c.label: c.total for c in plan.classes if c.total} == left


def test_ratio_for_two_classes(spark: SparkSession) -> None:
    frame = spark.range(1000).selectExpr("id", "id % 10 = 0 AS label")
    left = RandomUnderSampler(samplingStrategy=0.3).resample(frame).collect()
    assert labels_of(left) == {True: 100, False: 333}


@on_classic
@pytest.mark.parametrize("equal", [False, True])
def test_same_rows_for_any_partitions_other_rows_for_another_seed(
    spark: SparkSession, data: pd.DataFrame, equal: bool
) -> None:
    rows = data.assign(x0=data["x0"].round() + 0.0, x1=0.0, x2=0.0, id=0) if equal else data
    frame, sampler = spark_frame(spark, rows), RandomUnderSampler(seed=3)
    kept = multiset(sampler.resample(frame).collect())
    shuffled = spark_frame(spark, rows.sample(frac=1.0, random_state=1)).repartition(7)
    assert multiset(sampler.resample(shuffled).collect()) == kept
    assert multiset(RandomUnderSampler(seed=4).resample(frame).collect()) != kept


@pytest.mark.classic("the draws do not depend on the mode")
@pytest.mark.parametrize("equal", [False, True])
def test_with_replacement_counts_are_exact_and_some_rows_come_several_times(
    spark: SparkSession, data: pd.DataFrame, monkeypatch: pytest.MonkeyPatch, equal: bool
) -> None:
    rows = data.assign(x0=data["x0"].round() + 0.0, x1=0.0, x2=0.0, id=0) if equal else data
    frame, sampler = spark_frame(spark, rows), RandomUnderSampler(replacement=True, samplingStrategy={0: 400}, seed=3)
    output, before = sampler.resample(frame).collect(), frame.collect()
    (left, drawn), (there, present) = (
        [[row for row in one if (row.label == 0) == first] for first in (False, True)] for one in (output, before)
    )
    assert multiset(left) == multiset(there)
    kept, times = multiset(output), multiset(drawn)
    assert len(drawn) == 400 and times.keys() <= multiset(present).keys()
    # Of 500 rows 1 - exp(-0.8) are drawn at least once.
    assert equal or (245 < len(times) < 305 and max(times.values()) > 2)
    monkeypatch.setattr(draw, "_RANGE_ROWS", 16)
    assert multiset(sampler.resample(frame.repartition(7)).collect()) == kept, "also when cut into ranges of hashes"
    assert multiset(sampler.copy().setSeed(4).resample(frame).collect()) != kept


@on_classic
def test_equal_rows_are_drawn_one_by_one(spark: SparkSession) -> None:
    """Every value keeps about its share, although all rows of a value are equal in all columns."""
    frame = (
        spark.range(40_000)
        .selectExpr("CAST(id % 20 AS INT) AS value", "id % 10 = 0 AS label")
        .filter("NOT label OR value = 0")
    )
    left = RandomUnderSampler(seed=1).resample(frame).filter("NOT label").groupBy("value").count().collect()
    counts = [row["count"] for row in left]
    assert len(counts) == 18
    assert sum(counts) == 2000
    # Each count is binomial: 2,000 of 36,000 rows, 2,000 of each value.
    assert 60 < min(counts) <= max(counts) < 170


@pytest.mark.long
@on_classic
def test_a_million_equal_rows(spark: SparkSession) -> None:
    frame = spark.range(1_000_000).selectExpr("id % 1000 = 0 AS label")
    assert labels_of(RandomUnderSampler().resample(frame).collect()) == {True: 1000, False: 1000}


@on_classic
def test_every_draw_is_as_likely(spark: SparkSession) -> None:
    frame = spark.range(2000).selectExpr("id", "id % 4 = 0 AS label")
    times = np.zeros(2000)
    for seed in range(6):
        times[ids(RandomUnderSampler(seed=seed).resample(frame).filter("NOT label"))] += 1
    drawn = times[np.arange(2000) % 4 != 0]
    assert drawn.mean() == pytest.approx(2.0)
    assert drawn.var() == pytest.approx(6 / 3 * 2 / 3, rel=0.15)


def test_schema_is_the_inputs_and_null_labels_stay(spark: SparkSession) -> None:
    with configured(spark, CASE_SENSITIVE):
        frame = awkward_frame(spark, nullable=False)
        left = RandomUnderSampler(labelCol=LABEL).resample(frame)
        assert left.schema == frame.schema
        before, after = multiset(frame.collect()), multiset(left.collect())
        assert after <= before
        assert after.total() < before.total()
    some = spark.range(100).selectExpr("id", "CASE WHEN id >= 10 THEN id >= 30 END AS label")
    with pytest.raises(InvalidDataError, match="10 rows"):
        RandomUnderSampler().resample(some)
    skipped = RandomUnderSampler(handleInvalid="skip").resample(some).collect()
    assert labels_of(skipped) == {None: 10, False: 20, True: 20}


@pytest.mark.parametrize(
    ("params", "error", "words"),
    [
        ({"samplingStrategy": "minority"}, ParameterError, ["'minority'", "'majority'"]),
        ({"samplingStrategy": {0: -1}}, ParameterError, ["class 0", "0 or more", "-1"]),
        ({"samplingStrategy": {0: 501}}, StrategyError, ["class 0 has 500 rows", "501"]),
        ({"samplingStrategy": {7: 1}}, StrategyError, ["unknown class 7"]),
        ({"samplingStrategy": 0.5}, StrategyError, ["two classes", "3"]),
        ({"inputCols": ["x0"]}, ParameterError, ["no parameter 'inputCols'"]),
    ],
)
def test_mistakes_are_named(frame: DataFrame, params: dict[str, Any], error: type[Exception], words: list[str]) -> None:
    with pytest.raises(error) as raised:
        RandomUnderSampler(**params).resample(frame)
    for word in words:
        assert word in str(raised.value)


def test_one_class_is_refused(spark: SparkSession) -> None:
    with pytest.raises(ClassError, match="two classes"):
        RandomUnderSampler().resample(spark.range(5).selectExpr("id", "1 AS label"))


@on_classic
@pytest.mark.parametrize("version", [1, pytest.param(3, marks=pytest.mark.long)])
def test_near_miss_by_lsh_keeps_nearly_the_same_rows_and_knows_its_recall(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch, version: int
) -> None:
    labels = np.repeat([0, 1], [1500, 700])
    frame = spark_frame(spark, numbered(clustered(2200, 3, seed=4) + 0.5 * labels[:, None], labels.tolist()))
    sampler = NearMiss(inputCols=columns(3), version=version, samplingStrategy={0: 300})
    exact = ids(sampler.resample(frame))
    monkeypatch.setattr(settings, "EXACT_PAIRS", 0)
    monkeypatch.setattr(lsh, "_CELL_ROWS", (150, 150))
    plan = sampler.plan(frame)
    ours = ids(sampler.resample(frame, plan))
    assert len(ours) == len(exact) == 1000
    assert len(set(ours) ^ set(exact)) <= 60
    assert plan.classes[0].surroundings == "lsh"
    assert 0.9 < (plan.classes[0].surroundings_recall or 0) <= 1
    assert ids(sampler.resample(frame.repartition(5))) == ours


@on_classic
@pytest.mark.parametrize(
    ("version", "strategy", "k", "fetched"),
    [
        (1, "auto", 3, 999),
        (2, "auto", 3, 999),
        (2, {0: 40, 1: 77}, 5, 1),
        (3, "majority", 1, 999),
        (3, {0: 40, 1: 77}, 5, 1),
    ],
    ids=str,
)
def test_near_miss_keeps_the_references_rows(
    monkeypatch: pytest.MonkeyPatch,
    frame: DataFrame,
    data: pd.DataFrame,
    version: int,
    strategy: Any,
    k: int,
    fetched: int,
) -> None:
    monkeypatch.setattr(removal, "MOST_FETCHED", fetched)
    x, labels = data[columns(3)].to_numpy(), data["label"].to_numpy()
    theirs = imblearn.under_sampling.NearMiss(
        sampling_strategy=strategy, version=version, n_neighbors=k, n_neighbors_ver3=4
    )
    theirs.fit_resample(x, labels)
    ours = NearMiss(inputCols=columns(3), samplingStrategy=strategy, version=version, nNeighbors=k, nNeighborsVer3=4)
    plan = ours.plan(frame)
    assert ids(ours.resample(frame, plan)) == sorted(theirs.sample_indices_.tolist())
    assert sum(c.total for c in plan.classes) == len(theirs.sample_indices_)


@pytest.mark.classic("the draws do not depend on the mode")
def test_near_miss_takes_equal_rows_in_part_and_the_same_everywhere(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    x = np.array([[0.0, 0.0]] * 4 + [[1.0, 0.0]] * 30 + [[2.0, 0.0]] * 30)
    rows = numbered(x, [1] * 4 + [0] * 60)
    sampler = NearMiss(inputCols=columns(2), samplingStrategy={0: 37}, nNeighbors=2)
    kept = sampler.resample(spark_frame(spark, rows)).collect()
    assert sorted(row["x0"] for row in kept) == [0.0] * 4 + [1.0] * 30 + [2.0] * 7
    shuffled = spark_frame(spark, rows.sample(frac=1.0, random_state=1)).repartition(5)
    assert multiset(sampler.resample(shuffled).collect()) == multiset(kept)
    monkeypatch.setattr(removal, "MOST_FETCHED", 1)
    assert multiset(sampler.resample(shuffled).collect()) == multiset(kept), "also where the driver sees no keys"


def test_near_miss_reports_when_it_keeps_too_few(frame: DataFrame) -> None:
    sampler = NearMiss(inputCols=columns(3), version=3, nNeighborsVer3=1, samplingStrategy={0: 400})
    with pytest.warns(UserWarning, match=r"class 0 keeps \d+ rows, not 400.*raise nNeighborsVer3") as warned:
        plan = sampler.plan(frame)
    assert {one.filename for one in warned if one.category is UserWarning} == {__file__}
    assert labels_of(sampler.resample(frame, plan).collect())[0] == plan.classes[0].total < 400


def test_near_miss_keeps_invalid_rows(spark: SparkSession, data: pd.DataFrame) -> None:
    frame = spark_frame(spark, data).withColumn("x0", F.expr("CASE WHEN id < 7 THEN double('NaN') ELSE x0 END"))
    sampler = NearMiss(inputCols=columns(3), handleInvalid="skip")
    kept: list[Row] = sampler.resample(frame).collect()
    assert labels_of(kept) == {0: 60, 1: 60, 2: 60}
    assert set(range(7)) <= {row["id"] for row in kept}
    with pytest.raises(InvalidDataError, match=r"shall keep 3 rows.* 7 with a null"):
        sampler.setParams(samplingStrategy={0: 3}).resample(frame)


@pytest.mark.parametrize(
    ("params", "error", "words"),
    [
        ({"version": 4}, ParameterError, ["version", "4", "1, 2 or 3"]),
        ({"nNeighbors": 61}, TooFewRowsError, ["class 2", "60 usable rows", "nNeighbors=61"]),
        ({"nNeighborsVer3": 221, "version": 3}, TooFewRowsError, ["class 1", "220 usable rows", "nNeighborsVer3=221"]),
    ],
)
def test_mistakes_with_near_miss_are_named(
    frame: DataFrame, params: dict[str, Any], error: type[Exception], words: list[str]
) -> None:
    with pytest.raises(error) as raised:
        NearMiss(inputCols=columns(3), **params).resample(frame)
    for word in words:
        assert word in str(raised.value)
