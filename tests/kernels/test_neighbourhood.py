"""The nearest rows of all classes do not depend on the split into cells and chunks."""

import numpy as np
import pytest
from chunks import Cell, cell
from hypothesis import given, settings
from hypothesis import strategies as st

from spark_smote.kernels.finding import CANDIDATE, Finding
from spark_smote.kernels.neighbourhood import Bin, Weighing
from spark_smote.kernels.seeding import Task
from spark_smote.kernels.space import Space
from spark_smote.kernels.weights import alike

CLASSES = range(3)
Found = dict[tuple[int, int], list[tuple[float, int, int]]]
"""Maps class and hash of a query to the squared distances, hashes and classes of its nearest rows."""


def _rows(features: np.ndarray, classes: np.ndarray) -> Cell:
    """Equal features have equal hashes."""
    rng, known = np.random.default_rng(99), dict[bytes, int]()
    draws = rng.integers(-(2**63), 2**63, size=len(features)).tolist()
    hashes = [known.setdefault(row.tobytes(), draw) for row, draw in zip(features, draws, strict=True)]
    return cell(features, np.array(hashes, dtype=np.int64), classes=classes)


def _lattice(seed: int, count: int, width: int, top: int) -> Cell:
    rng = np.random.default_rng(seed)
    return _rows(rng.integers(0, top, size=(count, width)).astype(float), rng.integers(0, len(CLASSES), size=count))


def _chunks(rows: Cell, queries: np.ndarray, searched: np.ndarray, size: int) -> list[Cell]:
    """The chunks of one cell: queries first, then rows, both in the order of their hashes."""
    both = [index[np.argsort(rows.hashes[index], kind="stable")] for index in (queries, searched)]
    index, home = np.concatenate(both), np.arange(len(queries) + len(searched)) >= len(queries)
    cuts = [slice(at, at + size) for at in range(0, len(index), size)]
    return [cell(rows.features[index[at]], rows.hashes[index[at]], home[at], rows.classes[index[at]]) for at in cuts]


def _weighing(m: int, itself: bool = True, near: int = 0) -> Weighing:
    tasks = {number: Task(number, 1, 0, 0, (0, 0)) for number in CLASSES}
    return Weighing({number: Bin(number) for number in CLASSES}, m, itself, near, tasks, dict.fromkeys(tasks, alike))


def _searched(rows: Cell, asking: np.ndarray, work: Weighing) -> np.ndarray:
    every = np.arange(len(rows.hashes))
    return every if work.itself else np.setdiff1d(every, asking)


def _found(rows: Cell, asking: np.ndarray, work: Weighing, parts: int, size: int, unit: float = 1.0) -> Found:
    """Searches random parts of the rows, each with all queries."""
    rng, searched = np.random.default_rng(parts), _searched(rows, asking, work)
    part = rng.integers(parts, size=len(searched))
    cells = [_chunks(rows, asking, searched[part == number], size) for number in rng.permutation(parts)]
    answers = [Finding(work.wanted, Space(unit))(iter(chunks)) for chunks in cells]
    classes, hashes, found = (np.concatenate(column) for column in zip(*answers, strict=True))
    merged: Found = {}
    for number in np.unique(classes).tolist():
        own, nearest = work.merge(number, hashes[classes == number], found[classes == number])
        assert own.tolist() == sorted(set(hashes[classes == number].tolist()))
        merged.update(zip([(number, key) for key in own.tolist()], nearest.tolist(), strict=True))
        others = work.others(number, nearest)
        labels = nearest["label"][:, : work.m].tolist()
        assert others.tolist() == [sum(label not in (-1, number) for label in near) for near in labels]
    return merged


def _truth(rows: Cell, asking: np.ndarray, work: Weighing) -> Found:
    """Brute force, sorted by square, hash, own class first, class; a query that finds itself is left out once."""
    searched, wanted, truth = _searched(rows, asking, work).tolist(), max(work.m, work.near), Found()
    for query in asking.tolist():
        square = ((rows.features - rows.features[query]) ** 2).sum(axis=1)
        columns = list(zip(square.tolist(), rows.hashes.tolist(), rows.classes.tolist(), strict=True))
        own = columns[query][2]
        near = [columns[row] for row in searched if row != query]
        nearest = sorted(near, key=lambda one: (one[0], one[1], one[2] != own, one[2]))[:wanted]
        truth[own, columns[query][1]] = nearest + [(np.inf, 0, -1)] * (wanted - len(nearest))
    return truth


