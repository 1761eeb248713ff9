"""SMOTEN, compared with the reference: the value difference metric over all rows, modes with the seed included."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import pytest
from frames import labels_of
from nominal import CATEGORIES, TRACE, frame_of, table, values_of
from pyspark.sql import DataFrame, Row, SparkSession

from spark_smote import SMOTEN
from spark_smote.errors import ColumnError
from spark_smote.samplers import smoten

K = 5
PARAMS: dict[str, Any] = {"categoricalCols": CATEGORIES, **TRACE}


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    return table()


@pytest.fixture(scope="module")
def frame(spark: SparkSession, data: pd.DataFrame) -> DataFrame:
    return frame_of(spark, data).cache()


@pytest.fixture(scope="module")
def resampled(frame: DataFrame) -> DataFrame:
    return SMOTEN(**PARAMS, seed=4, samplingStrategy={1: 700, 2: 600}).resample(frame).cache()


@pytest.fixture(scope="module")
def rows(resampled: DataFrame) -> list[Row]:
    return resampled.collect()


@pytest.mark.parametrize("label", [1, 2])
def test_categories_are_modes_of_the_seed_and_its_nearest(data: pd.DataFrame, rows: list[Row], label: int) -> None:
    """Many rows are equally near: a value counts as a mode if any choice among them makes it a mode."""
    metrics = pytest.importorskip("imblearn.metrics.pairwise")
    values = values_of(data)
    codes = np.stack([np.unique(column, return_inverse=True)[1] for column in values.T], axis=1)
    ids = np.flatnonzero(data["label"] == label)
    apart = np.round(metrics.ValueDifferenceMetric().fit(codes, data["label"].to_numpy()).pairwise(codes[ids]), 9)
    np.fill_diagonal(apart, -1.0)
    clear = 0
    for row in rows:
        if not row["made"] or row["label"] != label:
            continue
        distance = apart[np.searchsorted(ids, row["origin"]["seed"])]
        furthest = np.sort(distance)[K]
        sure, maybe = ids[distance < furthest], ids[distance == furthest]
        open_places = K + 1 - len(sure)
        clear += len(maybe) == open_places
        for index, name in enumerate(CATEGORIES):
            least, more = Counter(values[sure, index]), Counter(values[maybe, index])
            most = {value: least[value] + min(more[value], open_places) for value in {*least, *more}}
            assert most.get(repr(row[name]), 0) >= max(least.values())
            if len(maybe) == open_places:
                assert most[repr(row[name])] == max(most.values())
    assert clear > 50


def test_types_and_categories_are_the_inputs_and_numbers_are_not_used(
    data: pd.DataFrame, frame: DataFrame, resampled: DataFrame, rows: list[Row]
) -> None:
    assert resampled.schema.fields[: len(frame.columns)] == frame.schema.fields
    assert labels_of(rows) == {0: 500, 1: 700, 2: 600}
    made = [row for row in rows if row["made"]]
    for name in CATEGORIES:
        assert {repr(row[name]) for row in made} <= {repr(value) for value in data[name]}
    assert any(row["kind"] is None for row in made)
    assert {row["x0"] for row in made} == {None}
    assert {(row["origin"]["neighbour"], row["origin"]["gap"]) for row in made} == {(None, 0.0)}


def test_categories_are_as_frequent_as_those_of_the_reference(data: pd.DataFrame, rows: list[Row]) -> None:
    """The reference gives ties to the lowest category, so only columns of two or three categories are similar."""
    over_sampling = pytest.importorskip("imblearn.over_sampling")
    theirs = over_sampling.SMOTEN(sampling_strategy={1: 700, 2: 600}, random_state=1)
    found, label = theirs.fit_resample(values_of(data), data["label"])
    found, label = found[len(data) :], label[len(data) :]
    mine = [row for row in rows if row["made"] and row["label"] == 1]
    for index, name in enumerate(CATEGORIES):
        ours, reference = Counter(repr(row[name]) for row in mine), Counter(found[label == 1, index])
        shift = sum(abs(ours[v] / len(mine) - reference[v] / (label == 1).sum()) for v in {*ours, *reference}) / 2
        assert shift < 0.2, name


@pytest.mark.classic("distances do not depend on the mode")
def test_lsh_search_of_few_distinct_rows_and_of_many(spark: SparkSession) -> None:
    few = table({0: 300, 1: 1500}, seed=5)
    for columns in (["flag", "tiny"], CATEGORIES):
        sampler = SMOTEN(categoricalCols=columns, neighborSearch="lsh", cellRows=200, samplingStrategy={1: 3000})
        plan = sampler.plan(frame_of(spark, few))
        (found,) = (one for one in plan.classes if one.label == 1)
        assert found.search == "lsh" and found.recall is not None
        assert found.recall >= 0.95
        assert labels_of(sampler.resample(frame_of(spark, few), plan).collect()) == {0: 300, 1: 3000}


@pytest.mark.classic("SMOTENC sends as many categories on Connect")
def test_a_hundred_thousand_categories(spark: SparkSession) -> None:
    frame = spark.range(100_000).selectExpr(
        "CAST(id % 50 = 0 AS INT) AS label", "concat('level ', id) AS code", "id % 3 AS three"
    )
    sampler = SMOTEN(categoricalCols=["code", "three"], samplingStrategy={1: 6000}, syntheticCol="made")
    made = sampler.resample(frame).filter("made").collect()
    assert len(made) == 4000
    assert all(int(row["code"].removeprefix("level ")) % 50 == 0 for row in made)


@pytest.mark.parametrize("bound", ["MOST_LEVELS", "MOST_SHARES"])
def test_more_categories_than_tasks_can_hold(frame: DataFrame, monkeypatch: pytest.MonkeyPatch, bound: str) -> None:
    monkeypatch.setattr(smoten, bound, 10)
    with pytest.raises(ColumnError, match=r"categoricalCols: column '.*' has \d+ categories or more, too many"):
        SMOTEN(**PARAMS).plan(frame)
