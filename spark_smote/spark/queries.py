"""Search in all classes by two shuffles: queries meet rows in cells, then candidates meet the queries' own rows."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.sql import DataFrame
from pyspark.sql.types import (
    BinaryType,
    LongType,
    StructField,
    StructType,
)

from spark_smote.spark.arrow import blobs, from_blobs
from spark_smote.spark.columns import CELL, CLASS, HASH, HOME, not_null
from spark_smote.spark.exchange import Chunk, arranged, cut, to_chunk

FOUND = "found"
_NO_CAP = 1 << 62
Indices = NDArray[np.int64]
Find = Callable[[Iterator[Chunk]], tuple[Indices, Indices, NDArray[Any]]]
"""Takes the chunks of one cell, queries first; returns class, hash and candidates (records) of each query."""
BinOf = Callable[[Indices, Indices], Indices]
"""Takes class numbers and content hashes; returns bins."""


class MergingWork(Protocol):
    """A kernel that merges the candidates of one bin; see :class:`spark_smote.kernels.neighbourhood.Merging`."""

    @property
    def record(self) -> np.dtype[Any]: ...
    @property
    def wanted(self) -> int: ...
    def merge(self, cell: int, hashes: Indices, found: NDArray[Any]) -> tuple[Indices, NDArray[Any]]: ...


class JudgingWork(MergingWork, Protocol):
    """A kernel that applies a cleaning rule; see :class:`spark_smote.kernels.neighbourhood.Judging`."""

    def verdicts(self, cell: int, hashes: Indices, nearest: NDArray[Any]) -> Indices: ...


def find(rows: DataFrame, work: Find, bin_of: BinOf, *, row_cap: int, tasks: int) -> DataFrame:
    """Searches each cell for the nearest rows of its queries.

    Parameters
    ----------
    rows : DataFrame
        Columns CELL, CLASS, HASH, FEATURES (packed) and HOME: true for rows to search, false for queries.
    work : Find
    bin_of : BinOf
    row_cap, tasks : int
        Row cap of a chunk of a cell, and number of shuffle partitions.

    Returns
    -------
    DataFrame
        CELL (bin of the query), CLASS, HASH, HOME (false) and the candidates.
    """

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for classes, hashes, found in _searched(batches, work, row_cap):
            yield pa.RecordBatch.from_arrays(
                [
                    pa.array(bin_of(classes, hashes).astype(np.int32)),
                    pa.array(classes.astype(np.int32)),
                    pa.array(hashes),
                    pa.array(np.zeros(len(hashes), dtype=bool)),
                    blobs(_as_doubles(found)),
                ],
                names=[CELL, CLASS, HASH, HOME, FOUND],
            )

    schema = StructType([*not_null(CELL, CLASS, HASH, HOME), StructField(FOUND, BinaryType())])
    return arranged(rows, tasks, [HOME, HASH]).mapInArrow(run, schema)


def judge_at_once(
    rows: DataFrame, search: Find, work: JudgingWork, names: Sequence[str], *, row_cap: int, tasks: int
) -> DataFrame:
    """Searches and judges in one pass, for layouts in which each query is in one cell only.

    Parameters
    ----------
    rows, search, row_cap, tasks
        As for :func:`find`.
    work : Judging
        Cleaning kernel, whose bins are the classes.
    names : sequence of str
        Names of the columns of the verdicts.

    Returns
    -------
    DataFrame
        The verdicts, in bigint columns.
    """

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for classes, hashes, found in _searched(batches, search, row_cap):
            for number in np.unique(classes).tolist():
                own = classes == number
                yield _verdicts(work.verdicts(number, *work.merge(number, hashes[own], found[own])), names)

    return arranged(rows, tasks, [HOME, HASH]).mapInArrow(run, _whole_numbers(names))


def judge(found: DataFrame, work: JudgingWork, names: Sequence[str], *, row_cap: int, tasks: int) -> DataFrame:
    """Merges the candidates of several cells and judges; parameters as for :func:`find` and :func:`judge_at_once`."""

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for cell, tables in cut(iter(batches), lambda _: row_cap):
            parts = [to_records(table, work) for table in tables]
            hashes, records = (np.concatenate(column) for column in zip(*parts, strict=True))
            yield _verdicts(work.verdicts(cell, *work.merge(cell, hashes, records)), names)

    return arranged(found, tasks, [HASH]).mapInArrow(run, _whole_numbers(names))


def judge_whole(rows: DataFrame, work: Callable[[Chunk], Indices], names: Sequence[str], *, tasks: int) -> DataFrame:
    """Judges the rows of each cell by all of them, which a task must be able to hold.

    Parameters
    ----------
    rows : DataFrame
        From :func:`spark_smote.spark.scans.to_cells`.
    work : callable
        Takes all rows of a cell; returns verdicts, shape (v, c).
    names : sequence of str
        Names of the columns of the verdicts.
    tasks : int
        Number of shuffle partitions.

    Returns
    -------
    DataFrame
        The verdicts, in bigint columns.
    """

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for _, tables in cut(iter(batches), lambda _: _NO_CAP):
            # A generator, so that no name keeps a cell while the next one is read.
            yield from (_verdicts(work(to_chunk(table)), names) for table in tables)

    return arranged(rows, tasks, [HASH]).mapInArrow(run, _whole_numbers(names))


def _searched(
    batches: Iterable[pa.RecordBatch], work: Find, row_cap: int
) -> Iterator[tuple[Indices, Indices, NDArray[Any]]]:
    """Yields class, hash and candidates of the queries of each cell that has queries."""
    for _, tables in cut(iter(batches), lambda _: row_cap):
        first = next(tables)
        if first.column(HOME)[0].as_py():
            deque(tables, maxlen=0)  # no query, nothing to search
            continue
        yield work(to_chunk(table) for table in chain([first], tables))


def to_records(table: pa.Table, work: MergingWork) -> tuple[Indices, NDArray[Any]]:
    """Returns hashes and candidates of rows from :func:`find`, at least one."""
    part = table.combine_chunks()
    records = np.ascontiguousarray(from_blobs(part.column(FOUND).chunk(0)))
    return part.column(HASH).to_numpy(), records.view(work.record)[:, : work.wanted]


def _verdicts(table: Indices, names: Sequence[str]) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.array(column) for column in np.ascontiguousarray(table.T)], names=list(names))


def _whole_numbers(names: Sequence[str]) -> StructType:
    return StructType([StructField(name, LongType(), False) for name in names])


def _as_doubles(records: NDArray[Any]) -> NDArray[np.float64]:
    """Views records, shape (n, r), each as long as a whole number of doubles, as float64."""
    return np.ascontiguousarray(records).view(np.float64).reshape(len(records), -1)
