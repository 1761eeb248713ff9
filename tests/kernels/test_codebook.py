"""A codebook by k-means, and the pairs of its vectors that lie apart alike, by the loops of smote_variants."""

import numpy as np
import pytest
from chunks import cell as rows_of
from sklearn.cluster import KMeans

from spark_smote.kernels.clusters import Clusters
from spark_smote.kernels.codebook import codebook, moved, similar_pairs
from spark_smote.kernels.draws import class_key
from spark_smote.kernels.synthetic import Seeds

KEY = class_key(3, 1)


def clustered(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(400, 2)) * 0.2 + rng.integers(4, size=(400, 2)) * 3.0


def test_the_codebook_is_about_as_good_as_that_of_scikit_learn() -> None:
    points = clustered(1)
    ours = Clusters(codebook(points, np.ones(400), 16, KEY))
    theirs = KMeans(16, n_init=10, random_state=0).fit(points).inertia_
    assert len(ours.centres) == 16
    assert ((points - ours.centres[ours.of(points)]) ** 2).sum() < 6 * theirs
    np.testing.assert_allclose([points[ours.of(points) == c].mean(axis=0) for c in range(16)], ours.centres)


def test_equal_rows_count_as_often_as_they_occur() -> None:
    points, counts = np.array([[0.0], [3.0], [9.0]]), np.array([1, 3, 2])
    assert codebook(points, counts.astype(float), 1, KEY).tolist() == [[27 / 6]]
    assert codebook(points, counts.astype(float), 10, KEY).tolist() == points.tolist()


def pairs_of(vectors: np.ndarray) -> np.ndarray:
    """As smote_variants' loops, with both ends of the best pair in place of a random one, and two ends that differ."""
    count = len(vectors)
    found = np.zeros((count, count), dtype=int)
    for p in range(count):
        for q in range(count):
            if p == q:
                continue
            best, ends = np.inf, (0, 0)
            for i in range(count):
                for j in range(count):
                    if i != j and p not in (i, j) and q not in (i, j):
                        apart = float(np.linalg.norm(vectors[p] - vectors[q] - (vectors[i] - vectors[j])))
                        if apart < best:
                            best, ends = apart, (i, j)
            for end in ends:
                found[end, p] += 1
    return found


@pytest.mark.parametrize("count", [4, 5, 9])
def test_rows_are_moved_as_the_most_similar_pair_lies_apart(count: int) -> None:
    vectors = np.random.default_rng(count).normal(size=(count, 3))
    assert similar_pairs(vectors).tolist() == pairs_of(vectors).tolist()


def test_few_vectors() -> None:
    assert similar_pairs(np.zeros((1, 2))).tolist() == [[1]]
    assert similar_pairs(np.eye(2)).tolist() == [[1, 0], [0, 1]]
    assert similar_pairs(np.eye(3)).tolist() == [[0, 2, 2], [2, 0, 2], [2, 2, 0]]


def test_each_offset_is_drawn_in_proportion_to_its_chances() -> None:
    rows, offsets, chances = np.zeros((3, 2)), np.array([[1.0, 0.0], [0.0, 1.0], [5.0, 5.0]]), np.array([1, 3, 0])
    seeds = Seeds(np.array([0, 2]), np.array([4, 6]), np.zeros(2, int), np.array([4000, 0]), KEY)
    (made,) = moved(rows_of(rows), seeds, 0, offsets=offsets, chances=chances)
    drawn = {tuple(row): n for row, n in zip(*np.unique(made.features, axis=0, return_counts=True), strict=True)}
    assert set(drawn) == {(2.0, 0.0), (0.0, 2.0)}
    assert drawn[0.0, 2.0] == pytest.approx(3000, abs=120)
    assert made.seeds.tolist() == [0] * 4000 and made.neighbours is None


def test_the_largest_numbers_are_moved_without_overflow() -> None:
    rows = np.array([[1.7e308, -1.7e308, 1e-300]])
    seeds = Seeds(np.array([0]), np.array([4]), np.zeros(1, int), np.array([1]), KEY)
    offsets = np.array([[-1.7e308, -1.7e308, 1e-300]])
    (made,) = moved(rows_of(rows), seeds, 0, offsets=offsets, chances=np.array([1]))
    assert made.features.tolist() == [[-1.7e308, -np.finfo(float).max, 3e-300]]
