"""The cleaning rules agree with scikit-learn and SciPy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import mode
from sklearn.metrics import pairwise_distances

from spark_smote.kernels.cleaning import (
    ALL,
    Edited,
    NeighbourhoodCleaned,
    disagreeing,
    distances,
    links,
    named,
    outvoted,
)
from spark_smote.kernels.farthest import farthest
from spark_smote.kernels.finding import CANDIDATE

LABELS = arrays(np.int64, st.tuples(st.integers(0, 30), st.integers(1, 7)), elements=st.integers(0, 3))
HUGE = 1 << 62


def records(labels: np.ndarray, keys: np.ndarray | None = None, squares: np.ndarray | None = None) -> np.ndarray:
    found = np.zeros(labels.shape, dtype=CANDIDATE)
    found["label"] = labels
    found["key"] = np.arange(labels.size).reshape(labels.shape) if keys is None else keys
    found["square"] = 0.0 if squares is None else squares
    return found


@given(LABELS, st.integers(0, 3))
def test_kinds_are_the_references(labels: np.ndarray, number: int) -> None:
    assert disagreeing(number, labels).tolist() == (labels != number).any(axis=1).tolist()
    if len(labels):
        assert outvoted(number, labels).tolist() == (mode(labels, axis=1)[0] != number).tolist()


def test_missing_neighbours_have_no_vote() -> None:
    labels = np.array([[1, -1, -1], [0, -1, -1]])
    assert outvoted(1, labels).tolist() == disagreeing(1, labels).tolist() == [False, True]


@given(LABELS, st.integers(0, 3), st.sampled_from(["all", "mode"]), st.integers(1, 7))
def test_edited_names_whole_groups_and_asks_the_nearest_only(
    labels: np.ndarray, number: int, kind: str, m: int
) -> None:
    hashes = np.arange(len(labels)) * 7 - 90
    verdicts = Edited(kind, m)(number, hashes, records(labels))
    rule = disagreeing if kind == "all" else outvoted
    assert verdicts.tolist() == [[number, key, ALL] for key in hashes[rule(number, labels[:, :m])].tolist()]


def test_links_are_equal_from_both_rows() -> None:
    near = records(np.array([[1], [0], [-1], [1]]), np.array([[HUGE], [5], [0], [-HUGE]]))
    named_here = links(0, np.array([-3, 1, 2, 3]), near)
    assert named_here.tolist() == [[0, -3, 1, HUGE], [0, 3, 1, -HUGE]]
    back = links(1, np.array([-HUGE, HUGE]), records(np.array([[0], [0]]), np.array([[3], [-3]])))
    assert sorted(back.tolist()) == sorted(named_here.tolist())


def test_the_cleaning_rule_counts_the_row_itself_and_takes_what_outvotes_it() -> None:
    """Of three nearest and the row itself, the first three vote; all three go if they lose."""
    labels = np.array([[0, 0, 1], [1, 0, 0], [0, 2, 2], [2, 0, 2]])
    keys = np.array([[10, 10, 30], [31, 11, 12], [13, 20, 21], [22, 14, 22]])
    rule = NeighbourhoodCleaned(minorities=frozenset({1}), targeted=frozenset({0}), cleaned=frozenset({0}), m=3)
    # Rows: 1,0,0 -> 0 wins; 1,1,0 -> 1 wins; 1,0,2 and 1,2,0 -> a tie, which the first class wins.
    found = rule(1, np.arange(4), records(labels, keys))
    assert sorted(found.tolist()) == [[0, 10, 2], [0, 13, 1], [0, 14, 1]]
    assert rule(0, np.arange(4), records(labels, keys)).tolist() == [[0, 2, ALL], [0, 3, ALL]]
    assert len(rule(2, np.arange(4), records(labels, keys))) == 0


@given(LABELS)
def test_named_counts_equal_rows_among_the_nearest_of_one(labels: np.ndarray) -> None:
    keys = labels % 2
    found = named(0, np.arange(len(labels)), records(labels, keys))
    most: dict[tuple[int, int], int] = {}
    for row, own in zip(labels.tolist(), keys.tolist(), strict=True):
        pairs = list(zip(row, own, strict=True))
        for pair in pairs:
            most[pair] = max(most.get(pair, 0), pairs.count(pair))
    counted: dict[tuple[int, int], int] = {}
    for number, key, rows in found.tolist():
        counted[number, key] = max(counted.get((number, key), 0), rows)
    assert counted == most


def test_sums_of_distances_sort_as_their_bits() -> None:
    squares = np.array([[0.0, 4.0], [1e300, 1.0], [0.0, 0.0], [-4.0, -9.0]])
    bits = distances(3, np.arange(4), records(np.zeros((4, 2), dtype=np.int64), squares=squares))
    assert bits[:, :2].tolist() == [[3, 0], [3, 1], [3, 2], [3, 3]]
    assert np.ascontiguousarray(bits[:, 2]).view(np.float64).tolist() == [2.0, 1e150 + 1.0, 0.0, 5.0]
    assert np.argsort(bits[:, 2]).tolist() == [2, 0, 3, 1]


@given(st.integers(0, 99), st.integers(1, 40), st.integers(1, 12), st.integers(1, 5))
def test_farthest_are_the_farthest(seed: int, rows: int, points: int, width: int) -> None:
    rng = np.random.default_rng(seed)
    base, asked, k = rng.normal(size=(rows, width)) + 100, rng.normal(size=(points, width)), min(rows, 1 + seed % 4)
    found, squares = farthest(base, asked, k)
    truth = np.sort(pairwise_distances(asked, base) ** 2, axis=1)[:, ::-1][:, :k]
    np.testing.assert_allclose(-squares, truth, rtol=1e-9)
    for row, one, square in zip(found, asked, squares, strict=True):
        assert len(set(row.tolist())) == k
        np.testing.assert_allclose(-((base[row] - one) ** 2).sum(axis=1), square, rtol=1e-12)


@pytest.mark.parametrize("k", [1, 3, 50])
def test_farthest_of_more_points_than_fit_a_block(k: int) -> None:
    rng = np.random.default_rng(k)
    base, asked = rng.normal(size=(3000, 4)), rng.normal(size=(2500, 4))
    truth = np.sort(pairwise_distances(asked, base), axis=1)[:, ::-1][:, :k]
    np.testing.assert_allclose(np.sqrt(-farthest(base, asked, k)[1]), truth, rtol=1e-9)
