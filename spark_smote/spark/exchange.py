"""Streaming grouped execution: one shuffle by cell, one sort, and one Python pass with one cell in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, DoubleType, IntegerType, StructField, StructType

from spark_smote.spark.arrow import Rows, listed, unpacked
from spark_smote.spark.columns import CARRY, CELL, CLASS, FEATURES, HASH, HOME, OTHERS, QUOTA, TIE
from spark_smote.spark.pairs import PAIRS, is_pairs
from spark_smote.spark.partitions import partition_keys

SEED, NEIGHBOUR, GAP = "seed", "neighbour", "gap"
_PACKED = "packed binary"
_MERGING_TASKS = 64
_MANY_CLASSES = 256


def feature(index: int) -> str:
    """Returns the name of the column of one feature."""
    return f"feature{index}"


def copy(index: int) -> str:
    """Returns the name of a column whose values are copied from real rows."""
    return f"copy{index}"


@dataclass(frozen=True)
class Chunk:
    """Rows of one cell, in the order of their content hashes: the whole cell, or a part within the row cap.

    Parameters
    ----------
    hashes : array of int64, shape (n,)
        Content hashes.
    features : array of float64 or csr_array, shape (n, d)
    home : array of bool, shape (n,)
        False for halo rows.
    classes : array of int64, shape (n,)
        Class numbers.
    quotas, others : arrays of int64, shape (n,), or None
        Columns QUOTA and OTHERS of weighed rows.
    carry : pyarrow.Array or None
        Structs of columns that are carried along unchanged.
    """

    hashes: NDArray[np.int64]
    features: Rows
    home: NDArray[np.bool_]
    classes: NDArray[np.int64]
    quotas: NDArray[np.int64] | None
    others: NDArray[np.int64] | None
    carry: pa.Array | None


class Block(Protocol):
    """Synthetic rows made from one chunk by a kernel; see :class:`spark_smote.kernels.synthetic.Synthetic`."""

    @property
    def seeds(self) -> NDArray[np.int64]: ...
    @property
    def neighbours(self) -> NDArray[np.int64] | None: ...
    @property
    def gaps(self) -> NDArray[np.float64]: ...
    @property
    def features(self) -> NDArray[np.float64]: ...
    @property
    def categories(self) -> NDArray[np.int64] | None: ...


BatchWork = Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]
"""Takes the batches of a task; yields batches."""

CellWork = Callable[[int, Iterator[Chunk]], Iterator[tuple[int | NDArray[np.int64], Chunk, Block]]]
"""Takes the number of a cell and its chunks; yields class number, or that of each row, chunk, and a block of it."""


def synthesise(
    rows: DataFrame,
    work: CellWork,
    *,
    cells: int,
    row_cap: Callable[[int], int],
    tasks: int,
    width: int | None,
    provenance: bool,
    copied: Sequence[str] = (),
) -> DataFrame:
    """Collects the rows of each cell in one task, and runs ``work`` on the cell.

    Parameters
    ----------
    rows : DataFrame
        Columns CELL, CLASS, HASH, FEATURES (packed or not) and HOME; TIE and CARRY if other columns are carried along;
        QUOTA and OTHERS if the rows are weighed.
    work : CellWork
        Called for every cell, including cells without rows.
    cells : int
        Number of cells; cells are numbered from 0.
    row_cap : callable
        Takes the number of a cell; returns the row cap of its chunks. A larger cell is split into several chunks.
    tasks : int
        Number of shuffle partitions.
    width : int or None
        Number of features, to return each in its own column; None to return one array.
    provenance : bool
        Whether to return neighbour and gap in addition to the seed.
    copied : sequence of str
        Fields of CARRY to copy from the rows that a block names in ``categories``.

    Returns
    -------
    DataFrame
        CLASS; FEATURES, or one column for each feature, named by :func:`feature`; SEED (the seed's CARRY) if more is
        carried than copied; NEIGHBOUR (the neighbour's CARRY) and GAP with ``provenance``; the copied fields, named by
        :func:`copy`.
    """
    carry = cast(StructType, rows.schema[CARRY].dataType) if CARRY in rows.columns else StructType()
    carried = provenance or not set(carry.names) <= set(copied)
    fields = [StructField(CLASS, IntegerType(), False)]
    if width is None:
        fields.append(StructField(FEATURES, unpacked_type(rows), False))
    else:
        fields.extend(StructField(feature(index), DoubleType(), False) for index in range(width))
    if carried:
        fields.append(StructField(SEED, carry, False))
    if provenance:
        fields.append(StructField(NEIGHBOUR, carry, True))
        fields.append(StructField(GAP, DoubleType(), False))
    fields.extend(StructField(copy(i), carry[name].dataType, carry[name].nullable) for i, name in enumerate(copied))

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for cell, tables in cut(iter(batches), row_cap, marked=True):
            chunks = (to_chunk(table) for table in tables)
            # A generator, so that no name keeps a chunk while the next cell is read.
            yield from (
                _to_batch(class_index, chunk, block, width is not None, carried, provenance, copied)
                for class_index, chunk, block in work(cell, chunks)
            )

    order = [HASH, TIE] if carry.names else [HASH]
    return arranged(marked(rows, cells), tasks, order).mapInArrow(run, StructType(fields))


def unpacked_type(rows: DataFrame) -> ArrayType:
    """Type of the column that :func:`spark_smote.spark.arrow.listed` makes of the FEATURES of these rows."""
    return PAIRS if is_pairs(rows.schema[FEATURES].dataType) else ArrayType(DoubleType(), False)


def marked(rows: DataFrame, cells: int) -> DataFrame:
    """Adds a marker row for each cell, null except for CELL, which sorts first: no cell can be missed."""
    marker = rows.sparkSession.range(0, cells, 1, 1).selectExpr(f"CAST(id AS INT) AS {CELL}")
    return rows.unionByName(marker, allowMissingColumns=True)


def arranged(rows: DataFrame, tasks: int, order: Sequence[str]) -> DataFrame:
    """Deals each CELL to one partition, sorted by CELL and ``order``, as input of :func:`cut`."""
    key = F.element_at(F.array(*map(F.lit, partition_keys(tasks))), F.col(CELL) % tasks + 1)
    return rows.repartition(tasks, key).sortWithinPartitions(CELL, *order)


def by_runs(rows: DataFrame, classes: int) -> DataFrame:
    """Sorts rows by CLASS if there are so many classes that a batch would have a few rows of each.

    Work for a class in a batch takes some time, however few its rows are.
    """
    return rows if classes <= _MANY_CLASSES else rows.repartition(CLASS).sortWithinPartitions(CLASS)


def cut(
    batches: Iterator[pa.RecordBatch], row_cap: Callable[[int], int], marked: bool = False
) -> Iterator[tuple[int, Iterator[pa.Table]]]:
    """Cuts a stream of rows, sorted by cell, into cells and chunks.

    A cell above its cap is split into chunks of at least half and less than twice the cap, so that every chunk has
    enough rows to find neighbours in. Consume all chunks of a cell before the next cell.

    Parameters
    ----------
    batches : iterator of pyarrow.RecordBatch
        With the column CELL, ascending.
    row_cap : callable
        Takes the number of a cell; returns the row cap of its chunks.
    marked : bool
        Whether the first row of each cell is a marker row, which is left out.

    Yields
    ------
    cell : int
    chunks : iterator of pyarrow.Table
    """
    stream = _Stream(batches)
    while (cell := stream.cell()) is not None:
        yield cell, _chunks(stream, cell, row_cap(cell), int(marked))


def collect(rows: DataFrame, work: BatchWork, merge: BatchWork | None = None) -> list[pa.RecordBatch]:
    """Applies ``work`` to the batches of each task and collects the results, which must be small, on the driver.

    The results are packed in the same Python pass, so they are the same on classic Spark and Connect with any settings
    of the session, and need no second worker for each task.

    Parameters
    ----------
    rows : DataFrame
    work : BatchWork
    merge : BatchWork, optional
        Merges the results of several tasks. With it, the driver gets the results of 64 tasks, however many there are.
    """
    results = rows.mapInArrow(_packing(work), _PACKED)
    if merge is not None:
        results = results.repartition(_MERGING_TASKS).mapInArrow(_packing(merge, packed=True), _PACKED)
    return [batch for row in results.collect() for batch in pa.ipc.open_stream(bytes(row["packed"]))]


def _packing(work: BatchWork, packed: bool = False) -> BatchWork:
    """Packs each batch that ``work`` yields into one binary value; takes such values too if they are ``packed``."""

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        if packed:
            batches = (
                one for batch in batches for value in batch.column(0) for one in pa.ipc.open_stream(value.as_py())
            )
        for batch in work(batches):
            sink = pa.BufferOutputStream()
            with pa.ipc.new_stream(sink, batch.schema) as writer:
                writer.write_batch(batch)
            yield pa.RecordBatch.from_arrays([pa.array([sink.getvalue().to_pybytes()], pa.binary())], ["packed"])

    return run


class _Stream:
    """A stream of batches that keeps the unread rest of the current batch."""

    def __init__(self, batches: Iterator[pa.RecordBatch]) -> None:
        self._batches = batches
        self._rest: pa.RecordBatch | None = None

    def cell(self) -> int | None:
        """Returns the cell of the next row, or None at the end of the stream."""
        while self._rest is None or not self._rest.num_rows:
            self._rest = next(self._batches, None)
            if self._rest is None:
                return None
        return int(self._rest.column(CELL)[0].as_py())

    def take(self, cell: int) -> pa.RecordBatch | None:
        """Returns the next rows of this cell within the current batch, or None at the end of the cell."""
        if self.cell() != cell or self._rest is None:
            return None
        cells = self._rest.column(CELL).to_numpy()
        end = int(np.searchsorted(cells, cell, side="right"))
        taken, self._rest = self._rest.slice(0, end), self._rest.slice(end)
        return taken


def _chunks(stream: _Stream, cell: int, cap: int, marks: int) -> Iterator[pa.Table]:
    cached: list[pa.RecordBatch] = []
    rows = 0
    while (batch := stream.take(cell)) is not None:
        batch, marks = batch.slice(marks), 0
        cached.append(batch)
        rows += batch.num_rows
        while rows >= 2 * cap:
            table = pa.Table.from_batches(cached)
            yield table.slice(0, cap)
            cached, rows = table.slice(cap).to_batches(), rows - cap
    if not rows:
        return
    # Combined here, so that the batches are freed before the rows are processed.
    table = pa.Table.from_batches(cached).combine_chunks()
    del cached, batch
    for part in (slice(0, rows // 2), slice(rows // 2, rows)) if rows > cap else (slice(0, rows),):
        yield table.slice(part.start, part.stop - part.start)


def to_chunk(table: pa.Table) -> Chunk:
    """Converts rows of one cell, at least one, to arrays."""
    (rows,) = table.combine_chunks().to_batches()
    names, features = rows.schema.names, rows.column(FEATURES)
    return Chunk(
        hashes=rows.column(HASH).to_numpy(),
        features=unpacked(features),
        home=rows.column(HOME).to_numpy(zero_copy_only=False),
        classes=rows.column(CLASS).to_numpy().astype(np.int64),
        quotas=rows.column(QUOTA).to_numpy() if QUOTA in names else None,
        others=rows.column(OTHERS).to_numpy() if OTHERS in names else None,
        carry=rows.column(CARRY) if CARRY in names else None,
    )


def _to_batch(
    class_index: int | NDArray[np.int64],
    chunk: Chunk,
    block: Block,
    apart: bool,
    carried: bool,
    provenance: bool,
    copied: Sequence[str],
) -> pa.RecordBatch:
    columns = {CLASS: pa.array(np.full(len(block.seeds), class_index, dtype=np.int32))}
    if apart:
        columns |= {
            feature(index): pa.array(values) for index, values in enumerate(np.ascontiguousarray(block.features.T))
        }
    else:
        columns[FEATURES] = listed(block.features)
    if carried and chunk.carry is not None:
        columns[SEED] = chunk.carry.take(pa.array(block.seeds))
        if provenance and block.neighbours is not None:
            columns[NEIGHBOUR] = chunk.carry.take(pa.array(block.neighbours))
        elif provenance:
            columns[NEIGHBOUR] = pa.nulls(len(block.seeds), chunk.carry.type)
    if provenance:
        columns[GAP] = pa.array(block.gaps)
    if chunk.carry is not None and block.categories is not None:
        for index, (name, rows) in enumerate(zip(copied, block.categories.T, strict=True)):
            columns[copy(index)] = chunk.carry.field(name).take(pa.array(rows))
    return pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))
