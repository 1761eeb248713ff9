"""Invariants 1 to 4 of every result of a hostile table, or one of our errors. This file has no tests."""

from __future__ import annotations

import copy
import datetime as dt
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from frames import multiset
from hostile import CHAINS, MADE, RUNS, UNDER, Case, Table, make, table
from hostile_columns import EPOCH
from pyspark.ml.linalg import VectorUDT
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

import spark_smote
from spark_smote.errors import ChangedInputError, SparkSmoteError


@dataclass(frozen=True)
class Outcome:
    """The outcome of a run: an error of ours, or rows, their schema and the planned rows of each class."""

    error: SparkSmoteError | None
    rows: list[Row]
    schema: StructType
    planned: dict[Any, int] | None


def outcome(sampler: Any, frame: DataFrame) -> Outcome:
    chain = hasattr(sampler, "steps")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            plan = None if chain else sampler.plan(frame)
            resampled = sampler.resample(frame) if chain else sampler.resample(frame, plan)
        totals = None if plan is None else {one.label: one.total for one in plan.classes}
        return Outcome(None, resampled.collect(), resampled.schema, totals)
    except SparkSmoteError as error:
        return Outcome(error, [], StructType(), None)


def arranged(frame: DataFrame, cut: str) -> DataFrame:
    """The same rows in other partitions."""
    if cut == "one":
        return frame.coalesce(1)
    return frame.repartition(7, F.lit(1)) if cut == "empty" else frame.repartition(5)


def check(spark: SparkSession, case: Case) -> Outcome:
    """Run the case on two arrangements of its rows: invariants 1 to 4 hold, or an error of ours says why not."""
    found = table(case)
    frame = found.frame(spark)
    sampler = make(case, found)
    first = outcome(sampler, frame)
    second = outcome(sampler, arranged(frame, case.cut))
    if first.error is not None or second.error is not None:
        assert (type(first.error), str(first.error)) == (type(second.error), str(second.error))
        assert not isinstance(first.error, ChangedInputError), f"a table that stays the same: {first.error}"
        return first
    assert multiset(first.rows) == multiset(second.rows), "the rows depend on the arrangement"
    over = MADE in first.schema.names
    wanted = copy.deepcopy(frame.schema)
    if over and spark.version < "4":
        for field, given in zip(wanted.fields, first.schema.fields, strict=False):
            # Spark 3.5 has no vector expression that cannot be null.
            field.nullable |= isinstance(field.dataType, VectorUDT) and given.nullable
    assert first.schema.fields[: len(frame.columns)] == wanted.fields, "the schema differs"
    assert first.schema.names[len(frame.columns) :] == ([MADE] if over else [])
    before, places = frame.collect(), {name: at for at, name in enumerate(frame.columns)}
    label = places[found.label]
    kept = [Row(*row[: len(places)]) for row in first.rows if not (over and row[-1])]
    made = [row[: len(places)] for row in first.rows if over and row[-1]]
    _check_originals(case, before, kept)
    _check_counts(case, Counter(row[label] for row in before), Counter(row[label] for row in first.rows), first.planned)
    if over:
        _check_values(case, found, before, made, places)
    return first


def _check_originals(case: Case, before: list[Row], kept: list[Row]) -> None:
    given, left = multiset(Row(*row) for row in before), multiset(kept)
    name = RUNS[case.run].sampler
    if name in (*CHAINS, *UNDER) or not hasattr(getattr(spark_smote, name), "syntheticCol"):
        assert left <= given, "a row that is not in the input, or is there twice"
    else:
        assert left == given, "an original is changed, missing or duplicated"


def _check_counts(case: Case, before: Counter[Any], after: Counter[Any], planned: dict[Any, int] | None) -> None:
    name = RUNS[case.run].sampler
    if planned is not None:
        assert +Counter(planned) == after, "counts differ from the plan"
    if name in UNDER and case.run != "nearmiss-3":
        assert set(after.values()) == {min(before.values())}
    elif planned is not None and hasattr(getattr(spark_smote, name), "syntheticCol"):
        assert set(after.values()) == {max(before.values())}
    elif name in CHAINS:
        assert all(rows <= max(before.values()) for rows in after.values())


def _check_values(
    case: Case, found: Table, before: list[Row], made: list[Sequence[Any]], places: dict[str, int]
) -> None:
    """Finite, within the span of the class where the sampler interpolates, categories from the class's own."""
    run, label = RUNS[case.run], places[found.label]
    for name in found.categories:
        held = {(row[label], repr(row[places[name]])) for row in before}
        assert all((row[label], repr(row[places[name]])) in held for row in made), f"a new category in {name!r}"
    for name in found.features if run.numbers else ():
        assert all(row[places[name]] is not None for row in made)
        values = [(row[label], _numbers(row[places[name]])) for row in before if row[places[name]] is not None]
        spans: dict[Any, tuple[Any, Any]] = {}
        clock = isinstance(before[0][places[name]], dt.datetime)
        for group in {one for one, _ in values}:
            own = [v for one, v in values if (one == group or run.span == "any") and np.isfinite(v).all()]
            if own:
                spans[group] = np.min(own, axis=0), np.max(own, axis=0)
        for row in made:
            value = _numbers(row[places[name]])
            assert np.isfinite(value).all(), f"{name!r} is {value}"
            if run.span is not None:
                low, high = spans[row[label]]
                # Rounding in double precision; an hour where the clocks change.
                slack = 3600.001 if clock else 2.0**-50 * np.maximum(np.abs(low), np.abs(high))
                assert ((value >= low - slack) & (value <= high + slack)).all(), f"{name!r}: {value} is outside"


def _numbers(value: Any) -> Any:
    """As an array of doubles, shape (d,)."""
    if isinstance(value, dt.datetime):
        value = (value.replace(tzinfo=None) - EPOCH) / dt.timedelta(seconds=1)
    elif isinstance(value, dt.date):
        value = value.toordinal()
    elif hasattr(value, "toArray"):
        value = value.toArray()
    return np.atleast_1d(np.asarray(value, dtype=np.float64))
