"""Weighed features: the distance of the kernels is that of scikit-learn with ``metric_params``."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from spark_smote.kernels.nominal import Levels, Mismatch, ValueDifference
from spark_smote.kernels.space import Space

RNG = np.random.default_rng(5)
WEIGHTS = np.array([4.0, 0.0, 0.3, 1.0, 2.0, 1e-3, 7.0])


@pytest.mark.parametrize("width", [3, 7])
def test_a_unit_is_the_inverse_root_of_a_weight_and_infinite_for_none(width: int) -> None:
    rows, weights = RNG.normal(size=(300, width)), WEIGHTS[:width]
    with np.errstate(divide="ignore"):
        found = Space(1 / np.sqrt(weights)).nearest(rows, np.arange(300), 5)
    theirs = NearestNeighbors(n_neighbors=6, metric="minkowski", metric_params={"w": weights}, algorithm="brute")
    assert np.array_equal(found, theirs.fit(rows).kneighbors(rows, return_distance=False)[:, 1:])


def test_categories_weigh_as_many_times_the_mismatch() -> None:
    codes, weights = RNG.integers(1 << 40, size=(60, 1)) % np.array([3, 4, 5]) * 1.0, (0.5, 0.0, 3.0)
    weighed = Mismatch(3, 0.7, weights)
    prepared = weighed.prepare(codes)
    block = weighed.block(prepared, np.ascontiguousarray(prepared.T))
    np.testing.assert_allclose(block, ((codes[:, None] != codes) @ np.array(weights)) * 0.49, atol=1e-12)
    here, there = RNG.integers(60, size=(2, 90))
    assert np.array_equal(weighed.pairs(prepared[here], prepared[there]), block[here, there])
    assert np.array_equal(np.unique(prepared[:, 1]), [0.0])
    alike = Mismatch(3, 0.7, (4.0, 4.0, 4.0))
    np.testing.assert_allclose(alike.embed(codes), Mismatch(3, 1.4).embed(codes), rtol=1e-12)


def test_value_differences_weigh_as_many_times() -> None:
    codes, classes = np.arange(6) % 3 * 1.0, np.arange(6) // 3
    counts = np.array([3, 1, 2, 1, 5, 2])
    plain, weighed, none = (ValueDifference((Levels.of(codes, classes, counts, 2, w),)) for w in (1.0, 0.25, 0.0))
    rows = np.array([[0.0], [1.0], [2.0]])
    of_plain, of_weighed = plain.prepare(rows), weighed.prepare(rows)
    np.testing.assert_allclose(
        weighed.block(of_weighed, of_weighed.T), plain.block(of_plain, of_plain.T) / 4, atol=1e-12
    )
    assert np.unique(none.prepare(rows)).tolist() == [0.0]
