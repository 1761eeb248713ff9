"""SMOTE: synthetic minority over-sampling technique."""

from __future__ import annotations

from collections.abc import Mapping

from spark_smote.core.context import PlanningContext
from spark_smote.core.neighbour_sampler import NeighbourSampler
from spark_smote.core.over_sampler import Prepared
from spark_smote.core.params import HasKNeighbors, HasMetric
from spark_smote.core.registry import OVER_SAMPLER, register
from spark_smote.core.searching import search_settings
from spark_smote.core.synthesis import Synthesis
from spark_smote.kernels.space import Space
from spark_smote.kernels.work import Rule
from spark_smote.search.in_class import lay_out
from spark_smote.search.settings import SearchSettings


@register(
    family=OVER_SAMPLER,
    paper="Chawla et al. 2002",
    rows="between a row and one of its `kNeighbors` nearest rows of the class",
    cost="the search within the class",
)
class SMOTE(HasKNeighbors, HasMetric, NeighbourSampler):
    """Synthetic minority over-sampling technique.

    Each synthetic row lies between a real row of the class (the seed) and one of its k nearest neighbours of the same
    class: ``seed + gap * (neighbour - seed)``, with a gap that is uniform on [0, 1). The quotas of the seeds are equal,
    to within one.

    References
    ----------
    N. V. Chawla, K. W. Bowyer, L. O. Hall, W. P. Kegelmeyer, "SMOTE: synthetic minority over-sampling technique",
    Journal of Artificial Intelligence Research 16 (2002), 321-357.

    Examples
    --------
    >>> from spark_smote import SMOTE
    >>> df = spark.range(120).selectExpr("id % 12 = 0 AS fraud", "rand(1) AS amount", "id * 1.0D AS age")
    >>> balanced = SMOTE(inputCols=["amount", "age"], labelCol="fraud", seed=7).resample(df)
    >>> balanced.groupBy("fraud").count().orderBy("fraud").show()
    +-----+-----+
    |fraud|count|
    +-----+-----+
    |false|  110|
    | true|  110|
    +-----+-----+
    <BLANKLINE>
    """

    SPARSE = True
    KEEPS = True
    POOLS = True

    def looks_at_all(self) -> bool:
        return bool(self.getOrDefault(self.standardization))

    def prepare(self, context: PlanningContext) -> Prepared:
        settings, tasks = self.settings(context), context.tasks
        spaces = self.spaces(context, settings)
        cells = lay_out(settings, context.source.rows, tasks, spaces=spaces)
        work = Synthesis(list(tasks), cells, tasks, self.rules(context, spaces))
        return Prepared(tasks, work, cells.searches)

    def settings(self, context: PlanningContext) -> SearchSettings:
        """How neighbours are searched; a job runs if the sampler standardises."""
        return search_settings(self, context)

    def spaces(self, context: PlanningContext, settings: SearchSettings) -> dict[int, Space]:
        """The distance within each class that has a quota; small jobs may run."""
        return dict.fromkeys(context.tasks, settings.space())

    def rules(self, context: PlanningContext, spaces: Mapping[int, Space]) -> dict[int, Rule]:
        """The rule of each class that has a quota; small jobs may run."""
        return self.by_task(context.tasks, spaces)
