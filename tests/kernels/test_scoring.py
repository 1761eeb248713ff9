"""Scores by the place among all rows: figures of smote_variants, and references written from the papers."""

import numpy as np
import pytest
from chunks import cell as rows_of
from hypothesis import given
from hypothesis import strategies as st

from spark_smote.kernels.adaptive import within_radius
from spark_smote.kernels.draws import class_key
from spark_smote.kernels.finding import CANDIDATE
from spark_smote.kernels.scoring import (
    FULL,
    Information,
    out_border,
    outcast_bound,
    proximity,
    reached,
    selection,
    with_own,
)
from spark_smote.kernels.synthetic import Seeds


def data() -> tuple[np.ndarray, np.ndarray]:
    """The rows of which the figures below were recorded."""
    rng = np.random.default_rng(21)
    x, label = np.round(rng.normal(size=(24, 2)), 2), np.repeat([0, 1], [16, 8])
    x[label == 1] += [1.0, 0.5]
    return x, label


def nearest(x: np.ndarray, label: np.ndarray, base: np.ndarray, queries: np.ndarray, k: int) -> np.ndarray:
    """The k nearest base rows of each query but itself, in the form that rules take; the hash of a row is its index."""
    squares = ((x[queries][:, None] - x[base]) ** 2).sum(axis=2)
    squares[queries[:, None] == base] = np.inf
    order = np.argsort(squares, axis=1, kind="stable")[:, :k]
    found = np.empty(order.shape, dtype=CANDIDATE)
    found["square"] = np.take_along_axis(squares, order, axis=1)
    found["key"], found["label"] = base[order], label[base[order]]
    return found


def test_selection_weights_are_those_of_smote_variants() -> None:
    """MWMOTE with k1 = 5, three border rows a row, and all 8 rows of the class as k3."""
    x, label = data()
    own, others = np.flatnonzero(label == 1), np.flatnonzero(label == 0)
    filtered = with_own(1, own, nearest(x, label, np.arange(24), own, 5))
    assert filtered.tolist() == [[1, row] for row in own]
    border = reached(1, own, nearest(x, label, others, own, 3))[:, 1]
    assert border.tolist() == [0, 4, 5, 7, 8, 10, 12, 13, 14, 15]
    found = Information(5.0, 2)(0, border, nearest(x, label, own, border, 8))
    assert set(found[:, 0].tolist()) == {1}
    sums = np.bincount(found[:, 1] - 16, found[:, 2])
    recorded = [
        0.1763352691543269, 0.08705795410658168, 0.06204109937679526, 0.07622673120938266, 0.09580888194146761,
        0.1670996847260809, 0.13489896604308488, 0.20053141344228015,
    ]  # fmt: skip
    np.testing.assert_allclose(sums / sums.sum(), recorded, rtol=1e-12)
    weights = selection(sums)
    np.testing.assert_allclose(weights / weights.sum(), recorded, rtol=1e-8)


def test_each_row_that_is_nearest_to_any_query_is_reached_once() -> None:
    near = np.array([[(0.0, 7, 1), (0.1, 3, 2)], [(0.2, 7, 1), (np.inf, 0, -1)]], dtype=CANDIDATE)
    assert reached(0, np.array([1, 2]), near).tolist() == [[1, 7], [2, 3]]


def test_information_is_cut_off_and_does_not_depend_on_the_unit() -> None:
    near = np.array([[(0.0, 1, 1), (0.04, 2, 1), (1.0, 3, 1), (np.inf, 0, -1)]], dtype=CANDIDATE)
    found = Information(5.0, 2)(0, np.array([9]), near)
    # Distances 0, 0.1 and 0.5 a feature; the first two are beyond the threshold.
    closeness = np.array([1, 1, 0.4])
    np.testing.assert_allclose(found[:, 2] / FULL, closeness**2 / closeness.sum(), rtol=1e-12)
    assert found[:, :2].tolist() == [[1, 1], [1, 2], [1, 3]]
    near["square"][0, :3] /= 2.0**200
    assert Information(5.0, 2, unit=2.0**100)(0, np.array([9]), near).tolist() == found.tolist()


