"""Keys of a configuration: the fields they stand for, where they are written, and which one may be meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from spark_smote.errors import meant


def known_fields(kind: type) -> dict[str, Any]:
    """The fields of a section that can be written in the file, by their keys."""
    named = {spec.metadata.get("key", spec.name): spec for spec in fields(kind)}
    return {key: spec for key, spec in named.items() if key is not None}


def one_of(allowed: Iterable[str], value: object) -> str:
    """The values that are allowed, and the one that may be meant.

    Examples
    --------
    >>> one_of(["all", "synthetic"], "syntetic")
    "one of all, synthetic (did you mean 'synthetic'?)"
    """
    allowed = list(allowed)
    return f"one of {', '.join(allowed)}{meant(value, allowed)}"


def join(key: str, name: str) -> str:
    """The dotted key of a name within a section."""
    return f"{key}.{name}" if key else name


def place_of(file: str, places: Mapping[str, str], key: str) -> str:
    """Place of a dotted key, or of its nearest parent that has one."""
    while key and key not in places:
        key = key.rpartition(".")[0]
    return places.get(key, f"{file}:1")
