"""SMOTE-D: SMOTE without chance."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from spark_smote.core.cell_weighted import CellWeightedSampler, Measuring
from spark_smote.core.params import HasKNeighbors
from spark_smote.core.registry import OVER_SAMPLER, register
from spark_smote.kernels.arrays import Matrix
from spark_smote.kernels.seed_weights import Weigher
from spark_smote.kernels.seeding import Task
from spark_smote.kernels.smote_d import ByDeviation, largest_deviation, smote_d
from spark_smote.kernels.work import Rule


@register(
    family=OVER_SAMPLER,
    paper="Torres et al. 2016",
    rows="at equal steps between a row and its `kNeighbors` nearest rows of the class, nothing drawn",
    cost="the search within the class, three times",
)
class SMOTED(HasKNeighbors, CellWeightedSampler):
    """SMOTE-D, a deterministic version of SMOTE.

    The quota of a row of the class is proportional to the standard deviation of the distances to its ``kNeighbors``
    nearest rows of the class. It is split among these neighbours in proportion to their distances. The q synthetic rows
    between a row and a neighbour lie at 1, 2, ..., q steps of 1 / (q + 1) of the way. If the deviations of a class are
    all 0, as with ``kNeighbors=1``, the quotas of its rows are equal, to within one.

    All quotas are rounded so that the total is exact; ``seed`` decides which rows get one more, and nothing else is
    drawn. smote_variants rounds at random, and puts the rows between two rows at distances that depend on the fraction
    of the quota.

    References
    ----------
    F. R. Torres, J. A. Carrasco-Ochoa, J. F. Martinez-Trinidad, "SMOTE-D: a deterministic version of SMOTE", MCPR 2016,
    177-188.

    Examples
    --------
    >>> from spark_smote import SMOTED
    >>> df = spark.range(120).selectExpr("id % 12 = 0 AS fraud", "id * id * 1.0D AS amount", "id * 1.0D AS age")
    >>> balanced = SMOTED(inputCols=["amount", "age"], labelCol="fraud").resample(df)
    >>> balanced.groupBy("fraud").count().orderBy("fraud").show()
    +-----+-----+
    |fraud|count|
    +-----+-----+
    |false|  110|
    | true|  110|
    +-----+-----+
    <BLANKLINE>
    """

    def looks_at_all(self) -> bool:
        return bool(self.getOrDefault(self.standardization))

    def weighers(
        self, tasks: Mapping[int, Task], scale: Matrix | float | None, unit: float, measured: Measuring
    ) -> dict[int, Weigher]:
        found = measured("measure", dict.fromkeys(tasks, partial(largest_deviation, scale=scale)))
        most = {number: max(float(largest[0]) for _, (largest,) in found[number]) for number in tasks}
        return {number: ByDeviation(most[number], task.rows, scale) for number, task in tasks.items()}

    def weighed(self, weigher: Weigher, scale: Matrix | float | None) -> Rule:
        return partial(smote_d, weigher=weigher, scale=scale)
