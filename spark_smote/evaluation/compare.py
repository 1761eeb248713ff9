"""Compares estimators with and without resampling by cross-validation."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from pyspark.sql import DataFrame
from tqdm.auto import tqdm

from spark_smote.core.chain import Chain
from spark_smote.core.parameter import FLOAT, INT, POSITIVE_SHARE, argument, at_least
from spark_smote.core.stages import is_plain, probabilistic
from spark_smote.errors import ClassError, ColumnError, ParameterError
from spark_smote.evaluation.comparison import Comparison, Result
from spark_smote.evaluation.contenders import choices, estimators_by_name, label_of, samplers_by_name
from spark_smote.evaluation.judge import FOLD, TUNING, Judge
from spark_smote.evaluation.yardstick import ALL_CLASSES, COST, AllClasses, OneClass, Yardstick, cost_table
from spark_smote.ml.fitting import check_columns
from spark_smote.ml.scores import METRICS
from spark_smote.spark.cached import FrameCache
from spark_smote.spark.columns import Names, positional
from spark_smote.spark.features import NoFeatures
from spark_smote.spark.folds import with_folds
from spark_smote.spark.staging import staging
from spark_smote.spark.survey import find_label, take_survey


def compare(
    df: DataFrame,
    estimators: Any,
    samplers: Any = (),
    *,
    labelCol: str | None = None,
    positive: Any = None,
    folds: int = 3,
    metric: str | None = None,
    precision: float = 0.5,
    costs: Mapping[tuple[Any, Any], float] | None = None,
    repeats: int = 1,
    tune: Mapping[str, Sequence[Any]] | None = None,
    seed: int = 0,
    progress: bool = True,
    stagingPath: str | None = None,
    stagingTable: str | None = None,
) -> Comparison:
    """Compares estimators with and without resampling by cross-validation, on
    the same folds for all.

    Each estimator is fitted to the training rows with these methods:

    - 'nothing': without resampling;
    - 'best threshold': the same model with the decision threshold that
      maximises the G-mean or, with costs, has the lowest cost on a quarter of
      the training rows, of a model fitted to the other three quarters. With all
      classes: the prediction with the highest expected gain, where a right one
      gains the inverse of the share of its class, or with the lowest expected
      cost;
    - 'class weights': with balanced class weights, if the estimator takes
      weights;
    - each sampler: on the resampled training rows, once with the probabilities
      of the model, and once with probabilities corrected for the true class
      shares (:class:`spark_smote.ml.PriorCorrection`).

    Test rows are never resampled, and no fit, sampler, threshold or choice of
    parameters uses them.

    Of two classes, or with ``positive``, the probability of one class is
    evaluated against all others. Of more, all classes are, each against all
    others and all together (:func:`spark_smote.measures`).

    Parameters
    ----------
    df : DataFrame
        Labelled rows, not resampled.
    estimators : pyspark.ml.Estimator, list, or dict of name to estimator
        Probabilistic classifiers, or pipelines that end with one.
    samplers : sampler, chain, list, or dict of name to sampler
        An inner list is a chain of samplers.
    labelCol : str, optional
        Label column; by default that of the samplers or, without samplers, of
        the estimators.
    positive : label, optional
        Class whose probability is evaluated, against all others; by default the
        smaller one of two classes, and of more classes all.
    folds : int
        Number of folds, at least 2. The fold of a row depends on its content
        and the seed; folds are stratified.
    metric : str, optional
        Metric that decides the advice and the choice of parameters: one of
        :data:`spark_smote.ml.scores.METRICS` or, of all classes, 'auc',
        'auprc', 'fBeta' and 'brier' (means over the classes), 'gMean',
        'balancedAccuracy' and 'mcc'; with costs 'expectedCost', which is the
        default then, and otherwise 'auprc'.
    precision : float
        Precision of 'recallAtPrecision', on (0, 1].
    costs : mapping of (label, label) to float, optional
        Cost of a row of the first class that is predicted as the second. All
        errors must be named; right predictions cost nothing unless they are.
        Adds the metric 'expectedCost', the mean cost of a row.
    repeats : int
        How many times to compare with other folds. Each takes as long as the
        first.
    tune : mapping of str to list, optional
        Values to try of the samplers' parameters, such as
        ``{"kNeighbors": [3, 5], "samplingStrategy": [0.3, 1.0]}``. For each
        estimator and sampler, the combination that is best by the metric on a
        quarter of the training rows is used; it is fitted to the other three
        quarters once for each combination.
    seed : int
        Seed of the folds; repetitions use the next ones.
    progress : bool
        Whether to show a progress bar.
    stagingPath, stagingTable : str, optional
        Where to keep the rows that are kept during the comparison, in place of
        Spark's cache; the samplers, which say more about them, keep theirs
        there too.

    Returns
    -------
    Comparison
        Metrics of each fold, their means and standard deviations, scores for
        curves of one class, and one sentence of advice. ``print`` shows them as
        a table.

    Raises
    ------
    ParameterError
        For objects that are no estimator or sampler, estimators without
        probabilities, values out of range, and costs that do not fit the
        classes.
    ColumnError, InvalidDataError
        As for :class:`spark_smote.ml.Resampled`.
    ClassError
        If the positive class, or all other classes together, have fewer than 4
        rows for each fold; or any class, where all are evaluated.

    Notes
    -----
    The input is cached during the comparison, and so are the resampled rows of
    one fold while all estimators are fitted to them. Rows that are equal in all
    columns are in the same fold. A row is predicted positive if its probability
    is at least one half. The rule of the advice is that of
    :func:`spark_smote.evaluation.advice.advise`.

    References
    ----------
    C. Nadeau, Y. Bengio, "Inference for the generalization error", Machine
    Learning 52 (2003). C. Elkan, "The foundations of cost-sensitive learning",
    IJCAI (2001).

    Examples
    --------
    >>> from pyspark.ml import Pipeline
    >>> from pyspark.ml.classification import LogisticRegression
    >>> from pyspark.ml.feature import VectorAssembler
    >>> from spark_smote import SMOTE
    >>> from spark_smote.evaluation import compare
    >>> df = spark.range(300).selectExpr("CAST(id % 6 = 0 AS INT) AS label", "sin(id) + IF(id % 6 = 0, 1, 0) AS amount")
    >>> learner = Pipeline(stages=[VectorAssembler(inputCols=["amount"], outputCol="features"), LogisticRegression()])
    >>> found = compare(df, learner, SMOTE(inputCols=["amount"]), folds=2, progress=False)
    >>> [row.method for row in found.summary]
    ['nothing', 'best threshold', 'class weights', 'SMOTE', 'SMOTE, corrected']
    >>> found.advice.startswith("Do nothing")
    True
    """
    start = time.perf_counter()
    place = staging(stagingPath, stagingTable)
    learners, makers = estimators_by_name(estimators), samplers_by_name(samplers)
    for chain in makers.values():
        chain.setParams(stagingPath=stagingPath, stagingTable=stagingTable)
    tried = choices(makers, tune or {})
    folds, repeats = argument("folds", folds, INT, at_least(2)), argument("repeats", repeats, INT, at_least(1))
    precision = argument("precision", precision, FLOAT, POSITIVE_SHARE)
    name = labelCol or label_of(learners, makers)
    names = Names(df)
    label = find_label(names, name)
    _check_learners(df, name, learners, makers)
    rows = take_survey(positional(df), names.schema, label, NoFeatures(), skip=None).rows
    smallest = min(rows, key=lambda each: rows[each])
    judged = positive if positive is not None or len(rows) > 2 else smallest
    field = names.field(label).name
    stick = _yardstick(field, rows, judged, precision, costs)
    metric = _metric(metric, judged, costs)
    _check_classes(rows, judged, folds)
    prevalence = rows[smallest if judged is None else judged] / sum(rows.values())
    judge = Judge(folds, learners, tried, field, stick, metric, prevalence, place)
    results: list[Result] = []
    with tqdm(total=repeats * folds * judge.fits, unit="fit", disable=not progress) as bar:
        for repeat in range(repeats):
            with FrameCache(df.sparkSession, place) as cache:
                folded = cache.keep(with_folds(df, label, folds * TUNING, FOLD, seed + repeat))
                for fold in range(folds):
                    results += judge.fold(folded, fold, repeat * folds + fold, bar)
    order = {each: place for place, each in enumerate(learners)}
    results.sort(key=lambda one: order[one.estimator])
    spent = time.perf_counter() - start
    return Comparison(tuple(results), judged, prevalence, folds, precision, metric, spent, repeats, smallest)


def _yardstick(
    label: str, rows: Mapping[Any, int], judged: Any, precision: float, costs: Mapping[tuple[Any, Any], float] | None
) -> Yardstick:
    table = None if costs is None else cost_table(costs, list(rows))
    if judged is None:
        return AllClasses(label, tuple(rows), table)
    if judged not in rows:
        raise ParameterError(f"positive: there is no class {judged!r}; the classes are {', '.join(map(repr, rows))}")
    if table is None:
        return OneClass(label, judged, precision)
    others = [each for each in rows if each != judged]
    if len(others) > 1:
        raise ParameterError("costs are those of all classes; leave out positive, or join the other classes to one")
    sides = [*others, judged]
    return OneClass(label, judged, precision, np.array([[table[true, said] for said in sides] for true in sides]))


def _metric(metric: str | None, judged: Any, costs: Any) -> str:
    known = [*(ALL_CLASSES if judged is None else METRICS), *((COST,) if costs is not None else ())]
    if metric is not None and metric not in known:
        raise ParameterError(f"metric must be one of {', '.join(map(repr, known))}, not {metric!r}")
    return metric or (COST if costs is not None else "auprc")


def _check_learners(df: DataFrame, label: str, learners: Mapping[str, Any], makers: Mapping[str, Chain]) -> None:
    names = Names(df)
    for learner in learners.values():
        learned = probabilistic(learner, "compare").getLabelCol()
        if is_plain(learner) and not names.same(learned, label):
            raise ColumnError(
                f"labelCol: the label column is {label!r}, but {type(learner).__name__} learns {learned!r}; "
                "use one column for both"
            )
        for maker in makers.values() or (None,):
            check_columns(df, list(maker.steps) if maker else [], learner)


def _check_classes(rows: Mapping[Any, int], judged: Any, folds: int) -> None:
    if len(rows) < 2:
        raise ClassError(f"all rows are of class {judged!r}; a comparison needs at least two classes")
    sides = {f"class {each!r} has": count for each, count in rows.items()}
    if judged is not None:
        sides = {f"class {judged!r} has": rows[judged], "all others have": sum(rows.values()) - rows[judged]}
    for side, count in sides.items():
        if count < folds * TUNING:
            raise ClassError(
                f"{side} {count} rows, too few to fit, to choose a threshold and to evaluate in {folds} folds, which "
                f"takes {folds * TUNING}; use fewer folds, or name another class as positive"
            )
