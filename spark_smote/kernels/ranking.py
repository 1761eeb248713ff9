"""Measures of scores: how well they rank the rows of a class before all others, and whether they are probabilities."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import factorial, fsum

import numpy as np

from spark_smote.kernels.arrays import Matrix

BINS_PER_LOGIT = 60
"""Bins are narrow enough that the Taylor series below is exact to about 1e-12."""
MOMENTS = 6
"""Powers of the distance of a row's logit from the middle of its bin, from 0 on, that are summed."""
_STEPS = 100
_CONVERGED = 1e-13


@dataclass(frozen=True)
class RankedBins:
    """Sums over the rows of each bin of the score: of one class, the positive one, and of all others.

    Parameters
    ----------
    bins : array of int64, shape (b,)
        Number of each bin, ascending; its middle is the logit bins / BINS_PER_LOGIT.
    positives, negatives : array of float64, shape (b,)
        Weights of the rows.
    area : array of float64, shape (b,)
        Over negative rows, the weight times the weight of the positive rows with higher scores, those with the same
        score counted half.
    precisions : array of float64, shape (b,)
        Over positive rows, the weight times the precision at this score.
    reached : array of float64, shape (b,)
        The largest weight of positive rows down to a score of the bin at which the precision is as wanted, or 0.
    lifted : array of float64, shape (b,)
        Weight of positive rows within the share of the rows with the highest scores.
    squares : array of float64, shape (b,)
        Weights times squared differences of score and truth (1 or 0).
    moments : array of float64, shape (b, MOMENTS)
        Weights times powers of the distance of the logit from the middle of the bin.
    above : array of float64, shape (b,)
        Weights of positive rows times this distance.
    """

    bins: Matrix
    positives: Matrix
    negatives: Matrix
    area: Matrix
    precisions: Matrix
    reached: Matrix
    lifted: Matrix
    squares: Matrix
    moments: Matrix
    above: Matrix

    @cached_property
    def weight(self) -> tuple[float, float]:
        """Weight of the positive and of the negative rows."""
        return fsum(self.positives), fsum(self.negatives)

    def auc(self) -> float:
        """Area under the ROC curve: the chance that a positive row is ranked before a negative one.

        J. A. Hanley, B. J. McNeil, "The meaning and use of the area under a receiver operating characteristic (ROC)
        curve", Radiology 143 (1982).
        """
        positive, negative = self.weight
        return fsum(self.area) / positive / negative if positive and negative else np.nan

    def average_precision(self) -> float:
        """Area under the curve of precision and recall, as a step function.

        J. Davis, M. Goadrich, "The relationship between precision-recall and ROC curves", ICML (2006).
        """
        return fsum(self.precisions) / self.weight[0] if self.weight[0] else np.nan

    def recall_at_precision(self) -> float:
        """The largest recall at which the precision is as wanted; 0 where it never is."""
        return float(self.reached.max(initial=0.0)) / self.weight[0] if self.weight[0] else np.nan

    def lift(self, top: float) -> float:
        """How many times more frequent positive rows are within the share ``top`` of the highest scores."""
        positive, negative = self.weight
        return fsum(self.lifted) / top / positive if positive and negative else np.nan

    def brier(self) -> float:
        """Mean squared difference of probability and truth.

        G. W. Brier, "Verification of forecasts expressed in terms of probability", Monthly Weather Review 78 (1950).
        """
        return fsum(self.squares) / fsum(self.weight) if any(self.weight) else np.nan

    @cached_property
    def calibration(self) -> tuple[float, float]:
        """Intercept and slope of a logistic regression of the truth on the logit of the probability.

        (0, 1) for a calibrated model; a slope below 1 says that its probabilities are too extreme. NaN where the truth
        or the probabilities do not differ, or one threshold separates the classes.

        D. R. Cox, "Two further applications of a model for binary regression", Biometrika 45 (1958).
        """
        positive, negative = self.weight
        middle = self.bins / BINS_PER_LOGIT
        total = positive + negative
        targets = np.array([positive, fsum(self.positives * middle + self.above)])
        # Where one threshold separates the classes, the slope has no bound.
        if not positive or not negative or self.auc() in (0.0, 1.0) or self._is_flat():
            return np.nan, np.nan
        found = np.array([0.0, 1.0])
        loss, slope, curve = self._likelihood(found, middle)
        loss -= float(targets @ found)
        for _ in range(_STEPS):
            gradient = slope - targets
            step = np.linalg.solve(curve, gradient)
            if abs(gradient @ step) <= _CONVERGED**2 * total:
                break
            scale = 1.0
            while scale > 1e-9:
                tried = found - scale * step
                ahead, next_slope, next_curve = self._likelihood(tried, middle)
                ahead -= float(targets @ tried)
                if ahead <= loss + 1e-14 * abs(loss):
                    break
                scale /= 2
            if scale <= 1e-9:
                break
            found, loss, slope, curve = tried, ahead, next_slope, next_curve
        return float(found[0]), float(found[1])

    def _is_flat(self) -> bool:
        """Whether all scores are equal, to within rounding."""
        weight, first, second = self.moments[:, :3].sum(axis=0)
        return len(self.bins) == 1 and bool(second / weight - (first / weight) ** 2 < 1e-20)

    def _likelihood(self, at: Matrix, middle: Matrix) -> tuple[float, Matrix, Matrix]:
        """The part of the negative log-likelihood without the truth, its gradient, and its matrix of curvature.

        Within a bin, the softplus of the prediction is its Taylor series about the middle.
        """
        intercept, slope = at
        series = _softplus(intercept + slope * middle)
        value, gradient, curve = (np.zeros(len(middle)) for _ in range(3))
        shifted, leaning, bent = np.zeros(len(middle)), np.zeros(len(middle)), np.zeros(len(middle))
        for power in range(MOMENTS):
            scale = slope**power / factorial(power)
            value += series[power] * scale * self.moments[:, power]
            gradient += series[power + 1] * scale * self.moments[:, power]
            curve += series[power + 2] * scale * self.moments[:, power]
            if power + 1 < MOMENTS:
                shifted += series[power + 1] * scale * self.moments[:, power + 1]
                leaning += series[power + 2] * scale * self.moments[:, power + 1]
            if power + 2 < MOMENTS:
                bent += series[power + 2] * scale * self.moments[:, power + 2]
        mixed = fsum(middle * curve + leaning)
        return (
            fsum(value),
            np.array([fsum(gradient), fsum(middle * gradient + shifted)]),
            np.array([[fsum(curve), mixed], [mixed, fsum(middle**2 * curve + 2 * middle * leaning + bent)]]),
        )


def _softplus(z: Matrix) -> list[Matrix]:
    """log(1 + exp(z)) and its first MOMENTS + 1 derivatives, which are polynomials of the sigmoid.

    Examples
    --------
    >>> [float(value[0]) for value in _softplus(np.zeros(1))][1:4]
    [0.5, 0.25, 0.0]
    """
    sigmoid = np.exp(-np.logaddexp(0.0, -z))
    polynomial = np.polynomial.Polynomial([0.0, 1.0])
    found = [np.logaddexp(0.0, z)]
    for _ in range(MOMENTS + 1):
        found.append(polynomial(sigmoid))
        polynomial = polynomial.deriv() * np.polynomial.Polynomial([0.0, 1.0, -1.0])
    return found
