"""A sorted stream is cut at the borders of cells into chunks of bounded size, for any batches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from spark_smote.kernels.draws import class_key
from spark_smote.kernels.seeding import CellSeeds, Task
from spark_smote.spark import arrow
from spark_smote.spark.arrow import TOGETHER, blobs, by_class, from_blobs, listed, lists, matrix, packed
from spark_smote.spark.columns import CELL, CLASS, FEATURES, HASH, HOME
from spark_smote.spark.exchange import Chunk, cut, to_chunk

SIZES = st.dictionaries(st.integers(0, 9), st.integers(1, 60), max_size=5)


def _batches(cells: list[int], batch: int, hashes: np.ndarray | None = None) -> Iterator[pa.RecordBatch]:
    """Rows of these cells in batches, as Spark sorts them. A row's position is its feature and default hash."""
    place = np.arange(len(cells))
    table = pa.RecordBatch.from_arrays(
        [
            pa.array(cells, pa.int32()),
            pa.array([0] * len(cells), pa.int32()),
            pa.array(place if hashes is None else hashes, pa.int64()),
            blobs(place[:, None].astype(float)),
            pa.array(place % 2 == 0),
        ],
        names=[CELL, CLASS, HASH, FEATURES, HOME],
    )
    for start in range(0, len(cells), batch):
        yield table.slice(start, batch)
        yield table.slice(0, 0)  # Spark may send empty batches


def _cut(sizes: dict[int, int], batch: int, cap: int) -> dict[int, list[Chunk]]:
    cells = [cell for cell in sorted(sizes) for _ in range(sizes[cell])]
    return {cell: list(map(to_chunk, tables)) for cell, tables in cut(_batches(cells, batch), lambda cell: cap + cell)}


@pytest.mark.parametrize("kind", [pa.binary(), pa.large_binary()], ids=str)
def test_packed_rows_are_read_from_any_slice_of_either_kind(kind: pa.DataType) -> None:
    rows = np.random.default_rng(0).normal(size=(20, 3))
    packed = blobs(rows).cast(kind)
    assert np.array_equal(from_blobs(packed), rows)
    assert np.array_equal(from_blobs(packed.slice(7, 5)), rows[7:12])


@given(sizes=SIZES, batch=st.integers(1, 70), cap=st.integers(1, 70))
def test_every_row_comes_once_in_order_in_its_own_cell(sizes: dict[int, int], batch: int, cap: int) -> None:
    found = _cut(sizes, batch, cap)
    assert {cell: sum(len(chunk.hashes) for chunk in chunks) for cell, chunks in found.items()} == sizes
    chunks = [chunk for cell in sorted(found) for chunk in found[cell]]
    rows = np.concatenate([chunk.hashes for chunk in chunks]) if chunks else np.empty(0, np.uint64)
    assert rows.tolist() == list(range(sum(sizes.values())))
    for chunk in chunks:
        assert chunk.features[:, 0].tolist() == chunk.hashes.tolist()
        assert chunk.home.tolist() == (chunk.hashes % 2 == 0).tolist()


@given(sizes=SIZES, batch=st.integers(1, 70), cap=st.integers(1, 70))
def test_no_chunk_is_above_the_cap_nor_below_half_of_it(sizes: dict[int, int], batch: int, cap: int) -> None:
    for cell, chunks in _cut(sizes, batch, cap).items():
        lengths = [len(chunk.hashes) for chunk in chunks]
        if sizes[cell] <= cap + cell:
            assert lengths == [sizes[cell]]
        else:
            assert all((cap + cell) / 2 <= length <= cap + cell for length in lengths)


@given(sizes=SIZES, batch=st.integers(1, 70), cap=st.integers(1, 70))
def test_chunks_do_not_depend_on_the_batches(sizes: dict[int, int], batch: int, cap: int) -> None:
    one, other = _cut(sizes, batch, cap), _cut(sizes, 1000, cap)
    assert [[len(c.hashes) for c in chunks] for chunks in one.values()] == [
        [len(c.hashes) for c in chunks] for chunks in other.values()
    ]


