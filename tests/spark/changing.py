"""Inputs that change between reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession

Change = Callable[[pd.DataFrame], pd.DataFrame]


class Changing:
    """A frame that changes after some passes; a file counts the passes of Spark.

    Parameters
    ----------
    rows : DataFrame of pandas
        Features x0, x1, ..., a label and an id.
    change : callable
        Returns the changed rows.
    after : int
        Number of passes that see the original rows.
    """

    def __init__(self, folder: Path, rows: pd.DataFrame, change: Change, after: int) -> None:
        self.folder, self.rows, self.change, self.after = folder, rows, change, after

    def frame(self, spark: SparkSession) -> DataFrame:
        log, shown = self.folder / "passes", self.shown()

        def read(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            with open(log, "a") as file:
                file.write("x")
                passes = file.tell()
            yield pa.RecordBatch.from_pandas(shown(passes), preserve_index=False)

        features = ", ".join(f"{name} double" for name in self.rows.columns if name not in ("label", "id"))
        return spark.range(0, 1, 1, 1).mapInArrow(read, f"{features}, label bigint, id bigint")

    def shown(self) -> Callable[[int], pd.DataFrame]:
        """The rows that the pass of this number sees."""
        rows, changed, after = self.rows, self.change(self.rows), self.after
        return lambda passes: rows if passes <= after else changed

    def now(self) -> None:
        """Apply the change to all later passes."""
        (self.folder / "passes").write_text("x" * self.after)

    def passes(self) -> int:
        """The number of passes over the frame."""
        log = self.folder / "passes"
        return log.stat().st_size if log.exists() else 0


class Drawing(Changing):
    """A frame whose x0 is drawn anew in each pass, without a seed."""

    def __init__(self, folder: Path, rows: pd.DataFrame) -> None:
        super().__init__(folder, rows, unchanged, after=0)

    def shown(self) -> Callable[[int], pd.DataFrame]:
        rows = self.rows
        return lambda _: rows.assign(x0=np.random.default_rng().normal(size=len(rows)))


def unchanged(rows: pd.DataFrame) -> pd.DataFrame:
    """The same rows."""
    return rows


def appended(rows: pd.DataFrame) -> pd.DataFrame:
    """One more row of each class."""
    return pd.concat([rows, rows.groupby("label").head(1).assign(id=-1)])


def larger(rows: pd.DataFrame) -> pd.DataFrame:
    """One more row of the largest class."""
    return pd.concat([rows, rows[rows["label"] == rows["label"].value_counts().index[0]].head(1)])


def relabelled(rows: pd.DataFrame) -> pd.DataFrame:
    """A row moves from class 2 to class 1."""
    return rows.assign(label=rows["label"].where(rows.index != rows.index[rows["label"] == 2][0], 1))


def swapped(rows: pd.DataFrame) -> pd.DataFrame:
    """Two rows of the two largest classes swap their labels."""
    large, small = (rows.index[rows["label"] == label][0] for label in rows["label"].value_counts().index[:2])
    return rows.assign(label=rows["label"].rename({large: small, small: large}).sort_index())


def renumbered(rows: pd.DataFrame) -> pd.DataFrame:
    """A row of the largest class gets another id."""
    largest = rows.index[rows["label"] == rows["label"].value_counts().index[0]][0]
    return rows.assign(id=rows["id"].where(rows.index != largest, -1))


def one_farther(rows: pd.DataFrame) -> pd.DataFrame:
    """The outermost row of the largest class moves farther out."""
    largest = rows[rows["label"] == rows["label"].value_counts().index[0]]
    return rows.assign(x0=rows["x0"].where(rows.index != largest["x0"].idxmax(), 2 * rows["x0"]))


def other_values(rows: pd.DataFrame) -> pd.DataFrame:
    """The same number of rows, with other values."""
    return rows.assign(x0=-rows["x0"])


def class_gone(rows: pd.DataFrame) -> pd.DataFrame:
    """The smallest class is gone."""
    return rows[rows["label"] != rows["label"].value_counts().index[-1]]


def largest_gone(rows: pd.DataFrame) -> pd.DataFrame:
    """The largest class is gone."""
    return rows[rows["label"] != rows["label"].value_counts().index[0]]
