"""Gaussian-based SMOTE's rule: SMOTE's points, with noise of the given spread in each feature."""

from __future__ import annotations

import numpy as np
import pytest
from chunks import cell
from scipy import stats

from spark_smote.kernels import draws
from spark_smote.kernels.gaussian import gaussian
from spark_smote.kernels.interpolate import smote
from spark_smote.kernels.synthetic import Seeds

FEATURES = np.random.default_rng(0).normal(size=(50, 4)) * [1.0, 10.0, 1e-3, 1e3]
SPREAD = np.array([1.0, 0.5, 0.0, 100.0])


def seeds(quota: int) -> Seeds:
    rows = np.arange(50)
    return Seeds(rows, rows * 7919 - 5, rows * 0, np.full(50, quota), draws.class_key(0, 1))


def test_the_noise_is_normal_about_smotes_points(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in smote_variants, which adds noise of one sigma to SMOTE's points of standardised rows."""
    (plain,) = smote(cell(FEATURES), seeds(200), 5)
    (made,) = gaussian(cell(FEATURES), seeds(200), 5, spread=SPREAD)
    assert made.neighbours is None
    assert made.seeds.tolist() == plain.seeds.tolist() and made.gaps.tolist() == plain.gaps.tolist()
    noise = made.features - plain.features
    assert not noise[:, 2].any()
    scaled = noise[:, [0, 1, 3]] / SPREAD[[0, 1, 3]]
    assert all(stats.kstest(column, "norm").pvalue > 1e-3 for column in scaled.T)
    assert np.abs(np.corrcoef(np.column_stack([scaled, made.gaps]).T) - np.eye(4)).max() < 5 / np.sqrt(len(scaled))
    monkeypatch.setattr("spark_smote.kernels.synthetic._BLOCK_DOUBLES", 64)
    blocks = list(gaussian(cell(FEATURES), seeds(200), 5, spread=SPREAD))
    assert len(blocks) > 100
    assert np.concatenate([block.features for block in blocks]).tolist() == made.features.tolist()
    assert not list(gaussian(cell(FEATURES), seeds(0), 5, spread=SPREAD))


def test_noise_leads_to_the_largest_double_at_most() -> None:
    features = np.full((50, 1), 1.7e308) * np.where(np.arange(50) % 2, 1.0, -1.0)[:, None]
    (made,) = gaussian(cell(features), seeds(20), 3, spread=np.array([1.7e308]))
    assert np.isfinite(made.features).all()
