"""Nothing needs a cache: the same rows where frames refuse to be kept, by reading again or from a staging place."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from changing import Changing, appended
from frames import columns, multiset, skewed, spark_frame
from pyspark.ml.classification import LogisticRegression
from pyspark.ml.functions import array_to_vector
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from samplers import EXACT, dress, everyone
from uncached import METHODS, RefusedError, nothing_kept

from spark_smote import (
    SMOTE,
    SMOTEENN,
    BalancedEnsemble,
    ClusterCentroids,
    Resampled,
    SMOTETomek,
    TomekLinks,
    compare,
)
from spark_smote import EditedNearestNeighbours as Enn
from spark_smote.core.chain import flat
from spark_smote.errors import EmptyClassError, ParameterError
from spark_smote.job import run
from spark_smote.job.config import Input, JobConfig, Output, SamplerSpec, StagingSpec
from spark_smote.spark import cached, removal, staging

WIDTH = 3
SIZES = {"a": 120, "b": 60, "c": 24}
GIVEN: dict[str, Any] = {"inputCols": columns(WIDTH)}
EVERYONE = everyone(columns(WIDTH))
# The kinds of searches and decisions; the long form has all samplers.
SHORT = ("tomek-lsh", "renn-exact", "near-miss-3", "cleaning-rule-exact")


@pytest.fixture(scope="module")
def frame(spark: SparkSession) -> DataFrame:
    return dress(spark_frame(spark, skewed(SIZES, WIDTH), "string"))


@pytest.fixture(autouse=True)
def no_table_is_left(spark: SparkSession) -> Iterator[None]:
    yield
    assert not [table.name for table in spark.catalog.listTables() if "staged" in table.name]


def rows_of(sampler: Any, frame: DataFrame) -> Counter[str]:
    plan = sampler.plan(frame)
    found = multiset(sampler.resample(frame, plan).collect())
    plan.release()
    return found


def reads_again(sampler: Any) -> bool:
    """Whether planning reads more often where nothing is kept; ClusterCentroids reads a class of one cell once."""
    return any(step.CACHES and not isinstance(step, ClusterCentroids) for step in flat(sampler))


def check(spark: SparkSession, frame: DataFrame, sampler: Any, **place: Any) -> None:
    kept = rows_of(sampler, frame)
    with nothing_kept(spark):
        plan = sampler.plan(frame)
        assert multiset(sampler.resample(frame, plan).collect()) == kept
        assert ("nothing is cached here: planning read the input" in str(plan)) == reads_again(sampler)
        staged = sampler.copy().setParams(**place)
        plan = staged.plan(frame)
        assert multiset(staged.resample(frame, plan).collect()) == kept
        assert "nothing is cached" not in str(plan)


def test_the_same_rows_without_a_cache(spark: SparkSession, frame: DataFrame, tmp_path: Path, mode: str) -> None:
    for name in SHORT if mode == "classic" else SHORT[:1]:
        check(spark, frame, EVERYONE[name], stagingPath=str(tmp_path))
        assert not list(tmp_path.iterdir()), name


@pytest.mark.long
@pytest.mark.parametrize("name", EVERYONE)
def test_the_same_rows_of_every_sampler_without_a_cache(spark: SparkSession, frame: DataFrame, name: str) -> None:
    check(spark, frame, EVERYONE[name], stagingTable="staged")


def test_vectors_in_tables_and_many_rows_to_remove_stay_until_the_plan_is_released(
    spark: SparkSession, frame: DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More keys than pass through the driver: they are staged for the result, which need not search again."""
    vectors = frame.select(array_to_vector(F.array(*columns(WIDTH))).alias("features"), "label", "id")
    sampler = SMOTEENN(allowEmptyClasses=True, **EXACT)
    kept = rows_of(sampler, vectors)
    monkeypatch.setattr(removal, "MOST_FETCHED", 3)
    with nothing_kept(spark):
        assert rows_of(sampler, vectors) == kept
        staged = sampler.copy().setParams(stagingTable="staged")
        plan = staged.plan(vectors)
        assert len([table for table in spark.catalog.listTables() if table.name.startswith("staged_")]) == 1
        assert multiset(staged.resample(vectors, plan).collect()) == kept
        plan.release()
        plan.release()


