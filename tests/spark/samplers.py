"""The sampler classes that must pass the common suite: a new sampler registers here, and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from spark_smote import SMOTE
from spark_smote.samplers.base import Sampler


@dataclass(frozen=True)
class Case:
    """A sampler class with the parameters that the common suite shall run it with."""

    name: str
    sampler: type[Sampler]
    params: Mapping[str, Any] = field(default_factory=dict)

    def make(self, **params: Any) -> Sampler:
        return self.sampler(**{**self.params, **params})


CASES = (
    Case("smote-exact", SMOTE, {"neighborSearch": "exact"}),
    Case("smote-lsh", SMOTE, {"neighborSearch": "lsh", "cellRows": 200}),
)
