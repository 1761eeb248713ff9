"""Copies, smoothed copies and stars: each synthetic row depends only on its seed and replica number."""

from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest
from chunks import cell
from imblearn.over_sampling import RandomOverSampler
from scipy import stats

from spark_smote.kernels import draws, noise, synthetic
from spark_smote.kernels.single_row import bandwidth, bootstrap, star
from spark_smote.kernels.synthetic import Seeds, Synthetic


def _seeds(quotas: np.ndarray, rows: np.ndarray | None = None, seed: int = 0) -> Seeds:
    rows = np.arange(len(quotas)) if rows is None else rows
    return Seeds(rows, rows * 7919 - 5, np.zeros(len(rows), dtype=np.int64), quotas, draws.class_key(seed, 1))


def _run(rule: object, features: np.ndarray, seeds: Seeds, **options: np.ndarray) -> Synthetic:
    blocks = list(rule(cell(features), seeds, 5, **options))  # type: ignore[operator]
    assert all(block.neighbours is None for block in blocks)
    columns = [np.concatenate([getattr(block, name) for block in blocks]) for name in ("seeds", "gaps", "features")]
    return Synthetic(columns[0], None, *columns[1:])


FEATURES = np.random.default_rng(0).normal(size=(60, 5)) * [1, 10, 1e-3, 1e3, 5]
SPREAD = np.array([1.0, 0.5, 0.0, 100.0, 1e-3])
QUOTAS = np.random.default_rng(1).integers(0, 6, size=60)


@pytest.mark.parametrize("rule", ["bootstrap", "smoothed", "star"])
def test_every_seed_gets_its_quota(rule: str) -> None:
    options = {"bootstrap": {}, "smoothed": {"spread": SPREAD}, "star": {"centre": FEATURES.mean(axis=0)}}[rule]
    made = _run(star if rule == "star" else bootstrap, FEATURES, _seeds(QUOTAS), **options)
    assert np.bincount(made.seeds, minlength=60).tolist() == QUOTAS.tolist()


def test_bootstrap_copies() -> None:
    made = _run(bootstrap, FEATURES, _seeds(QUOTAS))
    assert made.features.tolist() == FEATURES[made.seeds].tolist()
    assert not made.gaps.any()


def test_noise_is_normal_with_the_spread_and_independent() -> None:
    features, spread = FEATURES[:40, [0] * 9], np.logspace(-2, 3, 9)
    made = _run(bootstrap, features, _seeds(np.full(40, 500)), spread=spread)
    noise = (made.features - features[made.seeds]) / spread
    for column in noise.T:
        assert stats.kstest(column, "norm").pvalue > 1e-4
    assert len(np.unique(noise[:, -1])) == len(noise)
    bound = 5 / np.sqrt(len(noise))
    assert np.abs(np.corrcoef(noise.T) - np.eye(9)).max() < bound
    assert np.abs(np.corrcoef((noise**2).T) - np.eye(9)).max() < bound
    # Between replicas and between seeds: rows are ordered by seed.
    assert np.abs([np.corrcoef(column[:-1], column[1:])[0, 1] for column in noise.T]).max() < bound
    by_seed = noise.reshape(40, 500, 9)
    assert (
        np.abs([np.corrcoef(by_seed[:-1, :, f].ravel(), by_seed[1:, :, f].ravel())[0, 1] for f in range(9)]).max()
        < bound
    )


def test_noise_is_drawn_for_seed_and_replica_whatever_else_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = _run(bootstrap, FEATURES, _seeds(QUOTAS), spread=SPREAD)
    assert _run(bootstrap, FEATURES, _seeds(QUOTAS), spread=SPREAD).features.tolist() == whole.features.tolist()
    assert _run(bootstrap, FEATURES, _seeds(QUOTAS, seed=1), spread=SPREAD).features.tolist() != whole.features.tolist()
    some = np.flatnonzero(QUOTAS)[::3]
    part = _run(bootstrap, FEATURES, _seeds(QUOTAS[some], some), spread=SPREAD)
    assert part.features.tolist() == whole.features[np.isin(whole.seeds, some)].tolist()
    more = _run(bootstrap, FEATURES, _seeds(QUOTAS + 2), spread=SPREAD)
    # The rows of the smaller total are made again.
    assert {tuple(row) for row in whole.features.tolist()} <= {tuple(row) for row in more.features.tolist()}
    monkeypatch.setattr(synthetic, "_BLOCK_DOUBLES", 35)
    assert _run(bootstrap, FEATURES, _seeds(QUOTAS), spread=SPREAD).features.tolist() == whole.features.tolist()


