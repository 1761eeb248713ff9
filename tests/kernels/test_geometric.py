"""Geometric SMOTE's rule: uniform in the ball, cut off and flattened as the paper says, on the selected surface."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from chunks import cell
from scipy import stats

from spark_smote.kernels import draws
from spark_smote.kernels.cleaning import nearest_named
from spark_smote.kernels.finding import CANDIDATE, Finding
from spark_smote.kernels.geometric import geometric, in_ball, shaped
from spark_smote.kernels.synthetic import Seeds, Synthetic

RNG = np.random.default_rng(3)
FEATURES = RNG.normal(size=(40, 4)) * [1.0, 10.0, 0.1, 3.0]
OTHERS = FEATURES[RNG.permutation(40)] + RNG.normal(size=(40, 4))


def seeds(quotas: np.ndarray) -> Seeds:
    rows = np.arange(len(quotas))
    return Seeds(rows, rows * 7919 - 5, np.zeros(len(rows), dtype=np.int64), quotas, draws.class_key(0, 1))


def run(features: np.ndarray, quota: int = 25, k: int = 3, **params: Any) -> Synthetic:
    given = {"truncation": 1.0, "deformation": 0.0, "selection": "minority", **params}
    blocks = list(geometric(cell(features), seeds(np.full(len(features), quota)), k, **given))
    assert all(block.neighbours is None for block in blocks)
    return Synthetic(
        *(np.concatenate([getattr(b, f) for b in blocks]) for f in ("seeds",)),
        None,
        *(np.concatenate([getattr(b, f) for b in blocks]) for f in ("gaps", "features")),
    )


def made_by_the_reference(centre: np.ndarray, surface: np.ndarray, point: np.ndarray, t: float, d: float) -> np.ndarray:
    """``make_geometric_sample`` of imbalanced-learn-extra 0.2.10, from a point of the unit ball on."""
    if np.array_equal(centre, surface):
        return centre
    radius = np.linalg.norm(centre - surface)
    along = (surface - centre) / radius
    point = point.copy()
    if (t > 0 and point @ along < t - 1) or (t < 0 and point @ along > t + 1):
        point -= 2 * (point @ along) * along
    position = (point @ along) * along
    return np.asarray(centre + radius * (position + (1 - d) * (point - position)))


@pytest.mark.parametrize("width", [1, 2, 7])
def test_points_are_uniform_in_the_ball(width: int) -> None:
    of = seeds(np.full(40, 100))
    seed, replica = next(of.replicas(1))
    points = in_ball(of, seed, replica, width)
    distance = np.linalg.norm(points, axis=1)
    assert distance.max() <= 1
    assert stats.kstest(distance**width, "uniform").pvalue > 1e-3
    for column in (points / distance[:, None]).T:
        # A coordinate of a uniform direction: its square is Beta(1/2, (d - 1)/2).
        assert abs(column.mean()) < 5 / np.sqrt(width * len(points))
        if width > 1:
            assert stats.kstest(column**2, "beta", args=(0.5, (width - 1) / 2)).pvalue > 1e-3


@pytest.mark.parametrize("truncation", [-1.0, -0.4, 0.0, 0.3, 1.0])
@pytest.mark.parametrize("deformation", [0.0, 0.6, 1.0])
def test_each_row_is_the_references(truncation: float, deformation: float) -> None:
    """Of the same point in the unit ball."""
    of = seeds(np.full(40, 30))
    seed, replica = next(of.replicas(1))
    point = in_ball(of, seed, replica, 4)
    centre, surface = FEATURES[seed], OTHERS[seed]
    radius = np.linalg.norm(surface - centre, axis=1)[:, None]
    ours, position = shaped(point, (surface - centre) / radius, truncation, deformation)
    for i in range(len(seed)):
        theirs = made_by_the_reference(centre[i], surface[i], point[i], truncation, deformation)
        np.testing.assert_allclose(centre[i] + radius[i] * ours[i], theirs, rtol=1e-9, atol=1e-9)
    low, high = (truncation - 1, 1) if truncation > 0 else (-1, truncation + 1)
    assert position.min() >= low - 1e-12 and position.max() <= high + 1e-12


def surfaces(made: Synthetic, allowed: Iterable[np.ndarray]) -> np.ndarray:
    """Of a line, deformation 1, at which of the allowed rows each synthetic row points, at its gap."""
    found = np.full(len(made.seeds), -1)
    for index, surface in enumerate(allowed):
        expected = FEATURES[made.seeds] + made.gaps[:, None] * (surface - FEATURES[made.seeds])
        found[np.isclose(made.features, expected, rtol=1e-9, atol=1e-9).all(axis=1)] = index
    return found


@pytest.mark.parametrize("selection", ["minority", "majority", "combined"])
def test_the_surface_is_the_selected_row(selection: str) -> None:
    both = FEATURES if selection == "minority" else np.hstack([FEATURES, OTHERS])
    made = run(both, deformation=1.0, selection=selection)
    apart = np.linalg.norm(FEATURES[:, None] - FEATURES, axis=2)
    near = np.argsort(apart, axis=1)[:, 1:4]
    own = [FEATURES[near[:, i]][made.seeds] for i in range(3)]
    found = surfaces(made, [*own, OTHERS[made.seeds]])
    assert (found >= 0).all()
    radius = np.linalg.norm(OTHERS - FEATURES, axis=1)[made.seeds]
    if selection == "minority":
        assert set(found) == {0, 1, 2}
    elif selection == "majority":
        assert set(found) == {3}
    else:
        drawn = np.array([apart[s, near[s, min(f, 2)]] for s, f in zip(made.seeds, found, strict=True)])
        assert (drawn[found < 3] <= radius[found < 3]).all()
        # The row of another class is nearer than the farthest neighbour, or it would not be on the surface.
        assert (radius[found == 3] < apart[made.seeds, near[made.seeds, 2]][found == 3]).all()
        assert 0 < (found == 3).mean() < 1


def test_rows_lie_in_their_spheres_and_a_row_without_another_class_about_it_uses_its_own() -> None:
    made = run(np.hstack([FEATURES, np.full_like(FEATURES, np.nan)]), k=1, selection="majority")
    apart = np.linalg.norm(FEATURES[:, None] - FEATURES, axis=2)
    surface = np.argsort(apart, axis=1)[:, 1]
    offset = made.features - FEATURES[made.seeds]
    radius = apart[made.seeds, surface[made.seeds]]
    assert (np.linalg.norm(offset, axis=1) <= radius * (1 + 1e-12)).all()
    along = (FEATURES[surface] - FEATURES)[made.seeds] / radius[:, None]
    np.testing.assert_allclose((offset * along).sum(axis=1) / radius, made.gaps, atol=1e-12)
    assert 0 <= made.gaps.min() < made.gaps.max() < 1


def test_the_sphere_is_one_in_units_of_distance() -> None:
    scale = np.array([1.0, 100.0, 1e-3, 7.0])
    plain, scaled = run(FEATURES), run(FEATURES * scale, scale=scale)
    np.testing.assert_allclose(scaled.features, plain.features * scale, rtol=1e-9)


def test_equal_rows_make_copies_and_the_range_of_doubles_is_kept() -> None:
    assert (run(np.full((5, 2), 0.1)).features == 0.1).all()
    wide = run(np.array([[-1.7e308], [1.7e308], [1.6e308]]), k=1, truncation=0.0, scale=2.0**1023)
    assert np.isfinite(wide.features).all()


def test_the_rows_do_not_depend_on_the_division_into_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = run(FEATURES)
    monkeypatch.setattr("spark_smote.kernels.synthetic._BLOCK_DOUBLES", 300)
    assert run(FEATURES).features.tolist() == whole.features.tolist()


def test_a_query_finds_rows_of_other_classes_only() -> None:
    x = RNG.normal(size=(90, 3))
    x[10] = x[60]
    classes = np.repeat([0, 1, 2], 30)
    order = np.argsort(RNG.permutation(90))
    queries, hashes = classes < 2, np.arange(90) * 11
    for chunks in (1, 3):
        where = np.linspace(0, 90, chunks + 1).astype(int)
        rows = [cell(x[order][a:b], hashes[a:b], classes=classes[order][a:b]) for a, b in pairwise(where)]
        asked = np.flatnonzero(queries[order])
        asking = cell(
            x[order][asked], hashes[asked], home=np.zeros(len(asked), dtype=bool), classes=classes[order][asked]
        )
        numbers, keys, found = Finding(1, others_only=True)(iter([asking, *rows]))
        for number, key, one in zip(numbers, keys, found[:, 0], strict=True):
            at = order[key // 11]
            apart = np.where(classes == number, np.inf, ((x - x[at]) ** 2).sum(axis=1))
            assert order[one["key"] // 11] == apart.argmin() and one["label"] == classes[apart.argmin()]
    nothing = np.array([[(1.0, 5, 2)], [(np.inf, 0, -1)]], dtype=CANDIDATE)
    assert nearest_named(0, np.array([7, 8]), nothing).tolist() == [[0, 7, 2, 5]]
