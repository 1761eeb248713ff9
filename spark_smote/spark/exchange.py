"""Streaming grouped execution: one shuffle by cell, one sort, then one Python pass that holds one cell at a time."""

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

from spark_smote.spark.arrow import from_blobs, lists, matrix
from spark_smote.spark.columns import CARRY, CELL, CLASS, FEATURES, HASH, HOME, OTHERS, QUOTA, TIE

SEED, NEIGHBOUR, GAP = "seed", "neighbour", "gap"


def feature(index: int) -> str:
    """Name of a column that holds one feature."""
    return f"feature{index}"


def copy(index: int) -> str:
    """Name of a column whose values are copied from real rows."""
    return f"copy{index}"


@dataclass(frozen=True)
class Chunk:
    """Rows of one cell, in the order of their content hashes: the whole cell, or as much as the row cap allows.

    Parameters
    ----------
    hashes : array of int64, shape (n,)
    features : array of float64, shape (n, d)
    home : array of bool, shape (n,)
        False for halo rows.
    classes : array of int64, shape (n,)
        Numbers of their classes.
    quotas, others : arrays of int64, shape (n,), or None
        Columns QUOTA and OTHERS of rows that have been weighed.
    carry : pyarrow.Array or None
        Structs of the columns that travel along untouched.
    """

    hashes: NDArray[np.int64]
    features: NDArray[np.float64]
    home: NDArray[np.bool_]
    classes: NDArray[np.int64]
    quotas: NDArray[np.int64] | None
    others: NDArray[np.int64] | None
    carry: pa.Array | None


class Block(Protocol):
    """Synthetic rows made from one chunk, as a kernel returns them."""

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

CellWork = Callable[[int, Iterator[Chunk]], Iterator[tuple[int, Chunk, Block]]]
"""Given a cell's number and its chunks, yields class, chunk and the block made from it."""


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
    """Bring each cell's rows together and run ``work`` on it.

    Parameters
    ----------
    rows : DataFrame
        Columns CELL, CLASS, HASH, FEATURES (packed or not), HOME, where rows carry other columns along TIE and CARRY,
        and where they have been weighed QUOTA and OTHERS.
    work : CellWork
        Called for every cell, also for one that is found without a row.
    cells : int
        Cells there are, numbered from 0.
    row_cap : callable
        A cell's number to the rows that a chunk of it may have; a larger cell comes in several chunks.
    tasks : int
        Number of shuffle partitions.
    width : int or None
        Number of features, to return each in a column of its own; None for one array of them.
    provenance : bool
        Whether to return the neighbour and the gap as well as the seed.
    copied : sequence of str
        Fields of CARRY to return from the rows that the work names for each.

    Returns
    -------
    DataFrame
        CLASS; FEATURES, or its elements as :func:`feature` names them; where rows carry more than is copied SEED (the
        seed's CARRY); with ``provenance`` NEIGHBOUR (the neighbour's CARRY) and GAP; what is copied, as :func:`copy`
        names it.
    """
    carry = cast(StructType, rows.schema[CARRY].dataType) if CARRY in rows.columns else StructType()
    carried = provenance or not set(carry.names) <= set(copied)
    fields = [StructField(CLASS, IntegerType(), False)]
    if width is None:
        fields.append(StructField(FEATURES, ArrayType(DoubleType(), False), False))
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
            # No name here may keep a chunk while the next cell is read.
            yield from (
                _to_batch(class_index, chunk, block, width is not None, carried, provenance, copied)
                for class_index, chunk, block in work(cell, chunks)
            )

    order = [HASH, TIE] if carry.names else [HASH]
    return arranged(_marked(rows, cells), tasks, order).mapInArrow(run, StructType(fields))


def _marked(rows: DataFrame, cells: int) -> DataFrame:
    """The rows, and before those of each cell one that is null but for the CELL: no cell can be missed."""
    columns = [
        (F.col("id") if name == CELL else F.lit(None)).cast(rows.schema[name].dataType).alias(name)
        for name in rows.columns
    ]
    return rows.union(rows.sparkSession.range(0, cells, 1, 1).select(*columns))


