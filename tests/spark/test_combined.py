"""Over-sampling, then cleaning: the same as one after the other, and as imbalanced-learn cleans our synthetic rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from frames import columns, labels_of, multiset, numbered, spark_frame
from imblearn.under_sampling import EditedNearestNeighbours as ReferenceENN
from imblearn.under_sampling import TomekLinks as ReferenceTomek
from pyspark.sql import DataFrame, SparkSession

from spark_smote import (
    ADASYN,
    SMOTE,
    SMOTEENN,
    Chain,
    EditedNearestNeighbours,
    NeighbourhoodCleaningRule,
    OverSampledAndCleaned,
    RandomOverSampler,
    SMOTETomek,
    TomekLinks,
)
from spark_smote.errors import EmptyClassError, ParameterError

SHARED: dict[str, Any] = {"inputCols": columns(3), "labelCol": "label", "seed": 5}


@pytest.fixture(scope="module")
def frame(spark: SparkSession) -> DataFrame:
    labels = np.repeat([0, 1, 2], [300, 100, 50])
    x = np.random.default_rng(8).normal(size=(450, 3)) + 0.8 * labels[:, None]
    return spark_frame(spark, numbered(x, labels.tolist())).cache()


@pytest.mark.parametrize(
    ("combined", "reference"),
    [(SMOTEENN, ReferenceENN(sampling_strategy="all")), (SMOTETomek, ReferenceTomek(sampling_strategy="all"))],
)
def test_what_is_left_is_what_the_reference_leaves_of_the_over_sampled_rows(
    frame: DataFrame, combined: type[SMOTEENN | SMOTETomek], reference: Any
) -> None:
    rows = SMOTE(**SHARED).resample(frame).select(*columns(3), "label").toPandas()
    x, _ = reference.fit_resample(rows[columns(3)].to_numpy(), rows["label"].to_numpy())
    sampler = combined(**SHARED)
    plan = sampler.plan(frame)
    cleaned = sampler.resample(frame, plan)
    left = cleaned.collect()
    ours = np.array([[row[name] for name in columns(3)] for row in left])
    assert 0 < len(ours) < len(rows)
    np.testing.assert_array_equal(ours[np.lexsort(ours.T)], x[np.lexsort(x.T)])
    assert cleaned.schema == frame.schema
    assert {c.label: c.total for c in plan.classes} == labels_of(left)


def test_any_over_sampler_goes_with_any_cleaner(frame: DataFrame) -> None:
    cleaner = NeighbourhoodCleaningRule(samplingStrategy=[0])
    both = OverSampledAndCleaned(overSampler=ADASYN(), cleaner=cleaner, syntheticCol="made", **SHARED)
    apart = cleaner.resample(ADASYN(syntheticCol="made", **SHARED).resample(frame).cache())
    assert multiset(both.resample(frame).collect()) == multiset(apart.collect())


def test_parts_of_ones_own_keep_their_params(frame: DataFrame) -> None:
    sampler = SMOTEENN(
        overSampler=SMOTE(samplingStrategy={2: 80}),
        cleaner=EditedNearestNeighbours(samplingStrategy=[0], kindSel="mode"),
        **SHARED,
    )
    classes = sampler.plan(frame).classes
    assert [c.to_synthesise for c in classes] == [0, 0, 30]
    assert [c.to_remove > 0 for c in classes] == [True, False, False]


def test_mistakes_are_named(spark: SparkSession, frame: DataFrame) -> None:
    with pytest.raises(ParameterError, match=r"overSampler must be an over-sampler.*TomekLinks"):
        SMOTETomek(overSampler=TomekLinks())  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match=r"cleaner must be a cleaner"):
        SMOTEENN(cleaner=SMOTE())  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="no parameter 'sede'"):
        SMOTEENN(sede=3)
    with pytest.raises(ParameterError, match="kNeighbors"):
        SMOTETomek(kNeighbors=0)
    noise = spark.range(60).selectExpr("id % 2 * 1D AS x0", "id % 2 = 0 AND id < 40 AS label")
    with pytest.raises(EmptyClassError, match="allowEmptyClasses"):
        OverSampledAndCleaned(
            overSampler=SMOTE(samplingStrategy={}),
            cleaner=EditedNearestNeighbours(samplingStrategy="all", nNeighbors=55),
            inputCols=["x0"],
        ).resample(noise)


def test_a_step_may_look_at_what_an_earlier_one_adds(frame: DataFrame) -> None:
    """Then whole rows are watched for changes, for the input alone does not say what all steps look at."""
    more, cleaner = RandomOverSampler(syntheticCol="made", **SHARED), TomekLinks(inputCols=[*columns(3), "made"])
    assert multiset(Chain(more, cleaner).resample(frame).collect()) == multiset(
        cleaner.resample(more.resample(frame)).collect()
    )
