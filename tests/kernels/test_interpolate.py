"""Synthetic rows lie on segments between a seed and one of its neighbours; each seed gets its quota."""

import numpy as np
import pytest
from chunks import cell as rows_of
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from scipy import stats

from spark_smote.kernels import synthetic
from spark_smote.kernels.draws import class_key
from spark_smote.kernels.interpolate import between, smote
from spark_smote.kernels.nearest import nearest
from spark_smote.kernels.space import Space
from spark_smote.kernels.synthetic import Seeds, Synthetic

FINITE = st.floats(allow_nan=False, allow_infinity=False)


def _seeds(rows: int, quotas: np.ndarray, seed: int = 0) -> Seeds:
    return Seeds(
        np.arange(rows), np.arange(rows).astype(np.uint64) * 7919, np.zeros(rows, int), quotas, class_key(seed, 1)
    )


def _run(cell: np.ndarray, seeds: Seeds, k: int, **options: np.ndarray) -> Synthetic:
    blocks = list(smote(rows_of(cell), seeds, k, **options))  # type: ignore[arg-type]
    return Synthetic(
        *(np.concatenate([getattr(b, name) for b in blocks]) for name in ("seeds", "neighbours", "gaps", "features"))
    )


def test_counts_segments_and_true_neighbours() -> None:
    rng = np.random.default_rng(3)
    cell = rng.normal(size=(200, 6))
    quotas = rng.integers(0, 30, size=200)
    made = _run(cell, _seeds(200, quotas), 5)
    assert np.bincount(made.seeds, minlength=200).tolist() == quotas.tolist()
    truth = nearest(cell, np.arange(200), 5)
    assert (truth[made.seeds] == made.neighbours[:, None]).any(axis=1).all()
    expected = cell[made.seeds] + made.gaps[:, None] * (cell[made.neighbours] - cell[made.seeds])
    np.testing.assert_allclose(made.features, expected, rtol=1e-12)


def test_gaps_are_uniform_and_neighbours_equally_often() -> None:
    cell = np.random.default_rng(4).normal(size=(500, 3))
    made = _run(cell, _seeds(500, np.full(500, 60)), 5)
    assert stats.kstest(made.gaps, "uniform").pvalue > 0.001
    rank = (nearest(cell, np.arange(500), 5)[made.seeds] == made.neighbours[:, None]).argmax(axis=1)
    assert stats.chisquare(np.bincount(rank, minlength=5)).pvalue > 0.001
    assert abs(np.corrcoef(rank, made.gaps)[0, 1]) < 0.02


def test_equal_rows_draw_independently() -> None:
    cell = np.zeros((8, 2))
    cell[4:] = [[1, 0], [0, 1], [2, 2], [3, 1]]
    seeds = Seeds(np.arange(4), np.full(4, 9, np.uint64), np.arange(4), np.full(4, 50), class_key(0, 1))
    made = _run(cell, seeds, 7)
    assert len(np.unique(made.gaps)) == 200


def test_scale_counts_for_distance_and_not_for_values() -> None:
    cell = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 100.0]])
    near = _run(cell, _seeds(3, np.array([9, 0, 0])), 1)
    scaled = _run(cell, _seeds(3, np.array([9, 0, 0])), 1, space=Space(np.array([0.001, 1000.0])))
    assert set(near.neighbours.tolist()) == {1}
    assert set(scaled.neighbours.tolist()) == {2}
    np.testing.assert_array_equal(scaled.features[:, 1], scaled.gaps * 100.0)


def test_blocks_are_bounded_and_seamless(monkeypatch: pytest.MonkeyPatch) -> None:
    cell = np.random.default_rng(5).normal(size=(20, 3))
    seeds = _seeds(20, np.arange(20) * 3)
    whole = _run(cell, seeds, 2)
    monkeypatch.setattr(synthetic, "_BLOCK_DOUBLES", 21)
    blocks = list(smote(rows_of(cell), seeds, 2))
    assert max(len(block.seeds) for block in blocks) == 7
    assert np.array_equal(np.concatenate([block.features for block in blocks]), whole.features)


def test_without_quotas_no_rows_are_made() -> None:
    assert not list(smote(rows_of(np.eye(3)), _seeds(3, np.zeros(3, int)), 2))


@given(
    ends=npst.arrays(np.float64, (2, 5), elements=FINITE),
    gap=st.floats(0, 1, exclude_max=True),
)
@example(ends=np.array([[-1.7e308] * 5, [1.7e308] * 5]), gap=0.75)
@example(ends=np.array([[1.7e308] + [5e-324] * 4] * 2), gap=0.5)
def test_between_is_finite_and_within(ends: np.ndarray, gap: float) -> None:
    made = between(ends[:1], ends[1:], np.array([gap]))[0]
    assert np.isfinite(made).all()
    low, high = np.minimum(*ends), np.maximum(*ends)
    # The slack is relative to the largest number, and 0 for denormal numbers.
    slack = 2.0**-50 * np.maximum(np.abs(low), np.abs(high))
    with np.errstate(over="ignore"):
        assert (made >= low - slack).all()
        assert (made <= high + slack).all()
