"""SVM-SMOTE: synthetic rows around the support vectors of the class."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np
from numpy.typing import NDArray

from spark_smote.core.context import PlanningContext
from spark_smote.core.driver_rows import on_driver
from spark_smote.core.fallback import HasFallback
from spark_smote.core.parameter import FLOAT, POSITIVE, Parameter
from spark_smote.core.params import HasKNeighbors, HasMNeighbors
from spark_smote.core.registry import OVER_SAMPLER, register
from spark_smote.core.weighted_sampler import WeightedSampler
from spark_smote.errors import ParameterError
from spark_smote.kernels.arrays import Indices, Matrix
from spark_smote.kernels.interpolate import Outward, smote
from spark_smote.kernels.space import Space
from spark_smote.kernels.weights import Accepted, SupportVectors, Weigh, alike
from spark_smote.kernels.work import Rule
from spark_smote.spark.scans import SampledRows

SVM_ROWS = 8_192
"""Rows that a support vector machine is fitted on at most; half of them may be of the class."""


@register(
    family=OVER_SAMPLER,
    paper="Nguyen et al. 2011",
    rows="between or beyond support vectors of the class and their neighbours",
    cost="the search in all rows, twice, and a support vector machine on at most 8,192 rows",
)
class SVMSMOTE(HasKNeighbors, HasMNeighbors, HasFallback, WeightedSampler):
    """SVM-SMOTE: borderline over-sampling by support vectors.

    Seeds are the support vectors of the class, except those whose ``mNeighbors`` nearest rows are all of other classes;
    their quotas are equal, to within one. If at least half of the nearest rows of a seed are of other classes, its
    synthetic rows lie between the seed and one of its nearest rows of the class, as in SMOTE; otherwise they lie beyond
    the seed, on the side away from that neighbour, by up to ``outStep`` of the distance.

    The support vectors are those of scikit-learn's ``SVC`` (Gaussian kernel, C = 1, gamma = 'scale') of the class
    against all other classes: the rows on their margin or on the wrong side of it. Above 8,192 rows the machine is
    fitted on a sample, selected by content hash and weighted by the number of equal rows, and every row of the class is
    compared with its margin. Spark's ``LinearSVC`` could be fitted on all rows, but its boundary is a plane.

    Parameters
    ----------
    outStep
        Largest distance of synthetic rows beyond a seed, as a multiple of the distance from neighbour to seed.

    References
    ----------
    H. M. Nguyen, E. W. Cooper, K. Kamei, "Borderline over-sampling for imbalanced data classification", International
    Journal of Knowledge Engineering and Soft Data Paradigms 3 (2011), 4-21.

    Examples
    --------
    >>> from spark_smote import SVMSMOTE
    >>> df = spark.range(120).selectExpr("id % 4 = 0 AS fraud", "id * 0.1D AS amount", "id % 7 * 1.0D AS day")
    >>> balanced = SVMSMOTE(inputCols=["amount", "day"], labelCol="fraud", seed=7).resample(df)
    >>> balanced.groupBy("fraud").count().orderBy("fraud").show()
    +-----+-----+
    |fraud|count|
    +-----+-----+
    |false|   90|
    | true|   90|
    +-----+-----+
    <BLANKLINE>
    """

    HELD_BESIDE = SVM_ROWS

    outStep = Parameter(FLOAT, POSITIVE, default=0.5)

    def extrapolates(self) -> bool:
        return True

    def weigh(self, context: PlanningContext, scale: Matrix | float | None) -> Mapping[int, Weigh]:
        # As many classes as there may be, the fits together shall not take longer than those of a few.
        rates = {
            number: _rates(context, number, int(SVM_ROWS / np.sqrt(context.beside_growing(number))))
            for number, task in context.tasks.items()
            if task.k
        }
        with context.stage("support vectors"):
            samples = self._samples(context, rates)
            return {number: self._fit(samples, number, own, scale) for number, own in rates.items()}

    def rule(self, space: Space) -> Rule:
        reach = Outward(self.getOrDefault(self.mNeighbors), self.getOrDefault("outStep"))
        return partial(smote, space=space, reach=reach)

    def without_seeds(self, context: PlanningContext, number: int, rows: Indices) -> Weigh | None:
        m, noise = self.getOrDefault(self.mNeighbors), rows[-1]
        self.fall_back(
            f"class {context.label(number)!r}: all its support vectors are noise, with other classes only among their "
            f"mNeighbors={m} nearest ({noise} of its {rows.sum()} rows are)",
            "use a larger mNeighbors, standardization=True where features differ in scale, or leave the class out of "
            "samplingStrategy",
        )
        return alike

    def _samples(self, context: PlanningContext, rates: Mapping[int, Mapping[int, float]]) -> dict[int, SampledRows]:
        """Of each class as many rows as any fit needs, those with the least content hashes."""
        wanted: dict[int, float] = {}
        for of_fit in rates.values():
            for number, rate in of_fit.items():
                wanted[number] = max(wanted.get(number, 0.0), rate)
        return on_driver(context, context.source.rows(list(wanted)), wanted, context.usable()) if wanted else {}

    def _fit(
        self,
        samples: Mapping[int, SampledRows],
        own: int,
        rates: Mapping[int, float],
        scale: Matrix | float | None,
    ) -> Weigh:
        """The support vector machine of one class against all others."""
        try:
            from sklearn.svm import SVC
        except ImportError as error:
            raise ParameterError("SVMSMOTE needs scikit-learn; pip install scikit-learn") from error

        parts = {number: _least(samples[number], rate) for number, rate in rates.items() if number in samples}
        if own not in parts or len(parts) == 1:
            # So few distinct rows that none was sampled: there is no margin to be on either side of.
            return Accepted(self.getOrDefault(self.mNeighbors) - 1)
        rows = np.concatenate([features for features, _ in parts.values()])
        rows = rows if scale is None else rows / scale
        weights = np.concatenate([weights / rates[number] for number, (_, weights) in parts.items()])
        sides = np.repeat([1 if number == own else -1 for number in parts], [len(w) for _, w in parts.values()])
        # scikit-learn's 'scale' of all rows, of which these are a sample.
        mean = np.average(rows, axis=0, weights=weights).mean()
        variance = float(np.average(((rows - mean) ** 2).mean(axis=1), weights=weights))
        gamma = 1 / (rows.shape[1] * variance) if variance else 1.0
        # Near the origin the products that libsvm takes distances from cancel least.
        centred = rows - np.average(rows, axis=0, weights=weights)
        fitted = SVC(gamma=gamma).fit(centred, sides, sample_weight=weights)
        return SupportVectors(
            rows[fitted.support_], fitted.dual_coef_[0], float(fitted.intercept_[0]), float(gamma), scale
        )


def _rates(context: PlanningContext, own: int, bound: int) -> dict[int, float]:
    """Share of each class's rows in the fit of one class against all others."""
    valid = context.beside(own)
    mine = min(valid[own], bound // 2)
    others = sum(valid.values()) - valid[own]
    rest = min(1.0, (bound - mine) / others) if others else 1.0
    return {number: mine / rows if number == own else rest for number, rows in valid.items()}


def _least(found: SampledRows, rate: float) -> tuple[Matrix, NDArray[np.float64]]:
    """The rows with the least hashes, and how many equal rows each stands for."""
    chosen = (found.hashes >> np.uint64(11)) * 2.0**-53 < rate
    return found.features[chosen], found.weights[chosen]
