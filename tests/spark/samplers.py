"""The sampler classes that must pass the common suite: a new sampler registers here, and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from spark_smote import (
    ADASYN,
    SMOTE,
    SVMSMOTE,
    BorderlineSMOTE,
    KMeansSMOTE,
    LeeSMOTE,
    PolynomFitSMOTE,
    RandomOverSampler,
)
from spark_smote.samplers.base import Sampler


@dataclass(frozen=True)
class Case:
    """A sampler class with the parameters that the common suite shall run it with.

    ``gaps`` are bounds of the gap; ``neighbour`` is the class of a synthetic row's neighbour: 'own', 'any' or None for
    samplers that need none; ``drawn`` tells whether gaps are drawn; ``pinned`` is the digest of the draws of one run.
    """

    name: str
    sampler: type[Sampler]
    params: Mapping[str, Any] = field(default_factory=dict)
    gaps: tuple[float, float] = (0.0, 1.0)
    neighbour: str | None = "own"
    drawn: bool = True
    pinned: str = ""

    def make(self, **params: Any) -> Sampler:
        return self.sampler(**{**self.params, **params})


EXACT = {"neighborSearch": "exact"}
LSH = {"neighborSearch": "lsh", "cellRows": 200}
PRESSED = {"fallback": "smote"}
CLUSTERED = {"clusterBalanceThreshold": 0.0, "numClusters": 4}

CASES = (
    Case("smote-exact", SMOTE, EXACT),
    Case("smote-lsh", SMOTE, LSH),
    Case("random", RandomOverSampler, neighbour=None, drawn=False),
    Case("random-smoothed", RandomOverSampler, {"shrinkage": 1.0}, neighbour=None, drawn=False),
    Case("polynomfit", PolynomFitSMOTE, neighbour=None, drawn=False),
    Case("borderline-1-exact", BorderlineSMOTE, {**EXACT, **PRESSED}),
    Case("borderline-1-lsh", BorderlineSMOTE, {**LSH, **PRESSED}),
    Case("borderline-2-exact", BorderlineSMOTE, {**EXACT, **PRESSED, "kind": "borderline-2"}, neighbour="any"),
    Case("borderline-2-lsh", BorderlineSMOTE, {**LSH, **PRESSED, "kind": "borderline-2"}, neighbour="any"),
    Case("adasyn-exact", ADASYN, EXACT),
    Case("adasyn-lsh", ADASYN, LSH),
    Case("svm-exact", SVMSMOTE, EXACT, gaps=(-0.5, 1.0)),
    Case("kmeans-exact", KMeansSMOTE, {**EXACT, **CLUSTERED}),
    Case("kmeans-lsh", KMeansSMOTE, {**LSH, **CLUSTERED}),
    Case("lee-exact", LeeSMOTE, EXACT),
    Case("lee-lsh", LeeSMOTE, LSH),
)
