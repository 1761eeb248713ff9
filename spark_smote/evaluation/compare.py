"""Compares estimators with and without resampling by cross-validation."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from tqdm.auto import tqdm

from spark_smote.core.chain import Chain, flat, passing
from spark_smote.core.stages import check_estimator, is_plain, probabilistic
from spark_smote.core.timing import timed
from spark_smote.errors import ClassError, ColumnError, ParameterError
from spark_smote.evaluation.comparison import CORRECTED, NOTHING, RIVALS, THRESHOLD, WEIGHTS, Comparison, Result
from spark_smote.ml.fitting import check_columns, check_labels, class_counts, nullable
from spark_smote.ml.prior import PriorCorrection
from spark_smote.ml.row_weights import class_weights
from spark_smote.ml.scores import METRICS, Scores
from spark_smote.ml.scoring import probability_of, score
from spark_smote.spark.cached import FrameCache
from spark_smote.spark.columns import Names, positional, quoted
from spark_smote.spark.features import NoFeatures
from spark_smote.spark.folds import with_folds
from spark_smote.spark.staging import Staging, staging
from spark_smote.spark.survey import find_label, take_survey

# Thresholds are chosen on one fourth of the training rows.
_TUNING = 4
_FOLD, _WEIGHT, _CORRECTED = "spark_smote_fold", "spark_smote_weight", "spark_smote_corrected"


def compare(
    df: DataFrame,
    estimators: Any,
    samplers: Any = (),
    *,
    labelCol: str | None = None,
    positive: Any = None,
    folds: int = 3,
    metric: str = "auprc",
    precision: float = 0.5,
    seed: int = 0,
    progress: bool = True,
    stagingPath: str | None = None,
    stagingTable: str | None = None,
) -> Comparison:
    """Compares estimators with and without resampling by cross-validation, on the same folds for all.

    Each estimator is fitted to the training rows with these methods:

    - 'nothing': without resampling;
    - 'best threshold': the same model with the decision threshold that maximises the G-mean on a quarter of the
      training rows, of a model fitted to the other three quarters;
    - 'class weights': with balanced class weights, if the estimator takes weights;
    - each sampler: on the resampled training rows, once with the probabilities of the model, and once with
      probabilities corrected for the true class shares (:class:`spark_smote.ml.PriorCorrection`).

    Test rows are never resampled, and no fit, sampler or threshold uses them.

    Parameters
    ----------
    df : DataFrame
        Labelled rows, not resampled.
    estimators : pyspark.ml.Estimator, list, or dict of name to estimator
        Probabilistic classifiers, or pipelines that end with one.
    samplers : sampler, chain, list, or dict of name to sampler
        An inner list is a chain of samplers.
    labelCol : str, optional
        Label column; by default that of the samplers or, without samplers, of the estimators.
    positive : label, optional
        Class whose probability is evaluated, against all others; by default the smallest class.
    folds : int
        Number of folds, at least 2. The fold of a row depends on its content and the seed; folds are stratified.
    metric : str
        Metric that decides the advice, one of :data:`spark_smote.ml.scores.METRICS`.
    precision : float
        Precision of 'recallAtPrecision', on (0, 1].
    seed : int
        Seed of the folds.
    progress : bool
        Whether to show a progress bar.
    stagingPath, stagingTable : str, optional
        Where to keep the rows that are kept during the comparison, in place of Spark's cache; the samplers, which say
        more about them, keep theirs there too.

    Returns
    -------
    Comparison
        Metrics of each fold, their means and standard deviations, scores for curves, and one sentence of advice.
        ``print`` shows them as a table.

    Raises
    ------
    ParameterError
        For objects that are no estimator or sampler, estimators without probabilities, and values out of range.
    ColumnError, InvalidDataError
        As for :class:`spark_smote.ml.Resampled`.
    ClassError
        If the positive class, or all other classes together, have fewer than 4 rows for each fold.

    Notes
    -----
    The input is cached during the comparison, and so are the resampled rows of one fold while all estimators are fitted
    to them. Rows that are equal in all columns are in the same fold. With more than two classes, a row is predicted
    positive if its probability is at least one half.

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
    >>> found.advice.startswith("Do not oversample")
    True
    """
    start = time.perf_counter()
    place = staging(stagingPath, stagingTable)
    learners, makers = _named(estimators, "estimators"), _named_samplers(samplers)
    for chain in makers.values():
        chain.setParams(stagingPath=stagingPath, stagingTable=stagingTable)
    if folds < 2 or folds != int(folds):
        raise ParameterError(f"folds must be an integer of 2 or more, not {folds!r}")
    if metric not in METRICS:
        raise ParameterError(f"metric must be one of {', '.join(map(repr, METRICS))}, not {metric!r}")
    if not 0 < precision <= 1:
        raise ParameterError(f"precision must be a number on (0, 1], not {precision!r}")
    name = labelCol or _label_of(learners, makers)
    names = Names(df)
    label = find_label(names, name)
    for learner in learners.values():
        learned = probabilistic(learner, "compare").getLabelCol()
        if is_plain(learner) and not names.same(learned, name):
            raise ColumnError(
                f"labelCol: the label column is {name!r}, but {type(learner).__name__} learns {learned!r}; "
                "use one column for both"
            )
        for maker in makers.values() or (None,):
            check_columns(df, list(maker.steps) if maker else [], learner)
    rows = take_survey(positional(df), names.schema, label, NoFeatures(), skip=None).rows
    judged = min(rows, key=lambda each: rows[each]) if positive is None else positive
    _check_classes(rows, judged, folds)
    with FrameCache(df.sparkSession, place) as cache:
        folded = cache.keep(with_folds(df, label, folds * _TUNING, _FOLD, seed))
        judge = _Judge(folded, folds, learners, makers, names.field(label).name, judged, precision, place)
        with tqdm(total=folds * judge.fits, unit="fit", disable=not progress) as bar:
            results = [result for fold in range(folds) for result in judge.fold(fold, bar)]
    order = {each: place for place, each in enumerate(learners)}
    results.sort(key=lambda one: order[one.estimator])
    prevalence = rows[judged] / sum(rows.values())
    return Comparison(tuple(results), judged, prevalence, folds, precision, metric, time.perf_counter() - start)


@dataclass(frozen=True)
class _Judge:
    """Fits estimators to all folds except one, and evaluates them on this one."""

    folded: DataFrame
    folds: int
    learners: Mapping[str, Any]
    makers: Mapping[str, Chain]
    label: str
    positive: Any
    precision: float
    staging: Staging | None

    @property
    def fits(self) -> int:
        """Number of fits for one fold."""
        return len(self.learners) * (len(RIVALS) + len(self.makers))

    def fold(self, fold: int, bar: Any) -> Iterator[Result]:
        """Yields the results of all estimators with all methods on one fold."""

        def judged(estimator: str, method: str, scores: Scores, threshold: float = 0.5) -> Result:
            return Result(estimator, method, fold, scores.metrics(self.precision, threshold), scores)

        @contextmanager
        def step(estimator: str, method: str) -> Iterator[None]:
            name = f"fold {fold + 1} of {self.folds}, {estimator}, {method}"
            bar.set_description(name)
            with timed({}, name):
                yield
            bar.update()

        mine, part = F.floor(F.col(_FOLD) / _TUNING) == fold, F.col(_FOLD) % _TUNING
        held_out, train = self.folded.filter(mine).drop(_FOLD), self.folded.filter(~mine).drop(_FOLD)
        tuned_on = self.folded.filter(~mine & (part == 0)).drop(_FOLD)
        fitted_on = self.folded.filter(~mine & (part != 0)).drop(_FOLD)
        weighted = class_weights(train, self.label, weightCol=_WEIGHT)[0]
        for name, learner in self.learners.items():
            with step(name, NOTHING):
                plain = self.scores(learner.fit(train), held_out)[""]
            yield judged(name, NOTHING, plain)
            with step(name, THRESHOLD):
                tuning = self.scores(learner.fit(fitted_on), tuned_on)[""]
                threshold, _ = tuning.best_threshold("gMean", self.precision)
            yield judged(name, THRESHOLD, plain, threshold)
            predictor = probabilistic(learner, "compare")
            if predictor.hasParam("weightCol"):
                with step(name, WEIGHTS):
                    found = self.scores(learner.fit(weighted, {predictor.weightCol: _WEIGHT}), held_out)[""]
                yield judged(name, WEIGHTS, found)
            else:
                bar.update()
        for method, maker in self.makers.items():
            rows = nullable(train, list(maker.steps))
            with FrameCache(rows.sparkSession, self.staging) as cache:
                plan = maker.plan(rows)
                cache.callback(plan.release)
                resampled = cache.keep(maker.resample(rows, plan))
                for name, learner in self.learners.items():
                    check_labels(plan, learner)
                    with step(name, method):
                        both = self.both(learner.fit(resampled), resampled, train, held_out)
                    for suffix, scores in both.items():
                        yield judged(name, method + suffix, scores)

    def both(self, model: Any, resampled: DataFrame, train: DataFrame, held_out: DataFrame) -> dict[str, Scores]:
        """Returns the scores of a model without and with the correction for the class shares."""
        trained, true = class_counts(model, resampled, train)
        predictor = probabilistic(model, "compare")
        correction = PriorCorrection(
            trainPriors=trained, truePriors=true, probabilityCol=predictor.getProbabilityCol(), outputCol=_CORRECTED
        )
        return self.scores(model, held_out, correction)

    def scores(self, model: Any, held_out: DataFrame, correction: PriorCorrection | None = None) -> dict[str, Scores]:
        """Returns the scores of the held-out rows, and with a correction also the corrected ones, by method suffix."""
        predictor = probabilistic(model, "compare")
        scored, column = model.transform(held_out), predictor.getProbabilityCol()
        mine = F.col(quoted(self.label)) == F.lit(self.positive)
        if predictor.getLabelCol() == self.label:
            index = int(self.positive)
        else:
            found = scored.filter(mine).select(F.col(quoted(predictor.getLabelCol())).cast("int")).first()
            index = found[0] if found else 1
        columns = {"": probability_of(scored, column, index)}
        if correction is not None:
            scored = correction.transform(scored)
            columns[CORRECTED] = probability_of(scored, _CORRECTED, index)
        return score(scored, mine, columns)


def _named(given: Any, param: str) -> dict[str, Any]:
    """Returns the estimators by their names in tables."""
    each = _by_name(given)
    if not each:
        raise ParameterError(f"{param} is empty; give at least one, such as LogisticRegression()")
    for name, estimator in each.items():
        check_estimator(estimator, f"{param}[{name!r}]" if isinstance(given, Mapping) else param)
    return each


def _named_samplers(given: Any) -> dict[str, Chain]:
    each = _by_name(given)
    taken = [name for name in each if name in RIVALS]
    if taken:
        raise ParameterError(f"samplers: {taken[0]!r} is the name of a method without resampling; choose another")
    return {name: passing(Chain(*flat(sampler))) for name, sampler in each.items()}


def _by_name(given: Any) -> dict[str, Any]:
    """Returns the objects given by their names in tables: the types, numbered where several are of one type."""
    if isinstance(given, Mapping):
        return dict(given)
    names: dict[str, Any] = {}
    for one in given if _is_row(given) else [given]:
        kind = " + ".join(type(step).__name__ for step in one) if _is_row(one) else type(one).__name__
        number = sum(name.split(" #")[0] == kind for name in names) + 1
        names[kind if number == 1 else f"{kind} #{number}"] = one
    return names


def _is_row(given: Any) -> bool:
    return isinstance(given, list | tuple)


def _label_of(learners: Mapping[str, Any], makers: Mapping[str, Chain]) -> str:
    found = {maker.getLabelCol() for maker in makers.values()}
    found = found or {probabilistic(learner, "compare").getLabelCol() for learner in learners.values()}
    if len(found) > 1:
        raise ParameterError(f"labelCol differs: {' and '.join(sorted(found))}; use one label column, or set labelCol")
    return str(found.pop())


def _check_classes(rows: Mapping[Any, int], positive: Any, folds: int) -> None:
    if positive not in rows:
        raise ParameterError(f"positive: there is no class {positive!r}; the classes are {', '.join(map(repr, rows))}")
    if len(rows) < 2:
        raise ClassError(f"all rows are of class {positive!r}; a comparison needs at least two classes")
    sides = {f"class {positive!r} has": rows[positive], "all others have": sum(rows.values()) - rows[positive]}
    for side, count in sides.items():
        if count < folds * _TUNING:
            raise ClassError(
                f"{side} {count} rows, too few to fit, to choose a threshold and to evaluate in {folds} folds, which "
                f"takes {folds * _TUNING}; use fewer folds, or name another class as positive"
            )
