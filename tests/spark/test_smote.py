"""SMOTE by exact search, against scikit-learn's neighbours and imbalanced-learn's answers."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from frames import Matrix, clustered, columns, numbered, spark_frame, traced
from numpy.typing import NDArray
from pyspark.sql import DataFrame, Row, SparkSession
from scipy import stats
from sklearn.datasets import make_classification
from sklearn.neighbors import NearestNeighbors

from spark_smote import SMOTE
from spark_smote.search import in_class

pytestmark = pytest.mark.classic("figures; test_common.py shows that each sampler runs on Connect")
WIDTH, K, DRAWS = 6, 5, 194
TRACE: dict[str, Any] = {"provenanceCol": "origin", "idCol": "id"}


@pytest.fixture(scope="module")
def classified() -> tuple[Matrix, NDArray[np.int64]]:
    x, y = make_classification(1000, WIDTH, weights=[0.897], flip_y=0, random_state=2)
    assert Counter(y.tolist()) == {0: 897, 1: 103}
    return x, y


@pytest.fixture(scope="module")
def frame(spark: SparkSession, classified: tuple[Matrix, NDArray[np.int64]]) -> DataFrame:
    return spark_frame(spark, numbered(*classified))


@pytest.fixture(scope="module")
def rows(frame: DataFrame) -> list[Row]:
    """The resampled frame: each of 103 seeds has 194 synthetic rows, and half of the seeds one more."""
    sampler = SMOTE(
        inputCols=columns(WIDTH), samplingStrategy={1: 103 + DRAWS * 103 + 50}, neighborSearch="exact", seed=4, **TRACE
    )
    return sampler.resample(frame).collect()


def true_neighbours(x: Matrix, label: NDArray[np.int64], wanted: int, k: int) -> dict[int, list[int]]:
    """Ids of each row's k nearest of its class, nearest first, by scikit-learn's brute force."""
    ids = np.flatnonzero(label == wanted)
    search = NearestNeighbors(n_neighbors=k + 1, algorithm="brute").fit(x[ids])
    found = search.kneighbors(x[ids], return_distance=False)
    return {int(ids[row]): ids[near[near != row][:k]].tolist() for row, near in enumerate(found)}


def test_897_and_103_rows_become_897_each(frame: DataFrame) -> None:
    counts = SMOTE(inputCols=columns(WIDTH)).resample(frame).groupBy("label").count().collect()
    assert {row["label"]: row["count"] for row in counts} == {0: 897, 1: 897}


def test_each_synthetic_row_is_between_a_seed_and_a_true_neighbour(
    classified: tuple[Matrix, NDArray[np.int64]], rows: list[Row]
) -> None:
    x, label = classified
    truth = true_neighbours(x, label, 1, K)
    seeds, neighbours, gaps, made = traced(rows, WIDTH)
    assert all(b in truth[a] for a, b in zip(seeds.tolist(), neighbours.tolist(), strict=True))
    expected = x[seeds] + gaps[:, None] * (x[neighbours] - x[seeds])
    np.testing.assert_allclose(made, expected, rtol=1e-12, atol=1e-12)


def test_gaps_are_uniform(rows: list[Row]) -> None:
    _, _, gaps, _ = traced(rows, WIDTH)
    assert gaps.min() >= 0
    assert gaps.max() < 1
    assert len(set(gaps.tolist())) == len(gaps)
    assert stats.kstest(gaps, "uniform").pvalue > 0.01


def test_seeds_are_used_equally_often_to_within_one(rows: list[Row]) -> None:
    seeds, _, _, _ = traced(rows, WIDTH)
    assert Counter(Counter(seeds.tolist()).values()) == {DRAWS: 53, DRAWS + 1: 50}


def test_each_neighbour_is_chosen_equally_often(classified: tuple[Matrix, NDArray[np.int64]], rows: list[Row]) -> None:
    truth = true_neighbours(*classified, 1, K)
    seeds, neighbours, gaps, _ = traced(rows, WIDTH)
    ranks = np.array([truth[a].index(b) for a, b in zip(seeds.tolist(), neighbours.tolist(), strict=True)])
    assert stats.chisquare(np.bincount(ranks, minlength=K)).pvalue > 0.01
    each = [stats.chisquare(np.bincount(ranks[seeds == seed], minlength=K)).statistic for seed in truth]
    assert stats.chi2.sf(sum(each), len(each) * (K - 1)) > 0.01
    assert abs(stats.spearmanr(ranks, gaps).statistic) < 0.03


def test_synthetic_rows_are_distributed_as_those_of_the_reference(
    classified: tuple[Matrix, NDArray[np.int64]], rows: list[Row]
) -> None:
    over_sampling = pytest.importorskip("imblearn.over_sampling")
    x, label = classified
    _, _, _, made = traced(rows, WIDTH)
    reference = over_sampling.SMOTE(k_neighbors=K, sampling_strategy={1: 103 + len(made)}, random_state=0)
    theirs = reference.fit_resample(x, label)[0][len(x) :]
    error = np.sqrt(made.var(axis=0) / len(made) + theirs.var(axis=0) / len(theirs))
    assert (abs(made.mean(axis=0) - theirs.mean(axis=0)) < 4 * error).all()
    np.testing.assert_allclose(made.std(axis=0), theirs.std(axis=0), rtol=0.05)


@pytest.mark.parametrize(
    ("strategy", "counts"),
    [
        (0.5, (200, 60)),
        (1.0, (200, 60)),
        ("auto", (90, 60, 31, 31)),
        ("minority", (90, 60, 31, 31)),
        ("not minority", (90, 60, 31, 31)),
        ("not majority", (90, 60, 31)),
        ("all", (90, 60, 31)),
        ({1: 77, 2: 31}, (90, 60, 31)),
        (lambda counts: {1: 2 * counts[1]}, (90, 60, 31)),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_counts_are_those_of_the_reference(spark: SparkSession, strategy: Any, counts: tuple[int, ...]) -> None:
    over_sampling = pytest.importorskip("imblearn.over_sampling")
    label = np.repeat(np.arange(len(counts)), counts)
    x = clustered(len(label), 2, seed=5)
    # The function of the reference gets the labels, ours gets the counts.
    theirs = (lambda y: strategy(Counter(y.tolist()))) if callable(strategy) else strategy
    expected = Counter(over_sampling.SMOTE(sampling_strategy=theirs).fit_resample(x, label)[1].tolist())
    sampler = SMOTE(inputCols=columns(2), samplingStrategy=strategy)
    found = sampler.resample(spark_frame(spark, numbered(x, label))).groupBy("label").count().collect()
    assert {row["label"]: row["count"] for row in found} == expected


@pytest.mark.parametrize("standardization", [False, True])
def test_standardization_measures_in_standard_deviations(spark: SparkSession, standardization: bool) -> None:
    """The deviations are those of all rows, as in StandardScaler; values are not scaled, a constant is allowed."""
    x = np.random.default_rng(6).normal(size=(400, 4)) * [1.0, 1e3, 1e-3, 0.0] + [0.0, 5e4, 0.0, 3.0]
    label = np.repeat([0, 1], [280, 120])
    sampler = SMOTE(inputCols=columns(4), standardization=standardization, kNeighbors=3, **TRACE)
    rows = sampler.resample(spark_frame(spark, numbered(x, label))).collect()
    seeds, neighbours, gaps, made = traced(rows, 4)
    truths = {
        scaled: true_neighbours(x / np.where(x.std(axis=0) > 0, x.std(axis=0), 1.0) if scaled else x, label, 1, 3)
        for scaled in (False, True)
    }
    pairs = list(zip(seeds.tolist(), neighbours.tolist(), strict=True))
    assert all(b in truths[standardization][a] for a, b in pairs)
    assert not all(b in truths[not standardization][a] for a, b in pairs)
    np.testing.assert_allclose(made, x[seeds] + gaps[:, None] * (x[neighbours] - x[seeds]), rtol=1e-12)


def test_shrink_k_uses_all_rows(spark: SparkSession) -> None:
    label = np.repeat([0, 1, 2], [40, 3, 2])
    frame = spark_frame(spark, numbered(clustered(45, 2, seed=8), label))
    sampler = SMOTE(inputCols=columns(2), shrinkK=True, **TRACE)
    seeds, neighbours, _, _ = traced(sampler.resample(frame).collect(), 2)
    pairs = set(zip(seeds.tolist(), neighbours.tolist(), strict=True))
    three, two = {40, 41, 42}, {43, 44}
    assert pairs == {(a, b) for group in (three, two) for a in group for b in group if a != b}
    assert [c.neighbours for c in sampler.plan(frame).classes] == [0, 2, 1]


@pytest.mark.classic("the cells do not depend on the mode")
def test_a_class_of_several_cells_after_one_of_a_single_cell(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_class, "_SHARD_ROWS", 16)
    frame = spark_frame(spark, numbered(clustered(270, 3, seed=2), [0] * 10 + [1] * 60 + [2] * 200))
    sampler = SMOTE(inputCols=columns(3))
    plan = sampler.plan(frame)
    assert [one.cells for one in plan.classes] == [1, 4, 0]
    assert Counter(row["label"] for row in sampler.resample(frame, plan).collect()) == {0: 200, 1: 200, 2: 200}
