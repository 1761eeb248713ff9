"""Measures of decisions and of scores against scikit-learn's and imbalanced-learn's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from imblearn.metrics import geometric_mean_score, make_index_balanced_accuracy, specificity_score
from sklearn import metrics
from sklearn.linear_model import LogisticRegression

from spark_smote.kernels.confusion import Confusion
from spark_smote.kernels.ranking import BINS_PER_LOGIT, MOMENTS, RankedBins

EXACT: dict[str, Any] = {"rel": 1e-9, "abs": 1e-9}


def confused(classes: int, weighted: bool, rows: int = 400) -> tuple[Any, Any, Any, Confusion]:
    draw = np.random.default_rng(classes)
    truth = draw.choice(classes, rows, p=np.arange(1, classes + 1) / np.arange(1, classes + 1).sum())
    said = np.where(draw.random(rows) < 0.6, truth, draw.integers(classes, size=rows))
    weight = draw.gamma(1.0, size=rows) if weighted else np.ones(rows)
    found = np.zeros((classes, classes))
    np.add.at(found, (truth, said), weight)
    return truth, said, weight, Confusion(found)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("classes", [2, 4])
def test_measures_of_decisions_are_those_of_the_oracles(classes: int, weighted: bool) -> None:
    truth, said, weight, found = confused(classes, weighted)
    given: dict[str, Any] = {"y_true": truth, "y_pred": said, "sample_weight": weight}
    assert found.sensitivity() == pytest.approx(metrics.recall_score(**given, average=None), **EXACT)
    others = [metrics.recall_score(truth != one, said != one, sample_weight=weight) for one in range(classes)]
    assert found.specificity() == pytest.approx(others, **EXACT)
    assert found.precision() == pytest.approx(metrics.precision_score(**given, average=None), **EXACT)
    for beta in (0.5, 1.0, 3.0):
        assert found.f_beta(beta) == pytest.approx(metrics.fbeta_score(**given, beta=beta, average=None), **EXACT)
    assert found.g_mean_of_all() == pytest.approx(geometric_mean_score(**given, average="multiclass"), **EXACT)
    if not weighted:  # imbalanced-learn's specificity counts true negatives without their weights
        assert found.specificity() == pytest.approx(specificity_score(**given, average=None), **EXACT)
        assert found.g_mean() == pytest.approx(geometric_mean_score(**given, average=None), **EXACT)
        index = make_index_balanced_accuracy(alpha=0.3, squared=True)(geometric_mean_score)
        assert found.iba(0.3) == pytest.approx(index(**given, average=None), **EXACT)
    assert found.balanced_accuracy() == pytest.approx(metrics.balanced_accuracy_score(**given), **EXACT)
    assert found.correlation_of_all() == pytest.approx(metrics.matthews_corrcoef(**given), **EXACT)
    each = [metrics.matthews_corrcoef(truth == one, said == one, sample_weight=weight) for one in range(classes)]
    assert found.correlation() == pytest.approx(each, **EXACT)
    costs = np.arange(classes**2, dtype=float).reshape(classes, classes)
    assert found.mean_cost(costs) == pytest.approx(np.average(costs[truth, said], weights=weight), **EXACT)


def test_a_class_without_rows_has_no_value_and_one_never_predicted_a_precision_of_0() -> None:
    found = Confusion(np.array([[8.0, 0.0, 1.0], [2.0, 0.0, 0.0], [0.0, 0.0, 0.0]]))
    for values in (found.sensitivity(), found.specificity(), found.precision(), found.f_beta(1.0), found.correlation()):
        assert np.isnan(values).tolist() == [False, False, True]
    assert found.precision()[1] == 0 and found.correlation()[1] == 0
    assert found.balanced_accuracy() == pytest.approx((8 / 9 + 0) / 2)
    assert Confusion(np.array([[5.0]])).correlation_of_all() == 0


def binned(probability: Any, truth: Any, weight: Any) -> RankedBins:
    """The sums that calibration is made of."""
    logit = np.log(probability / (1 - probability))
    bins, place = np.unique(np.rint(logit * BINS_PER_LOGIT), return_inverse=True)
    apart = logit - bins[place] / BINS_PER_LOGIT
    sums = [np.bincount(place, values) for values in (weight * truth, weight * (1 - truth), weight * truth * apart)]
    moments = np.stack([np.bincount(place, weight * apart**power) for power in range(MOMENTS)], axis=1)
    none = np.zeros(len(bins))
    area = np.full(len(bins), 0.5 * sums[0].sum() * sums[1].sum() / len(bins))
    return RankedBins(bins, sums[0], sums[1], area, none, none, none, none, moments, sums[2])


@pytest.mark.parametrize(("slope", "shift"), [(1.0, 0.0), (0.3, -2.0), (2.5, 1.0), (-0.7, 0.5)])
def test_calibration_is_the_logistic_regression_on_unbinned_logits(slope: float, shift: float) -> None:
    draw = np.random.default_rng(5)
    logit = draw.normal(-1, 2.5, 600)
    probability = 1 / (1 + np.exp(-logit))
    truth = (draw.random(600) < 1 / (1 + np.exp(-shift - slope * logit))).astype(float)
    weight = draw.gamma(2.0, size=600)
    oracle = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-13, max_iter=200)
    oracle.fit(logit[:, None], truth, sample_weight=weight)
    expected = (oracle.intercept_[0], oracle.coef_[0, 0])
    assert binned(probability, truth, weight).calibration == pytest.approx(expected, **EXACT)


def test_calibration_is_undefined_where_probabilities_or_truths_do_not_differ() -> None:
    half, ones = np.full(6, 0.3), np.ones(6)
    assert np.isnan(binned(half, np.array([0, 1.0, 0, 0, 1, 0]), ones).calibration).all()
    assert np.isnan(binned(np.linspace(0.1, 0.9, 6), ones, ones).calibration).all()
