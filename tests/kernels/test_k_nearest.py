"""k_nearest is exact, takes the first of equally near rows, and does not depend on other rows or points."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from sklearn.neighbors import NearestNeighbors

from spark_smote.kernels.nearest import TREE_FEATURES, k_nearest

WIDTHS = range(1, 21)
SMALL = st.integers(-3, 3).map(float)


def _squares(base: np.ndarray, points: np.ndarray) -> np.ndarray:
    return ((points[:, None] - base[None]) ** 2).sum(axis=2)


def _assert_first_of_ties(base: np.ndarray, points: np.ndarray, k: int) -> None:
    """For whole numbers, whose squares are exact."""
    square = _squares(base, points)
    truth = np.argsort(square, axis=1, kind="stable")[:, :k]
    found, squares = k_nearest(base, points, k)
    assert squares.tolist() == np.take_along_axis(square, truth, axis=1).tolist()
    assert found.tolist() == truth.tolist()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("k", [1, 6, 300])
def test_equals_scikit_learn(width: int, k: int) -> None:
    rng = np.random.default_rng(width)
    base, points = rng.normal(size=(300, width)), rng.normal(size=(40, width)) * 1.5
    found, squares = k_nearest(base, points, k)
    distance, theirs = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(base).kneighbors(points)
    assert (found == theirs).all()
    np.testing.assert_allclose(squares, distance**2, rtol=1e-9)


@pytest.mark.parametrize("width", WIDTHS)
def test_squares_do_not_depend_on_what_else_is_searched(width: int) -> None:
    rng = np.random.default_rng(width)
    base, points = rng.normal(size=(230, width)), rng.normal(size=(9, width))
    base[200:] *= 1e6
    whole = np.empty((9, 230))
    found, squares = k_nearest(base, points, 230)
    np.put_along_axis(whole, found, squares, axis=1)
    for chunk in np.split(np.arange(230), [1, 70, 200]):
        near, squares = k_nearest(base[chunk], points, len(chunk))
        assert (np.take_along_axis(whole, chunk[near], axis=1) == squares).all()
        alone = k_nearest(base[chunk], points[4:5], min(5, len(chunk)))
        assert (alone[1] == squares[4:5, : alone[1].shape[1]]).all()


@given(data=st.data(), width=st.integers(TREE_FEATURES + 1, 14), k=st.integers(1, 40))
@settings(deadline=None)
def test_of_equally_near_rows_the_first(data: st.DataObject, width: int, k: int) -> None:
    base = data.draw(npst.arrays(np.float64, st.tuples(st.integers(1, 40), st.just(width)), elements=SMALL))
    points = data.draw(npst.arrays(np.float64, st.tuples(st.integers(1, 5), st.just(width)), elements=SMALL))
    _assert_first_of_ties(base, points, min(k, len(base)))


@pytest.mark.parametrize("width", range(1, TREE_FEATURES + 1))
def test_of_equally_near_rows_the_first_by_a_tree(width: int) -> None:
    rng = np.random.default_rng(width)
    base = rng.integers(-1, 2, size=(400, width)).astype(float)
    _assert_first_of_ties(base, rng.integers(-1, 2, size=(30, width)).astype(float), 4)


@pytest.mark.parametrize("width", [1, TREE_FEATURES, TREE_FEATURES + 1, 12])
@pytest.mark.parametrize("rows", [1, 5, 900, 3000])
def test_of_equal_rows_the_first(width: int, rows: int) -> None:
    _assert_first_of_ties(np.full((rows, width), 7.0), np.array([[7.0] * width, [9.0] * width]), min(4, rows))


def test_of_a_crowd_of_equally_near_rows_the_first() -> None:
    # More rows than are compared directly, all different and equally far.
    base = np.random.default_rng(0).integers(0, 2, size=(2500, 24)) * 2.0
    _assert_first_of_ties(base, np.ones((2, 24)), 5)


@pytest.mark.parametrize("width", [2, TREE_FEATURES, TREE_FEATURES + 1, 18])
@pytest.mark.parametrize("away", [1e3, 1e7, 1e12])
def test_points_far_from_all_rows(width: int, away: float) -> None:
    rng = np.random.default_rng(width)
    base, points = rng.normal(size=(400, width)), away * rng.normal(size=(20, width))
    found, squares = k_nearest(base, points, 7)
    square = _squares(base, points)
    np.testing.assert_allclose(squares, np.sort(square, axis=1)[:, :7], rtol=1e-14)
    np.testing.assert_allclose(squares, np.take_along_axis(square, found, axis=1), rtol=1e-14)
    assert (np.diff(squares, axis=1) >= 0).all()


@pytest.mark.parametrize("width", [3, 9])
def test_squares_are_those_of_differences_far_from_the_origin(width: int) -> None:
    rng = np.random.default_rng(width)
    base, points = rng.normal(size=(60, width)) + 1e7, rng.normal(size=(8, width)) + 1e7
    np.testing.assert_allclose(k_nearest(base, points, 60)[1], np.sort(_squares(base, points), axis=1), rtol=1e-14)


@pytest.mark.parametrize("width", [3, 9])
@pytest.mark.parametrize("scale", [2.0**-400, 2.0**400])
def test_magnitudes_scale_squares_exactly(width: int, scale: float) -> None:
    rng = np.random.default_rng(width)
    base, points = rng.normal(size=(60, width)), rng.normal(size=(8, width))
    found, squares = k_nearest(base, points, 6)
    scaled, big = k_nearest(base * scale, points * scale, 6)
    assert (scaled == found).all()
    assert (big == squares * scale**2).all()


def test_no_points() -> None:
    for width in (2, 9):
        found, squares = k_nearest(np.zeros((4, width)), np.empty((0, width)), 3)
        assert found.shape == squares.shape == (0, 3)
