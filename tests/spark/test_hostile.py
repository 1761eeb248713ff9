"""For every table, invariants 1 to 4 of the design hold, or one of our errors gives the reason.

The invariants are counts, the same rows from other partitions, the schema, and originals. test_memory.py measures the
fifth, memory.
"""

from __future__ import annotations

import os
import sys
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest
from hostile import LSH, RUNS, TURNS, Case, case_of
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from invariants import check
from pyspark.sql import SparkSession
from sessions import INTERPRETED, configured

from spark_smote.core.registry import samplers

CASES = int(os.environ.get("HOSTILE_CASES", "600"))
SEED = int(os.environ.get("HOSTILE_SEED", "8"))
SHORT = 6
# Failures are collected, not shrunk: a case is small, and its seed reproduces it.
_PLAIN: dict[str, Any] = {
    "deadline": None,
    "database": None,
    "suppress_health_check": list(HealthCheck),
    "phases": [Phase.generate],
}
FOUND: tuple[Case, ...] = (
    # Deviations by Spark's stddev_pop depended on the order in which tasks ended.
    Case("smote-scaled", (3, 40, 12, 7), 4, ("tiny", "micros"), equal=2, skip=True, cut="one", seed=3499),
    # The unit for squares came from the doubles alone: the whole numbers beside them overflowed.
    Case("rose", (12, 7), 2, ("tiny", "micros"), seed=1),
    # Noise led beyond the largest double, and the largest float, to infinity.
    Case(
        "rose",
        (7, 3, 20, 40),
        4,
        ("largest", "mixed", "near"),
        "array",
        4,
        "smallint",
        invalid=2,
        skip=True,
        seed=891150618,
    ),
    # A column of doubles that cannot be null became nullable.
    Case("lee", (12, 7), 2, seed=2),
    # Invalid rows were counted among the remaining rows, in the plan and in the rule for the end.
    Case("tomek", (5, 12, 3, 3), 4, ("huge",), "vector", 2, "bigint", invalid=2, skip=True, seed=444185540),
    # Squares of the largest doubles overflowed on the way to the support vector machine.
    Case("svm", (5, 12, 3), 3, ("epoch", "largest"), label="tinyint", invalid=2, skip=True, seed=1996271705),
    # Of rows that differ only in the sign of a zero, the first rows were kept.
    Case("random-under", (20, 12, 40), 3, ("zeros",), width=3, cut="many", seed=5),
    Case("nearmiss-1", (40, 12), 2, ("zeros",), width=2, cut="many", seed=6),
    # The same unit: beside tiny doubles, whole numbers were too large for a support vector machine.
    Case(
        "svm",
        (6, 2, 3, 2, 4, 4, 2),
        7,
        ("tiny", "tiny", "tinyint"),
        "columns",
        3,
        "double",
        equal=2,
        cut="many",
        seed=807457244,
        apart=True,
    ),
    # Half of the smallest denormal number is 0: rows lay off the segment by one denormal number.
    Case("borderline-1", (40, 12), 2, ("largest", "denormal"), "vector", 20, "int", ("gap",), seed=1865834128),
    # Beside numbers above 2^1023 categories had no weight, or a weight whose square overflowed.
    Case(
        "smotenc-lsh",
        (5, 40, 2),
        3,
        ("mixed", "one-hot"),
        "array",
        1,
        "string",
        ("map",),
        skip=True,
        seed=1427979855,
        categories=("tiny", "short", "names", "bit", "tiny"),
    ),
    # The difference of two vectors of a codebook overflowed.
    Case(
        "lvqsmote",
        (7, 30, 3),
        3,
        ("normal", "largest", "huge"),
        "vector",
        3,
        "float",
        skip=True,
        cut="empty",
        seed=1910413110,
    ),
    # The difference of the largest and the least double overflowed before a logistic regression.
    Case(
        "nras", (12, 2), 2, ("largest", "normal"), "array", 2, "bigint", equal=2, skip=True, seed=608937967, apart=True
    ),
    # Far from the origin the products of which libsvm makes distances cancelled to less than 0.
    Case("svm", (30, 12, 2), 3, ("epoch",), "vector", 2, "double", equal=5, cut="empty", seed=53629405, apart=True),
    # The sum of the two deviations in the middle overflowed.
    Case(
        "smotenc",
        (12, 12, 20, 20),
        4,
        ("largest",),
        "vector",
        1000,
        "decimal",
        equal=5,
        cut="empty",
        seed=458444585,
        categories=("bit",),
    ),
)
"""Defects that the long run found; they are repaired."""


