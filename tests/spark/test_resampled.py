"""Resampling within Spark ML: in fit only, in pipelines and validators, saved as stock Spark."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyspark.ml import Estimator, Pipeline, PipelineModel
from pyspark.ml.classification import LinearSVC, LogisticRegression, OneVsRest
from pyspark.ml.evaluation import BinaryClassificationEvaluator
from pyspark.ml.feature import OneHotEncoder, StringIndexer, VectorAssembler
from pyspark.ml.functions import vector_to_array
from pyspark.ml.tuning import CrossValidator
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from spark_smote import SMOTE, SMOTEENN, BalancedEnsemble, Chain, RandomUnderSampler, Resampled, TomekLinks
from spark_smote.errors import ColumnError, ParameterError, SparkSmoteError, StrategyError
from spark_smote.ml import BalancedEnsembleModel
from spark_smote.ml.fitting import needed

CHEAP = {
    "spark.ui.enabled": "false",
    "spark.driver.extraJavaOptions": "-XX:+UseSerialGC -XX:TieredStopAtLevel=1",
    "spark.sql.shuffle.partitions": "1",
}


# Spark's own stages need a session, so the tests create them.
def assembler() -> VectorAssembler:
    return VectorAssembler(inputCols=["a", "b"], outputCol="features")


@pytest.fixture(scope="module")
def raw(spark: SparkSession) -> DataFrame:
    """360 rows, 30 of them positive, with a column that cannot be null."""
    columns = (
        "id",
        "CAST(id % 12 = 0 AS DOUBLE) AS label",
        "sin(id) + IF(id % 12 = 0, 1.0, 0.0) AS a",
        "cos(7 * id) AS b",
    )
    return spark.range(360).selectExpr(*columns).cache()


@pytest.fixture(scope="module")
def frame(raw: DataFrame) -> DataFrame:
    return assembler().transform(raw).cache()


def learner() -> LogisticRegression:
    return LogisticRegression(maxIter=5)


class Counting(Estimator):  # type: ignore[type-arg]
    """Records the rows that it is fitted on, and fits a logistic regression."""

    seen: list[dict[float, int]]

    def __init__(self) -> None:
        super().__init__()
        self.seen = []

    def _fit(self, dataset: DataFrame) -> Any:
        self.seen.append({row[0]: row[1] for row in dataset.groupBy("label").count().collect()})
        assert dataset.storageLevel.useMemory
        return learner().fit(dataset)


@pytest.mark.classic("the fits do not depend on the mode")
def test_a_ratio_that_is_reached_already_passes_within_fit_only(frame: DataFrame) -> None:
    """Balanced enough by chance, as a fold may be."""
    for sampler in (SMOTE(samplingStrategy=0.05), RandomUnderSampler(samplingStrategy=0.05)):
        counting = Counting()
        Resampled(sampler=sampler, estimator=counting).fit(frame)
        assert counting.seen == [{0.0: 330, 1.0: 30}]
        for strict in (sampler, Resampled(sampler=sampler.copy().setIfBalanced("error"), estimator=counting)):
            with pytest.raises(StrategyError, match="ifBalanced='pass'"):
                (strict.fit if isinstance(strict, Resampled) else strict.resample)(frame)
        assert "nothing to do" in str(sampler.copy().setIfBalanced("pass").plan(frame))


def test_fit_sees_resampled_rows_and_the_model_rows_as_they_are(raw: DataFrame, frame: DataFrame) -> None:
    counting = Counting()
    model = Resampled(sampler=SMOTE(seed=3), estimator=counting).fit(frame)
    assert counting.seen == [{0.0: 330, 1.0: 330}]
    assert type(model).__name__ == "LogisticRegressionModel"
    by_hand = learner().fit(SMOTE(inheritCols=["id", "a", "b"], seed=3).resample(frame))
    np.testing.assert_allclose(model.coefficients.toArray(), by_hand.coefficients.toArray(), rtol=1e-9)
    assert model.transform(frame).count() == 360
    chain = [RandomUnderSampler(samplingStrategy=0.5), SMOTE(samplingStrategy=0.9)]
    Resampled(sampler=chain, estimator=counting).fit(frame)
    assert counting.seen[1:] == [{0.0: 60, 1.0: 54}]


def test_in_a_pipeline_the_saved_model_is_stock_spark(raw: DataFrame, tmp_path: Path, mode: str) -> None:
    resampled = Resampled(sampler=SMOTE(), estimator=learner(), correctPrior=True)
    model = Pipeline(stages=[assembler(), resampled]).fit(raw)
    scored = model.transform(raw)
    assert {"probability", "probability_resampled", "prediction"} <= set(scored.columns)
    means = [F.avg(F.get(vector_to_array(name), F.lit(1))) for name in ("probability", "probability_resampled")]
    true, trained = scored.select(*means).first()  # type: ignore[misc]
    assert abs(true - 30 / 360) < 0.02 < 0.2 < trained
    model.save(str(tmp_path / "model"))
    classes = [json.loads(path.read_text())["class"] for path in tmp_path.rglob("metadata/part-*") if path.read_text()]
    assert len(classes) == 6
    assert all(name.startswith(("org.apache.spark.", "pyspark.")) for name in classes)
    expected = scored.agg(F.sum(F.get(vector_to_array("probability"), F.lit(1)))).first()[0]  # type: ignore[index]
    assert PipelineModel.load(str(tmp_path / "model")).transform(raw).agg(
        F.sum(F.get(vector_to_array("probability"), F.lit(1)))
    ).first()[0] == pytest.approx(expected)  # type: ignore[index]
    if mode == "classic":
        raw.coalesce(1).write.parquet(str(tmp_path / "rows"))
        assert float(_scored_without_spark_smote(tmp_path)) == pytest.approx(expected)


def _scored_without_spark_smote(folder: Path) -> str:
    script = f"""
