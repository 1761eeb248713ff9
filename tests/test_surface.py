"""The public names, and how samplers are called."""

from __future__ import annotations

import inspect
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyspark.ml.param import Param, Params

import spark_smote
from spark_smote import (
    MLSMOTE,
    SMOGN,
    SMOTE,
    SMOTEENN,
    SMOTER,
    Chain,
    GaussianNoiseOverSampler,
    NearMiss,
    OverSampledAndCleaned,
    RandomOverSampler,
    SMOTETomek,
    TomekLinks,
    errors,
)
from spark_smote.core.column_params import BOUNDS, WEIGHTS
from spark_smote.core.parameter import INT, Parameter, at_least, parameters
from spark_smote.core.registry import ALONE, MODULES, OTHERS, every_sampler, names, public, samplers
from spark_smote.core.resampler import Resampler

ROOT = Path(__file__).parents[1]
# Registered samplers, and other classes, which pass parameters on to their samplers.
KINDS = [*(entry.sampler for entry in every_sampler().values()), *map(public, OTHERS)]
WITH_PARAMETERS = [kind for kind in KINDS if isinstance(kind, type) and issubclass(kind, Resampler)]
each_sampler = pytest.mark.parametrize("sampler", WITH_PARAMETERS, ids=lambda sampler: sampler.__name__)


@pytest.mark.parametrize("name", names())
def test_every_public_name_can_be_imported(name: str) -> None:
    scope: dict[str, object] = {}
    exec(f"from spark_smote import {name}", scope)
    assert scope[name] is getattr(spark_smote, name)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="SMOTEX"):
        spark_smote.SMOTEX  # noqa: B018


def test_importing_the_package_does_not_load_spark() -> None:
    script = "import sys, spark_smote; sys.exit(any(m.split('.')[0] in ('pyspark', 'sklearn') for m in sys.modules))"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_a_star_import_brings_all_public_names_and_no_module() -> None:
    scope: dict[str, Any] = {}
    exec("from spark_smote import *", scope)
    assert set(scope) - {"__builtins__"} == set(spark_smote.__all__)
    assert not set(MODULES) & set(scope)
    assert "inspect" not in scope, "the module of Python stays what it is"
    assert set(spark_smote.__all__) >= set(every_sampler())


def test_names_are_listed_and_modules_reached_after_a_plain_import() -> None:
    listed = dir(spark_smote)
    assert {*names(), "plots", "progress", "errors", "job", "__version__"} <= set(listed)
    reached = " and ".join(f"spark_smote.{name}.__name__" for name in MODULES)
    assert subprocess.run([sys.executable, "-c", f"import spark_smote; {reached}"], check=False).returncode == 0


