"""Search in all classes by two shuffles: queries meet rows in cells, then candidates meet the queries' own rows."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F
from pyspark.sql.types import (
    ArrayType,
    BinaryType,
    IntegerType,
    LongType,
    StructField,
    StructType,
)

from spark_smote.errors import ChangedInputError
from spark_smote.spark.arrow import Rows, blobs, from_blobs, listed, lists, unpacked
from spark_smote.spark.columns import CARRY, CELL, CLASS, FEATURES, HASH, HOME, NEAR, OTHERS, QUOTA, TIE, not_null
from spark_smote.spark.exchange import Chunk, arranged, collect, cut, to_chunk, unpacked_type

_FOUND = "found"
_NEAREST = StructType([StructField("label", IntegerType(), False), StructField("key", LongType(), False)])

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


class WeighingWork(MergingWork, Protocol):
    """A kernel that computes weights and quotas; see :class:`spark_smote.kernels.neighbourhood.Weighing`."""

    def weights(self, cell: int, features: NDArray[np.float64], nearest: NDArray[Any]) -> tuple[Indices, Indices]: ...
    def quotas(self, cell: int, before: int, weights: Indices) -> Indices: ...
    def checksum(self, hashes: Indices) -> int: ...
    def check(self, cell: int, weights: int, checksum: int) -> None: ...
    def histogram(self, others: Indices, weights: Indices) -> Indices: ...


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
                names=[CELL, CLASS, HASH, HOME, _FOUND],
            )

    schema = StructType([*not_null(CELL, CLASS, HASH, HOME), StructField(_FOUND, BinaryType())])
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
            parts = [_findings(table, work) for table in tables]
            hashes, records = (np.concatenate(column) for column in zip(*parts, strict=True))
            yield _verdicts(work.verdicts(cell, *work.merge(cell, hashes, records)), names)

    return arranged(found, tasks, [HASH]).mapInArrow(run, _whole_numbers(names))


def weigh(
    rows: DataFrame, found: DataFrame, work: WeighingWork, *, row_cap: int, tasks: int, near: int = 0
) -> DataFrame:
    """Brings candidates to the rows of the queries, and adds the quota of each row.

    Parameters
    ----------
    rows : DataFrame
        From :func:`spark_smote.spark.scans.to_cells`; CELL is the bin.
    found : DataFrame
        From :func:`find`.
    work : Weighing
    row_cap, tasks : int
        As for :func:`find`.
    near : int
        Number of nearest rows to return for each row. If above 0, rows without weight are left out.

    Returns
    -------
    DataFrame
        CLASS, HASH, FEATURES (array<double>), TIE and CARRY if given, QUOTA and OTHERS; with ``near``, CELL and NEAR
        (an array of structs of class and content hash).

    Raises
    ------
    ChangedInputError
        While Spark computes the result, if the rows differ from those searched or planned.
    """
    carried = [name for name in (TIE, CARRY) if name in rows.columns]
    fields = [*not_null(CLASS, HASH), StructField(FEATURES, unpacked_type(rows), False)]
    fields += [*(rows.schema[name] for name in carried), *not_null(QUOTA, OTHERS)]
    if near:
        fields += [*not_null(CELL), StructField(NEAR, ArrayType(_NEAREST, False), False)]

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for cell, tables in cut(iter(batches), lambda _: row_cap):
            before = checksum = 0
            for table, features, nearest in _answered(cell, tables, work):
                checksum += work.checksum(table.column(HASH).to_numpy())
                others, weights = work.weights(cell, features, nearest)
                quotas = work.quotas(cell, before, weights)
                before += int(weights.sum())
                columns = [table.column(CLASS), table.column(HASH), listed(features)]
                columns += [table.column(name) for name in carried] + [pa.array(quotas), pa.array(others)]
                if near:
                    columns += [table.column(CELL), _named(nearest[:, :near])]
                made = pa.Table.from_arrays(columns, names=[field.name for field in fields])
                kept = made.filter(pa.array(weights > 0)) if near else made
                yield from kept.combine_chunks().to_batches()
            work.check(cell, before, checksum)

    return _together(rows, found, tasks, carried).mapInArrow(run, StructType(fields))


def histograms(
    rows: DataFrame, found: DataFrame, work: WeighingWork, *, row_cap: int, tasks: int
) -> dict[int, tuple[Indices, int]]:
    """Returns histogram and checksum of each bin, as from ``work``; parameters as for :func:`weigh`."""

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for cell, tables in cut(iter(batches), lambda _: row_cap):
            total: Any = 0
            checksum = 0
            for table, features, nearest in _answered(cell, tables, work):
                checksum += work.checksum(table.column(HASH).to_numpy())
                total = total + work.histogram(*work.weights(cell, features, nearest))
            if not isinstance(total, int):
                yield pa.RecordBatch.from_arrays(
                    [pa.array([cell], pa.int32()), lists(total.reshape(1, -1)), pa.array([checksum], pa.int64())],
                    names=[CELL, "histogram", "checksum"],
                )

    counted: dict[int, tuple[Indices, int]] = {}
    for batch in collect(_together(rows, found, tasks, []), run):
        cell, checksum = batch.column(CELL)[0].as_py(), batch.column("checksum")[0].as_py()
        counted[cell] = batch.column("histogram").flatten().to_numpy(), checksum
    return counted


def with_nearest(weighed: DataFrame, rows: DataFrame, k: int) -> DataFrame:
    """Puts weighed rows (home) and their nearest rows (not home) together in the bins of the weighed rows.

    Parameters
    ----------
    weighed : DataFrame
        From :func:`weigh` with ``near``.
    rows : DataFrame
        CLASS, HASH, FEATURES, and TIE and CARRY if given, of all rows.
    k : int
        Maximum number of equal rows to keep as neighbours.

    Returns
    -------
    DataFrame
        Input for :func:`spark_smote.spark.exchange.synthesise`; each row is in a bin at most once.
    """
    carried = [name for name in (TIE, CARRY) if name in rows.columns]
    names = [CELL, CLASS, HASH, FEATURES, HOME, *carried, QUOTA, OTHERS]
    at_home = weighed.withColumn(HOME, F.lit(True)).select(*names)
    named = weighed.select(CELL, F.explode(NEAR).alias("one")).select(
        CELL, F.col("one.label").alias(CLASS), F.col("one.key").alias(HASH)
    )
    wanted = named.distinct().join(at_home.select(CELL, CLASS, HASH).distinct(), [CELL, CLASS, HASH], "left_anti")
    equal = Window.partitionBy(CELL, CLASS, HASH).orderBy(carried[0] if carried else HASH)
    beside = (
        wanted.join(rows, [CLASS, HASH])
        .withColumn("equal", F.row_number().over(equal))
        .filter(F.col("equal") <= k)
        .withColumn(HOME, F.lit(False))
        .withColumn(QUOTA, F.lit(0).cast("long"))
        .withColumn(OTHERS, F.lit(0).cast("long"))
    )
    return at_home.union(beside.select(*names))


def _together(rows: DataFrame, found: DataFrame, tasks: int, carried: list[str]) -> DataFrame:
    names = [CELL, CLASS, HASH, HOME, _FOUND]
    ours = rows.withColumn(_FOUND, F.lit(None).cast("binary")).select(*names, FEATURES, *carried)
    empty = [F.lit(None).cast(rows.schema[name].dataType).alias(name) for name in (FEATURES, *carried)]
    theirs = found.select(*names, *empty)
    # Candidates come first: they are few, and stay in memory while the rows are streamed.
    return arranged(ours.union(theirs), tasks, [HOME, HASH, *carried[:1]])


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


def _findings(table: pa.Table, work: MergingWork) -> tuple[Indices, NDArray[Any]]:
    """Returns hashes and candidates of rows from :func:`find`, at least one."""
    part = table.combine_chunks()
    records = np.ascontiguousarray(from_blobs(part.column(_FOUND).chunk(0)))
    return part.column(HASH).to_numpy(), records.view(work.record)[:, : work.wanted]


def _verdicts(table: Indices, names: Sequence[str]) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.array(column) for column in np.ascontiguousarray(table.T)], names=list(names))


def _whole_numbers(names: Sequence[str]) -> StructType:
    return StructType([StructField(name, LongType(), False) for name in names])


def _answered(
    cell: int, tables: Iterator[pa.Table], work: WeighingWork
) -> Iterator[tuple[pa.Table, Rows, NDArray[Any]]]:
    """Yields the rows of one bin chunk by chunk: table, features, and nearest rows of each row."""
    hashes: list[Indices] = []
    found: list[NDArray[Any]] = []
    merged = None
    for table in tables:
        findings = int(np.searchsorted(table.column(HOME).to_numpy(), True))
        if findings:
            own, records = _findings(table.slice(0, findings), work)
            hashes.append(own)
            found.append(records)
        rows = table.slice(findings).combine_chunks()
        if rows.num_rows:
            if not found:
                raise _unanswered()
            if merged is None:
                merged = work.merge(cell, np.concatenate(hashes), np.concatenate(found))
            own = rows.column(HASH).to_numpy()
            at = np.searchsorted(merged[0], own)
            if not np.array_equal(merged[0][np.minimum(at, len(merged[0]) - 1)], own):
                raise _unanswered()
            yield rows, unpacked(rows.column(FEATURES).chunk(0)), merged[1][at]


def _unanswered() -> ChangedInputError:
    return ChangedInputError.of("rows have been added since the nearest rows were searched")


def _named(nearest: NDArray[Any]) -> pa.Array:
    flat = nearest.ravel()
    structs = pa.StructArray.from_arrays(
        [pa.array(flat["label"].astype(np.int32)), pa.array(np.ascontiguousarray(flat["key"]))],
        names=["label", "key"],
    )
    offsets = np.arange(0, len(flat) + 1, nearest.shape[1], dtype=np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), structs)


def _as_doubles(records: NDArray[Any]) -> NDArray[np.float64]:
    """Views records, shape (n, r), each as long as a whole number of doubles, as float64."""
    return np.ascontiguousarray(records).view(np.float64).reshape(len(records), -1)
