"""An input that changes between two passes causes an error with the remedy; a persisted input is safe."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from changing import (
    Change,
    Changing,
    Drawing,
    appended,
    class_gone,
    larger,
    largest_gone,
    one_farther,
    other_values,
    relabelled,
    renumbered,
    swapped,
    unchanged,
)
from frames import columns, labels_of, multiset, skewed
from pyspark.sql import DataFrame, SparkSession
from samplers import CASES, dress, everyone
from sessions import cached, frames, released

from spark_smote import (
    SMOTE,
    BorderlineSMOTE,
    Chain,
    KMeansSMOTE,
    LeeSMOTE,
    NearMiss,
    RandomUnderSampler,
    SMOTETomek,
    TomekLinks,
)
from spark_smote.core.resampler import Resampler
from spark_smote.errors import ChangedInputError, TooFewRowsError

REMEDY = "persist it before resampling, or set persistInput=True"
PARAMS: dict[str, Any] = {"inputCols": columns(2), "seed": 3}
# One case for each way in which planning, or making the rows, reads the input again.
WAYS = ("smote-lsh", "polynomfit", "borderline-2-exact", "adasyn-exact", "kmeans-exact", "lee-exact", "smoten-lsh")

EVERYONE = everyone(columns(2))
KINDS = (SMOTE, TomekLinks, RandomUnderSampler)


def given(sampler: type[Any]) -> dict[str, Any]:
    """The PARAMS that the sampler has."""
    return {name: value for name, value in PARAMS.items() if hasattr(sampler, name)}


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return skewed({1: 60, 2: 150, 3: 30}, width=2)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (appended, r"(class \d|it) has \d+ (usable )?rows in place of \d+"),
        (other_values, r"rows of class \d have other values"),
        (class_gone, "(class 3 has 0 usable rows in place of 30|it has 210 rows in place of 240)"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_rows_that_differ_from_the_plan_fail_the_job(
    spark: SparkSession, tmp_path: Path, rows: pd.DataFrame, change: Change, told: str
) -> None:
    """The rows are made later, in Python workers: Spark passes our error on inside its own."""
    source = Changing(tmp_path, rows, change, after=1)
    resampled = SMOTE(**PARAMS).resample(source.frame(spark))
    assert source.passes() == 1
    with pytest.raises(Exception, match=f"ChangedInputError: the input changed between two passes.*: {told}; {REMEDY}"):
        resampled.collect()


AFTER: list[tuple[Any, Change, str]] = [
    # Rows that enter the result unchanged, without Python workers.
    (SMOTE(**PARAMS), larger, "it has 241 rows in place of 240"),
    (SMOTE(samplingStrategy={3: 50}, **PARAMS), relabelled, "its classes have other numbers of rows"),
    # Rows that are no seeds, but influence the result: neighbours, clusters, deviations.
    (BorderlineSMOTE(fallback="smote", **PARAMS), one_farther, "rows have other values"),
    (LeeSMOTE(**PARAMS), one_farther, "rows have other values"),
    (KMeansSMOTE(clusterBalanceThreshold=0.0, **PARAMS), one_farther, "rows have other values"),
    (SMOTE(standardization=True, **PARAMS), one_farther, "rows have other values"),
    # The decision is applied to another read.
    (TomekLinks(inputCols=columns(2), allowEmptyClasses=True), other_values, "rows have other values"),
    (TomekLinks(inputCols=columns(2)), swapped, "rows have other values"),
    (NearMiss(inputCols=columns(2)), class_gone, "it has 210 rows in place of 240"),
    (RandomUnderSampler(seed=3), other_values, "rows have other values"),
    # One guard for everything that any step reads.
    (SMOTETomek(**PARAMS), larger, "it has 241 rows in place of 240"),
    (SMOTETomek(**PARAMS), one_farther, "rows have other values"),
    (Chain(SMOTE(**PARAMS), RandomUnderSampler(seed=3)), renumbered, "rows have other values"),
]
CLASSIC = pytest.mark.classic("the others run on Connect")


@pytest.mark.parametrize(
    ("sampler", "change", "told"),
    [*AFTER[:3], *(pytest.param(*case, marks=CLASSIC) for case in AFTER[3:])],
    ids=lambda value: type(value).__name__ if isinstance(value, Resampler | Chain) else getattr(value, "__name__", ""),
)
def test_a_change_after_planning_fails_the_query(
    spark: SparkSession, tmp_path: Path, rows: pd.DataFrame, sampler: Any, change: Change, told: str
) -> None:
    source = Changing(tmp_path, rows, change, after=1000)
    resampled = sampler.resample(source.frame(spark))
    source.now()
    with pytest.raises(Exception, match=f"ChangedInputError: the input changed between two passes.*: {told}; {REMEDY}"):
        resampled.collect()


@pytest.mark.classic("the same passes are made on Connect")
@pytest.mark.parametrize("name", WAYS)
def test_every_sampler_detects_values_that_change_in_each_pass(
    spark: SparkSession, tmp_path: Path, rows: pd.DataFrame, name: str
) -> None:
    case = next(case for case in CASES if case.name == name)
    source = Changing(tmp_path, rows, other_values, after=1)
    with pytest.raises(Exception, match=REMEDY):
        case.make(**PARAMS).resample(case.dress(source.frame(spark))).collect()


@pytest.mark.parametrize("change", [appended, largest_gone], ids=lambda change: change.__name__)
def test_an_under_sampler_detects_changed_rows_while_planning(
    spark: SparkSession, tmp_path: Path, rows: pd.DataFrame, change: Change
) -> None:
    source = Changing(tmp_path, rows, change, after=1)
    with pytest.raises(ChangedInputError, match=rf"a class has \d+ rows in place of \d+; {REMEDY}"):
        RandomUnderSampler(seed=3).plan(source.frame(spark))


@pytest.mark.parametrize("sampler", KINDS, ids=lambda kind: kind.__name__)
def test_a_feature_drawn_anew_in_each_pass_is_detected_and_may_be_persisted(
    spark: SparkSession, tmp_path: Path, rows: pd.DataFrame, sampler: type[Any]
) -> None:
    source = Drawing(tmp_path, rows)
    with pytest.raises(Exception, match=f"the input changed between two passes over it: .*; {REMEDY}"):
        sampler(**given(sampler)).resample(source.frame(spark)).collect()
    assert source.passes() > 1
    steady, before = sampler(persistInput=True, **given(sampler)), source.passes()
    plan = steady.plan(frame := source.frame(spark))
    found = steady.resample(frame, plan).collect()
    assert source.passes() == before + 1
    assert labels_of(found) == {one.label: one.total for one in plan.classes}
    assert labels_of(found) != {1: 60, 2: 150, 3: 30}


def test_sparks_rand_is_detected_where_it_differs(spark: SparkSession) -> None:
    """``rand()`` gets its seed with the DataFrame on classic Spark, with each query on Connect."""
    label = "CASE WHEN id < 60 THEN 1 WHEN id < 210 THEN 2 ELSE 3 END AS label"
    frame = spark.range(240).selectExpr("rand() AS x0", "rand() AS x1", label)
    if multiset(frame.collect()) == multiset(frame.collect()):
        assert labels_of(SMOTE(**PARAMS).resample(frame).collect()) == {1: 150, 2: 150, 3: 150}
    else:
        with pytest.raises(Exception, match=f"the input changed between two passes over it: .*; {REMEDY}"):
            SMOTE(**PARAMS).resample(frame).collect()


@pytest.mark.parametrize("sampler", KINDS, ids=lambda kind: kind.__name__)
def test_a_persisted_input_is_read_once_and_released(
    spark: SparkSession, tmp_path: Path, rows: pd.DataFrame, sampler: type[Any]
) -> None:
    source = Changing(tmp_path, rows, appended, after=1)
    earlier = frames()
    resampled = sampler(persistInput=True, **given(sampler)).resample(source.frame(spark))
    # The result of resampling is released; a DataFrame derived from it remains.
    ordered = resampled.orderBy("id")
    del resampled
    gc.collect()
    found: list[Any] = ordered.collect()
    assert source.passes() == 1
    steady: DataFrame = Changing(tmp_path, rows, unchanged, after=0).frame(spark)
    assert multiset(found) == multiset(sampler(**given(sampler)).resample(steady).collect())
    del ordered, steady
    assert not frames() - earlier, "Spark releases the rows once no DataFrame refers to them"


@pytest.mark.classic("the tests see the cache of classic Spark only")
def test_a_persisted_input_is_released_when_planning_fails(
    spark: SparkSession, tmp_path: Path, rows: pd.DataFrame
) -> None:
    before, earlier = cached(spark), frames()
    source = Changing(tmp_path, rows, appended, after=1)
    with pytest.raises(TooFewRowsError) as failed:
        SMOTE(persistInput=True, kNeighbors=30, **PARAMS).resample(source.frame(spark))
    assert source.passes() == 1
    kept = cached(spark) - before
    assert kept, "by the frames of the error's traceback"
    del failed
    assert not frames() - earlier


@pytest.mark.long
@pytest.mark.classic("the tests see the cache of classic Spark only")
def test_a_persisted_input_is_released_when_the_job_fails(
    spark: SparkSession, tmp_path: Path, rows: pd.DataFrame
) -> None:
    def fail(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            yield batch
            raise ValueError("of the user's own")

    before = cached(spark)
    source = Changing(tmp_path, rows, appended, after=1)
    resampled = SMOTE(persistInput=True, **PARAMS).resample(source.frame(spark))
    with pytest.raises(Exception, match="of the user's own"):
        resampled.mapInArrow(fail, resampled.schema).collect()
    kept = cached(spark) - before
    assert kept
    del resampled
    assert released(spark, kept)


@pytest.mark.classic("the kept rows do not depend on the mode")
def test_an_input_that_is_persisted_already_is_used_as_it_is(
    spark: SparkSession, tmp_path: Path, rows: pd.DataFrame
) -> None:
    source = Changing(tmp_path, rows, appended, after=1)
    frame = source.frame(spark).persist()
    try:
        before = cached(spark)
        counts = labels_of(SMOTE(persistInput=True, **PARAMS).resample(frame).collect())
        assert (counts, source.passes()) == ({1: 150, 2: 150, 3: 150}, 1)
        assert len(cached(spark) - before) == 1, "the frame itself, after it has been read"
    finally:
        frame.unpersist()


@pytest.mark.long
@pytest.mark.parametrize("change", [appended, other_values, class_gone], ids=lambda change: change.__name__)
@pytest.mark.parametrize("name", EVERYONE)
def test_a_change_before_any_pass_is_detected_or_does_not_matter(
    spark: SparkSession, tmp_path: Path, rows: pd.DataFrame, name: str, change: Change
) -> None:
    """The change comes at any time before the rows are made: then the guard may have finished.

    The change does not matter if the rows are those of the changed input, such as values that were not yet read.
    """
    sampler = EVERYONE[name]

    def resampled(change: Change, after: int) -> tuple[list[Any], int]:
        """The rows, and the number of reads of the input."""
        folder = tmp_path / f"{change.__name__}{after}"
        folder.mkdir(exist_ok=True)
        source = Changing(folder, rows, change, after)
        return sampler.resample(dress(source.frame(spark))).collect(), source.passes()

    reads = resampled(unchanged, 0)[1]
    # The rows and the guard; samplers that make rows or copies also read the seeds.
    last = getattr(sampler, "WRITING_READS", 1) + 1
    silent = []
    for after in range(1, reads - last + 1):
        try:
            found, _ = resampled(change, after)
        except Exception as error:
            assert REMEDY in str(error), error
        else:
            if multiset(found) != multiset(resampled(change, 0)[0]):
                silent.append(after)
    assert not silent, f"of {reads} passes"
