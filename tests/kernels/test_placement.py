"""With exact search each query meets every row; the cell of a row depends on its content hash only."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spark_smote.kernels.cells import Cells
from spark_smote.kernels.fingerprint import Fingerprint
from spark_smote.kernels.hashing import Hashing, Projection
from spark_smote.kernels.placement import BinFingerprints, Grid, HashRanges, RangesByClass, Sent, SharedCells, bins

HASHES = st.lists(st.integers(-(2**63), 2**63 - 1), max_size=40).map(lambda values: np.array(values, dtype=np.int64))
SOME = np.random.default_rng(0).integers(-(2**63), 2**63, size=20_000)


def _sent(place: object, hashes: np.ndarray, rows: np.ndarray | None = None) -> Sent:
    parts = list(place.place(hashes, np.zeros((len(hashes), 2)) if rows is None else rows))  # type: ignore[attr-defined]
    return tuple(np.concatenate(column) for column in zip(*parts, strict=True))  # type: ignore[return-value]


@pytest.mark.parametrize("count", [1, 2, 7, 512])
def test_bins_are_in_range_and_about_equal(count: int) -> None:
    sizes = np.bincount(bins(SOME, count), minlength=count)
    assert len(sizes) == count
    assert (np.abs(sizes - 20_000 / count) <= 6 * np.sqrt(20_000 / count)).all()


@given(hashes=HASHES, counts=st.lists(st.integers(1, 9), min_size=3, max_size=3), data=st.data())
@settings(deadline=None)
def test_ranges_by_class_agree_with_the_ranges_of_each(
    hashes: np.ndarray, counts: list[int], data: st.DataObject
) -> None:
    firsts = (np.cumsum(counts) - counts).tolist()
    ranges = {number: HashRanges(firsts[number], counts[number]) for number in range(3)}
    classes = np.array(
        data.draw(st.lists(st.integers(0, 2), min_size=len(hashes), max_size=len(hashes))), dtype=np.int64
    )
    found = RangesByClass(ranges)(classes, hashes)
    for number in range(3):
        rows, cells, home = _sent(ranges[number], hashes[classes == number])
        assert rows.tolist() == list(range((classes == number).sum()))
        assert home.all()
        assert cells.tolist() == found[classes == number].tolist()
        assert set(cells.tolist()) <= set(range(firsts[number], firsts[number] + counts[number]))


def test_cells_of_a_grid_are_about_equal() -> None:
    for grid in (Grid(5, 3), Grid(5, 3, rows=False, queries=True)):
        sizes = np.bincount(_sent(grid, SOME)[1], minlength=15)
        assert len(sizes) == 15
        assert sizes.max() < 1.1 * sizes.min()


@given(hashes=HASHES, asking=HASHES, parts=st.integers(1, 6), groups=st.integers(1, 6))
@settings(deadline=None)
def test_every_query_meets_every_row_once_in_a_grid(
    hashes: np.ndarray, asking: np.ndarray, parts: int, groups: int
) -> None:
    rows, row_cells, at_home = _sent(Grid(parts, groups), hashes)
    queries, query_cells, not_at_home = _sent(Grid(parts, groups, rows=False, queries=True), asking)
    assert at_home.all()
    assert not not_at_home.any()
    assert len(rows) == len(hashes) * groups
    assert len(queries) == len(asking) * parts
    meeting = row_cells[:, None] == query_cells
    met = Counter(zip(rows[meeting.nonzero()[0]].tolist(), queries[meeting.nonzero()[1]].tolist(), strict=True))
    assert met == Counter((row, query) for row in range(len(hashes)) for query in range(len(asking)))
    both = _sent(Grid(1, groups, queries=True), hashes)
    everywhere = _sent(Grid(1, groups), hashes)
    assert [both[0].tolist(), both[1].tolist()] == [everywhere[0].tolist(), everywhere[1].tolist()]
    assert both[1][~both[2]].tolist() == bins(hashes, groups)[both[0][~both[2]]].tolist()
    assert sorted(both[0][~both[2]].tolist()) == list(range(len(hashes)))


def _cells(margin: float = 0.0) -> Cells:
    centres = np.rint(np.random.default_rng(1).normal(size=(9, 2)) * 1000)
    return Cells(centres, np.zeros(2), margin)


FINE = Hashing(Projection(np.array([[1.0, 0.3], [-0.3, 1.0]])), 0.001)


@pytest.mark.parametrize("margin", [0.0, 300.0])
def test_shared_cells_send_rows_home_once_and_queries_to_halos(margin: float) -> None:
    rows = np.random.default_rng(2).normal(size=(500, 2))
    hashes = np.arange(500)
    index, cells, home = _sent(SharedCells(_cells(), FINE), hashes, rows)
    assert sorted(index.tolist()) == hashes.tolist()
    assert home.all()
    own = np.empty(500, dtype=np.int64)
    own[index] = cells
    assert own.tolist() == _cells().homes(FINE(rows)).tolist()
    asked, where, not_home = _sent(SharedCells(_cells(margin), FINE, rows=False, queries=True), hashes, rows)
    assert not not_home.any()
    assert (len(asked) > 500) == (margin > 0)
    pairs = set(zip(asked.tolist(), where.tolist(), strict=True))
    assert len(pairs) == len(asked)
    assert {(row, int(cell)) for row, cell in enumerate(own)} <= pairs
    both = _sent(SharedCells(_cells(margin), FINE, queries=True), hashes, rows)
    assert (both[0].tolist(), both[1].tolist()) == (asked.tolist(), where.tolist())
    assert both[1][~both[2]].tolist() == own[both[0][~both[2]]].tolist()
    assert sorted(both[0][~both[2]].tolist()) == hashes.tolist()


@pytest.mark.parametrize("narrow", ["rows", "queries"])
def test_a_row_on_a_border_meets_each_query_at_most_once(narrow: str) -> None:
    rows, hashing = np.array([[1.0, 0.0]]), Hashing(Projection(np.eye(2)), 1.0)
    cells = Cells(np.array([[0.0, 0.0], [2.0, 0.0]]), np.zeros(2))
    wide = cells.with_margin(5.0)
    own, asking = (cells, wide) if narrow == "rows" else (wide, cells)
    at = _sent(SharedCells(own, hashing), np.zeros(1, dtype=np.int64), rows)[1]
    asked = _sent(SharedCells(asking, hashing, rows=False, queries=True), np.zeros(1, dtype=np.int64), rows)[1]
    assert len(set(at.tolist()) & set(asked.tolist())) == 1


@given(HASHES, st.integers(1, 12), st.integers(0, 40))
@settings(deadline=None)
def test_counts_of_bins_add_up_over_tasks(hashes: np.ndarray, count: int, split: int) -> None:
    total = BinFingerprints(count)
    for part in (hashes[split:], hashes[:split]):
        task = BinFingerprints(count)
        task.add(part, np.zeros((len(part), 1)))
        total.merge(*(array.ravel() for array in task.packed()))
    assert total.each() == [Fingerprint.of(hashes[bins(hashes, count) == number]) for number in range(count)]
    assert total.whole() == Fingerprint.of(hashes)
