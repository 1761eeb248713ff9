"""Scores in bins have the metrics that scikit-learn computes from single rows; no threshold beats the best."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, brier_score_loss, f1_score, recall_score, roc_auc_score

from spark_smote.errors import ClassError
from spark_smote.ml.scores import THRESHOLD_METRICS, Scores

ROWS = st.lists(st.tuples(st.integers(1, 19), st.booleans()), min_size=4, max_size=60)


def scores_of(rows: list[tuple[int, bool]]) -> tuple[Scores, np.ndarray, np.ndarray]:
    p, y = np.array([p / 20 for p, _ in rows]), np.array([y for _, y in rows])
    assume(0 < y.sum() < len(y))
    bins = np.unique(p)
    count = [[(y[p == one] == side).sum() for one in bins] for side in (True, False)]
    return Scores(bins, np.array(count[0], float), np.array(count[1], float)), p, y


@given(ROWS)
def test_metrics_are_those_of_the_rows(rows: list[tuple[int, bool]]) -> None:
    scores, p, y = scores_of(rows)
    metrics = scores.metrics(precision=0.6)
    assert metrics["auc"] == pytest.approx(roc_auc_score(y, p))
    assert metrics["auprc"] == pytest.approx(average_precision_score(y, p))
    assert metrics["brier"] == pytest.approx(brier_score_loss(y, p))
    assert metrics["meanProbability"] == pytest.approx(p.mean())
    recalls = [recall_score(y, p >= t) for t in np.unique(p) if y[p >= t].mean() >= 0.6]
    assert metrics["recallAtPrecision"] == pytest.approx(max(recalls, default=0.0))
    sides = recall_score(y, p >= 0.5) * recall_score(~y, p < 0.5)
    assert metrics["gMean"] == pytest.approx(np.sqrt(sides))


@given(ROWS, st.sampled_from(THRESHOLD_METRICS))
def test_no_threshold_is_better_than_the_best(rows: list[tuple[int, bool]], metric: str) -> None:
    scores, p, y = scores_of(rows)

    def value(threshold: float) -> float:
        yes = p >= threshold
        recall, kept = recall_score(y, yes), recall_score(~y, ~yes)
        precision = y[yes].mean() if yes.any() else 0.0
        return {
            "gMean": np.sqrt(recall * kept),
            "f1": f1_score(y, yes),
            "youden": recall + kept - 1,
            "recallAtPrecision": recall if precision >= 0.6 else 0.0,
        }[metric]

    threshold, found = scores.best_threshold(metric, precision=0.6)
    assert found == pytest.approx(max(value(t) for t in np.unique(p)), abs=1e-12)
    assert found == pytest.approx(max(value(threshold), 0.0), abs=1e-12)


def test_calibration() -> None:
    rng = np.random.default_rng(1)
    logit = rng.normal(-1.0, 1.5, 4000)
    y = rng.random(4000) < 1 / (1 + np.exp(-logit))
    for factor, slope in ((1.0, 1.0), (2.0, 0.5)):
        p = 1 / (1 + np.exp(-factor * logit))
        order = np.argsort(p)
        scores = Scores(p[order], y[order].astype(float), 1.0 - y[order])
        fit = LogisticRegression(C=np.inf).fit((factor * logit)[:, None], y)
        assert scores.calibration_slope() == pytest.approx(fit.coef_[0, 0], abs=1e-3)
        assert scores.calibration_slope() == pytest.approx(slope, abs=0.05)
        observed, mean = calibration_curve(y, p, n_bins=10, strategy="quantile")
        ours = scores.calibration(10)
        np.testing.assert_allclose(ours[0], mean, atol=1e-3)
        np.testing.assert_allclose(ours[1], observed, atol=1e-2)
        assert ours[2].sum() == 4000


def test_parts_together_are_the_rows_together() -> None:
    parts = [Scores(np.array([0.2, 0.8]), np.array([1.0, 3.0]), np.array([5.0, 1.0]))] * 2
    both = Scores.together([parts[0], Scores(np.array([0.5]), np.array([2.0]), np.array([2.0]))])
    assert both.rows == 14
    np.testing.assert_array_equal(both.probability, [0.2, 0.5, 0.8])
    assert Scores.together(parts).metrics(0.5)["auc"] == parts[0].metrics(0.5)["auc"]


def test_scores_of_one_class_are_refused() -> None:
    with pytest.raises(ClassError, match="all of one side"):
        Scores(np.array([0.5]), np.array([3.0]), np.array([0.0])).metrics(0.5)


def test_the_cheapest_threshold_is_cheapest_of_all() -> None:
    rng = np.random.default_rng(5)
    for _ in range(50):
        scores = Scores(
            np.unique(rng.random(6)), rng.integers(0, 5, 6).astype(float), rng.integers(1, 9, 6).astype(float)
        )
        costs = rng.integers(-3, 20, (2, 2)).astype(float)
        threshold, cost = scores.cheapest_threshold(costs)
        assert scores.mean_cost(costs, threshold) == pytest.approx(cost)
        every = [scores.mean_cost(costs, each) for each in (*scores.probability, 2.0)]
        assert cost == pytest.approx(min(every))
