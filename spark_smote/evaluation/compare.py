"""Estimators with and without resampling, judged on folds that no fit has seen."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from tqdm.auto import tqdm

from spark_smote.core.chain import Chain, flat
from spark_smote.core.timing import timed
from spark_smote.errors import ClassError, ColumnError, ParameterError
from spark_smote.evaluation.comparison import CORRECTED, NOTHING, RIVALS, THRESHOLD, WEIGHTS, Comparison, Result
from spark_smote.ml.fitting import check_columns, check_labels, class_counts, nullable
from spark_smote.ml.prior import PriorCorrection
from spark_smote.ml.row_weights import class_weights
from spark_smote.ml.scores import METRICS, Scores
from spark_smote.ml.scoring import probability_of, score
from spark_smote.ml.stages import check_estimator, is_plain, probabilistic
from spark_smote.spark.cached import cached
from spark_smote.spark.columns import Names, positional, quoted
from spark_smote.spark.features import NoFeatures
from spark_smote.spark.folds import with_folds
from spark_smote.spark.survey import find_label, take_survey

# Of the training rows, the share that a threshold is chosen on: one in so many.
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
) -> Comparison:
    """Whether resampling helps: each estimator with each sampler, with its rivals, and with nothing, on the same folds.

    Each estimator is fitted on the other folds as they are ('nothing'), with a threshold chosen on a quarter of them
    that it was not fitted on ('best threshold', for the G-mean), with balanced class weights where it takes weights
    ('class weights'), and on what each sampler makes of them, where probabilities are judged as they come and corrected
    for the true class shares (:class:`spark_smote.ml.PriorCorrection`). Rows are scored as they are, in the fold that
    no fit, sampler or threshold has seen.

    Parameters
    ----------
    df : DataFrame
    estimators : pyspark.ml.Estimator, list, or dict of name to estimator
        Classifiers with probabilities, or pipelines that end in one.
    samplers : sampler, chain, list, or dict of name to sampler
        A list within stands for samplers in a row.
    labelCol : str, optional
        That of the samplers or, without samplers, of the estimators, unless given.
    positive : label, optional
        The class that is judged, against all others; the smallest unless given.
    folds : int
        At least 2. A row's fold depends on its content and the seed; each has its share of every class.
    metric : str
        That the advice goes by, one of :data:`spark_smote.ml.scores.METRICS`.
    precision : float
        For 'recallAtPrecision', on (0, 1].
    seed : int
    progress : bool
        Show a bar.

    Returns
    -------
    Comparison
        Metrics for each fold, their means and spreads, curves, and one sentence of advice. ``print`` it.

    Raises
    ------
    ParameterError
        For what is no estimator or sampler, estimators without probabilities, and values out of range.
    ColumnError, InvalidDataError
        As :class:`spark_smote.ml.Resampled`.
    ClassError
        When there are fewer rows of a class than folds.

    Notes
    -----
    The input is cached meanwhile, and so are a sampler's rows of one fold while all estimators are fitted on them. Rows
    equal in everything share a fold. With more than two classes, 'positive' means a probability of one half and more.

    Examples
    --------
    >>> from pyspark.ml import Pipeline
    >>> from pyspark.ml.classification import LogisticRegression
    >>> from pyspark.ml.feature import VectorAssembler
    >>> from spark_smote import SMOTE
    >>> from spark_smote.evaluation import compare
    >>> df = spark.range(300).selectExpr("CAST(id % 6 = 0 AS INT) AS label", "sin(id) + IF(id % 6 = 0, 1, 0) AS amount")
    >>> learner = Pipeline(stages=[VectorAssembler(inputCols=["amount"], outputCol="features"), LogisticRegression()])
    >>> found = compare(df, learner, SMOTE(inputCols=["amount"]), progress=False)
    >>> [row.method for row in found.summary]
    ['nothing', 'best threshold', 'class weights', 'SMOTE', 'SMOTE, corrected']
    >>> found.advice.startswith("Do not oversample")
    True
    """
    start = time.perf_counter()
    learners, makers = _named(estimators, "estimators"), _named_samplers(samplers)
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
                f"labelCol: labels are judged by {name!r}, but {type(learner).__name__} learns those in {learned!r}; "
                "give both the same"
            )
        for maker in makers.values() or (None,):
            check_columns(df, list(maker.steps) if maker else [], learner)
    rows = take_survey(positional(df), names, label, NoFeatures(), skip=False).rows
    judged = min(rows, key=lambda each: rows[each]) if positive is None else positive
    _check_classes(rows, judged, folds)
    with cached(with_folds(df, label, folds * _TUNING, _FOLD, seed)) as folded:
        judge = _Judge(folded, folds, learners, makers, names.field(label).name, judged, precision)
        with tqdm(total=folds * judge.fits, unit="fit", disable=not progress) as bar:
            results = [result for fold in range(folds) for result in judge.fold(fold, bar)]
    order = {each: place for place, each in enumerate(learners)}
    results.sort(key=lambda one: order[one.estimator])
    prevalence = rows[judged] / sum(rows.values())
    return Comparison(tuple(results), judged, prevalence, folds, precision, metric, time.perf_counter() - start)


@dataclass(frozen=True)
class _Judge:
    """Fits on all folds but one, and judges on that one."""

    folded: DataFrame
    folds: int
    learners: Mapping[str, Any]
    makers: Mapping[str, Chain]
    label: str
    positive: Any
    precision: float

    @property
    def fits(self) -> int:
        """Fits for one fold."""
        return len(self.learners) * (len(RIVALS) + len(self.makers))

    def fold(self, fold: int, bar: Any) -> Iterator[Result]:
        """All estimators with all methods."""

        def judged(estimator: str, method: str, scores: Scores, threshold: float = 0.5) -> Result:
            return Result(estimator, method, fold, scores.metrics(self.precision, threshold), scores)

        @contextmanager
        def step(estimator: str, method: str) -> Iterator[None]:
            name = f"fold {fold + 1} of {self.folds}, {estimator}, {method}"
            bar.set_description(name)
            with timed({}, name):
                yield
            bar.update()

        mine, part = F.col(_FOLD) % self.folds == fold, F.floor(F.col(_FOLD) / self.folds)
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
            plan = maker.plan(rows)
            with cached(maker.resample(rows, plan)) as resampled:
                for name, learner in self.learners.items():
                    check_labels(plan, learner)
                    with step(name, method):
                        both = self.both(learner.fit(resampled), resampled, train, held_out)
                    for suffix, scores in both.items():
                        yield judged(name, method + suffix, scores)

    def both(self, model: Any, resampled: DataFrame, train: DataFrame, held_out: DataFrame) -> dict[str, Scores]:
        """Scores as the model gives them, and corrected for the class shares."""
        trained, true = class_counts(model, resampled, train)
        predictor = probabilistic(model, "compare")
        correction = PriorCorrection(
            trainPriors=trained, truePriors=true, probabilityCol=predictor.getProbabilityCol(), outputCol=_CORRECTED
        )
        return self.scores(model, held_out, correction)

    def scores(self, model: Any, held_out: DataFrame, correction: PriorCorrection | None = None) -> dict[str, Scores]:
        """Of the held-out rows; with a correction, under its name also those corrected."""
        predictor = probabilistic(model, "compare")
        scored, column = model.transform(held_out), predictor.getProbabilityCol()
        mine = F.col(quoted(self.label)) == F.lit(self.positive)
        index = 1
        if predictor.getLabelCol() == self.label:
            index = int(self.positive)
        else:
            found = scored.filter(mine).select(F.col(quoted(predictor.getLabelCol())).cast("int")).first()
            index = found[0] if found else index
        columns = {"": probability_of(scored, column, index)}
        if correction is not None:
            scored = correction.transform(scored)
            columns[CORRECTED] = probability_of(scored, _CORRECTED, index)
        return score(scored, mine, columns)


def _named(given: Any, param: str) -> dict[str, Any]:
    """Estimators by the names that they go by in tables."""
    each = dict(given) if isinstance(given, Mapping) else _by_type(given if _is_row(given) else [given])
    if not each:
        raise ParameterError(f"{param} is empty; give at least one, such as LogisticRegression()")
    for name, estimator in each.items():
        check_estimator(estimator, f"{param}[{name!r}]" if isinstance(given, Mapping) else param)
    return each


def _named_samplers(given: Any) -> dict[str, Chain]:
    each = dict(given) if isinstance(given, Mapping) else _by_type(given if _is_row(given) else [given])
    taken = [name for name in each if name in RIVALS]
    if taken:
        raise ParameterError(f"samplers: {taken[0]!r} is the name of a method without resampling; choose another")
    return {name: Chain(*flat(sampler)) for name, sampler in each.items()}


def _by_type(row: Sequence[Any]) -> dict[str, Any]:
    names: dict[str, Any] = {}
    for one in row:
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
        raise ParameterError(f"labelCol differs: {' and '.join(sorted(found))}; give all the same, or say labelCol=")
    return str(found.pop())


def _check_classes(rows: Mapping[Any, int], positive: Any, folds: int) -> None:
    if positive not in rows:
        raise ParameterError(f"positive: there is no class {positive!r}; the classes are {', '.join(map(repr, rows))}")
    if len(rows) < 2:
        raise ClassError(f"all rows are of class {positive!r}; there is nothing to tell it from")
    sides = {f"class {positive!r} has": rows[positive], "all others have": sum(rows.values()) - rows[positive]}
    for side, count in sides.items():
        if count < folds * _TUNING:
            raise ClassError(
                f"{side} {count} rows, too few to fit, to choose a threshold and to judge on in {folds} folds; it "
                f"takes {folds * _TUNING}, use fewer folds or name another class as positive"
            )
