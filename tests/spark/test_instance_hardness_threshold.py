"""InstanceHardnessThreshold keeps the rows of which classifiers fitted on other folds are surest."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from frames import clustered, columns, labels_of, multiset, numbered, spark_frame
from pyspark.ml import Pipeline
from pyspark.ml.classification import LinearSVC, LogisticRegression, NaiveBayes, RandomForestClassifier
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from sklearn.model_selection import PredefinedSplit, cross_val_predict
from sklearn.naive_bayes import GaussianNB

from spark_smote import InstanceHardnessThreshold
from spark_smote.errors import ParameterError, TooFewRowsError
from spark_smote.job import make_sampler
from spark_smote.job.config import Input, JobConfig, Output, SamplerSpec
from spark_smote.spark.out_of_fold import folded

SIZES = {0: 400, 1: 200, 2: 80}


@pytest.mark.classic("the fits do not depend on the mode")
def test_rows_kept_are_those_that_scikit_learns_classifier_is_surest_of_out_of_fold(spark: SparkSession) -> None:
    labels = np.repeat(list(SIZES), list(SIZES.values()))
    x = np.random.default_rng(5).normal(size=(len(labels), 2)) + 1.2 * labels[:, None]
    frame = spark_frame(spark, numbered(x, labels.tolist()))
    array = F.array(*columns(2))
    number, key = F.col("label").cast("int").alias("class"), F.xxhash64(array).alias("hash")
    keyed = frame.select("id", number, key, array.alias("features"))
    of_hash = folded(keyed.drop("id"), len(labels), 4, 3, 3)
    folds = dict(map(tuple, of_hash.join(keyed, "hash").select("id", "fold").collect()))
    fold = np.array([folds[row] for row in range(len(labels))])
    assert np.bincount(fold).min() > 120
    p = cross_val_predict(GaussianNB(), x, labels, cv=PredefinedSplit(fold), method="predict_proba")
    sure = p[np.arange(len(labels)), labels]
    wanted, expected = {0: 90, 1: 120}, set(np.flatnonzero(labels == 2).tolist())
    for label, rows in wanted.items():
        own = np.flatnonzero(labels == label)
        expected |= set(own[np.argsort(-sure[own])][:rows].tolist())
    classifier = NaiveBayes(modelType="gaussian", labelCol="not here")
    sampler = InstanceHardnessThreshold(
        inputCols=columns(2), samplingStrategy=wanted, estimator=classifier, cv=4, seed=3
    )
    rows = sampler.resample(frame).collect()
    assert labels_of(rows) == {**SIZES, **wanted}
    # Rounding may move a row across the threshold.
    assert len({row["id"] for row in rows} ^ expected) <= 2
    assert classifier.getLabelCol() == "not here"


@pytest.mark.classic("the fits do not depend on the mode")
def test_a_forest_keeps_the_same_rows_from_any_partitions_and_invalid_rows_stay(spark: SparkSession) -> None:
    labels = np.repeat([0, 1], [300, 60])
    data = numbered(clustered(360, 2, seed=4).round() + labels[:, None], labels.tolist())
    invalid = F.expr("CASE WHEN id < 5 THEN double('NaN') ELSE x0 END")
    sampler = InstanceHardnessThreshold(inputCols=columns(2), handleInvalid="skip", cv=2, seed=3)
    rows = sampler.resample(spark_frame(spark, data).withColumn("x0", invalid)).collect()
    assert labels_of(rows) == {0: 60, 1: 60}
    assert set(range(5)) <= {row["id"] for row in rows}
    shuffled = spark_frame(spark, data.sample(frac=1.0, random_state=1)).repartition(5)
    assert multiset(sampler.resample(shuffled.withColumn("x0", invalid)).collect()) == multiset(rows)


def test_the_estimator_is_copied_saved_and_checked(spark: SparkSession, tmp_path: Path) -> None:
    classifier = LogisticRegression(maxIter=7)
    sampler = InstanceHardnessThreshold(inputCols=["x0"], estimator=classifier, cv=3)
    copied = sampler.copy({classifier.maxIter: 9, sampler.cv: 4})
    assert (copied.getEstimator().getMaxIter(), copied.getCv()) == (9, 4)
    assert (sampler.getEstimator().getMaxIter(), sampler.getCv()) == (7, 3)
    for number, one in enumerate((copied, InstanceHardnessThreshold())):
        one.save(str(tmp_path / str(number)))
        loaded = InstanceHardnessThreshold.load(str(tmp_path / str(number)))
        assert loaded.uid == one.uid
        assert [p.name for p in loaded.params if loaded.isSet(p)] == [p.name for p in one.params if one.isSet(p)]
    assert InstanceHardnessThreshold.load(str(tmp_path / "0")).getEstimator().getMaxIter() == 9
    for wrong, told in (
        (Pipeline(stages=[classifier]), "must be a classifier itself, not a Pipeline"),
        (LinearSVC(), "LinearSVC gives none"),
        (LogisticRegression(weightCol="w"), "reads weights from 'w'"),
    ):
        with pytest.raises(ParameterError, match=told):
            InstanceHardnessThreshold(estimator=wrong)
    for named, made in (
        ({"estimator": "LogisticRegression", "estimatorParams": {"maxIter": 7}}, classifier),
        ({"estimatorParams": {"numTrees": 3}}, RandomForestClassifier(numTrees=3)),
    ):
        spec = SamplerSpec("InstanceHardnessThreshold", {"inputCols": ["x0"], "cv": 3} | named)
        of_job = make_sampler(JobConfig(Input("a"), (spec,), Output("b")))
        assert of_job.made_by() == sampler.copy().setParams(estimator=made).made_by()
    few = spark.range(40).selectExpr("id = 0 AS label", "id * 1.0D AS x0")
    with pytest.raises(TooFewRowsError, match=r"class True: all its 1 usable rows are in one of cv=3 folds"):
        sampler.resample(few)
