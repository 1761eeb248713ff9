"""Small frames for the tests, and rows as comparable values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyspark.ml.linalg import DenseVector, SparseVector
from pyspark.sql import DataFrame, Row, SparkSession

Matrix = NDArray[np.float64]

SKEWED = {"a": 1500, "b": 1000, "c": 300, "d": 70, "e": 30}


def columns(width: int) -> list[str]:
    return [f"x{index}" for index in range(width)]


def numbered(x: Matrix, labels: Iterable[Any]) -> pd.DataFrame:
    """Features x0, x1, ..., a label, and an id that is the row's place."""
    # Spark 4.0 takes no NumPy strings.
    own = labels.tolist() if isinstance(labels, np.ndarray) else list(labels)
    return pd.DataFrame(x, columns=columns(x.shape[1])).assign(label=own, id=np.arange(len(x)))


def clustered(rows: int, width: int, seed: int, clusters: int = 8) -> Matrix:
    rng = np.random.default_rng(seed)
    centres = rng.normal(scale=4.0, size=(clusters, width))
    return centres[rng.integers(clusters, size=rows)] + rng.normal(size=(rows, width))


def skewed(counts: Mapping[Any, int] = SKEWED, width: int = 4, duplicates: bool = True) -> pd.DataFrame:
    """Classes of very different sizes; every tenth row's features equal those of the row before."""
    x = clustered(sum(counts.values()), width, seed=1)
    if duplicates:
        x[10::10] = x[9::10][: len(x[10::10])]
    return numbered(x, np.repeat(list(counts), list(counts.values())).tolist())


def spark_frame(spark: SparkSession, frame: pd.DataFrame, label: str = "bigint") -> DataFrame:
    fields = ", ".join(f"{name} double" for name in frame.columns if name not in ("label", "id"))
    return spark.createDataFrame(frame, f"{fields}, label {label}, id bigint")


def multiset(rows: Iterable[Row]) -> Counter[str]:
    """Rows as values to compare in any order, exact to the last bit, nested values and NaN included."""
    return Counter(repr((getattr(row, "__fields__", None), _exact(row))) for row in rows)


def _exact(value: Any) -> Any:
    """A value with a complete repr: the repr of a vector has only four digits."""
    if isinstance(value, DenseVector):
        return "dense", value.values.tolist()
    if isinstance(value, SparseVector):
        return "sparse", value.size, value.indices.tolist(), value.values.tolist()
    if isinstance(value, dict):
        return {key: _exact(one) for key, one in value.items()}
    return type(value).__name__, [*map(_exact, value)] if isinstance(value, list | tuple) else value


def labels_of(rows: Iterable[Row]) -> Counter[Any]:
    return Counter(row["label"] for row in rows)


def traced(rows: Iterable[Row], width: int) -> tuple[NDArray[np.int64], NDArray[np.int64], Matrix, Matrix]:
    """Seed ids, neighbour ids (-1 for none), gaps and features of the synthetic rows among those collected."""
    made = [row for row in rows if row["origin"] is not None]
    return (
        np.array([row["origin"]["seed"] for row in made], dtype=np.int64),
        np.array([-1 if (end := row["origin"]["neighbour"]) is None else end for row in made], dtype=np.int64),
        np.array([row["origin"]["gap"] for row in made], dtype=np.float64),
        np.array([[row[name] for name in columns(width)] for row in made], dtype=np.float64).reshape(len(made), width),
    )
