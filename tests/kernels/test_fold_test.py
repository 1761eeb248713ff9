"""The corrected t test, against SciPy's t test and the error of simulated cross-validations."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.stats import t, ttest_1samp

from spark_smote.kernels.fold_test import FoldTest

FIGURES = st.lists(st.integers(-1000, 1000), min_size=2, max_size=30).map(lambda each: np.array(each) / 1000)


@given(FIGURES, st.floats(0.01, 1.0))
@example(np.full(3, 0.003), 1.0)
def test_it_is_scipys_test_with_a_larger_variance(differences: np.ndarray, ratio: float) -> None:
    found = FoldTest(differences, ratio)
    if np.ptp(differences) == 0:
        assert found.p == float(differences[0] <= 0)
        return
    plain = ttest_1samp(differences, 0.0, alternative="greater")
    assert FoldTest(differences, 0.0).p == pytest.approx(plain.pvalue, abs=1e-12)
    shrunk = plain.statistic / np.sqrt(1 + len(differences) * ratio)
    assert found.p == pytest.approx(t.sf(shrunk, len(differences) - 1), abs=1e-12)
    assert (found.gain > found.noise(0.05)) == (found.p < 0.05)


def test_the_example_of_the_literature() -> None:
    # Ten repetitions of ten folds: the variance is multiplied by 1 / 100 + 1 / 9.
    differences = np.random.default_rng(3).normal(0.01, 0.02, size=100)
    statistic = differences.mean() / np.sqrt((1 / 100 + 1 / 9) * differences.var(ddof=1))
    assert FoldTest(differences, 1 / 9).p == pytest.approx(t.sf(statistic, 99), abs=1e-12)


def test_one_fold_tells_nothing() -> None:
    found = FoldTest(np.array([0.9]), 1.0)
    assert found.p == 0.5
    assert found.noise(0.05) == found.floor(0.05) == np.inf


def test_repetitions_lower_the_noise_to_the_floor() -> None:
    once = np.array([0.1, 0.0, 0.2])
    often = FoldTest(np.tile(once, 10_000), 0.5)
    assert FoldTest(once, 0.5).noise(0.05) > often.noise(0.05)
    assert often.noise(0.05) == pytest.approx(often.floor(0.05), rel=1e-3)


def test_few_differences_between_equal_methods_are_taken_for_real() -> None:
    """Two models that are equally good, in cross-validations of 200 rows: at most one in twenty passes."""
    rng = np.random.default_rng(0)
    passed = 0
    for _ in range(400):
        rows = rng.normal(size=(200, 2))
        parts = np.array_split(rng.permutation(200), 5)
        # A method is as good as the mean of its training rows is near to 0; training rows are shared.
        figures = [
            [-abs(np.delete(rows, part, 0)[:, side].mean()) - abs(rows[part, side]).mean() for side in (0, 1)]
            for part in parts
        ]
        passed += FoldTest(np.diff(figures)[:, 0], 0.25).p < 0.05
    assert passed <= 400 * 0.075
