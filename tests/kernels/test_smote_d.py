"""SMOTE-D's rule, against the paper's formulae row by row, and smote_variants' quotas before it rounds them."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from chunks import cell
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from spark_smote.kernels import draws
from spark_smote.kernels.apportion import Line
from spark_smote.kernels.seed_weights import evenly, weights_of, whole
from spark_smote.kernels.smote_d import ByDeviation, largest_deviation, smote_d, split
from spark_smote.kernels.synthetic import Seeds

FEATURES = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 2.0], [4.0, 4.0], [5.0, 1.0], [1.5, 1.0]])
K = 3
SMOTE_VARIANTS = np.array(
    [
        [2.22919, 4.01874, 4.45839],
        [3.16663, 3.5404, 7.08079],
        [1.30903, 1.45224, 1.62365],
        [3.63861, 4.49335, 5.14577],
        [2.8887, 3.19721, 3.76641],
        [1.89138, 3.04976, 3.04976],
    ]
)
"""``counts_ij`` of smote_variants 1.0.1 for 60 rows of FEATURES with k = 3, nearest first."""


def seeds(line: Line | None = None, rows: int = len(FEATURES)) -> Seeds:
    every = np.arange(rows)
    return Seeds(every, every * 7919, every * 0, every * 0, draws.class_key(0, 1), line=line)


def weigher(features: np.ndarray, k: int = K) -> ByDeviation:
    ((most,),) = largest_deviation(cell(features), seeds(rows=len(features)), k, scale=None)
    return ByDeviation(float(most[0]), len(features))


def test_quotas_before_rounding_are_those_of_smote_variants() -> None:
    """Deviation of the distances over its sum, times distance over its sum."""
    weights = weigher(FEATURES)(cell(FEATURES), seeds(), K)
    distances = np.sort(cdist(FEATURES, FEATURES), axis=1)[:, 1 : K + 1]
    ours = 60 * (weights / weights.sum())[:, None] * distances / distances.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(ours, SMOTE_VARIANTS, atol=1e-5)


def test_points_lie_at_equal_steps_and_nothing_is_drawn() -> None:
    rule = weigher(FEATURES)
    ((sums,),) = weights_of(cell(FEATURES), seeds(), K, weigher=rule)
    assert sums[1:].tolist() == [6, 6]
    (made,) = smote_d(cell(FEATURES), seeds(Line(0, int(sums[0]), 60, 0)), K, weigher=rule)
    assert len(made.seeds) == 60
    pairs = Counter(zip(made.seeds.tolist(), made.neighbours.tolist(), strict=True))
    near = np.argsort(cdist(FEATURES, FEATURES), axis=1, kind="stable")[:, 1 : K + 1]
    found = np.array([[pairs[row, one] for one in near[row].tolist()] for row in range(6)])
    # The quota of a row is right to within one, and so is each part of it.
    assert np.abs(found.sum(axis=1) - SMOTE_VARIANTS.sum(axis=1)).max() < 1
    assert np.abs(found - SMOTE_VARIANTS).max() < 2
    for (row, other), q in pairs.items():
        own = (made.seeds == row) & (made.neighbours == other)
        np.testing.assert_allclose(np.sort(made.gaps[own]), np.arange(1, q + 1) / (q + 1))
    expected = FEATURES[made.seeds] + made.gaps[:, None] * (FEATURES[made.neighbours] - FEATURES[made.seeds])
    np.testing.assert_allclose(made.features, expected)


def test_chunks_of_a_cell_and_cells_of_a_class_share_one_line() -> None:
    rule = weigher(FEATURES)
    weights = rule(cell(FEATURES), seeds(), K)
    line = Line(0, int(weights.sum()), 61, 12345)
    parts = [line.take(weights[:2]), line.take(weights[2:])]
    assert np.concatenate(parts).tolist() == Line(0, int(weights.sum()), 61, 12345).take(weights).tolist()
    assert sum(part.sum() for part in parts) == 61


def test_without_deviation_the_weights_are_0() -> None:
    """The sampler then weighs all rows alike: with one neighbour, or where all rows are equal."""
    assert not weigher(FEATURES, 1)(cell(FEATURES), seeds(), 1).any()
    equal = np.full((5, 2), 0.1)
    assert not weigher(equal)(cell(equal), seeds(rows=5), K).any()
    made = list(smote_d(cell(equal), seeds(Line(0, 5, 12, 3), 5), K, weigher=evenly))
    assert (made[0].features == 0.1).all() and len(made[0].seeds) == 12


@given(st.lists(st.tuples(st.integers(0, 50), st.lists(st.floats(0, 1e6), min_size=4, max_size=4)), min_size=1))
def test_parts_are_exact_and_right_to_within_one(given_: list[tuple[int, list[float]]]) -> None:
    quotas, distances = np.array([q for q, _ in given_]), np.array([d for _, d in given_])
    parts = split(quotas, distances)
    assert (parts >= 0).all() and parts.sum(axis=1).tolist() == quotas.tolist()
    sums = distances.sum(axis=1, keepdims=True)
    exact = np.where(sums > 0, distances / np.where(sums > 0, sums, 1), 0.25) * quotas[:, None]
    assert np.abs(parts - exact).max() <= 1 + 1e-9


@pytest.mark.parametrize("rows", [2, 10_000, 2**40])
def test_sums_of_weights_fit_63_bits(rows: int) -> None:
    assert int(whole(np.ones(1), rows)[0]) * rows < 1 << 62
