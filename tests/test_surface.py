"""The public names, and how samplers are called."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest

import spark_smote
from spark_smote import errors
from spark_smote.core.resampler import Resampler


def public_samplers() -> list[type[Resampler]]:
    found = [getattr(spark_smote, name) for name in spark_smote.__all__]
    return [each for each in found if isinstance(each, type) and issubclass(each, Resampler)]


@pytest.mark.parametrize("name", spark_smote.__all__)
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


@pytest.mark.parametrize("sampler", public_samplers(), ids=lambda sampler: sampler.__name__)
def test_samplers_take_keywords_only_and_name_all_they_take(sampler: type[Resampler]) -> None:
    """Keywords of the constructor, params of Spark ML and the docstring's list are the same names."""
    taken = inspect.signature(sampler).parameters
    assert {p.kind for p in taken.values()} == {inspect.Parameter.KEYWORD_ONLY}
    declared = {name for name in dir(sampler) if type(getattr(sampler, name)).__name__ == "Param"}
    assert set(taken) == declared
    documented = inspect.getdoc(sampler) or ""
    assert not [name for name in taken if name not in documented]
    with pytest.raises(TypeError):
        sampler(["x"])  # type: ignore[call-arg]


@pytest.mark.parametrize("sampler", public_samplers(), ids=lambda sampler: sampler.__name__)
def test_samplers_have_a_docstring_with_a_paper_and_an_example(sampler: type[Resampler]) -> None:
    documented = inspect.getdoc(sampler) or ""
    for heading in ("Parameters", "References", "Examples"):
        assert f"\n{heading}\n---" in documented


def test_every_error_is_of_one_root_and_says_its_cause() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and kind is not errors.SparkSmoteError]
    assert kinds
    for kind in kinds:
        assert kind.__bases__[0] is errors.SparkSmoteError
        assert kind.__bases__[1] in (ValueError, ImportError, RuntimeError, AttributeError)
        assert kind.__doc__
