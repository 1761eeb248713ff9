"""CCR: synthetic rows in spheres, most of them in the small spheres of rows that other classes crowd."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from spark_smote.core.context import PlanningContext
from spark_smote.core.parameter import FLOAT, NOT_NEGATIVE, POSITIVE, Parameter
from spark_smote.core.params import HasMNeighbors, SearchParams
from spark_smote.core.registry import OVER_SAMPLER, register
from spark_smote.core.synthesis import Synthesis
from spark_smote.core.weighted_sampler import WeighingSampler, as_many_as_there_are, in_bins
from spark_smote.kernels.arrays import Indices, Matrix
from spark_smote.kernels.seeding import Task
from spark_smote.kernels.spheres import heaviest, inside_spheres, shares_of_energy, small_first
from spark_smote.kernels.weights import Measure, Weigh
from spark_smote.search.settings import SearchSettings
from spark_smote.search.weighting import Weighting


@register(
    family=OVER_SAMPLER,
    paper="Koziarski and Woźniak 2017",
    rows="in a sphere about a row, most of them in the small spheres of rows that other classes crowd",
    cost="the search in the rows of other classes",
)
class CCR(HasMNeighbors, WeighingSampler):
    """Combined cleaning and resampling, its resampling.

    A sphere grows about each row of the class until its energy, ``energy * d ** scaling`` for d features, is spent:
    growing by dr costs (n + 1) * dr while n rows of other classes are inside. The quotas of the rows are in inverse
    proportion to their radii, rounded so that the total is exact, and synthetic rows lie inside the spheres, in a
    random direction at a uniform share of the radius.

    What differs from the paper: the rows of other classes inside a sphere, which the paper pushes out, stay as they
    are, for no over-sampler changes a row of the input ('ignore' in the authors' code; a cleaner can follow, see
    :class:`OverSampledAndCleaned`). Only the ``mNeighbors`` nearest rows of other classes are looked at: a radius with
    more of them inside comes out too large, by the energy / (mNeighbors + 1) at most. Distance is Euclidean (Manhattan
    in the authors' code) and, unless ``standardization`` is False, in standard deviations, for energy is a length. All
    other classes together are the majority. The cells of LSH search are made for the nearest rows of all classes; where
    the rows of other classes are farther, it finds fewer of them than the plan says, and radii come out larger.
    smote_variants agrees up to one row inside a sphere; from the second one on it subtracts the wrong distance.

    Parameters
    ----------
    energy
        Energy of a sphere per ``d ** scaling`` features, in units of distance; the paper selects it for the data, from
        0.001 to 100.
    scaling
        Exponent of the number of features in the energy; 0 as in the paper, 0.5, as in the authors' code, for distances
        that grow with the number of features.
    mNeighbors
        Number of nearest rows of other classes that may stop a sphere, at least 1.
    standardization
        Whether distance is measured in units of each feature's standard deviation over all rows.

    References
    ----------
    M. Koziarski, M. Wozniak, "CCR: a combined cleaning and resampling algorithm for imbalanced data classification",
    International Journal of Applied Mathematics and Computer Science 27 (2017), 727-736.

    Examples
    --------
    >>> from spark_smote import CCR
    >>> df = spark.range(120).selectExpr("id % 12 = 0 AS fraud", "rand(1) AS amount", "id * 1.0D AS age")
    >>> balanced = CCR(inputCols=["amount", "age"], labelCol="fraud", seed=7).resample(df)
    >>> balanced.groupBy("fraud").count().orderBy("fraud").show()
    +-----+-----+
    |fraud|count|
    +-----+-----+
    |false|  110|
    | true|  110|
    +-----+-----+
    <BLANKLINE>
    """

    OTHERS_ONLY = True
    MOVES_BY_DISTANCE = True
    FEWER_SUFFICE = True

    energy = Parameter(FLOAT, POSITIVE, default=0.25)
    scaling = Parameter(FLOAT, NOT_NEGATIVE, default=0.5)
    mNeighbors = HasMNeighbors.mNeighbors.but(default=25)
    standardization = SearchParams.standardization.but(default=True)

    def extrapolates(self) -> bool:
        return True

    def weigh(self, context: PlanningContext, scale: Matrix | float | None) -> Mapping[int, Weigh]:
        return dict.fromkeys(context.tasks, small_first)

    def wanted(self, context: PlanningContext) -> int:
        return as_many_as_there_are(self.getOrDefault(self.mNeighbors), context)

    def measure(self, settings: SearchSettings) -> Measure:
        return partial(shares_of_energy, energy=self._energy(settings) / settings.units()[0])

    def heaviest(self, m: int) -> int:
        return heaviest(m)

    def seeds(self, rows: Indices, weights: Indices) -> int:
        return int(rows.sum())

    def synthesis(
        self, context: PlanningContext, settings: SearchSettings, tasks: Mapping[int, Task], weighting: Weighting
    ) -> Synthesis:
        reach = self._energy(settings) * (1.0 if settings.scale is None else settings.scale)
        rules = dict.fromkeys(tasks, partial(inside_spheres, reach=reach))
        return Synthesis(list(tasks), in_bins(settings, tasks, weighting), tasks, rules, weighting)

    def _energy(self, settings: SearchSettings) -> float:
        """The energy of each sphere."""
        return float(self.getOrDefault(self.energy) * settings.width ** self.getOrDefault(self.scaling))
