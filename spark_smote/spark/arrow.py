"""Conversions between Arrow tables and NumPy arrays, for Python workers.

This module does not import pyspark.ml: a worker imports every module that its function refers to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from spark_smote.spark.columns import CLASS, FEATURES
from spark_smote.spark.pairs import from_pairs, pairs

Rows: TypeAlias = Any
"""Features of some rows: an array of float64 or, if they are sparse, a scipy.sparse.csr_array; shape (n, d)."""
PART_BYTES = 1 << 24
"""Features that a task copies at once where it reads batches from Spark, or sends rows to cells."""
Split = Callable[[int, NDArray[np.float64]], NDArray[np.int64]]
"""Takes a class number and rows of the class, shape (n, d); returns the group of each row, shape (n,)."""


def matrix(column: pa.Array) -> NDArray[np.float64]:
    """Converts a list<double> column with n lists of length d to an array of shape (n, d)."""
    values = column.flatten().to_numpy(zero_copy_only=False)
    return values.reshape(len(column), -1) if len(column) else np.empty((0, 0))


def lists(values: NDArray[Any]) -> pa.Array:
    """Converts an array of shape (n, d) to a list column.

    Examples
    --------
    >>> lists(np.array([[1.0, 2.0]])).to_pylist()
    [[1.0, 2.0]]
    """
    rows, width = values.shape
    offsets = np.arange(0, (rows + 1) * width, width, dtype=np.int32) if width else np.zeros(rows + 1, np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), pa.array(values.ravel()))


def blobs(values: NDArray[np.float64]) -> pa.Array:
    """Converts an array of shape (n, d) to a binary column with d doubles in each value.

    Raises
    ------
    ValueError
        If the array has 2 GiB or more.

    Examples
    --------
    >>> from_blobs(blobs(np.array([[1.0, 2.0], [3.0, 4.0]])))
    array([[1., 2.],
           [3., 4.]])
    """
    rows, width = values.shape
    offsets = np.arange(rows + 1) * (8 * width)
    if offsets[-1] >= 1 << 31:
        raise ValueError(f"{rows} rows of {width} doubles are too many for one binary column")
    data = pa.py_buffer(np.ascontiguousarray(values))
    return pa.Array.from_buffers(pa.binary(), rows, [None, pa.py_buffer(offsets.astype(np.int32)), data])


def from_blobs(column: pa.Array) -> NDArray[np.float64]:
    """Converts a column from :func:`blobs` to an array of shape (n, d), n > 0; the array is read-only."""
    # A setting of the session can give the column 64-bit offsets.
    kind = np.int64 if pa.types.is_large_binary(column.type) else np.int32
    _, offsets, data = column.buffers()
    first, last = np.frombuffer(offsets, dtype=kind)[[column.offset, column.offset + len(column)]]
    return np.frombuffer(data, dtype=np.float64, count=(last - first) // 8, offset=first).reshape(len(column), -1)


def listed(rows: Rows) -> pa.Array:
    """Converts features to a list column: of doubles, or of pairs if they are sparse."""
    return lists(rows) if isinstance(rows, np.ndarray) else pairs(rows)


def packed(rows: Rows) -> pa.Array:
    """Converts features to the column that is shuffled."""
    return blobs(rows) if isinstance(rows, np.ndarray) else pairs(rows)


def unpacked(column: pa.Array) -> Rows:
    """Converts a column from :func:`packed` or :func:`listed`, n > 0, to features."""
    if not pa.types.is_list(column.type):
        return from_blobs(column)
    return from_pairs(column) if pa.types.is_struct(column.type.value_type) else matrix(column)


def row_bytes(rows: Rows) -> int:
    """Returns the bytes of a row, of sparse rows in the mean."""
    return 8 * rows.shape[1] if isinstance(rows, np.ndarray) else 12 * rows.nnz // max(1, rows.shape[0]) + 1


TOGETHER = 1 << 40
"""What :func:`by_class` calls classes that it yields together; the numbers of classes and groups have 32 bits."""


def by_class(
    batches: Iterable[pa.RecordBatch], split: Split | None = None, together: NDArray[np.bool_] | None = None
) -> Iterator[tuple[int, pa.RecordBatch, Rows]]:
    """Yields the rows of each batch class by class, without rows whose features, or one of them, are null or infinite.

    A feature that is NaN is a missing value of a row that takes part.

    Parameters
    ----------
    batches : iterable of pyarrow.RecordBatch
        With the columns CLASS and FEATURES.
    split : callable, optional
        Returns the group of each row of a class, negative for none. Rows are then yielded group by group, and groups
        stand for classes.
    together : array of bool, shape (c,), optional
        Whether rows of a class, by its number, are yielded together with those of all such classes, as
        :data:`TOGETHER`: of thousands of classes a batch has a few rows each.

    Yields
    ------
    number : int
        Number of the class or group.
    batch : pyarrow.RecordBatch
        All columns of its rows except FEATURES; with ``split``, CLASS is the group.
    features : array of float64, or csr_array, shape (n, d)
        Features of its rows, read-only.
    """
    # Of a large batch, a part at a time is copied.
    for batch in (part for whole in batches for part in _parts(whole)):
        # Rows may be wide: avoid copies.
        if batch.column(FEATURES).null_count:
            batch = batch.filter(batch.column(FEATURES).is_valid())
        features = unpacked(batch.column(FEATURES))
        usable = _usable(batch.column(FEATURES), features)
        batch = batch.select([name for name in batch.schema.names if name != FEATURES])
        groups = batch.column(CLASS).to_numpy().astype(np.int64)
        if split is not None:
            classes, groups = groups, np.full(len(groups), -1)
            for number, own in runs(np.where(usable, classes, -1)):
                groups[own] = split(number, features[own])
            columns = {**dict(zip(batch.schema.names, batch.columns, strict=True)), CLASS: pa.array(groups, pa.int32())}
            batch = pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))
        if together is not None:
            count = len(together)
            among = (groups >= 0) & (groups < count)
            groups = np.where(among & together[np.clip(groups, 0, count - 1)], TOGETHER, groups)
        for number, own in runs(np.where(usable, groups, -1)):
            if len(own) == batch.num_rows:
                yield number, batch, features
            else:
                yield number, batch.take(pa.array(own)), features[own]


def runs(numbers: NDArray[np.int64]) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Yields each number that is not negative, in order, and the ascending places where it stands.

    Of thousands of numbers each has few places: one sort finds them all.

    Examples
    --------
    >>> [(number, places.tolist()) for number, places in runs(np.array([3, -1, 0, 3]))]
    [(0, [2]), (3, [0, 3])]
    """
    order = np.argsort(numbers, kind="stable")
    order = order[np.searchsorted(numbers[order], 0) :]
    starts = np.flatnonzero(np.diff(numbers[order], prepend=-1))
    for start, end in zip(starts.tolist(), [*starts[1:].tolist(), len(order)], strict=False):
        yield int(numbers[order[start]]), order[start:end]


