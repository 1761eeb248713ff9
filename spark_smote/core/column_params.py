"""Parameters that say something of single columns, as mappings by their names."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from pyspark.sql.types import IntegralType, NumericType

from spark_smote.core.parameter import Kind
from spark_smote.errors import ColumnError, ParameterError
from spark_smote.spark.columns import Names, type_name
from spark_smote.spark.conversions import within
from spark_smote.spark.features import Features
from spark_smote.spark.layout import Layout

_MOST_TOLD = 20


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


def _to_bounds(value: Any) -> dict[str, list[float | None]]:
    pairs = isinstance(value, Mapping) and all(
        isinstance(name, str) and isinstance(pair, list | tuple) and len(pair) == 2 for name, pair in value.items()
    )
    if not pairs:
        raise TypeError(
            "must be a dict of columns and pairs, the smallest and the largest value or None, such as "
            f"{{'amount': (0, None)}}, not {value!r}"
        )
    return {
        name: [None if end is None else _number("bounds", name, end) for end in pair] for name, pair in value.items()
    }


BOUNDS = Kind[dict[str, list[float | None]]](
    Mapping[str, tuple[float | None, float | None]], "dict of str to pairs of float or None", _to_bounds
)


def check_bounds(bounds: Mapping[str, list[float | None]]) -> None:
    """Refuse bounds that are infinite, or no range.

    Raises
    ------
    ParameterError
    """
    for name, (low, high) in bounds.items():
        if any(end is not None and math.isinf(end) for end in (low, high)):
            raise ParameterError(f"bounds: column {name!r} has an infinite bound; write None for an open end")
        if low is not None and high is not None and low > high:
            raise ParameterError(
                f"bounds: column {name!r} has {low!r} as its smallest value, above {high!r}; swap them"
            )


def bounds_of(sampler: Any, names: Names, features: Features) -> dict[int, tuple[Any, Any]]:
    """The smallest and largest value that may come out of a column, by its position and in its type, None if open.

    Raises
    ------
    ColumnError
        A column is missing, no feature, or not numeric.
    ParameterError
        No value of the column's type is within its bounds.
    """
    scalars, bounds = features.scalars(), {}
    given = sampler.optional(sampler.bounds) or {}
    for place, (low, high) in _by_place("bounds", given, names, features, [*scalars]).items() if given else ():
        field = scalars[place]
        if not isinstance(field.dataType, NumericType):
            kind = type_name(field.dataType)
            raise ColumnError(f"bounds: column {field.name!r} has type {kind}, and bounds are numbers; leave it out")
        ends = within(field.dataType, low, high)
        if ends is None:
            raise ParameterError(
                f"bounds: no value of column {field.name!r}, of type {type_name(field.dataType)}, is from {low!r} to "
                f"{high!r}"
            )
        bounds[place] = ends
    return bounds


def told_ranges(layout: Layout, ranges: Mapping[int, tuple[Any, Any]]) -> tuple[str, ...]:
    """A note of the columns whose rows of the input lie in ranges that have a meaning, and synthetic rows may leave."""
    found = []
    for place, (low, high) in ranges.items():
        field = layout.schema[place]
        if low is None:
            continue
        if isinstance(field.dataType, IntegralType):
            found.append(f"{field.name!r} (whole numbers from {low} to {high})")
        elif low >= 0:
            of = f"shares from {low:.4g} to {high:.4g}" if high <= 1 else f"{low:.4g} or more"
            found.append(f"{field.name!r} ({of})")
    if not found:
        return ()
    rest = f" and {len(found) - _MOST_TOLD} more" if len(found) > _MOST_TOLD else ""
    return (
        f"synthetic rows may leave the observed range of {', '.join(found[:_MOST_TOLD])}{rest}; bounds would clip them",
    )


def _by_place(
    param: str, given: Mapping[str, Any], names: Names, features: Features, order: list[int]
) -> dict[int, Any]:
    """The values by the positions of their columns, each of which must be one of these."""
    if not order:
        raise ColumnError(f"{param} is for single columns of numbers; list these in inputCols, or leave {param} out")
    places = names.find_all(list(given), param)
    for place in places:
        if place not in order:
            known = ", ".join(repr(names.field(one).name) for one in order[:20])
            raise ColumnError(f"{param}: column {names.field(place).name!r} is no such feature; these are {known}")
    return dict(zip(places, given.values(), strict=True))
