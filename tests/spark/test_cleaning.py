"""Cleaners keep the rows that imbalanced-learn keeps, whole and unchanged, whatever the partitions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import imblearn.under_sampling
import numpy as np
import pandas as pd
import pytest
from awkward import CARRIED, FEATURES, LABEL, awkward_frame
from frames import Matrix, clustered, columns, multiset, numbered, spark_frame
from numpy.typing import NDArray
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F
from sessions import CASE_SENSITIVE, configured
from tied import ranked, tied

from spark_smote import (
    AllKNN,
    EditedNearestNeighbours,
    NeighbourhoodCleaningRule,
    RepeatedEditedNearestNeighbours,
    TomekLinks,
)
from spark_smote.core.cleaner import Cleaner
from spark_smote.core.condensing import Condenser
from spark_smote.core.registry import CLEANER, samplers
from spark_smote.errors import ColumnError, EmptyClassError, InvalidDataError, ParameterError, StrategyError
from spark_smote.errors import TooFewRowsError as TooFew
from spark_smote.samplers import tomek_links
from spark_smote.spark import removal
from spark_smote.spark.cached import cached
from spark_smote.spark.columns import positional

on_classic = pytest.mark.classic("rules do not depend on the mode")
THEIRS = {
    "samplingStrategy": "sampling_strategy",
    "nNeighbors": "n_neighbors",
    "kindSel": "kind_sel",
    "maxIter": "max_iter",
    "allowMinority": "allow_minority",
    "thresholdCleaning": "threshold_cleaning",
}


@dataclass(frozen=True)
class Case:
    """A cleaner with params, the same for both packages."""

    cleaner: type[Cleaner]
    params: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return "-".join([self.cleaner.__name__, *(str(value) for value in self.params.values())])

    def make(self, **more: Any) -> Cleaner:
        return self.cleaner(**{"inputCols": columns(2), "allowEmptyClasses": True, **self.params, **more})

    def kept_by_the_reference(self, x: Matrix, labels: NDArray[np.int64]) -> list[int]:
        theirs = {THEIRS[name]: value for name, value in self.params.items()}
        sampler = getattr(imblearn.under_sampling, self.cleaner.__name__)(**theirs)
        sampler.fit_resample(x, labels)
        return sorted(set(sampler.sample_indices_.tolist()))


CASES = [
    Case(TomekLinks),
    Case(TomekLinks, {"samplingStrategy": "all"}),
    Case(EditedNearestNeighbours),
    Case(EditedNearestNeighbours, {"samplingStrategy": "all", "kindSel": "mode"}),
    Case(EditedNearestNeighbours, {"samplingStrategy": [1, 2], "nNeighbors": 4, "kindSel": "mode"}),
    Case(RepeatedEditedNearestNeighbours, {"samplingStrategy": "not minority"}),
    Case(RepeatedEditedNearestNeighbours, {"samplingStrategy": "all", "kindSel": "mode", "maxIter": 2}),
    Case(AllKNN),
    Case(AllKNN, {"samplingStrategy": "all", "kindSel": "mode", "nNeighbors": 2, "allowMinority": True}),
    Case(NeighbourhoodCleaningRule),
    Case(NeighbourhoodCleaningRule, {"samplingStrategy": "all", "nNeighbors": 4}),
    Case(NeighbourhoodCleaningRule, {"thresholdCleaning": 2.5, "nNeighbors": 2}),
]
# One case of each cleaner: the others differ in the rule only.
EACH = [CASES[0], CASES[3], CASES[6], CASES[7], CASES[9]]
SHORT = [*EACH, CASES[4], CASES[11]]


def kept(resampled: DataFrame) -> list[int]:
    return sorted(row["id"] for row in resampled.select("id").collect())


@pytest.fixture(scope="module")
def smooth() -> pd.DataFrame:
    """Three classes that overlap, without ties."""
    labels = np.repeat([0, 1, 2], [700, 250, 120])
    x = np.random.default_rng(5).normal(size=(len(labels), 2)) + 0.9 * labels[:, None]
    return numbered(x, labels.tolist())


@pytest.fixture(scope="module")
def lattice() -> pd.DataFrame:
    """Three classes on a lattice: most rows have equal rows, in their class and in others, and nearly all have ties."""
    labels = np.repeat([0, 1, 2], [330, 140, 60])
    x = np.rint(np.random.default_rng(6).normal(scale=3.5, size=(len(labels), 2)) + 1.5 * labels[:, None])
    return numbered(x, labels.tolist())


@pytest.fixture(scope="module")
def frames(spark: SparkSession, smooth: pd.DataFrame, lattice: pd.DataFrame) -> dict[str, DataFrame]:
    return {"smooth": spark_frame(spark, smooth).cache(), "lattice": spark_frame(spark, lattice).cache()}


@pytest.fixture(scope="module")
def left(frames: dict[str, DataFrame]) -> Callable[[Case], list[int]]:
    """The rows of the lattice that a case keeps by exact search, found once."""
    found: dict[str, list[int]] = {}

    def of(case: Case) -> list[int]:
        if str(case) not in found:
            found[str(case)] = kept(case.make(neighborSearch="exact").resample(frames["lattice"]))
        return found[str(case)]

    return of


@pytest.fixture(scope="module")
def ranks(frames: dict[str, DataFrame], lattice: pd.DataFrame) -> Matrix:
    """The lattice with the content hashes that Spark computes."""
    hashed = frames["lattice"].select("id", F.xxhash64(F.array(*columns(2))).alias("hash")).collect()
    hashes = np.array([row["hash"] for row in sorted(hashed)])
    return ranked(lattice[columns(2)].to_numpy(), hashes, lattice["label"].to_numpy())


@pytest.mark.parametrize("case", EACH, ids=str)
def test_rows_kept_are_the_references_row_for_row(
    frames: dict[str, DataFrame], smooth: pd.DataFrame, case: Case
) -> None:
    expected = case.kept_by_the_reference(smooth[columns(2)].to_numpy(), smooth["label"].to_numpy())
    assert 0 < len(expected) < len(smooth)
    assert kept(case.make(neighborSearch="exact").resample(frames["smooth"])) == expected


@on_classic
@pytest.mark.parametrize(
    "case", [pytest.param(case, marks=() if case in SHORT else pytest.mark.long) for case in CASES], ids=str
)
def test_rows_kept_among_ties_are_those_of_the_reference_with_our_tie_rule(
    left: Callable[[Case], list[int]], lattice: pd.DataFrame, ranks: Matrix, case: Case
) -> None:
    """Among equal rows of one class, the first of imbalanced-learn is ours with the smallest hash of the whole row."""
    with tied():
        expected = case.kept_by_the_reference(ranks, lattice["label"].to_numpy())
    assert 0 < len(expected) < len(lattice)
    ours = left(case)
    content = lattice.drop(columns="id").apply(tuple, axis=1)
    assert sorted(content[ours]) == sorted(content[expected])


@on_classic
@pytest.mark.parametrize("case", EACH, ids=str)
def test_lsh_search_keeps_nearly_the_same_rows_and_knows_its_recall(
    frames: dict[str, DataFrame], smooth: pd.DataFrame, case: Case
) -> None:
    expected = case.kept_by_the_reference(smooth[columns(2)].to_numpy(), smooth["label"].to_numpy())
    cleaner = case.make(neighborSearch="lsh", cellRows=150)
    plan = cleaner.plan(frames["smooth"])
    ours = kept(cleaner.resample(frames["smooth"], plan))
    assert len(set(ours) ^ set(expected)) <= 0.06 * len(smooth)
    assert {c.surroundings for c in plan.classes} <= {"lsh", "none"}
    assert min(c.surroundings_recall or 1.0 for c in plan.classes) > 0.9
    assert sum(c.total for c in plan.classes) == len(ours)


@on_classic
@pytest.mark.parametrize(
    ("case", "search"),
    [(EACH[0], "lsh"), (EACH[1], "exact"), pytest.param(EACH[2], "lsh", marks=pytest.mark.long), (EACH[4], "lsh")],
    ids=str,
)
def test_the_same_rows_for_any_partitions_in_any_order(
    spark: SparkSession,
    frames: dict[str, DataFrame],
    left: Callable[[Case], list[int]],
    lattice: pd.DataFrame,
    case: Case,
    search: str,
) -> None:
    cleaner = case.make(neighborSearch=search, cellRows=100)
    shuffled = spark_frame(spark, lattice.sample(frac=1.0, random_state=1)).repartition(7)
    expected = left(case) if search == "exact" else kept(cleaner.resample(frames["lattice"]))
    assert kept(cleaner.resample(shuffled)) == expected


@pytest.mark.classic("the rule does not depend on the mode")
@pytest.mark.parametrize("case", EACH, ids=str)
def test_the_same_rows_whether_keys_pass_through_the_driver_or_not(
    monkeypatch: pytest.MonkeyPatch,
    frames: dict[str, DataFrame],
    left: Callable[[Case], list[int]],
    case: Case,
) -> None:
    expected = left(case)
    monkeypatch.setattr(removal, "MOST_FETCHED", 1)
    monkeypatch.setattr(tomek_links, "EXACT_PAIRS", 0)
    assert kept(case.make(neighborSearch="exact").resample(frames["lattice"])) == expected


@pytest.mark.parametrize(
    "cleaner", [pytest.param(EditedNearestNeighbours, marks=on_classic), NeighbourhoodCleaningRule]
)
def test_rows_come_out_whole_and_the_schema_is_the_inputs(spark: SparkSession, cleaner: type[Cleaner]) -> None:
    with configured(spark, CASE_SENSITIVE):
        frame = awkward_frame(spark, nullable=False)
        cleaned = cleaner(inputCols=FEATURES, labelCol=LABEL, samplingStrategy="all", allowEmptyClasses=True).resample(
            frame
        )
        assert cleaned.schema == frame.schema
        assert set(CARRIED) <= set(cleaned.columns)
        before, after = multiset(frame.collect()), multiset(cleaned.collect())
    assert after <= before
    assert after.total() < before.total()


@on_classic
@pytest.mark.parametrize("case", EACH, ids=str)
def test_invalid_rows_stay_and_are_not_used(spark: SparkSession, smooth: pd.DataFrame, case: Case) -> None:
    frame = spark_frame(spark, smooth).select(
        F.when(F.col("id") == 3, None).when(F.col("id") == 4, float("nan")).otherwise(F.col("x0")).alias("x0"),
        F.when(F.col("id") == 5, float("inf")).otherwise(F.col("x1")).alias("x1"),
        F.when(F.col("id") == 6, None).otherwise(F.col("label")).alias("label"),
        "id",
    )
    with pytest.raises(InvalidDataError, match="skip"):
        case.make().resample(frame)
    valid = smooth.drop(index=[3, 4, 5, 6]).reset_index(drop=True)
    expected = case.kept_by_the_reference(valid[columns(2)].to_numpy(), valid["label"].to_numpy())
    ids = valid["id"].to_numpy()[expected].tolist()
    assert kept(case.make(handleInvalid="skip").resample(frame)) == sorted([3, 4, 5, 6, *ids])


@pytest.mark.parametrize("cleaner", [TomekLinks, AllKNN])
def test_rows_that_are_all_invalid_are_refused(spark: SparkSession, cleaner: type[Cleaner]) -> None:
    frame = spark.range(9).selectExpr("CAST(NULL AS DOUBLE) AS x0", "id % 2 AS label")
    with pytest.raises(TooFew, match="usable"):
        cleaner(inputCols=["x0"], handleInvalid="skip").resample(frame)


def test_classes_not_cleaned_are_untouched(frames: dict[str, DataFrame], smooth: pd.DataFrame) -> None:
    plan = EditedNearestNeighbours(inputCols=columns(2), samplingStrategy=[1]).plan(frames["smooth"])
    assert [c.to_remove > 0 for c in plan.classes] == [False, True, False]


def test_a_class_is_not_emptied_unless_that_is_allowed(spark: SparkSession) -> None:
    x = np.concatenate([clustered(60, 2, seed=1, clusters=1), np.array([[0.0, 0.0]])])
    frame = spark_frame(spark, numbered(x, [0] * 60 + [1]))
    cleaner = EditedNearestNeighbours(inputCols=columns(2), samplingStrategy="all")
    with pytest.raises(EmptyClassError, match=r"all 1 rows of class 1.*allowEmptyClasses"):
        cleaner.resample(frame)
    left = cleaner.setParams(allowEmptyClasses=True).resample(frame)
    assert {row["label"] for row in left.collect()} == {0}


@on_classic
def test_two_hundred_thousand_equal_rows_are_one_to_the_search(spark: SparkSession) -> None:
    frame = spark.range(200_000).selectExpr(
        "CASE WHEN id < 199990 THEN 1D ELSE id * 1D END AS x0", "CAST(id % 2 AS DOUBLE) AS x1", "id >= 199980 AS label"
    )
    cleaned = EditedNearestNeighbours(inputCols=columns(2), samplingStrategy="all").resample(frame)
    counts = {row["label"]: row["count"] for row in cleaned.groupBy("label").count().collect()}
    # Ten rows of the second class, five at each place, equal the other rows, and are each other's nearest.
    assert counts == {False: 199_980, True: 20}


@on_classic
def test_a_large_part_of_equal_rows_may_go_and_the_rest_stay(spark: SparkSession) -> None:
    """The cleaning rule removes as many equal rows around an outvoted row as are among its nearest."""
    x = [[0.0, 0.0]] * 9 + [[1.0, 0.0]] + [[9.0, float(i)] for i in range(5)]
    frame = spark_frame(spark, numbered(np.array(x), [0] * 9 + [1] + [0, 1, 1, 1, 1]))
    cleaned = NeighbourhoodCleaningRule(inputCols=columns(2), samplingStrategy=[0], thresholdCleaning=0.1)
    rows = cleaned.resample(frame).collect()
    assert sum(row["x0"] == 0.0 for row in rows) == 6
    again = cleaned.resample(frame.repartition(5)).collect()
    assert multiset(rows) == multiset(again)


@pytest.mark.parametrize(
    ("params", "error", "words"),
    [
        ({"nNeighbors": 0}, ParameterError, ["nNeighbors", "0", "1 or more"]),
        ({"kindSel": "most"}, ParameterError, ["kindSel", "'most'", "'all', 'mode'"]),
        ({"samplingStrategy": "minority"}, ParameterError, ["samplingStrategy", "'minority'", "list"]),
        ({"samplingStrategy": {0: 3}}, ParameterError, ["samplingStrategy", "{0: 3}", "list"]),
        ({"samplingStrategy": [0, 7]}, StrategyError, ["unknown class 7", "0, 1, 2"]),
        ({"nNeighbors": 1070}, TooFew, ["1070 usable rows", "nNeighbors=1070", "1071"]),
        ({"inputCols": ["x9"]}, ColumnError, ["inputCols", "'x9'"]),
        ({"labelCol": "x0", "inputCols": ["x0"]}, ColumnError, ["'x0'", "label and a feature"]),
        ({"seed": 3}, ParameterError, ["no parameter 'seed'"]),
    ],
)
def test_mistakes_are_named(
    frames: dict[str, DataFrame], params: dict[str, Any], error: type[Exception], words: list[str]
) -> None:
    with pytest.raises(error) as raised:
        EditedNearestNeighbours(**{"inputCols": columns(2), **params}).resample(frames["smooth"])
    for word in words:
        assert word in str(raised.value)


@on_classic
def test_vectors_and_standardised_units(spark: SparkSession, smooth: pd.DataFrame) -> None:
    stretched = smooth.assign(x1=smooth["x1"] * 1000)
    frame = spark_frame(spark, stretched).select(F.array("x0", "x1").alias("features"), "label", "id")
    unit = smooth[columns(2)].to_numpy() / smooth[columns(2)].to_numpy().std(axis=0)
    expected = CASES[2].kept_by_the_reference(unit, smooth["label"].to_numpy())
    assert kept(EditedNearestNeighbours(standardization=True).resample(frame)) == expected


def test_nothing_is_left_in_the_cache(frames: dict[str, DataFrame]) -> None:
    frame = frames["smooth"].select("x0", "x1", "label", "id", F.lit("here").alias("note"))
    TomekLinks(inputCols=columns(2)).plan(frame)
    read = positional(frame).select("c0", "c1", "c2")
    assert not read.storageLevel.useMemory
    with pytest.raises(ZeroDivisionError), cached(read):
        assert positional(frame).select("c0", "c1", "c2").storageLevel.useMemory
        raise ZeroDivisionError
    assert not positional(frame).select("c0", "c1", "c2").storageLevel.useMemory


def test_every_cleaner_of_the_reference_is_tested_here() -> None:
    """Those that draw or go in rounds have tests of their own."""
    cleaners = {entry.sampler for name, entry in samplers().items() if entry.family == CLEANER}
    theirs = {one for one in cleaners if hasattr(imblearn.under_sampling, one.__name__)}
    assert {one for one in theirs if not issubclass(one, Condenser)} == {c.cleaner for c in CASES}


def test_rows_equal_in_features_but_not_in_class_are_each_others_nearest(spark: SparkSession) -> None:
    frame = spark_frame(spark, numbered(np.array([[0.0, 0.0]] * 2 + [[5.0, 5.0]] * 3), [0, 1, 0, 0, 1]))
    cleaner = TomekLinks(inputCols=columns(2), samplingStrategy="all")
    rows: list[Row] = cleaner.resample(frame).collect()
    # The three rows at the other place are no link: two of them are of one class, and each other's nearest.
    assert sorted(row["id"] for row in rows) == [2, 3, 4]
