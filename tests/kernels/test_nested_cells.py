"""Nested cells agree with themselves, whatever the batches; below the threshold cells are what they were."""

import hashlib
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spark_smote.kernels import calibration, cells, learning
from spark_smote.kernels.calibration import Calibration, widest_margin
from spark_smote.kernels.cells import Cells, NestedCells, choose_margin
from spark_smote.kernels.hashing import Hashing, Projection
from spark_smote.kernels.learning import learn

IDENTITY = Hashing(Projection(np.eye(6)), 1.0)


@cache
def _hashes(rows: int = 12_000) -> np.ndarray:
    rng = np.random.default_rng(5)
    clusters = rng.normal(size=(9, 6)) * 4000
    return np.floor(clusters[rng.integers(9, size=rows)] + rng.normal(size=(rows, 6)) * 900)


@cache
def _nested() -> NestedCells:
    """About 600 cells of 20 rows."""
    sample = _hashes()[2000:]
    found = learn(sample, np.ones(len(sample)), len(sample), 16, 4)
    assert isinstance(found, NestedCells)
    return found


def _placed(found: Cells, hashes: np.ndarray) -> dict[tuple[int, int], bool]:
    pairs = {}
    for rows, places, home in found.place(hashes):
        pairs |= dict(zip(zip(rows.tolist(), places.tolist(), strict=True), home.tolist(), strict=True))
    return pairs


def test_nested_cells_are_about_as_large_as_wanted() -> None:
    found = _nested()
    sizes = np.bincount(found.homes(_hashes()), minlength=len(found))
    assert len(sizes) == len(found) == sum(map(len, found.parts))
    assert 500 < len(found) < 800
    assert sizes.min() >= 4
    assert sizes.max() < 5 * sizes.mean()
    assert max(map(len, found.parts)) < len(found) / 5


@given(margin=st.sampled_from([0.0, 80.0, 700.0, 1e9]), rows=st.lists(st.integers(0, 11_999), min_size=1, max_size=30))
@settings(max_examples=25, deadline=None)
def test_homes_places_depths_and_sizes_agree(margin: float, rows: list[int]) -> None:
    found, hashes = _nested().with_margin(margin), _hashes()[rows]
    depth = np.vstack([depth for _, depth, _ in found.depths(hashes)])
    homes = found.homes(hashes)
    assert np.concatenate([home for _, _, home in found.depths(hashes)]).tolist() == homes.tolist()
    assert not depth[np.arange(len(hashes)), homes].any()
    placed = _placed(found, hashes)
    assert {pair for pair, home in placed.items() if home} == set(enumerate(homes.tolist()))
    assert set(placed) == set(zip(*np.nonzero(depth <= margin), strict=True))
    row, cell = np.indices(depth.shape)
    towards = found.depth_towards(hashes[row.ravel()], homes[row.ravel()], cell.ravel())
    np.testing.assert_array_equal(towards.reshape(depth.shape), depth)
    for some, places, _, near in found.reached(hashes):
        np.testing.assert_array_equal(near, depth[some, places])
    weights = np.arange(1.0, len(hashes) + 1)
    np.testing.assert_array_equal(found.sizes(hashes, weights), weights @ (depth <= margin))


@given(split=st.integers(1, 299), order=st.randoms(use_true_random=False), block=st.sampled_from([1 << 11, 1 << 20]))
@settings(max_examples=15, deadline=None)
def test_the_cells_of_a_row_do_not_depend_on_its_batch(split: int, order: object, block: int) -> None:
    found, hashes = _nested().with_margin(400.0), _hashes()[:300]
    whole = _placed(found, hashes)
    shuffled = list(range(300))
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cells, "_BLOCK_DOUBLES", block)
        parts = {}
        for some in (shuffled[:split], shuffled[split:]):
            parts |= {(some[row], cell): home for (row, cell), home in _placed(found, hashes[some]).items()}
    assert parts == whole


