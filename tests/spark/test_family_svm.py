"""SVM-SMOTE against scikit-learn's support vectors and neighbours."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from frames import Matrix, columns, labels_of, numbered, spark_frame
from pyspark.sql import DataFrame, Row, SparkSession
from scipy import stats
from sklearn.svm import SVC
from test_family_oracles import (
    EXACT,
    Ids,
    all_within,
    nearest_of_class,
    on_segments,
    others_about,
    overlapping,
    used_evenly,
)

from spark_smote import SVMSMOTE
from spark_smote.errors import NoSeedsError
from spark_smote.samplers import svm_smote

pytestmark = pytest.mark.classic("figures; test_common.py shows that each sampler runs on Connect")
WIDTH, K, M, STEP = 4, 5, 10, 0.3
COUNTS = {0: 900, 1: 260, 2: 140}


@pytest.fixture(scope="module")
def data() -> tuple[Matrix, Ids]:
    return overlapping(COUNTS, WIDTH, seed=23, apart=2.5)


@pytest.fixture(scope="module")
def frame(spark: SparkSession, data: tuple[Matrix, Ids]) -> DataFrame:
    return spark_frame(spark, numbered(*data))


def sampler(width: int = WIDTH, **params: Any) -> SVMSMOTE:
    return SVMSMOTE(inputCols=columns(width), **{**EXACT, "outStep": STEP, "seed": 5, **params})


@pytest.fixture(scope="module")
def rows(frame: DataFrame) -> list[Row]:
    return sampler().resample(frame).collect()


def support_vectors(x: Matrix, label: Ids, one: int, others: Ids) -> set[int]:
    """The support vectors of the class against all others, without noise."""
    found = SVC().fit(x, label == one).support_
    return set(found[(label[found] == one) & (others[found] < M)].tolist())


def likeness(one: set[int], other: set[int]) -> float:
    """The Jaccard index of two sets."""
    return len(one & other) / len(one | other)


def seeds_of(seeds: Ids, label: Ids, one: int) -> set[int]:
    return set(seeds[label[seeds] == one].tolist())


def test_seeds_are_the_support_vectors_without_noise_used_evenly(
    data: tuple[Matrix, Ids], frame: DataFrame, rows: list[Row]
) -> None:
    x, label = data
    assert labels_of(rows) == dict.fromkeys(COUNTS, 900)
    seeds, neighbours, _ = on_segments(x, rows)
    others = others_about(x, label, M)
    assert set(label[seeds]) == {1, 2}
    planned = {c.label: c.seeds for c in sampler().plan(frame).classes}
    for one in (1, 2):
        truth = support_vectors(x, label, one, others)
        assert 40 < len(truth) < COUNTS[one]
        assert likeness(seeds_of(seeds, label, one), truth) >= 0.99
        assert planned[one] == len(seeds_of(seeds, label, one))
        assert used_evenly(seeds[label[seeds] == one])
    assert all_within(seeds, neighbours, nearest_of_class(x, label, K))


def test_seeds_in_danger_interpolate_and_safe_ones_extrapolate(data: tuple[Matrix, Ids], rows: list[Row]) -> None:
    x, label = data
    seeds, _, gaps = on_segments(x, rows)
    pressed = 2 * others_about(x, label, M)[seeds] >= M
    assert 100 < pressed.sum() < len(pressed) - 100
    assert stats.kstest(gaps[pressed], "uniform").pvalue > 0.01
    assert 0 <= gaps[pressed].min() <= gaps[pressed].max() < 1
    assert stats.kstest(-gaps[~pressed], stats.uniform(0, STEP).cdf).pvalue > 0.01
    assert -STEP < gaps[~pressed].min() <= gaps[~pressed].max() <= 0


def test_standardization_fits_on_scaled_rows(spark: SparkSession) -> None:
    x, label = overlapping({0: 500, 1: 160}, 3, seed=24, apart=2.5)
    x *= [1.0, 1e4, 1e-4]
    scaled = x / x.std(axis=0)
    truths = {kind: support_vectors(one, label, 1, others_about(one, label, M)) for kind, one in ((1, scaled), (0, x))}
    rows = sampler(3, standardization=True).resample(spark_frame(spark, numbered(x, label))).collect()
    seeds, neighbours, _ = on_segments(x, rows)
    assert likeness(set(seeds.tolist()), truths[1]) >= 0.99
    assert likeness(truths[0], truths[1]) < 0.7
    assert all_within(seeds, neighbours, nearest_of_class(scaled, label, K))


def test_a_fit_on_a_sample_chooses_mostly_the_same_seeds(
    data: tuple[Matrix, Ids], frame: DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sample has at most 300 rows of the class and as many others, weighted by the rows that they stand for."""
    x, label = data
    fitted: list[int] = []
    fit = SVC.fit

    def spy(self: SVC, rows: Matrix, *rest: Any, **named: Any) -> SVC:
        fitted.append(len(rows))
        return fit(self, rows, *rest, **named)

    monkeypatch.setattr(svm_smote, "SVM_ROWS", 600)
    monkeypatch.setattr(SVC, "fit", spy)
    some = sampler(samplingStrategy={1: 1260})
    rows = some.resample(frame).collect()
    assert len(fitted) == 1
    assert 500 < fitted[0] < 700
    assert labels_of(rows)[1] == 1260
    seeds, _, _ = on_segments(x, rows)
    monkeypatch.undo()
    truth = support_vectors(x, label, 1, others_about(x, label, M))
    alike = likeness(set(seeds.tolist()), truth)
    print(f"Jaccard {alike:.3f}: {len(set(seeds.tolist()))} seeds, {len(truth)} of the full fit")
    assert alike > 0.75


def test_support_vectors_that_are_all_noise_are_no_seeds(spark: SparkSession) -> None:
    """Each row of class 1 is isolated in class 0: 10 rows of class 0 are nearer than any row of class 1."""
    rng = np.random.default_rng(8)
    centres = np.stack(np.meshgrid(np.arange(5.0), np.arange(4.0)), axis=2).reshape(-1, 2) * 10
    x = np.concatenate([centres, np.repeat(centres, 15, axis=0) + rng.normal(size=(300, 2))])
    frame = spark_frame(spark, numbered(x, np.repeat([1, 0], [20, 300])))
    with pytest.raises(NoSeedsError, match=r"class 1: all its support vectors are noise.*mNeighbors=10.*20 of its 20"):
        sampler(2).plan(frame)
    with pytest.warns(UserWarning, match="class 1: all its support vectors are noise.*seeds instead"):
        rows = sampler(2, fallback="smote", samplingStrategy={1: 60}).resample(frame).collect()
    seeds, _, gaps = on_segments(x, rows)
    assert np.bincount(seeds, minlength=20)[:20].tolist() == [2] * 20
    assert ((gaps >= 0) & (gaps < 1)).all(), "between the two, as in SMOTE"