def test_features_without_spread_are_copied() -> None:
    made = _run(bootstrap, FEATURES, _seeds(QUOTAS), spread=SPREAD)
    same = made.features == FEATURES[made.seeds]
    assert same.all(axis=0).tolist() == [False, False, True, False, False]
    assert not same[:, [0, 1, 3]].any()


def test_equal_rows_get_noise_of_their_own() -> None:
    seeds = Seeds(np.arange(4), np.full(4, 9), np.arange(4), np.full(4, 50), draws.class_key(0, 1))
    assert len(np.unique(_run(bootstrap, np.zeros((4, 1)), seeds, spread=np.ones(1)).features)) == 200


def test_noise_is_finite_for_the_greatest_draw() -> None:
    words = (np.array([2**64 - 1, 0], dtype=np.uint64),) * 4
    fixed = SimpleNamespace(words=lambda seed, replica, stream: words)
    made = noise.normals(fixed, np.zeros(2, dtype=np.int64), np.zeros(2, dtype=np.int64), 1)  # type: ignore[arg-type]
    assert np.isfinite(made).all()


def test_noise_leads_to_the_largest_double_at_most() -> None:
    features = np.full((20, 1), 1.7e308) * np.where(np.arange(20) % 2, 1.0, -1.0)[:, None]
    made = _run(bootstrap, features, _seeds(np.full(20, 20)), spread=np.array([1.7e308])).features
    assert np.isfinite(made).all()
    assert np.abs(made).max() == np.finfo(float).max


def test_star_is_that_of_gazzah_and_amara() -> None:
    centre = FEATURES.mean(axis=0)
    made = _run(star, FEATURES, _seeds(QUOTAS), centre=centre)
    expected = []
    for row, quota in enumerate(QUOTAS.tolist()):
        for i in range(1, quota + 1):
            expected.append((row, i / (quota + 1), *(FEATURES[row] + i / (quota + 1) * (centre - FEATURES[row]))))
    found = np.column_stack([made.seeds, made.gaps, made.features])
    found = found[np.lexsort((found[:, 1], found[:, 0]))]
    np.testing.assert_allclose(found, np.array(expected), rtol=1e-12, atol=1e-12)
    assert Counter(made.gaps[made.seeds == QUOTAS.argmax()].tolist()) == Counter(
        [i / (QUOTAS.max() + 1) for i in range(1, QUOTAS.max() + 1)]
    )


def test_star_reaches_across_the_range_of_doubles() -> None:
    made = _run(star, np.array([[-1.7e308]]), _seeds(np.array([3])), centre=np.array([1.7e308]))
    np.testing.assert_allclose(np.sort(made.features[:, 0]), [-0.85e308, 0.0, 0.85e308], atol=1e293)


def test_without_quotas_no_rows_are_made() -> None:
    assert not list(bootstrap(cell(FEATURES), _seeds(QUOTAS * 0), 5, spread=SPREAD))
    assert not list(star(cell(FEATURES), _seeds(QUOTAS * 0), 5, centre=SPREAD))


@pytest.mark.parametrize(("rows", "width"), [(30, 1), (30, 6), (400, 2)])
def test_bandwidth_is_that_of_imbalanced_learn(rows: int, width: int) -> None:
    """imbalanced-learn uses the number of rows of all classes."""
    features = np.random.default_rng(2).normal(size=(3 * rows, width))
    few = features[:rows] - features[:rows].mean(axis=0)
    given = np.vstack([few, features[rows:]])
    size = {0: 60_000, 1: 2 * rows}
    sampler = RandomOverSampler(sampling_strategy=size, shrinkage=1.0, random_state=0)
    made = sampler.fit_resample(given, (np.arange(3 * rows) >= rows).astype(int))[0][len(given) :]
    total = few.var(axis=0) * (1 + bandwidth(3 * rows, width) ** 2)
    np.testing.assert_allclose(made.var(axis=0), total, rtol=0.03)
    assert bandwidth(rows, width) == pytest.approx((4 / ((width + 2) * rows)) ** (1 / (width + 4)))
