"""The comparison: no held-out row reaches a fit, folds depend on content, and the figures are right."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest
from pyspark.ml import Estimator, Model, Pipeline
from pyspark.ml.classification import LinearSVC, LogisticRegression
from pyspark.ml.feature import StringIndexer, VectorAssembler
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from spark_smote import SMOTE, RandomUnderSampler, compare
from spark_smote.errors import ClassError, ColumnError, ParameterError, SparkSmoteError
from spark_smote.evaluation import Comparison, Result
from spark_smote.evaluation.judge import FOLD, TUNING, Judge
from spark_smote.spark.folds import with_folds

FOLDS = 2
COSTS = {(1, 0): 11.0, (0, 1): 1.0}


class Watch(Estimator):  # type: ignore[type-arg]
    """Passes rows on, and records the rows that it is fitted on and the rows of each of its models."""

    def __init__(self, log: list[tuple[set[int], list[set[int]]]]) -> None:
        super().__init__()
        self.log = log

    def _fit(self, dataset: DataFrame) -> Any:
        met: list[set[int]] = []
        self.log.append((ids(dataset), met))
        return Watching(met)


class Watching(Model):
    def __init__(self, met: list[set[int]]) -> None:
        super().__init__()
        self.met = met

    def _transform(self, dataset: DataFrame) -> DataFrame:
        self.met.append(ids(dataset))
        return dataset


def ids(rows: DataFrame) -> set[int]:
    """The rows of the input that these rows are, or were made of."""
    made_of = ["made_of.seed", "made_of.neighbour"] if "made_of" in rows.columns else []
    return {each for row in rows.select("row", *made_of).collect() for each in row if each is not None}


@pytest.fixture(scope="module")
def frame(spark: SparkSession) -> DataFrame:
    """600 rows, of which 50 overlap the others."""
    noise = "sin(37 * id) + cos(11 * id)"
    columns = (
        "id AS row",
        "CAST(id % 12 = 0 AS INT) AS label",
        f"{noise} + IF(id % 12 = 0, 1.5, 0.0) AS a",
        "sin(id) AS b",
    )
    return spark.range(600).selectExpr(*columns).withColumn("row", F.expr("nullif(row, -1)")).cache()


@pytest.fixture(scope="module")
def log() -> list[tuple[set[int], list[set[int]]]]:
    return []


@pytest.fixture(scope="module")
def found(frame: DataFrame, log: list[tuple[set[int], list[set[int]]]]) -> Comparison:
    assembler = VectorAssembler(inputCols=["a", "b"], outputCol="features")
    learner = Pipeline(stages=[Watch(log), assembler, LogisticRegression(maxIter=10)])
    smote = SMOTE(inputCols=["a", "b"], idCol="row", provenanceCol="made_of", inheritCols=["row"], seed=2)
    given = [smote, *learner.getStages()]
    before = [one.extractParamMap() for one in given]
    tune = {"kNeighbors": [2, 5]}
    comparison = compare(frame, {"logistic": learner}, smote, folds=FOLDS, costs=COSTS, tune=tune, progress=False)
    assert [one.extractParamMap() for one in given] == before, "the given objects stay unchanged"
    return comparison


def test_no_held_out_row_nor_a_row_made_of_it_reaches_a_fit(
    found: Comparison, log: list[tuple[set[int], list[set[int]]]]
) -> None:
    # Nothing, best threshold, class weights, SMOTE; and SMOTE with two numbers of neighbours on some training rows.
    assert len(log) == FOLDS * 6
    times: dict[int, int] = defaultdict(int)
    for fitted, met in log:
        apart = [rows for rows in met if not rows & fitted]
        assert len(apart) == 1, "each model scores one set of rows that it was not fitted on"
        assert all(rows >= fitted for rows in met if rows & fitted)
        for row in apart[0]:
            times[row] += 1
    # Three methods score each row once; three fits choose a threshold or parameters on some of the training rows.
    tuned = (sum(times.values()) - 3 * 600) / 3
    assert set(times) == set(range(600))
    assert 0.15 < tuned / (600 * (FOLDS - 1)) < 0.35
    assert min(times.values()) == 3
    held_out = [{row for row in range(600) if row not in log[6 * fold][0]} for fold in range(FOLDS)]
    for number, (fitted, met) in enumerate(log):
        out = held_out[number // 6]
        assert not out & fitted, "no fit has a row of its fold"
        scores = [bool(rows & out) for rows in met if not rows & fitted]
        # Within a fold: nothing, threshold, weights, two that choose, SMOTE.
        assert scores == [number % 6 in (0, 2, 5)]


def test_figures_show_the_effect_of_resampling(found: Comparison) -> None:
    rows = {row.method: row.mean for row in found.summary}
    assert list(rows) == ["nothing", "best threshold", "class weights", "SMOTE", "SMOTE, corrected"]
    assert sum(one.scores.rows for one in found.results if one.method == "SMOTE") == 600
    assert found.prevalence == 50 / 600
    assert rows["SMOTE"]["brier"] > 1.5 * rows["nothing"]["brier"]
    assert rows["SMOTE, corrected"]["brier"] == pytest.approx(rows["nothing"]["brier"], abs=0.01)
    assert rows["SMOTE"]["meanProbability"] > 0.25
    assert rows["SMOTE, corrected"]["meanProbability"] == pytest.approx(found.prevalence, abs=0.02)
    assert rows["best threshold"]["gMean"] > rows["nothing"]["gMean"] + 0.1
    assert rows["best threshold"]["auc"] == rows["nothing"]["auc"]
    assert rows["SMOTE, corrected"]["auc"] == pytest.approx(rows["SMOTE"]["auc"], abs=1e-3)
    assert [row.tuned.keys() for row in found.results if row.method.startswith("SMOTE")] == [{"kNeighbors"}] * 2 * FOLDS
    costs = {row.method: row.mean["expectedCost"] for row in found.summary}
    assert costs["best threshold"] < 0.8 * costs["nothing"]
    assert costs["best threshold"] == pytest.approx(costs["class weights"], rel=0.2)
    assert found.metric == "expectedCost"
    assert found.verdict.action in ("threshold", "weights")


@pytest.mark.classic("the measures of all classes run on Connect elsewhere, and one class here")
def test_all_classes_are_measured_and_predictions_follow_the_costs(spark: SparkSession) -> None:
    columns = (
        "CASE WHEN id % 20 = 0 THEN 'rare' WHEN id % 20 < 5 THEN 'some' ELSE 'many' END AS kind",
        "sin(37 * id) + cos(11 * id) + CASE WHEN id % 20 = 0 THEN 1 WHEN id % 20 < 5 THEN 0 ELSE -1 END AS a",
    )
    rows = spark.range(400).selectExpr(*columns).cache()
    index = StringIndexer(inputCol="kind", outputCol="label")
    stages = [index, VectorAssembler(inputCols=["a"], outputCol="features"), LogisticRegression(maxIter=10)]
    fewer = RandomUnderSampler(labelCol="kind", seed=1)
    kinds = ("many", "some", "rare")
    costs = {(true, said): 20 if true == "rare" else 1 for true in kinds for said in kinds if true != said}
    found = compare(rows, Pipeline(stages=stages), fewer, folds=2, costs=costs, progress=False)
    assert (found.positive, found.prevalence, found.metric) == (None, 0.05, "expectedCost")
    mean = {row.method: row.mean for row in found.summary}
    assert mean["best threshold"]["expectedCost"] < 0.8 * mean["nothing"]["expectedCost"]
    assert mean["best threshold"]["auprc"] == mean["nothing"]["auprc"]
    nothing = found.summary[0].classes
    assert set(nothing) == set(kinds)
    assert mean["nothing"]["auprc"] == pytest.approx(sum(each["auprc"] for each in nothing.values()) / 3)
    assert nothing["many"]["fBeta"] > nothing["rare"]["fBeta"]
    assert mean["RandomUnderSampler"]["brier"] > mean["RandomUnderSampler, corrected"]["brier"]
    assert mean["RandomUnderSampler"]["balancedAccuracy"] > mean["nothing"]["balancedAccuracy"]
    rows.unpersist()


def test_each_repetition_has_other_folds(frame: DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    met: dict[int, set[int]] = {}

    def fold(judge: Judge, folded: DataFrame, fold: int, number: int, bar: Any) -> list[Result]:
        met[number] = ids(folded.filter(F.floor(F.col(FOLD) / TUNING) == fold))
        return [Result("logistic", "nothing", number, {"auprc": 0.5})]

    monkeypatch.setattr(Judge, "fold", fold)
    found = compare(frame, {"logistic": learner()}, (), folds=2, repeats=2, seed=7, progress=False)
    assert (found.repeats, [one.fold for one in found.results]) == (2, [0, 1, 2, 3])
    assert met[0] | met[1] == met[2] | met[3] == set(range(600))
    assert 200 < len(met[0] ^ met[2]) < 400, "other folds, of about as many rows"


def test_folds_depend_on_content_and_share_every_class(spark: SparkSession, frame: DataFrame) -> None:
    def folds_of(df: DataFrame) -> dict[int, int]:
        return {row["row"]: row["fold"] for row in with_folds(df, 1, 5, "fold", seed=1).collect()}

    folds = folds_of(frame)
    assert folds_of(frame.repartition(7).orderBy("b")) == folds
    counted: dict[tuple[bool, int], int] = defaultdict(int)
    for row, fold in folds.items():
        counted[row % 12 == 0, fold] += 1
    assert sorted({fold for _, fold in counted}) == list(range(5))
    assert all(abs(count - (10 if rare else 110)) <= 0 for (rare, _), count in counted.items())
    twice = frame.drop("row").union(frame.drop("row")).withColumn("row", F.xxhash64("a", "b"))
    assert (
        with_folds(twice, 0, 5, "fold", seed=1)
        .groupBy("row")
        .agg(F.count_distinct("fold").alias("n"))
        .filter("n > 1")
        .count()
        == 0
    )
    assert with_folds(frame, 1, 5, "fold", seed=1).schema.fields[:-1] == frame.schema.fields


def learner(**params: Any) -> LogisticRegression:
    return LogisticRegression(maxIter=2, **params)


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"estimators": SMOTE()}, ParameterError, "is a sampler"),
        ({"estimators": []}, ParameterError, "estimators is empty"),
        ({"folds": "3"}, ParameterError, "folds must be an integer of 2 or more, not '3'"),
        ({"repeats": None}, ParameterError, "repeats must be an integer of 1 or more, not None"),
        ({"estimators": LinearSVC}, ParameterError, "LinearSVC gives none"),
        ({"samplers": learner}, ParameterError, "is no sampler"),
        ({"samplers": {"nothing": SMOTE(inputCols=["a"])}}, ParameterError, "'nothing' is the name"),
        ({"folds": 1}, ParameterError, "folds must be an integer of 2 or more"),
        ({"metric": "accuracy"}, ParameterError, "metric must be one of 'auc'"),
        ({"precision": 0}, ParameterError, "precision must be"),
        ({"repeats": 0}, ParameterError, "repeats must be an integer of 1 or more"),
        ({"tune": {"kNeighbors": [3]}}, ParameterError, "no sampler has a parameter 'kNeighbors'"),
        ({"tune": {"samplingStrategy": 0.5}}, ParameterError, "samplingStrategy must be a list of values"),
        ({"costs": {(1, 0): 5.0}}, ParameterError, "name the cost of class 0 predicted as 1"),
        ({"positive": 7}, ParameterError, "no class 7; the classes are 0, 1"),
        ({"folds": 13}, ClassError, "class 1 has 50 rows, too few"),
        ({"labelCol": "a"}, ColumnError, "the label column is 'a', but LogisticRegression learns 'label'"),
        ({"samplers": [SMOTE(), SMOTE(labelCol="row")], "labelCol": None}, ParameterError, "labelCol differs"),
        ({"samplers": SMOTE(inputCols=["a"])}, ColumnError, "SMOTE makes have no 'features'"),
    ],
)
def test_mistakes_are_reported(
    frame: DataFrame, given: dict[str, Any], error: type[SparkSmoteError], message: str
) -> None:
    rows = VectorAssembler(inputCols=["a", "b"], outputCol="features").transform(frame)
    usual = {"estimators": learner(), "samplers": RandomUnderSampler(), "progress": False}
    with pytest.raises(error, match=message):
        compare(rows, **{**usual, **{name: value() if callable(value) else value for name, value in given.items()}})