def test_a_halo_row_is_deep_in_neither_part_nor_cell() -> None:
    """By the definition: at right angles, the depth towards the part and the depth in the part."""
    found, hashes = _nested(), _hashes()[:40]
    (outer,) = (depth for _, depth, _ in Cells(found.centres, found.origin).depths(hashes))
    inner = [np.vstack([depth for _, depth, _ in part.depths(hashes)]) for part in found.parts]
    expected = np.hstack([np.hypot(outer[:, [i]], own) for i, own in enumerate(inner)])
    np.testing.assert_allclose(np.vstack([depth for _, depth, _ in found.depths(hashes)]), expected)


def test_cells_up_to_the_threshold_are_what_they_always_were() -> None:
    """Rows that users have seen must stay: centres learnt by version 0.1, and the rule of its halo."""
    hashes = _hashes(6000)
    found = learn(hashes[:3000], np.ones(3000), 6000, 60, 8)
    assert type(found) is Cells
    centres = np.ascontiguousarray(found.centres).tobytes()
    assert hashlib.sha256(centres).hexdigest()[:16] == "2866ca32ce9ff5e1"
    square = (found.centres**2).sum(axis=1)
    apart = np.sqrt(np.maximum(square[:, None] + square - 2 * found.centres @ found.centres.T, 0.0))
    scores = square - 2 * cells.coordinates(hashes, found.origin) @ found.centres.T
    home = scores.argmin(axis=1)
    beyond = scores - scores.min(axis=1)[:, None]
    for margin in (0.0, 123.4):
        sent = set(zip(*np.nonzero(beyond <= (2 * margin * apart)[home]), strict=True))
        placed = _placed(found.with_margin(margin), hashes)
        assert set(placed) == sent
        assert {pair for pair, at_home in placed.items() if at_home} == set(enumerate(home.tolist()))


def test_the_threshold_is_by_the_cells_that_the_rows_need() -> None:
    sample = _hashes()[:2000]
    for wanted, kind in ((512, Cells), (513, NestedCells)):
        assert type(learn(sample, np.ones(2000), wanted * 500, 500, 4)) is kind


def test_few_sampled_rows_suffice_for_a_nested_cell_if_they_stand_for_many() -> None:
    sample = _hashes()[:8000]
    sizes = {}
    for rows in (8000, 8000 * 4000):
        found = learn(sample, np.ones(8000), rows, rows // 1000, 16)
        sizes[rows] = np.bincount(found.homes(sample), minlength=len(found))
    assert sizes[8000].min() >= 16
    assert 4 <= sizes[8000 * 4000].min() < 16
    assert len(sizes[8000 * 4000]) > 1.5 * len(sizes[8000])


def test_calibration_needs_about_the_halo_of_flat_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the neighbours that flat cells with as many copies find, nested cells miss few."""
    rows = _hashes()

    def recall(found: Cells) -> tuple[float, float]:
        done = Calibration(found, IDENTITY, rows[:200], 5)
        done.add(np.arange(len(rows)), rows)
        assert done.found.rows.tolist() == np.bincount(found.homes(rows), minlength=len(found)).tolist()
        wide = found.with_margin(choose_margin(done.needed(), 0.9, np.inf))
        reached = _placed(wide, rows[:2000])
        return len(reached) / 2000, done.recall(wide.margin, np.ones(len(found)))

    nested = recall(_nested())
    monkeypatch.setattr(learning, "MAX_FLAT", 4096)
    flat = recall(learn(rows[2000:], np.ones(10_000), 10_000, 16, 4))
    assert min(nested[1], flat[1]) >= 0.9
    assert nested[0] < 1.4 * flat[0]


@pytest.mark.parametrize("copies", [1.0, 2.5, 8.0])
def test_the_widest_margin_of_very_many_cells_is_found_among_those_around(
    monkeypatch: pytest.MonkeyPatch, copies: float
) -> None:
    found, some = _nested(), _hashes()[:512]
    dense = widest_margin(found, some, np.ones(512), copies)
    monkeypatch.setattr(calibration, "_SAMPLED_DEPTHS", 40 * len(found))
    assert widest_margin(found, some, np.ones(512), copies) == dense
    assert widest_margin(found, _hashes(), np.ones(12_000), copies) == dense
