"""Properties of every sampler: exact counts, untouched originals, the same schema, the same rows for the same seed."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from frames import SKEWED, columns, labels_of, multiset, numbered, skewed, spark_frame, traced
from pyspark import cloudpickle
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StructType
from samplers import CASES, KINDS, Case
from saved import jobs, reloaded
from sessions import INTERPRETED, configured
from worker_imports import heavy_imports

from spark_smote import Plan

WIDTH = 4
BASE: dict[str, Any] = {
    "inputCols": columns(WIDTH),
    "seed": 11,
    "syntheticCol": "made",
    "provenanceCol": "origin",
    "idCol": "id",
}


@dataclass(frozen=True)
class Outcome:
    plan: Plan
    schema: StructType
    rows: list[Row]
    jobs: int
    sent: list[Any]
    """Functions that the plan sends to Python workers."""


LABELS: list[tuple[str, list[Any]]] = [
    ("int", [3, -1, 7, 0, 2]),
    ("bigint", [1 << 40, -1, 7, 0, 2]),
    ("double", [0.5, -1.0, 7.25, 0.0, 2.0]),
    ("string", ["a b", "", "naïve", "Ω", "a.b"]),
    ("boolean", [False, True]),
]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test with one case of each sampler, and with the other cases in the long tests.

    What the shared flow decides is shown by the kinds: other partitions, another seed, labels and invalid rows. A
    sampler with the same draws on classic and Connect has the same properties in both; three show these on Connect.
    """
    short, test = {case.name for case in CASES if case.connect}, metafunc.function
    if test in FLOW:
        short = {case.name for case in KINDS}
    if metafunc.config.getoption("--mode") == "connect" and test is not test_draws_are_the_same_on_classic_and_connect:
        few = {"smote-lsh", "borderline-2-lsh", "smotenc-lsh"}
        short = few if test in FLOW else few | (short - {case.name for case in CASES if case.pinned})
    cases = [case for case in CASES if case.connect or test not in FLOW]
    if test is test_draws_are_the_same_on_classic_and_connect:
        cases = [case for case in CASES if case.pinned]
    marks = {case.name: () if case.name in short else pytest.mark.long for case in cases}
    if "labels" in metafunc.fixturenames:
        # Labels of all types with the first of the kinds, and in turn with the others.
        cases.sort(key=lambda case: case.name not in short)
        turns = [(case, LABELS[(at + turn) % 5]) for at, case in enumerate(cases) for turn in range(1 if at else 5)]
        params = [pytest.param(*turn, id=f"{turn[0].name}-{turn[1][0]}", marks=marks[turn[0].name]) for turn in turns]
        metafunc.parametrize(("case", "labels"), params)
    else:
        metafunc.parametrize("case", [pytest.param(one, id=one.name, marks=marks[one.name]) for one in cases])


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    return skewed(width=WIDTH)


@pytest.fixture
def frame(spark: SparkSession, case: Case, data: pd.DataFrame) -> DataFrame:
    return case.dress(spark_frame(spark, data, "string"))


@pytest.fixture(autouse=True)
def plain(request: pytest.FixtureRequest, spark: SparkSession, mode: str) -> Iterator[None]:
    """The properties are those of compiled plans; on classic Spark interpreted ones show what the flow decides."""
    with configured(spark, INTERPRETED if mode == "classic" and request.function in INTERPRETING else {}):
        yield


@pytest.fixture(scope="module")
def outcomes() -> dict[str, Outcome]:
    return {}


@pytest.fixture(scope="module")
def imported() -> Iterator[Callable[[Path], str]]:
    with heavy_imports() as load:
        yield load


