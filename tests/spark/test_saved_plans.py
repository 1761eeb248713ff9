"""Plans saved and loaded: the same rows and no job, or an error that says why not.

The common suite resamples by a loaded plan for every over-sampler; here are the samplers that take rows out.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from frames import columns, multiset, skewed, spark_frame
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from samplers import leavers
from saved import jobs, reloaded

from spark_smote import SMOTE, SMOTEENN, SMOTENC, Chain, Plan, RandomUnderSampler, TomekLinks
from spark_smote.errors import ColumnError, MissingExtraError, ParameterError, PlanError
from spark_smote.spark import removal

LEAVERS = leavers(columns(2))
GIVEN: dict[str, Any] = {"inputCols": columns(2), "seed": 3}


@pytest.fixture(scope="module")
def frame(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> DataFrame:
    """Rows that can be read again, in another session too."""
    path = str(tmp_path_factory.mktemp("saved") / "rows")
    spark_frame(spark, skewed({1: 40, 2: 120, 3: 60}, width=2)).write.parquet(path)
    return spark.read.parquet(path)


@pytest.fixture(scope="module")
def plan(frame: DataFrame) -> Plan:
    return SMOTE(**GIVEN).plan(frame)


FEW = ("random-under", "near-miss-1", "tomek-lsh", "cleaning-rule-exact", "clustercentroids", "smoteipf")
CLASSIC = pytest.mark.classic("the others run on Connect")


def marks(name: str) -> Any:
    """Two of the few run on Connect, too."""
    return pytest.mark.long if name not in FEW else () if name in ("random-under", "tomek-lsh") else CLASSIC


@pytest.mark.parametrize("name", [pytest.param(name, marks=marks(name)) for name in LEAVERS])
def test_a_loaded_plan_takes_out_the_same_rows_without_a_job(frame: DataFrame, tmp_path: Path, name: str) -> None:
    sampler = LEAVERS[name]
    plan = sampler.plan(frame)
    loaded = reloaded(plan, tmp_path)
    assert loaded == plan and str(loaded) == str(plan)
    before = jobs()
    resampled = sampler.resample(frame, loaded)
    assert resampled.schema.names == frame.columns
    assert jobs() == before
    assert multiset(resampled.collect()) == multiset(sampler.resample(frame, plan).collect())
    assert jobs() > before


@pytest.mark.classic("Connect has one session in these tests")
def test_a_plan_holds_in_another_session_and_process(
    spark: SparkSession, frame: DataFrame, plan: Plan, tmp_path: Path
) -> None:
    loaded = reloaded(plan, tmp_path)
    elsewhere = spark.newSession().read.parquet(*frame.inputFiles())
    assert multiset(SMOTE(**GIVEN).resample(elsewhere, loaded).collect()) == multiset(
        SMOTE(**GIVEN).resample(frame).collect()
    )
    script = "import sys, spark_smote; print(spark_smote.Plan.load(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "saved.plan")], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == str(plan)


def test_a_plan_of_another_sampler_is_refused_before_any_job(frame: DataFrame, plan: Plan, tmp_path: Path) -> None:
    before, loaded = jobs(), reloaded(plan, tmp_path)
    for sampler, error, told in (
        (TomekLinks(inputCols=columns(2)), ParameterError, "made by SMOTE, not by TomekLinks: plan with"),
        (SMOTENC(**GIVEN), ParameterError, "made by SMOTE, not by SMOTENC"),
        (Chain(SMOTE(**GIVEN)), ParameterError, "must come from plan"),
        (SMOTE(inputCols=columns(2)), ParameterError, "was made with seed=3, but SMOTE has seed=0: plan again, or"),
        (SMOTE(**GIVEN, syntheticCol="made"), ParameterError, "with syntheticCol=None, but SMOTE has .*'made'"),
    ):
        with pytest.raises(error, match=told):
            sampler.resample(frame, loaded)
    with pytest.raises(
        ColumnError, match="was made for a DataFrame with column 'label', bigint; here it is 'label', i"
    ):
        SMOTE(**GIVEN).resample(frame.withColumn("label", F.col("label").cast("int")), loaded)
    assert jobs() == before
    # How the input is read, and what is done with balanced classes, may differ.
    SMOTE(**GIVEN, ifBalanced="pass").resample(frame, loaded)


def test_the_steps_of_a_chain_are_compared_one_by_one(frame: DataFrame, tmp_path: Path) -> None:
    plan = reloaded(SMOTEENN(**GIVEN).plan(frame), tmp_path)
    assert SMOTEENN(**GIVEN).resample(frame, plan).schema == frame.schema
    with pytest.raises(ParameterError, match="nNeighbors=3, but EditedNearestNeighbours has nNeighbors=4"):
        SMOTEENN(**GIVEN, nNeighbors=4).resample(frame, plan)
    with pytest.raises(ParameterError, match="by SMOTE and EditedNearestNeighbours, not by SMOTE"):
        Chain(SMOTE(**GIVEN)).resample(frame, plan)


def test_an_input_with_other_rows_fails_when_the_result_is_used(frame: DataFrame, plan: Plan, tmp_path: Path) -> None:
    loaded = reloaded(plan, tmp_path)
    relabelled = frame.withColumn("label", F.expr("IF(label = 1, 9, label)"))
    for changed in (
        relabelled,
        frame.filter("id > 0"),
        frame.withColumn("x0", F.col("x0") + (F.col("id") == 7).cast("int")),
    ):
        with pytest.raises(Exception, match="ChangedInputError: the input changed between two passes"):
            SMOTE(**GIVEN).resample(changed, loaded).collect()


def test_rows_of_the_session_are_not_saved(
    frame: DataFrame, plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = replace(plan, execution=replace(plan.execution, kept=frame))
    with pytest.raises(PlanError, match="a plan with persistInput=True cannot be saved"):
        kept.save(tmp_path / "kept.plan")
    monkeypatch.setattr(removal, "MOST_FETCHED", 1)
    many = LEAVERS["enn-lsh"].plan(frame)
    with pytest.raises(PlanError, match="more than 1 listed rows, too many for its file"):
        many.save(tmp_path / "many.plan")
    assert not list(tmp_path.iterdir())


def test_files(plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "new" / "a.plan"
    plan.save(str(path))
    with pytest.raises(PlanError, match=r"a.plan exists; name another file, or set overwrite=True"):
        plan.save(path)
    plan.save(f"file://{path}", overwrite=True)
    assert [file.name for file in path.parent.iterdir()] == ["a.plan"]
    assert Plan.load(f"file://{path}") == plan
    with pytest.raises(PlanError, match=r"b\.plan cannot be read: No such file"):
        Plan.load(tmp_path / "b.plan")
    with pytest.raises(PlanError, match="cannot be written"):
        plan.save(path / "c.plan")
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(MissingExtraError, match=r"s3:// needs fsspec and its library .* of a mount: /Volumes"):
        Plan.load("s3://bucket/a.plan")


def test_stores_that_fsspec_reaches(plan: Plan) -> None:
    pytest.importorskip("fsspec")
    plan.save("memory://plans/a.plan")
    with pytest.raises(PlanError, match="exists"):
        plan.save("memory://plans/a.plan")
    assert Plan.load("memory://plans/a.plan") == plan
    with pytest.raises(PlanError, match="cannot be read"):
        Plan.load("memory://plans/b.plan")
    with pytest.raises(MissingExtraError, match="nowhere:// needs fsspec"):
        Plan.load("nowhere://a.plan")


def test_a_strategy_that_is_a_function_is_known_by_its_name(frame: DataFrame, tmp_path: Path) -> None:
    def half(counts: dict[Any, int]) -> dict[Any, int]:
        return {2: counts[2] // 2}

    sampler = RandomUnderSampler(samplingStrategy=half)
    assert sampler.resample(frame, reloaded(sampler.plan(frame), tmp_path)).count() == 160
