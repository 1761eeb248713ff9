"""Propensity scores: scikit-learn's logistic regression, found without a library for linear algebra in the sums."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from spark_smote.kernels.propensity import Propensity, fit, standards, with_scores

RNG = np.random.default_rng(2)


@pytest.mark.parametrize(("rows", "width", "apart"), [(300, 1, 1.0), (500, 6, 1.0), (200, 40, 3.0), (60, 2, 50.0)])
def test_the_fit_is_scikit_learns(rows: int, width: int, apart: float) -> None:
    """Also where a plane separates the classes."""
    x = RNG.normal(size=(rows, width))
    own = RNG.random(rows) < 0.3
    x[own, 0] += apart
    weights = RNG.integers(1, 5, size=rows).astype(np.float64)
    theirs = LogisticRegression(tol=1e-12, max_iter=10_000, solver="newton-cg").fit(x, own, sample_weight=weights)
    coefficients, intercept = fit(x, own, weights)
    score = Propensity(coefficients[None], np.array([intercept]), np.zeros(width), np.ones(width))
    np.testing.assert_allclose(score(x)[:, 0], theirs.predict_proba(x)[:, 1], atol=2e-5)
    scored = with_scores(3, x, propensities={3: score}, scores=2)
    assert (scored[:, :width] == x).all() and (scored[:, width] == score(x)[:, 0]).all() and not scored[:, -1].any()
    assert not with_scores(4, x, propensities={3: score}, scores=1)[:, -1].any()


def test_the_fit_is_the_same_in_any_other_last_bits_of_the_sums() -> None:
    """Rounding takes away what another order of the rows changes, as another machine does."""
    x, own = RNG.normal(size=(400, 5)), RNG.random(400) < 0.2
    order = RNG.permutation(400)
    one, other = fit(x, own, np.ones(400)), fit(x[order], own[order], np.ones(400))
    assert one[0].tolist() == other[0].tolist() and one[1] == other[1]


def test_a_class_alone_has_no_score_and_scores_are_finite_everywhere() -> None:
    x = RNG.normal(size=(30, 2))
    for own in (np.ones(30, dtype=bool), np.zeros(30, dtype=bool)):
        coefficients, intercept = fit(x, own, np.ones(30))
        assert not coefficients.any() and intercept == 0
    far = np.array([[1.7e308, -1.7e308], [-1.7e308, 1.7e308], [0.0, 0.0]])
    centre, unit = standards(far, np.ones(3))
    assert np.isfinite(centre).all() and np.isfinite(unit).all()
    scores = Propensity(np.array([[3.0, 3.0]]), np.array([1.0]), np.array([-1.7e308, 0.0]), np.ones(2))(far)
    assert ((scores >= 0) & (scores <= 1)).all()
