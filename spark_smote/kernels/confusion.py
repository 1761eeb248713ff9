"""Measures of decisions: what a table of true and predicted classes says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spark_smote.kernels.arrays import Matrix


@dataclass(frozen=True)
class Confusion:
    """Weights of rows by true and predicted class.

    Each measure of a class takes it against all others, shape (k,); it is NaN for a class without rows.

    Parameters
    ----------
    weights : array of float64, shape (k, k)
        Sum of the weights of the rows of true class i that were predicted as j, at [i, j].

    Examples
    --------
    >>> found = Confusion(np.array([[90.0, 10.0], [2.0, 8.0]]))
    >>> found.sensitivity(), found.specificity(), round(found.balanced_accuracy(), 4)
    (array([0.9, 0.8]), array([0.8, 0.9]), 0.85)
    """

    weights: Matrix

    @property
    def of_class(self) -> Matrix:
        """Weight of the rows of each class, shape (k,)."""
        return self.weights.sum(axis=1)

    def _counts(self) -> tuple[Matrix, Matrix, Matrix, Matrix]:
        """True positives, false negatives, false positives and true negatives of each class."""
        hits = np.diag(self.weights).astype(float)
        missed, alarms = self.of_class - hits, self.weights.sum(axis=0) - hits
        # What is left of the total, added up, for a difference would leave rounding errors in place of 0.
        others = ~np.eye(len(hits), dtype=bool)
        rest = np.array([self.weights[np.ix_(mine, mine)].sum() for mine in others])
        return np.where(self.of_class > 0, hits, np.nan), missed, alarms, rest

    def sensitivity(self) -> Matrix:
        """Share of the class's rows that were predicted as this class (recall)."""
        hits, missed, _, _ = self._counts()
        return _ratio(hits, hits + missed)

    def specificity(self) -> Matrix:
        """Share of all other rows that were not predicted as this class."""
        hits, _, alarms, rest = self._counts()
        return _ratio(rest, rest + alarms) + 0 * hits

    def precision(self) -> Matrix:
        """Share of the class in the rows that were predicted as this class; 0 where there are none."""
        hits, _, alarms, _ = self._counts()
        return _ratio(hits, hits + alarms, 0.0) + 0 * hits

    def f_beta(self, beta: float) -> Matrix:
        """F measure; sensitivity counts ``beta`` times as much as precision.

        C. J. van Rijsbergen, "Information Retrieval", 2nd edition (1979), chapter 7.
        """
        hits, missed, alarms, _ = self._counts()
        return _ratio((1 + beta**2) * hits, (1 + beta**2) * hits + beta**2 * missed + alarms)

    def g_mean(self) -> Matrix:
        """Geometric mean of sensitivity and specificity.

        M. Kubat, S. Matwin, "Addressing the curse of imbalanced training sets", ICML (1997).
        """
        return np.sqrt(self.sensitivity() * self.specificity())

    def iba(self, alpha: float) -> Matrix:
        """Index of balanced accuracy of the squared G-mean; ``alpha`` weighs the difference of the two rates.

        V. Garcia, R. A. Mollineda, J. S. Sanchez, "Index of balanced accuracy: a performance measure for skewed class
        distributions", IbPRIA (2009), equation 4.
        """
        sensitivity, specificity = self.sensitivity(), self.specificity()
        return (1 + alpha * (sensitivity - specificity)) * sensitivity * specificity

    def correlation(self) -> Matrix:
        """Correlation of truth and prediction, class by class; 0 where all rows are predicted alike.

        B. W. Matthews, "Comparison of the predicted and observed secondary structure of T4 phage lysozyme", Biochimica
        et Biophysica Acta 405 (1975).
        """
        hits, missed, alarms, rest = self._counts()
        found = np.sqrt(hits + alarms) * np.sqrt(hits + missed) * np.sqrt(rest + alarms) * np.sqrt(rest + missed)
        return _ratio(hits * rest - alarms * missed, found, 0.0) + 0 * hits

    def balanced_accuracy(self) -> float:
        """Mean sensitivity of the classes that have rows.

        K. H. Brodersen, C. S. Ong, K. E. Stephan, J. M. Buhmann, "The balanced accuracy and its posterior
        distribution", ICPR (2010).
        """
        return float(self.sensitivity()[self.of_class > 0].mean())

    def g_mean_of_all(self) -> float:
        """The k-th root of the product of the sensitivities of the k classes that have rows.

        Y. Sun, M. S. Kamel, Y. Wang, "Boosting for learning multiple classes with imbalanced class distribution", ICDM
        (2006).
        """
        found = self.sensitivity()[self.of_class > 0]
        return float(np.prod(found) ** (1 / len(found)))

    def correlation_of_all(self) -> float:
        """Matthews's correlation for any number of classes; 0 where all rows are of one class or predicted alike.

        J. Gorodkin, "Comparing two K-category assignments by a K-category correlation coefficient", Computational
        Biology and Chemistry 28 (2004), equation 8.
        """
        total = self.weights.sum()
        true, said = self.of_class / total, self.weights.sum(axis=0) / total
        spread = np.sqrt((1 - true @ true) * (1 - said @ said))
        return float((np.trace(self.weights) / total - true @ said) / spread) if spread > 0 else 0.0

    def mean_cost(self, costs: Matrix) -> float:
        """Mean cost of a row; ``costs`` has that of true class i predicted as j at [i, j].

        C. Elkan, "The foundations of cost-sensitive learning", IJCAI (2001), section 1.
        """
        return float((self.weights * costs).sum() / self.weights.sum())


def _ratio(part: Matrix, whole: Matrix, otherwise: float = np.nan) -> Matrix:
    return np.divide(part, whole, out=np.full(len(part), otherwise), where=~(whole == 0))
