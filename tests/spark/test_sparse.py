"""Vectors that are long and mostly zero are read, searched and given back as sparse vectors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pyspark.ml.linalg import SparseVector, Vectors, VectorUDT
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql.types import IntegerType, StructField, StructType
from scipy.spatial.distance import cdist

from spark_smote import ADASYN, SMOTE, EditedNearestNeighbours, LeeSMOTE, TomekLinks
from spark_smote.errors import InvalidDataError

LENGTH, APART = 50_000, 1_000
"""Only every 1,000th element is ever not zero: distances are those of vectors of 50 elements."""
TRACE: dict[str, Any] = {"provenanceCol": "origin", "idCol": "id"}


@pytest.fixture(scope="module")
def dense() -> np.ndarray:
    rng = np.random.default_rng(8)
    return np.where(rng.random((90, LENGTH // APART)) < 0.2, rng.normal(size=(90, LENGTH // APART)), 0.0)


def _frame(spark: SparkSession, dense: np.ndarray, length: int) -> DataFrame:
    """The rows as sparse vectors of this length, some with a zero stored."""
    rows, apart = [], length // dense.shape[1]
    for number, row in enumerate(dense.tolist()):
        places = [place for place, value in enumerate(row) if value or place == number % 7]
        vector = Vectors.sparse(length, [place * apart for place in places], [row[place] for place in places])
        rows.append((number, int(number < 30), vector))
    fields = [StructField(name, IntegerType(), False) for name in ("id", "label")]
    return spark.createDataFrame(rows, StructType([*fields, StructField("features", VectorUDT(), False)])).coalesce(2)


@pytest.fixture(scope="module")
def long(spark: SparkSession, dense: np.ndarray) -> DataFrame:
    return _frame(spark, dense, LENGTH)


@pytest.fixture(scope="module")
def rows(long: DataFrame) -> list[Row]:
    output = SMOTE(seed=3, inheritCols=["id"], **TRACE).resample(long)
    if long.sparkSession.version >= "4":  # before, no vector that a query computes can be other than nullable
        assert output.schema["features"] == long.schema["features"]
    return output.collect()


def test_synthetic_rows_are_sparse_and_between_true_neighbours(dense: np.ndarray, rows: list[Row]) -> None:
    made = [row for row in rows if row["origin"]]
    assert len(made) == 30 and len(rows) == 120
    distance = cdist(dense[:30], dense[:30])
    np.fill_diagonal(distance, np.inf)
    near = np.argsort(distance, axis=1)[:, :5]
    for row in made:
        vector, origin = row["features"], row["origin"]
        assert isinstance(vector, SparseVector) and vector.size == LENGTH and vector.values.all()
        assert origin["neighbour"] in near[origin["seed"]]
        seed, neighbour = dense[origin["seed"]], dense[origin["neighbour"]]
        assert (vector.toArray()[::APART] == seed + origin["gap"] * (neighbour - seed)).all()


@pytest.mark.classic("the order of the input does not depend on the mode")
def test_same_rows_for_other_partitions_and_dense_storage(long: DataFrame, rows: list[Row]) -> None:
    stored = [Row(**{**row.asDict(), "features": Vectors.dense(row["features"].toArray())}) for row in long.collect()]
    again = long.sparkSession.createDataFrame(stored, long.schema).repartition(3)
    found = SMOTE(seed=3, inheritCols=["id"], **TRACE).resample(again).filter("origin IS NOT NULL").collect()
    assert sorted(map(str, found)) == sorted(str(row) for row in rows if row["origin"])


@pytest.mark.classic("figures; the search is shown to run on Connect above")
@pytest.mark.parametrize("cleaner", [TomekLinks(), EditedNearestNeighbours(samplingStrategy=[0])])
def test_cleaned_as_the_same_rows_stored_whole(
    spark: SparkSession, dense: np.ndarray, long: DataFrame, cleaner: Any
) -> None:
    whole = _frame(spark, dense, dense.shape[1])
    kept = {row["id"] for row in cleaner.resample(long).select("id").collect()}
    assert kept == {row["id"] for row in cleaner.resample(whole).select("id").collect()}
    assert len(kept) < 90


@pytest.mark.classic("figures; the search is shown to run on Connect above")
@pytest.mark.parametrize("sampler", [ADASYN(seed=1, inheritCols=["id"]), LeeSMOTE(seed=1, inheritCols=["id"])])
def test_weighed_by_all_classes(long: DataFrame, sampler: Any) -> None:
    made = sampler.resample(long).filter("label = 1").collect()
    assert len(made) == 60
    assert all(isinstance(row["features"], SparseVector) for row in made)


def test_faults_are_named_and_skipped(spark: SparkSession, dense: np.ndarray) -> None:
    frame = _frame(spark, dense, LENGTH)
    bad = [(1, 1, Vectors.sparse(LENGTH, [5], [float("nan")]))]
    frame = frame.union(spark.createDataFrame(bad, frame.schema))
    with pytest.raises(InvalidDataError, match=r"'features': 1 NaN"):
        SMOTE(inheritCols=["id"]).plan(frame)
    plan = SMOTE(inheritCols=["id"], handleInvalid="skip").plan(frame)
    assert [(one.rows, one.invalid, one.to_synthesise) for one in plan.classes] == [(60, 0, 0), (31, 1, 29)]
