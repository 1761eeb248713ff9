"""k-means in a cell: as many clusters as asked for, none empty, whose centres are the means of their rows."""

import numpy as np
import pytest
from chunks import cell
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import KMeans

from spark_smote.kernels.centroids import centroids, clustered
from spark_smote.kernels.seeding import CellSeeds, Task


@given(seed=st.integers(0, 9_999), rows=st.integers(1, 40), wanted=st.integers(1, 40), top=st.integers(1, 6))
@settings(deadline=None, max_examples=60)
def test_every_cluster_has_a_row_of_its_own(seed: int, rows: int, wanted: int, top: int) -> None:
    rng, wanted = np.random.default_rng(seed), min(rows, wanted)
    points = rng.integers(0, top, size=(rows, 2)).astype(float) * 10.0 ** rng.integers(-300, 300)
    near, means = clustered(points, rng.choice(rows, wanted, replace=False))
    assert len(set(near.tolist())) == len(near) == len(means) == wanted
    assert ((means >= points.min(axis=0)) & (means <= points.max(axis=0))).all()
    if wanted == rows:
        assert np.array_equal(means, points[near])


def test_clusters_are_as_tight_as_those_of_scikit_learn() -> None:
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(2_000, 6)) + 4 * rng.integers(0, 3, size=(2_000, 6))

    def spread(centres: np.ndarray) -> float:
        return float(((rows[:, None] - centres) ** 2).sum(axis=2).min(axis=1).sum())

    _, ours = clustered(rows, np.arange(0, 2_000, 50))
    theirs = KMeans(40, n_init=1, init=rows[::50], random_state=0).fit(rows).cluster_centers_
    assert spread(ours) < 1.02 * spread(theirs)


@pytest.mark.parametrize("extreme", [1e308, 0.0])
def test_extreme_values_neither_overflow_nor_vanish(extreme: float) -> None:
    rows = np.array([[extreme, 1.0], [-extreme, 1.0], [extreme, 2.0], [-extreme, 1.0]])
    _, means = clustered(rows, np.array([0, 1]))
    assert np.isfinite(means).all()
    assert extreme == 0 or sorted(means[:, 0].tolist()) == [-extreme, extreme]


def test_quotas_are_kept_in_chunks() -> None:
    rows, task = np.random.default_rng(2).normal(size=(60, 2)), Task(0, 60, 13, 0, (1, 2))
    place, made = CellSeeds(0).placing(task), 0
    for at in range(0, 60, 20):
        chunk = cell(rows[at : at + 20], np.arange(at, at + 20))
        made += sum(len(block.seeds) for block in centroids(chunk, place(chunk), 0))
    assert made == 13
