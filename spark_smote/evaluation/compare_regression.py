"""Compares regressors with and without resampling by cross-validation, by their errors where the target matters."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from tqdm.auto import tqdm

from spark_smote.core.parameter import FLOAT, INT, POSITIVE_SHARE, argument, at_least
from spark_smote.core.stages import classifier, is_plain
from spark_smote.core.target_relevance import relevance_function, relevance_points
from spark_smote.core.target_sampler import TargetSampler
from spark_smote.core.timing import timed
from spark_smote.errors import ClassError, ColumnError, InvalidDataError, ParameterError
from spark_smote.evaluation.contenders import estimators_by_name, makers_by_name
from spark_smote.evaluation.regression_comparison import (
    ERRORS,
    NOTHING,
    PLAIN,
    WEIGHTS,
    BumpErrors,
    FoldErrors,
    RegressionComparison,
)
from spark_smote.evaluation.regression_errors import errors_by_bump
from spark_smote.ml.row_weights import class_weights
from spark_smote.spark.cached import FrameCache
from spark_smote.spark.columns import Names, positional
from spark_smote.spark.features import NoFeatures
from spark_smote.spark.folds import with_folds
from spark_smote.spark.staging import Staging, staging
from spark_smote.spark.survey import take_survey
from spark_smote.spark.target import BUMP, Bumps, find_target

_FOLD, _WEIGHT = "spark_smote_fold", "spark_smote_weight"


def compare_regression(
    df: DataFrame,
    estimators: Any,
    samplers: Any = (),
    *,
    targetCol: str = "target",
    relevance: str | Sequence[Sequence[float]] = "auto",
    relevanceThreshold: float = 0.5,
    folds: int = 3,
    metric: str = "sera",
    seed: int = 0,
    progress: bool = True,
    stagingPath: str | None = None,
    stagingTable: str | None = None,
) -> RegressionComparison:
    """Compares regressors with and without resampling by cross-validation, on
    the same folds for all.

    Each estimator is fitted to the training rows with these methods:

    - 'nothing': without resampling;
    - 'relevance weights': with weights by which all bumps of the target weigh
      the same, if the estimator takes weights;
    - each sampler: on the resampled training rows.

    Test rows are never resampled, and no fit or sampler uses them. By default
    relevance and bumps, by which the errors are weighed and the folds are
    stratified, are those of the box plot of all rows.

    Parameters
    ----------
    df : DataFrame
        Rows with a target, not resampled.
    estimators : pyspark.ml.Estimator, list, or dict of name to estimator
        Regressors, or pipelines that end with one.
    samplers : sampler, list, or dict of name to sampler
        Samplers for regression, each with its own relevance.
    targetCol : str
        Numeric column to be predicted.
    relevance : 'auto' or sequence of (float, float) or (float, float, float)
        Control points of the relevance by which the errors are weighed.
    relevanceThreshold : float
        Relevance from which a value is rare, on (0, 1].
    folds : int
        Number of folds, at least 2. The fold of a row depends on its content
        and the seed; folds have equal shares of every bump.
    metric : {'sera', 'mae', 'rmse', 'rareMae', 'rareRmse'}
        Error that decides the advice: the squared error-relevance area, the
        mean absolute or root mean squared error of all rows, or of those in
        rare bumps.
    seed : int
        Seed of the folds.
    progress : bool
        Whether to show a progress bar.
    stagingPath, stagingTable : str, optional
        Where to keep the rows that are kept during the comparison, in place of
        Spark's cache.

    Returns
    -------
    RegressionComparison
        Errors of each fold by bump, and one sentence of advice. ``print`` shows
        them as a table.

    Raises
    ------
    ParameterError
        For objects that are no regressor, or no sampler for regression, and for
        values out of range.
    ColumnError
        If there is no such target, or an estimator or sampler has another.
    InvalidDataError
        For rows without target, and for models that predict no number.
    ClassError
        If a bump has fewer rows than there are folds, or there is one bump
        only.

    References
    ----------
    R. P. Ribeiro, N. Moniz, "Imbalanced regression and extreme value
    prediction", Machine Learning 109 (2020), 1803-1835.

    Examples
    --------
    >>> from pyspark.ml import Pipeline
    >>> from pyspark.ml.feature import VectorAssembler
    >>> from pyspark.ml.regression import LinearRegression
    >>> from spark_smote import RelevanceOverSampler, compare_regression
    >>> df = spark.range(200).selectExpr("id % 10 AS x", "IF(id % 10 = 9, 40, id % 10) + sin(id) AS price")
    >>> stages = [VectorAssembler(inputCols=["x"], outputCol="features"), LinearRegression(labelCol="price")]
    >>> more = RelevanceOverSampler(targetCol="price")
    >>> found = compare_regression(df, Pipeline(stages=stages), more, targetCol="price", folds=2, progress=False)
    >>> [method for _, method in found.methods]
    ['nothing', 'relevance weights', 'RelevanceOverSampler']
    >>> found.advice.startswith("Do not oversample")
    True
    """
    start = time.perf_counter()
    place = staging(stagingPath, stagingTable)
    names = Names(df)
    target = find_target(names, targetCol)
    name = names.field(target).name
    learners = {each: _checked(one, names, name) for each, one in estimators_by_name(estimators).items()}
    makers = {each: _checked_sampler(one, names, name) for each, one in makers_by_name(samplers, PLAIN).items()}
    for maker in makers.values():
        for learner in learners.values():
            _check_features(names, learner, maker)
        maker.setParams(stagingPath=stagingPath, stagingTable=stagingTable)
    folds = argument("folds", folds, INT, at_least(2))
    if metric not in ERRORS:
        raise ParameterError(f"metric must be one of {', '.join(map(repr, ERRORS))}, not {metric!r}")
    relevanceThreshold = argument("relevanceThreshold", relevanceThreshold, FLOAT, POSITIVE_SHARE)
    if isinstance(relevance, str) and relevance != "auto":
        raise ParameterError(f"relevance must be 'auto' or a list of control points, not {relevance!r}")
    points: Any = relevance_points(df, name) if isinstance(relevance, str) else relevance
    edges, rare = relevance_function(points).bumps(relevanceThreshold)
    points = list(map(tuple, points))
    bumps = Bumps(target, tuple(edges), tuple(rare))
    classed = bumps.added(df)
    _check_bumps(classed, name, folds)
    with FrameCache(df.sparkSession, place) as cache:
        folded = cache.keep(with_folds(classed, len(df.columns), folds, _FOLD, seed))
        judge = _Judge(folded, folds, learners, makers, name, points, relevanceThreshold, place)
        with tqdm(total=folds * len(learners) * (len(PLAIN) + len(makers)), unit="fit", disable=not progress) as bar:
            results = [result for fold in range(folds) for result in judge.fold(fold, bar)]
    order = {each: number for number, each in enumerate(learners)}
    results.sort(key=lambda one: order[one.estimator])
    words = bumps.words(name)
    return RegressionComparison(tuple(results), points, words, folds, metric, time.perf_counter() - start)


@dataclass(frozen=True)
class _Judge:
    """Fits estimators to all folds except one, and evaluates them on this one."""

    folded: DataFrame
    folds: int
    learners: Mapping[str, Any]
    makers: Mapping[str, TargetSampler]
    target: str
    relevance: Sequence[Sequence[float]]
    threshold: float
    staging: Staging | None

    def fold(self, fold: int, bar: Any) -> Iterator[FoldErrors]:
        """Yields the errors of all estimators with all methods on one fold."""
        held_out, training = (
            self.folded.filter(F.col(_FOLD) == fold).drop(_FOLD, BUMP),
            self.folded.filter(F.col(_FOLD) != fold).drop(_FOLD),
        )
        weighted = class_weights(training, BUMP, weightCol=_WEIGHT)[0].drop(BUMP)
        train = training.drop(BUMP)

        def judged(name: str, method: str, rows: DataFrame, params: Any = None) -> FoldErrors:
            title = f"fold {fold + 1} of {self.folds}, {name}, {method}"
            bar.set_description(title)
            with timed({}, title):
                model = self.learners[name].fit(rows, params)
                found = self.errors(model.transform(held_out), classifier(self.learners[name]).getPredictionCol())
            bar.update()
            return FoldErrors(name, method, fold, found)

        for name, learner in self.learners.items():
            yield judged(name, NOTHING, train)
            regressor = classifier(learner)
            if regressor.hasParam("weightCol"):
                yield judged(name, WEIGHTS, weighted, {regressor.weightCol: _WEIGHT})
            else:
                bar.update()
        for method, maker in self.makers.items():
            with FrameCache(train.sparkSession, self.staging) as cache:
                plan = maker.plan(train)
                cache.callback(plan.release)
                resampled = cache.keep(maker.resample(train, plan))
                for name in self.learners:
                    yield judged(name, method, resampled)

    def errors(self, predictions: DataFrame, column: str) -> tuple[BumpErrors, ...]:
        """The errors in each bump; a job runs."""
        found = errors_by_bump(predictions, self.relevance, self.target, column, self.threshold).collect()
        if not found:
            raise InvalidDataError(f"predictionCol: column {column!r} has no finite number in any held-out row")
        return tuple(BumpErrors(**row.asDict()) for row in found)


def _checked(estimator: Any, names: Names, target: str) -> Any:
    """An estimator that is a regressor of this target."""
    regressor = classifier(estimator)
    kind = type(regressor or estimator).__name__
    if regressor is None or regressor.hasParam("probabilityCol") or not regressor.hasParam("predictionCol"):
        raise ParameterError(f"estimators: {kind} is no regressor; give one such as LinearRegression()")
    if is_plain(estimator) and not names.same(regressor.getLabelCol(), target):
        raise ColumnError(
            f"targetCol: the target is {target!r}, but {kind} learns {regressor.getLabelCol()!r}; use one"
        )
    return estimator


def _checked_sampler(sampler: Any, names: Names, target: str) -> TargetSampler:
    """A copy of a sampler of this target."""
    if not isinstance(sampler, TargetSampler):
        raise ParameterError(f"samplers: {sampler!r} is no sampler for regression; give one such as SMOTER()")
    if not names.same(sampler.getOrDefault(sampler.targetCol), target):
        own = sampler.getOrDefault(sampler.targetCol)
        raise ColumnError(
            f"targetCol: the target is {target!r}, but {type(sampler).__name__} has {own!r}; use one column for both"
        )
    sampler.features(names)
    copied: TargetSampler = sampler.copy()
    return copied


def _check_features(names: Names, learner: Any, maker: TargetSampler) -> None:
    """Refuse a regressor whose features synthetic rows would lack; pipelines make features of their own."""
    if not is_plain(learner) or not maker.hasParam("inputCols"):
        return
    column, kind = learner.getFeaturesCol(), type(maker).__name__
    if names.find(column, f"featuresCol of {type(learner).__name__}") not in maker.features(names).places:
        raise ColumnError(
            f"rows that {kind} makes have no {column!r}, the featuresCol of {type(learner).__name__}; give {kind} "
            f"featuresCol={column!r}, or put the VectorAssembler into the estimator, as a Pipeline"
        )


def _check_bumps(classed: DataFrame, target: str, folds: int) -> None:
    rows = take_survey(positional(classed), classed.schema, len(classed.columns) - 1, NoFeatures(), skip=True)
    if rows.unlabelled:
        raise InvalidDataError(f"targetCol: {target!r} is null, NaN or infinite in {rows.unlabelled} rows; drop them")
    if len(rows.rows) < 2:
        raise ClassError(f"all rows are in one bump of {target!r}; give control points as relevance")
    for bump, count in rows.rows.items():
        if count < folds:
            raise ClassError(f"bump {bump} of {target!r} has {count} rows, too few for {folds} folds; use fewer")