def test_the_runs_cover_every_sampler() -> None:
    assert {run.sampler for run in RUNS.values()} == set(samplers())
    assert {run.sampler for run in RUNS.values() if run.params.items() >= LSH.items()} >= {"SMOTE", "TomekLinks"}


@pytest.mark.classic("the long run has Connect, too")
def test_a_few_hostile_tables(spark: SparkSession) -> None:
    run(spark, SHORT, SEED)


@pytest.mark.parametrize("case", FOUND, ids=lambda case: f"{case.run}-{case.seed}")
@pytest.mark.classic("the defects do not depend on the mode")
def test_defects_that_the_long_run_found(spark: SparkSession, case: Case) -> None:
    with configured(spark, INTERPRETED):
        check(spark, case)


@pytest.mark.long
@pytest.mark.parametrize("name", RUNS)
def test_each_run_makes_or_keeps_rows(spark: SparkSession, name: str) -> None:
    """Otherwise the sampler might be refused at every hostile table, and nobody would notice."""
    case = Case(name, (30, 12, 20), 3, categories=("short", "bit") if RUNS[name].categories else (), apart=True)
    with configured(spark, INTERPRETED):
        assert check(spark, case).error is None


@pytest.mark.long
@pytest.mark.timeout(0)
def test_hundreds_of_hostile_tables(spark: SparkSession) -> None:
    """HOSTILE_CASES is their number, HOSTILE_SEED their seed; HOSTILE_RUNS selects RUNS, HOSTILE_LOUD prints each."""
    told = run(spark, CASES, SEED)
    assert sum(told.refused.values()) < CASES / 3, "a refused table shows little"


@dataclass
class Told:
    """The summary of many cases: their numbers by sampler and by error."""

    cases: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def __str__(self) -> str:
        errors = ", ".join(f"{count} {name}" for name, count in self.errors.most_common())
        return "\n".join(
            [
                f"\n{self.cases.total()} hostile cases in {self.seconds:.0f} s, {len(self.failures)} failed",
                f"{self.refused.total()} ended in one of our errors: {errors}",
                *(f"{count:5} {name}, {self.refused[name]} refused" for name, count in sorted(self.cases.items())),
            ]
        )


def run(spark: SparkSession, wanted: int, first: int) -> Told:
    """Run this many cases, with the runs in turn."""
    told, started = Told(), time.monotonic()
    turns = os.environ.get("HOSTILE_RUNS", " ".join(TURNS)).split()

    @seed(first)
    @settings(max_examples=wanted, **_PLAIN)
    @given(number=st.integers(0, 2**62))
    def each(number: int) -> None:
        ran, began = told.cases.total(), time.monotonic()
        case = case_of(turns[ran % len(turns)], number)
        name = RUNS[case.run].sampler
        told.cases[name] += 1
        ending = ""
        try:
            # Every tenth case is compiled nevertheless.
            with configured(spark, INTERPRETED if ran % 10 != 9 else {}):
                outcome = check(spark, case)
            if outcome.error is not None:
                told.refused[name] += 1
                told.errors[type(outcome.error).__name__] += 1
                ending = f" {outcome.error!r}"
        except Exception as error:
            told.failures.append(f"{case!r}\n{''.join(traceback.format_exception(error))[-1500:]}")
            print("FAILED", told.failures[-1], file=sys.stderr, flush=True)
        if os.environ.get("HOSTILE_LOUD"):
            print(f"{ran + 1} {time.monotonic() - began:.1f} s {case}{ending}", file=sys.stderr, flush=True)

    each()
    told.seconds = time.monotonic() - started
    print(told, file=sys.stderr, flush=True)
    assert not told.failures, f"{len(told.failures)} of {wanted} cases failed:\n" + "\n".join(told.failures)
    assert told.cases.total() == wanted
    return told
