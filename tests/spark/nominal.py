"""A table with categories of every type, and reference values for synthetic categories. This file has no tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from frames import Matrix
from numpy.typing import NDArray
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

COUNTS = {0: 500, 1: 90, 2: 40}
TYPES = {
    "kind": "string",
    "flag": "boolean",
    "tiny": "tinyint",
    "small": "smallint",
    "whole": "int",
    "odd `name`.": "bigint",
}
CATEGORIES = list(TYPES)
NUMBERS = ["x0", "x1", "x2"]
TRACE: dict[str, Any] = {"provenanceCol": "origin", "idCol": "id", "syntheticCol": "made"}


def table(counts: dict[int, int] = COUNTS, seed: int = 0) -> pd.DataFrame:
    """Classes differ in their numbers, which are of different scales, and in their categories, some of them null."""
    rng = np.random.default_rng(seed)
    label = np.repeat(list(counts), list(counts.values()))
    rows = len(label)
    found: dict[str, Any] = {"label": label, "id": np.arange(rows)}
    for index, name in enumerate(NUMBERS):
        found[name] = rng.normal(loc=label, scale=(1 + label) * 3.0**index, size=rows)
    levels: dict[str, Sequence[Any]] = {
        "kind": ["", "naïve", "Ω b", None],
        "flag": [True, False, None],
        "tiny": [-128, 0, 127],
        "small": [-32768, 5, 32767, 7],
        "whole": [-(1 << 31), (1 << 31) - 1],
        "odd `name`.": [(1 << 63) - 1, -(1 << 63), (1 << 53) + 1, None],
    }
    for name, values in levels.items():
        chosen = (rng.integers(len(values), size=rows) + (rng.random(rows) < 0.5) * label) % len(values)
        column = np.empty(rows, dtype=object)
        column[:] = [values[index] for index in chosen]
        found[name] = column
    return pd.DataFrame(found)


def frame_of(spark: SparkSession, data: pd.DataFrame) -> DataFrame:
    """The table with metadata, and a category that cannot be null."""
    fields = [f"`{name.replace('`', '``')}` {kind}" for name, kind in TYPES.items()]
    schema = ", ".join([*(f"{name} double" for name in NUMBERS), *fields, "label bigint", "id bigint"])
    columns = [*NUMBERS, *CATEGORIES, "label", "id"]
    rows = list(zip(*(data[name].astype(object).tolist() for name in columns), strict=True))
    frame = spark.createDataFrame(rows, schema).withMetadata("kind", {"unit": "none"})
    return frame.withColumn("tiny", F.coalesce("tiny", F.lit(0).cast("tinyint")))


def values_of(data: pd.DataFrame) -> NDArray[Any]:
    """The categories as text that distinguishes null, True and 1, shape (n, c)."""
    return np.array([[repr(value) for value in data[name]] for name in CATEGORIES]).T


def most_frequent(values: Sequence[Any]) -> set[Any]:
    counts = Counter(values)
    return {value for value, count in counts.items() if count == max(counts.values())}


def nearest(squares: Matrix, ids: NDArray[np.int64], k: int) -> dict[int, NDArray[np.int64]]:
    """Ids of the k nearest of each row by squared distances, without the row itself."""
    squares = squares.copy()
    np.fill_diagonal(squares, np.inf)
    return {int(own): ids[near[:k]] for own, near in zip(ids, np.argsort(squares, axis=1, kind="stable"), strict=True)}
