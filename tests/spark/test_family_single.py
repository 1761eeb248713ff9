"""Samplers without neighbours: the bootstrap, plain and smoothed, and polynomial fitting, against their formulas."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from frames import Matrix, clustered, columns, labels_of, multiset, numbered, spark_frame
from numpy.typing import NDArray
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F
from scipy import stats
from test_family_oracles import TRACE, Ids, overlapping, used_evenly

from spark_smote import PolynomFitSMOTE, RandomOverSampler
from spark_smote.core import single_seed
from spark_smote.errors import ColumnError, ParameterError, StrategyError

pytestmark = pytest.mark.classic("figures; test_common.py shows that each sampler runs on Connect")
WIDTH = 5
COUNTS = {0: 600, 1: 200, 2: 90}


@pytest.fixture(scope="module")
def data() -> tuple[Matrix, Ids]:
    x, label = overlapping(COUNTS, WIDTH, seed=43)
    return x * [1.0, 10.0, 0.1, 1.0, 0.0] + [0.0, 0.0, 5.0, -3.0, 2.0], label


@pytest.fixture(scope="module")
def frame(spark: SparkSession, data: tuple[Matrix, Ids]) -> DataFrame:
    return spark_frame(spark, numbered(*data))


def over(width: int = WIDTH, **params: Any) -> RandomOverSampler:
    return RandomOverSampler(inputCols=columns(width), **{**TRACE, "seed": 5, **params})


def sources(rows: list[Row], width: int = WIDTH) -> tuple[Ids, NDArray[np.float64], Matrix]:
    """Seeds, gaps and values of the synthetic rows, none of which has a neighbour."""
    made = [row for row in rows if row["origin"] is not None]
    assert all(row["origin"]["neighbour"] is None for row in made)
    return (
        np.array([row["origin"]["seed"] for row in made]),
        np.array([row["origin"]["gap"] for row in made]),
        np.array([[row[name] for name in columns(width)] for row in made]),
    )


@pytest.mark.parametrize("extra", [{}, {"equal": True}], ids=["distinct", "equal"])
def test_copies_of_whole_rows_need_no_features(spark: SparkSession, extra: dict[str, bool]) -> None:
    """Null, NaN, text, maps and intervals come along, and columns that cannot be null."""
    columns = (
        "id % 5 = 0 AS y",
        f"IF(id % 3 = 0, NULL, {'1L' if extra else 'id'}) AS a",
        "double('NaN') AS n",
        "array(map('k', id % 2)) AS m",
        # Before Spark 4, Python knows no intervals.
        "make_interval(1, 2) AS i" if spark.version >= "4" else "1 AS i",
        f"{'1L' if extra else 'id'} AS k",
    )
    frame = spark.range(100).selectExpr(*columns)
    sampler = RandomOverSampler(
        labelCol="y", samplingStrategy={True: 70}, syntheticCol="made", seed=3, **{**TRACE, "idCol": "k"}
    )
    plan = sampler.plan(frame)
    assert [(c.label, c.to_synthesise) for c in plan.classes] == [(False, 0), (True, 50)]
    output = sampler.resample(frame, plan)
    assert output.drop("made", "origin").schema == frame.schema
    # Python cannot take an interval.
    text = F.to_csv(F.struct(*(F.col(name).cast("string") for name in frame.columns))).alias("row")
    seen = [Counter(r[0] for r in each.select(text).collect()) for each in (frame.filter("y"), output.filter("made"))]
    assert seen[1].keys() == seen[0].keys()
    assert all(2 * n <= seen[1][row] <= 3 * n for row, n in seen[0].items()), "each twice, and half of them once more"
    assert multiset(sampler.resample(frame.repartition(5)).drop("i").collect()) == multiset(output.drop("i").collect())
    origins = output.filter("made").select("k", "origin").collect()
    assert all((r.origin.seed, r.origin.neighbour, r.origin.gap) == (r.k, None, 0.0) for r in origins)
    with pytest.raises(ColumnError, match="there is no column 'features'"):
        RandomOverSampler(labelCol="y", shrinkage=0.5).plan(frame)


def test_plain_copies_use_each_row_evenly(data: tuple[Matrix, Ids], frame: DataFrame) -> None:
    x, label = data
    plain = over()
    rows = plain.resample(frame).collect()
    seeds, gaps, made = sources(rows)
    assert labels_of(rows) == dict.fromkeys(COUNTS, 600)
    assert (made == x[seeds]).all()
    assert not gaps.any()
    for one, uses in ((1, {2: 200}), (2, {5: 30, 6: 60})):
        assert Counter(Counter(seeds[label[seeds] == one].tolist()).values()) == uses
    assert [(c.seeds, c.neighbours, c.search) for c in plain.plan(frame).classes] == [
        (0, 0, "none"),
        (200, 0, "none"),
        (90, 0, "none"),
    ]


@pytest.mark.parametrize(("shrinkage", "factors"), [(0.7, {1: 0.7, 2: 0.7}), ({2: 1.5}, {1: 0.0, 2: 1.5})], ids=str)
def test_noise_has_the_spread_of_the_smoothed_bootstrap(
    data: tuple[Matrix, Ids], frame: DataFrame, shrinkage: Any, factors: dict[int, float]
) -> None:
    """The spread comes from the class's own rows and population deviations; a constant feature stays constant."""
    x, label = data
    rows = over(shrinkage=shrinkage, samplingStrategy={1: 1200, 2: 1090}).resample(frame).collect()
    seeds, _, made = sources(rows)
    for one, factor in factors.items():
        own = label[seeds] == one
        assert own.sum() == 1000
        assert used_evenly(seeds[own])
        noise = made[own] - x[seeds[own]]
        h = (4 / ((WIDTH + 2) * COUNTS[one])) ** (1 / (WIDTH + 4))
        spread = factor * h * x[label == one].std(axis=0)
        assert (spread[:4] > 0).all() == (factor > 0)
        for column in np.flatnonzero(spread):
            scaled = noise[:, column] / spread[column]
            assert stats.kstest(scaled, "norm").pvalue > 0.01
            assert scaled.std() == pytest.approx(1, abs=0.07)
        assert not noise[:, spread == 0].any()
        if factor:
            assert abs(np.corrcoef(noise[:, :4].T) - np.eye(4)).max() < 0.12


