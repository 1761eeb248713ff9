"""Clusters and their shares agree with imbalanced-learn's KMeansSMOTE, given the same clusters."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from imblearn.over_sampling import KMeansSMOTE
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.metrics import pairwise_distances

from spark_smote.kernels import clusters
from spark_smote.kernels.clusters import (
    Clusters,
    log_sparsity,
    mean_distance,
    sampling_weights,
    selected,
)
from spark_smote.kernels.groups import ClusterCounts, Groups

CENTRES = np.array([[0.0, 0.0], [100.0, 0.0], [0.0, 100.0], [100.0, 100.0], [200.0, 0.0]])


class Given(ClusterMixin, BaseEstimator):
    """A cluster estimator with given centres, for imbalanced-learn."""

    def __init__(self, n_clusters: int = len(CENTRES)) -> None:
        self.n_clusters = n_clusters

    def fit(self, features: np.ndarray) -> "Given":
        return self

    def predict(self, features: np.ndarray) -> np.ndarray:
        return Clusters(CENTRES).of(features)

    def fit_predict(self, features: np.ndarray) -> np.ndarray:
        return self.predict(features)


@given(
    rows=npst.arrays(np.float64, st.tuples(st.integers(0, 30), st.just(3)), elements=st.integers(-3, 3).map(float)),
    centres=npst.arrays(np.float64, st.tuples(st.integers(1, 6), st.just(3)), elements=st.integers(-3, 3).map(float)),
)
@settings(deadline=None)
def test_cluster_is_that_of_the_nearest_centre_of_ties_the_first(rows: np.ndarray, centres: np.ndarray) -> None:
    unit = np.array([1.0, 2.0, 0.5])
    square = ((rows[:, None] / unit - centres) ** 2).sum(axis=2)
    assert Clusters(centres, unit).of(rows).tolist() == square.argmin(axis=1).tolist()


@pytest.mark.parametrize("width", [1, 2, 3, 7, 8, 17, 64])
def test_cluster_does_not_depend_on_the_batch(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(width)
    # Half-way between the centres, where the last bit decides.
    found = Clusters(np.repeat([[0.1], [0.3]], width, axis=1) + rng.permutation(width) * 1e-3)
    rows = found.centres.mean(axis=0) + rng.normal(size=(300, width)) * 1e-16
    whole = found.of(rows)
    assert width == 1 or 0 < whole.sum() < 300
    assert [found.of(row[None])[0] for row in rows] == whole.tolist()
    assert found.of(rows[::-3]).tolist() == whole[::-3].tolist()
    monkeypatch.setattr(clusters, "_BLOCK_DOUBLES", 50)
    assert found.of(rows).tolist() == whole.tolist()


def test_counts_add_up_over_tasks() -> None:
    rows = np.random.default_rng(0).normal(size=(200, 2)) * 100
    total = ClusterCounts(Clusters(CENTRES))
    for part in np.split(rows, [70, 70]):
        task = ClusterCounts(Clusters(CENTRES))
        task.add(np.zeros(len(part), dtype=np.int64), part)
        total.merge(*task.packed())
    assert total.rows.tolist() == np.bincount(Clusters(CENTRES).of(rows), minlength=len(CENTRES)).tolist()


def test_groups_number_the_clusters_in_which_each_class_fits() -> None:
    mine, theirs = Clusters(CENTRES), Clusters(CENTRES[:2])
    fit = {2: np.array([True, False, True, False, True]), 4: np.array([False, True]), 7: np.array([False, False])}
    groups = Groups.fitting({1: mine, 2: mine, 4: theirs, 7: theirs}, fit)
    assert groups(2, CENTRES[[4, 0, 1, 2]] + 3.0).tolist() == [2, 0, -1, 1]
    assert groups(4, CENTRES[:2]).tolist() == [-1, 3]
    assert groups(7, CENTRES[:2]).tolist() == [4, 4], "that fits in none has one group"
    assert groups(1, CENTRES).tolist() == [-1] * len(CENTRES)
    counts = ClusterCounts(mine)
    counts.add(np.arange(1, 5) << 32, CENTRES[[0, 1, 4, 4]])
    found = groups.contents(2, counts)
    assert {group: (one.rows, one.checksum) for group, one in found.items()} == {0: (1, 1), 1: (0, 0), 2: (2, 7)}


@pytest.mark.parametrize("width", [1, 5])
@pytest.mark.parametrize("rows", [2, 3, 150])
def test_mean_distance_is_that_of_all_pairs(width: int, rows: int) -> None:
    features = np.random.default_rng(rows).normal(size=(rows, width)) + 50
    expected = pairwise_distances(features - 50).sum() / (rows * (rows - 1))
    assert mean_distance(features) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("exponent", ["auto", 0.0, 2.5])
@pytest.mark.parametrize("spread", [0.0, 1e-3, 1.0, 40.0])
@pytest.mark.parametrize("rows", [2, 5, 80])
def test_sparsity_is_that_of_imbalanced_learn(exponent: str | float, spread: float, rows: int) -> None:
    features = np.random.default_rng(1).normal(size=(rows, 3)) * spread
    theirs = KMeansSMOTE(density_exponent=exponent)._find_cluster_sparsity(features)
    ours = log_sparsity(mean_distance(features), rows, None if exponent == "auto" else float(exponent))
    assert math.exp(ours) == pytest.approx(theirs, rel=1e-8)


@given(npst.arrays(np.float64, st.integers(1, 8), elements=st.floats(1e-3, 1e3)))
@settings(deadline=None)
def test_sampling_weights_are_shares_of_sparsity_at_any_magnitude(sparsities: np.ndarray) -> None:
    for shift in (-1e4, 0.0, 1e4):
        np.testing.assert_allclose(
            sampling_weights(np.log(sparsities) + shift), sparsities / sparsities.sum(), rtol=1e-9
        )


def test_clusters_of_equal_rows_get_no_share_unless_all_are() -> None:
    assert sampling_weights(np.array([-np.inf, 0.0])).tolist() == [0.0, 1.0]
    assert sampling_weights(np.full(4, -np.inf)).tolist() == [0.25] * 4


@pytest.mark.parametrize("threshold", [0.1, 0.2, 0.5])
@pytest.mark.parametrize("exponent", ["auto", 1.5])
@pytest.mark.parametrize("k", [2, 6])
def test_cluster_totals_equal_those_of_imbalanced_learn(threshold: float, exponent: str | float, k: int) -> None:
    rng = np.random.default_rng(5)
    own, everyone = np.array([40, 6, 7, 30, 3]), np.array([100, 30, 14, 400, 4])
    parts, labels = [], []
    for number, centre in enumerate(CENTRES):
        parts.append(centre + rng.normal(size=(everyone[number], 2)) * (number + 1))
        labels.append(np.arange(everyone[number]) < own[number])
    features, classes = np.vstack(parts), np.concatenate(labels).astype(int)
    wanted = int((classes == 0).sum() - (classes == 1).sum())
    theirs = KMeansSMOTE(
        k_neighbors=k,
        kmeans_estimator=Given(),
        cluster_balance_threshold=threshold,
        density_exponent=exponent,
    )
    made = Clusters(CENTRES).of(theirs.fit_resample(features, classes)[0][len(features) :])

    fit = np.flatnonzero(selected(own, everyone, threshold, k))
    power = None if exponent == "auto" else float(exponent)
    seeds = [parts[number][: own[number]] for number in fit]
    weights = sampling_weights(np.array([log_sparsity(mean_distance(rows), len(rows), power) for rows in seeds]))
    expected = np.zeros(len(CENTRES), dtype=int)
    expected[fit] = np.ceil(wanted * weights)
    assert 0 < len(fit) < len(CENTRES)
    assert np.bincount(made, minlength=len(CENTRES)).tolist() == expected.tolist()


def test_a_cluster_with_just_the_least_share_is_selected() -> None:
    assert selected(np.array([7]), np.array([100]), 0.07, 2).tolist() == [True]
