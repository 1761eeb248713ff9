"""Rows with missing values: the distances of scikit-learn, exact search, sums of what is there."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from sklearn.metrics.pairwise import nan_euclidean_distances

from spark_smote.kernels import missing
from spark_smote.kernels.calibration import Calibration
from spark_smote.kernels.cells import Cells
from spark_smote.kernels.hashing import Hashing, Projection
from spark_smote.kernels.interpolate import between
from spark_smote.kernels.missing import PresentMoments, squared_shared
from spark_smote.kernels.nearest import k_nearest, nearest
from spark_smote.kernels.space import Space

_VALUES = st.one_of(st.just(np.nan), st.integers(-3, 3).map(float))
_ROWS = npst.arrays(np.float64, st.tuples(st.integers(2, 30), st.integers(1, 8)), elements=_VALUES)


def _squares(points: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """scikit-learn's squared distances; infinite where no feature is shared."""
    found = nan_euclidean_distances(points, rows, squared=True)
    return np.where(np.isnan(found), np.inf, found)


def _some_missing(rows: int, width: int, share: float, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    made = rng.normal(size=(rows, width))
    made[rng.random(made.shape) < share] = np.nan
    return made[~np.isnan(made).all(axis=1)]


@given(rows=_ROWS, k=st.integers(1, 30), block=st.sampled_from([1, 7, 1 << 17]))
def test_the_k_nearest_are_those_of_scikit_learn_in_any_blocks(rows: np.ndarray, k: int, block: int) -> None:
    k, squares = min(k, len(rows)), _squares(rows, rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(missing, "_PREPARED", block)
        patch.setattr(missing, "_BLOCK", block)
        found, near = missing.nearest_shared(rows, rows, k)
    np.testing.assert_allclose(near, np.sort(squares, axis=1)[:, :k], atol=1e-12)
    assert ((found < 0) == np.isinf(near)).all()
    # Of equally near rows the first: what is found is the order of a stable sort of these very distances.
    every = np.arange(len(rows))
    exact = squared_shared(rows, np.tile(every, len(rows)), rows, np.repeat(every, len(rows))).reshape(squares.shape)
    first = np.argsort(exact, axis=1, kind="stable")[:, :k]
    assert (np.where(found < 0, first, found) == first).all()
    np.testing.assert_allclose(exact, squares, atol=1e-12)


@pytest.mark.parametrize(("scale", "offset"), [(1e-310, 0.0), (1e300, 0.0), (1.0, 1e9), (1e-3, 1e12)])
def test_extreme_magnitudes(scale: float, offset: float) -> None:
    unit = np.round(_some_missing(200, 5, 0.3) * 1000)
    rows = unit * scale + offset
    left = (rows - offset) / scale
    squares = _squares(left, left)
    found, _ = k_nearest(rows, rows, 4)
    assert (found >= 0).all()
    np.testing.assert_allclose(np.take_along_axis(squares, found, axis=1), np.sort(squares, axis=1)[:, :4], rtol=1e-6)


def test_more_rows_than_one_block_and_many_equal_ones() -> None:
    rows = np.repeat(_some_missing(1500, 6, 0.3, seed=2), 4, axis=0)
    queries = np.arange(0, len(rows), 50)
    found = nearest(rows, queries, 7)
    squares = _squares(rows[queries], rows)
    squares[np.arange(len(queries)), queries] = np.inf
    assert (found != queries[:, None]).all()
    near = np.take_along_axis(squares, found, axis=1)
    np.testing.assert_allclose(near, np.sort(squares, axis=1)[:, :7], atol=1e-12)


def test_rows_out_of_reach_are_no_neighbours() -> None:
    """The first two share a feature with one another alone, the last with nobody."""
    rows = np.array([[1.0, np.nan, np.nan], [3.0, np.nan, np.nan], [np.nan, 1.0, np.nan], [np.nan, np.nan, 1.0]])
    assert nearest(rows, np.array([0, 1, 3]), 3).tolist() == [[1, 1, 1], [0, 0, 0], [3, 3, 3]]


def test_a_feature_that_does_not_count_is_none_to_share() -> None:
    """A feature of weight 0 has an infinite unit: neighbours are those without it, whoever lacks it."""
    rows = _some_missing(400, 4, 0.4, seed=6)
    known = rows[:, [0, 2, 3]]
    rows, known = rows[~np.isnan(known).all(axis=1)], known[~np.isnan(known).all(axis=1)]
    space = Space(np.array([1.0, np.inf, 1.0, 1.0]), centre=np.zeros(4), lacking=True)
    queries = np.arange(len(rows))
    assert (space.nearest(rows, queries, 6) == Space().nearest(known, queries, 6)).all()
    assert (space.embed(rows) == np.insert(np.nan_to_num(known), 1, 0.0, axis=1)).all()


def test_a_distance_depends_on_its_two_rows_alone() -> None:
    """Whole rows are as far apart, to the last bit, whether or not a value is missing in another one."""
    rows = np.random.default_rng(3).normal(size=(60, 9)) * 1e3
    alone = k_nearest(rows, rows, 5)
    holed = np.vstack([rows, np.full((1, 9), np.nan)])
    holed[-1, 0] = 1e6
    beside = k_nearest(holed, rows, 5)
    assert (alone[0] == beside[0]).all()
    assert alone[1].tobytes() == beside[1].tobytes()


@given(rows=_ROWS, gap=st.floats(0, 1, exclude_max=True))
def test_a_synthetic_row_lacks_what_its_seed_lacks(rows: np.ndarray, gap: float) -> None:
    seed, neighbour = rows[:1], rows[1:2]
    (made,) = between(seed, neighbour, np.array([gap]))
    for value, first, second in zip(made, seed[0], neighbour[0], strict=True):
        if np.isnan(first) or np.isnan(second):
            assert value == first or (np.isnan(value) and np.isnan(first))
        else:
            assert value == first + gap * (second - first)


def test_sums_of_what_is_there() -> None:
    rows = _some_missing(500, 4, 0.4) + 1e9
    rows[:, 3] = np.nan
    found = PresentMoments(4)
    for part in (rows[:130], rows[130:]):
        one = PresentMoments(4)
        one.add(np.zeros(len(part)), part)
        found.merge(*one.packed())
    np.testing.assert_allclose(found.means(len(rows)), [*np.nanmean(rows[:, :3], axis=0), 0.0], rtol=1e-14)
    np.testing.assert_allclose(found.deviations(len(rows)), [*np.nanstd(rows[:, :3], axis=0), 0.0], rtol=1e-7)


def test_calibration_counts_the_true_neighbours_by_shared_features() -> None:
    """Without a halo a search in the cells finds what calibration says, and with a wide one all."""
    rows = _some_missing(900, 3, 0.2, seed=5)
    space = Space(centre=np.zeros(3))
    hashing = Hashing(Projection(np.eye(3), space), 0.01)
    cells, k = Cells(np.array([[-100.0, 0.0, 0.0], [174.0, 0.0, 0.0]]), origin=np.zeros(3)), 5
    measured = Calibration(cells, hashing, rows[:200], k, space)
    for part in (rows[:400], rows[400:]):
        measured.add(np.arange(len(part)) + (0 if part is rows[:400] else 400), part)
    squares = _squares(rows[:200], rows)
    squares[np.arange(200), np.arange(200)] = np.inf
    truth = np.argsort(squares, axis=1, kind="stable")[:, :k]
    homes = cells.homes(hashing(rows))
    assert measured.recall(0.0, np.ones(2)) == pytest.approx((homes[truth] == homes[:200, None]).mean(), abs=0.01)
    assert measured.recall(1e9, np.ones(2)) == 1.0