@given(
    hashes=st.lists(st.integers(-3, 3), min_size=2, max_size=60).map(sorted),
    shards=st.integers(2, 6),
    batch=st.integers(1, 30),
)
def test_shards_number_equal_rows_as_the_whole_class_does(hashes: list[int], shards: int, batch: int) -> None:
    """The hashes are sorted as Spark sorts longs: negative hashes first."""
    task = Task(0, len(hashes), 3 * len(hashes), 1, class_key(0, "a"))
    stream = _batches([0] * len(hashes), batch, np.array(hashes))
    (chunk,) = (to_chunk(table) for _, tables in cut(stream, lambda cell: len(hashes)) for table in tables)
    chunk = replace(chunk, home=np.ones(len(hashes), bool))
    whole = CellSeeds(0).placing(task)(chunk)
    borders = [len(hashes) * shard // shards for shard in range(shards + 1)]
    parts = [CellSeeds(0, share=share).placing(task)(chunk) for share in pairwise(borders)]
    assert np.concatenate([part.hashes for part in parts]).tolist() == whole.hashes.tolist()
    assert np.concatenate([part.ordinals for part in parts]).tolist() == whole.ordinals.tolist()


@given(st.integers(0, 5), st.integers(1, 4))
def test_a_list_column_and_a_matrix_are_one(rows: int, width: int) -> None:
    values = np.arange(float(rows * width)).reshape(rows, width)
    assert matrix(lists(values)).tolist() == values.tolist()


@given(sizes=st.dictionaries(st.integers(0, 6), st.integers(1, 40), min_size=1), batch=st.integers(1, 50))
def test_marks_are_left_out_and_cells_with_a_mark_alone_are_reported(sizes: dict[int, int], batch: int) -> None:
    """A mark is a cell's first row; here that with the smallest hash."""
    marked = {cell: rows - 1 for cell, rows in sizes.items()}
    cells = [cell for cell in sorted(sizes) for _ in range(sizes[cell])]
    stream = cut(_batches(cells, batch), lambda cell: max(1, marked[cell]), marked=True)
    found = {cell: [chunk.hashes for chunk in map(to_chunk, tables)] for cell, tables in stream}
    assert {cell: sum(map(len, chunks)) for cell, chunks in found.items()} == marked
    # A cap equal to the number of rows does not cut them: the mark does not count.
    assert all(len(chunks) == (marked[cell] > 0) for cell, chunks in found.items())
    firsts = np.flatnonzero(np.diff(cells, prepend=-1))
    assert not {int(one) for chunks in found.values() for chunk in chunks for one in chunk} & set(firsts.tolist())


@pytest.mark.parametrize("column", [packed, listed], ids=["packed", "listed"])
@pytest.mark.parametrize("kind", [np.asarray, csr_array], ids=["dense", "sparse"])
def test_large_batches_are_read_in_parts(monkeypatch: pytest.MonkeyPatch, kind: Any, column: Any) -> None:
    rows = np.random.default_rng(1).integers(0, 3, size=(200, 6)).astype(float)
    names = [CLASS, HASH, FEATURES]
    arrays = [pa.array(np.arange(200) % 3, pa.int32()), pa.array(np.arange(200)), column(kind(rows))]
    batch = pa.RecordBatch.from_arrays(arrays, names=names)
    found = []
    for most in (1 << 24, 640):
        monkeypatch.setattr(arrow, "PART_BYTES", most)
        read = list(by_class([batch.slice(3)]))
        assert most > 640 or len(read) > 20
        hashes = np.concatenate([mine.column(HASH).to_numpy() for _, mine, _ in read])
        dense = [one if isinstance(one, np.ndarray) else one[:, :6].toarray() for _, _, one in read]
        found.append(np.concatenate(dense)[np.argsort(hashes)])
        assert sorted(hashes) == list(range(3, 200))
    np.testing.assert_array_equal(found[0], rows[3:])
    np.testing.assert_array_equal(found[0], found[1])


def test_classes_that_are_read_together_keep_apart_from_all_others() -> None:
    """The class behind the last of these had their number, and its rows were lost."""
    classes = np.arange(60) % 5
    columns = [pa.array(classes, pa.int32()), pa.array(np.arange(60)), packed(np.ones((60, 2)))]
    batch = pa.RecordBatch.from_arrays(columns, names=[CLASS, HASH, FEATURES])
    found = {
        number: mine.column(HASH).to_numpy()
        for number, mine, _ in by_class([batch], None, np.array([True, False, True]))
    }
    assert list(found) == [1, 3, 4, TOGETHER]
    for number, hashes in found.items():
        own = np.isin(classes, [0, 2]) if number == TOGETHER else classes == number
        assert hashes.tolist() == np.flatnonzero(own).tolist()
