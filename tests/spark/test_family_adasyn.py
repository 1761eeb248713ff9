"""ADASYN: the quota of each row, compared with the ratio of the paper by scikit-learn's brute force."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from frames import Matrix, columns, labels_of, numbered, spark_frame
from numpy.typing import NDArray
from pyspark.sql import DataFrame, Row, SparkSession
from test_family_oracles import EXACT, Ids, all_within, nearest_of_class, on_segments, others_about, overlapping

from spark_smote import ADASYN
from spark_smote.errors import NoSeedsError

pytestmark = pytest.mark.classic("figures; test_common.py shows that each sampler runs on Connect")
WIDTH, N = 4, 7
COUNTS = {0: 900, 1: 260, 2: 140}


@pytest.fixture(scope="module")
def data() -> tuple[Matrix, Ids]:
    return overlapping(COUNTS, WIDTH, seed=13, apart=2.5)


@pytest.fixture(scope="module")
def frame(spark: SparkSession, data: tuple[Matrix, Ids]) -> DataFrame:
    return spark_frame(spark, numbered(*data))


def sampler(width: int = WIDTH, **params: Any) -> ADASYN:
    return ADASYN(inputCols=columns(width), **{**EXACT, "nNeighbors": N, "seed": 5, **params})


@pytest.fixture(scope="module")
def rows(frame: DataFrame) -> list[Row]:
    return sampler().resample(frame).collect()


def owed(x: Matrix, label: Ids, one: int, total: int) -> NDArray[np.float64]:
    """The quota of each row of the input, not rounded; the class against all others."""
    ratio = np.where(label == one, others_about(x, label, N) / N, 0.0)
    return np.asarray(ratio / ratio.sum() * total)


def test_quotas_are_proportional_to_difficulty_to_within_one(data: tuple[Matrix, Ids], rows: list[Row]) -> None:
    x, label = data
    seeds, neighbours, _ = on_segments(x, rows)
    assert labels_of(rows) == dict.fromkeys(COUNTS, 900)
    used = np.bincount(seeds, minlength=len(x))
    for one in (1, 2):
        exact = owed(x, label, one, 900 - COUNTS[one])
        mine = np.where(label == one, used, 0)
        assert (abs(mine - exact) < 1).all()
        assert mine[exact == 0].sum() == 0
        assert ((exact == 0) & (label == one)).sum() > 5
        assert exact.max() > 3
    assert all_within(seeds, neighbours, nearest_of_class(x, label, N))


def test_totals_are_exact_where_the_reference_s_are_not(data: tuple[Matrix, Ids], rows: list[Row]) -> None:
    """The totals of the reference are sums of the same shares, each rounded for itself."""
    over_sampling = pytest.importorskip("imblearn.over_sampling")
    x, label = data
    theirs = Counter(over_sampling.ADASYN(n_neighbors=N, random_state=0).fit_resample(x, label)[1].tolist())
    for one in (1, 2):
        assert theirs[one] == COUNTS[one] + np.rint(owed(x, label, one, 900 - COUNTS[one])).sum()
    assert theirs != labels_of(rows) == dict.fromkeys(COUNTS, 900)


def test_the_plan_counts_the_rows_with_a_neighbour_of_another_class(data: tuple[Matrix, Ids], frame: DataFrame) -> None:
    x, label = data
    hard = Counter(label[others_about(x, label, N) > 0].tolist())
    found = {c.label: (c.seeds, c.neighbours, c.surroundings_recall) for c in sampler().plan(frame).classes}
    assert found == {0: (0, 0, None), 1: (hard[1], N, 1.0), 2: (hard[2], N, 1.0)}


def test_a_total_smaller_than_the_class_is_exact(data: tuple[Matrix, Ids], frame: DataFrame) -> None:
    """Where every share rounds to nothing, the reference makes no row at all."""
    x, label = data
    few = sampler(samplingStrategy={1: 260 + 11}).resample(frame).collect()
    seeds, _, _ = on_segments(x, few)
    exact = owed(x, label, 1, 11)
    assert exact.max() < 0.5
    assert len(set(seeds.tolist())) == len(seeds) == 11
    assert (exact[seeds] > 0).all()


def test_classes_far_apart_have_no_seeds(spark: SparkSession) -> None:
    x, label = overlapping({"b": 200, "a": 40}, 2, seed=3, apart=100)  # type: ignore[dict-item]
    frame = spark_frame(spark, numbered(x, label), "string")
    with pytest.raises(NoSeedsError, match=r"class 'a': no row of another class .* nNeighbors=7 .* its 40 rows"):
        sampler(2).plan(frame)
    with pytest.warns(UserWarning, match="class 'a': no row of another class .* seeds instead"):
        rows = sampler(2, fallback="smote", samplingStrategy={"a": 121}).resample(frame).collect()
    assert labels_of(rows) == {"a": 121, "b": 200}
    seeds, neighbours, _ = on_segments(x, rows)
    assert sorted(Counter(seeds.tolist()).values()) == [2] * 39 + [3]
    assert all_within(seeds, neighbours, nearest_of_class(x, label, N))
