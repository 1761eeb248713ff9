"""Hostile tables made by hypothesis, and the samplers that resample them. This file has no tests."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from hostile_columns import CARRIED, CATEGORIES, COLUMNS, DOUBLES, LABELS, NAMES, ONE_HOT, TYPES
from pyspark.ml.linalg import SparseVector, Vectors
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import types as T
from pyspark.sql.types import StructField, StructType

import spark_smote
from spark_smote.core.registry import COMBINATION, UNDER_SAMPLER, samplers


@dataclass(frozen=True)
class Run:
    """A sampler with parameters, and the span of its synthetic values: that of the 'own' class, or of 'any' class."""

    sampler: str
    params: dict[str, Any]
    span: str | None = "own"
    numbers: bool = True
    categories: bool = False


EXACT: dict[str, Any] = {"neighborSearch": "exact"}
LSH: dict[str, Any] = {"neighborSearch": "lsh", "cellRows": 100}
_SCALED: dict[str, Any] = {"standardization": True}
_OVER: dict[str, Any] = {"shrinkK": True, "kNeighbors": 3}
_PRESSED: dict[str, Any] = {**_OVER, "fallback": "smote", "mNeighbors": 4}
_ADASYN: dict[str, Any] = {"shrinkK": True, "nNeighbors": 3}
_CLUSTERED: dict[str, Any] = {**_OVER, "kNeighbors": 1, "numClusters": 2, "clusterBalanceThreshold": 0.0}
_UNLISTED: dict[str, Any] = {**_OVER, "fallback": "smote", "allowEmptyClasses": True}
_LEFT: dict[str, Any] = {"allowEmptyClasses": True, "samplingStrategy": "all"}
RUNS: dict[str, Run] = {
    "smote-exact": Run("SMOTE", _OVER | EXACT),
    "smote-lsh": Run("SMOTE", _OVER | LSH),
    "smote-scaled": Run("SMOTE", _OVER | _SCALED),
    "smotenc": Run("SMOTENC", _OVER | EXACT, categories=True),
    "smotenc-lsh": Run("SMOTENC", _OVER | LSH | _SCALED, categories=True),
    "smoten": Run("SMOTEN", _OVER | EXACT, numbers=False, categories=True),
    "smoten-lsh": Run("SMOTEN", _OVER | LSH, numbers=False, categories=True),
    "adasyn": Run("ADASYN", _ADASYN | EXACT),
    "adasyn-lsh": Run("ADASYN", _ADASYN | LSH),
    "borderline-1": Run("BorderlineSMOTE", _PRESSED | EXACT | _SCALED),
    "borderline-1-lsh": Run("BorderlineSMOTE", _PRESSED | LSH),
    "borderline-2": Run("BorderlineSMOTE", _PRESSED | EXACT | {"kind": "borderline-2"}, "any"),
    "borderline-2-lsh": Run("BorderlineSMOTE", _PRESSED | LSH | {"kind": "borderline-2"}, "any"),
    "svm": Run("SVMSMOTE", _OVER | {"mNeighbors": 4}, None),
    "kmeans": Run("KMeansSMOTE", _CLUSTERED | EXACT),
    "kmeans-lsh": Run("KMeansSMOTE", _CLUSTERED | LSH | _SCALED),
    "lee": Run("LeeSMOTE", _OVER | EXACT),
    "lee-lsh": Run("LeeSMOTE", _OVER | LSH),
    "polynomfit": Run("PolynomFitSMOTE", {}),
    "random": Run("RandomOverSampler", {}),
    "rose": Run("RandomOverSampler", {"shrinkage": 1.0}, None),
    "enn": Run("EditedNearestNeighbours", _LEFT | EXACT),
    "enn-lsh": Run("EditedNearestNeighbours", _LEFT | LSH | {"kindSel": "mode"}),
    "renn": Run("RepeatedEditedNearestNeighbours", _LEFT | {"maxIter": 2}),
    "allknn": Run("AllKNN", {"nNeighbors": 2, "allowEmptyClasses": True}),
    "ncr": Run("NeighbourhoodCleaningRule", {"allowEmptyClasses": True}),
    "tomek": Run("TomekLinks", EXACT | _SCALED),
    "tomek-lsh": Run("TomekLinks", _LEFT | LSH),
    "nearmiss-1": Run("NearMiss", {"version": 1, "nNeighbors": 1}),
    "nearmiss-2": Run("NearMiss", {"version": 2, "nNeighbors": 1}),
    "nearmiss-3": Run("NearMiss", {"version": 3, "nNeighbors": 1, "nNeighborsVer3": 1}),
    "random-under": Run("RandomUnderSampler", {}, numbers=False),
    "smoteenn": Run("SMOTEENN", _OVER | {"allowEmptyClasses": True}),
    "smotetomek": Run("SMOTETomek", _OVER | {"allowEmptyClasses": True}),
}


def _steps(sampler: Any) -> tuple[Any, ...]:
    """The samplers that hold the parameters: the steps of a chain, or the sampler itself."""
    return tuple(getattr(sampler, "steps", (sampler,)))


def _run(name: str) -> Run:
    """The run of a sampler without one above, with the parameters that it, or a step of it, has."""
    steps = _steps(getattr(spark_smote, name)())

    def takes(param: str) -> bool:
        return any(step.hasParam(param) for step in steps)

    params = {param: value for param, value in _UNLISTED.items() if takes(param)}
    return Run(name, params, None, takes("inputCols"), takes("categoricalCols"))


RUNS |= {name.lower(): _run(name) for name in samplers() if name not in {run.sampler for run in RUNS.values()}}
"""All that a job can name, with both kinds of search where there are both; see spark_smote.core.registry."""
UNDER = [name for name, entry in samplers().items() if entry.family == UNDER_SAMPLER]
TURNS = (*RUNS, *(name for name, run in RUNS.items() if run.categories for _ in range(2)))
"""The runs in the order that they take turns: categories have few runs, but as many tables as others have."""
MADE = "made, or not?"
CHAINS = [name for name, entry in samplers().items() if entry.family == COMBINATION]


@dataclass(frozen=True)
class Case:
    """A table and its sampler; the seed determines everything that the fields leave open."""

    run: str
    sizes: tuple[int, ...]
    """Rows of each class; repeated where there are more ``classes``."""
    classes: int
    features: tuple[str, ...] = ("normal", "normal")
    form: str = "columns"
    width: int = 2
    label: str = "string"
    carried: tuple[str, ...] = ()
    equal: int = 0
    invalid: int = 0
    skip: bool = False
    cut: str = "empty"
    seed: int = 0
    categories: tuple[str, ...] = ()
    apart: bool = False
    """Whether classes lie one after the other, or all over each other."""


def case_of(run: str, number: int) -> Case:
    """The case of this number, which seeds it: hypothesis alone would make many similar cases."""
    rng = np.random.default_rng(number)

    def pick(options: Sequence[Any]) -> Any:
        return options[rng.integers(len(options))]

    classes = pick([2] * 12 + [3] * 8 + [4] * 4 + [7] * 2 + [40, 500] if number % 2 else [2, 3, 4])
    # Rarely 1: most samplers refuse one row, and a refused table shows little.
    rows = [40, 30, 20, 12, 7, 5, 3, 2] * 3 + [1] if classes < 5 else [6, 4, 4, 3, 2] * 8 + [1]
    form = pick(["columns", "columns", "array", "vector"])
    kinds = [*DOUBLES, ONE_HOT, *(COLUMNS if form == "columns" else ())]
    return Case(
        run,
        tuple(pick(rows) for _ in range(min(classes, 7))),
        classes,
        tuple(pick(kinds) for _ in range(pick([1, 2, 3, 4]))),
        form,
        pick([1, 2, 3, 5] if form == "columns" else [1, 2, 3, 4] * 5 + [20, 1000 if classes < 5 else 5]),
        pick([label for label, (_, room, _) in LABELS.items() if room >= classes]),
        tuple(pick([*CARRIED]) for _ in range(pick([0, 0, 1, 2]))),
        pick([0, 0, 2, 5]),
        pick([0, 0, 0, 0, 2]),
        pick([False, True]),
        pick(["empty", "many", "one"]),
        int(rng.integers(2**31)),
        tuple(pick([*CATEGORIES]) for _ in range(pick([1, 2, 3, 4, 5, 8]))) if RUNS[run].categories else (),
        # A support vector machine finds nothing in overlapping classes.
        pick([False, True]) or run == "svm",
    )


@dataclass(frozen=True)
class Table:
    """Rows of Python values and their schema; ``features`` and ``categories`` are names of columns."""

    rows: list[tuple[Any, ...]]
    schema: StructType
    label: str
    features: list[str]
    categories: list[str]
    carried: list[str]

    def frame(self, spark: SparkSession) -> DataFrame:
        plain = StructType([StructField(f.name, f.dataType, f.nullable) for f in self.schema.fields])
        return spark.createDataFrame(self.rows, plain).to(self.schema)


def table(case: Case) -> Table:
    """The table of a case."""
    rng = np.random.default_rng(case.seed)
    sizes = [case.sizes[index % len(case.sizes)] for index in range(case.classes)]
    run, n = RUNS[case.run], sum(sizes)
    names = [str(name) for name in rng.permutation(NAMES)]
    # Samplers that need no numbers get columns instead of an array.
    width = case.width if run.numbers else min(case.width, 3)
    columns: list[tuple[str, str, bool, list[Any]]] = []

    def add(kind: str, nullable: bool, values: Sequence[Any]) -> str:
        name = names.pop()
        columns.append((name, kind, nullable, list(values)))
        return name

    kind, _, value = LABELS[case.label]
    labels = [value(i) for i, size in enumerate(sizes) for _ in range(size)]
    if kind == "double":
        labels = [label if label or row % 2 else 0.0 for row, label in enumerate(labels)]
    label = add(kind, bool(rng.integers(2)), labels)
    features: list[str] = []
    ordered: Callable[[Any], list[Any]] = sorted if case.apart else list
    kinds = [case.features[index % len(case.features)] for index in range(width)]
    # Vectors with one 1 each; a lone column is the first of two.
    hot = max(kinds.count(ONE_HOT), 2)
    ones = iter(np.eye(hot)[ordered(rng.integers(hot, size=n))].T.tolist() if ONE_HOT in kinds else ())

    def doubles(kind: str) -> list[float]:
        return next(ones) if kind == ONE_HOT else ordered(float(value) for value in DOUBLES[kind](rng, n))

    if case.form == "columns" or not run.numbers:
        for feature in kinds:
            # In samplers that need no numbers, these columns are null in synthetic rows.
            free, held = not run.numbers, case.invalid > 0
            if feature not in COLUMNS:
                features.append(add("double", free or held, doubles(feature)))
            else:
                kind, make = COLUMNS[feature]
                features.append(add(kind, free or held or bool(rng.integers(2)), ordered(make(rng) for _ in range(n))))
    else:
        matrix = np.column_stack([doubles(kind) for kind in kinds])
        vectors = [Vectors.dense(row) if at % 2 else _sparse(row) for at, row in enumerate(matrix)]
        features.append(add(case.form, case.invalid > 0, vectors if case.form == "vector" else matrix.tolist()))
    categories = [
        add(kind, null or bool(rng.integers(2)), [make(rng) for _ in range(n)])
        for kind, null, make in (CATEGORIES[one] for one in case.categories)
    ]
    carried = [add(CARRIED[one][0], True, [CARRIED[one][1](rng) for _ in range(n)]) for one in case.carried]
    if case.equal:
        for _, _, _, values in columns[1:]:
            for at in range(case.equal, n, case.equal):
                values[at] = values[at - 1]
    for row in rng.integers(0, n, case.invalid):
        chosen = features[int(rng.integers(len(features)))]
        wrong = next(column for column in columns if column[0] == chosen)
        wrong[3][row] = [None, math.nan, math.inf][rng.integers(3)] if wrong[1] == "double" else None
    columns = [columns[at] for at in rng.permutation(len(columns))]
    rows = list(zip(*(values for _, _, _, values in columns), strict=True))
    fields = [
        StructField(name, TYPES[kind], nullable, {"comment": name} if at % 2 else {})
        for at, (name, kind, nullable, _) in enumerate(columns)
    ]
    return Table([rows[at] for at in rng.permutation(n)], StructType(fields), label, features, categories, carried)


def _sparse(row: Any) -> SparseVector:
    return Vectors.sparse(len(row), np.flatnonzero(row).tolist(), row[row != 0].tolist())


def make(case: Case, found: Table) -> Any:
    """The sampler of the case."""
    run = RUNS[case.run]
    sampler = getattr(spark_smote, run.sampler)(**run.params)
    steps = _steps(sampler)
    # Columns that cannot travel through Python are refused.
    inherited = [name for name in found.carried if not isinstance(found.schema[name].dataType, T.NullType)]
    given: dict[str, Any] = {"labelCol": found.label, "handleInvalid": "skip" if case.skip else "error"}
    if run.numbers:
        given |= {"inputCols": found.features} if case.form == "columns" else {"featuresCol": found.features[0]}
    if run.categories:
        given["categoricalCols"] = found.categories
    if steps[0].hasParam("syntheticCol"):
        given |= {"syntheticCol": MADE, "inheritCols": inherited[:1]}
    if steps[0].hasParam("seed"):
        given["seed"] = case.seed % 1000
    sampler.setParams(**given)
    return sampler