import sys
sys.modules["spark_smote"] = None
from pyspark.ml import PipelineModel
from pyspark.ml.functions import vector_to_array
from pyspark.sql import SparkSession, functions as F
settings = {CHEAP!r}
spark = SparkSession.builder.master("local[1]").config(map=settings).getOrCreate()
scored = PipelineModel.load({str(folder / "model")!r}).transform(spark.read.parquet({str(folder / "rows")!r}))
print(scored.agg(F.sum(F.get(vector_to_array("probability"), F.lit(1)))).first()[0])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[-1]


@pytest.mark.classic("the fits do not depend on the mode")
def test_grids_reach_the_sampler_and_the_estimator(frame: DataFrame, tmp_path: Path) -> None:
    smote, regression = SMOTE(), learner()
    resampled = Resampled(sampler=Chain(smote), estimator=regression)
    points = [(0.2, 0.0), (1.0, 0.5)]
    grid = [{smote.samplingStrategy: share, regression.regParam: penalty} for share, penalty in points]
    evaluator = BinaryClassificationEvaluator()
    apart = [one.fit(frame) for one in (resampled.copy(params) for params in grid)]
    together = resampled.fit(frame, grid)
    intercepts = [model.intercept for model in together]
    np.testing.assert_allclose(intercepts, [model.intercept for model in apart])
    assert len(set(np.round(intercepts, 6))) == len(points)
    validator = CrossValidator(
        estimator=Pipeline(stages=[resampled]),
        estimatorParamMaps=grid,
        evaluator=evaluator,
        numFolds=2,
        parallelism=2,
    )
    assert all(0.5 < metric <= 1 for metric in validator.fit(frame).avgMetrics)
    validator.save(str(tmp_path / "validator"))
    loaded = CrossValidator.load(str(tmp_path / "validator")).getEstimatorParamMaps()
    assert [[(param.parent, param.name, value) for param, value in one.items()] for one in loaded] == [
        [(param.parent, param.name, value) for param, value in one.items()] for one in grid
    ]
    assert not smote.isSet("samplingStrategy") and not regression.isSet("regParam")


@pytest.mark.classic("the fits do not depend on the mode")
def test_in_a_pipeline_that_encodes_categories(raw: DataFrame) -> None:
    """Columns that cannot be null and have no value in synthetic rows, such as an index, are no obstacle."""
    smote, regression = SMOTE(featuresCol="vector"), LogisticRegression(featuresCol="vector", maxIter=3)
    pipeline = Pipeline(
        stages=[
            StringIndexer(inputCol="kind", outputCol="index"),
            OneHotEncoder(inputCol="index", outputCol="encoded"),
            VectorAssembler(inputCols=["a", "encoded"], outputCol="vector"),
            Resampled(sampler=smote, estimator=regression),
        ]
    )
    grid = [{smote.kNeighbors: 3, regression.regParam: 0.1}]
    validator = CrossValidator(
        estimator=pipeline, estimatorParamMaps=grid, evaluator=BinaryClassificationEvaluator(), numFolds=2, seed=2
    )
    kinds = raw.withColumn("kind", F.expr("CASE id % 3 WHEN 0 THEN 'x' WHEN 1 THEN 'y' ELSE 'z' END"))
    assert not kinds.schema["kind"].nullable
    fitted = validator.fit(kinds)
    assert all(0.5 < metric <= 1 for metric in fitted.avgMetrics)
    assert fitted.transform(kinds).count() == 360


