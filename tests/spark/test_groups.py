"""``groupCols``: each group is resampled as if it were alone, in the same jobs as all others."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from frames import multiset
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from saved import jobs, reloaded

from spark_smote import (
    ADASYN,
    MLROS,
    MLRUS,
    MLSMOTE,
    SMOGN,
    SMOTE,
    SMOTEIPF,
    SMOTENC,
    SMOTER,
    WERCS,
    AllKNN,
    BorderlineSMOTE,
    Chain,
    ClusterCentroids,
    CondensedNearestNeighbour,
    EditedNearestNeighbours,
    GaussianNoiseOverSampler,
    IterativePartitioningFilter,
    NearMiss,
    NeighbourhoodCleaningRule,
    OneSidedSelection,
    PolynomFitSMOTE,
    RandomOverSampler,
    RandomUnderSampler,
    RelevanceOverSampler,
    RelevanceUnderSampler,
    RepeatedEditedNearestNeighbours,
    SafeLevelSMOTE,
    SMOTETomek,
    diagnose,
    inspect,
)
from spark_smote.errors import ColumnError, ParameterError, TooFewRowsError

GROUPS = ["tenant", "day"]
GIVEN: dict[str, Any] = {"labelCol": "fraud", "groupCols": GROUPS}
NUMBERS: dict[str, Any] = {"inputCols": ["x", "y"]}
ALONE = "tenant = 'a' AND day = date'2024-01-01'"
NULL = "tenant IS NULL AND day = date'2024-01-01'"


@pytest.fixture(scope="module")
def frame(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> DataFrame:
    """Six groups, with null and odd names; those of the second day have one class only."""
    path = str(tmp_path_factory.mktemp("groups") / "rows")
    spark.range(600).selectExpr(
        "id",
        "id % 12 = 0 AS fraud",
        "id % 10 = 0 AS late",
        "CASE WHEN id % 12 = 0 THEN 'c' WHEN id % 10 = 0 THEN 'b' ELSE 'a' END AS kind",
        "CASE WHEN id % 7 = 0 THEN NULL WHEN id % 7 < 4 THEN 'a' ELSE 'b\"x,`' END AS tenant",
        "date_add(date'2024-01-01', int(id % 2)) AS day",
        # In one tenant classes lie apart, so that some rounds go on there.
        "sin(id) * 10 + IF(id % 7 > 3, 50 * int(id % 12 = 0) + 100 * int(id % 10 = 0), 0) AS x",
        "cos(id * id) * 3 AS y",
        "concat('c', id % 3) AS card",
        # Some labels are in some groups only, one is rare in some only.
        "filter(array(IF(id % 12 = 0, 'fraud', NULL), IF(id % 10 = 0, 'late', NULL), IF(id % 7 < 4, 'old', 'new'), "
        "IF(id % 7 > 3 OR id % 18 = 0, 'night', NULL)), label -> label IS NOT NULL) AS tags",
    ).write.parquet(path)
    return spark.read.parquet(path)


def counts(rows: DataFrame) -> dict[tuple[Any, ...], int]:
    found = rows.groupBy(*GROUPS, "fraud").count().collect()
    return {(row["tenant"], row["day"].day, row["fraud"]): row["count"] for row in found}


KINDS = {**GIVEN, "labelCol": "kind"}
CLEANED: dict[str, Any] = {"samplingStrategy": "all", "allowEmptyClasses": True, **NUMBERS, **KINDS}
TARGET: dict[str, Any] = {"targetCol": "x", "relevance": [(4, 0), (8, 1)], "groupCols": GROUPS}
BOX_PLOT: dict[str, Any] = {"targetCol": "x", "whiskerReach": 0.1, "groupCols": GROUPS}
LABELS: dict[str, Any] = {"labelCol": ["fraud", "late"], "groupCols": GROUPS, "share": 0.2, "seed": 3}
SAMPLERS = {
    "smote": SMOTE(kNeighbors=3, **NUMBERS, **GIVEN),
    "smotenc": SMOTENC(kNeighbors=3, categoricalCols=["card"], **NUMBERS, **GIVEN),
    "borderline": BorderlineSMOTE(kNeighbors=3, fallback="smote", **NUMBERS, **GIVEN),
    "adasyn": ADASYN(nNeighbors=3, fallback="smote", **NUMBERS, **GIVEN),
    "copies": RandomOverSampler(**GIVEN),
    "under": RandomUnderSampler(**GIVEN),
    "star": PolynomFitSMOTE(**NUMBERS, **GIVEN),
    "safe levels": SafeLevelSMOTE(kNeighbors=3, **NUMBERS, **GIVEN),
    "edited": EditedNearestNeighbours(
        kindSel="mode",
        samplingStrategy="all",
        allowEmptyClasses=True,
        **NUMBERS,
        **GIVEN,
    ),
    "repeated": RepeatedEditedNearestNeighbours(kindSel="mode", **CLEANED),
    "all k": AllKNN(**CLEANED),
    "neighbourhood": NeighbourhoodCleaningRule(**CLEANED),
    "one-sided": OneSidedSelection(nSeedsS=2, **CLEANED),
    "condensed": CondensedNearestNeighbour(**CLEANED),
    "partitions": IterativePartitioningFilter(nFolds=3, k=2, seed=5, **CLEANED),
    "over and partitions": SMOTEIPF(kNeighbors=3, nFolds=5, k=1, voting="consensus", **NUMBERS, **GIVEN),
    "near miss 2": NearMiss(version=2, samplingStrategy="majority", **NUMBERS, **KINDS),
    "near miss 3": NearMiss(version=3, **NUMBERS, **KINDS),
    "centroids": ClusterCentroids(seed=3, **NUMBERS, **KINDS),
    "control points": SMOTER(kNeighbors=3, inputCols=["y"], **TARGET),
    "regression": SMOTER(kNeighbors=3, inputCols=["y"], **BOX_PLOT),
    "noise near": SMOGN(kNeighbors=3, inputCols=["y"], **BOX_PLOT),
    "noise": GaussianNoiseOverSampler(inputCols=["y"], **BOX_PLOT),
    "more relevant": RelevanceOverSampler(**BOX_PLOT),
    "less relevant": RelevanceUnderSampler(samplingStrategy="extreme", **BOX_PLOT),
    "odds": WERCS(under=0.3, **BOX_PLOT),
    "label sets": MLROS(**LABELS),
    "fewer label sets": MLRUS(**LABELS),
    "rare labels": MLSMOTE(kNeighbors=3, labelCol="tags", groupCols=GROUPS, **NUMBERS),
    "chain": Chain(RandomUnderSampler(samplingStrategy=0.5), SMOTETomek(kNeighbors=3, **NUMBERS), **GIVEN),
}


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=() if name == "smote" else pytest.mark.classic("one suffices")) for name in SAMPLERS],
)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_group_gets_the_rows_that_it_gets_alone(frame: DataFrame, name: str) -> None:
    sampler = SAMPLERS[name].copy()
    plan = sampler.plan(frame)
    resampled = sampler.resample(frame, plan)
    assert resampled.schema == frame.schema
    rows = resampled.collect()
    label = sampler.getLabelCol()
    if label in ("fraud", "kind"):
        assert Counter(row[label] for row in rows) == {one.label: one.total for one in plan.classes if one.total}
    assert len(rows) == frame.count() + sum(one.to_synthesise - one.to_remove for one in plan.classes)
    assert any(one.to_synthesise or one.to_remove for one in plan.classes)
    assert "6 of " in str(plan)
    for step in getattr(sampler, "steps", [sampler]):
        step.clear(step.groupCols)
    # Synthetic rows have no tenant if this is neither a group nor a feature.
    shown, where = frame.drop(*GROUPS).columns, NULL if name == "smote" else ALONE
    alone = sampler.resample(frame.filter(where)).select(shown)
    assert multiset(alone.collect()) == multiset(resampled.filter(where).select(shown).collect())


@pytest.mark.classic("the same figures")
def test_diagnose_and_inspect_look_at_all_groups_together(frame: DataFrame) -> None:
    smote = SMOTE(kNeighbors=3, syntheticCol="made", **NUMBERS, **GIVEN)
    whole = smote.copy()
    whole.clear(whole.groupCols)
    assert diagnose(frame, smote).findings == diagnose(frame, whole).findings
    made = smote.resample(frame)
    assert inspect(made, smote).findings == inspect(made, whole).findings


def test_counts_are_exact_neighbours_of_the_group_and_partitions_do_not_matter(frame: DataFrame) -> None:
    smote = SMOTE(kNeighbors=3, provenanceCol="made", idCol="id", **NUMBERS, **GIVEN)
    resampled = smote.resample(frame)
    before, after = counts(frame), counts(resampled)
    # One class only on the second day.
    assert after == {key: before[(*key[:2], False)] if key[1] == 1 else rows for key, rows in before.items()}
    rows = resampled.collect()
    group = {row["id"]: (row["tenant"], row["day"]) for row in rows if row["made"] is None}
    made = [row for row in rows if row["made"] is not None]
    assert made and all(
        group[row["made"][end]] == (row["tenant"], row["day"]) for row in made for end in ("seed", "neighbour")
    )
    assert multiset(smote.resample(frame.repartition(7).orderBy("y")).collect()) == multiset(rows)


@pytest.mark.classic("the same plan")
def test_classes_with_too_few_rows_are_treated(spark: SparkSession) -> None:
    sizes = {
        ("a", 0): 20,
        ("a", 1): 9,
        ("b", 0): 20,
        ("b", 1): 3,
        ("c", 0): 20,
        ("c", 1): 2,
        (None, 0): 8,
        (None, 1): 1,
    }
    rows = [
        (f"{group}{label}{n}", group, label, float(n), float(n * n % 7))
        for (group, label), count in sizes.items()
        for n in range(count)
    ]
    df = spark.createDataFrame(rows, "id string, shop string, label int, x double, y double")
    given: dict[str, Any] = {"groupCols": ["shop"], "inputCols": ["x", "y"], "provenanceCol": "made", "idCol": "id"}
    with pytest.raises(TooFewRowsError, match=r"class 1 of group None has 1 rows, too few for kNeighbors=5.*tooFew"):
        SMOTE(**given).plan(df)
    balanced = {key: 8 if key[0] is None else 20 for key in sizes}
    ends = {}
    for few, told, wanted in (
        ("copy", "3 copied", balanced),
        ("leave", "3 left as they are", {**sizes, ("a", 1): 20}),
        ("pool", "3 with neighbours of a pool of groups", balanced),
    ):
        smote = SMOTE(tooFew=few, **given)
        plan = smote.plan(df)
        assert told in str(plan)
        made = smote.resample(df, plan).collect()
        assert Counter((row["shop"], row["label"]) for row in made) == wanted
        ends[few] = {
            (row["made"]["seed"], row["made"]["neighbour"]) for row in made if row["made"] and row["shop"] != "a"
        }
    assert ends["copy"] and all(seed == neighbour for seed, neighbour in ends["copy"])
    assert not ends["leave"]
    # Of groups with enough rows none is in the pool.
    assert {neighbour[0] for _, neighbour in ends["pool"]} == {"b", "c", "N"}


@pytest.mark.classic("the same plan")
def test_bumps_of_groups_with_too_few_rows_are_copied(frame: DataFrame) -> None:
    sampler = SMOGN(kNeighbors=20, tooFew="copy", inputCols=["y"], idCol="id", provenanceCol="made", **TARGET)
    plan = sampler.plan(frame)
    assert "2 copied" in str(plan)
    values = {row["id"]: (row["x"], row["y"]) for row in frame.collect()}
    made = sampler.resample(frame, plan).filter("made IS NOT NULL").collect()
    # The bumps of one tenant have 13 and 14 rows.
    copied = {(row["tenant"] is None, values[row["made"]["seed"]] == (row["x"], row["y"])) for row in made}
    assert copied == {(True, True), (False, False)}


@pytest.mark.classic("the same plan")
def test_near_miss_leaves_classes_of_groups_with_too_few_rows_to_look_at(frame: DataFrame) -> None:
    sampler = NearMiss(nNeighbors=10, **NUMBERS, **GIVEN)
    with pytest.raises(TooFewRowsError, match=r"class True of group \(None, '2024-01-01'\) has 8 .*tooFew='leave'"):
        sampler.plan(frame)
    plan = sampler.setTooFew("leave").plan(frame)
    assert "1 left as they are" in str(plan)
    before, after = counts(frame), counts(sampler.resample(frame, plan))
    left = {
        key: rows if key[0] is None or key[1] == 2 else min(rows, before[(*key[:2], True)])
        for key, rows in before.items()
    }
    assert after == left


@pytest.mark.classic("the same plan")
def test_groups_of_many_types_come_back_as_they_were(spark: SparkSession) -> None:
    df = spark.range(240).selectExpr(
        "id % 7 = 0 AS label",
        "id * 1.0D AS x",
        "timestamp_micros(1700000000123456 + id % 2) AS at",
        "CAST(id % 3 AS decimal(20, 2)) AS share",
        "timestamp_ntz'2024-10-27 02:30:00.000001' AS local",
        "id % 2 = 0 AS even",
        "CAST(id % 5 - 2 AS byte) AS level",
        "date'2024-02-29' AS day",
        "IF(id % 2 = 0, 'O\\'Neil \u00e9\\n', '') AS name",
    )
    groups = ["at", "share", "local", "even", "level", "day", "name"]
    resampled = RandomOverSampler(inputCols=["x"], groupCols=groups).resample(df)
    assert resampled.schema == df.schema
    key = F.struct(*groups)
    found = resampled.groupBy(key.alias("group")).pivot("label").count().collect()
    assert {tuple(row["group"]) for row in found} == {tuple(row) for row in df.select(*groups).distinct().collect()}
    assert all(row["true"] in (None, row["false"]) or row["false"] is None for row in found)


def test_a_saved_plan_of_groups_needs_no_job(frame: DataFrame, tmp_path: Path) -> None:
    smote = SAMPLERS["smote"]
    plan = smote.plan(frame)
    loaded = reloaded(plan, tmp_path)
    assert loaded == plan and str(loaded) == str(plan)
    before = jobs()
    resampled = smote.resample(frame, loaded)
    assert jobs() == before
    assert counts(resampled) == counts(smote.resample(frame, plan))


@pytest.mark.parametrize(
    ("sampler", "error", "told"),
    [
        (NearMiss(tooFew="leave", **NUMBERS), ParameterError, "is for classes of groups: name these in groupCols"),
        (SMOTE(inputCols=["x"], groupCols=["x"], labelCol="fraud"), ColumnError, "column 'x' is a feature"),
        (
            SMOTE(inputCols=["x"], groupCols=["y"], labelCol="fraud"),
            ColumnError,
            "'y' has type double; a group is named",
        ),
        (SMOTE(inputCols=["x"], groupCols=["fraud"], labelCol="fraud"), ColumnError, "column 'fraud' is the label"),
        (SMOTE(tooFew="copy", labelCol="fraud", **NUMBERS), ParameterError, "name these in groupCols"),
        (ADASYN(tooFew="pool", **NUMBERS, **GIVEN), ParameterError, "ADASYN takes no neighbours from other groups"),
        (
            SMOTER(tooFew="pool", inputCols=["y"], **TARGET),
            ParameterError,
            "SMOTER takes no neighbours from other groups",
        ),
        (
            BorderlineSMOTE(neighborSearch="lsh", **NUMBERS, **GIVEN),
            ParameterError,
            "the nearest of all rows are searched exactly, within each group",
        ),
    ],
)
@pytest.mark.classic("the same errors")
def test_what_cannot_be_is_refused(frame: DataFrame, sampler: SMOTE, error: type[Exception], told: str) -> None:
    with pytest.raises(error, match=told):
        sampler.plan(frame)
