"""Distinct rows of small classes, known on the driver by their content hashes, and rows chosen by these."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.sql import DataFrame

from spark_smote.errors import ChangedInputError
from spark_smote.spark.arrow import by_class, distinct, runs
from spark_smote.spark.columns import CLASS, HASH
from spark_smote.spark.exchange import by_runs, collect

Indices = NDArray[np.int64]
_COUNT = "count"


@dataclass(frozen=True)
class KnownRows:
    """Distinct rows of one class.

    Parameters
    ----------
    hashes : array of int64, shape (n,)
        Content hashes, ascending.
    counts : array of int64, shape (n,)
        Number of equal rows.
    """

    hashes: Indices
    counts: Indices

    def among(self, hashes: Indices) -> NDArray[np.bool_]:
        """Returns True for each row whose content hash is one of these, shape (m,) to (n,)."""
        return np.isin(self.hashes, hashes)

    def places(self, hashes: Indices) -> Indices:
        """Returns the index of the row with each content hash, shape (m,).

        Raises
        ------
        ChangedInputError
            If one is not known.
        """
        at = np.minimum(np.searchsorted(self.hashes, hashes), len(self.hashes) - 1)
        if not np.array_equal(self.hashes[at], hashes):
            raise ChangedInputError.of("rows have been added or changed since they were counted")
        return at


def known_rows(rows: DataFrame, total: int) -> dict[int, KnownRows]:
    """Collects the distinct usable rows of each class; a job runs.

    Parameters
    ----------
    rows : DataFrame
        CLASS, HASH and FEATURES.
    total : int
        Number of classes.
    """

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for number, mine, _ in by_class(batches):
            numbers, ones = np.full(mine.num_rows, number), np.ones(mine.num_rows, dtype=np.int64)
            table = pa.table({CLASS: numbers, HASH: mine.column(HASH), _COUNT: ones})
            yield from distinct(table, [CLASS, HASH], _COUNT).to_batches()

    batches = collect(by_runs(rows, total), run)
    if not batches:
        return {}
    table = distinct(pa.Table.from_batches(batches), [CLASS, HASH], _COUNT)
    classes, hashes, counts = (table.column(name).to_numpy() for name in (CLASS, HASH, _COUNT))
    found = {}
    for number, own in runs(classes):
        own = own[np.argsort(hashes[own])]
        found[number] = KnownRows(hashes[own], counts[own])
    return found


def fetched(frame: DataFrame) -> dict[str, NDArray[Any]]:
    """Returns the columns of a small frame of numbers that are not null; a job runs."""
    batches = collect(frame, iter)
    if not batches:
        return {name: np.empty(0, dtype=np.int64) for name in frame.columns}
    table = pa.Table.from_batches(batches)
    return {name: table.column(name).to_numpy() for name in frame.columns}


def chosen(rows: DataFrame, hashes: Mapping[int, Indices]) -> DataFrame:
    """Keeps the rows with these content hashes.

    Parameters
    ----------
    rows : DataFrame
        CLASS, HASH and any others.
    hashes : mapping of class to array of int64, shape (n,)
        Ascending; rows of other classes are left out.
    """

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            classes, keys = batch.column(CLASS).to_numpy(), batch.column(HASH).to_numpy()
            kept = np.zeros(batch.num_rows, dtype=bool)
            for number, own in runs(classes):
                wanted = hashes.get(number, classes[:0])
                at = np.minimum(np.searchsorted(wanted, keys[own]), len(wanted) - 1)
                kept[own] = wanted[at] == keys[own] if len(wanted) else False
            yield batch.filter(pa.array(kept))

    return rows.mapInArrow(run, rows.schema)
