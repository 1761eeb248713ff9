"""Distances of categories agree with the reference; nearest rows by numbers and categories are exact."""

from __future__ import annotations

import numpy as np
import pytest
from categories import Matrix, metric, mixed
from hypothesis import given, settings
from hypothesis import strategies as st
from imblearn.metrics.pairwise import ValueDifferenceMetric

from spark_smote.kernels import nearest
from spark_smote.kernels.calibration import Calibration
from spark_smote.kernels.hashing import Hashing, Projection
from spark_smote.kernels.learning import learn
from spark_smote.kernels.nominal import Mismatch
from spark_smote.kernels.space import Space


def squares(rows: Matrix, space: Space) -> Matrix:
    """All squared distances; infinite from a row to itself."""
    numbers, codes = space.numbers(rows), space.codes(rows)
    found = ((numbers[:, None] - numbers) ** 2).sum(axis=2)
    if space.nominal is not None and codes is not None:
        found += space.nominal.block(codes, np.ascontiguousarray(codes.T))
    np.fill_diagonal(found, np.inf)
    return found


def check_nearest(rows: Matrix, space: Space, k: int) -> None:
    """The rows found are k different rows, not the query itself, and as near as the true neighbours."""
    queries = np.arange(len(rows))
    truth, found = squares(rows, space), space.nearest(rows, queries, k)
    assert (found != queries[:, None]).all()
    assert all(len(set(near)) == k for near in found.tolist())
    mine = np.sort(np.take_along_axis(truth, found, axis=1), axis=1)
    np.testing.assert_allclose(mine, np.sort(truth, axis=1)[:, :k], rtol=1e-9, atol=1e-12)


def test_mismatches_are_those_of_one_hot_vectors() -> None:
    rows = mixed(80, 4, 3)[:, 3:]
    one_hot = np.hstack([(column[:, None] == np.unique(column)) * 0.7 / np.sqrt(2) for column in rows.T])
    expected = ((one_hot[:, None] - one_hot) ** 2).sum(axis=2)
    np.testing.assert_allclose(Mismatch(4, 0.7).block(rows, rows.T), expected, atol=1e-12)
    np.testing.assert_allclose(Mismatch(4, 0.7).over(2.0).block(rows, rows.T), expected / 4, atol=1e-12)


@pytest.mark.parametrize("classes", [2, 3, 30])
def test_value_differences_are_those_of_the_reference(classes: int) -> None:
    rng = np.random.default_rng(1)
    codes = np.stack([rng.integers(levels, size=300) for levels in (2, 5, 40)], axis=1)
    label = np.append(np.arange(classes), rng.integers(classes, size=300 - classes))
    ours = metric(codes.astype(float), label)
    prepared = ours.prepare(codes.astype(float))
    expected = ValueDifferenceMetric().fit(codes, label).pairwise(codes)
    np.testing.assert_allclose(ours.block(prepared, prepared.T), expected, atol=1e-12)
    np.testing.assert_allclose(ours.over(4.0).block(prepared, prepared.T), expected / 16, atol=1e-12)


@given(seed=st.integers(0, 999), classes=st.integers(2, 20), levels=st.integers(1, 60))
@settings(deadline=None, max_examples=40)
def test_a_pair_is_as_far_apart_to_the_last_bit_as_in_a_block(seed: int, classes: int, levels: int) -> None:
    rng = np.random.default_rng(seed)
    codes = rng.integers(levels, size=(50, 3)).astype(float)
    for nominal in (metric(codes, np.append(classes - 1, rng.integers(classes, size=49))), Mismatch(3, 0.3)):
        prepared = nominal.prepare(codes)
        here, there = rng.integers(50, size=(2, 90))
        block = nominal.block(prepared, np.ascontiguousarray(prepared.T))
        assert np.array_equal(nominal.pairs(prepared[here], prepared[there]), block[here, there])


@pytest.mark.parametrize("step", [0.0, 1e-3, 0.5, 40.0])
@pytest.mark.parametrize(("rows", "columns", "levels", "width"), [(700, 2, 3, 3), (700, 3, 300, 1), (300, 1, 2, 12)])
def test_nearest_by_numbers_and_categories(rows: int, columns: int, levels: int, width: int, step: float) -> None:
    check_nearest(mixed(rows, columns, levels, width), Space(None, Mismatch(columns, step)), 5)


