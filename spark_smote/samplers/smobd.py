"""SMOBD: SMOTE based on data density."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from spark_smote.core.cell_weighted import CellWeightedSampler, Measuring
from spark_smote.core.parameter import FLOAT, POSITIVE, SHARE, Parameter
from spark_smote.core.params import HasKNeighbors
from spark_smote.core.registry import OVER_SAMPLER, register
from spark_smote.kernels.arrays import Matrix
from spark_smote.kernels.density import ByDensity, distances_of, largest_count, smobd
from spark_smote.kernels.moments import ExactSum
from spark_smote.kernels.seed_weights import Weigher
from spark_smote.kernels.seeding import Task
from spark_smote.kernels.work import Rule


@register(
    family=OVER_SAMPLER,
    paper="Cao and Wang 2011",
    rows="as SMOTE, but not from noise, and more from rows with a larger core distance and more rows about them",
    cost="the search within the class, four times and once more for the neighbours, and a count of rows about each row",
)
class SMOBD(HasKNeighbors, CellWeightedSampler):
    """SMOTE based on data density.

    The core distance of a row is that to its ``kNeighbors``-th nearest row of the class. The quota of a row is
    proportional to ``eta1`` * (core distance) / (largest core distance of the class) + (1 - ``eta1``) * (rows of the
    class within ``epsilon``) / (largest such number), rounded so that the total is exact. A row is noise, and no seed,
    if its core distance and its reachability distance both exceed ``t`` times their means. Synthetic rows are made as
    in SMOTE, between the row and one of its ``kNeighbors`` nearest rows of the class.

    A row is reached from another one at the larger of their distance and the other's core distance, and its
    reachability distance is the least of these from its ``kNeighbors`` nearest rows. OPTICS takes the least from the
    rows that it has visited before, in an order over the whole class; so its distances are never less. Core distances
    are not bounded by ``epsilon``, and do not count the row itself, which scikit-learn does. With LSH search all is
    computed from the rows of a cell and its halo. In smote_variants each feature has a gap of its own; here the
    synthetic row lies on the line, as in SMOTE.

    Parameters
    ----------
    eta1
        Weight of the core distance in the density, from 0 to 1; the rest is that of the number of rows.
    t
        A row is noise if both of its distances exceed so many times their means.
    epsilon
        Radius in which rows are counted, in units of distance; if not set, the mean core distance of the class.
    kNeighbors
        Number of nearest rows of the class that define the core distance (MinPts), and to draw from, at least 1.

    References
    ----------
    Q. Cao, S. Wang, "Applying over-sampling technique based on data density and cost-sensitive SVM to imbalanced
    learning", ICIII 2011, 543-548. Ranked among the best of 85 by G. Kovacs, Applied Soft Computing 83 (2019), whose
    smote_variants defines the density as here.

    Examples
    --------
    >>> from spark_smote import SMOBD
    >>> df = spark.range(120).selectExpr("id % 12 = 0 AS fraud", "id * id * 1.0D AS amount", "id * 1.0D AS age")
    >>> balanced = SMOBD(inputCols=["amount", "age"], labelCol="fraud", seed=7).resample(df)
    >>> balanced.groupBy("fraud").count().orderBy("fraud").show()
    +-----+-----+
    |fraud|count|
    +-----+-----+
    |false|  110|
    | true|  110|
    +-----+-----+
    <BLANKLINE>
    """

    eta1 = Parameter(FLOAT, SHARE, default=0.5)
    t = Parameter(FLOAT, POSITIVE, default=1.8)
    epsilon = Parameter(FLOAT, POSITIVE)
    kNeighbors = HasKNeighbors.kNeighbors.but()

    def looks_at_all(self) -> bool:
        return bool(self.getOrDefault(self.standardization))

    def weighers(
        self, tasks: Mapping[int, Task], scale: Matrix | float | None, unit: float, measured: Measuring
    ) -> dict[int, Weigher]:
        sums = measured("distances", dict.fromkeys(tasks, partial(distances_of, scale=scale)))
        means: dict[int, tuple[float, float]] = {}
        largest: dict[int, float] = {}
        for number, task in tasks.items():
            total = ExactSum(2)
            for _, (chunks, part, _) in sums[number]:
                total.merge(chunks, part)
            core, reach = total.means(task.rows).tolist()
            means[number] = core, reach
            largest[number] = max(float(most[0]) for _, (_, _, most) in sums[number])
        epsilon = self.optional(self.epsilon)
        radius = {number: core if epsilon is None else epsilon / unit for number, (core, _) in means.items()}
        counts = measured("counts", {n: partial(largest_count, radius=radius[n], scale=scale) for n in tasks})
        eta, t = self.getOrDefault(self.eta1), self.getOrDefault(self.t)
        return {
            number: ByDensity(
                eta,
                t,
                radius[number],
                *means[number],
                largest[number],
                max(int(most[0]) for _, (most,) in counts[number]),
                task.rows,
                scale,
            )
            for number, task in tasks.items()
        }

    def weighed(self, weigher: Weigher, scale: Matrix | float | None) -> Rule:
        return partial(smobd, weigher=weigher, scale=scale)
