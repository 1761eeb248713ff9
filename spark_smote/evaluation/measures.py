"""Measures of predictions and scores for imbalanced classes, on Spark DataFrames of any size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from pyspark.sql import DataFrame

from spark_smote.core.text_table import table
from spark_smote.errors import ClassError, ParameterError, meant
from spark_smote.evaluation.measured_rows import MeasuredRows
from spark_smote.kernels.confusion import Confusion
from spark_smote.kernels.ranking import RankedBins
from spark_smote.ml.scores import METRICS


@dataclass(frozen=True)
class MeasureKind:
    """What a measure is called, what it needs and where its best value lies.

    Parameters
    ----------
    title : str
        In tables.
    scored : bool
        Whether it measures probabilities; if not, predictions.
    best : float, optional
        Its best value, if larger is not better.
    whole : bool
        Whether it has a value for all classes together only.
    """

    title: str
    scored: bool = False
    best: float | None = None
    whole: bool = False


MEASURES: Mapping[str, MeasureKind] = {
    "sensitivity": MeasureKind("sensitivity"),
    "specificity": MeasureKind("specificity"),
    "precision": MeasureKind("precision"),
    "fBeta": MeasureKind("F"),
    "gMean": MeasureKind(METRICS["gMean"]),
    "iba": MeasureKind("IBA"),
    "balancedAccuracy": MeasureKind("balanced accuracy"),
    "mcc": MeasureKind("MCC"),
    "expectedCost": MeasureKind("expected cost", best=0.0, whole=True),
    "auc": MeasureKind(METRICS["auc"], scored=True),
    "auprc": MeasureKind(METRICS["auprc"], scored=True),
    "recallAtPrecision": MeasureKind(METRICS["recallAtPrecision"], scored=True),
    "lift": MeasureKind("lift", scored=True),
    "brier": MeasureKind(METRICS["brier"], scored=True, best=0.0),
    "calibrationSlope": MeasureKind(METRICS["calibrationSlope"], scored=True, best=1.0),
    "calibrationIntercept": MeasureKind("calibration intercept", scored=True, best=0.0),
}
"""Measures by name; :func:`measures` says what each is."""


@dataclass(frozen=True)
class Measures:
    """Result of :func:`measures`; ``str`` returns a table, ``[name]`` a value.

    Parameters
    ----------
    values : mapping of measure to float
        Of the positive class, where there is one; otherwise of all classes.
    classes : mapping of label to mapping of measure to float
        Of each class against all others.
    macro : mapping of measure to float
        Means over the classes that have a value.

    Examples
    --------
    >>> Measures({"gMean": 0.9}, {}, {})["gMean"]
    0.9
    """

    values: Mapping[str, float]
    classes: Mapping[Any, Mapping[str, float]] = field(repr=False)
    macro: Mapping[str, float] = field(repr=False)

    def __getitem__(self, name: str) -> float:
        return self.values[name]

    def to_dict(self) -> dict[str, Any]:
        """Returns plain values for JSON.

        Examples
        --------
        >>> Measures({"gMean": 0.9}, {1: {"gMean": 0.9}}, {}).to_dict()["classes"]
        {'1': {'gMean': 0.9}}
        """
        of_class = {str(label): dict(found) for label, found in self.classes.items()}
        return {"values": dict(self.values), "classes": of_class, "macro": dict(self.macro)}

    def __str__(self) -> str:
        columns = {"value": self.values, **{f"class {label}": found for label, found in self.classes.items()}}
        if len(self.classes) > 1:
            columns["macro"] = self.macro
        body = [
            (MEASURES[name].title, *(f"{found[name]:.4f}" if name in found else "-" for found in columns.values()))
            for name in self.values
        ]
        return table(("measure", *columns), body)


def measures(
    df: DataFrame,
    names: Sequence[str] | None = None,
    *,
    labelCol: str = "label",
    predictionCol: str = "prediction",
    probabilityCol: str = "probability",
    weightCol: str | None = None,
    positive: Any = None,
    beta: float = 1.0,
    alpha: float = 0.1,
    precision: float = 0.5,
    top: float = 0.1,
    costs: Sequence[Sequence[float]] | None = None,
) -> Measures:
    """Measures predictions and probabilities, of two or more classes, with or
    without weights.

    Of predictions, by one aggregation, for each class against all others:
    'sensitivity', 'specificity', 'precision', 'fBeta', 'gMean' (root of
    sensitivity times specificity), 'iba', 'balancedAccuracy' and 'mcc'; and
    'expectedCost', the mean cost of a row. Of probabilities, by one query:
    'auc', 'auprc' (average precision), 'recallAtPrecision', 'lift', 'brier',
    and 'calibrationSlope' and 'calibrationIntercept' of the logits.

    Parameters
    ----------
    df : DataFrame
        Rows with their true classes, and predictions or probabilities.
    names : sequence of str, optional
        Of :data:`MEASURES`; by default all for which ``df`` has the column.
    labelCol, predictionCol : str
        Numbers, booleans or strings.
    probabilityCol : str
        Vectors of probabilities, in the order of the class indices 0, 1, ...;
        or the positive class's as a double.
    weightCol : str, optional
        Weights of rows, numbers of 0 and more; rows without weight count for
        nothing.
    positive : label, optional
        The class that ``values`` are about. By default the higher of two
        classes, which is 1 where there are probabilities; of more classes,
        none. Needed for probabilities of labels that are strings; its index is
        1.
    beta : float
        How much more sensitivity counts than precision in 'fBeta'.
    alpha : float
        Weight of the difference of sensitivity and specificity in 'iba'.
    precision : float
        For 'recallAtPrecision': the largest recall with at least this
        precision.
    top : float
        For 'lift': how many times more frequent the class is within this share
        of the highest probabilities; of rows with the same probability at its
        border, a part.
    costs : sequence of sequence of float, optional
        Cost of each true class (row) predicted as each class (column), in
        sorted order of the classes. By default an error costs 1.

    Returns
    -------
    Measures
        With more than two classes, 'gMean' of all is the root of the product of
        sensitivities, 'balancedAccuracy' their mean, 'mcc' Gorodkin's
        correlation, and any other measure the mean over classes.

    Raises
    ------
    ColumnError, InvalidDataError
        For columns that are missing or of another type, and for labels,
        predictions, probabilities and weights that are null, NaN or out of
        range.
    ParameterError
        For unknown measures and parameters out of range.
    ClassError
        If there are no rows, far too many classes, or no class ``positive``.

    Notes
    -----
    Nothing is binned or sampled: equal probabilities are ties, as in
    scikit-learn. The driver receives the table of classes, and 4,200 rows at
    most for each class with probabilities. A measure is NaN where it is not
    defined, as for a class without rows, or a slope where one threshold
    separates the classes. For the logit, probabilities are clipped to 1e-15
    from 0 and 1. Sums of weights that are no whole numbers may differ in their
    last bits from run to run, as Spark's sums do.

    References
    ----------
    V. Garcia, R. A. Mollineda, J. S. Sanchez, "Index of balanced accuracy",
    IbPRIA (2009). J. Gorodkin, "Comparing two K-category assignments by a
    K-category correlation coefficient", Computational Biology and Chemistry 28
    (2004). D. R. Cox, "Two further applications of a model for binary
    regression", Biometrika 45 (1958).

    Examples
    --------
    >>> from spark_smote import measures
    >>> df = spark.range(5).selectExpr("INT(id > 2) AS label", "INT(id > 3) AS prediction", "id / 5 AS p")
    >>> found = measures(df, ["sensitivity", "specificity", "auc"], probabilityCol="p")
    >>> found["sensitivity"], found["specificity"], found["auc"]
    (0.5, 1.0, 1.0)
    """
    wanted = _wanted(df, names, predictionCol, probabilityCol)
    _check_numbers(beta=beta, precision=precision, top=top, alpha=alpha)
    rows = MeasuredRows(df, labelCol, predictionCol, probabilityCol, weightCol)
    of_class: dict[Any, dict[str, float]] = {}
    whole: dict[str, float] = {}
    decided = [name for name in wanted if not MEASURES[name].scored]
    if decided:
        classes, confusion = rows.confusion()
        if positive is not None and positive not in classes:
            raise ClassError(
                f"positive: there is no class {positive!r}; the classes are {', '.join(map(repr, classes))}"
            )
        of_class = {each: {} for each in classes}
        found = _of_classes(confusion, decided, beta, alpha)
        for name, values in found.items():
            for each, value in zip(classes, values, strict=True):
                of_class[each][name] = float(value)
        whole = _of_all(confusion, decided, costs, classes)
    scored, chosen = [name for name in wanted if MEASURES[name].scored], positive
    if scored:
        ranked = rows.ranked(positive, precision, top)
        for each, bins in sorted(ranked.items(), key=lambda item: str(item[0])):
            of_class.setdefault(each, {}).update(_of_scores(bins, scored, top))
        if len(ranked) == 1:
            (chosen,) = ranked
    if chosen is None and len(of_class) == 2:
        chosen = max(of_class)
    return _summed_up(wanted, of_class, whole, chosen)


def _summed_up(
    wanted: Sequence[str], of_class: Mapping[Any, Mapping[str, float]], whole: Mapping[str, float], chosen: Any
) -> Measures:
    """The values of all classes together, or of the chosen one where there is one."""
    macro = {}
    for name in wanted:
        found = np.array([values[name] for values in of_class.values() if name in values])
        if len(found):
            macro[name] = float(np.nanmean(found)) if np.isfinite(found).any() else float("nan")
    values = {**macro, **whole, **of_class.get(chosen, {})}
    return Measures({name: values[name] for name in wanted}, of_class, macro)


def _of_classes(confusion: Confusion, wanted: Sequence[str], beta: float, alpha: float) -> dict[str, Any]:
    made = {
        "sensitivity": confusion.sensitivity,
        "specificity": confusion.specificity,
        "precision": confusion.precision,
        "fBeta": lambda: confusion.f_beta(beta),
        "gMean": confusion.g_mean,
        "iba": lambda: confusion.iba(alpha),
        "balancedAccuracy": lambda: (confusion.sensitivity() + confusion.specificity()) / 2,
        "mcc": confusion.correlation,
    }
    return {name: made[name]() for name in wanted if name in made}


def _of_all(
    confusion: Confusion, wanted: Sequence[str], costs: Sequence[Sequence[float]] | None, classes: Sequence[Any]
) -> dict[str, float]:
    made = {
        "gMean": confusion.g_mean_of_all,
        "balancedAccuracy": confusion.balanced_accuracy,
        "mcc": confusion.correlation_of_all,
        "expectedCost": lambda: confusion.mean_cost(_costs(costs, classes)),
    }
    return {name: made[name]() for name in wanted if name in made}


def _of_scores(bins: RankedBins, wanted: Sequence[str], top: float) -> dict[str, float]:
    made = {
        "auc": bins.auc,
        "auprc": bins.average_precision,
        "recallAtPrecision": bins.recall_at_precision,
        "lift": lambda: bins.lift(top),
        "brier": bins.brier,
        "calibrationSlope": lambda: bins.calibration[1],
        "calibrationIntercept": lambda: bins.calibration[0],
    }
    return {name: float(made[name]()) for name in wanted}


def _wanted(df: DataFrame, names: Sequence[str] | None, predictionCol: str, probabilityCol: str) -> list[str]:
    if names is None:
        there = {False: predictionCol in df.columns, True: probabilityCol in df.columns}
        found = [name for name, one in MEASURES.items() if there[one.scored]]
        if not found:
            raise ParameterError(
                f"there is no column {predictionCol!r} or {probabilityCol!r}; set predictionCol or probabilityCol"
            )
        return found
    for name in names:
        if name not in MEASURES:
            raise ParameterError(
                f"there is no measure {name!r}{meant(name, MEASURES)}; it is one of {', '.join(MEASURES)}"
            )
    return list(names)


def _check_numbers(**given: float) -> None:
    limits = {"beta": (0.0, float("inf")), "alpha": (0.0, 1.0), "precision": (0.0, 1.0), "top": (0.0, 1.0)}
    for name, value in given.items():
        least, most = limits[name]
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            raise ParameterError(f"{name} must be a number from {least:g} to {most:g}, not {value!r}")
        if name in ("beta", "top") and not 0 < value < float("inf"):
            raise ParameterError(f"{name} must be a positive number, not {value!r}")


def _costs(costs: Sequence[Sequence[float]] | None, classes: Sequence[Any]) -> Any:
    if costs is None:
        return 1.0 - np.eye(len(classes))
    try:
        found = np.array(costs, dtype=float)
    except (TypeError, ValueError) as error:
        raise ParameterError(f"costs must be rows of numbers, one of each true class, not {costs!r}") from error
    if found.shape != (len(classes), len(classes)) or not np.isfinite(found).all():
        raise ParameterError(
            f"costs must be finite numbers, {len(classes)} rows of {len(classes)}, for the classes "
            f"{', '.join(map(repr, classes))}; they are of shape {found.shape}"
        )
    return found