def test_the_input_as_it_is_now_needs_a_place_where_nothing_is_kept(spark: SparkSession, tmp_path: Path) -> None:
    rows = skewed({1: 40, 2: 90}, 2)
    source = Changing(tmp_path, rows, appended, after=1)
    sampler = SMOTE(inputCols=columns(2), persistInput=True, seed=3)
    with nothing_kept(spark):
        with pytest.raises(ParameterError, match=r"persistInput=True: this platform keeps no frames .* stagingTable"):
            sampler.resample(source.frame(spark))
        assert source.passes() == 0
        place = tmp_path / "place"
        sampler.setStagingPath(str(place))
        plan = sampler.plan(frame := source.frame(spark))
        resampled = sampler.resample(frame, plan)
        found = multiset(resampled.collect())
        assert source.passes() == 1
        assert len(list(place.iterdir())) == 1, "for a result that is lazy"
        plan.release()
        assert not list(place.iterdir())
    assert found == rows_of(SMOTE(inputCols=columns(2), seed=3), spark_frame(spark, rows))


def test_staged_rows_have_the_schema_of_the_input(spark: SparkSession, tmp_path: Path) -> None:
    """Odd names, columns that cannot be null, and metadata."""
    odd = spark.range(60).selectExpr(
        "id AS `a.b`", "id % 6 = 0 AS label", "CAST(sin(id) AS FLOAT) AS `A B`", "DATE'2020-01-01' AS day", "'s' AS s"
    )
    odd = odd.withMetadata("A B", {"unit": "cm"}).withMetadata("s", {"kind": "text"})
    sampler = SMOTE(inputCols=["A B"], seed=3)
    kept = sampler.resample(odd)
    staged = sampler.copy().setParams(persistInput=True, stagingPath=str(tmp_path))
    plan = staged.plan(odd)
    resampled = staged.resample(odd, plan)
    assert resampled.schema == kept.schema == odd.schema
    assert [one.metadata for one in resampled.schema] == [one.metadata for one in odd.schema]
    assert multiset(resampled.collect()) == multiset(kept.collect())
    plan.release()


def test_staged_rows_are_removed_when_planning_fails(spark: SparkSession, frame: DataFrame, tmp_path: Path) -> None:
    apart = spark.range(8).selectExpr("id % 2 = 0 AS label", "id * 1.0D AS x")
    doomed = Enn(inputCols=["x"], samplingStrategy="all", persistInput=True, stagingPath=str(tmp_path))
    with pytest.raises(EmptyClassError):
        doomed.plan(apart)
    broken = apart.withColumn("x", F.when(F.col("x") < 9, F.raise_error("of the user's own")).otherwise(F.col("x")))
    with pytest.raises(Exception, match="of the user's own"):
        TomekLinks(inputCols=["x"], stagingPath=str(tmp_path)).plan(broken.select("label", F.col("x").cast("double")))
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_cleared_is_refused_before_rows_are_written(
    frame: DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def elsewhere(path: str) -> None:
        raise FileNotFoundError(path)

    monkeypatch.setattr(shutil, "rmtree", elsewhere)
    with pytest.raises(
        ParameterError, match=r"stagingPath='.*': .*; name a place that both reach, or set stagingTable"
    ):
        TomekLinks(**GIVEN, stagingPath=str(tmp_path)).plan(frame)
    with pytest.raises(ParameterError, match=r"stagingTable='no_such_database\.staged'"):
        TomekLinks(**GIVEN, stagingTable="no_such_database.staged").plan(frame)


def test_the_session_is_asked_and_not_the_users_query(spark: SparkSession) -> None:
    def fail(*_: Any) -> Any:
        raise ZeroDivisionError("of the user's own")

    assert cached.can_cache(spark)
    assert cached.can_checkpoint(spark)
    query: Any = SimpleNamespace(sparkSession=spark, storageLevel=SimpleNamespace(useMemory=False, useDisk=False))
    query.persist = fail
    with pytest.raises(ZeroDivisionError), cached.cached(query):
        pass
    with nothing_kept(spark):
        assert not cached.can_cache(spark)
        assert not cached.can_checkpoint(spark)
    with nothing_kept(spark, but=("persist", "unpersist", "storageLevel")):
        assert cached.can_cache(spark)
        assert not cached.can_checkpoint(spark)
    # A platform that takes the call and keeps nothing.
    with nothing_kept(spark, but=("persist", "unpersist", "storageLevel")), pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(spark.range(1)), "persist", lambda frame: frame)
        assert not cached.can_cache(spark)
    for name in METHODS:
        with nothing_kept(spark), pytest.raises(RefusedError):
            getattr(spark.range(1), name)()


