"""``handleInvalid='keep'``: rows with missing features take part, by the distance over the features that rows share."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from frames import Matrix, clustered, columns, labels_of, multiset, numbered, spark_frame, traced
from pyspark.ml.linalg import Vectors, VectorUDT
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import (
    ArrayType,
    DateType,
    DoubleType,
    FloatType,
    IntegerType,
    LongType,
    StringType,
    StructField,
    StructType,
)
from saved import jobs, reloaded
from sklearn.metrics.pairwise import nan_euclidean_distances

from spark_smote import (
    ADASYN,
    CCR,
    SMOTE,
    SMOTEENN,
    SMOTENC,
    BorderlineSMOTE,
    EditedNearestNeighbours,
    NearMiss,
    RandomOverSampler,
    TomekLinks,
)
from spark_smote.core.registry import samplers
from spark_smote.core.resampler import Resampler
from spark_smote.errors import InvalidDataError, ParameterError

WIDTH, MINORITY, K = 4, 60, 5
KEEP: dict[str, Any] = {"inputCols": columns(WIDTH), "handleInvalid": "keep"}
TRACE: dict[str, Any] = {"provenanceCol": "origin", "idCol": "id", "inheritCols": []}
on_classic = pytest.mark.classic("figures; the first test shows that it runs on Connect")


@pytest.fixture(scope="module")
def x() -> Matrix:
    """The first rows are the minority, which lacks the last feature altogether; row 7 has no value at all."""
    rng = np.random.default_rng(11)
    made = np.round(clustered(260, WIDTH, seed=3, clusters=3), 2)
    made[rng.random(made.shape) < 0.25] = np.nan
    made[np.isnan(made).all(axis=1), 0] = 1.0
    made[:MINORITY, 3] = np.nan
    made[np.isnan(made[:MINORITY]).all(axis=1).nonzero()[0], 1] = 2.0
    made[7] = np.nan
    return made


@pytest.fixture(scope="module")
def frame(spark: SparkSession, x: Matrix) -> DataFrame:
    """Missing values are null in some rows, NaN in others."""
    labels = [1] * MINORITY + [0] * (len(x) - MINORITY)
    made = spark_frame(spark, numbered(x, labels))
    nulled = [F.when(~F.isnan(name) | (F.col("id") % 2 == 0), F.col(name)).alias(name) for name in columns(WIDTH)]
    return made.select(*nulled, "label", "id").cache()


def _squares(x: Matrix) -> Matrix:
    """scikit-learn's squared distances; infinite to a row itself, and where no feature is shared."""
    squares = nan_euclidean_distances(x, squared=True)
    np.fill_diagonal(squares, np.inf)
    return np.where(np.isnan(squares), np.inf, squares)


def _is_near(squares: Matrix, seeds: Any, neighbours: Any) -> bool:
    kth = np.sort(squares, axis=1)[:, K - 1]
    return bool((squares[seeds, neighbours] <= kth[seeds] * (1 + 1e-12)).all())


def test_synthetic_rows_by_the_neighbours_of_scikit_learn(frame: DataFrame, x: Matrix, tmp_path: Path) -> None:
    sampler = SMOTE(**KEEP, **TRACE, seed=5)
    plan = sampler.plan(frame)
    rows = sampler.resample(frame, plan).collect()
    assert labels_of(rows) == {0: 200, 1: 200}
    assert multiset(Row(*row[:-1]) for row in rows if row["origin"] is None) == multiset(
        Row(*row) for row in frame.collect()
    )
    lacking = np.isnan(x).any(axis=1)
    assert [(one.label, one.invalid, one.missing) for one in plan.classes] == [
        (0, 0, lacking[MINORITY:].sum()),
        (1, 1, lacking[:MINORITY].sum() - 1),
    ]
    assert "rows that take part with missing values: 0" in str(plan)

    seeds, neighbours, gaps, made = traced(rows, WIDTH)
    assert set(seeds.tolist()) == set(range(MINORITY)) - {7}
    assert _is_near(_squares(x[:MINORITY]), seeds, neighbours)
    # What the seed lacks is null; what the neighbour alone lacks is the seed's; the rest is between them.
    expected = x[seeds] + gaps[:, None] * (np.where(np.isnan(x[neighbours]), x[seeds], x[neighbours]) - x[seeds])
    np.testing.assert_allclose(made, expected, rtol=1e-12)
    synthetic = [row for row in rows if row["origin"] is not None]
    assert all(row["x3"] is None for row in synthetic)
    assert {row[name] is None or row[name] == row[name] for row in synthetic for name in columns(WIDTH)} == {True}

    again = sampler.resample(frame.repartition(7).sortWithinPartitions(F.desc("id")), reloaded(plan, tmp_path))
    assert multiset(again.collect()) == multiset(rows)


