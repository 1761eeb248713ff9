"""SMOGN's rule: between seed and neighbour within the safe distance, noise beyond it."""

from __future__ import annotations

import numpy as np
import pytest
from chunks import cell

from spark_smote.kernels import draws
from spark_smote.kernels.safe_distance import half_medians, smogn
from spark_smote.kernels.synthetic import Seeds

# A cloud and a few rows far from all others; the last number is the target.
ROWS = np.random.default_rng(1).normal(size=(60, 3)) * [1.0, 10.0, 5.0]
ROWS[:6, 0] = [40.0, -40.0, 90.0, -90.0, 150.0, -150.0]
SCALE = np.array([1.0, 10.0, np.inf])
SPREAD = np.array([1.0, 10.0, 0.5])


def seeds(quota: int) -> Seeds:
    rows = np.arange(60)
    return Seeds(rows, rows * 7919 - 5, rows * 0, np.full(60, quota), draws.class_key(0, 1))


def test_safe_distances_are_half_the_medians_whatever_the_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    points, rows = ROWS[:, :2] / SCALE[:2], np.arange(60)
    apart = np.linalg.norm(points[:, None] - points[None], axis=2)
    medians = [np.median(np.delete(apart[row], row)) for row in rows]
    whole = half_medians(points, rows)
    np.testing.assert_allclose(whole, np.array(medians) / 2)
    monkeypatch.setattr("spark_smote.kernels.safe_distance._BLOCK_DISTANCES", 120)
    assert half_medians(points, rows).tolist() == whole.tolist()


def test_near_neighbours_are_interpolated_to_and_far_ones_give_noise(monkeypatch: pytest.MonkeyPatch) -> None:
    made = list(smogn(cell(ROWS), seeds(100), 5, spread=SPREAD, perturbation=0.1, scale=SCALE))
    between = [one for one in made if one.neighbours is not None]
    noisy = [one for one in made if one.neighbours is None]
    assert sum(len(one.seeds) for one in made) == 6000
    points, safe = ROWS[:, :2] / SCALE[:2], half_medians(ROWS[:, :2] / SCALE[:2], np.arange(60))
    for one in between:
        assert one.neighbours is not None
        assert (np.linalg.norm(points[one.seeds] - points[one.neighbours], axis=1) < safe[one.seeds]).all()
        expected = ROWS[one.seeds] + one.gaps[:, None] * (ROWS[one.neighbours] - ROWS[one.seeds])
        np.testing.assert_allclose(one.features, expected)
    for one in noisy:
        deviations = (one.features - ROWS[one.seeds]) / np.minimum(safe[one.seeds], 0.1)[:, None] / SPREAD
        assert len(deviations) > 300
        np.testing.assert_allclose(deviations.std(axis=0), 1.0, atol=0.1)
    assert {int(row) for one in noisy for row in one.seeds} & set(range(6))
    monkeypatch.setattr("spark_smote.kernels.synthetic._BLOCK_DOUBLES", 64)
    again = list(smogn(cell(ROWS), seeds(100), 5, spread=SPREAD, perturbation=0.1, scale=SCALE))
    rows = [sorted(row for one in blocks for row in one.features.tolist()) for blocks in (made, again)]
    assert rows[0] == rows[1]
    assert not list(smogn(cell(ROWS), seeds(0), 5, spread=SPREAD, perturbation=0.1, scale=SCALE))
