"""Two exchanges: rows and queries meet in cells, and what was found there meets the queries' own rows again."""

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
    BooleanType,
    DoubleType,
    IntegerType,
    LongType,
    StructField,
    StructType,
)

from spark_smote.errors import ChangedInputError
from spark_smote.spark.arrow import blobs, from_blobs, lists
from spark_smote.spark.columns import CARRY, CELL, CLASS, FEATURES, HASH, HOME, NEAR, OTHERS, QUOTA, TIE
from spark_smote.spark.exchange import Chunk, arranged, collect, cut, to_chunk

_FOUND = "found"
_NEAREST = StructType([StructField("label", IntegerType(), False), StructField("key", LongType(), False)])

Indices = NDArray[np.int64]
Find = Callable[[Iterator[Chunk]], tuple[Indices, Indices, NDArray[Any]]]
"""Chunks of one cell, rows that are not at home first, to classes and hashes of the queries and records found."""
BinOf = Callable[[Indices, Indices], Indices]
"""Classes and content hashes to bins."""


class MergingWork(Protocol):
    """How a kernel merges the records found for the rows of one bin."""

    @property
    def record(self) -> np.dtype[Any]: ...
    @property
    def wanted(self) -> int: ...
    def merge(self, cell: int, hashes: Indices, found: NDArray[Any]) -> tuple[Indices, NDArray[Any]]: ...


class JudgingWork(MergingWork, Protocol):
    """What it makes of them for cleaning."""

    def verdicts(self, cell: int, hashes: Indices, nearest: NDArray[Any]) -> Indices: ...


class WeighingWork(MergingWork, Protocol):
    """What it makes of them for over-sampling."""

    def weights(self, cell: int, features: NDArray[np.float64], nearest: NDArray[Any]) -> tuple[Indices, Indices]: ...
    def quotas(self, cell: int, before: int, weights: Indices) -> Indices: ...
    def checksum(self, hashes: Indices) -> int: ...
    def check(self, cell: int, weights: int, checksum: int) -> None: ...
    def histogram(self, others: Indices, weights: Indices) -> Indices: ...


def find(rows: DataFrame, work: Find, bin_of: BinOf, *, row_cap: int, tasks: int) -> DataFrame:
    """Search each cell for the nearest rows of its queries.

    Parameters
    ----------
    rows : DataFrame
        Columns CELL, CLASS, HASH, FEATURES (packed) and HOME: true for rows to search, false for queries.
    work : callable
    bin_of : callable
    row_cap : int
        Rows that a chunk of a cell may have.
    tasks : int
        Number of shuffle partitions.

    Returns
    -------
    DataFrame
        CELL (the query's bin), CLASS, HASH, HOME (false), what was found, and no FEATURES.
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
                    pa.nulls(len(hashes), pa.binary()),
                ],
                names=[CELL, CLASS, HASH, HOME, _FOUND, FEATURES],
            )

    schema = StructType(
        [
            StructField(CELL, IntegerType(), False),
            StructField(CLASS, IntegerType(), False),
            StructField(HASH, LongType(), False),
            StructField(HOME, BooleanType(), False),
            StructField(_FOUND, BinaryType()),
            StructField(FEATURES, BinaryType()),
        ]
    )
    return arranged(rows, tasks, [HOME, HASH]).mapInArrow(run, schema)


def judge_at_once(
    rows: DataFrame, search: Find, work: JudgingWork, names: Sequence[str], *, row_cap: int, tasks: int
) -> DataFrame:
    """Search and judge in one pass, where each query stands in one cell only.

    Parameters
    ----------
    rows, search, row_cap, tasks
        As for :func:`find`.
    work : Judging
        Its bins are the classes.
    names : sequence of str
        Of the columns of the verdicts.

    Returns
    -------
    DataFrame
        The verdicts, one bigint column each.
    """

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for classes, hashes, found in _searched(batches, search, row_cap):
            for number in np.unique(classes).tolist():
                own = classes == number
                yield _verdicts(work.verdicts(number, *work.merge(number, hashes[own], found[own])), names)

    return arranged(rows, tasks, [HOME, HASH]).mapInArrow(run, _whole_numbers(names))


def judge(found: DataFrame, work: JudgingWork, names: Sequence[str], *, row_cap: int, tasks: int) -> DataFrame:
    """Merge what was found in several cells, and judge; parameters as for :func:`find` and :func:`judge_at_once`."""

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for cell, tables in cut(iter(batches), lambda _: row_cap):
            parts = [_findings(table, work) for table in tables]
            hashes, records = (np.concatenate(column) for column in zip(*parts, strict=True))
            yield _verdicts(work.verdicts(cell, *work.merge(cell, hashes, records)), names)

    return arranged(found, tasks, [HASH]).mapInArrow(run, _whole_numbers(names))


def weigh(
    rows: DataFrame, found: DataFrame, work: WeighingWork, *, row_cap: int, tasks: int, near: int = 0
) -> DataFrame:
    """Bring what was found to the rows that asked, and add what each row owes.

    Parameters
    ----------
    rows : DataFrame
        As :func:`spark_smote.spark.scans.to_cells` returns them, CELL being their bin.
    found : DataFrame
        As from :func:`find`.
    work : Weighing
    row_cap, tasks : int
        As for :func:`find`.
    near : int
        How many of the nearest rows to name. Rows without weight are then left out.

    Returns
    -------
    DataFrame
        CLASS, HASH, FEATURES (array<double>), TIE and CARRY where there, QUOTA, OTHERS and, where ``near`` is given,
        CELL and NEAR, an array of structs of class and content hash.
    """
    carried = [name for name in (TIE, CARRY) if name in rows.columns]
    fields = [StructField(CLASS, IntegerType(), False), StructField(HASH, LongType(), False)]
    fields.append(StructField(FEATURES, ArrayType(DoubleType(), False), False))
    fields.extend(rows.schema[name] for name in carried)
    fields.extend(StructField(name, LongType(), False) for name in (QUOTA, OTHERS))
    if near:
        fields.append(StructField(CELL, IntegerType(), False))
        fields.append(StructField(NEAR, ArrayType(_NEAREST, False), False))

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for cell, tables in cut(iter(batches), lambda _: row_cap):
            before = checksum = 0
            for table, features, nearest in _answered(cell, tables, work):
                checksum += work.checksum(table.column(HASH).to_numpy())
                others, weights = work.weights(cell, features, nearest)
                quotas = work.quotas(cell, before, weights)
                before += int(weights.sum())
                columns = [table.column(CLASS), table.column(HASH), lists(features)]
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
    """For each bin, what ``work.histogram`` and ``work.checksum`` say of its rows; parameters as for :func:`weigh`."""

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
    """Weighed rows at home in their bins, and beside them, not at home, the rows that they name as nearest.

    Parameters
    ----------
    weighed : DataFrame
        As from :func:`weigh` with ``near``.
    rows : DataFrame
        CLASS, HASH, FEATURES, and TIE and CARRY where there, of all rows.
    k : int
        Of more equal rows than this the rest is left out.

    Returns
    -------
    DataFrame
        Columns as :func:`spark_smote.spark.exchange.synthesise` takes them; no row stands in a bin twice.
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
    names = [CELL, CLASS, HASH, HOME, _FOUND, FEATURES]
    ours = rows.withColumn(_FOUND, F.lit(None).cast("binary")).select(*names, *carried)
    empty = [F.lit(None).cast(rows.schema[name].dataType).alias(name) for name in carried]
    theirs = found.select(*names, *empty)
    # Findings come first: they are few, and held while the rows stream past.
    return arranged(ours.union(theirs), tasks, [HOME, HASH, *carried[:1]])


