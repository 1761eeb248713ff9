"""XGBoost's estimator for Spark behind samplers."""

from __future__ import annotations

from typing import Any

import pytest
from frames import columns, skewed, spark_frame
from pyspark.ml import Pipeline
from pyspark.ml.functions import array_to_vector
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from xgboost.spark import SparkXGBClassifier

from spark_smote import SMOTE, Resampled, compare
from spark_smote.errors import ParameterError

WIDTH, WORKERS = 4, 2


@pytest.fixture(scope="module")
def rows(spark: SparkSession) -> DataFrame:
    frame = spark_frame(spark, skewed({0: 600, 1: 120, 2: 60}, width=WIDTH))
    frame = frame.withColumn("x0", F.col("x0") + 4 * F.col("label"))
    return frame.withColumn("features", array_to_vector(F.array(*columns(WIDTH)))).repartition(3)


def trees(**params: Any) -> Any:
    return SparkXGBClassifier(
        **{"features_col": "features", "label_col": "label", "num_workers": WORKERS, "n_estimators": 8, **params}
    )


@pytest.mark.classic("xgboost.spark trains on RDDs")
@pytest.mark.parametrize("listed", [False, True], ids=["vector", "columns"])
def test_it_is_fitted_on_mixed_rows(rows: DataFrame, monkeypatch: pytest.MonkeyPatch, listed: bool) -> None:
    sent: list[DataFrame] = []
    plain = SparkXGBClassifier._prepare_input

    def spy(self: Any, dataset: DataFrame) -> Any:
        sent.append(plain(self, dataset)[0])
        return plain(self, dataset)

    monkeypatch.setattr(SparkXGBClassifier, "_prepare_input", spy)
    smote = SMOTE(inputCols=columns(WIDTH), outputPartitions=WORKERS, seed=7)
    if not listed:
        smote = SMOTE(outputPartitions=WORKERS, seed=7)
    estimator = trees(features_col=columns(WIDTH)) if listed else trees()
    model = Resampled(sampler=smote, estimator=estimator).fit(rows)
    assert type(model).__name__ == "SparkXGBClassifierModel"
    shares = sent[0].groupBy(F.spark_partition_id(), "label").count().collect()
    assert [count for *_, count in shares] == [300] * 3 * WORKERS
    assert rows.count() == model.transform(rows).count() == 780


@pytest.mark.long
@pytest.mark.classic("xgboost.spark trains on RDDs")
def test_it_is_compared_and_its_probabilities_are_corrected(rows: DataFrame) -> None:
    found = compare(rows, trees(), SMOTE(outputPartitions=WORKERS, seed=7), folds=2, progress=False)
    methods = ["nothing", "best threshold", "class weights", "SMOTE", "SMOTE, corrected"]
    assert [row.method for row in found.summary] == methods
    assert all(row.mean["auc"] > 0.8 for row in found.summary)


def test_on_connect_it_is_refused_before_rows_are_made(rows: DataFrame, mode: str) -> None:
    if mode == "classic":
        return
    with pytest.raises(Exception, match=r"(?i)sparkcontext|rdd|jvm"):
        trees().fit(rows)
    for estimator in (trees(), Pipeline(stages=[trees()])):
        with pytest.raises(ParameterError, match=r"SparkXGBClassifier trains on RDDs, .* use a classic session"):
            Resampled(sampler=SMOTE(), estimator=estimator).fit(rows)
    with pytest.raises(ParameterError, match="SparkXGBClassifier trains on RDDs"):
        compare(rows, trees(), SMOTE(), folds=2, progress=False)
