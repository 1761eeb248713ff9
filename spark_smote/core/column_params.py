"""Parameters that say something of single columns, as mappings by their names."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from spark_smote.core.parameter import Kind
from spark_smote.errors import ColumnError, ParameterError
from spark_smote.spark.columns import Names
from spark_smote.spark.features import Features


def _to_weights(value: Any) -> dict[str, float]:
    if isinstance(value, Mapping) and all(isinstance(name, str) for name in value):
        return {name: _number("featureWeights", name, weight) for name, weight in value.items()}
    raise TypeError(f"must be a dict of columns and their weights, such as {{'amount': 2.0}}, not {value!r}")


def _number(param: str, name: str, value: Any) -> Any:
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, int | float) and not isinstance(value, bool) and not math.isnan(value):
        return value
    raise ParameterError(f"{param}: {value!r} of column {name!r} is no number")


WEIGHTS = Kind[dict[str, float]](Mapping[str, float], "dict of str to float", _to_weights)


def check_weights(weights: Mapping[str, float]) -> None:
    """Refuse weights that are negative or infinite.

    Raises
    ------
    ParameterError
    """
    for name, weight in weights.items():
        if not 0 <= weight < float("inf"):
            raise ParameterError(f"featureWeights: column {name!r} has the weight {weight!r}; it must be 0 or more")


def weights_of(sampler: Any, names: Names, features: Features) -> tuple[float, ...]:
    """The weight of each number, then of each category, in the distance of a sampler; empty if all weigh the same.

    Raises
    ------
    ColumnError
        A column is missing, or no feature.
    ParameterError
        All features weigh 0, or one does where rows are made by the distance.
    """
    given = sampler.optional(sampler.featureWeights) if sampler.hasParam("featureWeights") else None
    if not given:
        return ()
    order = [*features.scalars(), *features.copied]
    weights = dict.fromkeys(order, 1.0) | _by_place("featureWeights", given, names, features, order)
    none = [names.field(place).name for place, weight in weights.items() if not weight]
    if len(none) == len(features.places):
        raise ParameterError(
            f"featureWeights: the features weigh 0, all of them: {', '.join(map(repr, none))}; give one a weight"
        )
    if none and sampler.MOVES_BY_DISTANCE:
        raise ParameterError(
            f"featureWeights: column {none[0]!r} has the weight 0, and the rows of {type(sampler).__name__} lie at a "
            "distance from a row, which would not bound it; give it a small weight, or leave it out of the features"
        )
    return tuple(float(weight) for weight in weights.values())


def _by_place(
    param: str, given: Mapping[str, Any], names: Names, features: Features, order: list[int]
) -> dict[int, Any]:
    """The values by the positions of their columns, each of which must be one of these."""
    if not order:
        named = ", ".join(repr(names.field(place).name) for place in features.places)
        raise ColumnError(f"{param} names columns, and the numbers in {named} have no names; use inputCols")
    places = names.find_all(list(given), param)
    for place in places:
        if place not in order:
            known = ", ".join(repr(names.field(one).name) for one in order[:20])
            raise ColumnError(f"{param}: column {names.field(place).name!r} is no such feature; these are {known}")
    return dict(zip(places, given.values(), strict=True))
