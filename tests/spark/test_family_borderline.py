"""Borderline-SMOTE against imbalanced-learn's rows in danger and scikit-learn's neighbours."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from frames import Matrix, columns, labels_of, multiset, numbered, spark_frame, traced
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F
from scipy import stats
from test_family_oracles import (
    EXACT,
    TRACE,
    Ids,
    all_within,
    nearest_of_all,
    nearest_of_class,
    on_segments,
    others_about,
    overlapping,
    used_evenly,
)

from spark_smote import BorderlineSMOTE, Chain
from spark_smote.core import weighted_sampler

pytestmark = pytest.mark.classic("figures; test_common.py shows that each sampler runs on Connect")
WIDTH, K, M = 4, 5, 10
COUNTS = {0: 900, 1: 260, 2: 140}


@pytest.fixture(scope="module")
def data() -> tuple[Matrix, Ids]:
    return overlapping(COUNTS, WIDTH, seed=3)


@pytest.fixture(scope="module")
def frame(spark: SparkSession, data: tuple[Matrix, Ids]) -> DataFrame:
    return spark_frame(spark, numbered(*data))


def sampler(width: int = WIDTH, **params: Any) -> BorderlineSMOTE:
    return BorderlineSMOTE(inputCols=columns(width), **{**EXACT, "seed": 5, **params})


@pytest.fixture(scope="module")
def first(frame: DataFrame) -> list[Row]:
    return sampler().resample(frame).collect()


@pytest.fixture(scope="module")
def second(frame: DataFrame) -> list[Row]:
    return sampler(kind="borderline-2", seed=6, samplingStrategy={1: 2260, 2: 2140}).resample(frame).collect()


def in_danger(x: Matrix, label: Ids, m: int = M) -> set[int]:
    others = others_about(x, label, m)
    return set(np.flatnonzero((2 * others >= m) & (others < m) & (label > 0)).tolist())


@pytest.mark.parametrize("kind", ["first", "second"])
def test_the_seeds_are_the_reference_s_rows_in_danger_used_evenly(
    data: tuple[Matrix, Ids], kind: str, request: pytest.FixtureRequest
) -> None:
    over_sampling = pytest.importorskip("imblearn.over_sampling")
    x, label = data
    reference = over_sampling.BorderlineSMOTE(k_neighbors=K, m_neighbors=M)
    reference.fit_resample(x, label)
    seeds, _, _ = on_segments(x, request.getfixturevalue(kind))
    for one in (1, 2):
        mine = seeds[label[seeds] == one]
        assert set(mine.tolist()) == set(reference.in_danger_indices[one].tolist())
        assert 30 < len(set(mine.tolist())) < COUNTS[one]
        assert used_evenly(mine)
    assert set(label[seeds]) == {1, 2}


def test_the_plan_counts_the_rows_in_danger(data: tuple[Matrix, Ids], frame: DataFrame) -> None:
    danger = Counter(data[1][list(in_danger(*data))].tolist())
    found = {c.label: (c.seeds, c.surroundings, c.surroundings_recall) for c in sampler().plan(frame).classes}
    assert found == {0: (0, "none", None), 1: (danger[1], "exact", 1.0), 2: (danger[2], "exact", 1.0)}


def test_kind_1_walks_towards_the_nearest_of_the_class(data: tuple[Matrix, Ids], first: list[Row]) -> None:
    seeds, neighbours, gaps = on_segments(data[0], first)
    assert labels_of(first) == dict.fromkeys(COUNTS, 900)
    assert all_within(seeds, neighbours, nearest_of_class(*data, K))
    assert stats.kstest(gaps, "uniform").pvalue > 0.01


def test_kind_2_walks_towards_the_nearest_of_all_half_way_to_other_classes(
    data: tuple[Matrix, Ids], second: list[Row]
) -> None:
    x, label = data
    seeds, neighbours, gaps = on_segments(x, second)
    near = nearest_of_all(x, K)
    assert (near[seeds] == neighbours[:, None]).any(axis=1).all()
    ranks = (near[seeds] == neighbours[:, None]).argmax(axis=1)
    assert stats.chisquare(np.bincount(ranks, minlength=K)).pvalue > 0.01
    own = label[seeds] == label[neighbours]
    assert 500 < own.sum() < len(own) - 500
    assert stats.kstest(gaps[own], "uniform").pvalue > 0.01
    assert gaps[own].max() < 1
    assert stats.kstest(gaps[~own], stats.uniform(0, 0.5).cdf).pvalue > 0.01
    assert gaps[~own].max() < 0.5
    assert gaps.min() >= 0


def test_kind_2_skips_invalid_rows_and_inherits_from_the_seed(data: tuple[Matrix, Ids], frame: DataFrame) -> None:
    """Invalid rows are neither seeds nor neighbours, and do not count among the m nearest."""
    x, label = data
    invalid = np.arange(len(x)) % 7 == 0
    holed = frame.withColumn("x1", F.when(F.col("id") % 7 == 0, None).otherwise(F.col("x1"))).withColumn(
        "tag", F.concat(F.lit("t"), F.col("id"))
    )
    two = sampler(kind="borderline-2", handleInvalid="skip", inheritCols=["tag"], samplingStrategy={2: 1140})
    rows = two.resample(holed).collect()
    seeds, neighbours, _ = on_segments(x, rows)
    valid = np.flatnonzero(~invalid)
    near = valid[nearest_of_all(x[valid], K)]
    place = np.searchsorted(valid, seeds)
    assert (near[place] == neighbours[:, None]).any(axis=1).all()
    danger = valid[list(in_danger(x[valid], label[valid]))]
    assert set(seeds.tolist()) == set(danger[label[danger] == 2].tolist())
    assert Counter(label[neighbours].tolist()).keys() == {0, 1, 2}
    assert labels_of(rows) == {0: 900, 1: 260, 2: 1140}
    made = [row for row in rows if row["origin"] is not None]
    assert len(made) == 1000
    assert all(row["tag"] == f"t{row['origin']['seed']}" for row in made)


@pytest.fixture(scope="module")
def apart() -> tuple[Matrix, Ids]:
    """Class 7 stands alone, class 1 amid class 0."""
    x, label = overlapping({0: 300, 1: 80, 7: 50}, 2, seed=4)
    x[label == 7] += 100
    return x, label


def test_a_class_without_danger_is_left_alone_with_a_warning(spark: SparkSession, apart: tuple[Matrix, Ids]) -> None:
    frame = spark_frame(spark, numbered(*apart))
    told = r"class 7 has no row in danger: of its 50 rows 0 .*mNeighbors=10.*left alone"
    with pytest.warns(UserWarning, match=told) as warned:
        plan = sampler(2).plan(frame)
    assert {one.filename for one in warned} == {__file__}
    assert [(c.label, c.seeds > 0, c.to_synthesise) for c in plan.classes] == [
        (0, False, 0),
        (1, True, 220),
        (7, False, 0),
    ]
    assert labels_of(sampler(2).resample(frame, plan).collect()) == {0: 300, 1: 300, 7: 50}


def test_when_every_class_is_left_alone_the_input_comes_back(spark: SparkSession, apart: tuple[Matrix, Ids]) -> None:
    frame = spark_frame(spark, numbered(*apart)).filter("label <> 1")
    with pytest.warns(UserWarning, match="class 7 has no row in danger") as warned:
        out = Chain(sampler(2, syntheticCol="made")).resample(frame)
    assert {one.filename for one in warned} == {__file__}, "at any depth below this call"
    assert multiset(out.drop("made", "origin").collect()) == multiset(frame.collect())
    assert out.filter("made OR origin IS NOT NULL").count() == 0


@pytest.mark.parametrize("kind", ["borderline-1", "borderline-2"])
def test_fallback_makes_all_rows_of_a_class_without_danger_seeds(
    spark: SparkSession, apart: tuple[Matrix, Ids], kind: str
) -> None:
    x, label = apart
    frame, one = spark_frame(spark, numbered(x, label)), sampler(2, kind=kind, fallback="smote")
    with pytest.warns(UserWarning, match=r"class 7 .* all its rows are seeds instead"):
        plan = one.plan(frame)
    rows = one.resample(frame, plan).collect()
    assert labels_of(rows) == {0: 300, 1: 300, 7: 300}
    seeds, neighbours, _ = on_segments(x, rows)
    lone = label[seeds] == 7
    assert Counter(seeds[lone].tolist()) == dict.fromkeys(np.flatnonzero(label == 7).tolist(), 5)
    assert all_within(seeds[lone], neighbours[lone], nearest_of_class(x, label, K))
    assert set(seeds[~lone].tolist()) == {i for i in in_danger(x, label) if label[i] == 1}
    assert [c.seeds for c in plan.classes] == [0, len(set(seeds[~lone].tolist())), 50]


@pytest.mark.parametrize("kind", ["borderline-1", "borderline-2"])
def test_equal_rows_do_not_disturb_counts_or_seeds(spark: SparkSession, kind: str) -> None:
    """Every row occurs three times: its two twins are among its nearest, the row itself is not."""
    x, label = (np.repeat(part, 3, axis=0) for part in overlapping({0: 150, 1: 40}, 3, seed=6))
    rows = sampler(3, kind=kind).resample(spark_frame(spark, numbered(x, label))).collect()
    assert labels_of(rows) == {0: 450, 1: 450}
    seeds, neighbours, gaps = on_segments(x, rows)
    danger = in_danger(x, label)
    assert 10 < len(danger) < 120
    assert set(seeds.tolist()) == danger
    assert used_evenly(seeds)
    assert (seeds != neighbours).all()
    assert len(set(gaps.tolist())) == len(gaps)
    twins = np.array([(x[a] == x[b]).all() for a, b in zip(seeds, neighbours, strict=True)])
    assert abs(twins.mean() - 2 / K) < 0.12


def test_lsh_search_finds_nearly_the_same_rows_in_danger_and_knows_its_recall(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    x, label = overlapping({0: 2400, 1: 600}, 6, seed=7)
    frame = spark_frame(spark, numbered(x, label))
    weighed: list[DataFrame] = []
    whole = weighted_sampler.with_nearest

    def spy(rows: DataFrame, *rest: Any) -> DataFrame:
        weighed.append(rows)
        return whole(rows, *rest)

    monkeypatch.setattr(weighted_sampler, "with_nearest", spy)
    lsh = {"neighborSearch": "lsh", "cellRows": 150, "recallTarget": 0.85, "kNeighbors": M, **TRACE}
    two = sampler(6, kind="borderline-2", **lsh)
    plan = two.plan(frame)
    rows = two.resample(frame, plan).collect()
    assert labels_of(rows) == {0: 2400, 1: 2400}
    seeds, truth = set(traced(rows, 6)[0].tolist()), in_danger(x, label)
    (one,) = (c for c in plan.classes if c.label == 1)
    assert one.surroundings == "lsh"
    assert one.seeds == len(seeds)
    assert len(seeds & truth) >= 0.8 * len(seeds | truth)
    assert one.surroundings_recall is not None
    assert 0.85 <= one.surroundings_recall < 1
    # The rows named as nearest, before the second search among the rows of a cell.
    hashes = frame.select("id", F.xxhash64(F.array(*columns(6))).alias("key")).collect()
    id_of = {row["key"]: row["id"] for row in hashes}
    near = nearest_of_all(x, M)
    found = weighed[0].select("hash", "near.key").collect()
    shares = [len({id_of[key] for key in row[1]} & set(near[id_of[row[0]]].tolist())) / M for row in found]
    assert abs(np.mean(shares) - one.surroundings_recall) < 0.05
