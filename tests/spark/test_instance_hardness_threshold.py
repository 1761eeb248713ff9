"""InstanceHardnessThreshold keeps the rows of which classifiers fitted on other folds are surest."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from frames import Matrix, clustered, columns, labels_of, multiset, numbered, spark_frame
from numpy.typing import NDArray
from pyspark.ml import Pipeline
from pyspark.ml.classification import LinearSVC, LogisticRegression, NaiveBayes, RandomForestClassifier
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from sklearn.model_selection import PredefinedSplit, cross_val_predict
from sklearn.naive_bayes import GaussianNB

from spark_smote import InstanceHardnessThreshold
from spark_smote.errors import ParameterError, TooFewRowsError
from spark_smote.job import make_sampler
from spark_smote.job.config import Input, JobConfig, Output, SamplerSpec
from spark_smote.spark.out_of_fold import folded

SIZES = {0: 400, 1: 200, 2: 80}


def out_of_fold(frame: DataFrame, x: Matrix, labels: NDArray[np.int64], cv: int, seed: int) -> Matrix:
    """The probability of its label that each row gets by scikit-learn's classifier, fitted on the other folds."""
    array = F.array(*columns(2))
    number, key = F.col("label").cast("int").alias("class"), F.xxhash64(array).alias("hash")
    keyed = frame.select("id", number, key, array.alias("features"))
    of_hash = folded(keyed.drop("id"), len(labels), cv, seed, 3).select("class", "hash", "fold").distinct()
    folds = dict(map(tuple, of_hash.join(keyed, ["class", "hash"]).select("id", "fold").collect()))
    fold = np.array([folds[row] for row in range(len(labels))])
    assert np.bincount(fold, minlength=cv).min() > 80
    p = cross_val_predict(GaussianNB(), x, labels, cv=PredefinedSplit(fold), method="predict_proba")
    return np.asarray(p[np.arange(len(labels)), labels])


@pytest.mark.classic("the fits do not depend on the mode")
def test_rows_kept_are_those_that_scikit_learns_classifier_is_surest_of_out_of_fold(spark: SparkSession) -> None:
    labels = np.repeat(list(SIZES), list(SIZES.values()))
    x = np.random.default_rng(5).normal(size=(len(labels), 2)) + 1.2 * labels[:, None]
    frame = spark_frame(spark, numbered(x, labels.tolist()))
    sure = out_of_fold(frame, x, labels, cv=4, seed=3)
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
def test_of_each_group_the_rows_stay_that_a_classifier_of_all_groups_is_surest_of(spark: SparkSession) -> None:
    sizes = {("a", 0): 120, ("a", 1): 60, ("a", 2): 30, ("b", 0): 70, ("b", 1): 90, ("b", 2): 1, (None, 0): 50}
    keys = np.repeat(np.arange(len(sizes)), list(sizes.values()))
    labels = np.array([label for _, label in sizes])[keys]
    x = np.random.default_rng(6).normal(size=(len(labels), 2)) + 1.2 * labels[:, None]
    # Equal rows of one class in two groups are in one fold.
    x[210:230] = x[:20]
    frame = spark_frame(spark, numbered(x, labels)).withColumn(
        "shop", F.expr("CASE WHEN id < 210 THEN 'a' WHEN id < 371 THEN 'b' END")
    )
    sure = out_of_fold(frame, x, labels, cv=3, seed=2)
    smallest, expected = {"a": 30, "b": 1, None: 50}, set()
    for number, (shop, _) in enumerate(sizes):
        own = np.flatnonzero(keys == number)
        expected |= set(own[np.argsort(-sure[own], kind="stable")][: smallest[shop]].tolist())
    sampler = InstanceHardnessThreshold(
        inputCols=columns(2), groupCols=["shop"], estimator=NaiveBayes(modelType="gaussian"), cv=3, seed=2
    )
    plan = sampler.plan(frame)
    rows = sampler.resample(frame, plan).collect()
    assert Counter((row["shop"], row["label"]) for row in rows) == {key: smallest[key[0]] for key in sizes}
    assert [one.total for one in plan.classes] == [81, 31, 31] and "3 of 50 to 210 rows; 2 change" in str(plan)
    assert len({row["id"] for row in rows} ^ expected) <= 2
    assert multiset(sampler.resample(frame.repartition(5).orderBy("x0")).collect()) == multiset(rows)


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
