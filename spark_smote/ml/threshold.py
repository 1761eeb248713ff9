"""Decision thresholds other than one half: an alternative to oversampling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_smote.core.parameter import FLOAT, POSITIVE_SHARE, argument
from spark_smote.errors import ClassError, ParameterError
from spark_smote.ml.scores import THRESHOLD_METRICS
from spark_smote.ml.scoring import probability_of, score
from spark_smote.spark.columns import Names, quoted
from spark_smote.spark.survey import find_label


@dataclass(frozen=True)
class BestThreshold:
    """The result of :func:`best_threshold`.

    Parameters
    ----------
    threshold : float
        Rows with at least this probability are predicted positive.
    value : float
        Value of the metric at this threshold.
    metric : str

    Examples
    --------
    >>> BestThreshold(0.1, 0.8, "f1").threshold
    0.1
    """

    threshold: float
    value: float
    metric: str


def best_threshold(
    df: DataFrame,
    metric: str = "gMean",
    *,
    labelCol: str = "label",
    probabilityCol: str = "probability",
    positive: Any = 1,
    precision: float = 0.5,
) -> BestThreshold:
    """The probability threshold for the positive class that maximises a metric
    on held-out rows.

    Parameters
    ----------
    df : DataFrame
        Scored rows that the model was not fitted on and will not be evaluated
        on.
    metric : str
        'gMean' (geometric mean of sensitivity and specificity), 'f1', 'youden'
        (sum of sensitivity and specificity less 1), or 'recallAtPrecision'
        (recall where precision is at least ``precision``).
    labelCol : str
    probabilityCol : str
        Vectors of probabilities, or the positive class's as a double.
    positive : label
        The positive class. With probability vectors it is the class index too;
        labels that are not numbers have index 1.
    precision : float
        For 'recallAtPrecision'.

    Returns
    -------
    BestThreshold

    Raises
    ------
    ParameterError, ColumnError
    ClassError
        If all rows are of the positive class, or none is.

    Notes
    -----
    Probabilities are grouped into bins of a thousandth of a logit.

    Examples
    --------
    >>> from spark_smote.ml import best_threshold
    >>> scored = spark.range(100).selectExpr("CAST(id >= 90 AS INT) AS label", "id / 1000 AS probability")
    >>> best = best_threshold(scored, "f1")
    >>> round(best.threshold, 4), best.value
    (0.0895, 1.0)
    """
    if metric not in THRESHOLD_METRICS:
        raise ParameterError(f"metric must be one of {', '.join(map(repr, THRESHOLD_METRICS))}, not {metric!r}")
    precision = argument("precision", precision, FLOAT, POSITIVE_SHARE)
    names = Names(df)
    label = F.col(quoted(names.field(find_label(names, labelCol)).name))
    index = int(positive) if isinstance(positive, int | float) else 1
    found = score(df, label == F.lit(positive), {"": probability_of(df, probabilityCol, index)})[""]
    if not found.positives.any() or not found.negatives.any():
        raise ClassError(
            f"class {positive!r} has {found.positives.sum():.0f} of {found.rows:.0f} scored rows; a threshold needs "
            "rows of the class and of others, name the class with positive="
        )
    threshold, value = found.best_threshold(metric, precision)
    return BestThreshold(threshold, value, metric)
