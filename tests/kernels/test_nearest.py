"""The search is exact, whatever the magnitudes and however many rows are equal."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from sklearn.neighbors import NearestNeighbors

from spark_smote.kernels.nearest import TREE_FEATURES, nearest


def _distances(base: np.ndarray, queries: np.ndarray, found: np.ndarray) -> np.ndarray:
    return np.sort(np.sqrt(((base[found] - base[queries][:, None]) ** 2).sum(axis=2)), axis=1)


def _truth(base: np.ndarray, queries: np.ndarray, k: int) -> np.ndarray:
    square = ((base[queries][:, None] - base[None]) ** 2).sum(axis=2)
    square[np.arange(len(queries)), queries] = np.inf
    return np.sqrt(np.sort(square, axis=1)[:, :k])


@pytest.mark.parametrize("features", [1, 3, TREE_FEATURES, TREE_FEATURES + 1, 30])
def test_equals_scikit_learn(features: int) -> None:
    base = np.random.default_rng(0).normal(size=(700, features))
    found = nearest(base, np.arange(700), 5)
    theirs = NearestNeighbors(n_neighbors=6, algorithm="brute").fit(base).kneighbors(base, return_distance=False)[:, 1:]
    assert (found == theirs).all()


@given(
    base=npst.arrays(
        np.float64, st.tuples(st.integers(3, 30), st.integers(1, 16)), elements=st.integers(-3, 3).map(float)
    ),
    k=st.integers(1, 29),
)
def test_true_distances_on_ties_and_duplicates(base: np.ndarray, k: int) -> None:
    k = min(k, len(base) - 1)
    queries = np.arange(len(base))
    found = nearest(base, queries, k)
    assert (found != queries[:, None]).all()
    assert all(len(set(row)) == k for row in found.tolist())
    np.testing.assert_allclose(_distances(base, queries, found), _truth(base, queries, k), atol=1e-12)


@pytest.mark.parametrize("features", [4, 20])
@pytest.mark.parametrize(("scale", "offset"), [(1e-310, 0), (1e300, 0), (1.0, 1.7e15), (1e-3, 1e9), (1e150, -1e151)])
def test_extreme_magnitudes(features: int, scale: float, offset: float) -> None:
    unit = np.random.default_rng(1).integers(0, 1000, size=(60, features)).astype(float)
    base = unit * scale + offset
    # Only the differences that remain after rounding count.
    left = (base - offset) / scale
    queries = np.arange(60)
    found = nearest(base, queries, 4)
    np.testing.assert_allclose(_distances(left, queries, found), _truth(left, queries, 4), rtol=1e-6)


def test_a_thousand_equal_rows_are_each_others_neighbours() -> None:
    base = np.vstack([np.zeros((1000, 15)), np.ones((3, 15))])
    found = nearest(base, np.arange(1003), 5)
    assert (found[:1000] < 1000).all()
    assert (found[:1000] != np.arange(1000)[:, None]).all()
    used = np.bincount(found[:1000].ravel(), minlength=1000)
    assert used.max() == used.min(), "equal rows should be used equally often"
    assert set(found[1000, :2].tolist()) == {1001, 1002}


def test_rows_that_do_not_find_themselves() -> None:
    # Brute force expands the square and cannot distinguish these rows; only direct differences can.
    base = np.vstack([np.full((50, 20), 1e8) + np.arange(50)[:, None] * 1e-6, np.zeros((1, 20))])
    found = nearest(base, np.arange(50), 2)
    inner = np.arange(1, 49)
    assert {tuple(sorted(row)) for row in (found[inner] - inner[:, None]).tolist()} == {(-1, 1)}


def _cases(width: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(5)
    plain = rng.normal(size=(1500, width))
    far = plain.copy()
    far[7] = 1e9
    return {
        "plain": plain,
        # Single precision cannot distinguish the rows of a cluster.
        "tight clusters": rng.normal(size=(9, width))[rng.integers(9, size=1500)] * 10 + plain * 1e-4,
        # Double precision cannot either.
        "very tight clusters": rng.normal(size=(9, width))[rng.integers(9, size=1500)] * 10 + plain * 1e-6,
        "one far outlier": far,
        "one side of a great offset": plain + 1e7,
        "many scales": plain * np.logspace(-6, 6, width),
    }


@pytest.mark.parametrize("width", [TREE_FEATURES, 24])
@pytest.mark.parametrize("case", _cases(1))
def test_exact_whatever_the_precision_that_it_takes(width: int, case: str) -> None:
    base = _cases(width)[case]
    queries = np.arange(0, 1500, 3)
    square = ((base[queries][:, None] - base[None]) ** 2).sum(axis=2)
    square[np.arange(len(queries)), queries] = np.inf
    found = nearest(base, queries, 5)
    mine = np.take_along_axis(square, found, axis=1)
    np.testing.assert_allclose(mine, np.sort(square, axis=1)[:, :5], rtol=1e-6)


@pytest.mark.parametrize("features", [1, 8])
def test_differences_far_below_the_spread_are_not_lost(features: int) -> None:
    tiny = np.array([1e-20, 2e-20, 5e-20, 1e-19])
    base = np.repeat(np.append(tiny, 1 + np.arange(400) * 1e-3)[:, None], features, axis=1)
    assert nearest(base, np.array([3]), 2).tolist() == [[2, 1]]


@pytest.mark.parametrize("features", [TREE_FEATURES + 1, 60])
def test_ties_are_broken_by_the_order_of_the_rows(features: int) -> None:
    # Distances are small whole numbers, so that most rows tie.
    base = np.random.default_rng(6).integers(0, 2, size=(900, features)).astype(float)
    queries = np.arange(900)
    square = ((base[:, None] - base[None]) ** 2).sum(axis=2)
    square[queries, queries] = np.inf
    alone = square.min(axis=1) > 0
    truth = np.argsort(square, axis=1, kind="stable")[:, :4]
    assert (nearest(base, queries, 4)[alone] == truth[alone]).all()


@given(
    base=npst.arrays(
        np.float64,
        st.tuples(st.integers(4, 40), st.sampled_from([1, 3, TREE_FEATURES + 1])),
        elements=st.integers(-9, 9).map(float),
    ),
    scales=st.lists(st.sampled_from([1e-300, 1e-150, 1e-20, 1.0, 1e150, 1e300]), min_size=1, max_size=40),
    k=st.integers(1, 4),
    manhattan=st.booleans(),
)
def test_rows_of_any_magnitudes_beside_each_other(
    base: np.ndarray, scales: list[float], k: int, manhattan: bool
) -> None:
    base = base * np.resize(scales, len(base))[:, None]
    k = min(k, len(base) - 1)
    found = nearest(base, np.arange(len(base)), k, manhattan=manhattan)
    # Distances as exact fractions. Doubles may round several to one, so the order within the k rows is not compared.
    rows = [[Fraction(value) for value in row] for row in base.tolist()]
    for query, near in enumerate(found.tolist()):
        differences = [[abs(a - b) for a, b in zip(row, rows[query], strict=True)] for row in rows]
        distances = [sum(one if manhattan else one**2 for one in row) for row in differences]
        wanted = sorted(distance for row, distance in enumerate(distances) if row != query)[:k]
        assert query not in near
        for one, best in zip(sorted(distances[row] for row in near), wanted, strict=True):
            assert one <= best * (1 + Fraction(1, 10**12)) + Fraction(1e-320) ** 2


def test_a_sentinel_does_not_hide_the_neighbours_of_ordinary_rows() -> None:
    rows = np.random.default_rng(0).normal(size=(3000, 8))
    queries = np.arange(1, 3000)
    wanted = nearest(np.vstack([np.full(8, 50.0), rows[1:]]), queries, 3)
    for sentinel in (1e200, np.finfo(float).max):
        rows[0, 2] = -sentinel
        np.testing.assert_array_equal(nearest(rows, queries, 3), wanted)
