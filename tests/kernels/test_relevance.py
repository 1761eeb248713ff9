"""The relevance function: control points and values of smogn 0.1.2 (UBL's algorithm), and its bumps."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.interpolate import CubicHermiteSpline

from spark_smote.kernels.relevance import Relevance, bumps_of, fences, hinge_ranks, of_box_plot

# 45 rows: one of 4 n + 1, for which smogn's quartiles are Tukey's hinges.
TARGET = np.sort(np.append((np.arange(41) * 17 % 41) ** 2 / 40.0, [90.0, 120.0, -30.0, 150.0]))


def control_points(target: NDArray[np.float64], extremes: str = "both") -> list[tuple[float, float]]:
    lower, median, upper = (float(target[np.array(pair) - 1].mean()) for pair in hinge_ranks(len(target)))
    low, high = fences(lower, upper, 1.5)
    within = target[(target >= low) & (target <= high)]
    whiskers = float(within.min()), float(within.max())
    return of_box_plot(float(target.min()), whiskers, median, float(target.max()), extremes)


def test_control_points_and_relevances_are_those_of_smogn() -> None:
    points = control_points(TARGET)
    assert points == [(-30.0, 0.0), (11.025, 0.0), (40.0, 1.0)]
    found = Relevance.through(points)(np.array([-30.0, 5.0, 12.0, 20.0, 30.0, 39.0, 41.0, 100.0]))
    told = [0.0, 0.0, 0.003320703277003659, 0.22839694457085763, 0.7248826079669932, 0.9965088764260883, 1.0, 1.0]
    np.testing.assert_allclose(found, told, rtol=1e-12)


def test_relevances_between_control_points_with_slopes_are_those_of_smogn() -> None:
    """The slope 0.2 is too steep to be monotone, and is lowered to 0.15."""
    relevance = Relevance.through([(20, 1, 0), (0, 0, 0), (10, 0.5, 0.2)])
    found = relevance(np.array([0.0, 3.0, 7.0, 10.0, 12.0, 15.0, 19.0, 20.0]))
    np.testing.assert_allclose(found, [0.0, 0.0135, 0.1715, 0.5, 0.744, 0.9375, 0.9995, 1.0], rtol=1e-12)


def test_cubics_are_those_of_scipy() -> None:
    rng = np.random.default_rng(1)
    for slopes in (np.zeros(6), rng.normal(size=6)):
        control = np.column_stack((np.sort(rng.normal(size=6)) * 1e3, rng.random(6), slopes))
        relevance = Relevance.through(control.tolist())
        spline = CubicHermiteSpline(relevance.points, relevance.relevances, relevance.slopes)
        np.testing.assert_array_equal(relevance.cubics, spline.c)


@pytest.mark.parametrize(("extremes", "relevances"), [("both", [1, 0, 1]), ("low", [1, 0, 0]), ("high", [0, 0, 1])])
def test_only_the_sides_asked_for_are_relevant(extremes: str, relevances: list[float]) -> None:
    points = control_points(np.array([-99.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 99.0]), extremes)
    assert [relevance for _, relevance in points] == relevances


def test_half_the_rows_equal_leave_the_others_relevant() -> None:
    assert control_points(np.array([0.0] * 9 + [5.0])) == [(0.0, 0.0), (5.0, 1.0)]
    assert control_points(np.array([3.0] * 9)) == [(3.0, 0.0)]


@given(
    st.dictionaries(st.floats(-1e6, 1e6).map(lambda x: round(x, 3)), st.floats(0, 1), min_size=2, max_size=6),
    st.floats(0.01, 1.0),
    st.lists(st.floats(-2e6, 2e6), min_size=1),
)
def test_bumps_part_the_target_by_its_relevance(
    control: dict[float, float], threshold: float, values: list[float]
) -> None:
    relevance = Relevance.through(list(control.items()))
    edges, rare = relevance.bumps(threshold)
    assert edges == sorted(edges) and len(rare) == len(edges) + 1
    assert all(one != other for one, other in itertools.pairwise(rare))
    # Each border is the first double of its bump.
    assert ((relevance(np.array(edges)) >= threshold) == rare[1:]).all()
    assert ((relevance(np.nextafter(edges, -np.inf)) >= threshold) == rare[:-1]).all()
    assert bumps_of([relevance, Relevance.through([(0, 0), (2, 1)]), relevance], threshold)[::2] == [(edges, rare)] * 2
    target = np.array(values)
    sure = np.abs(relevance(target) - threshold) > 1e-9
    kinds = np.array(rare)[np.searchsorted(edges, target, side="right")]
    assert (kinds == (relevance(target) >= threshold))[sure].all()


@pytest.mark.parametrize(
    ("control", "told"),
    [([(1, 0)], "two control points"), ([(1, 0), (1, 1)], "once"), ([(1, 0), (2, 1.5)], "from 0 to 1")],
)
def test_control_points_that_make_no_function_are_refused(control: list[tuple[float, float]], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Relevance.through(control)
