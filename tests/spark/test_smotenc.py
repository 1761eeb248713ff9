"""SMOTENC, compared with the reference: median of deviations, mixed distance, segments and modes."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import pytest
from frames import Matrix, labels_of, multiset, traced
from nominal import (
    CATEGORIES,
    COUNTS,
    NUMBERS,
    TRACE,
    frame_of,
    most_frequent,
    nearest,
    table,
    values_of,
)
from numpy.typing import NDArray
from pyspark.ml.functions import array_to_vector
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F

from spark_smote import SMOTENC

on_classic = pytest.mark.classic("distances do not depend on the mode")
K = 5
EXACT: dict[str, Any] = {"inputCols": NUMBERS, "categoricalCols": CATEGORIES, "neighborSearch": "exact", **TRACE}


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    return table()


@pytest.fixture(scope="module")
def frame(spark: SparkSession, data: pd.DataFrame) -> DataFrame:
    return frame_of(spark, data).cache()


@pytest.fixture(scope="module")
def resampled(frame: DataFrame) -> DataFrame:
    return SMOTENC(**EXACT, seed=4, samplingStrategy={1: 1000, 2: 800}).resample(frame).cache()


@pytest.fixture(scope="module")
def rows(resampled: DataFrame) -> list[Row]:
    return resampled.collect()


def medians(data: pd.DataFrame, unit: Matrix | float = 1.0) -> dict[int, float]:
    """The median of deviations of each class, by imbalanced-learn."""
    over_sampling = pytest.importorskip("imblearn.over_sampling")
    scaled = (data[NUMBERS] / unit).assign(kind=data["kind"].astype(str))
    theirs = over_sampling.SMOTENC(categorical_features=["kind"], random_state=0)
    theirs.fit_resample(scaled, data["label"])
    return {int(label): float(median) for label, median in theirs.median_std_.items()}


def true_nearest(data: pd.DataFrame, label: int, unit: Matrix | float = 1.0) -> dict[int, NDArray[np.int64]]:
    ids = np.flatnonzero(data["label"] == label)
    numbers, values = (data[NUMBERS].to_numpy() / unit)[ids], values_of(data)[ids]
    mismatches = (values[:, None] != values).sum(axis=2)
    squares = ((numbers[:, None] - numbers) ** 2).sum(axis=2) + medians(data, unit)[label] ** 2 * mismatches
    return nearest(squares, ids, K)


@pytest.mark.parametrize("label", [1, 2])
def test_numbers_on_segments_to_true_neighbours_and_categories_their_modes(
    data: pd.DataFrame, rows: list[Row], label: int
) -> None:
    """With and without ties the mode is one of the most frequent among all k neighbours, without the seed."""
    x, values, near = data[NUMBERS].to_numpy(), values_of(data), true_nearest(data, label)
    mine = [row for row in rows if row["made"] and row["label"] == label]
    seeds, neighbours, gaps, made = traced(mine, len(NUMBERS))
    np.testing.assert_allclose(made, x[seeds] + gaps[:, None] * (x[neighbours] - x[seeds]), rtol=1e-12, atol=1e-12)
    assert all(b in near[a] for a, b in zip(seeds.tolist(), neighbours.tolist(), strict=True))
    best = {seed: [most_frequent(column) for column in values[ids].T] for seed, ids in near.items()}
    tied = 0
    for row, seed in zip(mine, seeds.tolist(), strict=True):
        for name, allowed in zip(CATEGORIES, best[seed], strict=True):
            assert repr(row[name]) in allowed
            tied += len(allowed) > 1
    assert tied > 100, "the tested rows must include ties"


def test_tied_categories_are_drawn_evenly(data: pd.DataFrame, rows: list[Row]) -> None:
    values, near = values_of(data), true_nearest(data, 2)
    drawn, expected = Counter[str](), Counter[str]()
    for row in rows:
        if row["made"] and row["label"] == 2:
            allowed = most_frequent(values[near[row["origin"]["seed"]], 0])
            if len(allowed) > 1:
                drawn[repr(row["kind"])] += 1
                expected.update({value: 1 / len(allowed) for value in allowed})
    spread = sum((drawn[value] - expected[value]) ** 2 / expected[value] for value in expected)
    assert spread < 20


def test_types_metadata_and_categories_are_the_inputs(
    data: pd.DataFrame, frame: DataFrame, resampled: DataFrame, rows: list[Row]
) -> None:
    assert resampled.schema.fields[: len(frame.columns)] == frame.schema.fields
    assert not resampled.schema["tiny"].nullable
    assert resampled.schema["kind"].metadata == {"unit": "none"}
    assert labels_of(rows) == {0: 500, 1: 1000, 2: 800}
    made = [row for row in rows if row["made"]]
    for name in CATEGORIES:
        for label in (1, 2):
            mine = {repr(value) for value in data[name][data["label"] == label]}
            assert {repr(row[name]) for row in made if row["label"] == label} <= mine
    assert any(row["kind"] is None for row in made)
    originals = [Row(*row[: len(frame.columns)]) for row in rows if not row["made"]]
    assert multiset(originals) == multiset(Row(*row) for row in frame.collect())


def test_categories_are_as_frequent_as_those_of_the_reference(data: pd.DataFrame, rows: list[Row]) -> None:
    over_sampling = pytest.importorskip("imblearn.over_sampling")
    text = data[NUMBERS].assign(**dict(zip(CATEGORIES, values_of(data).T, strict=True)))
    theirs = over_sampling.SMOTENC(CATEGORIES, sampling_strategy={1: 1000, 2: 800}, random_state=1)
    found, label = theirs.fit_resample(text, data["label"])
    found, label = found[len(data) :], label[len(data) :]
    for one in (1, 2):
        mine = [row for row in rows if row["made"] and row["label"] == one]
        for name in CATEGORIES:
            ours = Counter(repr(row[name]) for row in mine)
            reference = Counter(found[name][label == one])
            for value in {*ours, *reference}:
                assert abs(ours[value] / len(mine) - reference[value] / (label == one).sum()) < 0.08


@on_classic
def test_indices_are_categories_and_keep_their_labels(spark: SparkSession) -> None:
    """As StringIndexer gives them; null is a category, too."""
    frame = spark.range(60).selectExpr("double(id) AS x", "id < 20 AS label", "nullif(id % 5, 3) * 1D AS index")
    frame = frame.selectExpr("*", "CAST(index AS DECIMAL(9,2)) AS money").withMetadata("index", {"ml_attr": {"k": 1}})
    resampled = SMOTENC(inputCols=["x"], categoricalCols=["index", "money"], syntheticCol="made").resample(frame)
    assert resampled.schema.fields[:-1] == frame.schema.fields
    assert {row["index"] for row in resampled.filter("made").collect()} <= {None, 0.0, 1.0, 2.0, 4.0}


@on_classic
def test_standardization_measures_med_in_deviations_too(spark: SparkSession, data: pd.DataFrame) -> None:
    unit = data[NUMBERS].to_numpy().std(axis=0)
    sampler = SMOTENC(**EXACT, standardization=True, samplingStrategy={1: 270})
    rows = sampler.resample(frame_of(spark, data)).filter("made").collect()
    near, raw = true_nearest(data, 1, unit), true_nearest(data, 1)
    pairs = [(row["origin"]["seed"], row["origin"]["neighbour"]) for row in rows]
    assert all(b in near[a] for a, b in pairs)
    assert not all(b in raw[a] for a, b in pairs)


@on_classic
def test_recall_of_lsh_is_that_of_the_true_mixed_distance(spark: SparkSession) -> None:
    data = table({0: 2, 1: 2400}, seed=3)
    sampler = SMOTENC(**{**EXACT, "neighborSearch": "lsh"}, cellRows=400, recallTarget=0.8, samplingStrategy={1: 4800})
    frame = frame_of(spark, data)
    plan = sampler.plan(frame)
    rows = sampler.resample(frame, plan).filter("made").collect()
    (found,) = (one for one in plan.classes if one.label == 1)
    assert found.search == "lsh" and found.cells > 3 and found.recall is not None
    ids = np.flatnonzero(data["label"] == 1)
    numbers, values = data[NUMBERS].to_numpy()[ids], values_of(data)[ids]
    step = np.median(numbers.std(axis=0))
    codes = np.stack([np.unique(column, return_inverse=True)[1] for column in values.T])
    squares = ((numbers[:, None] - numbers) ** 2).sum(axis=2)
    squares += step**2 * sum((column[:, None] != column).astype(float) for column in codes)
    near = nearest(squares, ids, K)
    hit = np.mean([row["origin"]["neighbour"] in near[row["origin"]["seed"]] for row in rows])
    assert found.recall >= 0.8
    assert abs(hit - found.recall) < 0.05


@on_classic
def test_categories_are_ignored_where_most_numbers_are_constant(spark: SparkSession, data: pd.DataFrame) -> None:
    constant = data.assign(x1=1.0, x2=2.0)
    rows = SMOTENC(**EXACT, samplingStrategy={2: 200}).resample(frame_of(spark, constant)).filter("made").collect()
    ids, x = np.flatnonzero(data["label"] == 2), data["x0"].to_numpy()
    near = nearest((x[ids][:, None] - x[ids]) ** 2, ids, K)
    assert all(row["origin"]["neighbour"] in near[row["origin"]["seed"]] for row in rows)
    assert {(row["x1"], row["x2"]) for row in rows} == {(1.0, 2.0)}


def test_numbers_in_a_vector(frame: DataFrame, rows: list[Row]) -> None:
    vectors = frame.select("*", array_to_vector(F.array(*NUMBERS)).alias("features")).drop(*NUMBERS)
    params = {**EXACT, "inputCols": None, "seed": 4, "samplingStrategy": {1: 1000, 2: 800}}
    found = SMOTENC(**params).resample(vectors)
    assert found.schema[: len(vectors.columns)] == vectors.schema
    same = [*CATEGORIES, "label", "origin"]
    made = [row for row in found.collect() if row["made"]]
    assert multiset(Row(*(row[name] for name in same)) for row in made) == multiset(
        Row(*(row[name] for name in same)) for row in rows if row["made"]
    )
    assert Counter(row["label"] for row in made) == {1: 1000 - COUNTS[1], 2: 800 - COUNTS[2]}


def test_a_hundred_thousand_categories(spark: SparkSession) -> None:
    frame = spark.range(100_000).selectExpr(
        "CAST(id % 50 = 0 AS INT) AS label", "double(id % 977) AS x", "concat('level ', id) AS code"
    )
    sampler = SMOTENC(inputCols=["x"], categoricalCols=["code"], samplingStrategy={1: 6000}, syntheticCol="made")
    made = sampler.resample(frame).filter("made").collect()
    assert len(made) == 4000
    assert all(int(row["code"].removeprefix("level ")) % 50 == 0 for row in made)
    assert len({row["code"] for row in made}) > 1500
