"""The physical plan: one shuffle, of the minority only; Spark reads only the necessary columns and rows."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from frames import columns, numbered, skewed, spark_frame
from pyspark.sql import DataFrame, SparkSession
from samplers import CASES, Case, leavers

from spark_smote import GeometricSMOTE, LeeSMOTE, stratified_folds
from spark_smote.core.scored_sampler import ScoredSampler
from spark_smote.core.weighted_sampler import WeighingSampler

pytestmark = pytest.mark.classic("both modes have the same planner")


def _explained(df: DataFrame, capsys: pytest.CaptureFixture[str]) -> str:
    df.explain()
    return capsys.readouterr().out


# Samplers that search among all rows shuffle these, and merge the nearest rows, before that.
SEARCHING = WeighingSampler | ScoredSampler | LeeSMOTE | GeometricSMOTE
ONE_STEP = [case for case in CASES if not issubclass(case.sampler, SEARCHING)]
MORE_STEPS = list({case.sampler: case for case in CASES if case not in ONE_STEP}.values())


@pytest.mark.parametrize("case", ONE_STEP, ids=lambda case: case.name)
def test_one_shuffle_and_a_scan_of_what_is_needed(
    spark: SparkSession, tmp_path: Path, capsys: pytest.CaptureFixture[str], case: Case
) -> None:
    case.dress(spark_frame(spark, skewed({1: 900, 2: 100, 3: 2000}, width=4))).write.parquet(str(tmp_path / "data"))
    df = spark.read.parquet(str(tmp_path / "data"))
    sampler = case.make(inputCols=columns(3), samplingStrategy={1: 1000, 2: 1000})
    found, guard = _explained(sampler.resample(df), capsys).split("Generate explode")
    numbers = "x0:double,x1:double,x2:double," if case.numbers else ""
    categories = ",kind:string,grade:int" if case.categories else ""
    needed = f"ReadSchema: struct<{numbers}label:bigint{categories}>"
    # The guard reads the labels, or the necessary columns if all rows influence the result, and shuffles sums.
    seen = needed if sampler.looks_at_all() else "ReadSchema: struct<label:bigint>"
    assert re.findall(r"ReadSchema: .*", guard) == [seen]

    assert found.count("Exchange") == 1
    assert found.count("Sort ") == 1
    originals, minority = re.findall(r"FileScan.*", found)
    assert "PushedFilters: []" in originals
    # Only originals have the column x3 and the id in the output.
    assert needed in minority
    assert re.search(r"PushedFilters: \[[^]]*In\(label, \[1,2\]\)", minority)
    # Originals do not pass through Python: the minority's rows have one pass for cells and one for synthesis.
    branch = found[: found.index(originals)]
    assert "Python" not in branch.split("Union")[1]
    assert len(re.findall(r"MapInArrow", found)) == 2


@pytest.mark.parametrize("case", MORE_STEPS, ids=lambda case: case.name)
def test_originals_pass_through_no_python_with_any_sampler(
    spark: SparkSession, tmp_path: Path, capsys: pytest.CaptureFixture[str], case: Case
) -> None:
    spark_frame(spark, skewed({1: 90, 2: 40, 3: 200}, width=4)).write.parquet(str(tmp_path / "data"))
    df = spark.read.parquet(str(tmp_path / "data"))
    found = _explained(case.make(inputCols=columns(3)).resample(df), capsys)
    assert "MapInArrow" in found
    branch, scan = re.split("FileScan", found)[:2]
    assert "x3:double,label:bigint,id:bigint>" in scan
    assert not re.search("Python|MapIn|Exchange", branch.split("Union")[1])


LEAVERS = leavers(columns(15))


@pytest.fixture(scope="module")
def many_columns(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> DataFrame:
    """As Parquet, for a filter on columns that are renamed is pushed to where they are read."""
    path = str(tmp_path_factory.mktemp("many") / "data")
    x = np.random.default_rng(0).normal(size=(60, 15)) + np.arange(60)[:, None] // 40
    spark_frame(spark, numbered(x, [0] * 40 + [1] * 20)).write.parquet(path)
    return spark.read.parquet(path)


@pytest.mark.parametrize("name", ["random-under", "near-miss-3", "cleaning-rule-exact", "smote-enn-lsh"])
def test_many_columns_do_not_keep_the_optimiser_busy(many_columns: DataFrame, name: str) -> None:
    """A filter on an expression of n renamed columns has it try 2^n others: 20 s for these, and twice that for each
    column more."""
    assert _seconds_to_optimise(LEAVERS[name].resample(many_columns)) < 5


def test_folds_of_many_columns_do_not_keep_the_optimiser_busy(many_columns: DataFrame) -> None:
    more = many_columns.selectExpr("*", *(f"x{place} AS y{place}" for place in range(4)))
    training = stratified_folds(more, "label", 2, seed=1).filter("fold = 0").drop("fold")
    assert _seconds_to_optimise(CASES[0].make(inputCols=columns(15)).resample(training)) < 5


def _seconds_to_optimise(resampled: Any) -> float:
    start = time.monotonic()
    resampled._jdf.queryExecution().optimizedPlan()
    return time.monotonic() - start


def test_the_sample_and_the_calibration_read_no_more(
    spark: SparkSession, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    spark_frame(spark, skewed({1: 900, 2: 100, 3: 2000}, width=4)).write.parquet(str(tmp_path / "data"))
    df = spark.read.parquet(str(tmp_path / "data"))
    passes = []
    plain = type(df).mapInArrow

    def spy(self: DataFrame, *args: object, **kwargs: object) -> DataFrame:
        passes.append(self)
        return plain(self, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(type(df), "mapInArrow", spy)
    sampler = CASES[1].make(inputCols=columns(3), samplingStrategy={1: 1000, 2: 1000})
    sampler.plan(df)
    assert len(passes) == 2
    for rows in passes:
        (scan,) = re.findall(r"FileScan.*", _explained(rows, capsys))
        assert "struct<x0:double,x1:double,x2:double,label:bigint>" in scan
        assert "In(label, [1,2])" in scan