def _usable(column: pa.Array, features: Rows) -> NDArray[np.bool_]:
    """Returns whether no feature of a row is null or infinite, shape (n,)."""
    if not isinstance(features, np.ndarray):
        return np.ones(features.shape[0], dtype=bool)
    broken = np.isinf(features)
    if pa.types.is_list(column.type):
        elements = column.flatten()
        if elements.null_count:
            broken |= elements.is_null().to_numpy(zero_copy_only=False).reshape(features.shape)
    return np.asarray(~broken.any(axis=1))


def _parts(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """Cuts a batch into parts of a bounded size, without a copy."""
    size = max(1, PART_BYTES * batch.num_rows // max(1, batch.column(FEATURES).nbytes))
    return (batch.slice(start, size) for start in range(0, batch.num_rows, size))


def distinct(rows: pa.Table, keys: Sequence[str], weight: str) -> pa.Table:
    """Merges rows with equal integer keys and sums their weights; returns the rows in unsigned order of the keys.

    Examples
    --------
    >>> distinct(pa.table({"key": [7, 3, 7], "weight": [1, 1, 2]}), ["key"], "weight").to_pylist()
    [{'key': 3, 'weight': 1}, {'key': 7, 'weight': 3}]
    """
    columns = [rows.column(name).to_numpy().astype(np.int64).view(np.uint64) for name in keys]
    order = np.lexsort(columns[::-1])
    new = np.ones(len(order), dtype=bool)
    new[1:] = np.logical_or.reduce([column[order][1:] != column[order][:-1] for column in columns])
    weights = np.add.reduceat(rows.column(weight).to_numpy()[order], np.flatnonzero(new))
    kept = rows.take(pa.array(order[new]))
    return kept.set_column(kept.schema.get_field_index(weight), weight, pa.array(weights, pa.int64()))


def merged(tallies: Mapping[int, Any], batches: Iterable[pa.RecordBatch]) -> set[int]:
    """Merges the results of tasks into the tallies of their classes, in place; returns the classes that have any."""
    seen = set()
    for batch in batches:
        number, *arrays = (
            column.flatten() if index else column[0].as_py() for index, column in enumerate(batch.columns)
        )
        tallies[number].merge(*(array.to_numpy() for array in arrays))
        seen.add(number)
    return seen