def test_units_are_those_of_the_numbers_alone() -> None:
    rows, unit = mixed(300, 2, 4), np.array([0.1, 1.0, 30.0])
    scaled = np.hstack([rows[:, :3] / unit, rows[:, 3:]])
    ours = Space(unit, Mismatch(2, 0.5)).nearest(rows, np.arange(300), 4)
    assert np.array_equal(ours, Space(None, Mismatch(2, 0.5)).nearest(scaled, np.arange(300), 4))


LARGEST = 2.0**1022
"""Numbers at this scale exceed the largest power of two in double precision."""


@pytest.mark.parametrize("scale", [1e-250, 1e250, LARGEST])
def test_nearest_whatever_the_magnitude(scale: float) -> None:
    rows, queries = mixed(300, 2, 4), np.arange(300)
    great = np.hstack([rows[:, :3] * scale, rows[:, 3:]])
    found = Space(None, Mismatch(2, 0.5 * scale)).nearest(great, queries, 4)
    assert np.array_equal(found, Space(None, Mismatch(2, 0.5)).nearest(rows, queries, 4))


@pytest.mark.parametrize("constant", [False, True])
def test_nearest_where_thousands_of_rows_are_equally_near(constant: bool) -> None:
    """There are too many ties to sort at once; the first of equally near rows are taken."""
    rows = mixed(2600, 2, 1 << 18, width=1)
    rows[:, 0] = 1.0 if constant else rows[:, 0] > 0
    space = Space(None, Mismatch(2, 0.5))
    queries = np.arange(0, 2600, 7)
    truth = squares(rows, space)[queries]
    assert (np.sort(truth, axis=1)[:, 1200] == np.sort(truth, axis=1)[:, 4]).all()
    assert np.array_equal(space.nearest(rows, queries, 5), np.argsort(truth, axis=1, kind="stable")[:, :5])


@given(seed=st.integers(0, 999), levels=st.integers(1, 5), k=st.integers(1, 25), step=st.sampled_from([0.0, 0.5]))
@settings(deadline=None, max_examples=60)
def test_nearest_among_equal_rows(seed: int, levels: int, k: int, step: float) -> None:
    rng = np.random.default_rng(seed)
    rows = np.hstack([rng.integers(2, size=(40, 1)), rng.integers(levels, size=(40, 2))]).astype(float)
    check_nearest(rows, Space(None, Mismatch(2, step)), k)


@pytest.mark.parametrize("classes", [2, 5])
@pytest.mark.parametrize("levels", [2, 9, 500])
def test_nearest_by_value_differences(levels: int, classes: int) -> None:
    rng = np.random.default_rng(2)
    codes = rng.integers(levels, size=(500, 3)).astype(float)
    check_nearest(codes, Space(None, metric(codes, rng.integers(classes, size=500))), 6)