def arranged(rows: DataFrame, tasks: int, order: Sequence[str]) -> DataFrame:
    """Each CELL in one partition, sorted by CELL and ``order``: a stream for :func:`cut`."""
    return rows.repartition(tasks, CELL).sortWithinPartitions(CELL, *order)


def cut(
    batches: Iterator[pa.RecordBatch], row_cap: Callable[[int], int], marked: bool = False
) -> Iterator[tuple[int, Iterator[pa.Table]]]:
    """Cut a stream that is sorted by cell at the cells' borders.

    A cell above its cap comes in chunks of at least half the cap and less than twice: no chunk is ever left with too
    few rows to find neighbours in. Each cell's chunks must be used up before the next cell is asked for. If the cells
    are marked, the first row of each is left out, and there may be no other.
    """
    stream = _Stream(batches)
    while (cell := stream.cell()) is not None:
        yield cell, _chunks(stream, cell, row_cap(cell), int(marked))


def collect(rows: DataFrame, work: BatchWork) -> list[pa.RecordBatch]:
    """What ``work`` makes of each task's batches, brought to the driver: small results only.

    It is packed in the same Python pass, so that it arrives alike on classic Spark and Connect, whatever the session's
    settings, and without a second worker for each task.
    """

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in work(batches):
            sink = pa.BufferOutputStream()
            with pa.ipc.new_stream(sink, batch.schema) as writer:
                writer.write_batch(batch)
            yield pa.RecordBatch.from_arrays([pa.array([sink.getvalue().to_pybytes()], pa.binary())], ["packed"])

    packed = rows.mapInArrow(run, "packed binary").collect()
    return [batch for row in packed for batch in pa.ipc.open_stream(bytes(row["packed"]))]


class _Stream:
    """Batches with what is left of the current one pushed back."""

    def __init__(self, batches: Iterator[pa.RecordBatch]) -> None:
        self._batches = batches
        self._rest: pa.RecordBatch | None = None

    def cell(self) -> int | None:
        """The cell of the next row, None at the end."""
        while self._rest is None or not self._rest.num_rows:
            self._rest = next(self._batches, None)
            if self._rest is None:
                return None
        return int(self._rest.column(CELL)[0].as_py())

    def take(self, cell: int) -> pa.RecordBatch | None:
        """The next rows of this cell as far as the current batch goes, None when the cell is over."""
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
    # Put together here, so that the batches are let go before the rows are worked on.
    table = pa.Table.from_batches(cached).combine_chunks()
    del cached, batch
    for part in (slice(0, rows // 2), slice(rows // 2, rows)) if rows > cap else (slice(0, rows),):
        yield table.slice(part.start, part.stop - part.start)


def to_chunk(table: pa.Table) -> Chunk:
    """Rows of one cell, at least one, as arrays."""
    (rows,) = table.combine_chunks().to_batches()
    names, features = rows.schema.names, rows.column(FEATURES)
    return Chunk(
        hashes=rows.column(HASH).to_numpy(),
        features=matrix(features) if pa.types.is_list(features.type) else from_blobs(features),
        home=rows.column(HOME).to_numpy(zero_copy_only=False),
        classes=rows.column(CLASS).to_numpy().astype(np.int64),
        quotas=rows.column(QUOTA).to_numpy() if QUOTA in names else None,
        others=rows.column(OTHERS).to_numpy() if OTHERS in names else None,
        carry=rows.column(CARRY) if CARRY in names else None,
    )


def _to_batch(
    class_index: int, chunk: Chunk, block: Block, apart: bool, carried: bool, provenance: bool, copied: Sequence[str]
) -> pa.RecordBatch:
    columns = {CLASS: pa.array(np.full(len(block.seeds), class_index, dtype=np.int32))}
    if apart:
        columns |= {
            feature(index): pa.array(values) for index, values in enumerate(np.ascontiguousarray(block.features.T))
        }
    else:
        columns[FEATURES] = lists(block.features)
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
