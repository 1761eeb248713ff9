"""Whether a value has the type that a dataclass declares for a field."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import lru_cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import numpy as np

_NUMBERS: dict[Any, tuple[type[Any], ...]] = {
    int: (int, np.integer),
    float: (float, int, np.floating, np.integer),
    bool: (bool, np.bool_),
}


@lru_cache
def hints_of(kind: Hashable) -> dict[str, Any]:
    """The types of the fields of a dataclass."""
    return get_type_hints(kind)


def fits(value: Any, hint: Any) -> bool:
    """Whether a value, and what it contains, has a type; arrays of any numbers fit, and any object fits a protocol.

    Examples
    --------
    >>> fits({1: (2, None)}, Mapping[int, tuple[int | None, ...]]), fits({"1": 2}, Mapping[int, int])
    (True, False)
    """
    origin, args = get_origin(hint), get_args(hint)
    if hint is Any:
        return True
    if origin in (Union, UnionType):
        return any(fits(value, one) for one in args)
    if origin is tuple:
        if not isinstance(value, tuple):
            return False
        kinds = [args[0]] * len(value) if args[-1] is ... else args
        return len(kinds) == len(value) and all(map(fits, value, kinds))
    if origin in (list, set, frozenset, Sequence):
        return isinstance(value, origin) and not isinstance(value, str) and all(fits(one, args[0]) for one in value)
    if origin in (dict, Mapping):
        return isinstance(value, Mapping) and all(fits(k, args[0]) and fits(v, args[1]) for k, v in value.items())
    if origin is Callable or getattr(hint, "_is_protocol", False):
        # Plain values are no objects with methods.
        return not isinstance(value, str | bytes | int | float | tuple | list | dict | set | frozenset | NoneType)
    return isinstance(value, _NUMBERS.get(hint, origin or hint))
