"""A category is a most frequent one of the neighbourhood, drawn uniformly, and copied from a real row."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from categories import metric, mixed
from chunks import cell as rows_of
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from spark_smote.kernels import modes
from spark_smote.kernels.draws import class_key
from spark_smote.kernels.interpolate import smote
from spark_smote.kernels.modes import Modes, smoten, smotenc
from spark_smote.kernels.nominal import Mismatch
from spark_smote.kernels.space import Space
from spark_smote.kernels.synthetic import Seeds


def _seeds(rows: int, quota: int) -> Seeds:
    hashes = np.arange(rows).astype(np.uint64) * 7919
    return Seeds(np.arange(rows), hashes, np.zeros(rows, int), np.full(rows, quota), class_key(3, 1))


def _most_frequent(values: NDArray[np.float64]) -> set[float]:
    counts = Counter(values.tolist())
    return {value for value, count in counts.items() if count == max(counts.values())}


@given(
    codes=st.lists(st.lists(st.integers(0, 3), min_size=3, max_size=3), min_size=8, max_size=8),
    k=st.integers(1, 7),
    block=st.integers(1, 100),
)
@settings(deadline=None)
def test_holders_are_the_rows_with_the_most_frequent_categories(codes: list[list[int]], k: int, block: int) -> None:
    values = np.array(codes, dtype=float)
    near = np.array([np.random.default_rng(row).permutation(8)[:k] for row in range(5)])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(modes, "_BLOCK_PAIRS", block)
        found = Modes.of(values, near)
    for column in range(3):
        for seed in range(5):
            best = _most_frequent(values[near[seed], column])
            holders = found.holders[column, seed, : found.count[column, seed]]
            assert sorted(holders) == sorted(row for row in near[seed] if values[row, column] in best)


def test_tied_categories_are_drawn_evenly_and_each_column_for_itself() -> None:
    codes = np.array([[0, 5], [0, 6], [1, 7], [1, 8], [2, 9]], dtype=float)
    seeds = _seeds(1, 30_000)
    found = Modes.of(codes, np.arange(5)[None]).drawn(seeds, np.zeros(30_000, int), np.arange(30_000))
    first, second = codes[found[:, 0], 0], codes[found[:, 1], 1]
    assert set(first.tolist()) == {0.0, 1.0}
    assert stats.binomtest(int(first.sum()), 30_000).pvalue > 0.001
    assert stats.chisquare(np.unique(second, return_counts=True)[1]).pvalue > 0.001
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.02


def test_more_columns_than_one_draw_has_words() -> None:
    codes = np.tile(np.arange(4.0)[:, None], 11)
    found = Modes.of(codes, np.arange(4)[None]).drawn(_seeds(1, 999), np.zeros(999, int), np.arange(999))
    assert found.shape == (999, 11)
    assert np.abs(np.corrcoef(found.T) - np.eye(11)).max() < 0.15


def test_numbers_are_those_of_smote_and_categories_the_modes() -> None:
    """With a step of 0, neighbours and draws are those of SMOTE."""
    rows, seeds = mixed(200, 3, 4), _seeds(200, 7)
    for step in (0.0, 0.9):
        space = Space(None, Mismatch(3, step))
        (made,) = smotenc(rows_of(rows), seeds, 5, space=space)
        assert np.bincount(made.seeds).tolist() == [7] * 200
        near = space.nearest(rows, np.arange(200), 5)
        assert made.neighbours is not None and made.categories is not None
        assert (near[made.seeds] == made.neighbours[:, None]).any(axis=1).all()
        expected = rows[made.seeds] + made.gaps[:, None] * (rows[made.neighbours] - rows[made.seeds])
        np.testing.assert_allclose(made.features, expected[:, :3], rtol=1e-12)
        for seed, chosen in zip(made.seeds.tolist(), made.categories.tolist(), strict=True):
            for column, row in enumerate(chosen, 3):
                assert row in near[seed]
                assert rows[row, column] in _most_frequent(rows[near[seed], column])
    (plain,) = smote(rows_of(rows[:, :3]), seeds, 5)
    (made,) = smotenc(rows_of(rows), seeds, 5, space=Space(None, Mismatch(3, 0.0)))
    assert np.array_equal(plain.features, made.features)


def test_categories_alone_are_the_modes_of_the_seed_and_its_nearest() -> None:
    rng = np.random.default_rng(4)
    codes = rng.integers(6, size=(250, 4)).astype(float)
    space = Space(None, metric(codes, rng.integers(3, size=250)))
    (made,) = smoten(rows_of(codes), _seeds(250, 3), 5, space=space)
    near = np.column_stack([np.arange(250), space.nearest(codes, np.arange(250), 5)])
    assert made.neighbours is None and made.categories is not None
    assert made.features.shape == (750, 0)
    for seed, chosen in zip(made.seeds.tolist(), made.categories.tolist(), strict=True):
        for column, row in enumerate(chosen):
            assert codes[row, column] in _most_frequent(codes[near[seed], column])


def test_without_quotas_no_rows_are_made() -> None:
    rows, space = mixed(20, 2, 3), Space(None, Mismatch(2, 1.0))
    assert not list(smotenc(rows_of(rows), _seeds(20, 0), 5, space=space))
    assert not list(smoten(rows_of(rows[:, 3:]), _seeds(20, 0), 5, space=space))