@pytest.fixture(scope="module")
def learnt(spark: SparkSession) -> DataFrame:
    """240 rows, 40 of them positive."""
    given = "CAST(id % 6 = 0 AS DOUBLE) AS label", "sin(id) + IF(id % 6 = 0, 1.0, 0.0) AS a", "cos(7 * id) AS b"
    return spark.range(240).selectExpr(*given).withColumn("features", array_to_vector(F.array("a", "b")))


@pytest.mark.long
@pytest.mark.classic("the fits do not depend on the mode")
def test_models_and_comparisons_are_the_same_without_a_cache(
    spark: SparkSession, learnt: DataFrame, tmp_path: Path
) -> None:
    learner = LogisticRegression(maxIter=3)
    place = {"stagingPath": str(tmp_path)}

    def figures(**staged: Any) -> list[float]:
        one = Resampled(sampler=SMOTETomek(seed=3), estimator=learner, correctPrior=True, **staged).fit(learnt)
        many = BalancedEnsemble(estimator=learner, numModels=2, **staged).fit(learnt)
        models = [one.stages[0], *many.members]
        found = compare(learnt, learner, SMOTE(seed=3), folds=2, progress=False, **staged)
        metrics = [value for row in found.summary for value in row.mean.values()]
        return [*(value for model in models for value in model.coefficients), *metrics]

    kept = figures()
    with nothing_kept(spark):
        np.testing.assert_allclose(figures(), kept, rtol=1e-9)
        np.testing.assert_allclose(figures(**place), kept, rtol=1e-9)
    assert not list(tmp_path.iterdir())


@pytest.mark.classic("the job does not depend on the mode")
def test_a_job_writes_the_same_rows_without_a_cache(
    spark: SparkSession, frame: DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame.write.parquet(str(tmp_path / "in"))
    written: list[str] = []
    write = staging.StagingPath.write

    def told(place: Any, *given: Any) -> DataFrame:
        written.append(place.path)
        return write(place, *given)

    monkeypatch.setattr(staging.StagingPath, "write", told)

    def rows(name: str, **more: Any) -> Counter[str]:
        spec = SamplerSpec("SMOTETomek", {**GIVEN, "seed": 3, "persistInput": bool(more)})
        config = JobConfig(Input(str(tmp_path / "in")), (spec,), Output(str(tmp_path / name)), **more)
        run(spark, config)
        return multiset(spark.read.parquet(str(tmp_path / name)).collect())

    kept = rows("kept")
    with nothing_kept(spark):
        assert rows("again") == kept
        place = str(tmp_path / "place")
        assert rows("staged", staging=StagingSpec(path=place)) == kept
    assert set(written) == {place}
    assert not list((tmp_path / "place").iterdir())
