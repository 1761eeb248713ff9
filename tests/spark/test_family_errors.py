"""Wrong parameters of the SMOTE family cause an error at once, too few rows before any search."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from frames import clustered, columns, numbered, spark_frame
from pyspark.sql import DataFrame, SparkSession

from spark_smote import ADASYN, SVMSMOTE, BorderlineSMOTE, KMeansSMOTE, LeeSMOTE, PolynomFitSMOTE, RandomOverSampler
from spark_smote.core.over_sampler import OverSampler
from spark_smote.errors import ParameterError, TooFewRowsError


@pytest.fixture(scope="module")
def frame(spark: SparkSession) -> DataFrame:
    """Class 0 has 30 rows, class 1 has 8, class 2 one."""
    return spark_frame(spark, numbered(clustered(39, 2, seed=1), np.repeat([0, 1, 2], [30, 8, 1])))


@pytest.mark.parametrize(
    ("sampler", "params", "words"),
    [
        (BorderlineSMOTE, {"kind": "x"}, ["kind", "'x'", "'borderline-1', 'borderline-2'"]),
        (BorderlineSMOTE, {"kind": 1}, ["kind", "int"]),
        (BorderlineSMOTE, {"fallback": "adasyn"}, ["fallback", "'adasyn'", "'none', 'smote'"]),
        (BorderlineSMOTE, {"mNeighbors": 0}, ["mNeighbors", "0", "1 or more"]),
        (BorderlineSMOTE, {"mNeighbors": 2.5}, ["mNeighbors", "2.5"]),
        (BorderlineSMOTE, {"nNeighbors": 5}, ["BorderlineSMOTE", "no parameter 'nNeighbors'", "mNeighbors"]),
        (ADASYN, {"nNeighbors": 0}, ["nNeighbors", "0", "1 or more"]),
        (ADASYN, {"kNeighbors": 5}, ["ADASYN", "no parameter 'kNeighbors'", "nNeighbors"]),
        (SVMSMOTE, {"outStep": -1}, ["outStep", "-1", "positive"]),
        (SVMSMOTE, {"outStep": 0}, ["outStep", "0", "positive"]),
        (SVMSMOTE, {"outStep": float("inf")}, ["outStep", "inf", "positive"]),
        (SVMSMOTE, {"mNeighbors": -2}, ["mNeighbors", "-2", "1 or more"]),
        (KMeansSMOTE, {"numClusters": 1}, ["numClusters", "not 1", "2 or more"]),
        (KMeansSMOTE, {"clusterBalanceThreshold": 2}, ["clusterBalanceThreshold", "2", "from 0 to 1"]),
        (KMeansSMOTE, {"clusterBalanceThreshold": float("nan")}, ["clusterBalanceThreshold", "nan", "from 0 to 1"]),
        (KMeansSMOTE, {"densityExponent": -0.5}, ["densityExponent", "-0.5", "0 or more"]),
        (LeeSMOTE, {"candidates": 0}, ["candidates", "0", "1 to 100"]),
        (LeeSMOTE, {"candidates": 101}, ["candidates", "101", "1 to 100"]),
        (LeeSMOTE, {"rejectionLevel": 1.5}, ["rejectionLevel", "1.5", "from 0 to 1"]),
        (LeeSMOTE, {"mNeighbors": 0}, ["mNeighbors", "0", "1 or more"]),
        (RandomOverSampler, {"shrinkage": -1}, ["shrinkage", "-1", "0 or more"]),
        (RandomOverSampler, {"shrinkage": float("nan")}, ["shrinkage", "nan", "0 or more"]),
        (RandomOverSampler, {"shrinkage": {"a": "b"}}, ["shrinkage", "'a'", "'b'"]),
        (RandomOverSampler, {"kNeighbors": 5}, ["RandomOverSampler", "no parameter 'kNeighbors'"]),
        (PolynomFitSMOTE, {"neighborSearch": "exact"}, ["PolynomFitSMOTE", "no parameter 'neighborSearch'"]),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else None if isinstance(value, list) else repr(value),
)
def test_wrong_values_are_refused_at_once(
    spark: SparkSession, sampler: type[OverSampler], params: dict[str, Any], words: list[str]
) -> None:
    with pytest.raises(ParameterError) as caught:
        sampler(**params)
    assert not [word for word in words if word not in str(caught.value)], caught.value


@pytest.mark.parametrize(
    ("sampler", "param"),
    [(BorderlineSMOTE, "mNeighbors"), (SVMSMOTE, "mNeighbors"), (LeeSMOTE, "mNeighbors"), (ADASYN, "nNeighbors")],
    ids=lambda value: value.__name__ if isinstance(value, type) else value,
)
def test_as_many_neighbours_as_there_are_rows_are_too_many(
    frame: DataFrame, sampler: type[OverSampler], param: str
) -> None:
    """ADASYN also draws from neighbours of the class, and shrinks only their number."""
    params = {"inputCols": columns(2), "samplingStrategy": {1: 20}, "neighborSearch": "exact"}
    one = sampler(**params, **{param: 39}, shrinkK=True)
    with pytest.raises(
        TooFewRowsError, match=rf"39 usable rows, too few for {param}=39, which needs 40; lower {param}"
    ):
        one.plan(frame)


@pytest.mark.parametrize(
    ("sampler", "k"),
    [(BorderlineSMOTE, "kNeighbors"), (ADASYN, "nNeighbors"), (KMeansSMOTE, "kNeighbors"), (LeeSMOTE, "kNeighbors")],
    ids=lambda value: value.__name__ if isinstance(value, type) else value,
)
def test_a_class_smaller_than_its_neighbours(frame: DataFrame, sampler: type[OverSampler], k: str) -> None:
    one = sampler(inputCols=columns(2), samplingStrategy={1: 20}, **{k: 8})
    with pytest.raises(TooFewRowsError, match=rf"class 1 has 8 rows, too few for {k}=8, which needs 9; lower {k}"):
        one.plan(frame)


@pytest.mark.parametrize("sampler", [RandomOverSampler, PolynomFitSMOTE], ids=lambda value: value.__name__)
def test_a_lone_row_is_enough_where_no_neighbours_are_needed(frame: DataFrame, sampler: type[OverSampler]) -> None:
    """The mean of a lone row is the row."""
    rows = sampler(inputCols=columns(2), samplingStrategy={2: 4}).resample(frame).filter("label = 2").collect()
    assert len({(row["x0"], row["x1"]) for row in rows}) == 1
    assert len(rows) == 4
