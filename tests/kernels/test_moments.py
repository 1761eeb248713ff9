"""Sums are exact and rounded once, so they are the same to the last bit in any order and split of the rows."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from spark_smote.kernels import moments
from spark_smote.kernels.moments import ExactMoments, ExactSum

FINITE = st.floats(allow_nan=False, allow_infinity=False)
ROWS = npst.arrays(np.float64, st.tuples(st.integers(1, 25), st.integers(1, 4)), elements=FINITE)


def _add(total: ExactSum, rows: np.ndarray) -> ExactSum:
    total.add(np.zeros(len(rows), dtype=np.int64), rows)
    return total


def _sum(rows: np.ndarray) -> ExactSum:
    return _add(ExactSum(rows.shape[1]), rows)


def _exact(rows: np.ndarray, over: int) -> list[float]:
    return [float(sum(map(Fraction, column)) / over) for column in rows.T.tolist()]


@given(rows=ROWS)
@example(np.array([[1e300], [1.0], [-1e300], [5e-324]]))
@example(np.array([[1.7976931348623157e308], [1.7976931348623157e308], [5e-324]]))
@example(np.array([[5e-324], [5e-324], [-0.0], [1e-310]]))
@example(np.array([[1.0], [2.0**-53], [2.0**-106]]))
@example(np.array([[1.0 + 2.0**-52], [-1.0]]))
@settings(deadline=None)
def test_means_are_exact_and_rounded_once(rows: np.ndarray) -> None:
    assert _sum(rows).means(len(rows)).tolist() == _exact(rows, len(rows))


@given(npst.arrays(np.float64, (40, 1), elements=st.floats(-1e300, 1e300)))
@settings(deadline=None)
def test_sums_equal_fsum(rows: np.ndarray) -> None:
    assert _sum(rows).means(1)[0] == math.fsum(rows[:, 0].tolist())


@given(rows=ROWS, data=st.data())
@settings(deadline=None)
def test_same_bits_for_any_split_order_and_merge(rows: np.ndarray, data: st.DataObject) -> None:
    count, width = rows.shape
    order = data.draw(st.permutations(range(count)))
    splits = sorted(data.draw(st.lists(st.integers(0, count), max_size=4)))
    tasks = [_sum(part) for part in np.split(rows[order], splits)]
    merged = ExactSum(width)
    for index in data.draw(st.permutations(range(len(tasks)))):
        exponents, sums = tasks[index].packed()
        merged.merge(exponents, sums.ravel())
    batches = ExactSum(width)
    for part in np.split(rows[order], splits):
        _add(batches, part)
    once = _sum(rows).means(count).tobytes()
    assert merged.means(count).tobytes() == once
    assert batches.means(count).tobytes() == once


def test_packed_sums_survive_another_merge() -> None:
    rows = np.random.default_rng(0).normal(size=(50, 3)) * np.logspace(-200, 200, 50)[:, None]
    first, second = ExactSum(3), ExactSum(3)
    first.merge(*_sum(rows[:20]).packed())
    first.merge(*_sum(rows[20:]).packed())
    second.merge(*(part.ravel() for part in first.packed()))
    assert second.means(50).tolist() == _exact(rows, 50)


def _deviations(rows: np.ndarray) -> list[float]:
    """Population standard deviations from exact sums, rounded once."""
    found = []
    for column in rows.T.tolist():
        exact = [Fraction(value) for value in column]
        mean = sum(exact) / len(exact)
        square = sum((value - mean) ** 2 for value in exact) / len(exact)
        half = (square.numerator.bit_length() - square.denominator.bit_length()) // 2
        found.append(math.ldexp(math.sqrt(square / Fraction(4) ** half), half))
    return found


def _moments(rows: np.ndarray) -> ExactMoments:
    total = ExactMoments(rows.shape[1])
    total.add(np.zeros(0), rows)
    return total


def check_totals(rows: np.ndarray) -> ExactMoments:
    """Compares sums before rounding, which would hide small differences."""
    total = _moments(rows)
    exact = [[Fraction(value) for value in column] for column in rows.T.tolist()]
    assert total.sums.totals() == _sum(rows).totals() == [sum(column) for column in exact]
    assert total.squares.totals() == [sum(value**2 for value in column) for column in exact]
    return total


def test_blocks_are_seamless(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = np.random.default_rng(1).normal(size=(100, 4)) * np.logspace(-30, 30, 100)[:, None]
    monkeypatch.setattr(moments, "_BLOCK_ROWS", 29)
    monkeypatch.setattr(moments, "_BLOCK_COLUMNS", 3)
    check_totals(rows)


def test_a_full_block_loses_nothing() -> None:
    """Slices full of ones make the sums of products as large as possible."""
    rows = np.full((moments._BLOCK_ROWS, 1), np.nextafter(1.0, 0.0))
    rows[::2] = np.nextafter(0.5, 0.0)
    check_totals(rows)


KINDS = {
    "all magnitudes": lambda rng, shape: rng.normal(size=shape) * 10.0 ** rng.integers(-300, 300, shape),
    "a few far from the others": lambda rng, shape: np.where(rng.random(shape) < 0.01, 1e-60, rng.normal(size=shape)),
    "microseconds": lambda rng, shape: 1.6e15 + rng.integers(0, 10**6, shape),
    "denormal": lambda rng, shape: rng.integers(-9, 9, shape) * 5e-324,
    "whole": lambda rng, shape: rng.integers(-9, 9, shape).astype(float),
    "near the limit of slices": lambda rng, shape: rng.normal(size=shape) * 2.0 ** (moments._EXTREME - 2),
    "as near, but small": lambda rng, shape: rng.normal(size=shape) * 2.0 ** -(moments._EXTREME - 2),
}


@pytest.mark.parametrize("kind", KINDS)
def test_sums_and_squares_of_more_than_a_block(kind: str) -> None:
    rows = KINDS[kind](np.random.default_rng(4), (moments._BLOCK_ROWS + 50, 2))
    total = check_totals(rows)
    parts = ExactMoments(2)
    for order in np.array_split(np.random.default_rng(5).permutation(len(rows)), 3):
        parts.merge(*(array.ravel() for array in _moments(rows[order]).packed()))
    assert parts.deviations(len(rows)).tobytes() == total.deviations(len(rows)).tobytes()


def test_a_million_terms_lose_nothing() -> None:
    # Mantissas full of ones make the halves' sums as large as they get.
    rows = np.full((1 << 20, 1), np.nextafter(2.0, 1.0))
    rows[::3] *= -1
    signs = len(rows) - 2 * -(-len(rows) // 3)
    total = _sum(rows)
    assert total.means(1)[0] == float(signs * Fraction(rows[1, 0]))
    assert _add(total, rows).means(2)[0] == float(signs * Fraction(rows[1, 0]))


def test_no_rows_add_nothing() -> None:
    total = _sum(np.empty((0, 2)))
    total.merge(*(part.ravel() for part in ExactSum(2).packed()))
    assert _add(total, np.array([[1.0, 2.0]])).means(1).tolist() == [1.0, 2.0]


@pytest.mark.parametrize(("scale", "offset"), [(1.0, 0.0), (1e-3, 1e6), (1e-200, 0.0), (1e300, 0.0), (1e300, 1e300)])
def test_deviations_are_those_of_the_population(scale: float, offset: float) -> None:
    plain = np.random.default_rng(2).normal(size=(500, 3))
    rows = plain * scale + offset
    left = (rows - offset) / scale
    with np.errstate(over="raise", invalid="raise"):
        total = ExactMoments(3)
        total.add(np.zeros(0), rows[:123])
        total.add(np.zeros(0), rows[123:])
        found = total.deviations(500) / scale
    np.testing.assert_allclose(found, left.std(axis=0), rtol=1e-12)


@given(npst.arrays(np.float64, st.tuples(st.integers(1, 30), st.integers(1, 4)), elements=st.floats(-1e6, 1e6)))
@settings(deadline=None)
def test_deviations_are_exact(rows: np.ndarray) -> None:
    """Deviations are exact up to the rounding of the result."""
    assert _moments(rows).deviations(len(rows)).tolist() == _deviations(rows)


@given(ROWS, st.integers(0, 25))
@settings(deadline=None)
def test_deviations_do_not_depend_on_the_split(rows: np.ndarray, split: int) -> None:
    width = rows.shape[1]
    once, parts = ExactMoments(width), ExactMoments(width)
    once.add(np.zeros(0), rows)
    for part in (rows[split:], rows[:split]):
        task = ExactMoments(width)
        task.add(np.zeros(0), part)
        parts.merge(*(array.ravel() for array in task.packed()))
    assert parts.deviations(len(rows)).tobytes() == once.deviations(len(rows)).tobytes()


def test_features_of_all_magnitudes_stand_side_by_side() -> None:
    plain = np.random.default_rng(3).normal(size=(50, 1))
    scales = np.array([1e-300, 1e-10, 1.0, 1e9, 1e300])
    total = ExactMoments(5)
    total.add(np.zeros(0), plain * scales)
    np.testing.assert_allclose(total.deviations(50) / scales, np.repeat(plain.std(), 5), rtol=1e-12)
