"""Tables with one planted fault each, and resampled tables with one: it is named, and nothing else of weight."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from saved import jobs, reloaded

from spark_smote import ADASYN, SMOTE, SMOTENC, Chain, RandomOverSampler, RandomUnderSampler, diagnose, inspect
from spark_smote.core import resampler
from spark_smote.core.first_findings import first_findings
from spark_smote.errors import ColumnError, ParameterError, StrategyError
from spark_smote.evaluation import Diagnosis

ROWS = 700


def table(apart: float = 3.0, **more: Any) -> dict[str, Any]:
    """Two classes, one of a fifth of the rows, that lie so far apart in the first of three features."""
    draw = np.random.default_rng(4)
    truth = (draw.random(ROWS) < 0.2).astype(int)
    given = {"x": draw.normal(size=ROWS) + apart * truth, "y": draw.normal(size=ROWS), "z": draw.gamma(3, size=ROWS)}
    return {**given, **more, "label": truth}


def with_conflicts() -> dict[str, Any]:
    plain = {name: np.asarray(values) for name, values in table().items()}
    again = {name: np.r_[values, values[plain["label"] == 1][:30]] for name, values in plain.items()}
    again["label"][ROWS:] = 0
    return again


def with_gaps() -> dict[str, Any]:
    x = np.array(table()["x"])
    x[::50] = np.nan
    return table(x=x)


def with_islands() -> dict[str, Any]:
    """The smaller class in forty groups of four rows, all over the other class."""
    draw = np.random.default_rng(5)
    around, near = np.repeat(draw.normal(size=(40, 3)), 4, axis=0) * 2, draw.normal(size=(160, 3)) / 50
    rows = np.r_[draw.normal(size=(1200, 3)) * 2, around + near]
    return {"x": rows[:, 0], "y": rows[:, 1], "z": rows[:, 2], "label": np.r_[np.zeros(1200, int), np.ones(160, int)]}


PLANTED: dict[str, dict[str, Any]] = {
    "": table(),
    "ids": table(key=np.arange(ROWS)),
    "invalid": with_gaps(),
    "conflicts": with_conflicts(),
    "overlap": table(apart=0.0),
    "smallDisjuncts": with_islands(),
    "timeFeatures": table(at=pd.date_range("2026-01-01", periods=ROWS, freq="h")),
    "dimension": table(**{f"w{place}": np.random.default_rng(place).normal(size=ROWS) for place in range(40)}),
}


def frame(spark: SparkSession, given: dict[str, Any]) -> DataFrame:
    return spark.createDataFrame(pd.DataFrame(given)).repartition(3)


@pytest.mark.parametrize(
    "fault",
    [
        fault
        if fault in ("overlap", "timeFeatures")
        else pytest.param(fault, marks=pytest.mark.classic("two run on Connect"))
        for fault in PLANTED
    ],
    ids=str,
)
def test_one_planted_fault_is_named_and_nothing_else(spark: SparkSession, fault: str) -> None:
    df = frame(spark, PLANTED[fault])
    found = diagnose(df)
    # Classes that lie upon each other in one feature of 43 overlap.
    assert {one.name for one in found.faults} - ({"overlap"} if fault == "dimension" else set()) == {fault} - {""}
    assert found.rows == {row[0]: row[1] for row in df.groupBy("label").count().collect()}


def test_a_sampler_says_the_columns_and_more_partitions_change_nothing(spark: SparkSession) -> None:
    df = frame(spark, table(kind=np.where(np.arange(ROWS) % 3, "a", "b"), big=1e6 * np.asarray(table()["y"])))
    smote = SMOTENC(inputCols=["x", "z", "big"], categoricalCols=["kind"])
    found = diagnose(df, smote)
    assert [(one.name, one.columns) for one in found.faults] == [("scale", ("big",))]
    assert "standardization=True" in str(found)
    again = diagnose(df.repartition(7), smote)
    assert (again.findings, again.sampled) == (found.findings, found.sampled)
    assert diagnose(df, smote.setStandardization(True)).faults == ()
    with pytest.raises(ParameterError, match="RandomOverSampler has no features"):
        diagnose(df, RandomOverSampler())
    with pytest.raises(ColumnError, match="nowhere"):
        diagnose(df, inputCols=["nowhere"])


def test_a_plan_names_the_worst_two_findings_and_runs_no_job_for_them(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    truth = np.arange(660) % 33 == 0
    apart = np.random.default_rng(2).normal(size=660)
    df = frame(spark, {"x": apart, "y": np.r_[np.full(660, 7.0)], "label": truth.astype(int)})
    run = []

    def counted(*given: Any) -> Any:
        before = jobs()
        found = first_findings(*given)
        run.append(jobs() - before)
        return found

    monkeypatch.setattr(resampler, "first_findings", counted)
    plan = ADASYN(inputCols=["x", "y"], standardization=True).plan(df)
    assert run == [0]
    assert [one.name for one in plan.findings] == ["overlap", "constantFeatures", "imbalance"]
    figures = diagnose(df, inputCols=["x", "y"]).findings[0].figures
    assert plan.findings[0].figures.items() <= figures.items() and plan.findings[1].columns == ("y",)
    assert reloaded(plan, tmp_path).findings == plan.findings
    shown = str(plan).splitlines()
    assert shown[-3] == "planning found, and diagnose(df, sampler) looks for more:"
    assert shown[-2].startswith("  overlap: rows of the smaller classes lie among others: ")
    assert shown[-1].endswith("leave it out: it costs time and tells nothing")
    chained = Chain(RandomUnderSampler(samplingStrategy=0.5), SMOTE(inputCols=["x"])).plan(df)
    assert [one.name for one in chained.findings] == ["imbalance"]


def names(found: Diagnosis) -> set[str]:
    return {one.name for one in found.faults}


RING = {"inputCols": ["x", "y"], "syntheticCol": "made"}


def ring(spark: SparkSession) -> tuple[DataFrame, Any, Any]:
    """A pocket of the majority in the middle of a ring, and a code; the points and the labels."""
    draw = np.random.default_rng(6)
    turn, inside = draw.uniform(0, 2 * np.pi, 60), draw.normal(scale=0.5, size=(400, 2))
    rows = np.r_[np.c_[np.cos(turn), np.sin(turn)] * 4, inside]
    code = draw.choice([1, 20, 300], len(rows))
    label = np.r_[np.ones(60, int), np.zeros(400, int)]
    given = {"key": np.arange(len(rows)), "x": rows[:, 0], "y": rows[:, 1], "code": code, "label": label}
    return frame(spark, given), rows, label


def test_rows_made_across_other_classes_are_found_with_their_parents(spark: SparkSession) -> None:
    df, rows, label = ring(spark)
    plain = SMOTE(**RING)
    assert names(inspect(plain.resample(df), plain)) == set()
    # With all rows of the ring as neighbours, rows are made across it.
    traced = {"provenanceCol": "from", "idCol": "key"}
    across = SMOTE(kNeighbors=59, **RING, **traced)
    found = inspect(across.resample(df), across)
    assert "crossed" in names(found) and 0 < len(found.examples) <= 5
    for one in found.examples:
        made = np.array(list(one.values.values()))
        parents = [rows[end] for end in (one.seed, one.neighbour)]
        assert one.label == 1 and label[((rows - made) ** 2).sum(axis=1).argmin()] == 0
        assert np.allclose(made, parents[0] + one.gap * (parents[1] - parents[0]))
        assert [list(values.values()) for values in one.parents] == [list(end) for end in parents]
    assert f"from {found.examples[0].seed} (x " in str(found)


@pytest.mark.classic("the figures come from the same rows on Connect")
def test_values_between_codes_copies_and_shifts_are_found(spark: SparkSession) -> None:
    df, _, _ = ring(spark)
    coded = SMOTE(inputCols=["x", "y", "code"], syntheticCol="made", standardization=True)
    found = inspect(coded.resample(df), coded)
    assert "betweenCodes" in names(found) and "-> no real row has such a value" in str(found)
    made = RandomOverSampler(syntheticCol="made").resample(df)
    assert names(inspect(made, inputCols=["x", "y"], syntheticCol="made")) == {"copies"}
    plain = SMOTE(**RING)
    shifted = plain.resample(df).withColumn("y", F.when(F.col("made"), F.col("y") + 9).otherwise(F.col("y")))
    found = inspect(shifted, plain)
    assert names(found) >= {"moved", "outOfRange"}
    assert {one.columns for one in found.faults if one.name != "crossed"} == {("y",)}
    with pytest.raises(StrategyError, match="no row of column 'made' is synthetic"):
        inspect(df.withColumn("made", F.lit(False)), inputCols=["x"], syntheticCol="made")
    with pytest.raises(ColumnError, match="syntheticCol"):
        inspect(df, inputCols=["x"])
