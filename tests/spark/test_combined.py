"""Over-sampling, then cleaning: like both steps one by one, and like imbalanced-learn's cleaning of our rows."""

from __future__ import annotations

from pathlib import Path
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
    RandomUnderSampler,
    SMOTETomek,
    TomekLinks,
)
from spark_smote.errors import EmptyClassError, ParameterError

on_classic = pytest.mark.classic("the steps are the same in both modes")
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
def test_the_reference_keeps_the_same_over_sampled_rows(
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


@on_classic
def test_any_over_sampler_goes_with_any_cleaner(frame: DataFrame) -> None:
    cleaner = NeighbourhoodCleaningRule(samplingStrategy=[0])
    both = OverSampledAndCleaned(overSampler=ADASYN(), cleaner=cleaner, syntheticCol="made", **SHARED)
    apart = both.cleaner.resample(ADASYN(syntheticCol="made", **SHARED).resample(frame).cache())
    assert multiset(both.resample(frame).collect()) == multiset(apart.collect())


@on_classic
def test_given_steps_keep_their_params(frame: DataFrame) -> None:
    sampler = SMOTEENN(
        overSampler=SMOTE(samplingStrategy={2: 80}),
        cleaner=EditedNearestNeighbours(samplingStrategy=[0], kindSel="mode"),
        **SHARED,
    )
    classes = sampler.plan(frame).classes
    assert [c.to_synthesise for c in classes] == [0, 0, 30]
    assert [c.to_remove > 0 for c in classes] == [True, False, False]


@pytest.mark.parametrize("combined", [SMOTEENN, SMOTETomek])
def test_a_default_step_takes_the_columns_of_the_step_given(combined: type[SMOTEENN | SMOTETomek]) -> None:
    own: dict[str, Any] = {"labelCol": "y", "inputCols": ["a"], "standardization": True}
    cleaner = combined(overSampler=SMOTE(kNeighbors=3, samplingStrategy="minority", **own)).cleaner
    assert repr(cleaner) == repr(type(cleaner)(samplingStrategy="all", **own))
    more = combined(cleaner=NeighbourhoodCleaningRule(nNeighbors=4, samplingStrategy=[0], **own)).overSampler
    assert repr(more) == repr(SMOTE(**own))
    # The two mean different numbers by this name.
    assert not SMOTEENN(overSampler=ADASYN(nNeighbors=7)).cleaner.isSet("nNeighbors")


@on_classic
def test_a_combination_of_one_configured_step_resamples(frame: DataFrame) -> None:
    own = SMOTEENN(overSampler=SMOTE(**SHARED)).resample(frame)
    assert multiset(own.collect()) == multiset(SMOTEENN(**SHARED).resample(frame).collect())


def test_setters_and_getters_of_the_steps() -> None:
    both = SMOTEENN(seed=2).setKNeighbors(3).setLabelCol("y")
    assert (both.getKNeighbors(), both.getSeed(), both.getNNeighbors()) == (3, 2, 3)
    assert [step.getLabelCol() for step in both.steps] == ["y", "y"]
    assert (both.setSamplingStrategy({1: 9}).getSamplingStrategy(), both.cleaner.getSamplingStrategy()) == (
        {1: 9},
        "all",
    )
    both.cleaner.setInputCols(["a"])
    with pytest.raises(ParameterError, match=r"SMOTE and EditedNearestNeighbours differ.*steps\[0\].getInputCols"):
        both.getInputCols()
    with pytest.raises(AttributeError, match="setShrinkage"):
        both.setShrinkage(1)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("sampling_strategy", "imbalanced-learn's sampling_strategy is samplingStrategy here"),
        ("random_state", "imbalanced-learn's random_state is seed here"),
        ("smote", "imbalanced-learn's smote is overSampler here"),
        ("enn", "imbalanced-learn's enn is cleaner here"),
        ("n_jobs", "n_jobs is not needed"),
        ("kNeighbours", r"did you mean 'kNeighbors'\?"),
    ],
)
def test_names_of_imbalanced_learn_are_answered_with_ours(name: str, told: str) -> None:
    given: dict[str, Any] = {name: 1}
    with pytest.raises(ParameterError, match=f"^SMOTEENN has no parameter '{name}'; .*{told}"):
        SMOTEENN(**given)