def test_only_necessary_columns_are_resampled(frame: DataFrame) -> None:
    read = lambda *samplers, estimator: set(needed(frame, list(samplers), estimator).columns)  # noqa: E731
    assert read(SMOTE(), estimator=learner()) == {"label", "features"}
    assert read(SMOTE(inheritCols=["ID"]), estimator=learner()) == {"label", "features", "id"}
    assert read(SMOTE(), estimator=LogisticRegression(weightCol="a")) == {"label", "features", "a"}
    assert read(SMOTE(), TomekLinks(inputCols=["b"]), estimator=learner()) == {"label", "features", "b"}
    everything = set(frame.columns)
    assert read(SMOTE(), estimator=Pipeline(stages=[learner()])) == everything
    assert read(SMOTE(), estimator=Counting()) == everything
    assert read(RandomUnderSampler(), SMOTE(), estimator=learner()) == everything
    twice = frame.select("*", F.col("id").alias("a"))
    assert Resampled(sampler=SMOTE(), estimator=learner()).fit(twice).numFeatures == 2


@pytest.mark.classic("the fits do not depend on the mode")
def test_given_objects_are_not_changed(frame: DataFrame) -> None:
    named = frame.withColumnRenamed("label", "class")
    chain, regression = Chain(SMOTE(), RandomUnderSampler()), learner()
    given = [chain, *chain.steps, regression]
    before = [(one.uid, one.extractParamMap()) for one in given]
    resampled = Resampled(sampler=chain, estimator=regression, labelCol="class", correctPrior=True)
    resampled.copy({chain.steps[0].kNeighbors: 3}).fit(named)
    resampled.getSampler()[0].setParams(kNeighbors=2)
    BalancedEnsemble(estimator=regression, sampler=chain, labelCol="class", numModels=1, seed=4).fit(named)
    assert [(one.uid, one.extractParamMap()) for one in given] == before


@pytest.mark.classic("the fits do not depend on the mode")
def test_under_one_against_the_rest(frame: DataFrame) -> None:
    three = frame.withColumn("label", F.expr("CASE WHEN id % 12 = 0 THEN 2.0 WHEN a > 0.5 THEN 1.0 ELSE 0.0 END"))
    model = OneVsRest(classifier=Resampled(sampler=SMOTE(), estimator=learner())).fit(three)
    assert len(model.models) == 3
    assert {row[0] for row in model.transform(three).select("prediction").distinct().collect()} <= {0.0, 1.0, 2.0}


@pytest.mark.classic("the fits do not depend on the mode")
def test_labels_that_a_stage_indexes_are_corrected_too(raw: DataFrame) -> None:
    named = raw.withColumn("label", F.expr("IF(label = 1, 'fraud', 'fine')"))
    indexer = StringIndexer(inputCol="label", outputCol="index", stringOrderType="alphabetAsc")
    inner = Pipeline(stages=[indexer, assembler(), LogisticRegression(labelCol="index", maxIter=5)])
    model = Resampled(sampler=SMOTE(inputCols=["a", "b"]), estimator=inner, correctPrior=True).fit(named)
    mean = model.transform(named).select(F.avg(F.get(vector_to_array("probability"), F.lit(1)))).first()[0]
    assert abs(mean - 30 / 360) < 0.02


def test_resampled_is_saved_and_loaded(tmp_path: Path) -> None:
    both = SMOTEENN(labelCol="label", inputCols=["a", "b"], seed=4, samplingStrategy=0.5)
    resampled = Resampled(sampler=Chain(both, RandomUnderSampler()), estimator=learner(), correctPrior=True)
    resampled.save(str(tmp_path / "resampled"))
    again = Resampled.load(str(tmp_path / "resampled"))
    assert again.uid == resampled.uid
    assert again.getOrDefault("correctPrior") is True
    assert [stage.uid for stage in again.getStages()] == [stage.uid for stage in resampled.getStages()]
    assert again.getEstimator().getMaxIter() == 5


