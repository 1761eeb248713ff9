"""Samples of rows for pictures, from real frames."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from frames import clustered, numbered, spark_frame
from pyspark.ml.feature import VectorAssembler
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from spark_smote import (
    SMOTE,
    SMOTEENN,
    SMOTENC,
    BorderlineSMOTE,
    Chain,
    RandomOverSampler,
    RandomUnderSampler,
    TomekLinks,
    plots,
)
from spark_smote.core import resampler
from spark_smote.errors import ColumnError, ParameterError, StrategyError

COUNTS = {"ok": 300, "fraud": 60, "theft": 40}


@pytest.fixture(scope="module")
def frame(spark: SparkSession) -> DataFrame:
    """Without an id; odd names, and a column that cannot be null and is no feature."""
    labels = [label for label, rows in COUNTS.items() for _ in range(rows)]
    plain = spark_frame(spark, numbered(clustered(len(labels), 2, seed=3), labels), "string")
    return plain.selectExpr(
        "label AS `numbers`",
        "x0 AS `a.b`",
        "CAST(round(x1 * 100) AS int) AS `synthetic`",
        "timestamp_seconds(86400L * id) AS since",
        "concat('k', id % 3) AS kind",
        "coalesce(id, 0L) AS batch",
    )


def smote(**params: Any) -> SMOTE:
    given = {"inputCols": ["a.b", "synthetic", "since"], "labelCol": "numbers", "inheritCols": ["batch"], "seed": 5}
    return SMOTE(**{**given, **params})


@pytest.fixture(scope="module")
def whole(frame: DataFrame) -> plots.Sample:
    return plots.sample(smote(), frame)


def test_a_small_frame_is_sampled_whole(frame: DataFrame, whole: plots.Sample) -> None:
    assert whole.numbers == ("a.b", "synthetic", "since")
    assert whole.dates == (False, False, True)
    assert [(one.label, one.rows, one.made) for one in whole.classes] == [("theft", 40, 260), ("fraud", 60, 240)]
    assert len(whole.others) == COUNTS["ok"]
    shown = ("numbers", "a.b", "synthetic", "since")
    made = smote(syntheticCol="made").resample(frame)
    rows = made.selectExpr("numbers", "made", "`a.b`", "1.0D * synthetic", "unix_micros(since) / 86400e6").collect()
    for one in whole.classes:
        for flag, part in ((False, one.real), (True, one.synthetic)):
            expected = sorted(tuple(row[2:]) for row in rows if row[0] == one.label and row[1] == flag)
            np.testing.assert_allclose(sorted(map(tuple, part)), expected, rtol=1e-12, err_msg=str(shown))


def test_each_synthetic_row_comes_with_its_seed_and_neighbour(whole: plots.Sample) -> None:
    for one in whole.classes:
        real = set(map(tuple, one.real))
        assert {*map(tuple, one.seeds), *map(tuple, one.neighbours)} <= real
        gap = (one.synthetic[:, 0] - one.seeds[:, 0]) / (one.neighbours[:, 0] - one.seeds[:, 0])
        assert ((gap >= 0) & (gap < 1)).all()
        there = one.seeds[:, 2] + gap * (one.neighbours[:, 2] - one.seeds[:, 2])
        np.testing.assert_allclose(there, one.synthetic[:, 2], atol=1e-6)


def test_the_sample_of_many_rows_has_the_given_size_and_is_always_the_same(
    frame: DataFrame, whole: plots.Sample
) -> None:
    first = plots.sample(smote(), frame, rows=25, classes=["fraud"])
    again = plots.sample(smote(), frame.orderBy(F.desc("batch")).repartition(3), rows=25, classes=["fraud"])
    (one,) = first.classes
    assert [len(part) for part in (one.real, one.synthetic, first.others)] == [25, 25, 25]
    assert (one.rows, one.made) == (60, 240)
    every = whole.of("fraud")
    assert set(map(tuple, one.real)) < set(map(tuple, every.real))
    assert set(map(tuple, one.seeds)) < set(map(tuple, every.real))
    for mine, theirs in zip(vars(one).values(), vars(again.classes[0]).values(), strict=True):
        np.testing.assert_array_equal(mine, theirs)
    np.testing.assert_array_equal(first.others, again.others)


@pytest.mark.classic("the sample does not depend on the mode")
def test_equal_rows_are_sampled_one_by_one(spark: SparkSession) -> None:
    """Equal rows share a hash, but must not be drawn all or none."""
    rows = spark.range(2000).selectExpr("id < 500 AS rare", "CASE WHEN id % 10 = 0 THEN 1.0D * id ELSE -1.0D END AS x")
    with pytest.raises(ParameterError, match="copies whole rows, so there is nothing to show"):
        plots.sample(RandomOverSampler(labelCol="rare"), rows)
    found = plots.sample(RandomOverSampler(inputCols=["x"], labelCol="rare"), rows, rows=200)
    (one,) = found.classes
    for part in (one.real, found.others):
        assert len(part) == 200
        assert 160 < Counter(part[:, 0].tolist())[-1.0] < 195
    assert np.isnan(one.neighbours).all()


def test_vectors_with_names_and_categories(frame: DataFrame) -> None:
    vectors = VectorAssembler(inputCols=["a", "c"], outputCol="v").transform(
        frame.selectExpr("numbers = 'ok' AS fine", "`a.b` AS a", "synthetic AS c", "nullif(kind, 'k1') AS kind")
    )
    invalid = vectors.selectExpr("fine", "CASE WHEN a < 3 THEN v END AS v", "kind").withMetadata(
        "v", vectors.schema["v"].metadata
    )
    sampler = SMOTENC(featuresCol="v", categoricalCols=["kind"], labelCol="fine", handleInvalid="skip")
    found = plots.sample(sampler, invalid, rows=50)
    (one,) = found.classes
    assert 20 < one.rows < 100
    assert max(one.real[:, 0].max(), found.others[:, 0].max()) < 3
    assert found.numbers == ("a", "c")
    assert found.categories == ("kind",)
    assert {*one.real_categories.ravel()} == {"k0", "k2", None}
    assert {*one.synthetic_categories.ravel()} <= {"k0", "k2", None}
    kinds = [(each.feature, each.kind) for each in plots.distances(found)]
    assert kinds == [("a", "number"), ("c", "number"), ("kind", "category")]
    assert len(plots.gallery(found)) == 2


@pytest.mark.classic("the sample does not depend on the mode")
def test_the_sample_of_a_chain_is_that_of_its_over_sampler(frame: DataFrame) -> None:
    found = plots.sample(SMOTEENN(inputCols=["a.b"], labelCol="numbers", inheritCols=["batch"]), frame, rows=20)
    assert found.note == "Synthetic rows before EditedNearestNeighbours."


@pytest.mark.classic("the sample does not depend on the mode")
def test_with_a_plan_nothing_is_planned_again(frame: DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cleaned rows do not come; seeds are weighed as for the whole result."""
    rows = frame.selectExpr("numbers = 'ok' AS fine", "`a.b` AS x")
    chain = Chain(TomekLinks(), BorderlineSMOTE(mNeighbors=5, seed=1), inputCols=["x"], labelCol="fine")
    plan = chain.plan(rows)
    cleaned, weighed = (made.classes[0] for made in plan.execution)
    assert weighed.seeds < cleaned.rows
    monkeypatch.setattr(resampler, "take_survey", None)
    (one,) = plots.sample(chain, rows, rows=100, plan=plan).classes
    assert (one.rows, one.made) == (weighed.rows, weighed.to_synthesise)
    assert len(one.synthetic) == 100
    assert {*one.seeds[:, 0]} <= {*one.real[:, 0]}
    assert len({*one.seeds[:, 0]}) <= weighed.seeds
    with pytest.raises(ColumnError, match="the plan was made for a DataFrame with column 'fine'"):
        plots.sample(chain, rows.withColumnRenamed("fine", "ok"), plan=plan)


def test_mistakes_with_samples_are_reported(frame: DataFrame) -> None:
    fewer = RandomUnderSampler(labelCol="numbers")
    for error, message, call in (
        (ParameterError, "RandomUnderSampler makes no synthetic rows", lambda: plots.sample(fewer, frame)),
        (ParameterError, "df: with a sampler, give the DataFrame", lambda: plots.projection(smote())),
        (ParameterError, "rows must be an integer of 1 or more, not 0", lambda: plots.sample(smote(), frame, rows=0)),
        (ColumnError, "there is no column 'x'", lambda: plots.sample(smote(inputCols=["x"]), frame)),
        (StrategyError, "no class gets", lambda: plots.sample(smote(samplingStrategy={"theft": 40}), frame)),
        (
            ParameterError,
            "class 'ok' gets no synthetic rows; those that do: 'fraud', 'theft'",
            lambda: plots.sample(smote(), frame, classes=["ok"]),
        ),
    ):
        with pytest.raises(error, match=message):
            call()
