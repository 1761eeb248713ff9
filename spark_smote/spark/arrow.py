"""Arrow tables and NumPy arrays, for use in Python workers: importing this takes no time.

What a worker's function refers to must not stand in a module that imports pyspark.ml, for each worker would import it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from spark_smote.spark.columns import CLASS, FEATURES

Split = Callable[[int, NDArray[np.float64]], NDArray[np.int64]]
"""A class's number and rows of it, shape (n, d), to the number of each row's group, shape (n,)."""


def matrix(column: pa.Array) -> NDArray[np.float64]:
    """A list<double> column of equal lengths as an array of shape (n, d)."""
    values = column.flatten().to_numpy(zero_copy_only=False)
    return values.reshape(len(column), -1) if len(column) else np.empty((0, 0))


def lists(values: NDArray[Any]) -> pa.Array:
    """An array of shape (n, d) as a list column."""
    rows, width = values.shape
    offsets = np.arange(0, (rows + 1) * width, width, dtype=np.int32) if width else np.zeros(rows + 1, np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), pa.array(values.ravel()))


def blobs(values: NDArray[np.float64]) -> pa.Array:
    """An array of shape (n, d) as a binary column, a row's doubles side by side."""
    rows, width = values.shape
    offsets = np.arange(rows + 1) * (8 * width)
    if offsets[-1] >= 1 << 31:
        raise ValueError(f"{rows} rows of {width} doubles are too many for one binary column")
    data = pa.py_buffer(np.ascontiguousarray(values))
    return pa.Array.from_buffers(pa.binary(), rows, [None, pa.py_buffer(offsets.astype(np.int32)), data])


def from_blobs(column: pa.Array) -> NDArray[np.float64]:
    """A column made by :func:`blobs` as an array of shape (n, d), n > 0."""
    # A session may be set to give it 64-bit offsets.
    kind = np.int64 if pa.types.is_large_binary(column.type) else np.int32
    _, offsets, data = column.buffers()
    first, last = np.frombuffer(offsets, dtype=kind)[[column.offset, column.offset + len(column)]]
    return np.frombuffer(data, dtype=np.float64, count=(last - first) // 8, offset=first).reshape(len(column), -1)


def by_class(
    batches: Iterable[pa.RecordBatch], split: Split | None = None
) -> Iterator[tuple[int, pa.RecordBatch, NDArray[np.float64]]]:
    """The rows of each batch, FEATURES apart, class by class, without those with a feature null, NaN or infinite.

    The features must not be written to. With ``split``, group by group instead: it tells the group of each row of a
    class, negative for none.
    """
    for batch in batches:
        # Rows may be wide: no copy that can be done without.
        if batch.column(FEATURES).null_count:
            batch = batch.filter(batch.column(FEATURES).is_valid())
        features = matrix(batch.column(FEATURES))
        batch = batch.select([name for name in batch.schema.names if name != FEATURES])
        finite = np.isfinite(features).all(axis=1)
        groups = batch.column(CLASS).to_numpy()
        if split is not None:
            classes, groups = groups, np.full(len(groups), -1)
            for number in np.unique(classes[finite]).tolist():
                groups[classes == number] = split(number, features[classes == number])
        for number in np.unique(groups[finite & (groups >= 0)]).tolist():
            mine = finite & (groups == number)
            yield number, batch.filter(pa.array(mine)), features if mine.all() else features[mine]


def distinct(rows: pa.Table, keys: Sequence[str], weight: str) -> pa.Table:
    """One row for each value of the integer keys, in their unsigned order, with the weights of its equals added up."""
    columns = [rows.column(name).to_numpy().astype(np.int64).view(np.uint64) for name in keys]
    order = np.lexsort(columns[::-1])
    new = np.ones(len(order), dtype=bool)
    new[1:] = np.logical_or.reduce([column[order][1:] != column[order][:-1] for column in columns])
    weights = np.add.reduceat(rows.column(weight).to_numpy()[order], np.flatnonzero(new))
    kept = rows.take(pa.array(order[new]))
    return kept.set_column(kept.schema.get_field_index(weight), weight, pa.array(weights, pa.int64()))
