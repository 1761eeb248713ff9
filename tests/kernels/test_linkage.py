"""Clusters by average linkage, compared with a reference written from the paper, and partners within clusters."""

import numpy as np
import pytest
from chunks import cell as rows_of
from hypothesis import given
from hypothesis import strategies as st

from spark_smote.kernels.draws import class_key
from spark_smote.kernels.groups import ClusterCounts, Groups
from spark_smote.kernels.linkage import LinkedClusters, linked, partners
from spark_smote.kernels.synthetic import Seeds


def merged(points: np.ndarray, reach: float, counted: np.ndarray) -> list[set[int]]:
    """Section 3.4 of the MWMOTE paper, step by step: merge the two nearest clusters until they are too far apart."""
    apart = np.sqrt(((points[:, None] - points) ** 2).sum(axis=2))
    own = apart[np.ix_(counted, counted)] + np.diag(np.full(counted.sum(), np.inf))
    threshold = reach * own.min(axis=1).mean()
    clusters = [{index} for index in range(len(points))]
    while len(clusters) > 1:
        pairs = [(i, j) for i in range(len(clusters)) for j in range(i)]
        means = [apart[np.ix_(list(clusters[i]), list(clusters[j]))].mean() for i, j in pairs]
        if min(means) > threshold:
            break
        i, j = pairs[int(np.argmin(means))]
        clusters[j] |= clusters.pop(i)
    return clusters


@pytest.mark.parametrize("reach", [0.5, 3.0, 5.0])
def test_clusters_are_those_of_the_paper(reach: float) -> None:
    rng = np.random.default_rng(2)
    points = rng.normal(size=(60, 2)) * 0.4 + rng.integers(3, size=(60, 1)) * 4
    counted = rng.random(60) < 0.8
    labels = linked(points, reach, counted)
    found = {frozenset(np.flatnonzero(labels == one).tolist()) for one in range(labels.max() + 1)}
    assert found == {frozenset(own) for own in merged(points, reach, counted)}
    assert labels[0] == 0


def test_one_row_and_no_counted_row_make_clusters_too() -> None:
    assert linked(np.zeros((1, 2)), 3.0, np.array([True])).tolist() == [0]
    assert linked(np.array([[0.0], [1.0], [50.0]]), 3.0, np.zeros(3, dtype=bool)).max() < 2


@given(st.lists(st.integers(1, 2), min_size=2, max_size=12), st.integers(0, 9))
def test_no_cluster_of_one_row_stays_where_there_are_two(rows: list[int], seed: int) -> None:
    points = np.random.default_rng(seed).normal(size=(len(rows), 2))
    joined = LinkedClusters(points, np.arange(len(rows))).joined(np.array(rows))
    sizes = np.bincount(joined, rows)
    assert sizes.min() >= 2
    alone = [index for index, own in enumerate(rows) if own > 1]
    # Rows that were not alone stay apart from each other.
    assert len(set(joined[alone].tolist())) == len(alone)


def test_rows_join_the_cluster_of_the_nearest_sampled_row_and_are_counted_there() -> None:
    clusters = LinkedClusters(np.array([[0.0], [4.0], [9.0]]), np.array([0, 1, 1]), unit=2.0)
    rows, hashes = np.array([[1.0], [7.0], [30.0]]), np.array([1 << 32, 2 << 32, 4 << 32])
    counts = ClusterCounts(clusters)
    counts.add(hashes, rows)
    assert counts.rows.tolist() == [1, 2] and counts.checksums.tolist() == [1, 6]
    groups = Groups({3: clusters}, {3: np.array([10, 11])})
    assert groups(3, rows).tolist() == [10, 11, 11]
    assert groups(2, rows).tolist() == [-1, -1, -1]


def test_partners_are_all_other_rows_equally_often() -> None:
    rows = np.random.default_rng(1).normal(size=(5, 3))
    seeds = Seeds(np.array([1, 4]), np.array([7, 9]), np.zeros(2, int), np.array([4000, 4000]), class_key(1, 1))
    (made,) = partners(rows_of(rows), seeds, 1)
    for seed in (1, 4):
        times = np.bincount(made.neighbours[made.seeds == seed], minlength=5)
        assert times[seed] == 0 and np.delete(times, seed).min() > 900
    expected = rows[made.seeds] + made.gaps[:, None] * (rows[made.neighbours] - rows[made.seeds])
    np.testing.assert_allclose(made.features, expected, rtol=1e-12)
    (alone,) = partners(rows_of(rows[:1]), Seeds(*np.zeros((3, 1), int), np.array([2]), class_key(1, 1)), 1)
    assert alone.features.tolist() == [rows[0].tolist()] * 2
    assert list(partners(rows_of(rows), Seeds(*np.zeros((4, 0), int), class_key(1, 1)), 1)) == []
