"""The samplers that must pass the common suite: all registered samplers.

A sampler without a case here runs with the defaults of its family. If it needs other settings, its own test,
``test_<its file>.py``, defines a dict ``COMMON`` of titles to fields of :class:`Case`. It imports nothing from here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from inspect import signature
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_smote import (
    ADASYN,
    SMOTE,
    SMOTEENN,
    SMOTEN,
    SMOTENC,
    SVMSMOTE,
    AllKNN,
    BorderlineSMOTE,
    EditedNearestNeighbours,
    KMeansSMOTE,
    LeeSMOTE,
    NearMiss,
    NeighbourhoodCleaningRule,
    PolynomFitSMOTE,
    RandomOverSampler,
    RandomUnderSampler,
    RepeatedEditedNearestNeighbours,
    SMOTETomek,
    TomekLinks,
)
from spark_smote.core.over_sampler import OverSampler
from spark_smote.core.registry import CLEANER, COMBINATION, OVER_SAMPLER, UNDER_SAMPLER, Entry, samplers


@dataclass(frozen=True)
class Case:
    """A sampler class with its parameters in the common suite.

    ``gaps`` are bounds of the gap; ``neighbour`` is the class of a synthetic row's neighbour: 'own', 'any' or None for
    samplers that need none; ``drawn`` tells whether gaps are drawn; ``pinned`` is the digest of the draws of one run;
    ``connect`` tells whether the case stands for its sampler, as one case of each does: the others are long.
    Samplers with ``categories`` get :data:`CATEGORIES`; ``numbers`` tells whether they take numbers.
    """

    name: str
    sampler: type[OverSampler]
    params: Mapping[str, Any] = field(default_factory=dict)
    gaps: tuple[float, float] = (0.0, 1.0)
    neighbour: str | None = "own"
    drawn: bool = True
    pinned: str = ""
    connect: bool = True
    categories: bool = False
    numbers: bool = True

    def make(self, **params: Any) -> OverSampler:
        given = {**self.params, **params}
        if self.categories:
            given["categoricalCols"] = list(CATEGORIES)
        if not self.numbers:
            del given["inputCols"]
        return self.sampler(**given)

    def dress(self, frame: DataFrame) -> DataFrame:
        """The frame with features x0 and x1, in the form that this sampler needs."""
        if not self.categories:
            return frame
        return frame.selectExpr("*", *(f"{value} AS {name}" for name, value in CATEGORIES.items()))


CATEGORIES = {
    "kind": "CASE WHEN x0 > 1 THEN 'high' WHEN x0 > -1 THEN 'middle' WHEN x0 > -5 THEN 'low' END",
    "grade": "CASE WHEN x1 > 2 THEN 3 WHEN x1 > 0 THEN 2 ELSE 1 END",
}


EXACT = {"neighborSearch": "exact"}
LSH = {"neighborSearch": "lsh", "cellRows": 200}
PRESSED = {"fallback": "smote"}
CLUSTERED = {"clusterBalanceThreshold": 0.0, "numClusters": 4}

_CASES = (
    Case("smote-exact", SMOTE, EXACT, pinned="ec171581", connect=False),
    Case("smote-lsh", SMOTE, LSH, pinned="ec171581"),
    Case("random", RandomOverSampler, neighbour=None, drawn=False, pinned="0e988750", connect=False),
    Case("random-smoothed", RandomOverSampler, {"shrinkage": 1.0}, neighbour=None, drawn=False, pinned="0e988750"),
    Case("polynomfit", PolynomFitSMOTE, neighbour=None, drawn=False, pinned="64d73bdb"),
    Case("borderline-1-exact", BorderlineSMOTE, {**EXACT, **PRESSED}, pinned="b631b1bb", connect=False),
    Case("borderline-1-lsh", BorderlineSMOTE, {**LSH, **PRESSED}, pinned="7dec40b4", connect=False),
    Case(
        "borderline-2-exact",
        BorderlineSMOTE,
        {**EXACT, **PRESSED, "kind": "borderline-2"},
        neighbour="any",
        pinned="5aa4f1d8",
        connect=False,
    ),
    Case(
        "borderline-2-lsh",
        BorderlineSMOTE,
        {**LSH, **PRESSED, "kind": "borderline-2"},
        neighbour="any",
        pinned="2020e4ba",
    ),
    Case("adasyn-exact", ADASYN, EXACT, pinned="fe53ac74", connect=False),
    Case("adasyn-lsh", ADASYN, LSH, pinned="fe53ac74"),
    Case("svm-exact", SVMSMOTE, EXACT, gaps=(-0.5, 1.0), pinned="b631b1bb"),
    Case("kmeans-exact", KMeansSMOTE, {**EXACT, **CLUSTERED}, pinned="57e5428e"),
    Case("kmeans-lsh", KMeansSMOTE, {**LSH, **CLUSTERED}, pinned="57e5428e", connect=False),
    Case("lee-exact", LeeSMOTE, EXACT, pinned="dc6dfa6b", connect=False),
    Case("lee-lsh", LeeSMOTE, LSH, pinned="a5f1f6fc"),
    Case("smotenc-lsh", SMOTENC, LSH, categories=True, pinned="4a3948aa"),
    Case("smoten-lsh", SMOTEN, LSH, neighbour=None, drawn=False, categories=True, numbers=False, pinned="0e988750"),
)


def _unlisted(entry: Entry) -> tuple[Case, ...]:
    """The cases of a registered over-sampler without a case above."""
    test = f"test_{entry.sampler.__module__.rpartition('.')[2]}"
    settings = getattr(import_module(test), "COMMON", {}) if find_spec(test) else {}
    default = {
        "neighbour": "own" if hasattr(entry.sampler, "kNeighbors") else None,
        "drawn": hasattr(entry.sampler, "kNeighbors"),
        "categories": hasattr(entry.sampler, "categoricalCols"),
    }
    name = entry.sampler.__name__.lower()
    return tuple(Case(title, entry.sampler, **{**default, **of}) for title, of in (settings or {name: {}}).items())


def _missing(families: Collection[str], known: Iterable[type[Any]]) -> list[Entry]:
    """Registered samplers of these families that are not among the known samplers."""
    known = {*known}
    return [entry for entry in samplers().values() if entry.family in families and entry.sampler not in known]


CASES = (
    *_CASES,
    *(case for entry in _missing([OVER_SAMPLER], [case.sampler for case in _CASES]) for case in _unlisted(entry)),
)


def _kinds() -> tuple[Case, ...]:
    """One case of each base class in core, with and without categories: enough for what the shared flow decides."""
    kinds: dict[tuple[Any, ...], Case] = {}
    for case in CASES:
        if case.connect:
            line = (one for one in case.sampler.__mro__ if issubclass(one, OverSampler))
            base = next(one for one in line if one.__module__.startswith("spark_smote.core"))
            kinds.setdefault((base, case.categories, case.numbers), case)
    return tuple(kinds.values())


KINDS = _kinds()


def leavers(names: list[str]) -> dict[str, Any]:
    """Under-samplers, cleaners and combinations, at least one of each class, for features of these names."""
    given: dict[str, Any] = {"inputCols": names, "allowEmptyClasses": True}
    listed: dict[str, Any] = {
        "random-under": RandomUnderSampler(seed=3),
        "near-miss-1": NearMiss(inputCols=names),
        "near-miss-2": NearMiss(inputCols=names, version=2),
        "near-miss-3": NearMiss(inputCols=names, version=3),
        "tomek-exact": TomekLinks(**given, **EXACT),
        "tomek-lsh": TomekLinks(**given, **LSH),
        "enn-lsh": EditedNearestNeighbours(**given, **LSH, kindSel="mode"),
        "renn-exact": RepeatedEditedNearestNeighbours(**given, **EXACT, kindSel="mode", maxIter=2),
        "allknn-lsh": AllKNN(**given, **LSH, kindSel="mode"),
        "cleaning-rule-exact": NeighbourhoodCleaningRule(**given, **EXACT),
        "smote-enn-lsh": SMOTEENN(**given, **LSH, seed=3),
        "smote-tomek-exact": SMOTETomek(**given, **EXACT, seed=3),
    }
    others = _missing([UNDER_SAMPLER, CLEANER, COMBINATION], map(type, listed.values()))
    return listed | {
        one.sampler.__name__.lower(): one.sampler(
            **{k: v for k, v in given.items() if k in signature(one.sampler).parameters}
        )
        for one in others
    }


def everyone(names: list[str]) -> dict[str, Any]:
    """All samplers: the cases, and the samplers that remove rows."""
    return {case.name: case.make(inputCols=names, seed=3) for case in CASES} | leavers(names)


def dress(frame: DataFrame) -> DataFrame:
    """The frame in a form for all samplers: samplers without categories carry these along, if they can be null."""
    dressed = next(case for case in CASES if case.categories).dress(frame)
    return dressed.withColumn("grade", F.expr("nullif(grade, 0)"))