@pytest.fixture
def outcome(
    case: Case, frame: DataFrame, outcomes: dict[str, Outcome], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Outcome:
    """The outcome of a plan saved before; the outcomes compared with it are planned anew, and have the same rows.

    Not a fixture of the module by case: pytest forgets it whenever the next test has another list of cases.
    """
    if case.name not in outcomes:
        sampler, sent = case.make(**BASE), functions_sent(type(frame), monkeypatch)
        plan = reloaded(sampler.plan(frame), tmp_path)
        before = jobs()
        resampled = sampler.resample(frame, plan)
        schema, run = resampled.schema, jobs() - before
        outcomes[case.name] = Outcome(plan, schema, resampled.collect(), run, sent)
    return outcomes[case.name]


def functions_sent(frames: type[DataFrame], monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """A list that receives the functions given to mapInArrow, until the test ends."""
    sent: list[Any] = []
    plain = frames.mapInArrow

    def spy(self: Any, func: Any, *args: Any, **kwargs: Any) -> Any:
        sent.append(func)
        return plain(self, func, *args, **kwargs)

    monkeypatch.setattr(frames, "mapInArrow", spy)
    return sent


def test_a_loaded_plan_runs_no_job(outcome: Outcome) -> None:
    assert outcome.jobs == 0


@pytest.mark.classic("Connect sends the same functions")
def test_functions_of_the_workers_import_no_heavy_library(
    outcome: Outcome, tmp_path: Path, imported: Callable[[Path], str]
) -> None:
    """A second of imports in each Python worker would dominate a small job."""
    assert len(outcome.sent) >= 2
    file = tmp_path / "functions.pickle"
    file.write_bytes(cloudpickle.dumps(outcome.sent))
    assert imported(file) == "[]"


def test_every_class_of_a_skewed_five_gets_its_exact_count(outcome: Outcome) -> None:
    assert labels_of(outcome.rows) == dict.fromkeys(SKEWED, 1500)


def test_labels_of_every_type_get_exact_counts_and_equal_rows_all_come_out(
    spark: SparkSession, case: Case, labels: tuple[str, list[Any]]
) -> None:
    """Without the id some rows are equal in all columns."""
    kind, values = labels
    present = dict(zip(values, [210, 90, 41, 17, 8], strict=False))
    frame = case.dress(spark_frame(spark, skewed(present), kind).drop("id"))
    totals = {values[1]: 211, values[-1]: 97}
    sampler = case.make(inputCols=columns(WIDTH), samplingStrategy=totals, syntheticCol="made")
    rows = sampler.resample(frame).collect()
    before = multiset(Row(*row) for row in frame.collect())
    assert max(before.values()) > 1
    assert labels_of(rows) == {**present, **totals}
    assert multiset(Row(*row[:-1]) for row in rows if not row["made"]) == before


def test_originals_come_out_once_and_unchanged(frame: DataFrame, outcome: Outcome) -> None:
    originals = [Row(*row[: len(frame.columns)]) for row in outcome.rows if not row["made"]]
    assert multiset(originals) == multiset(Row(*row) for row in frame.collect())


def test_schema_is_the_inputs_followed_by_the_columns_asked_for(case: Case, frame: DataFrame, outcome: Outcome) -> None:
    assert outcome.schema.fields[: len(frame.columns)] == frame.schema.fields
    assert outcome.schema.names[len(frame.columns) :] == ["made", "origin"]
    plain = case.make(inputCols=columns(WIDTH))
    planned = replace(outcome.plan.execution, layout=plain.layout(frame))
    plan = replace(outcome.plan, execution=planned, made_by=plain.made_by())
    assert plain.resample(frame, plan).schema == frame.schema


def test_a_class_that_needs_nothing_is_untouched(outcome: Outcome) -> None:
    assert {row["label"] for row in outcome.rows if row["made"]} == set(SKEWED) - {"a"}


def test_unused_columns_are_null_and_originals_have_no_provenance(outcome: Outcome) -> None:
    assert all((row["id"] is None) == row["made"] for row in outcome.rows)
    assert all((row["origin"] is None) != row["made"] for row in outcome.rows)


def test_synthetic_rows_lie_where_their_provenance_says(case: Case, data: pd.DataFrame, outcome: Outcome) -> None:
    seeds, neighbours, gaps, made = traced(outcome.rows, WIDTH)
    x, label = data[columns(WIDTH)].to_numpy(), data["label"].to_numpy()
    assert label[seeds].tolist() == [r["label"] for r in outcome.rows if r["made"]]
    assert ((gaps >= case.gaps[0]) & (gaps < case.gaps[1])).all()
    if case.neighbour is None:
        assert set(neighbours.tolist()) == {-1}
        return
    assert (seeds != neighbours).all()
    assert (label[seeds] == label[neighbours]).all() == (case.neighbour == "own")
    np.testing.assert_allclose(made, x[seeds] + gaps[:, None] * (x[neighbours] - x[seeds]), rtol=1e-12, atol=1e-12)


def test_only_samplers_that_say_so_leave_the_range_of_the_input(
    case: Case, data: pd.DataFrame, outcome: Outcome
) -> None:
    x, made = data[columns(WIDTH)].to_numpy(), traced(outcome.rows, WIDTH)[3]
    assert case.make(**BASE).extrapolates() or not ((made < x.min(axis=0)) | (made > x.max(axis=0))).any()


def test_the_plan_agrees_with_the_result(outcome: Outcome) -> None:
    made = Counter(row["label"] for row in outcome.rows if row["made"])
    assert {c.label: c.rows for c in outcome.plan.classes} == SKEWED
    assert {c.label: c.total for c in outcome.plan.classes} == labels_of(outcome.rows)
    assert {c.label: c.to_synthesise for c in outcome.plan.classes} == {label: made[label] for label in SKEWED}


def test_same_seed_gives_the_same_rows_in_mostly_empty_partitions_without_adaptive_execution_in_small_batches(
    spark: SparkSession, case: Case, data: pd.DataFrame, outcome: Outcome
) -> None:
    """Five classes make at most five of the eight partitions. The expressions are interpreted, those above compiled."""
    shuffled = case.dress(spark_frame(spark, data.sample(frac=1.0, random_state=2), "string")).repartition(8, "label")
    small = {"spark.sql.execution.arrow.maxRecordsPerBatch": "37", "spark.sql.shuffle.partitions": "3"}
    with configured(spark, {**INTERPRETED, **small}):
        assert multiset(case.make(**BASE).resample(shuffled).collect()) == multiset(outcome.rows)


@pytest.mark.classic("draws depend on the seed alike in both modes; the draws are pinned below")
def test_another_seed_gives_another_set_of_the_same_size(case: Case, frame: DataFrame, outcome: Outcome) -> None:
    other = case.make(**{**BASE, "seed": 12}).resample(frame).filter("made").collect()
    before = [row for row in outcome.rows if row["made"]]
    assert labels_of(other) == labels_of(before)
    if case.drawn:
        assert {row["origin"]["gap"] for row in other}.isdisjoint(row["origin"]["gap"] for row in before)
    else:
        assert multiset(other) != multiset(before)


@pytest.mark.classic("the survey counts them on Connect as well, see test_errors.py")
def test_invalid_rows_pass_through_unused(spark: SparkSession, case: Case) -> None:
    """Invalid rows count for their class, but are no seeds and no neighbours; a null label is no class."""
    data = skewed({"a": 300, "b": 60}, duplicates=False)
    frame = spark_frame(spark, data, "string").select(
        F.when(F.col("id") == 301, None).when(F.col("id") == 302, float("nan")).otherwise(F.col("x0")).alias("x0"),
        F.when(F.col("id") == 303, float("-inf")).otherwise(F.col("x1")).alias("x1"),
        "x2",
        "x3",
        F.when(F.col("id") == 304, None).otherwise(F.col("label")).alias("label"),
        "id",
    )
    frame = case.dress(frame)
    sampler = case.make(**BASE, handleInvalid="skip")
    plan = sampler.plan(frame)
    rows = sampler.resample(frame, plan).collect()
    kept = [Row(*row[: len(frame.columns)]) for row in rows if not row["made"]]
    assert multiset(kept) == multiset(Row(*row) for row in frame.collect())
    assert labels_of(rows) == {"a": 300, "b": 300, None: 1}
    seeds, neighbours, _, made = traced(rows, WIDTH)
    assert np.isfinite(made).all() == case.numbers
    invalid = {301, 302, 303} if case.numbers else set()
    assert not (invalid | {304}) & {*seeds.tolist(), *neighbours.tolist()}
    assert {c.label: c.invalid for c in plan.classes} == {"a": 0, "b": len(invalid)}


def test_draws_are_the_same_on_classic_and_connect(spark: SparkSession, case: Case, mode: str) -> None:
    """Each mode runs in a process of its own, so the draws of both are pinned; each has its own partitions."""
    x = np.array([[i * 7919 % 1009, i * 104729 % 997] for i in range(360)]) / 8.0
    frame = case.dress(spark_frame(spark, numbered(x, [1] * 60 + [0] * 300)))
    if mode == "connect":
        frame = frame.repartition(5, "x1")
    sampler = case.make(inputCols=columns(2), provenanceCol="origin", idCol="id", seed=5)
    seeds, neighbours, gaps, _ = traced(sampler.resample(frame).collect(), 2)
    drawn = sorted(zip(seeds.tolist(), neighbours.tolist(), gaps.tolist(), strict=True))
    assert len(drawn) == 240
    assert f"{zlib.crc32(repr(drawn).encode()):08x}" == case.pinned


FLOW = (
    test_same_seed_gives_the_same_rows_in_mostly_empty_partitions_without_adaptive_execution_in_small_batches,
    test_another_seed_gives_another_set_of_the_same_size,
    test_invalid_rows_pass_through_unused,
    test_labels_of_every_type_get_exact_counts_and_equal_rows_all_come_out,
)
"""What the flow that samplers of one kind share decides."""
INTERPRETING = (*FLOW, test_draws_are_the_same_on_classic_and_connect)
