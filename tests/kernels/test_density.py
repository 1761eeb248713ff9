"""SMOBD's densities: scikit-learn's core distances, smote_variants' density, and brute force for the rest."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from chunks import cell
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist
from sklearn.cluster import OPTICS

from spark_smote.kernels import draws
from spark_smote.kernels.apportion import Line
from spark_smote.kernels.density import ByDensity, distances_of, largest_count, smobd, within
from spark_smote.kernels.moments import ExactSum
from spark_smote.kernels.seed_weights import neighbourhoods
from spark_smote.kernels.synthetic import Seeds

RNG = np.random.default_rng(6)
FEATURES = np.vstack([RNG.normal(size=(60, 3)), RNG.normal(scale=0.2, size=(40, 3)) + 4, [[30.0, 0.0, 0.0]]])
SMALL = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 2.0], [4.0, 4.0], [5.0, 1.0], [1.5, 1.0], [9.0, 9.0]])
SMOTE_VARIANTS = np.array([0.134029, 0.129981, 0.135195, 0.146457, 0.144062, 0.134029, 0.176246])
"""Densities of SMALL, summing to 1, by smote_variants 1.0.1: eta1=0.3, t=100, min_samples=3, max_eps=50."""
K = 4


def seeds(rows: int) -> Seeds:
    every = np.arange(rows)
    return Seeds(every, every * 7919, every * 0, every * 0, draws.class_key(0, 1))


def figures(x: np.ndarray, k: int = K) -> tuple[float, float, float]:
    """Mean core distance, mean reachability distance and largest core distance."""
    ((chunks, sums, largest),) = distances_of(cell(x), seeds(len(x)), k, scale=None)
    total = ExactSum(2)
    total.merge(chunks, sums)
    return (*total.means(len(x)).tolist(), float(largest[0]))


def weigher(x: np.ndarray, radius: float, k: int = K, eta: float = 0.5, t: float = 1.8) -> ByDensity:
    ((count,),) = largest_count(cell(x), seeds(len(x)), k, radius=radius, scale=None)
    return ByDensity(eta, t, radius, *figures(x, k), int(count[0]), len(x))


def test_core_distances_are_those_of_optics_and_no_reachability_distance_is_more() -> None:
    optics = OPTICS(min_samples=K + 1, max_eps=np.inf).fit(FEATURES)
    core = neighbourhoods(FEATURES, np.arange(len(FEATURES)), K, 1.0)[1][:, -1]
    np.testing.assert_allclose(core, optics.core_distances_, rtol=1e-12)
    mean_core, mean_reach, largest = figures(FEATURES)
    assert mean_core == pytest.approx(core.mean()) and largest == core.max()
    finite = np.isfinite(optics.reachability_)
    assert mean_reach <= optics.reachability_[finite].mean() * (1 + 1e-12)


def test_the_density_is_that_of_smote_variants() -> None:
    weights = weigher(SMALL, 50.0, k=2, eta=0.3, t=100.0)(cell(SMALL), seeds(len(SMALL)), 2)
    np.testing.assert_allclose(weights / weights.sum(), SMOTE_VARIANTS, atol=1e-6)


@pytest.mark.parametrize("eta", [0.0, 0.4, 1.0])
def test_weights_are_the_formula_and_noise_has_none(eta: float) -> None:
    apart = cdist(FEATURES, FEATURES)
    near = np.argsort(apart, axis=1, kind="stable")[:, 1 : K + 1]
    distances = np.take_along_axis(apart, near, axis=1)
    core, counts = distances[:, -1], (apart <= 1.0).sum(axis=1)
    reach = np.maximum(core[near], distances).min(axis=1)
    noise = (core > 1.8 * core.mean()) & (reach > 1.8 * reach.mean())
    expected = np.where(noise, 0.0, eta * core / core.max() + (1 - eta) * counts / counts.max())
    weights = weigher(FEATURES, 1.0, eta=eta)(cell(FEATURES), seeds(len(FEATURES)), K)
    np.testing.assert_allclose(np.ldexp(weights.astype(float), -40), expected, atol=1e-9)
    assert noise[-1] and noise.sum() < 10


def test_noise_makes_no_rows_and_dense_rows_more() -> None:
    rule = weigher(FEATURES, 1.0, eta=0.0)
    weights = rule(cell(FEATURES), seeds(len(FEATURES)), K)
    on = replace(seeds(len(FEATURES)), line=Line(0, int(weights.sum()), 1000, 0))
    (made,) = smobd(cell(FEATURES), on, K, weigher=rule)
    uses = np.bincount(made.seeds, minlength=len(FEATURES))
    assert uses.sum() == 1000 and not uses[-1]
    np.testing.assert_allclose(uses, 1000 * weights / weights.sum(), atol=1)
    assert uses[60:100].mean() > 2 * uses[:60].mean()


@given(st.integers(0, 2**31), st.sampled_from([0.0, 1.0, 2.0**0.5, 2.0, 1e-3]), st.booleans())
def test_rows_at_the_radius_count_whatever_the_rounding_of_products(seed: int, radius: float, whole: bool) -> None:
    """On a grid many rows lie exactly at the radius; far from the origin products lose digits."""
    x = np.random.default_rng(seed).integers(0, 4, size=(40, 3)) + (0.0 if whole else 1e6 + 0.25)
    asked = np.arange(0, 40, 3)
    squares = ((x[asked, None] - x) ** 2).sum(axis=2)
    assert within(x, asked, radius).tolist() == (squares <= radius**2).sum(axis=1).tolist()