def test_mistakes_are_named(spark: SparkSession, frame: DataFrame) -> None:
    with pytest.raises(ParameterError, match=r"overSampler must be an over-sampler.*TomekLinks"):
        SMOTETomek(overSampler=TomekLinks())  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match=r"cleaner must be a cleaner"):
        SMOTEENN(cleaner=SMOTE())  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="no parameter 'sede'"):
        SMOTEENN(sede=3)  # type: ignore[call-arg]
    with pytest.raises(ParameterError, match="kNeighbors"):
        SMOTETomek(kNeighbors=0)
    noise = spark.range(60).selectExpr("id % 2 * 1D AS x0", "id % 2 = 0 AND id < 40 AS label")
    with pytest.raises(EmptyClassError, match="allowEmptyClasses"):
        OverSampledAndCleaned(
            overSampler=SMOTE(samplingStrategy={}),
            cleaner=EditedNearestNeighbours(samplingStrategy="all", nNeighbors=55),
            inputCols=["x0"],
        ).resample(noise)


@on_classic
def test_a_step_may_read_columns_that_an_earlier_step_adds(frame: DataFrame) -> None:
    """Then the guard covers whole rows, because the input alone does not show which columns all steps read."""
    more, cleaner = RandomOverSampler(syntheticCol="made", **SHARED), TomekLinks(inputCols=[*columns(3), "made"])
    assert multiset(Chain(more, cleaner).resample(frame).collect()) == multiset(
        cleaner.resample(more.resample(frame)).collect()
    )


def given() -> list[Any]:
    return [SMOTE(seed=2), EditedNearestNeighbours(samplingStrategy="all")]


COMPOSITES: dict[str, Any] = {
    "chain": Chain,
    "over-sampled-and-cleaned": lambda more, less: OverSampledAndCleaned(overSampler=more, cleaner=less),
    "smoteenn": lambda more, less: SMOTEENN(overSampler=more, cleaner=less),
    "smotetomek": lambda more, less: SMOTETomek(overSampler=more, cleaner=less),
}


@pytest.fixture(params=COMPOSITES.values(), ids=COMPOSITES)
def composite(request: pytest.FixtureRequest) -> Any:
    return request.param


def test_composites_do_not_change_the_given_samplers(frame: DataFrame, composite: Any) -> None:
    samplers = given()
    before = [(sampler.uid, sampler.extractParamMap(), sampler.params) for sampler in samplers]
    both = composite(*samplers).setParams(**SHARED)
    copied = both.copy({samplers[0].seed: 9})
    copied.setParams(kNeighbors=4, handleInvalid="skip")
    copied.set(samplers[1].nNeighbors, 2)
    copied.resample(frame)
    Chain(both, both).setParams(persistInput=True)
    assert [(sampler.uid, sampler.extractParamMap(), sampler.params) for sampler in samplers] == before
    assert [both.getOrDefault(name) for name in ("seed", "kNeighbors", "nNeighbors")] == [5, 5, 3]
    assert [copied.getOrDefault(name) for name in ("seed", "kNeighbors", "nNeighbors")] == [9, 4, 2]
    assert both.steps[0].getOrDefault("persistInput") is False