@on_classic
@pytest.mark.parametrize(
    "sampler",
    [
        SMOTE(neighborSearch="lsh", cellRows=100),
        SMOTE(standardization=True),
        ADASYN(),
        BorderlineSMOTE(kind="borderline-2"),
        RandomOverSampler(shrinkage=0.5),
        SMOTEENN(),
        NearMiss(version=3),
    ],
    ids=repr,
)
def test_rows_are_the_same_to_the_last_bit_where_none_has_a_missing_value(spark: SparkSession, sampler: Any) -> None:
    whole = spark_frame(spark, numbered(clustered(330, WIDTH, seed=4), [1] * 90 + [0] * 240))
    sampler = sampler.copy()
    sampler.setParams(inputCols=columns(WIDTH))
    expected = multiset(sampler.resample(whole).collect())
    sampler.setParams(handleInvalid="keep")
    assert multiset(sampler.resample(whole).collect()) == expected


@on_classic
def test_weights_and_cleaners_by_the_same_distances(frame: DataFrame, x: Matrix) -> None:
    label = np.repeat([1, 0], [MINORITY, len(x) - MINORITY])
    squares = _squares(x)
    squares[7] = squares[:, 7] = np.inf
    # Without ties, or the order of content hashes would have a say.
    order = np.argsort(squares, axis=1)[:, :3]
    reached = np.isfinite(np.take_along_axis(squares, order, axis=1))
    assert reached[np.arange(len(x)) != 7].all()
    sorted_squares = np.sort(squares, axis=1)
    clear = sorted_squares[:, 2] < sorted_squares[:, 3] * (1 - 1e-9)
    wrong = (label[order] != label[:, None]).any(axis=1) & (label == 0)
    stay = {row["id"] for row in EditedNearestNeighbours(**KEEP).resample(frame).collect()}
    assert 7 in stay
    assert {*np.flatnonzero(~wrong & clear).tolist()} <= stay
    assert not {*np.flatnonzero(wrong & clear).tolist()} & stay

    rows = ADASYN(**KEEP, **TRACE, nNeighbors=3).resample(frame).collect()
    seeds, _, _, _ = traced(rows, WIDTH)
    hard = (label[order] == 0).any(axis=1) & (label == 1)
    assert {*seeds.tolist()} <= {*np.flatnonzero(hard | ~clear).tolist()} - {7}
    assert labels_of(rows) == {0: 200, 1: 200}
    left = labels_of(TomekLinks(**KEEP).resample(frame).collect())
    assert left[1] == MINORITY
    assert 100 < left[0] < 200
    assert labels_of(NearMiss(**KEEP).resample(frame).collect()) == {0: MINORITY, 1: MINORITY}


@on_classic
def test_deviations_are_those_of_the_values_that_are_there(spark: SparkSession, frame: DataFrame, x: Matrix) -> None:
    rows = SMOTE(**KEEP, **TRACE, standardization=True).resample(frame.withColumn("x1", F.col("x1") * 1000)).collect()
    seeds, neighbours, _, _ = traced(rows, WIDTH)
    assert _is_near(_squares((x / np.nanstd(x, axis=0))[:MINORITY]), seeds, neighbours)


@on_classic
def test_the_recall_of_lsh_search_is_measured_by_the_same_distances(spark: SparkSession) -> None:
    rng = np.random.default_rng(2)
    x = clustered(3_000, 6, seed=9)
    x[rng.random(x.shape) < 0.05] = np.nan
    frame = spark_frame(spark, numbered(x, [1] * 1000 + [0] * 2000))
    sampler = SMOTE(inputCols=columns(6), handleInvalid="keep", neighborSearch="lsh", cellRows=100, **TRACE)
    plan = sampler.plan(frame)
    recall = plan.classes[1].recall
    assert plan.classes[1].cells > 4
    assert recall is not None
    seeds, neighbours, _, _ = traced(sampler.resample(frame, plan).collect(), 6)
    squares = _squares(x[:1000])
    found = squares[seeds, neighbours] <= np.sort(squares, axis=1)[seeds, K - 1] * (1 + 1e-12)
    assert found.mean() == pytest.approx(recall, abs=0.05)


