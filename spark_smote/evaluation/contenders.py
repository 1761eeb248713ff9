"""What is compared: estimators and samplers by their names in tables, and grids of the samplers' parameters."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import product
from typing import Any

from spark_smote.core.chain import Chain, flat, passing
from spark_smote.core.stages import check_estimator, probabilistic
from spark_smote.errors import ParameterError
from spark_smote.evaluation.advice import RIVALS

Choice = tuple[Mapping[str, Any], Chain]
"""Values of parameters, and the sampler that has them."""


def estimators_by_name(given: Any) -> dict[str, Any]:
    """Returns the estimators by their names in tables.

    Raises
    ------
    ParameterError
        If there are none, or one is no estimator.
    """
    each = _by_name(given)
    if not each:
        raise ParameterError("estimators is empty; give at least one")
    for name, estimator in each.items():
        check_estimator(estimator, f"estimators[{name!r}]" if isinstance(given, Mapping) else "estimators")
    return each


def samplers_by_name(given: Any) -> dict[str, Chain]:
    """Returns copies of the samplers by their names in tables.

    Raises
    ------
    ParameterError
        For anything that is no sampler, and for a name of a method without resampling.
    """
    return {name: passing(Chain(*flat(sampler))) for name, sampler in makers_by_name(given, RIVALS).items()}


def makers_by_name(given: Any, rivals: Collection[str]) -> dict[str, Any]:
    """Returns the samplers, not checked, by names that are none of the methods without resampling.

    Raises
    ------
    ParameterError
    """
    each = _by_name(given)
    if taken := [name for name in each if name in rivals]:
        raise ParameterError(f"samplers: {taken[0]!r} is the name of a method without resampling; choose another")
    return each


def choices(makers: Mapping[str, Chain], grid: Mapping[str, Sequence[Any]]) -> dict[str, list[Choice]]:
    """Returns each sampler with each combination of values; the grid's parameters that it lacks stay out.

    Raises
    ------
    ParameterError
        For parameters that no sampler has, and for values that are no list or that a sampler refuses.
    """
    for param, values in grid.items():
        if not any(maker.hasParam(param) for maker in makers.values()):
            raise ParameterError(f"tune: no sampler has a parameter {param!r}")
        if not isinstance(values, list | tuple) or not values:
            raise ParameterError(f"tune: {param} must be a list of values to try, not {values!r}")
    found: dict[str, list[Choice]] = {}
    for name, maker in makers.items():
        own = [param for param in grid if maker.hasParam(param)]
        settings = [dict(zip(own, values, strict=True)) for values in product(*(grid[param] for param in own))]
        found[name] = [(setting, maker.copy().setParams(**setting)) for setting in settings]
    return found


def label_of(learners: Mapping[str, Any], makers: Mapping[str, Chain]) -> str:
    """Returns the label column of the samplers or, without samplers, of the estimators."""
    found = {maker.getLabelCol() for maker in makers.values()}
    found = found or {probabilistic(learner, "compare").getLabelCol() for learner in learners.values()}
    if len(found) > 1:
        raise ParameterError(f"labelCol differs: {' and '.join(sorted(found))}; use one label column, or set labelCol")
    return str(found.pop())


def _by_name(given: Any) -> dict[str, Any]:
    """Returns the objects given by their names in tables: the types, numbered where several are of one type."""
    if isinstance(given, Mapping):
        return dict(given)
    names: dict[str, Any] = {}
    for one in given if _is_row(given) else [given]:
        kind = " + ".join(type(step).__name__ for step in one) if _is_row(one) else type(one).__name__
        number = sum(name.split(" #")[0] == kind for name in names) + 1
        names[kind if number == 1 else f"{kind} #{number}"] = one
    return names


def _is_row(given: Any) -> bool:
    return isinstance(given, list | tuple)
