"""Scores of held-out rows, small enough for the driver however many rows were scored, and what they are worth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, brier_score_loss, precision_recall_curve, roc_auc_score

from spark_smote.errors import ClassError

Array = NDArray[np.float64]

METRICS = {
    "auc": "AUC",
    "auprc": "AUPRC",
    "gMean": "G-mean",
    "recallAtPrecision": "recall at precision",
    "brier": "Brier",
    "calibrationSlope": "calibration slope",
    "meanProbability": "mean probability",
}
"""What a model's scores are judged by, and how it is called in tables."""
THRESHOLD_METRICS = ("gMean", "f1", "youden", "recallAtPrecision")
"""What a threshold can be chosen for."""


@dataclass(frozen=True)
class Scores:
    """Rows that one or more models scored, by bins of the probability that they gave to the positive class.

    Parameters
    ----------
    probability : array of float, shape (m,)
        Of each bin the mean probability, ascending.
    positives, negatives : array of float, shape (m,)
        Rows of the positive class and of all others in each bin.

    Examples
    --------
    >>> scores = Scores(np.array([0.1, 0.6, 0.8]), np.array([0, 1, 1]), np.array([5, 1, 0]))
    >>> scores.prevalence
    0.25
    >>> round(scores.metrics(precision=0.5)["auc"], 4)
    0.9583
    """

    probability: Array
    positives: Array
    negatives: Array

    @classmethod
    def together(cls, parts: list[Scores]) -> Scores:
        """The rows of all parts."""
        probability = np.concatenate([part.probability for part in parts])
        order = np.argsort(probability, kind="stable")
        positives = np.concatenate([part.positives for part in parts])
        negatives = np.concatenate([part.negatives for part in parts])
        return cls(probability[order], positives[order], negatives[order])

    @property
    def rows(self) -> float:
        """Number of rows."""
        return float(self.positives.sum() + self.negatives.sum())

    @property
    def prevalence(self) -> float:
        """Share of the positive class."""
        return float(self.positives.sum() / self.rows)

    def metrics(self, precision: float, threshold: float = 0.5) -> dict[str, float]:
        """All of :data:`METRICS`.

        Parameters
        ----------
        precision : float
            That ``recallAtPrecision`` asks for at least.
        threshold : float
            Probability from which on a row is taken for positive, for ``gMean``.

        Raises
        ------
        ClassError
            When all rows are positive, or none is.
        """
        if not self.positives.any() or not self.negatives.any():
            raise ClassError("held-out rows are all of one side; both the positive class and others are needed")
        label, probability, rows = self._unfolded()
        recall, precisions = self.precision_recall()
        return {
            "auc": float(roc_auc_score(label, probability, sample_weight=rows)),
            "auprc": float(average_precision_score(label, probability, sample_weight=rows)),
            "gMean": self.g_mean(threshold),
            "recallAtPrecision": float(recall[precisions >= precision].max(initial=0.0)),
            "brier": float(brier_score_loss(label, np.clip(probability, 0.0, 1.0), sample_weight=rows)),
            "calibrationSlope": self.calibration_slope(),
            "meanProbability": float(np.average(probability, weights=rows)),
        }

    def g_mean(self, threshold: float) -> float:
        """Geometric mean of the shares of positive and of negative rows that are told right."""
        above = self.probability >= threshold
        recall = self.positives[above].sum() / self.positives.sum()
        return float(np.sqrt(recall * self.negatives[~above].sum() / self.negatives.sum()))

    def best_threshold(self, metric: str, precision: float) -> tuple[float, float]:
        """The threshold for which one of :data:`THRESHOLD_METRICS` is best, and its value there.

        It lies half-way between two bins; of several that are equally good the highest is taken.

        Parameters
        ----------
        metric : str
        precision : float
            For 'recallAtPrecision'; where no threshold reaches it, the one that comes nearest is taken.
        """
        hits, alarms = self.positives[::-1].cumsum(), self.negatives[::-1].cumsum()
        recall, kept = hits / hits[-1], 1 - alarms / alarms[-1]
        exact = hits / (hits + alarms)
        value = {
            "gMean": np.sqrt(recall * kept),
            "f1": 2 * hits / (hits + alarms + hits[-1]),
            "youden": recall + kept - 1,
            "recallAtPrecision": np.where(exact >= precision, recall, exact - 1),
        }[metric]
        best = int(np.argmax(value))
        falling = self.probability[::-1]
        below = falling[best + 1] if best + 1 < len(falling) else falling[best]
        return float((falling[best] + below) / 2), float(max(value[best], 0.0))

    def calibration_slope(self) -> float:
        """Slope of a logistic regression of the class on the logit of the probability: 1 is right, below 1 too sure.

        Of D. R. Cox, "Two further applications of a model for binary regression", Biometrika 45 (1958).
        """
        label, probability, rows = self._unfolded()
        if np.ptp(probability) == 0:
            return float("nan")
        clipped = np.clip(probability, 1e-12, 1 - 1e-12)
        logit = np.log(clipped / (1 - clipped))[:, None]
        fit = LogisticRegression(C=np.inf, max_iter=1000).fit(logit, label, sample_weight=rows)
        return float(fit.coef_[0, 0])

    def precision_recall(self) -> tuple[Array, Array]:
        """Recall and precision, both of shape (m + 1,), for thresholds falling from the highest probability.

        Recall ascends from 0, where precision is 1 by convention.
        """
        label, probability, rows = self._unfolded()
        precision, recall, _ = precision_recall_curve(label, probability, sample_weight=rows)
        return recall[::-1], precision[::-1]

    def calibration(self, bins: int = 10) -> tuple[Array, Array, Array]:
        """Mean probability, observed share of positives and rows of groups of about equally many rows, each (b,).

        Parameters
        ----------
        bins : int
            Groups at most; rows of one probability stay together.
        """
        rows = self.positives + self.negatives
        middle = np.cumsum(rows) - rows / 2
        group = np.minimum((middle / rows.sum() * bins).astype(int), bins - 1)
        kept = np.unique(group)
        count = np.bincount(group, rows)[kept]
        mean = np.bincount(group, rows * self.probability)[kept] / count
        return mean, np.bincount(group, self.positives)[kept] / count, count

    def _unfolded(self) -> tuple[Array, Array, Array]:
        """Class, probability and number of rows, positive rows after negative ones, without empty places."""
        rows = np.concatenate([self.negatives, self.positives]).astype(float)
        label = np.repeat([0.0, 1.0], len(self.probability))
        there = rows > 0
        return label[there], np.tile(self.probability, 2)[there], rows[there]