@on_classic
def test_types(spark: SparkSession) -> None:
    """Null comes out as null, NaN where a column cannot be null; what cannot be missing never is."""
    schema = StructType(
        [
            StructField("whole", IntegerType()),
            StructField("long", LongType()),
            StructField("day", DateType()),
            StructField("float", FloatType(), False),
            StructField("double", DoubleType(), False),
            StructField("sure", IntegerType(), False),
            StructField("label", StringType()),
            StructField("id", LongType()),
        ]
    )
    far = (1 << 60) + 1
    nan = float("nan")
    data = [
        (
            None if i % 3 == 0 else i,
            None if i % 4 == 0 else far + i,
            None if i % 5 == 0 else date(2020, 1, 1 + i % 28),
            nan if i % 6 == 1 else i / 2,
            nan if i % 7 == 2 else i / 4,
            i,
            "a" if i < 30 else "b",
            i,
        )
        for i in range(100)
    ]
    frame = spark.createDataFrame(data, schema)
    names = schema.names[:6]
    sampler = SMOTE(inputCols=names, handleInvalid="keep", **TRACE)
    result = sampler.resample(frame)
    assert result.schema.fields[:8] == schema.fields
    made = [row for row in result.collect() if row["origin"] is not None]
    assert len(made) == 40
    for row in made:
        seed = data[row["origin"]["seed"]]
        for place, name in enumerate(names):
            assert (row[name] is None) == (seed[place] is None)
            assert (row[name] != row[name]) == (seed[place] != seed[place])
        end = data[row["origin"]["neighbour"]][1]
        if seed[1] is not None:
            assert min(seed[1], end or seed[1]) <= row["long"] <= max(seed[1], end or seed[1])
        if seed[1] is not None and end is None:
            assert row["long"] == seed[1]


@on_classic
@pytest.mark.parametrize("kind", [VectorUDT(), ArrayType(DoubleType(), True), ArrayType(FloatType(), False)], ids=repr)
def test_vectors_and_arrays(spark: SparkSession, x: Matrix, kind: Any) -> None:
    values = np.round(x[:150], 1)
    nulls = isinstance(kind, ArrayType) and kind.containsNull

    def cell(row: Any) -> Any:
        if isinstance(kind, VectorUDT):
            return Vectors.dense(row)
        return [None if nulls and np.isnan(value) else float(value) for value in row]

    schema = StructType().add("features", kind).add("label", LongType()).add("id", LongType())
    data = [(cell(row), int(i < MINORITY), i) for i, row in enumerate(values.tolist())]
    frame = spark.createDataFrame(data, schema)
    result = SMOTE(handleInvalid="keep", **TRACE).resample(frame)
    assert result.schema["features"] == frame.schema["features"]
    rows = [row for row in result.collect() if row["origin"] is not None]
    assert len(rows) == 30
    for row in rows:
        seed = values[row["origin"]["seed"]]
        made = row["features"].toArray().tolist() if isinstance(kind, VectorUDT) else row["features"]
        assert [value is None or value != value for value in made] == np.isnan(seed).tolist()
        assert not nulls or all(value is None or value == value for value in made)


@on_classic
def test_what_is_refused(spark: SparkSession, frame: DataFrame) -> None:
    before = jobs()
    single = [one.sampler for one in samplers().values() if issubclass(one.sampler, Resampler)]
    refusing = [sampler for sampler in single if not sampler.KEEPS]
    assert {CCR, SMOTENC} <= {*refusing}
    assert not {SMOTE, NearMiss, TomekLinks} & {*refusing}
    for cls in refusing:
        with pytest.raises(ParameterError, match=f"handleInvalid='keep': {cls.__name__} needs every feature.*Imputer"):
            cls(handleInvalid="keep").plan(frame)
    with pytest.raises(ParameterError, match="version=2"):
        NearMiss(**KEEP, version=2).plan(frame)
    assert jobs() == before
    infinite = frame.withColumn("x1", F.when(F.col("id") < 3, float("-inf")).otherwise(F.col("x1")))
    with pytest.raises(InvalidDataError, match="'x1': 3 infinite"):
        SMOTE(**KEEP).plan(infinite)
    unlabelled = frame.withColumn("label", F.when(F.col("id") > 3, F.col("label")))
    with pytest.raises(InvalidDataError, match="null or NaN in 4 rows"):
        SMOTE(**KEEP).plan(unlabelled)
