"""Binned scores of held-out rows, small enough for the driver however many rows were scored, and their metrics."""

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
"""Metrics by name, with their titles in tables."""
THRESHOLD_METRICS = ("gMean", "f1", "youden", "recallAtPrecision")
"""Metrics that a threshold can be chosen for."""


@dataclass(frozen=True)
class Scores:
    """Counts of scored rows, by class and by bin of the positive class's probability.

    Parameters
    ----------
    probability : array of float, shape (m,)
        Mean probability of each bin, ascending.
    positives, negatives : array of float, shape (m,)
        Rows of the positive class and of all other classes in each bin.

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
        """The rows of several scores as one.

        Parameters
        ----------
        parts : list of Scores

        Examples
        --------
        >>> one = Scores(np.array([0.5]), np.array([1.0]), np.array([3.0]))
        >>> Scores.together([one, one]).rows
        8.0
        """
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
        """The value of every one of :data:`METRICS`.

        Parameters
        ----------
        precision : float
            Least precision for ``recallAtPrecision``.
        threshold : float
            Least probability of rows that are predicted positive, for ``gMean``.

        Returns
        -------
        dict of str to float

        Raises
        ------
        ClassError
            If all rows are positive, or none is.

        Examples
        --------
        >>> scores = Scores(np.array([0.25, 0.75]), np.array([1.0, 3.0]), np.array([3.0, 1.0]))
        >>> found = scores.metrics(precision=0.7)
        >>> found["auc"], found["gMean"], found["recallAtPrecision"], found["meanProbability"]
        (0.75, 0.75, 0.75, 0.5)
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
        """Geometric mean of sensitivity and specificity.

        Parameters
        ----------
        threshold : float
            Least probability of rows that are predicted positive.

        Examples
        --------
        >>> Scores(np.array([0.2, 0.8]), np.array([0.0, 5.0]), np.array([1.0, 3.0])).g_mean(0.5)
        0.5
        """
        above = self.probability >= threshold
        recall = self.positives[above].sum() / self.positives.sum()
        return float(np.sqrt(recall * self.negatives[~above].sum() / self.negatives.sum()))

    def best_threshold(self, metric: str, precision: float) -> tuple[float, float]:
        """The threshold that maximises one of :data:`THRESHOLD_METRICS`, and the metric's value there.

        The threshold lies half-way between two bins; the highest of several equally good ones is returned.

        Parameters
        ----------
        metric : str
        precision : float
            Least precision for 'recallAtPrecision'; if no threshold reaches it, the threshold of the highest precision
            is returned.

        Returns
        -------
        threshold, value : float

        Examples
        --------
        >>> Scores(np.array([0.25, 0.75]), np.array([0.0, 2.0]), np.array([3.0, 0.0])).best_threshold("f1", 0.5)
        (0.5, 1.0)
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
        return self._below(best), float(max(value[best], 0.0))

    def mean_cost(self, costs: Array, threshold: float) -> float:
        """Mean cost of a row.

        Parameters
        ----------
        costs : array of float, shape (2, 2)
            Cost of true class i predicted as j at [i, j]; 1 is the positive class.
        threshold : float
            Least probability of rows that are predicted positive.

        Examples
        --------
        >>> scores = Scores(np.array([0.2, 0.8]), np.array([1.0, 4.0]), np.array([3.0, 2.0]))
        >>> scores.mean_cost(np.array([[0.0, 1.0], [8.0, 0.0]]), 0.5)
        1.0
        """
        above = self.probability >= threshold
        said = np.array([[part[~above].sum(), part[above].sum()] for part in (self.negatives, self.positives)])
        return float((said * costs).sum() / self.rows)

    def cheapest_threshold(self, costs: Array) -> tuple[float, float]:
        """The threshold with the lowest mean cost, and this cost; the highest of several equally good ones.

        Parameters
        ----------
        costs : array of float, shape (2, 2)
            As for :meth:`mean_cost`.

        Returns
        -------
        threshold, cost : float
            The threshold is infinite if it is best to predict no row positive.

        References
        ----------
        V. S. Sheng, C. X. Ling, "Thresholding for making classifiers cost-sensitive", AAAI (2006).

        Examples
        --------
        >>> scores = Scores(np.array([0.2, 0.8]), np.array([1.0, 4.0]), np.array([3.0, 2.0]))
        >>> scores.cheapest_threshold(np.array([[0.0, 1.0], [8.0, 0.0]]))
        (0.2, 0.5)
        """
        # Each bin that is predicted positive changes the cost.
        change = self.positives * (costs[1, 1] - costs[1, 0]) + self.negatives * (costs[0, 1] - costs[0, 0])
        none = self.positives.sum() * costs[1, 0] + self.negatives.sum() * costs[0, 0]
        cost = none + np.concatenate([[0.0], change[::-1].cumsum()])
        best = int(np.argmin(cost))
        return (self._below(best - 1) if best else float("inf")), float(cost[best] / self.rows)

    def _below(self, place: int) -> float:
        """The threshold half-way between a bin, by its place from the highest, and the next lower one."""
        falling = self.probability[::-1]
        return float((falling[place] + falling[min(place + 1, len(falling) - 1)]) / 2)

    def calibration_slope(self) -> float:
        """Slope of a logistic regression of the class on the logit of the probability.

        A calibrated model has slope 1; below 1 its probabilities are too extreme. NaN if all probabilities are equal.

        References
        ----------
        D. R. Cox, "Two further applications of a model for binary regression", Biometrika 45 (1958).

        Examples
        --------
        >>> scores = Scores(np.array([0.25, 0.75]), np.array([1.0, 3.0]), np.array([3.0, 1.0]))
        >>> round(scores.calibration_slope(), 3)
        1.0
        """
        label, probability, rows = self._unfolded()
        if np.ptp(probability) == 0:
            return float("nan")
        clipped = np.clip(probability, 1e-12, 1 - 1e-12)
        logit = np.log(clipped / (1 - clipped))[:, None]
        fit = LogisticRegression(C=np.inf, max_iter=1000).fit(logit, label, sample_weight=rows)
        return float(fit.coef_[0, 0])

    def precision_recall(self) -> tuple[Array, Array]:
        """Recall and precision at every threshold, from the highest to the lowest.

        Returns
        -------
        recall : array of float, shape (m + 1,)
            Ascending from 0.
        precision : array of float, shape (m + 1,)
            1 at recall 0, by convention.

        Examples
        --------
        >>> recall, precision = Scores(np.array([0.2, 0.8]), np.array([0, 1]), np.array([1, 0])).precision_recall()
        >>> recall.tolist(), precision.tolist()
        ([0.0, 1.0, 1.0], [1.0, 1.0, 0.5])
        """
        label, probability, rows = self._unfolded()
        precision, recall, _ = precision_recall_curve(label, probability, sample_weight=rows)
        return recall[::-1], precision[::-1]

    def calibration(self, bins: int = 10) -> tuple[Array, Array, Array]:
        """Mean probability and observed share of positives in groups of about equally many rows, by probability.

        Parameters
        ----------
        bins : int
            Number of groups, at most; rows of equal probability are in the same group.

        Returns
        -------
        probability, share, rows : array of float, shape (b,)

        Examples
        --------
        >>> scores = Scores(np.array([0.25, 0.75]), np.array([1.0, 3.0]), np.array([3.0, 1.0]))
        >>> [found.tolist() for found in scores.calibration(bins=2)]
        [[0.25, 0.75], [0.25, 0.75], [4.0, 4.0]]
        """
        rows = self.positives + self.negatives
        middle = np.cumsum(rows) - rows / 2
        group = np.minimum((middle / rows.sum() * bins).astype(int), bins - 1)
        kept = np.unique(group)
        count = np.bincount(group, rows)[kept]
        mean = np.bincount(group, rows * self.probability)[kept] / count
        return mean, np.bincount(group, self.positives)[kept] / count, count

    def _unfolded(self) -> tuple[Array, Array, Array]:
        """Class, probability and number of rows of every bin that has rows, negative ones before positive ones."""
        rows = np.concatenate([self.negatives, self.positives]).astype(float)
        label = np.repeat([0.0, 1.0], len(self.probability))
        there = rows > 0
        return label[there], np.tile(self.probability, 2)[there], rows[there]