def test_rows_that_the_metric_cannot_tell_apart_are_searched_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty thousand categories, each in one class only: two groups of rows, whose distances need no search."""
    codes = np.arange(20_000.0)[:, None]
    label = np.arange(20_000) % 2

    def never(*_: object) -> None:
        raise AssertionError("searched")

    monkeypatch.setattr(nearest, "k_nearest", never)
    found = Space(None, metric(codes, label)).nearest(codes, np.arange(20_000), 5)
    assert (found % 2 == np.arange(20_000)[:, None] % 2).all()
    assert (found != np.arange(20_000)[:, None]).all()


def test_embedded_mismatches_are_as_far_apart_in_expectation() -> None:
    rows = mixed(400, 3, 400)
    space = Space(None, Mismatch(3, 0.8))
    points = space.embed(rows)
    assert points.shape[1] == space.dimensions(rows.shape[1])
    apart = ((points[:, None] - points) ** 2).sum(axis=2)
    np.fill_diagonal(apart, np.inf)
    ratio = apart[np.triu_indices(400, 1)] / squares(rows, space)[np.triu_indices(400, 1)]
    assert abs(ratio.mean() - 1) < 0.02
    assert ratio.std() < 0.25


@pytest.mark.parametrize("classes", [2, 4, 40])
def test_embedded_value_differences_are_exact_for_two_classes_and_less_for_more(classes: int) -> None:
    rng = np.random.default_rng(3)
    codes = rng.integers(30, size=(300, 2)).astype(float)
    space = Space(None, metric(codes, np.append(classes - 1, rng.integers(classes, size=299))))
    points = space.embed(codes)
    assert points.shape[1] <= 2 * 16
    apart = ((points[:, None] - points) ** 2).sum(axis=2)
    np.fill_diagonal(apart, np.inf)
    truth = squares(codes, space)
    if classes == 2:
        np.testing.assert_allclose(apart, truth, atol=1e-12)
    elif classes <= 16:
        assert (apart <= truth + 1e-12).all()
    off = np.triu_indices(300, 1)
    assert np.corrcoef(apart[off], truth[off])[0, 1] > 0.6


@pytest.mark.parametrize("kind", ["mismatch", "value difference"])
def test_recall_is_measured_by_the_true_distance_whatever_the_split(kind: str) -> None:
    rows = mixed(1200, 2, 6)
    space = Space(None, Mismatch(2, 0.8))
    if kind == "value difference":
        rows = rows[:, 3:]
        space = Space(None, metric(rows, np.random.default_rng(5).integers(3, size=1200)))
    directions = np.random.default_rng(6).normal(size=(8, space.dimensions(rows.shape[1])))
    hashing = Hashing(Projection(directions, space), 0.001)
    cells = learn(hashing(rows), np.ones(1200), 1200, 200, 12)
    found = []
    for parts in (1, 7):
        total = Calibration(cells, hashing, rows[:60], 5, space)
        for part in np.array_split(np.random.default_rng(parts).permutation(1200), parts):
            task = Calibration(cells, hashing, rows[:60], 5, space)
            for batch in np.array_split(part, 3):
                task.add(batch, rows[batch])
            total.merge(*(array if index == 0 else array.ravel() for index, array in enumerate(task.packed())))
        found.append(total)
    assert np.array_equal(found[0].distances, found[1].distances)
    assert np.array_equal(found[0].depths, found[1].depths)
    assert len(cells) > 3
    if kind == "mismatch":
        home = cells.homes(hashing(rows))
        near = np.argsort(squares(rows, space)[:60], axis=1, kind="stable")[:, :5]
        expected = (home[near] == home[:60, None]).mean()
        assert found[0].recall(0.0, np.ones(len(cells))) == pytest.approx(expected)
        assert 0.1 < expected < 0.95
    assert found[0].recall(np.inf, np.ones(len(cells))) == 1.0


@pytest.mark.parametrize("zeros", [False, True])
@pytest.mark.parametrize("scale", [2.0**-1000, LARGEST])
def test_recall_is_measured_whatever_the_magnitude(scale: float, zeros: bool) -> None:
    """The queries may have only zeros as numbers, so that only the step is large."""
    rows, directions = mixed(600, 2, 6), np.random.default_rng(6).normal(size=(8, 35))
    rows[:60, :3] *= not zeros
    found = []
    for unit in (1.0, scale):
        great = np.hstack([rows[:, :3] * unit, rows[:, 3:]])
        hashing = Hashing(Projection(directions, Space(unit, Mismatch(2, 0.8))), 0.001)
        cells = learn(hashing(great), np.ones(600), 600, 200, 12)
        found.append(Calibration(cells, hashing, great[:60], 5, Space(None, Mismatch(2, 0.8 * unit))))
        found[-1].add(np.arange(600), great)
    assert np.array_equal(found[0].depths, found[1].depths)


def test_a_space_of_numbers_alone_is_plain() -> None:
    rows = mixed(200, 1, 2, width=6)[:, :6]
    assert np.array_equal(Space().embed(rows), rows)
    assert np.array_equal(Space(2.0).over(2.0).embed(rows), rows / 4)
    assert np.array_equal(Space().nearest(rows, np.arange(200), 5), nearest.nearest(rows, np.arange(200), 5))
