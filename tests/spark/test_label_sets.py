"""MLROS, MLRUS and LPROS: whole rows by their label sets, in each form of labels."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from frames import multiset
from pyspark.ml.functions import array_to_vector
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from spark_smote import LPROS, MLROS, MLRUS, MLSMOTE, Chain, Plan, RandomUnderSampler, label_imbalance
from spark_smote.errors import ClassError, InvalidDataError, ParameterError
from spark_smote.spark import label_counts

SAMPLERS = [MLROS, LPROS, MLRUS]
FORMS: dict[str, Any] = {"array": "the labels", "vector": "vector", "columns": ["a", "b", "c"]}


@pytest.fixture(scope="module")
def frame(spark: SparkSession) -> DataFrame:
    """400 rows, some of them equal; with odd names, columns that cannot be null and metadata."""
    labels = (
        "CASE WHEN id % 40 = 0 THEN array('a', 'c') WHEN id % 13 = 0 THEN array('b') WHEN id % 7 = 0 THEN array() "
        "ELSE array('a') END AS `the labels`"
    )
    rows = spark.range(400).selectExpr("IF(id < 360, id, 0) AS `an.id`", "map('k', id % 2) AS more", labels)
    marks = {name: F.array_contains("the labels", name) for name in "abc"}
    vector = array_to_vector(F.array(*(mark.cast("double") for mark in marks.values()))).alias("vector")
    kinds = dict(zip("abc", ("int", "boolean", "float"), strict=True))
    columns = (mark.cast(kinds[name]).alias(name) for name, mark in marks.items())
    return rows.select("*", vector, *columns).withMetadata("more", {"unit": "EUR"})


def sets_of(df: DataFrame) -> Counter[tuple[str, ...]]:
    return Counter(tuple(row[0]) for row in df.select("the labels").collect())


@pytest.mark.parametrize(("sampler", "form"), list(zip(SAMPLERS, FORMS, strict=True)))
def test_counts_are_those_of_the_plan_and_rows_do_not_depend_on_partitions(
    frame: DataFrame, sampler: type[Any], form: str
) -> None:
    made = sampler(labelCol=FORMS[form], share=0.02, seed=3)
    plan = made.plan(frame)
    result = made.resample(frame, plan)
    assert result.schema == frame.schema
    rows, before = multiset(result.collect()), multiset(frame.collect())
    assert abs(sum(rows.values()) - 400) == 8
    assert (rows <= before) if sampler is MLRUS else (before <= rows and set(rows) == set(before))
    assert sorted(one.total for one in plan.classes) == sorted(sets_of(result).values())
    again = sampler(labelCol=FORMS[form], share=0.02, seed=3).resample(frame.repartition(7))
    assert multiset(again.collect()) == rows
    after = label_imbalance(result, FORMS[form])
    assert sampler is MLRUS or after.mean_ir < label_imbalance(frame, FORMS[form]).mean_ir
    assert f"after: {after.summary}" in plan.notes


def test_copies_are_marked_and_traced(frame: DataFrame) -> None:
    sampler = MLROS(labelCol="the labels", share=0.02, idCol="an.id", provenanceCol="origin", syntheticCol="made")
    rows = sampler.resample(frame).collect()
    made = [row for row in rows if row["made"]]
    assert len(made) == 8 and all(row["origin"]["seed"] == row["an.id"] for row in made)
    assert all(row["origin"] is None for row in rows if not row["made"])


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_unknown_labels_are_refused_or_stay_and_too_many_label_sets_are_named(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch, sampler: type[Any]
) -> None:
    frame = spark.range(60).selectExpr("id", "IF(id < 6, NULL, IF(id % 9 = 0, array('b'), array('a'))) AS labels")
    with pytest.raises(InvalidDataError, match="is null, or has a null label, in 6 rows"):
        sampler().resample(frame)
    stay = sampler(handleInvalid="skip", share=0.1).resample(frame)
    assert stay.filter("labels IS NULL").count() == 6
    alike = frame.select("id", F.array(F.lit(1)).alias("labels"))
    assert multiset(sampler().resample(alike).collect()) == multiset(alike.collect())
    monkeypatch.setattr(label_counts, "MOST_SETS", 1)
    with pytest.raises(ClassError, match="label sets, more than"):
        sampler(handleInvalid="skip").plan(frame)


def test_a_saved_plan_makes_the_same_rows(frame: DataFrame, tmp_path: Any) -> None:
    sampler = LPROS(labelCol="the labels")
    plan = sampler.plan(frame)
    plan.save(tmp_path / "plan")
    loaded = Plan.load(tmp_path / "plan")
    assert multiset(sampler.resample(frame, loaded).collect()) == multiset(sampler.resample(frame, plan).collect())


@pytest.mark.classic("errors, and plans with nothing to do")
@pytest.mark.parametrize("kind", [*SAMPLERS, MLSMOTE], ids=lambda kind: kind.__name__)
def test_no_rows_are_refused_and_a_single_one_stays(spark: SparkSession, kind: Any) -> None:
    rows = spark.range(1).selectExpr("id * 1.0D AS x", "array('a') AS labels")
    sampler = kind(**{"inputCols": ["x"]} if kind is MLSMOTE else {})
    with pytest.raises(ClassError, match=r"has no rows|no row has a label"):
        sampler.plan(rows.limit(0))
    assert sampler.resample(rows).collect() == rows.collect()
    if kind is not MLSMOTE:  # rows without labels are a label set too
        assert sampler.resample(rows.selectExpr("x", "array_except(labels, labels) AS labels")).count() == 1


def test_a_chain_refuses_samplers_of_several_labels() -> None:
    with pytest.raises(ParameterError, match="for rows with several labels"):
        Chain(RandomUnderSampler(), MLROS())
