"""Assembled SMOTE's clusters: those of the oracle, trees of SciPy, directions of NumPy, and groups of rows."""

import numpy as np
import pytest
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial.distance import cdist

from spark_smote.kernels.assemblies import Assemblies, assembled, principal, spanning_tree


def _lines() -> np.ndarray:
    """Three lines, of which two run about parallel, in mixed order."""
    rng, t = np.random.default_rng(9), np.linspace(0, 1, 14)
    lines = [
        np.c_[6 * t, 0.2 * np.sin(9 * t)],
        np.c_[6.9 + 0.1 * np.cos(7 * t), 5 * t - 7],
        np.c_[-3 + 2.5 * t, 2.2 + 2.5 * t],
    ]
    x = np.round(np.concatenate(lines) + rng.normal(scale=0.02, size=(42, 2)), 3)
    return x[rng.permutation(42)]


ORACLE = {
    (4, 0.5): "010010111111000111010111111111011010111100",
    (5, 0.9): "010020112121000122010221211112011020222200",
}
"""Clusters by pop and thres: smote_variants 1.0.1, Assembled_SMOTE.do_the_clustering."""


@pytest.mark.parametrize(("pop", "thres"), ORACLE)
def test_clusters_are_those_of_smote_variants(pop: int, thres: float) -> None:
    assert "".join(map(str, assembled(_lines(), pop, thres))) == ORACLE[pop, thres]


def test_small_clusters_always_merge_and_others_not_at_threshold_1() -> None:
    x = _lines()
    assert assembled(x, 42, 1.0).tolist() == [0] * 42
    assert assembled(x, 1, 1.0).tolist() == list(range(42))
    assert assembled(np.ones((5, 2)), 5, 0.3).tolist() == [0] * 5
    assert assembled(np.empty((0, 2)), 2, 0.3).tolist() == []


def test_the_tree_is_minimal_and_its_edges_ascend() -> None:
    x = np.random.default_rng(2).normal(size=(60, 3))
    edges = spanning_tree(x)
    lengths = np.array([np.linalg.norm(x[a] - x[b]) for a, b in edges])
    assert (np.diff(lengths) >= 0).all()
    assert lengths.sum() == pytest.approx(minimum_spanning_tree(cdist(x, x)).sum())


def test_the_direction_is_the_first_principal_axis() -> None:
    rng = np.random.default_rng(4)
    for _ in range(20):
        x = rng.normal(size=(30, 5)) @ rng.normal(size=(5, 5))
        axis = np.linalg.eigh(np.cov(x.T))[1][:, -1]
        assert abs(principal(np.cov(x.T)) @ axis) == pytest.approx(1, abs=1e-6)
    assert principal(np.zeros((3, 3))).tolist() == [0, 0, 0]


def test_rows_near_the_border_join_the_nearest_linked_row_and_single_rows_the_largest_group() -> None:
    unit = np.array([2.0, 10.0])
    linked = np.array([[0.0, 0.0], [4.0, 0.0], [8.0, 0.0]])
    groups = Assemblies({1: linked}, {1: np.array([0, 1, 0])}, {1: np.array([5, 6, 7])}, unit)
    rows, others = np.array([[1.0, 0.0], [7.0, 9.0], [18.0, 0.0], [8.0, 0.0]]), np.array([1, 2, 5, 0])
    assert groups(1, rows, others).tolist() == [5, 6, 5, 7]
    assert groups(0, rows, others).tolist() == [-1] * 4
    joined, sizes = groups.merged({5: 2, 6: 1, 7: 9})
    assert joined(1, rows, others).tolist() == [5, 7, 5, 7]
    assert sizes == {5: 2, 7: 10}
