"""How held-out rows are measured in a comparison: one class against all others, or all classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import add
from typing import Any, Protocol

import numpy as np
from pyspark.ml.functions import vector_to_array
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from spark_smote.core.stages import probabilistic
from spark_smote.errors import ClassError, ParameterError
from spark_smote.evaluation.advice import CORRECTED
from spark_smote.evaluation.measures import MEASURES, measures
from spark_smote.kernels.arrays import Matrix
from spark_smote.ml.prior import PriorCorrection
from spark_smote.ml.scores import Scores
from spark_smote.ml.scoring import probability_of, score
from spark_smote.spark.columns import in_pairs, position_in, quoted

COST = "expectedCost"
ALL_CLASSES = ("auc", "auprc", "gMean", "balancedAccuracy", "mcc", "fBeta", "brier")
"""Measures of all classes together."""
CORRECTED_COLUMN, _DECIDED = "spark_smote_corrected", "spark_smote_decided"


@dataclass(frozen=True)
class Figures:
    """What one method reaches on the held-out rows of one fold.

    Parameters
    ----------
    metrics : mapping of str to float
    scores : Scores, optional
        Of one class against all others.
    classes : mapping of label to mapping of str to float
        Metrics of each class against all others, where all classes are measured.
    """

    metrics: Mapping[str, float]
    scores: Scores | None = field(default=None, repr=False)
    classes: Mapping[Any, Mapping[str, float]] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class FoldRows:
    """The rows of one fold of cross-validation.

    Parameters
    ----------
    held_out, train : DataFrame
    fitted_on, tuned_on : DataFrame
        Three fourths of the training rows, and the last fourth.
    weights : mapping of label to float
        Of each class in the training rows, the inverse of its share, to within a factor.
    """

    held_out: DataFrame
    train: DataFrame
    fitted_on: DataFrame
    tuned_on: DataFrame
    weights: Mapping[Any, float]


class Yardstick(Protocol):
    """Measures models on held-out rows."""

    def figures(self, model: Any, rows: DataFrame, correction: PriorCorrection | None = None) -> dict[str, Figures]:
        """The figures of a model, and with a correction also those of the corrected probabilities, by suffix."""

    def moved(self, plain: Figures, model: Any, learner: Any, rows: FoldRows) -> Figures:
        """The figures of the same model with the threshold that is best on training rows."""


@dataclass(frozen=True)
class OneClass:
    """Measures the probability of one class against all others.

    Parameters
    ----------
    label : str
        Name of the label column.
    positive : label
    precision : float
        For 'recallAtPrecision'.
    costs : array of float64, shape (2, 2), optional
        Cost of true class i predicted as j at [i, j]; 1 is the positive class.
    """

    label: str
    positive: Any
    precision: float
    costs: Matrix | None = None

    def figures(self, model: Any, rows: DataFrame, correction: PriorCorrection | None = None) -> dict[str, Figures]:
        return {suffix: self._at(scores) for suffix, scores in self._scores(model, rows, correction).items()}

    def moved(self, plain: Figures, model: Any, learner: Any, rows: FoldRows) -> Figures:
        assert plain.scores is not None
        tuning = self._scores(learner.fit(rows.fitted_on), rows.tuned_on)[""]
        if self.costs is None:
            threshold, _ = tuning.best_threshold("gMean", self.precision)
        else:
            threshold, _ = tuning.cheapest_threshold(self.costs)
        return self._at(plain.scores, threshold)

    def _at(self, scores: Scores, threshold: float = 0.5) -> Figures:
        metrics = scores.metrics(self.precision, threshold)
        if self.costs is not None:
            metrics[COST] = scores.mean_cost(self.costs, threshold)
        return Figures(metrics, scores)

    def _scores(self, model: Any, rows: DataFrame, correction: PriorCorrection | None = None) -> dict[str, Scores]:
        predictor = probabilistic(model, "compare")
        scored, column = model.transform(rows), predictor.getProbabilityCol()
        mine = F.col(quoted(self.label)) == F.lit(self.positive)
        if predictor.getLabelCol() == self.label:
            index = int(self.positive)
        else:
            found = scored.filter(mine).select(F.col(quoted(predictor.getLabelCol())).cast("int")).first()
            index = found[0] if found else 1
        columns = {"": probability_of(scored, column, index)}
        if correction is not None:
            scored = correction.transform(scored)
            columns[CORRECTED] = probability_of(scored, CORRECTED_COLUMN, index)
        return score(scored, mine, columns)


@dataclass(frozen=True)
class AllClasses:
    """Measures all classes: each against all others, and all together.

    Parameters
    ----------
    label : str
        Name of the label column.
    classes : tuple of label
    costs : mapping of (label, label) to float, optional
        Cost of a row of the first class that is predicted as the second.
    """

    label: str
    classes: tuple[Any, ...]
    costs: Mapping[tuple[Any, Any], float] | None = None

    def figures(self, model: Any, rows: DataFrame, correction: PriorCorrection | None = None) -> dict[str, Figures]:
        predictor = probabilistic(model, "compare")
        scored, classes = self._scored(model, rows)
        found = {"": self._measured(scored, classes, predictor, predictor.getProbabilityCol())}
        if correction is not None:
            chances = vector_to_array(F.col(CORRECTED_COLUMN))
            scored = correction.transform(scored).withColumn(_DECIDED, (_largest(chances) - 1).cast("double"))
            found[CORRECTED] = self._measured(scored, classes, predictor, CORRECTED_COLUMN, _DECIDED)
        return found

    def moved(self, plain: Figures, model: Any, learner: Any, rows: FoldRows) -> Figures:
        """No rows are needed to tune: the decision with the largest expected gain follows from the probabilities.

        C. Elkan, "The foundations of cost-sensitive learning", IJCAI (2001), equation 1. Without costs, a right
        prediction gains the inverse of the share of its class.
        """
        predictor = probabilistic(model, "compare")
        scored, classes = self._scored(model, rows.held_out)
        gain = np.diag([rows.weights[each] for each in classes.values()])
        if self.costs is not None:
            gain = -self._matrix(classes)
        chances = vector_to_array(F.col(quoted(predictor.getProbabilityCol())))
        expected = [
            in_pairs(add, (chances[index] * F.lit(float(one)) for index, one in zip(classes, of, strict=True)))
            for of in gain.T
        ]
        indices = F.array(*(F.lit(float(index)) for index in classes))
        decided = F.element_at(indices, _largest(F.array(*expected)).cast("int"))
        found = self._measured(scored.withColumn(_DECIDED, decided), classes, predictor, None, _DECIDED)
        each = {label: {**plain.classes[label], **of_class} for label, of_class in found.classes.items()}
        return Figures({**plain.metrics, **found.metrics}, None, each)

    def _scored(self, model: Any, rows: DataFrame) -> tuple[DataFrame, dict[int, Any]]:
        """The predicted rows, and the labels by class index, in ascending order."""
        scored, column = model.transform(rows), probabilistic(model, "compare").getLabelCol()
        if column == self.label:
            return scored, {int(each): each for each in sorted(self.classes)}
        pairs = scored.select(F.col(quoted(column)).cast("int"), quoted(self.label)).distinct().collect()
        classes = {index: label for index, label in sorted(pairs, key=lambda pair: pair[0])}
        self._check_there(set(classes.values()))
        return scored, classes

    def _measured(
        self, scored: DataFrame, classes: dict[int, Any], predictor: Any, probability: str | None, said: str = ""
    ) -> Figures:
        """By all measures or, without probabilities, by those of predictions alone."""
        wanted = ALL_CLASSES if self.costs is None else (*ALL_CLASSES, COST)
        found = measures(
            scored,
            [name for name in wanted if probability or not MEASURES[name].scored],
            labelCol=predictor.getLabelCol(),
            predictionCol=said or predictor.getPredictionCol(),
            probabilityCol=probability or "",
            costs=None if self.costs is None else self._matrix(classes).tolist(),
        )
        self._check_there({label for index, label in classes.items() if index in found.classes})
        of_class = {label: dict(found.classes[index]) for index, label in classes.items()}
        return Figures(dict(found.values), None, of_class)

    def _check_there(self, found: set[Any]) -> None:
        missing = [each for each in self.classes if each not in found]
        if missing:
            raise ClassError(
                f"a fold has no row of class {missing[0]!r}: rows that are equal in all columns stay together; take "
                "fewer folds, or name one class as positive"
            )

    def _matrix(self, classes: dict[int, Any]) -> Matrix:
        assert self.costs is not None
        return np.array([[self.costs[true, said] for said in classes.values()] for true in classes.values()])


def cost_table(costs: Mapping[tuple[Any, Any], float], classes: list[Any]) -> dict[tuple[Any, Any], float]:
    """Costs of all pairs of a true and a predicted class; right predictions cost nothing unless named.

    Parameters
    ----------
    costs : mapping of (label, label) to float
        Cost of a row of the first class that is predicted as the second.
    classes : list of label

    Raises
    ------
    ParameterError
        For pairs of other labels, errors without a cost, and costs that are no finite numbers.

    Examples
    --------
    >>> cost_table({(1, 0): 20.0, (0, 1): 1.0}, [0, 1])
    {(0, 0): 0.0, (0, 1): 1.0, (1, 0): 20.0, (1, 1): 0.0}
    """
    known = {(true, said) for true in classes for said in classes}
    for pair, cost in costs.items():
        if pair not in known:
            raise ParameterError(
                f"costs: {pair!r} is no pair of a true and a predicted class; the classes are "
                f"{', '.join(map(repr, classes))}"
            )
        if isinstance(cost, bool) or not isinstance(cost, int | float) or not np.isfinite(cost):
            raise ParameterError(f"costs: the cost of {pair!r} must be a finite number, not {cost!r}")
    for true in classes:
        for said in classes:
            if true != said and (true, said) not in costs:
                raise ParameterError(f"costs: name the cost of class {true!r} predicted as {said!r}")
    return {(true, said): float(costs.get((true, said), 0.0)) for true in classes for said in classes}


def _largest(values: Column) -> Column:
    """The place of the largest element, from 1; the first of equal ones."""
    return position_in(values, F.array_max(values))
