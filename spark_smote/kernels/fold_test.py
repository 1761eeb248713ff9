"""The paired t test over folds, corrected for the training rows that folds share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm, t

from spark_smote.kernels.arrays import Matrix


@dataclass(frozen=True)
class FoldTest:
    """Whether one method is better than another one on the same folds.

    Folds share training rows, so their differences vary less than those of new data would. The variance of the mean of
    J differences is s^2 (1 / J + test rows / training rows), in place of s^2 / J.

    Parameters
    ----------
    differences : array of float64, shape (J,)
        One figure of both methods, subtracted, for each fold of each repetition.
    ratio : float
        Test rows for each training row: 1 / (k - 1) with k folds.

    References
    ----------
    C. Nadeau, Y. Bengio, "Inference for the generalization error", Machine Learning 52 (2003), section 4.2.
    R. R. Bouckaert, E. Frank, "Evaluating the replicability of significance tests for comparing learning algorithms",
    PAKDD (2004), on repeated cross-validation.

    Examples
    --------
    >>> found = FoldTest(np.array([0.01, 0.02, 0.03]), ratio=0.5)
    >>> round(found.gain, 4), round(found.error, 4), round(found.p, 3)
    (0.02, 0.0091, 0.08)
    """

    differences: Matrix
    ratio: float

    @property
    def gain(self) -> float:
        """Mean difference."""
        return float(np.mean(self.differences))

    @property
    def deviation(self) -> float:
        """Standard deviation of the differences; infinite for a single one, which tells nothing."""
        if len(self.differences) < 2:
            return float("inf")
        # Of equal differences exactly 0, though their mean may be rounded.
        return float(np.std(self.differences - self.differences[0], ddof=1))

    @property
    def error(self) -> float:
        """Standard error of the gain."""
        return self.deviation * float(np.sqrt(1 / len(self.differences) + self.ratio))

    @property
    def p(self) -> float:
        """Probability of such a gain, or a larger one, between methods that are equally good (one-sided)."""
        if self.error == 0:
            return float(self.gain <= 0)
        return float(t.sf(self.gain / self.error, max(len(self.differences) - 1, 1)))

    def noise(self, level: float) -> float:
        """The gain that methods which are equally good reach with this probability.

        Parameters
        ----------
        level : float
            On (0, 0.5).
        """
        return float(t.isf(level, max(len(self.differences) - 1, 1))) * self.error

    def floor(self, level: float) -> float:
        """The same after endless repetitions on the same rows: only more rows would lower it further."""
        return float(norm.isf(level)) * self.deviation * float(np.sqrt(self.ratio))
