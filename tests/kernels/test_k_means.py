"""Centres by k-means: as good as scikit-learn's, and the same however they are asked for."""

from __future__ import annotations

import numpy as np
from sklearn.cluster import KMeans

from spark_smote.kernels.clusters import Clusters
from spark_smote.kernels.k_means import k_means_centres

RNG = np.random.default_rng(4)
MIDDLES = np.array([[0.0, 0.0, 0.0], [20.0, 0.0, 0.0], [0.0, 20.0, 0.0], [0.0, 0.0, 20.0]])
POINTS = MIDDLES[RNG.integers(4, size=400)] + RNG.normal(size=(400, 3))
WEIGHTS = RNG.integers(1, 4, size=400).astype(np.float64)


def inertia(centres: np.ndarray) -> float:
    apart = ((POINTS[:, None] - centres) ** 2).sum(axis=2).min(axis=1)
    return float((WEIGHTS * apart).sum())


def test_centres_are_as_good_as_those_of_scikit_learn() -> None:
    theirs = KMeans(4, n_init=10, random_state=0).fit(POINTS, sample_weight=WEIGHTS)
    best = inertia(theirs.cluster_centers_)
    ours = [k_means_centres(POINTS, WEIGHTS, 4, (seed, 1)) for seed in range(5)]
    assert np.median([inertia(centres) for centres in ours]) <= best * (1 + 1e-9)
    # Each centre is the mean of its rows.
    home = Clusters(ours[0]).of(POINTS)
    means = [np.average(POINTS[home == c], axis=0, weights=WEIGHTS[home == c]) for c in range(len(ours[0]))]
    np.testing.assert_allclose(ours[0], means)


def test_draws_depend_on_the_key_and_few_rows_make_few_clusters() -> None:
    assert (k_means_centres(POINTS, WEIGHTS, 9, (1, 1)) == k_means_centres(POINTS, WEIGHTS, 9, (1, 1))).all()
    assert not np.array_equal(k_means_centres(POINTS, WEIGHTS, 9, (1, 1)), k_means_centres(POINTS, WEIGHTS, 9, (2, 1)))
    assert k_means_centres(POINTS[:2], WEIGHTS[:2], 5, (1, 1)).tolist() == sorted(POINTS[:2].tolist())
    assert k_means_centres(np.empty((0, 3)), np.empty(0), 5, (1, 1)).tolist() == [[0.0, 0.0, 0.0]]