def test_composites_are_params(composite: Any) -> None:
    samplers = given()
    both = composite(*samplers)
    explained = both.explainParams().splitlines()
    assert len(explained) == len(both.params) == sum(len(sampler.params) for sampler in samplers)
    assert any(line.startswith("SMOTE.seed: ") and "current: 2" in line for line in explained)
    assert any(line.startswith("EditedNearestNeighbours.kindSel: ") for line in explained)
    assert both.extractParamMap() == samplers[0].extractParamMap() | samplers[1].extractParamMap()
    assert both.kNeighbors == samplers[0].kNeighbors
    assert both.isSet("seed") and both.isDefined("kindSel") and not both.isSet(samplers[1].kindSel)
    assert both.explainParam("seed") == samplers[0].explainParam("seed")
    both.set(both.seed, 3)
    assert both.getOrDefault("seed") == 3
    both.clear(both.seed)
    assert both.getOrDefault(samplers[0].seed) == 0
    assert repr(both) == f"{type(both).__name__}(SMOTE(), {samplers[1]!r})"
    assert both.hasParam("labelCol")
    with pytest.raises(AttributeError, match=r"both have a parameter 'labelCol'.*steps\[0\].labelCol"):
        both.labelCol  # noqa: B018
    with pytest.raises(AttributeError, match="has no fit"):
        both.fit  # noqa: B018
    with pytest.raises(ParameterError, match="no parameter 'sede'"):
        both.getParam("sede")
    with pytest.raises(ParameterError, match="belongs to none of SMOTE_"):
        both.getOrDefault(SMOTE().seed)


def test_composites_refuse_differing_label_columns(frame: DataFrame, composite: Any) -> None:
    differs = "same labelCol, not label and y"
    more, less = given()
    with pytest.raises(ParameterError, match=differs):
        composite(more, EditedNearestNeighbours(labelCol="y"))
    both = composite(more, less)
    with pytest.raises(ParameterError, match=differs):
        both.copy({less.labelCol: "y"})
    assert both.copy({less.labelCol: "y", more.labelCol: "y"}).getLabelCol() == "y"
    both.steps[1].setParams(labelCol="y")
    for use in (lambda: both.setParams(seed=1), lambda: both.plan(frame)):
        with pytest.raises(ParameterError, match=differs):
            use()
    assert both.setParams(labelCol="z").getLabelCol() == "z"


@pytest.mark.parametrize("composite", [Chain, COMPOSITES["smoteenn"]], ids=["chain", "smoteenn"], indirect=True)
def test_composites_are_saved_and_loaded(tmp_path: Path, composite: Any) -> None:
    both = composite(*given()).setParams(labelCol="y", kNeighbors=4)
    path = tmp_path / "sampler"
    both.save(path)
    both.write().overwrite().save(str(path))
    loaded = type(both).load(path)
    assert (type(loaded), loaded.uid, loaded.params) == (type(both), both.uid, both.params)
    assert loaded.extractParamMap() == both.extractParamMap()
    Chain(SMOTE()).save(tmp_path / "one")
    with pytest.raises(ParameterError, match="SMOTEENN has two steps"):
        SMOTEENN.load(tmp_path / "one")


@on_classic
def test_timings_of_steps_of_one_class_are_numbered(frame: DataFrame) -> None:
    smote = SMOTE(samplingStrategy={}, **SHARED)
    seconds = Chain(smote, RandomUnderSampler(), smote, SMOTE(**SHARED, samplingStrategy={})).plan(frame).seconds
    assert set(seconds) == {"SMOTE 1: survey", "RandomUnderSampler: survey", "RandomUnderSampler: draw"} | {
        "SMOTE 2: survey",
        "SMOTE 3: survey",
    }


def test_setting_a_sampler_that_is_given_twice_sets_both_steps() -> None:
    smote = SMOTE()
    twice = Chain(smote, smote)
    twice.set(smote.seed, 4)
    assert [step.getOrDefault("seed") for step in twice.steps] == [4, 4]
    assert [step.getOrDefault("seed") for step in twice.copy({smote.seed: 5}).steps] == [5, 5]
    assert not smote.isSet("seed")


def test_fit_resample_is_resample() -> None:
    assert SMOTETomek.fit_resample is OverSampledAndCleaned.fit_resample is Chain.resample
