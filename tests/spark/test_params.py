"""Samplers as Params of Spark ML: explained, copied, saved and loaded."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import pytest
from frames import clustered, columns, labels_of, multiset, numbered, spark_frame
from pyspark.ml.classification import NaiveBayes
from pyspark.ml.param import Param
from pyspark.sql import SparkSession

from spark_smote import SMOTE
from spark_smote.core.column_params import BOUNDS, WEIGHTS
from spark_smote.core.parameter import Parameter, parameters
from spark_smote.core.registry import samplers
from spark_smote.core.remover import Remover
from spark_smote.core.resampler import Resampler

VALUES: dict[str, Any] = {"labelCol": "class", "samplingStrategy": {1: 70, "one": 80, 2.5: 10}, "seed": -7}
"""Where a value of the parameter's type would show less."""
TRIED: dict[Any, list[Any]] = {
    bool: [True, False],
    int: [4, 3, 300],
    float: [0.3, 0.8],
    str: ["another"],
    list[str]: [["id", "a.b"]],
    str | int: ["1g"],
    WEIGHTS.annotation: [{"a": 0.5}],
    BOUNDS.annotation: [{"a": [0, None]}],
}
KINDS: list[type[Resampler]] = [e.sampler for e in samplers().values() if issubclass(e.sampler, Resampler)]


def values(sampler: Resampler) -> dict[str, Any]:
    """Estimators are equal if their uids are."""
    found = {p.name: sampler.getOrDefault(p) for p in sampler.params if sampler.isDefined(p)}
    return {name: getattr(value, "uid", value) for name, value in found.items()}


def another(one: Parameter[Any]) -> Any:
    """A value other than the default, if there is one."""
    tried = one.constraint.choices or TRIED.get(one.kind.annotation, [{1: 0.5, "one": 2}])
    others = (value for value in tried if value != one.default and one.constraint.allows(one.kind.convert(value)))
    return next(others, one.default)


def everything(kind: type[Resampler]) -> dict[str, Any]:
    """A value other than the default for each param."""
    listed = {"samplingStrategy": [1, "one", 2.5]} if issubclass(kind, Remover) else {}
    given = {**VALUES, **listed, "estimator": NaiveBayes()}
    return {one.name: given[one.name] if one.name in given else another(one) for one in parameters(kind)}


@pytest.fixture(
    params=[
        pytest.param(kind, marks=() if kind is SMOTE else pytest.mark.classic("one shows how Connect saves params"))
        for kind in KINDS
    ],
    ids=lambda kind: kind.__name__,
)
def sampler(spark: SparkSession, request: pytest.FixtureRequest) -> Resampler:
    return request.param(**everything(request.param))  # type: ignore[no-any-return]


def test_signatures_name_every_param(sampler: Resampler) -> None:
    assert {p.name for p in sampler.params} == set(everything(type(sampler)))


def test_params_are_explained_with_their_defaults(spark: SparkSession) -> None:
    explained = SMOTE(kNeighbors=4).explainParams()
    lines = {line.partition(":")[0]: line for line in explained.splitlines()}
    assert set(lines) == set(everything(SMOTE))
    assert "(default: 5, current: 4)" in lines["kNeighbors"]
    assert "(default: auto)" in lines["samplingStrategy"]
    assert all(len(line.partition(":")[2]) > 20 for line in lines.values())


def test_defaults_are_those_of_the_documentation(sampler: Resampler) -> None:
    documented = inspect.getdoc(type(sampler)) or ""
    for name, value in values(type(sampler)()).items():
        head = next(line for line in documented.splitlines() if line.startswith(f"{name} : "))
        assert f"default {value!r}" in head, head


def test_a_copy_is_equal_and_independent(sampler: Resampler) -> None:
    copied = sampler.copy()
    assert type(copied) is type(sampler)
    assert values(copied) == values(sampler)
    copied.setParams(labelCol="another")
    assert sampler.getLabelCol() == "class"
    other = sampler.copy({sampler.labelCol: "third", sampler.getParam("samplingStrategy"): "all"})
    assert (other.getLabelCol(), other.getOrDefault("samplingStrategy")) == ("third", "all")


def test_a_saved_sampler_comes_back_with_every_param(sampler: Resampler, tmp_path: Path) -> None:
    path = str(tmp_path / "sampler")
    sampler.save(path)
    loaded = type(sampler).load(path)
    assert type(loaded) is type(sampler)
    assert loaded.uid == sampler.uid
    assert values(loaded) == values(sampler)
    assert all(loaded.isSet(param) for param in loaded.params)
    for name, value in everything(type(sampler)).items():
        if not isinstance(value, dict):
            param: Param[Any] = loaded.getParam(name)
            assert type(loaded.getOrDefault(param)) is type(value)


@pytest.mark.parametrize(
    "strategy",
    [{1: 70, 0: 80}, {"1": 70, "b": 80}, {True: 70, False: 80}, {0.5: 70, 1.0: 80}, {}, "not minority", 0.75, 1],
    ids=repr,
)
def test_a_saved_strategy_keeps_the_types_of_its_classes(spark: SparkSession, tmp_path: Path, strategy: Any) -> None:
    path = str(tmp_path / "sampler")
    SMOTE(samplingStrategy=strategy).save(path)
    loaded = SMOTE.load(path).getSamplingStrategy()
    assert loaded == strategy
    if isinstance(strategy, dict):
        assert list(map(type, loaded)) == list(map(type, strategy))


def test_a_loaded_sampler_makes_the_same_rows(spark: SparkSession, tmp_path: Path) -> None:
    frame = spark_frame(spark, numbered(clustered(60, 2, seed=1), [0] * 40 + [1] * 20))
    sampler = SMOTE(inputCols=columns(2), samplingStrategy={1: 33}, seed=3)
    sampler.save(str(tmp_path / "sampler"))
    rows = sampler.resample(frame).collect()
    assert labels_of(rows) == {0: 40, 1: 33}
    assert multiset(SMOTE.load(str(tmp_path / "sampler")).resample(frame).collect()) == multiset(rows)


def test_params_given_as_none_are_left_as_they_are(spark: SparkSession) -> None:
    sampler = SMOTE(kNeighbors=3, seed=None)
    assert not sampler.isSet("seed")
    assert sampler.setParams(kNeighbors=None).getOrDefault("kNeighbors") == 3
