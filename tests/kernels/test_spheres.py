"""CCR's spheres: radii by the paper's growth step by step and by the oracle's, weights, and rows inside."""

import numpy as np
from chunks import cell
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from spark_smote.kernels import draws
from spark_smote.kernels.finding import CANDIDATE, Finding
from spark_smote.kernels.space import Space
from spark_smote.kernels.spheres import heaviest, inside_spheres, radii, shares_of_energy, small_first
from spark_smote.kernels.synthetic import Seeds

Matrix = NDArray[np.float64]


def _grown(distances: list[float], energy: float) -> float:
    """Algorithm 1 of the paper: from one row of another class to the next, while there is energy."""
    radius, left = 0.0, energy
    for inside, distance in enumerate(distances):
        cost = (distance - radius) * (inside + 1)
        if cost >= left:
            return radius + left / (inside + 1)
        radius, left = distance, left - cost
    return radius + left / (len(distances) + 1)


@given(
    distances=st.lists(st.lists(st.floats(0, 4), min_size=6, max_size=6), min_size=1, max_size=8),
    energy=st.floats(0.01, 20),
)
def test_radii_are_those_of_spheres_grown_step_by_step(distances: list[list[float]], energy: float) -> None:
    ascending = np.sort(np.array(distances), axis=1)
    found = radii(ascending, energy)
    np.testing.assert_allclose(found, [_grown(row.tolist(), energy) for row in ascending], rtol=1e-9)
    spent = found + np.maximum(found[:, None] - ascending, 0).sum(axis=1)
    np.testing.assert_allclose(spent, energy, rtol=1e-9)
    # With fewer rows known a radius is too large, but not by more than the bound.
    few = radii(ascending[:, :3], energy)
    assert ((few - found > -1e-9) & (few - found <= energy / 4 + 1e-9)).all()


def test_radii_are_those_of_smote_variants_up_to_one_row_inside() -> None:
    """smote_variants 1.0.1, CCR(energy=0.3), by the Manhattan distances of these rows."""
    rng = np.random.default_rng(5)
    x = np.round(rng.normal(size=(40, 2)), 2)
    x[:12] += 0.6
    distances = np.sort(np.abs(x[:12, None] - x[None, 12:]).sum(axis=2), axis=1)
    oracle = [0.275, 0.275, 0.3, 0.255, 0.3, 0.3, 0.3, 0.195, 0.295, 0.275, 0.3, 0.3]
    np.testing.assert_allclose(radii(distances, 0.3), oracle, rtol=1e-12)


def test_only_rows_of_other_classes_stop_a_sphere_and_weights_are_inverse() -> None:
    rng = np.random.default_rng(3)
    x, classes = rng.normal(size=(300, 3)), rng.integers(0, 3, 300)
    x[7] = x[8]
    hashes = np.arange(300)
    hashes[8] = hashes[7]
    asking = np.flatnonzero(classes == 1)
    both = [cell(x[asking], hashes[asking], np.zeros(len(asking), dtype=bool), classes[asking])]
    both += [cell(x[part], hashes[part], None, classes[part]) for part in (slice(0, 90), slice(90, 300))]
    _, found, nearest = Finding(5, Space(0.5), others_only=True)(iter(both))
    assert set(np.unique(nearest["label"])) == {0, 2}
    shares = shares_of_energy(1, nearest, energy=1.2).view(np.float64)
    away = 2 * np.sqrt(((x[asking, None] - x[None, classes != 1]) ** 2).sum(axis=2))
    of = {hash_: np.sort(row)[:5] for hash_, row in zip(hashes[asking].tolist(), away, strict=True)}
    expected = np.array([_grown(of[hash_].tolist(), 1.2) for hash_ in found.tolist()])
    np.testing.assert_allclose(shares * 1.2, expected, rtol=1e-12)
    weights = small_first(x[: len(shares)], shares.view(np.int64), 5)
    np.testing.assert_allclose(weights / weights[0], expected[0] / expected, rtol=1e-4)
    assert weights.max() <= heaviest(5)


def test_a_row_alone_has_a_sphere_of_the_whole_energy_and_one_amid_equal_rows_the_smallest() -> None:
    nearest = np.zeros((2, 4), dtype=CANDIDATE)
    nearest["label"][0], nearest["square"][0] = -1, np.inf
    shares = shares_of_energy(1, nearest, energy=3.0)
    np.testing.assert_allclose(shares.view(np.float64), [1.0, 0.2], rtol=1e-15)
    assert small_first(np.zeros((2, 1)), shares, 4)[1] == heaviest(4)


def test_rows_lie_inside_the_spheres_in_all_directions() -> None:
    rng = np.random.default_rng(0)
    features, radius = rng.normal(size=(6, 5)) * 100, np.array([1.0, 0.5, 0.25, 0.01, 1e-9, 0.0])
    reach = np.array([2.0, 20.0, 0.2, 2.0, 2.0])
    quotas = np.array([4000, 300, 0, 300, 300, 3])

    def made(part: slice) -> tuple[Matrix, NDArray[np.int64]]:
        rows = np.arange(6)[part]
        hashes, ordinals = rows * 7919, np.zeros(len(rows), dtype=np.int64)
        seeds = Seeds(rows, hashes, ordinals, quotas[part], draws.class_key(3, 1), radius[part].view(np.int64))
        blocks = list(inside_spheres(cell(features), seeds, 0, reach=reach))
        assert all(block.neighbours is None and not block.gaps.any() for block in blocks)
        return np.concatenate([b.features for b in blocks]), np.concatenate([b.seeds for b in blocks])

    rows, seeds = made(slice(0, 6))
    assert np.bincount(seeds, minlength=6).tolist() == quotas.tolist()
    away = (rows - features[seeds]) / reach
    share = np.sqrt((away**2).sum(axis=1)) / np.maximum(radius[seeds], 1e-300)
    # Of a radius near the rounding error of the row it lies at, the row itself.
    assert share[seeds < 4].max() <= 1 + 1e-9
    assert stats.kstest(share[seeds == 0], "uniform").pvalue > 1e-3
    assert np.abs(away[seeds == 0].mean(axis=0)).max() < 0.02
    assert (rows[seeds == 5] == features[5]).all()
    # Each row depends on its seed alone.
    assert np.concatenate([made(slice(0, 3))[0], made(slice(3, 6))[0]]).tobytes() == rows.tobytes()