def _searched(
    batches: Iterable[pa.RecordBatch], work: Find, row_cap: int
) -> Iterator[tuple[Indices, Indices, NDArray[Any]]]:
    """Of each cell that has queries, their classes and hashes, and what was found."""
    for _, tables in cut(iter(batches), lambda _: row_cap):
        first = next(tables)
        if first.column(HOME)[0].as_py():
            deque(tables, maxlen=0)  # no query, nothing to search
            continue
        yield work(to_chunk(table) for table in chain([first], tables))


def _findings(table: pa.Table, work: MergingWork) -> tuple[Indices, NDArray[Any]]:
    """Hashes and records of rows that :func:`find` returned, at least one."""
    part = table.combine_chunks()
    records = np.ascontiguousarray(from_blobs(part.column(_FOUND).chunk(0)))
    return part.column(HASH).to_numpy(), records.view(work.record)[:, : work.wanted]


def _verdicts(table: Indices, names: Sequence[str]) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.array(column) for column in np.ascontiguousarray(table.T)], names=list(names))


def _whole_numbers(names: Sequence[str]) -> StructType:
    return StructType([StructField(name, LongType(), False) for name in names])


def _answered(
    cell: int, tables: Iterator[pa.Table], work: WeighingWork
) -> Iterator[tuple[pa.Table, NDArray[np.float64], NDArray[Any]]]:
    """The rows of one bin, chunk by chunk: the table, the features and the nearest rows of each."""
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
            yield rows, from_blobs(rows.column(FEATURES).chunk(0)), merged[1][at]


def _unanswered() -> ChangedInputError:
    return ChangedInputError.of("rows have turned up that were not there when the nearest of all rows were searched")


def _named(nearest: NDArray[Any]) -> pa.Array:
    flat = nearest.ravel()
    structs = pa.StructArray.from_arrays(
        [pa.array(flat["label"].astype(np.int32)), pa.array(np.ascontiguousarray(flat["key"]))],
        names=["label", "key"],
    )
    offsets = np.arange(0, len(flat) + 1, nearest.shape[1], dtype=np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), structs)


def _as_doubles(records: NDArray[Any]) -> NDArray[np.float64]:
    """Records, a whole number of doubles long each, shape (n, r), as they lie in memory."""
    return np.ascontiguousarray(records).view(np.float64).reshape(len(records), -1)
