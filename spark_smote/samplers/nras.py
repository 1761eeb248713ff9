"""NRAS: noise reduction a priori, by neighbours in the features and in the propensity score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import ceil

import numpy as np
from pyspark.sql import DataFrame

from spark_smote.core.context import PlanningContext
from spark_smote.core.driver_rows import on_driver
from spark_smote.core.fallback import HasFallback
from spark_smote.core.over_sampler import Prepared
from spark_smote.core.parameter import FLOAT, SHARE, Parameter
from spark_smote.core.params import HasKNeighbors, SearchParams
from spark_smote.core.registry import OVER_SAMPLER, register
from spark_smote.core.synthesis import Synthesis
from spark_smote.core.weighted_sampler import WeightedSampler
from spark_smote.errors import ParameterError
from spark_smote.kernels.arrays import Indices, Matrix
from spark_smote.kernels.propensity import Propensity, fit, standardised, standards, with_scores, without_scores
from spark_smote.kernels.seeding import Task
from spark_smote.kernels.weights import Accepted, Weigh, alike
from spark_smote.search.settings import SearchSettings
from spark_smote.search.weighting import Weighting
from spark_smote.spark.group_classes import by_group
from spark_smote.spark.input_rows import InputRows
from spark_smote.spark.scans import SampledRows
from spark_smote.spark.scored_rows import ScoredRows, Scoring

FITTED_ROWS = 8_192
"""Rows that the logistic regressions are fitted on at most, chosen by content hash."""
MOST_FEATURES = 2_000
"""The regressions' equations have as many unknowns, and the square of that as coefficients."""
_FITTED_PRODUCTS = 1 << 29