def test_shrinkage_0_makes_plain_copies(data: tuple[Matrix, Ids], frame: DataFrame) -> None:
    seeds, _, made = sources(over(shrinkage=0).resample(frame).collect())
    assert (made == data[0][seeds]).all()


def test_a_shrinkage_that_does_not_fit(spark: SparkSession, frame: DataFrame) -> None:
    with pytest.raises(StrategyError, match=r"shrinkage: unknown class 3; the classes are 0, 1, 2"):
        over(shrinkage={1: 0.5, 3: 0.5}).plan(frame)
    for value, words in ((-1, "-1"), ({1: -0.5}, "class 1.*-0.5"), ("much", "'much'"), (True, "True")):
        with pytest.raises(ParameterError, match=f"shrinkage.*{words}"):
            over(shrinkage=value)


@pytest.mark.parametrize("identical", [False, True])
def test_a_class_above_the_cap_is_cut_by_hash_and_counts_stay_exact(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch, identical: bool
) -> None:
    x = np.full((3000, 2), 0.1) if identical else clustered(3000, 2, seed=44)
    x = np.concatenate([x, np.zeros((10, 2))])
    frame = spark_frame(spark, numbered(x, np.repeat([1, 0], [3000, 10])))
    one = over(2, samplingStrategy={1: 7500}, shrinkage=None if identical else 0.5)
    whole = sources(one.resample(frame).collect(), 2)
    monkeypatch.setattr(single_seed, "CHUNK_ROWS", 1000)
    plan = one.plan(frame)
    assert [c.cells for c in plan.classes] == [0, 6]
    rows = one.resample(frame, plan).collect()
    assert labels_of(rows) == {0: 10, 1: 7500}
    parts = sources(rows, 2)
    for seeds, _, _ in (whole, parts):
        assert Counter(Counter(seeds.tolist()).values()) == {1: 1500, 2: 1500}
    if identical:
        assert (parts[2] == 0.1).all()
    else:
        # The rows with one more replica depend on the division, the replicas do not: the first replica is in both.
        first, second = ({tuple(row) for row in made.tolist()} for _, _, made in (whole, parts))
        assert len(first & second) >= 3000


def fit(width: int = WIDTH, **params: Any) -> PolynomFitSMOTE:
    return PolynomFitSMOTE(inputCols=columns(width), **{**TRACE, "seed": 5, **params})


def test_polynomial_fitting_is_the_star_of_the_paper(data: tuple[Matrix, Ids], frame: DataFrame) -> None:
    """Row for row: k points on each segment to the mean, at equal steps."""
    x, label = data
    rows = fit(samplingStrategy={1: 200 + 3 * 200, 2: 90 + 90}).resample(frame).collect()
    assert labels_of(rows) == {0: 600, 1: 800, 2: 180}
    expected = []
    for one, k in ((1, 3), (2, 1)):
        mean = x[label == one].mean(axis=0)
        for row in np.flatnonzero(label == one):
            for i in range(1, k + 1):
                expected.append([row, i / (k + 1), *(x[row] + i / (k + 1) * (mean - x[row]))])
    seeds, gaps, made = sources(rows)
    order = np.lexsort((gaps, seeds))
    found = np.column_stack([seeds, gaps, made])[order]
    np.testing.assert_allclose(found, np.array(sorted(expected)), rtol=1e-12, atol=1e-12)


def test_a_total_that_does_not_divide_has_steps_of_two_lengths(data: tuple[Matrix, Ids], frame: DataFrame) -> None:
    x, label = data
    rows = fit(samplingStrategy={2: 90 + 130}).resample(frame).collect()
    seeds, gaps, made = sources(rows)
    uses = Counter(seeds.tolist())
    assert Counter(uses.values()) == {1: 50, 2: 40}
    for seed, use in uses.items():
        np.testing.assert_allclose(sorted(gaps[seeds == seed]), np.arange(1, use + 1) / (use + 1))
    expected = x[seeds] + gaps[:, None] * (x[label == 2].mean(axis=0) - x[seeds])
    np.testing.assert_allclose(made, expected, rtol=1e-12, atol=1e-12)