@given(
    data=st.tuples(st.integers(0, 999), st.integers(1, 60), st.integers(6, 8), st.integers(1, 3)),
    work=st.builds(_weighing, m=st.integers(1, 12), itself=st.booleans(), near=st.integers(0, 15)),
    parts=st.integers(1, 5),
    size=st.integers(1, 60),
)
@settings(deadline=None)
def test_nearest_equal_brute_force_however_cut(
    data: tuple[int, int, int, int], work: Weighing, parts: int, size: int
) -> None:
    rows = _lattice(*data)
    some = np.random.default_rng(data[0]).random(len(rows.hashes)) < 0.5
    # Queries that find themselves are whole classes; other queries may equal a row, and then find it.
    asking = np.flatnonzero(rows.classes > 0 if work.itself else some)
    if len(asking):
        assert _found(rows, asking, work, parts, size) == _truth(rows, asking, work)


@given(
    data=st.tuples(st.integers(0, 999), st.integers(1, 60), st.integers(1, 8), st.integers(1, 3)),
    wanted=st.integers(1, 12),
    size=st.integers(1, 60),
    asked=st.integers(0, 2),
)
@settings(deadline=None)
def test_queries_may_be_rows_to_search_in_one(
    data: tuple[int, int, int, int], wanted: int, size: int, asked: int
) -> None:
    """The same as with a second copy of each query, among the rows to search."""
    rows = _lattice(*data)
    every, asking = np.arange(len(rows.hashes)), np.flatnonzero(rows.classes >= asked)
    twice = Finding(wanted)(iter(_chunks(rows, asking, every, size)))
    once = Finding(wanted, both=True)(iter(_chunks(rows, asking, np.setdiff1d(every, asking), size)))
    for one, other in zip(once, twice, strict=True):
        assert one.tolist() == other.tolist()


@pytest.mark.parametrize("itself", [True, False])
@pytest.mark.parametrize("width", [1, 2, 6])
def test_ties_in_few_features_are_broken_alike_however_cut(width: int, itself: bool) -> None:
    rows, work = _lattice(3, 300, width, 9 if width == 2 else 40 // width**2), _weighing(3, itself)
    asking = np.flatnonzero(rows.classes == 1)
    truth = _truth(rows, asking, work)
    assert all(_found(rows, asking, work, parts, size) == truth for parts, size in [(1, 999), (3, 50), (7, 999)])


@pytest.mark.parametrize("width", [1, 5, 6, 20])
def test_rows_that_repeat_a_few_times_in_any_width(width: int) -> None:
    rng = np.random.default_rng(width)
    rows = _rows(np.repeat(rng.normal(size=(80, width)), rng.integers(1, 4, size=80), axis=0), np.zeros(1))
    rows = cell(rows.features, rows.hashes, classes=rng.integers(0, 3, size=len(rows.hashes)))
    asking, work = np.flatnonzero(rows.classes < 2), _weighing(5, near=7)
    found, truth = _found(rows, asking, work, 4, 37), _truth(rows, asking, work)
    assert found.keys() == truth.keys()
    for query, near in found.items():
        assert [one[1:] for one in near] == [one[1:] for one in truth[query]]
        np.testing.assert_allclose([one[0] for one in near], [one[0] for one in truth[query]], rtol=1e-12)
    assert found == _found(rows, asking, work, 1, 999)


def test_distances_are_in_units() -> None:
    rows = _rows(np.array([[0.0, 0.0], [3.0, 0.0], [0.0, 10.0]]), np.array([0, 1, 2]))
    unit = np.array([1.0, 10.0])
    (near,) = _found(rows, np.array([0]), _weighing(2), 2, 9, unit).values()  # type: ignore[arg-type]
    assert [(square, label) for square, _, label in near] == [(1.0, 2), (9.0, 1)]


@pytest.mark.parametrize(("itself", "own"), [(True, 3), (False, 4)])
@pytest.mark.parametrize("parts", [1, 3])
def test_of_equal_rows_only_the_query_itself_is_left_out(itself: bool, own: int, parts: int) -> None:
    rows = _rows(np.zeros((11, 7)), np.array([1] * 4 + [2] * 6 + [1]))
    asking = np.arange(4) if itself else np.array([10])
    rows = cell(*(column[:10] for column in (rows.features, rows.hashes, rows.home, rows.classes))) if itself else rows
    for m in (2, 5, 8, 12):
        (near,) = _found(rows, asking, _weighing(m, itself), parts, 3).values()
        labels = [1] * own + [2] * 6 + [-1] * m
        assert [label for _, _, label in near] == labels[:m]


def test_a_cell_without_rows_to_search_finds_nothing() -> None:
    rows = _lattice(0, 20, 3, 2)
    classes, hashes, found = Finding(4)(iter(_chunks(rows, np.arange(20), np.arange(0), 6)))
    distinct = set(zip(rows.hashes.tolist(), rows.classes.tolist(), strict=True))
    assert list(zip(hashes.tolist(), classes.tolist(), strict=True)) == sorted(distinct)
    assert found.shape == (len(distinct), 4)
    assert found.dtype == CANDIDATE
    assert (found["label"] == -1).all()
    assert np.isinf(found["square"]).all()