def test_far_rows_keep_a_weight() -> None:
    near = np.array([[(1e20, 1, 1), (4e20, 2, 1)]], dtype=CANDIDATE)
    found = Information(5.0, 2)(0, np.array([9]), near)[:, 2]
    assert found.min() > 0
    assert found[0] / found[1] == pytest.approx(4, rel=1e-6)
    assert selection(np.zeros(3)).tolist() == [0, 0, 0]


@pytest.mark.parametrize("theta", [0.0, 0.7, 99.0])
def test_proximity_falls_with_the_level_and_never_to_nothing(theta: float) -> None:
    weights = proximity(np.array([2, 0, 1, 4]), theta)
    np.testing.assert_allclose(weights * 2.0**-32, np.exp(-theta * np.array([2, 0, 1, 4])), atol=2.0**-32)
    assert weights.min() >= 1


def test_out_borders_and_distances_are_those_of_smote_variants() -> None:
    x, label = data()
    own = np.flatnonzero(label == 1)
    found = out_border(1, own, nearest(x, label, np.arange(24), own, 20))
    assert found[:, :2].tolist() == [[1, row] for row in own]
    assert found[:, 2].tolist() == [4, 0, 0, 0, 0, 1, 0, 0]
    recorded = [0.855102, 0.53, 0.165529, 0.165529, 0.548179, 0.548179, 0.380789, 0.380789]
    np.testing.assert_allclose(np.sqrt(np.ascontiguousarray(found[:, 3]).view(np.float64)), recorded, atol=1e-6)
    # The row with four others about it has no row of its class among three.
    assert out_border(1, own[:1], nearest(x, label, np.arange(24), own[:1], 3))[0].tolist() == [1, 16, 3, 0]


@given(st.lists(st.integers(0, 6), min_size=1, max_size=30))
def test_the_bound_is_where_the_number_of_outcasts_falls_least(before: list[int]) -> None:
    """The search for C as the paper lists it, from 2 on."""
    most = 6
    outcasts = [sum(one >= c for one in before) for c in range(most + 1)]
    falls = {c: outcasts[c - 1] - outcasts[c] for c in range(2, most + 1)}
    wanted = next(c for c, fall in falls.items() if fall == min(falls.values()))
    assert outcast_bound(np.array(before), np.ones(len(before), dtype=np.int64), most) == wanted
    values, counts = np.unique(before, return_counts=True)
    assert outcast_bound(values, counts, most) == wanted


def test_seeds_walk_to_any_row_within_the_radius_but_outcasts() -> None:
    rows = np.array([[0.0], [1.0], [2.0], [3.0], [40.0], [1.5]])
    others = np.array([1, 1, 1, 1, 1, 0])
    index = np.flatnonzero(others)
    seeds = Seeds(index, index, np.zeros(5, int), np.full(5, 400), class_key(1, 1))
    (made,) = within_radius(rows_of(rows, others=others), seeds, 3, radius=2.0)
    reached = {seed: set(made.neighbours[made.seeds == seed].tolist()) for seed in index.tolist()}
    assert reached == {0: {1, 2}, 1: {0, 2, 3}, 2: {0, 1, 3}, 3: {1, 2}, 4: {3}}
    (nearer,) = within_radius(rows_of(rows, others=others), seeds, 1, radius=2.0)
    assert set(nearer.neighbours[nearer.seeds == 2].tolist()) == {1}
    expected = rows[made.seeds] + made.gaps[:, None] * (rows[made.neighbours] - rows[made.seeds])
    np.testing.assert_allclose(made.features, expected, rtol=1e-12)
    # In units of 2 the radius is twice as long.
    (wider,) = within_radius(rows_of(rows, others=others), seeds, 4, radius=1.5, unit=2.0)
    assert set(wider.neighbours[wider.seeds == 0].tolist()) == {1, 2, 3}
    with pytest.raises(ValueError, match="weights"):
        list(within_radius(rows_of(rows), seeds, 3, radius=2.0))