def test_the_package_works_in_a_zip(tmp_path: Path) -> None:
    """A zip for --py-files has the version, and the samplers, which are found in their folder."""
    archive = shutil.make_archive(str(tmp_path / "packed"), "zip", ROOT, "spark_smote")
    script = (
        f"import sys; sys.path.insert(0, {archive!r}); import spark_smote; "
        f"assert {archive!r} in spark_smote.__file__; print(spark_smote.__version__, *spark_smote.__all__)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [spark_smote.__version__, *spark_smote.__all__]


@each_sampler
def test_samplers_take_keywords_only_and_name_all_they_take(sampler: type[Resampler]) -> None:
    """Keywords of the constructor, params of Spark ML and the docstring's list are the same names."""
    taken = inspect.signature(sampler).parameters
    assert {p.kind for p in taken.values()} == {inspect.Parameter.KEYWORD_ONLY}
    assert set(taken) == {name for name in dir(sampler) if isinstance(getattr(sampler, name), Param)}
    documented = inspect.getdoc(sampler) or ""
    for name, one in taken.items():
        assert f"\n{name} : " in documented
        assert one.annotation is not inspect.Parameter.empty
        assert sampler().getOrDefault(name) == one.default if sampler().isDefined(name) else one.default is None
    with pytest.raises(TypeError):
        sampler(["x"])  # type: ignore[call-arg]


@each_sampler
def test_every_parameter_has_a_constraint(sampler: type[Resampler]) -> None:
    for name in dir(sampler):
        one = getattr(sampler, name)
        if isinstance(one, Param):
            assert isinstance(one, Parameter), f"{name} is a plain Param: declare it as a Parameter"
            assert len(one.constraint.words) > 3 and len(one.text) > 15
            with pytest.raises(errors.ParameterError, match=name):
                one.keep(object())


@each_sampler
def test_every_parameter_has_a_setter_and_a_getter(sampler: type[Resampler]) -> None:
    made = sampler()
    for one in parameters(sampler):
        setter, getter = getattr(made, one.accessor("set")), getattr(made, one.accessor("get"))
        assert setter.__doc__ and getter.__doc__
        if one.name == "estimator":  # there is none without Spark
            continue
        typical = {
            int: 100,
            str: "x",
            list[str]: ["x"],
            str | int: "1g",
            WEIGHTS.annotation: {"x": 2.0},
            BOUNDS.annotation: {"x": [0, None]},
        }.get(one.kind.annotation, 0.5)
        value = typical if one.default is None else one.default
        assert setter(value) is made
        assert made.isSet(one.name)
        assert getter() == value
        with pytest.raises(errors.ParameterError, match=one.name):
            setter(object())


@each_sampler
def test_samplers_have_a_docstring_with_a_paper_and_an_example(sampler: type[Resampler]) -> None:
    documented = inspect.getdoc(sampler) or ""
    for heading in ("Parameters", "Raises", "References", "Examples"):
        assert len(re.findall(rf"^{heading}\n-+$", documented, re.MULTILINE)) == 1


def shown_by_help() -> Iterator[tuple[str, object, int]]:
    """Names that users may ask help() about, and its indentation there; of samplers, the methods that users call."""
    inside = {f"{module}.{name}": one for module in MODULES for name, one in vars(public(module)).items()}
    for name, one in {**{name: public(name) for name in names()}, **inside}.items():
        if not (inspect.isfunction(one) or inspect.isclass(one)) or not one.__module__.startswith("spark_smote"):
            continue
        yield name, one, 4
        if inspect.isclass(one) and not issubclass(one, Resampler | Chain):
            own = {key: getattr(one, key) for key in vars(one) if not key.startswith("_")}
            yield from ((f"{name}.{key}", it, 8) for key, it in own.items() if callable(it) or isinstance(it, property))
    yield from ((one.__qualname__, one, 8) for one in (Resampler.plan, Resampler.resample, Chain.plan, Chain.resample))


def test_help_fits_a_terminal_of_80_columns() -> None:
    """Without the examples, which are code."""
    widths = {}
    for name, one, indentation in shown_by_help():
        text = (inspect.getdoc(one) or "").partition("\nExamples\n")[0]
        widths[name] = indentation + max(map(len, text.splitlines()), default=0)
    assert len(widths) > 200
    assert {name: width for name, width in widths.items() if width > 80} == {}


@pytest.mark.parametrize("combined", [SMOTEENN, SMOTETomek, OverSampledAndCleaned])
def test_combinations_name_the_parameters_of_their_steps(combined: type[OverSampledAndCleaned]) -> None:
    taken = inspect.signature(combined).parameters
    assert {"overSampler", "cleaner", "inputCols", "seed", "allowEmptyClasses"} <= set(taken)
    assert ("kNeighbors" in taken) == (combined is not OverSampledAndCleaned)
    assert {p.kind for p in taken.values()} == {inspect.Parameter.KEYWORD_ONLY}
    documented = inspect.getdoc(combined) or ""
    assert all(f"\n{name} : " in documented for name in taken)


def test_a_parameter_needs_a_description() -> None:
    with pytest.raises((TypeError, RuntimeError)) as raised:
        type("Cook", (Params,), {"__doc__": "Cooks.", "eggs": Parameter(INT, at_least(1))})
    assert "Cook: describe eggs" in str(raised.value.__cause__ or raised.value)


def test_a_getter_of_an_unset_parameter_gives_none() -> None:
    assert SMOTE().getBucketLength() is None
    assert RandomOverSampler().getShrinkage() is None
    assert RandomOverSampler(shrinkage={"a": 2}).getShrinkage() == {"a": 2}
    assert SMOTE(samplingStrategy={"a": 2}).getSamplingStrategy() == {"a": 2}


def test_a_sampler_shows_its_set_parameters() -> None:
    assert repr(SMOTE()) == "SMOTE()"
    shown = "SMOTE(inputCols=['x'], seed=7, samplingStrategy={'a': 3}, kNeighbors=4)"
    assert repr(SMOTE(kNeighbors=4, seed=7, inputCols=["x"], samplingStrategy={"a": 3})) == shown
    assert repr(eval(shown)) == shown


@pytest.mark.parametrize(
    ("sampler", "params", "told"),
    [
        (SMOTE, {"k_neighbors": 3}, "imbalanced-learn's k_neighbors is kNeighbors here"),
        (SMOTE, {"sampling_strategy": "auto"}, "imbalanced-learn's sampling_strategy is samplingStrategy here"),
        (SMOTE, {"random_state": 3}, "imbalanced-learn's random_state is seed here"),
        (SMOTE, {"n_jobs": 3}, "imbalanced-learn's n_jobs is not needed: Spark uses all cores"),
        (NearMiss, {"n_neighbors_ver3": 3}, "imbalanced-learn's n_neighbors_ver3 is nNeighborsVer3 here"),
        (TomekLinks, {"random_state": 3}, "imbalanced-learn's random_state is seed, in samplers that have one"),
        (SMOTE, {"kNeighbours": 3}, r"did you mean 'kNeighbors'\?"),
    ],
    ids=str,
)
def test_errors_translate_names_of_imbalanced_learn_and_misspelt_names(
    sampler: type[Resampler], params: dict[str, Any], told: str
) -> None:
    (name,) = params
    with pytest.raises(errors.ParameterError, match=f"^{sampler.__name__} has no parameter '{name}'; .*{told}"):
        sampler(**params)


def test_labels_apart_from_the_features_are_refused_with_the_remedy() -> None:
    X: Any = object()
    with pytest.raises(errors.ParameterError, match=r"one DataFrame.*SMOTE\(labelCol=\.\.\.\)\.fit_resample\(df\)"):
        SMOTE().fit_resample(X, [0, 1])


def test_every_error_is_of_one_root_and_says_its_cause() -> None:
    own = [kind for kind in vars(errors).values() if getattr(kind, "__module__", "") == errors.__name__]
    kinds = [kind for kind in own if isinstance(kind, type) and kind is not errors.SparkSmoteError]
    assert kinds
    for kind in kinds:
        assert kind.__bases__[0] is errors.SparkSmoteError
        assert kind.__bases__[1] in (ValueError, ImportError, RuntimeError, AttributeError)
        assert kind.__doc__


def test_samplers_that_stand_alone_are_registered_apart_from_those_of_one_label() -> None:
    assert all(not entry.sampler.ALONE for entry in samplers().values() if issubclass(entry.sampler, Resampler))
    assert all(entry.sampler.ALONE for entry in samplers(ALONE).values())
    assert {"WERCS", "MLSMOTE"} < set(samplers(ALONE)) == set(every_sampler()) - set(samplers())


@pytest.mark.parametrize("sampler", [SMOTER, SMOGN, GaussianNoiseOverSampler, MLSMOTE])
def test_inherited_parameters_that_a_sampler_cannot_use_are_refused(sampler: type[Resampler]) -> None:
    unusable: dict[str, Any] = {
        "featureWeights": {"x": 2.0},
        "bounds": {"x": (0, 1)},
        "metric": "cosine",
        "handleInvalid": "keep",
    }
    for name in [name for name in unusable if hasattr(sampler, name)]:
        made = sampler(inputCols=["x"], **{name: unusable[name]})
        with pytest.raises(errors.ParameterError, match=f"^{name}"):
            made._check_params()
    sampler(inputCols=["x"], handleInvalid="skip")._check_params()