@register(
    family=OVER_SAMPLER,
    paper="Rivera 2017",
    rows="as SMOTE, but not from rows with few rows of the class in their `kNeighbors` nearest; the propensity score "
    "counts as a feature",
    cost="the search in all rows, twice, and a logistic regression on at most 8,192 rows",
)
class NRAS(HasKNeighbors, HasFallback, WeightedSampler):
    """Noise reduction a priori synthetic over-sampling.

    The propensity score of a row, its probability of being of the class by logistic regression, counts as one more
    feature in all distances. A row of the class is noise if fewer than the share ``threshold`` of its ``kNeighbors``
    nearest rows of all classes are of its class. Only rows that are not noise are seeds; their quotas are equal, to
    within one. Synthetic rows are made as in SMOTE, between a seed and one of its ``kNeighbors`` nearest rows of the
    class.

    If several classes get synthetic rows, the score of each is a feature, each of the class against all others. The
    regressions (penalty |w|^2 / 2, as scikit-learn's with C = 1, on standardised features) are fitted on a sample of
    8,192 rows at most, the same number of each class, selected by content hash and weighted by what it stands for.

    Noise is no seed, but stays in the result, like all rows of the input. smote_variants removes it, draws the
    neighbour from all classes, and divides the rows of the class among k by k + 1.

    Parameters
    ----------
    threshold
        Smallest share of the class in the nearest rows of a seed, from 0 to 1.
    kNeighbors
        Number of nearest rows of all classes that tell noise, and of nearest rows of the class to draw from, at least
        1.
    standardization
        Whether distance is measured in units of each feature's standard deviation over all rows, and of the propensity
        score's.

    References
    ----------
    W. A. Rivera, "Noise reduction a priori synthetic over-sampling for class imbalanced data sets", Information
    Sciences 408 (2017), 146-161.

    Examples
    --------
    >>> from spark_smote import NRAS
    >>> df = spark.range(120).selectExpr("id < 30 AS fraud", "id * 1.0D AS amount", "id % 7 * 1.0D AS day")
    >>> balanced = NRAS(inputCols=["amount", "day"], labelCol="fraud", seed=7).resample(df)
    >>> balanced.groupBy("fraud").count().orderBy("fraud").show()
    +-----+-----+
    |fraud|count|
    +-----+-----+
    |false|   90|
    | true|   90|
    +-----+-----+
    <BLANKLINE>
    """

    threshold = Parameter(FLOAT, SHARE, default=0.5)
    kNeighbors = HasKNeighbors.kNeighbors.but()
    standardization = SearchParams.standardization.but(default=True)
    K = M = "kNeighbors"

    def prepare(self, context: PlanningContext) -> Prepared:
        if context.survey.width > MOST_FEATURES:
            raise ParameterError(
                f"NRAS fits a logistic regression of {MOST_FEATURES} features at most, and there are "
                f"{context.survey.width}; use fewer, or use ADASYN or BorderlineSMOTE"
            )
        with context.stage("propensity"):
            propensities, scores = self._propensities(context), _scores(context)
        source, survey = context.source, context.survey
        scoring = partial(with_scores, propensities=propensities, scores=scores)
        scored = ScoredRows(source.frame, source.layout, source.labels, scoring)
        wider = replace(survey, width=survey.width + scores, magnitude=max(survey.magnitude, 1.0))
        return super().prepare(replace(context, source=scored, survey=wider, moments={}))

    def weigh(self, context: PlanningContext, scale: Matrix | float | None) -> Mapping[int, Weigh]:
        k = self.getOrDefault(self.kNeighbors)
        # A share of k in binary may be a little above a whole number.
        return dict.fromkeys(context.tasks, Accepted(k - ceil(self.getOrDefault(self.threshold) * k - 1e-9)))

    def without_seeds(self, context: PlanningContext, number: int, rows: Indices) -> Weigh | None:
        k, threshold = self.getOrDefault(self.kNeighbors), self.getOrDefault(self.threshold)
        self.fall_back(
            f"class {context.label(number)!r}: all its {rows.sum()} rows are noise, with less than the share "
            f"threshold={threshold:.3g} of the class in their kNeighbors={k} nearest",
            "lower threshold, or leave the class out of samplingStrategy",
        )
        return alike

    def synthesis(
        self, context: PlanningContext, settings: SearchSettings, tasks: Mapping[int, Task], weighting: Weighting
    ) -> Synthesis:
        plain, source = super().synthesis(context, settings, tasks, weighting), context.source
        assert isinstance(source, ScoredRows)
        width = context.survey.width - _scores(context)
        rules = {number: partial(without_scores, rule=rule, width=width) for number, rule in plain.rules.items()}
        return _Scored(plain.classes, plain.cells, plain.tasks, rules, weighting, source.scoring)

    def _propensities(self, context: PlanningContext) -> dict[int, Propensity]:
        """The logistic regressions of the classes that grow in the group of each class, by class."""
        width, growing = context.survey.width, by_group(context.source.labels, context.tasks)
        rates: dict[int, float] = {}
        for numbers in growing:
            most = min(FITTED_ROWS, _FITTED_PRODUCTS // (width + 1) ** 2) / np.sqrt(len(numbers))
            beside = context.beside(numbers[0])
            rates |= {number: min(1.0, most / len(beside) / rows) for number, rows in beside.items()}
        samples = on_driver(context, context.source.rows(list(rates)), rates, context.usable())
        found: dict[int, Propensity] = {}
        for numbers in growing:
            beside = context.beside(numbers[0])
            own = {number: samples[number] for number in beside if number in samples}
            found |= dict.fromkeys(beside, _fitted(own, rates, numbers, width))
        return found


def _scores(context: PlanningContext) -> int:
    """The most classes that grow in any group."""
    return max(context.beside_growing(number) for number in context.tasks)


def _fitted(
    samples: Mapping[int, SampledRows], rates: Mapping[int, float], growing: Sequence[int], width: int
) -> Propensity:
    """A logistic regression for each class that grows, against all others sampled."""
    if not samples:
        # So few distinct rows that none was sampled.
        nothing = np.zeros((len(growing), width))
        return Propensity(nothing, nothing[:, 0], nothing[0], np.ones(width))
    rows = np.concatenate([found.features for found in samples.values()])
    weights = np.concatenate([found.weights / rates[number] for number, found in samples.items()])
    classes = np.repeat(list(samples), [len(found.weights) for found in samples.values()])
    centre, unit = standards(rows, weights)
    fitted = [fit(standardised(rows, centre, unit), classes == number, weights) for number in growing]
    coefficients, intercepts = zip(*fitted, strict=True)
    return Propensity(np.array(coefficients), np.array(intercepts), centre, unit)


@dataclass(frozen=True)
class _Scored(Synthesis):
    """Rows are searched with their scores, and made without."""

    scoring: Scoring | None = None

    def __call__(self, source: InputRows) -> DataFrame:
        assert self.scoring is not None
        return super().__call__(ScoredRows(source.frame, source.layout, source.labels, self.scoring))
