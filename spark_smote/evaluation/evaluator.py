"""Any measure as an evaluator of Spark ML, for ``CrossValidator`` to optimise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from pyspark.ml.evaluation import Evaluator
from pyspark.ml.param import TypeConverters
from pyspark.ml.param.shared import HasLabelCol, HasPredictionCol, HasProbabilityCol, HasWeightCol
from pyspark.ml.util import DefaultParamsReadable, DefaultParamsWritable
from pyspark.sql import DataFrame

from spark_smote.core.parameter import (
    FLOAT,
    POSITIVE,
    POSITIVE_SHARE,
    SHARE,
    STR,
    Constraint,
    Kind,
    Parameter,
    one_of,
    parameters,
)
from spark_smote.errors import ParameterError
from spark_smote.evaluation.measures import MEASURES, measures

_COSTS = Kind[list[list[float]]](
    Sequence[Sequence[float]],
    "list of list of float",
    lambda value: [TypeConverters.toListFloat(list(row)) for row in value],
)
_FINITE = Constraint("finite numbers", lambda rows: all(np.isfinite(row).all() for row in rows))
_ANY = Constraint("a finite number", lambda value: bool(np.isfinite(value)))


class ImbalanceEvaluator(
    Evaluator,
    HasLabelCol,
    HasPredictionCol,
    HasProbabilityCol,
    HasWeightCol,
    DefaultParamsReadable[Any],
    DefaultParamsWritable,
):
    """Evaluates a model by any measure of :func:`spark_smote.measures`, on
    classic Spark and Spark Connect.

    Parameters
    ----------
    metricName
        Measure to evaluate by. 'calibrationSlope' and 'calibrationIntercept'
        are evaluated by their distance from 1 and 0, those of a calibrated
        model.
    positive
        Class index of the class to measure. By default 1 of two classes, and
        all of more, as for :func:`spark_smote.measures`.
    beta
        How much more sensitivity counts than precision in 'fBeta'.
    alpha
        Weight of the difference of sensitivity and specificity in 'iba'.
    precision
        Least precision for 'recallAtPrecision'.
    top
        Share of the highest probabilities for 'lift'.
    costs
        For 'expectedCost': the cost of each true class (row) predicted as each
        class (column). By default an error costs 1.
    labelCol, predictionCol, probabilityCol, weightCol : str
        Columns; every row has weight 1 unless ``weightCol`` is set.

    Raises
    ------
    ParameterError
        For wrong values.

    Examples
    --------
    >>> from spark_smote import ImbalanceEvaluator
    >>> df = spark.range(8).selectExpr("CAST(id < 2 AS INT) AS label", "CAST(id < 4 AS DOUBLE) AS prediction")
    >>> evaluator = ImbalanceEvaluator(metricName="gMean")
    >>> round(evaluator.evaluate(df), 4), evaluator.isLargerBetter()
    (0.8165, True)
    """

    metricName = Parameter(STR, one_of(*MEASURES), default="gMean")
    positive = Parameter(FLOAT, _ANY)
    beta = Parameter(FLOAT, POSITIVE, default=1.0)
    alpha = Parameter(FLOAT, SHARE, default=0.1)
    precision = Parameter(FLOAT, POSITIVE_SHARE, default=0.5)
    top = Parameter(FLOAT, POSITIVE_SHARE, default=0.1)
    costs = Parameter(_COSTS, _FINITE)

    def __init__(
        self,
        *,
        metricName: str = "gMean",
        labelCol: str = "label",
        predictionCol: str = "prediction",
        probabilityCol: str = "probability",
        weightCol: str | None = None,
        positive: float | None = None,
        beta: float = 1.0,
        alpha: float = 0.1,
        precision: float = 0.5,
        top: float = 0.1,
        costs: Sequence[Sequence[float]] | None = None,
    ) -> None:
        super().__init__()
        given: dict[str, Any] = {
            "metricName": metricName,
            "positive": positive,
            "beta": beta,
            "alpha": alpha,
            "precision": precision,
            "top": top,
            "costs": costs,
        }
        own: dict[str, Any] = {one.name: one for one in parameters(type(self))}
        kept = {name: own[name].keep(value) for name, value in given.items() if value is not None}
        columns = {"labelCol": labelCol, "predictionCol": predictionCol, "probabilityCol": probabilityCol}
        try:
            self._set(**columns, **({} if weightCol is None else {"weightCol": weightCol}), **kept)
        except TypeError as error:
            raise ParameterError(str(error)) from error

    def isLargerBetter(self) -> bool:
        """Whether a larger value of the measure is better.

        Examples
        --------
        >>> from spark_smote import ImbalanceEvaluator
        >>> ImbalanceEvaluator(metricName="brier").isLargerBetter()
        False
        """
        return MEASURES[self.getOrDefault(self.metricName)].best is None

    def _evaluate(self, dataset: DataFrame) -> float:
        name = self.getOrDefault(self.metricName)
        params = (self.positive, self.beta, self.alpha, self.precision, self.top, self.costs)
        given: dict[str, Any] = {param.name: self.getOrDefault(param) for param in params if self.isDefined(param)}
        found = measures(
            dataset,
            [name],
            labelCol=self.getLabelCol(),
            predictionCol=self.getPredictionCol(),
            probabilityCol=self.getProbabilityCol(),
            weightCol=self.getWeightCol() if self.isDefined(self.weightCol) else None,
            **given,
        )[name]
        best = MEASURES[name].best
        return abs(found - best) if best else found if best is None else abs(found)
