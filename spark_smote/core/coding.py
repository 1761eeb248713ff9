"""The content of a plan as JSON and NumPy arrays, and back.

A plan consists of frozen dataclasses and functions of this package, arrays, containers and plain values. Each becomes
plain JSON or an object with one key that says what it is: ``{"tuple": [1, 2]}``, ``{"array": "7"}`` for an array of
that name, ``{"spark_smote.kernels.fingerprint:Fingerprint": {"rows": 3, "checksum": 5}}``. Nothing else is read: a
class or function must be defined in a module that :data:`_CLASSES` or :data:`_FUNCTIONS` names, and every field of a
dataclass must have a value of its type, for some become a part of SQL text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from importlib import import_module
from types import FunctionType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyspark.sql.types import StructField, StructType

from spark_smote.core.value_types import fits, hints_of
from spark_smote.errors import PlanError

Arrays = Mapping[str, NDArray[Any]]

_FUNCTIONS = re.compile(r"spark_smote\.(kernels|samplers)\.\w+")
"""Modules whose functions may stand in a plan: they are called with rows, and reach nothing else."""
_CLASSES = re.compile(r"spark_smote\.(kernels|search|spark|core|samplers)\.\w+")
_VECTORS = ("pyspark.ml.linalg.VectorUDT", "pyspark.ml.linalg.MatrixUDT")
_TEXTS: dict[str, tuple[type[Any], Callable[[Any], str], Callable[[str], Any]]] = {
    "float": (float, repr, float),
    "date": (date, date.isoformat, date.fromisoformat),
    "datetime": (datetime, datetime.isoformat, datetime.fromisoformat),
    "decimal": (Decimal, str, Decimal),
}
_LISTS: dict[str, type[Any]] = {"tuple": tuple, "set": set, "frozenset": frozenset}


def encode(value: Any) -> tuple[Any, dict[str, NDArray[Any]]]:
    """A value as what ``json`` writes, and the arrays in it by name; an array that occurs several times comes once.

    Raises
    ------
    PlanError
        Something in it is no data.

    Examples
    --------
    >>> encode((1, float("inf"), {2: np.zeros(3)}))
    ({'tuple': [1, {'float': 'inf'}, {'dict': [[2, {'array': '0'}]]}]}, {'0': array([0., 0., 0.])})
    """
    encoder = _Encoder()
    return encoder(value), {name: array for array, name in encoder.arrays.values()}


def decode(data: Any, arrays: Arrays) -> Any:
    """The value that :func:`encode` was given.

    Raises
    ------
    PlanError
        The data are none of :func:`encode`, or name what may not stand in a plan.

    Examples
    --------
    >>> decode({"tuple": [1, {"set": [2]}]}, {})
    (1, {2})
    >>> decode({"partial": [{"function": "os:system"}, {"tuple": ["true"]}, {"dict": []}]}, {})
    Traceback (most recent call last):
    spark_smote.errors.PlanError: 'os:system' may not stand in a plan [PlanError]
    """
    try:
        return _Decoder(arrays)(data)
    except PlanError:
        raise
    except (ArithmeticError, AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        raise PlanError(f"broken: {error}") from error


class _Encoder:
    def __init__(self) -> None:
        # By identity; the array is kept, or its identity could pass to another.
        self.arrays: dict[int, tuple[NDArray[Any], str]] = {}

    def __call__(self, value: Any) -> Any:
        kind = type(value)
        if value is None or kind in (bool, int, str) or (kind is float and math.isfinite(value)):
            return value
        if kind is list:
            return [self(one) for one in value]
        for name, (of, to_text, _) in _TEXTS.items():
            if kind is of:
                return {name: to_text(value)}
        if kind in _LISTS.values():
            return {kind.__name__: [self(one) for one in value]}
        if isinstance(value, Mapping):
            return {"dict": [[self(key), self(one)] for key, one in value.items()]}
        if isinstance(value, np.ndarray):
            return {"array": self._named(value)}
        if isinstance(value, np.generic):
            return {"scalar": self._named(np.asarray(value))}
        if kind is bytes:
            return {"bytes": self._named(np.frombuffer(value, np.uint8))}
        if isinstance(value, StructType | StructField):
            return {"field" if isinstance(value, StructField) else "schema": _checked_schema(value.jsonValue())}
        if kind is partial:
            return {"partial": [self(value.func), self(value.args), self(value.keywords)]}
        if kind is FunctionType:
            return {"function": _address(value, _FUNCTIONS)}
        if is_dataclass(kind):
            return self._fields(value)
        raise PlanError(f"this plan holds a {kind.__module__}.{kind.__qualname__}, which cannot be saved as data")

    def _fields(self, value: Any) -> Any:
        address = _address(type(value), _CLASSES)
        if hasattr(value, "check_saved"):
            value.check_saved()
        named = {name: getattr(value, name) for name in _saved(type(value))}
        _check_fields(type(value), named)
        return {address: {name: self(one) for name, one in named.items()}}

    def _named(self, array: NDArray[Any]) -> str:
        if array.dtype.hasobject:
            raise PlanError("this plan holds an array of Python objects, which cannot be saved as data")
        return self.arrays.setdefault(id(array), (array, str(len(self.arrays))))[1]


class _Decoder:
    def __init__(self, arrays: Arrays) -> None:
        self.arrays = arrays

    def __call__(self, data: Any) -> Any:
        if isinstance(data, list):
            return [self(one) for one in data]
        if not isinstance(data, dict):
            return data
        if len(data) != 1:
            raise PlanError(f"broken: an object has {len(data)} keys in place of one")
        ((kind, content),) = data.items()
        if ":" in kind:
            return self._object(kind, content)
        if kind in _TEXTS:
            return _TEXTS[kind][2](content)
        if kind in _LISTS:
            return _LISTS[kind](self(list(content)))
        known = {
            "dict": self._dict,
            "array": self._array,
            "scalar": lambda name: self._array(name)[()],
            "bytes": lambda name: self._array(name).tobytes(),
            "schema": lambda told: StructType.fromJson(_checked_schema(told)),
            "field": lambda told: StructField.fromJson(_checked_schema(told)),
            "function": lambda address: _found(address, _FUNCTIONS),
            "partial": self._partial,
        }
        if kind not in known:
            raise PlanError(f"broken: {kind!r} is no kind of value")
        return known[kind](content)

    def _dict(self, pairs: Any) -> dict[Any, Any]:
        return {self(key): self(one) for key, one in pairs}

    def _array(self, name: Any) -> NDArray[Any]:
        if name not in self.arrays:
            raise PlanError(f"broken: array {name!r} is missing")
        return self.arrays[name]

    def _partial(self, parts: Any) -> Any:
        function, args, keywords = (self(part) for part in parts)
        return partial(function, *args, **keywords)

    def _object(self, address: str, content: Any) -> Any:
        kind = _found(address, _CLASSES)
        named = {name: self(one) for name, one in content.items()}
        _check_fields(kind, named)
        return kind(**named)


def _address(of: Any, modules: re.Pattern[str]) -> str:
    """Module and name of a class or function."""
    address = f"{of.__module__}:{of.__qualname__}"
    if not modules.fullmatch(of.__module__) or not of.__qualname__.isidentifier():
        raise PlanError(f"this plan holds {address}, which cannot be saved: it is not defined in a module of samplers")
    return address


def _found(address: Any, modules: re.Pattern[str]) -> Any:
    """The frozen dataclass or the function at an address."""
    module, _, name = str(address).partition(":")
    found = None
    if modules.fullmatch(module):
        try:
            found = vars(import_module(module)).get(name)
        except ModuleNotFoundError as error:
            raise PlanError(f"{address} is unknown here") from error
    fit = isinstance(found, FunctionType) if modules is _FUNCTIONS else is_dataclass(found) and _is_frozen(found)
    if not fit or found.__module__ != module:
        raise PlanError(f"{address!r} may not stand in a plan")
    return found


def _is_frozen(kind: Any) -> bool:
    return isinstance(kind, type) and bool(kind.__dataclass_params__.frozen)  # type: ignore[attr-defined]


def _check_fields(kind: Any, named: Mapping[str, Any]) -> None:
    """Refuse fields that a dataclass does not have, has besides, or of another type."""
    hints = hints_of(kind)
    known = _saved(kind)
    if set(named) != set(known):
        raise PlanError(f"{kind.__name__} has the fields {', '.join(known)}, not {', '.join(sorted(named))}")
    for name, value in named.items():
        if not fits(value, hints[name]):
            raise PlanError(f"{kind.__name__}.{name} is no {hints[name]}, but a {type(value).__name__}")


def _saved(kind: Any) -> list[str]:
    """The fields that belong to the plan; those with ``metadata={"saved": False}`` belong to planning alone."""
    return [field.name for field in fields(kind) if field.metadata.get("saved", True)]


def _checked_schema(told: Any) -> Any:
    """Refuse types of the user's own: Spark would import, or even unpickle, what they name."""
    parts = [told]
    while parts:
        part = parts.pop()
        if isinstance(part, dict):
            if part.get("type") == "udt" and (part.get("pyClass") not in _VECTORS or "serializedClass" in part):
                raise PlanError(f"a column of the type {part.get('pyClass') or part.get('class')} cannot be in a plan")
            parts += part.values()
        elif isinstance(part, list):
            parts += part
    return told
