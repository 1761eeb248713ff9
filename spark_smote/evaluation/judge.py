"""Fits estimators with all methods to all folds except one, and measures them on this one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_smote.core.chain import Chain
from spark_smote.core.stages import probabilistic
from spark_smote.core.timing import timed
from spark_smote.evaluation.advice import NOTHING, RIVALS, THRESHOLD, WEIGHTS
from spark_smote.evaluation.comparison import Result, goodness
from spark_smote.evaluation.contenders import Choice
from spark_smote.evaluation.yardstick import CORRECTED_COLUMN, Figures, FoldRows, Yardstick
from spark_smote.ml.fitting import check_labels, class_counts, nullable
from spark_smote.ml.prior import PriorCorrection
from spark_smote.ml.row_weights import class_weights
from spark_smote.spark.cached import FrameCache
from spark_smote.spark.staging import Staging

TUNING = 4
"""Thresholds and parameters are chosen on one fourth of the training rows."""
FOLD = "spark_smote_fold"
_WEIGHT = "spark_smote_weight"


@dataclass(frozen=True)
class Judge:
    """Fits and measures the contenders of a comparison.

    Parameters
    ----------
    folds : int
    learners : mapping of str to estimator
    makers : mapping of str to list of Choice
        Samplers, each with the parameters to choose from.
    label : str
        Name of the label column.
    yardstick : Yardstick
    metric : str
        That decides between parameters.
    prevalence : float
        For the metric's ideal.
    staging : Staging, optional
    """

    folds: int
    learners: Mapping[str, Any]
    makers: Mapping[str, Sequence[Choice]]
    label: str
    yardstick: Yardstick
    metric: str
    prevalence: float
    staging: Staging | None

    @property
    def fits(self) -> int:
        """Number of fits for one fold."""
        tried = sum(len(found) for found in self.makers.values() if len(found) > 1)
        return len(self.learners) * (len(RIVALS) + len(self.makers) + tried)

    def fold(self, folded: DataFrame, fold: int, number: int, bar: Any) -> Iterator[Result]:
        """Yields the results of all estimators with all methods on one fold.

        Parameters
        ----------
        folded : DataFrame
            Rows with the column :data:`FOLD`, which numbers :data:`TUNING` fine folds for each fold.
        fold : int
            The fold held out.
        number : int
            Its number among all folds of all repetitions.
        bar : tqdm.tqdm
        """

        @contextmanager
        def step(estimator: str, method: str) -> Iterator[None]:
            name = f"fold {number + 1}, {estimator}, {method}"
            bar.set_description(name)
            with timed({}, name):
                yield
            bar.update()

        def result(estimator: str, method: str, found: Figures, tuned: Mapping[str, Any] | None = None) -> Result:
            return Result(estimator, method, number, found.metrics, found.scores, found.classes, tuned or {})

        mine, part = F.floor(F.col(FOLD) / TUNING) == fold, F.col(FOLD) % TUNING
        train = folded.filter(~mine).drop(FOLD)
        weighted, weights = class_weights(train, self.label, weightCol=_WEIGHT)
        rows = FoldRows(
            folded.filter(mine).drop(FOLD),
            train,
            folded.filter(~mine & (part != 0)).drop(FOLD),
            folded.filter(~mine & (part == 0)).drop(FOLD),
            weights,
        )
        for name, learner in self.learners.items():
            with step(name, NOTHING):
                model = learner.fit(train)
                plain = self.yardstick.figures(model, rows.held_out)[""]
            yield result(name, NOTHING, plain)
            with step(name, THRESHOLD):
                moved = self.yardstick.moved(plain, model, learner, rows)
            yield result(name, THRESHOLD, moved)
            predictor = probabilistic(learner, "compare")
            if predictor.hasParam("weightCol"):
                with step(name, WEIGHTS):
                    model = learner.fit(weighted, {predictor.weightCol: _WEIGHT})
                    found = self.yardstick.figures(model, rows.held_out)[""]
                yield result(name, WEIGHTS, found)
            else:
                bar.update()
        for method, tried in self.makers.items():
            chosen = self._chosen(method, tried, rows, step)
            for place in dict.fromkeys(chosen.values()):
                setting, maker = tried[place]
                learners = {name: self.learners[name] for name in chosen if chosen[name] == place}
                for name, both in self._resampled(maker, learners, method, train, rows.held_out, step, correct=True):
                    for suffix, found in both.items():
                        yield result(name, method + suffix, found, setting)

    def _chosen(self, method: str, tried: Sequence[Choice], rows: FoldRows, step: Any) -> dict[str, int]:
        """The place of the parameters that are best on the last fourth of the training rows, for each estimator."""
        if len(tried) == 1:
            return dict.fromkeys(self.learners, 0)
        best: dict[str, tuple[float, int]] = {}
        for place, (_, maker) in enumerate(tried):
            made = self._resampled(maker, self.learners, method, rows.fitted_on, rows.tuned_on, step, correct=False)
            for name, found in made:
                value = float(goodness(self.metric, found[""].metrics[self.metric], self.prevalence))
                if name not in best or value > best[name][0]:
                    best[name] = (value, place)
        return {name: place for name, (_, place) in best.items()}

    def _resampled(
        self,
        maker: Chain,
        learners: Mapping[str, Any],
        method: str,
        train: DataFrame,
        held_out: DataFrame,
        step: Any,
        *,
        correct: bool,
    ) -> Iterator[tuple[str, dict[str, Figures]]]:
        """Yields the figures of each estimator on the resampled rows, also with the correction for class shares."""
        rows = nullable(train, list(maker.steps))
        with FrameCache(rows.sparkSession, self.staging) as cache:
            plan = maker.plan(rows)
            cache.callback(plan.release)
            resampled = cache.keep(maker.resample(rows, plan))
            for name, learner in learners.items():
                check_labels(plan, learner)
                with step(name, method):
                    model = learner.fit(resampled)
                    correction = _correction(model, resampled, train) if correct else None
                    found = self.yardstick.figures(model, held_out, correction)
                yield name, found


def _correction(model: Any, resampled: DataFrame, train: DataFrame) -> PriorCorrection:
    """The correction of a model's probabilities for the class shares before resampling."""
    trained, true = class_counts(model, resampled, train)
    return PriorCorrection(
        trainPriors=trained,
        truePriors=true,
        probabilityCol=probabilistic(model, "compare").getProbabilityCol(),
        outputCol=CORRECTED_COLUMN,
    )
