"""Every row has one home, cells hold enough rows, and nothing depends on how the rows are batched."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spark_smote.kernels import calibration, cells
from spark_smote.kernels.calibration import Calibration, widest_margin
from spark_smote.kernels.cells import Cells, choose_margin
from spark_smote.kernels.hashing import Hashing, Projection
from spark_smote.kernels.learning import learn


def _hashed(rows: int = 4000, features: int = 6, seed: int = 0) -> tuple[np.ndarray, Hashing]:
    """Rows and a random hash function."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(8, features)) * 4
    points = centres[rng.integers(8, size=rows)] + rng.normal(size=(rows, features))
    directions = rng.normal(size=(features, 12))
    directions /= np.linalg.norm(directions, axis=0)
    return points, Hashing(Projection(directions.T), 0.001)


def _data(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    points, hashing = _hashed(seed=seed)
    return points, hashing(points)


def _learn(hashes: np.ndarray, cell_rows: int = 400, least: int = 12) -> Cells:
    sample = hashes[:1000]
    return learn(sample, np.ones(len(sample)), len(hashes), cell_rows, least)


def test_cells_are_near_their_size() -> None:
    _, hashes = _data()
    found = _learn(hashes)
    sizes = np.bincount(found.homes(hashes), minlength=len(found))
    assert sizes.min() >= 12
    assert sizes.max() <= 3 * 400
    assert 5 <= len(found) <= 25


def test_one_dense_cluster_is_cut_up() -> None:
    rng = np.random.default_rng(1)
    hashes = np.floor(np.vstack([rng.normal(size=(3800, 12)) * 40, rng.normal(size=(200, 12)) * 1e6]))
    rng.shuffle(hashes)
    found = _learn(hashes)
    assert np.bincount(found.homes(hashes)).max() <= 3 * 400


@pytest.mark.parametrize("margin", [0.0, 300.0, 2000.0])
def test_each_row_has_one_home_and_the_halo_has_the_margin(margin: float) -> None:
    _, hashes = _data()
    found = _learn(hashes).with_margin(margin)
    rows, places, home = (np.concatenate(part) for part in zip(*found.place(hashes), strict=True))
    assert np.bincount(rows[home], minlength=len(hashes)).tolist() == [1] * len(hashes)
    assert (found.homes(hashes)[rows[home]] == places[home]).all()
    depth = np.concatenate([depth for _, depth, _ in found.depths(hashes)])
    sent = np.zeros(depth.shape, bool)
    sent[rows, places] = True
    np.testing.assert_array_equal(sent, depth <= margin + 1e-9)
    # The border between two cells is the plane half-way between their centres.
    row, other = next((r, c) for r, c in zip(rows[~home], places[~home], strict=True)) if margin else (0, 1)
    own = found.homes(hashes)[row]
    if own != other:
        point = cells.coordinates(hashes[row : row + 1], found.origin)[0]
        normal = found.centres[other] - found.centres[own]
        middle = (found.centres[other] + found.centres[own]) / 2
        assert depth[row, other] == pytest.approx(-(point - middle) @ normal / np.linalg.norm(normal))


@given(split=st.integers(1, 3999), seed=st.integers(0, 3))
@settings(max_examples=20, deadline=None)
def test_placing_does_not_depend_on_batches(split: int, seed: int) -> None:
    _, hashes = _data(seed)
    found = _learn(hashes).with_margin(500.0)

    def sent(parts: list[np.ndarray]) -> set[tuple[int, int]]:
        pairs, start = set(), 0
        for part in parts:
            for rows, places, _ in found.place(part):
                pairs |= set(zip((rows + start).tolist(), places.tolist(), strict=True))
            start += len(part)
        return pairs

    assert sent([hashes]) == sent([hashes[:split], hashes[split:]])


def test_huge_and_far_hashes_are_clipped_to_stay_exact() -> None:
    _, hashes = _data()
    hashes[:2] = [[1e300] * 12, [-1e300] * 12]
    found = _learn(hashes)
    assert np.abs(found.centres).max() <= 2.0**23
    assert (found.centres == np.rint(found.centres)).all()
    assert len(found.homes(hashes)) == len(hashes)


def test_identical_rows_make_one_cell() -> None:
    found = learn(np.full((1, 8), 5.0), np.array([1e6]), 1_000_000, 4000, 12)
    assert len(found) == 1
    assert found.homes(np.full((10, 8), 5.0)).tolist() == [0] * 10


def _calibrate(points: np.ndarray, hashing: Hashing, found: Cells, k: int, splits: list[int]) -> Calibration:
    total = Calibration(found, hashing, points[:50], k)
    for part in np.split(points, splits):
        task = Calibration(found, hashing, points[:50], k)
        task.add(np.arange(len(part)), part)
        total.merge(*(array.ravel() for array in task.packed()))
    return total


def test_calibration_finds_the_true_neighbours_and_their_halos() -> None:
    points, hashing = _hashed()
    hashes = hashing(points)
    found = _learn(hashes)
    done = _calibrate(points, hashing, found, 5, [1000, 2500])
    assert done.found.rows.tolist() == np.bincount(found.homes(hashes), minlength=len(found)).tolist()
    square = ((points[:50, None] - points[None]) ** 2).sum(axis=2)
    np.fill_diagonal(square[:, :50], -1)
    truth = np.argsort(square, axis=1)[:, 1:6]
    depth = np.concatenate([depth for _, depth, _ in found.depths(hashes)])
    needed = depth[truth, found.homes(hashes[:50])[:, None]]
    np.testing.assert_allclose(done.needed(), np.sort(needed, axis=None))


@given(splits=st.lists(st.integers(0, 600), max_size=4), shuffle=st.integers(0, 5))
@settings(max_examples=25, deadline=None)
def test_calibration_does_not_depend_on_splits_even_with_ties(splits: list[int], shuffle: int) -> None:
    lattice = np.random.default_rng(7).integers(0, 3, size=(600, 4)) * 0.1
    hashing = Hashing(Projection(np.random.default_rng(8).normal(size=(8, 4))), 0.001)
    hashes = hashing(lattice)
    found = learn(np.unique(hashes, axis=0), np.ones(len(np.unique(hashes, axis=0))), 600, 100, 5)
    order = np.random.default_rng(shuffle).permutation(np.arange(50, 600))
    order = np.concatenate([np.arange(50), order])
    once = _calibrate(lattice, hashing, found, 3, [])
    split = _calibrate(lattice[order], hashing, found, 3, sorted(splits))
    assert once.needed().tolist() == split.needed().tolist()


def test_calibration_with_rows_out_of_all_proportion_does_not_depend_on_splits() -> None:
    rng = np.random.default_rng(4)
    rows = np.vstack([rng.normal(size=(60, 3)) * 1e-10, [[1e307] * 3, [-1e307] * 3, [1e9, 0, 0]]])
    hashing = Hashing(Projection(rng.normal(size=(8, 3))), 1e-13)
    hashes = hashing(rows)
    found = learn(hashes, np.ones(len(rows)), len(rows), 20, 5)
    once = _calibrate(rows, hashing, found, 5, [])
    assert np.isfinite(once.needed()).all()
    for splits in ([58], [2, 61], [50, 60, 62]):
        assert _calibrate(rows, hashing, found, 5, splits).needed().tolist() == once.needed().tolist()


def test_one_far_row_does_not_make_all_others_candidates() -> None:
    points, hashing = _hashed()
    points[11] = 1e7
    done = Calibration(_learn(hashing(points)), hashing, points[:50], 5)
    done.add(np.arange(2000), points[:2000])
    query, _ = done._near(done._scaled(points[2000:]))
    assert len(query) < 50 * 100


def test_the_margin_reaches_the_target_or_its_bound() -> None:
    needed = np.sort(np.random.default_rng(2).exponential(size=1000))
    margin = choose_margin(needed, 0.9, np.inf)
    assert (needed <= margin).mean() >= 0.9
    assert (needed < margin).mean() < 0.9
    assert choose_margin(needed, 0.9, 0.5) == 0.5
    assert choose_margin(np.empty(0), 0.9, 1.0) == 0.0


def test_recall_depends_on_the_margin_and_on_the_number_of_parts() -> None:
    points, hashing = _hashed()
    found = _learn(hashing(points))
    done = _calibrate(points, hashing, found, 5, [])
    margin = choose_margin(done.needed(), 0.8, np.inf)
    whole = done.recall(margin, np.ones(len(found)))
    assert whole == pytest.approx((done.needed() <= margin).mean())
    assert done.recall(margin, np.full(len(found), 2.0)) == pytest.approx(whole / 2)


def test_the_widest_margin_respects_the_number_of_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    _, hashes = _data()
    found = _learn(hashes)
    wide = found.with_margin(widest_margin(found, hashes, np.ones(len(hashes)), 2.5))
    copies = sum(len(rows) for rows, _, _ in wide.place(hashes)) / len(hashes)
    assert 2.3 < copies <= 2.5
    monkeypatch.setattr(calibration, "_SAMPLED_DEPTHS", 20_000)
    assert widest_margin(found, hashes, np.ones(len(hashes)), 2.5) == pytest.approx(wide.margin, rel=0.2)
