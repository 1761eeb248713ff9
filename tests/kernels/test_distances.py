"""Weights and metrics: the nearest rows of the kernels are those of scikit-learn."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from chunks import cell
from sklearn.metrics.pairwise import cosine_distances
from sklearn.neighbors import NearestNeighbors

from spark_smote.kernels import nearest
from spark_smote.kernels.finding import Finding
from spark_smote.kernels.nominal import Levels, Mismatch, ValueDifference
from spark_smote.kernels.space import Space, of_unit_length

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


@pytest.mark.parametrize("width", [3, 7])
@pytest.mark.parametrize("metric", ["manhattan", "cosine"])
def test_nearest_rows_by_other_metrics(metric: str, width: int) -> None:
    rows = RNG.normal(size=(400, width)) * 10.0 ** RNG.integers(-3, 4, size=(400, 1))
    theirs = NearestNeighbors(n_neighbors=6, metric=metric, algorithm="brute").fit(rows)
    expected = theirs.kneighbors(rows, return_distance=False)[:, 1:]
    found = Space(metric=metric).nearest(rows, np.arange(400), 5)
    # Of angles in a narrow cone scikit-learn's products lose more bits than differences.
    assert (found == expected).mean() > 0.999


def test_lengths_do_not_count_and_zeros_are_at_right_angles() -> None:
    rows = RNG.normal(size=(60, 4))
    rows[[5, 9]] = 0.0
    far = rows * np.ldexp(1.0, RNG.integers(-900, 900, size=(60, 1)))
    made = of_unit_length(rows)
    assert np.array_equal(of_unit_length(far), made)
    assert all(np.array_equal(of_unit_length(row[None])[0], one) for row, one in zip(rows, made, strict=True))
    squares = ((made[:, None] - made) ** 2).sum(axis=2)
    expected = 2 * cosine_distances(rows)
    expected[5, 9] = expected[9, 5] = 0.0
    np.testing.assert_allclose(squares, expected, atol=1e-12)


def test_absolute_differences_in_blocks_and_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same to the last bit, whichever rows are compared together; equally near rows by their hashes."""
    rows, hashes, asked = np.round(RNG.normal(size=(300, 6)), 1), RNG.permutation(300), np.arange(300) < 20
    search = partial(nearest.k_nearest, manhattan=True)

    def found(size: int) -> list[list[tuple[float, int]]]:
        order = np.argsort(asked, kind="stable")[::-1]
        parts = np.split(order, range(size, 300, size))
        chunks = [cell(rows[part], hashes[part], ~asked[part]) for part in parts]
        _, keys, near = Finding(4, Space(metric="manhattan"), search)(iter(chunks))
        return [near[["square", "key"]][place].tolist() for place in np.argsort(keys)]

    whole = found(300)
    monkeypatch.setattr(nearest, "_BLOCK_DOUBLES", 700)
    assert found(300) == found(23) == whole
    apart = np.abs(rows[asked][:, None] - rows[~asked]).sum(axis=2)
    first = np.array([near[0][0] for near in whole])
    np.testing.assert_allclose(np.sqrt(first), apart.min(axis=1)[np.argsort(hashes[asked])], rtol=1e-12)
