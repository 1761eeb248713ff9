"""Weighs the rows of queries by the candidates that are brought to them, and counts or names what is found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, IntegerType, LongType, StructField, StructType

from spark_smote.errors import ChangedInputError
from spark_smote.spark.arrow import Rows, by_class, listed, lists, unpacked
from spark_smote.spark.columns import CARRY, CELL, CLASS, FEATURES, HASH, HOME, NEAR, OTHERS, QUOTA, TIE, not_null
from spark_smote.spark.exchange import arranged, collect, cut, unpacked_type
from spark_smote.spark.queries import FOUND, Indices, MergingWork, to_records

_NEAREST = StructType([StructField("label", IntegerType(), False), StructField("key", LongType(), False)])

Others = Mapping[int, bytes | Indices]
"""By bin, the measure of each row, such as its neighbours of other classes, in the order of the content hashes."""
Grouping = Callable[[int, NDArray[np.float64], Indices], Indices]
"""Takes a class number, rows of the class (n, d) and their neighbours of other classes (n,); returns groups (n,)."""
_Answered = tuple[pa.Table, Rows, Indices, NDArray[Any]]
"""Rows, their features, their neighbours of other classes, and their nearest rows."""


class WeighingWork(MergingWork, Protocol):
    """A kernel that computes weights and quotas; see :class:`spark_smote.kernels.neighbourhood.Weighing`."""

    @property
    def measured(self) -> np.dtype[Any]: ...
    def others(self, cell: int, nearest: NDArray[Any]) -> Indices: ...
    def weights(self, cell: int, features: NDArray[np.float64], others: Indices) -> Indices: ...
    def quotas(self, cell: int, before: int, weights: Indices) -> Indices: ...
    def checksum(self, hashes: Indices) -> int: ...
    def check(self, cell: int, weights: int, checksum: int) -> None: ...
    def histogram(self, others: Indices, weights: Indices) -> Indices: ...


def weigh(
    rows: DataFrame, found: DataFrame | Others, work: WeighingWork, *, row_cap: int, tasks: int, near: int = 0
) -> DataFrame:
    """Adds the quota of each row, by the candidates that are brought to it or by what planning found.

    Parameters
    ----------
    rows : DataFrame
        From :func:`spark_smote.spark.scans.to_cells`; CELL is the bin.
    found : DataFrame or mapping of bin to bytes
        From :func:`find`, or from :func:`histograms`.
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

    if isinstance(found, DataFrame):
        placed, answered = _together(rows, found, tasks, carried), partial(_answered, work=work)
    else:
        placed, answered = (
            arranged(rows, tasks, [HASH, *carried[:1]]),
            partial(_remembered, known=found, kind=work.measured),
        )

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for cell, tables in cut(iter(batches), lambda _: row_cap):
            before = checksum = 0
            for table, features, others, nearest in answered(cell, tables):
                checksum += work.checksum(table.column(HASH).to_numpy())
                weights = work.weights(cell, features, others)
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

    return placed.mapInArrow(run, StructType(fields))


def histograms(
    rows: DataFrame, found: DataFrame, work: WeighingWork, *, row_cap: int, tasks: int, remember: bool = False
) -> dict[int, tuple[Indices, int, bytes]]:
    """Counts the rows of each bin; a job runs.

    Parameters
    ----------
    rows, found, work, row_cap, tasks
        As for :func:`weigh`.
    remember : bool
        Whether to return the measure of each row.

    Returns
    -------
    dict of bin to tuple
        Histogram and checksum, as from ``work``, and the measures of the rows in the order of the content hashes.
    """

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for cell, tables in cut(iter(batches), lambda _: row_cap):
            total: Any = 0
            checksum, known = 0, b""
            for table, features, others, _ in _answered(cell, tables, work):
                checksum += work.checksum(table.column(HASH).to_numpy())
                total = total + work.histogram(others, work.weights(cell, features, others))
                known += others.astype(work.measured).tobytes() if remember else b""
            if not isinstance(total, int):
                yield pa.RecordBatch.from_arrays(
                    [
                        pa.array([cell], pa.int32()),
                        lists(total.reshape(1, -1)),
                        pa.array([checksum]),
                        pa.array([known]),
                    ],
                    names=[CELL, "histogram", "checksum", "known"],
                )

    counted = {}
    for batch in collect(_together(rows, found, tasks, []), run):
        cell, checksum, known = (batch.column(name)[0].as_py() for name in (CELL, "checksum", "known"))
        counted[cell] = batch.column("histogram").flatten().to_numpy(), checksum, known
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


def regrouped(rows: DataFrame, group: Grouping) -> DataFrame:
    """Replaces the class of weighed rows by the number of a group; rows of negative groups are left out.

    Parameters
    ----------
    rows : DataFrame
        From :func:`weigh`.
    group : callable
    """
    names = rows.columns

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for number, mine, features in by_class(batches):
            groups = group(number, features, mine.column(OTHERS).to_numpy())
            made = pa.Table.from_batches([mine]).append_column(FEATURES, listed(features)).select(names)
            at = made.schema.get_field_index(CLASS)
            made = made.set_column(at, CLASS, pa.array(groups.astype(np.int32)))
            yield from made.filter(pa.array(groups >= 0)).combine_chunks().to_batches()

    return rows.mapInArrow(run, rows.schema)


def _together(rows: DataFrame, found: DataFrame, tasks: int, carried: list[str]) -> DataFrame:
    names = [CELL, CLASS, HASH, HOME, FOUND]
    ours = rows.withColumn(FOUND, F.lit(None).cast("binary")).select(*names, FEATURES, *carried)
    empty = [F.lit(None).cast(rows.schema[name].dataType).alias(name) for name in (FEATURES, *carried)]
    theirs = found.select(*names, *empty)
    # Candidates come first: they are few, and stay in memory while the rows are streamed.
    return arranged(ours.union(theirs), tasks, [HOME, HASH, *carried[:1]])


def _answered(cell: int, tables: Iterator[pa.Table], work: WeighingWork) -> Iterator[_Answered]:
    """Yields the rows of one bin chunk by chunk, after the candidates of the queries."""
    hashes: list[Indices] = []
    found: list[NDArray[Any]] = []
    merged = None
    for table in tables:
        findings = int(np.searchsorted(table.column(HOME).to_numpy(), True))
        if findings:
            own, records = to_records(table.slice(0, findings), work)
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
            nearest = merged[1][at]
            yield rows, unpacked(rows.column(FEATURES).chunk(0)), work.others(cell, nearest), nearest


def _remembered(cell: int, tables: Iterator[pa.Table], known: Others, kind: np.dtype[Any]) -> Iterator[_Answered]:
    """Yields the rows of one bin chunk by chunk."""
    own, before = known.get(cell, b""), 0
    others = np.frombuffer(own, dtype=kind).astype(np.int64) if isinstance(own, bytes) else own
    for table in tables:
        rows = table.combine_chunks()
        part = others[before : before + rows.num_rows]
        if len(part) < rows.num_rows:
            raise _unanswered()
        before += rows.num_rows
        yield rows, unpacked(rows.column(FEATURES).chunk(0)), part, np.empty((rows.num_rows, 0))


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
