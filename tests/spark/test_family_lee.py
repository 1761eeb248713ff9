"""Lee's rejection: accepted rows, checked by scikit-learn's brute force, and exact counts for any rejections."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from frames import Matrix, columns, labels_of, numbered, spark_frame, traced
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F
from sklearn.neighbors import NearestNeighbors
from test_family_oracles import EXACT, Ids, all_within, nearest_of_class, on_segments, overlapping

from spark_smote import LeeSMOTE

pytestmark = pytest.mark.classic("figures; test_common.py shows that each sampler runs on Connect")
WIDTH, K, M = 4, 5, 7
COUNTS = {0: 900, 1: 260, 2: 140}


@pytest.fixture(scope="module")
def data() -> tuple[Matrix, Ids]:
    return overlapping(COUNTS, WIDTH, seed=33, apart=2.5)


@pytest.fixture(scope="module")
def frame(spark: SparkSession, data: tuple[Matrix, Ids]) -> DataFrame:
    return spark_frame(spark, numbered(*data)).withColumn("tag", F.concat(F.lit("t"), F.col("id")))


def sampler(width: int = WIDTH, **params: Any) -> LeeSMOTE:
    return LeeSMOTE(inputCols=columns(width), **{**EXACT, "mNeighbors": M, "seed": 5, **params})


def made_of(rows: list[Row], one: int) -> list[Row]:
    return [row for row in rows if row["origin"] is not None and row["label"] == one]


def others_about(x: Matrix, label: Ids, rows: list[Row], one: int) -> Ids:
    """For each synthetic row of a class, how many of its M nearest real rows are of other classes."""
    _, _, _, made = traced(made_of(rows, one), x.shape[1])
    near = NearestNeighbors(n_neighbors=M, algorithm="brute").fit(x).kneighbors(made, return_distance=False)
    return np.asarray((label[near] != one).sum(axis=1))


@pytest.fixture(scope="module")
def strict(frame: DataFrame) -> list[Row]:
    return sampler(rejectionLevel=0.3, inheritCols=["tag"]).resample(frame).collect()


@pytest.fixture(scope="module")
def lenient(frame: DataFrame) -> list[Row]:
    return sampler(rejectionLevel=1.0).resample(frame).collect()


def test_accepted_rows_lie_among_their_own(data: tuple[Matrix, Ids], strict: list[Row], lenient: list[Row]) -> None:
    x, label = data
    assert labels_of(strict) == labels_of(lenient) == dict.fromkeys(COUNTS, 900)
    for one in (1, 2):
        assert others_about(x, label, strict, one).max() == 2  # of 7, as 0.3 allows
        assert (others_about(x, label, lenient, one) > 2).mean() > 0.2


def test_candidates_are_those_of_smote(data: tuple[Matrix, Ids], strict: list[Row], lenient: list[Row]) -> None:
    x, label = data
    near = nearest_of_class(x, label, K)
    for rows in (strict, lenient):
        seeds, neighbours, gaps = on_segments(x, rows)
        assert all_within(seeds, neighbours, near)
        assert len(set(gaps.tolist())) == len(gaps)
        assert 0 <= gaps.min() <= gaps.max() < 1


def test_columns_are_inherited_from_the_seed(strict: list[Row]) -> None:
    made = made_of(strict, 1) + made_of(strict, 2)
    assert len(made) == 1400
    assert all(row["tag"] == f"t{row['origin']['seed']}" for row in made)


def test_rejection_level_1_accepts_every_candidate(
    data: tuple[Matrix, Ids], frame: DataFrame, lenient: list[Row]
) -> None:
    """With one candidate for each wanted row all are accepted at any level; the level chooses among several."""
    x, label = data
    every = [sampler(rejectionLevel=level, candidates=1).resample(frame).collect() for level in (0.0, 1.0)]
    places = [sorted(zip(*map(np.ndarray.tolist, on_segments(x, rows)), strict=True)) for rows in every]
    assert places[0] == places[1]
    assert len(places[0]) == 1400
    # Of three candidates for each row, the accepted ones are spread evenly; they are neither the safest nor the first.
    seeds, _, _ = on_segments(x, lenient)
    for one in (1, 2):
        uses = np.bincount(seeds, minlength=len(x))[label == one]
        assert (uses > 0).mean() > 0.9
        assert others_about(x, label, lenient, one).mean() == pytest.approx(
            others_about(x, label, every[0], one).mean(), abs=0.3
        )


def test_the_threshold_rises_as_far_as_it_must_where_few_are_accepted(spark: SparkSession) -> None:
    """Class 1 is sparse amid class 0; hardly one of its 3 * 360 candidates lies among its own class."""
    x, label = overlapping({0: 900, 1: 40}, 3, seed=34, apart=0)
    frame = spark_frame(spark, numbered(x, label))
    rows = sampler(3, rejectionLevel=0.0, samplingStrategy={1: 400}).resample(frame).collect()
    assert labels_of(rows) == {0: 900, 1: 400}
    seeds, neighbours, _ = on_segments(x, rows)
    assert all_within(seeds, neighbours, nearest_of_class(x, label, K))
    taken = others_about(x, label, rows, 1)
    all_rows = (
        sampler(3, rejectionLevel=0.0, samplingStrategy={1: 40 + 3 * 360}, candidates=1).resample(frame).collect()
    )
    offered = others_about(x, label, all_rows, 1)
    # The same candidates: too few below the chosen threshold, enough at the threshold.
    assert taken.max() > 0
    assert (offered < taken.max()).sum() < 360 <= (offered <= taken.max()).sum() < len(offered)