def test_an_ensemble_averages_models_of_draws_of_their_own(frame: DataFrame, tmp_path: Path) -> None:
    ensemble = BalancedEnsemble(estimator=learner(), numModels=2, seed=5, parallelism=2)
    model = ensemble.fit(frame)
    assert len({round(member.intercept, 9) for member in model.members}) == 2
    drawn = learner().fit(RandomUnderSampler(seed=6).resample(frame))
    assert model.members[1].intercept == pytest.approx(drawn.intercept, rel=1e-9)
    scored = model.transform(frame)
    assert scored.columns == [*frame.columns, "rawPrediction", "probability", "prediction"]

    def column(df: DataFrame, name: str) -> np.ndarray:
        return np.array([row[0].toArray() for row in df.orderBy("id").select(name).collect()])

    mean = np.mean([column(member.transform(frame), "probability") for member in model.members], axis=0)
    np.testing.assert_allclose(column(scored, "probability"), mean, rtol=1e-12)
    says = [row[0] for row in scored.orderBy("id").select("prediction").collect()]
    np.testing.assert_array_equal(says, mean.argmax(axis=1))
    assert BinaryClassificationEvaluator().evaluate(scored) > 0.6
    model.save(str(tmp_path / "model"))
    again = BalancedEnsembleModel.load(str(tmp_path / "model"))
    np.testing.assert_array_equal(column(again.transform(frame), "probability"), column(scored, "probability"))
    with pytest.raises(ColumnError, match="'rawPrediction' already"):
        model.transform(scored)
    ensemble.save(str(tmp_path / "ensemble"))
    assert BalancedEnsemble.load(str(tmp_path / "ensemble")).getOrDefault("numModels") == 2


def fit(estimator: Any = LogisticRegression, sampler: Any = SMOTE, **given: Any) -> Any:
    return lambda df: Resampled(sampler=sampler(), estimator=estimator(), **given).fit(df)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda df: Resampled(sampler=SMOTE(), estimator=SMOTE()), ParameterError, "is a sampler"),
        (lambda df: Resampled(sampler=learner(), estimator=learner()), ParameterError, "is no sampler"),
        (lambda df: Resampled(sampler=[], estimator=learner()).fit(df), ParameterError, "needs at least one sampler"),
        (lambda df: Resampled().fit(df), ParameterError, "no sampler and no estimator"),
        (lambda df: Resampled(sampler=SMOTE(), estimator=learner(), priors=1), ParameterError, "no parameter 'priors'"),
        (lambda df: Chain(SMOTE(), TomekLinks(labelCol="y")), ParameterError, "same labelCol, not label and y"),
        (fit(LinearSVC, correctPrior=True), ParameterError, "LinearSVC gives none"),
        (fit(sampler=lambda: SMOTE(labelCol="id")), ColumnError, "balances the labels in 'id'"),
        (fit(sampler=lambda: SMOTE(inputCols=["a", "b"])), ColumnError, "SMOTE makes have no 'features'"),
        (fit(lambda: LogisticRegression(weightCol="id")), ColumnError, "list it in inheritCols"),
        (fit(lambda: LogisticRegression(labelCol="lable")), ColumnError, "did you mean 'label'"),
        (lambda df: fit()(df.withColumn("label", F.col("label") > 0)), ColumnError, "type boolean"),
        (lambda df: fit()(df.withColumn("label", F.col("label") - 0.5)), ColumnError, "class -0.5 is no class index"),
        (lambda df: fit()(df.withColumn("label", F.lit("x"))), ColumnError, "put a StringIndexer before"),
        (lambda df: Resampled(sampler=SMOTE(), estimator=learner()).fit(df, {SMOTE().seed: 1}), ParameterError, "grid"),
        (lambda df: BalancedEnsemble(estimator=LinearSVC()).fit(df), ParameterError, "LinearSVC gives none"),
        (lambda df: BalancedEnsemble(estimator=learner(), numModels=0).fit(df), ParameterError, "numModels"),
        (
            lambda df: BalancedEnsemble(estimator=learner(), sampler=TomekLinks()).fit(df),
            ParameterError,
            "same rows for every model",
        ),
    ],
)
def test_mistakes_are_reported(frame: DataFrame, make: Any, error: type[SparkSmoteError], message: str) -> None:
    with pytest.raises(error, match=message):
        make(frame)


def test_a_wrong_value_in_a_grid_is_reported(frame: DataFrame) -> None:
    smote = SMOTE()
    resampled = Resampled(sampler=smote, estimator=learner())
    with pytest.raises(ParameterError, match="kNeighbors"):
        resampled.fit(frame, {smote.kNeighbors: "three"})
    with pytest.raises(ParameterError, match="kNeighbors must be an integer of 1 or more"):
        resampled.fit(frame, [{smote.kNeighbors: 0}])
