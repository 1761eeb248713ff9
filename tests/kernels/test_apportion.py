"""Totals are split exactly and in proportion."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from spark_smote.kernels.apportion import capped_shares, quotas, shares

WEIGHTS = st.lists(st.integers(0, 50), min_size=1, max_size=60).filter(any)


def _positions(weights: np.ndarray) -> np.ndarray:
    return np.cumsum(weights) - weights


@given(weights=WEIGHTS, total=st.integers(0, 10**9), data=st.data())
@settings(deadline=None)
def test_weighted_quotas_sum_to_the_total_and_are_in_proportion(
    weights: list[int], total: int, data: st.DataObject
) -> None:
    own, rows = np.array(weights), sum(weights)
    owed = quotas(_positions(own), rows, total, data.draw(st.integers(0, rows - 1)), own)
    assert owed.sum() == total
    for quota, weight in zip(owed.tolist(), weights, strict=True):
        assert abs(quota - Fraction(weight * total, rows)) < 1
        assert weight or not quota


@given(st.integers(1, 60), st.integers(0, 500), st.data())
@settings(deadline=None)
def test_weights_of_one_are_no_weights(rows: int, total: int, data: st.DataObject) -> None:
    phase, positions = data.draw(st.integers(0, rows - 1)), np.arange(rows)
    weighted = quotas(positions, rows, total, phase, np.ones(rows, dtype=np.int64))
    assert weighted.tolist() == quotas(positions, rows, total, phase).tolist()


@given(WEIGHTS, st.integers(0, 60), st.data())
@settings(deadline=None)
def test_the_quota_of_a_row_does_not_depend_on_other_rows(weights: list[int], total: int, data: st.DataObject) -> None:
    own, rows = np.array(weights), sum(weights)
    phase = data.draw(st.integers(0, rows - 1))
    each = [quotas(_positions(own)[i : i + 1], rows, total, phase, own[i : i + 1])[0] for i in range(len(own))]
    assert quotas(_positions(own), rows, total, phase, own).tolist() == each


@pytest.mark.parametrize("total", [1, 2_999_999_999, 3_000_000_001, 10**13 + 7])
@pytest.mark.parametrize("phase", [0, 1_234_567_890, 2_999_999_999])
def test_lines_of_three_thousand_millions_do_not_overflow(total: int, phase: int) -> None:
    weights = np.array([1, 1_400_000_000, 0, 999_999_998, 600_000_000, 1])
    rows = int(weights.sum())
    assert rows == 3_000_000_000
    expected, before = [], 0
    for weight in weights.tolist():
        base, extra = divmod(total, rows)
        steps = (before * extra + phase) // rows
        expected.append(weight * base + ((before + weight) * extra + phase) // rows - steps)
        before += weight
    assert quotas(_positions(weights), rows, total, phase, weights).tolist() == expected
    assert sum(expected) == total


@given(
    npst.arrays(np.float64, st.integers(1, 40), elements=st.floats(0, 1e308)).filter(lambda weights: weights.any()),
    st.integers(0, 10**9),
)
@settings(deadline=None)
def test_shares_sum_to_the_total_and_are_in_proportion(weights: np.ndarray, total: int) -> None:
    found = shares(weights, total)
    whole = sum(map(Fraction, weights.tolist()))
    assert found.sum() == total
    assert (found[weights == 0] == 0).all()
    for share, weight in zip(found.tolist(), weights.tolist(), strict=True):
        assert abs(share - Fraction(weight) * total / whole) < 1 + 1e-6


@given(WEIGHTS, st.integers(0, 6))
@settings(deadline=None)
def test_the_largest_remainders_are_rounded_up_of_equal_ones_the_first(weights: list[int], power: int) -> None:
    # The sum is a power of two, so that all remainders are exact.
    weights = [*weights, (1 << sum(weights).bit_length()) - sum(weights)]
    total, whole = 3**power, sum(weights)
    expected = [weight * total // whole for weight in weights]
    order = sorted(range(len(weights)), key=lambda i: (-(weights[i] * total % whole), i))
    for index in order[: total - sum(expected)]:
        expected[index] += 1
    # Scaled so that the greatest is a power of two too, and dividing by it is exact.
    top = max(weights)
    if top & (top - 1) == 0:
        assert shares(np.array(weights, dtype=float), total).tolist() == expected
    assert shares(np.array(weights, dtype=float), total).sum() == total


def test_of_equal_remainders_the_first_is_rounded_up() -> None:
    assert shares(np.array([2.0, 0.0, 2.0, 2.0, 2.0]), 6).tolist() == [2, 0, 2, 1, 1]
    assert shares(np.array([1.0, 2.0, 1.0]), 2).tolist() == [1, 1, 0]


@pytest.mark.parametrize("ratio", [1e-300, 5e-324, 1e-12])
@pytest.mark.parametrize("total", [0, 1, 10, 10**9])
def test_weights_of_very_different_size(ratio: float, total: int) -> None:
    found = shares(np.array([ratio, 1.0, 0.0, ratio]), total)
    assert found.tolist() == [0, total, 0, 0]


def test_weights_whose_sum_is_no_double() -> None:
    assert shares(np.full(4, 1.7e308), 10).tolist() == [3, 3, 2, 2]
    assert shares(np.full(4, 5e-324), 10).tolist() == [3, 3, 2, 2]


@given(data=st.data())
@settings(deadline=None, max_examples=200)
def test_quotas_are_pythons_integers_up_to_63_bits(data: st.DataObject) -> None:
    rows = data.draw(st.integers(1, 2**63 - 1) | st.integers(2_999_999_990, 3_000_000_010), label="rows")
    total, phase = data.draw(st.integers(0, 2**63 - 1), label="total"), data.draw(st.integers(0, rows - 1))
    first, last = sorted(data.draw(st.tuples(st.integers(0, rows), st.integers(0, rows)), label="ends"))
    base, extra = divmod(total, rows)
    expected = (last - first) * base + (last * extra + phase) // rows - (first * extra + phase) // rows
    owed = quotas(np.array([first]), rows, total, phase, np.array([last - first]))
    assert owed.tolist() == [expected]
    if first < rows:
        alone = base + ((first + 1) * extra + phase) // rows - (first * extra + phase) // rows
        assert quotas(np.array([first]), rows, total, phase).tolist() == [alone]


@pytest.mark.parametrize(("rows", "total"), [(1 << 63, 5), (5, 1 << 63)])
def test_lines_beyond_63_bits_are_refused(rows: int, total: int) -> None:
    with pytest.raises(ValueError, match="below 2\\^63"):
        quotas(np.zeros(1, dtype=np.int64), rows, total, 0)


@given(st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 50)), min_size=1, max_size=20), st.floats(0, 1))
def test_capped_shares_sum_to_the_total_and_keep_to_the_caps(pairs: list[tuple[int, int]], part: float) -> None:
    weights, caps = zip(*pairs, strict=True)
    total = int(part * sum(cap for weight, cap in pairs if weight))
    found = capped_shares(weights, caps, total)
    assert sum(found) == total and all(0 <= share <= cap for share, cap in zip(found, caps, strict=True))
    free = [place for place, share in enumerate(found) if share + 1 < caps[place] and weights[place]]
    # Those without a cap in their way share in proportion to their weights, to within a row.
    for one in free:
        for other in free:
            assert abs(found[one] * weights[other] - found[other] * weights[one]) <= weights[one] + weights[other]
