"""Cluster-SMOTE: SMOTE within clusters of the class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from spark_smote.core.clustered import within_clusters
from spark_smote.core.context import PlanningContext
from spark_smote.core.driver_rows import on_driver
from spark_smote.core.neighbour_sampler import NeighbourSampler
from spark_smote.core.over_sampler import Prepared
from spark_smote.core.parameter import INT, Parameter, at_least
from spark_smote.core.params import HasKNeighbors
from spark_smote.core.registry import OVER_SAMPLER, register
from spark_smote.core.searching import search_settings
from spark_smote.kernels.apportion import shares
from spark_smote.kernels.arrays import Indices, Matrix
from spark_smote.kernels.class_clusters import GroupsByClass, k_means_centres
from spark_smote.kernels.clusters import ClusterCounts, Clusters
from spark_smote.kernels.seeding import Task
from spark_smote.spark.scans import tally

SAMPLED_ROWS = 8_192
"""Rows of a class that its clusters are learnt from, chosen by content hash where there are more."""
_SAMPLED_BYTES = 1 << 27


@register(
    family=OVER_SAMPLER,
    paper="Cieslak et al. 2006",
    rows="as SMOTE, within clusters of the class",
    cost="the search within clusters, and two more passes over the class",
)
class ClusterSMOTE(HasKNeighbors, NeighbourSampler):
    """Cluster-SMOTE.

    The rows of the class are clustered by k-means, and SMOTE is applied within each cluster. The quotas of all rows of
    the class are equal, to within one, except those of a cluster of one row, which has none. In a cluster with no more
    than ``kNeighbors`` rows, a row's neighbours are all the others.

    The centres are learnt, by k-means++ and Lloyd's rounds, from 8,192 rows of the class, selected by content hash, if
    it has more; every row belongs to the nearest centre. A cluster's share of the synthetic rows is its share of the
    class, as when SMOTE is applied to each cluster with one percentage; smote_variants gives all clusters equal shares.

    Parameters
    ----------
    numClusters
        Number of clusters of the rows of a class, at least 1.
    kNeighbors
        Number of nearest neighbours of the same class and cluster to draw from, at least 1.

    References
    ----------
    D. A. Cieslak, N. V. Chawla, A. Striegel, "Combating imbalance in network intrusion datasets", IEEE International
    Conference on Granular Computing (2006), 732-737.

    Examples
    --------
    >>> from spark_smote import ClusterSMOTE
    >>> df = spark.range(240).selectExpr("id % 12 = 0 AS fraud", "id % 24 + rand(1) AS amount", "rand(2) AS age")
    >>> sampler = ClusterSMOTE(inputCols=["amount", "age"], labelCol="fraud", numClusters=2, seed=7)
    >>> sampler.resample(df).groupBy("fraud").count().orderBy("fraud").show()
    +-----+-----+
    |fraud|count|
    +-----+-----+
    |false|  220|
    | true|  220|
    +-----+-----+
    <BLANKLINE>
    """

    PLANNING_READS: ClassVar[Mapping[str, int]] = {"clusters": 2}
    GROUPS = True

    numClusters = Parameter(INT, at_least(1), default=3)
    kNeighbors = HasKNeighbors.kNeighbors.but()

    def looks_at_all(self) -> bool:
        return bool(self.getOrDefault(self.standardization))

    def prepare(self, context: PlanningContext) -> Prepared:
        settings = search_settings(self, context)
        unit = settings.units()[1]
        with context.stage("clusters"):
            clusters = self._clusters(context, 1.0 if unit is None else unit)
            counts = {number: ClusterCounts(own) for number, own in clusters.items()}
            tally(context.source.rows(list(counts)), counts)
            for number, found in counts.items():
                context.check(number, found.whole())
        numbers, tasks = _apportioned(context.tasks, counts)
        groups = GroupsByClass(clusters, numbers)
        return within_clusters(context, settings, groups, tasks, self.rule(settings.space()))

    def _clusters(self, context: PlanningContext, unit: Matrix | float) -> dict[int, Clusters]:
        """The clusters of each class that grows."""
        tasks, width = context.tasks, context.survey.width
        rates = {}
        for number, task in tasks.items():
            most = _SAMPLED_BYTES // (8 * max(1, width) * context.beside_growing(number)) + 1
            rates[number] = min(1.0, min(SAMPLED_ROWS, most) / task.rows)
        samples = on_driver(context, context.source.rows(list(tasks)), rates, context.usable())
        wanted, found = self.getOrDefault(self.numClusters), {}
        for number, task in tasks.items():
            # Of few distinct rows the sample may have none: then they form one cluster.
            rows, weights = np.empty((0, width)), np.empty(0)
            if number in samples:
                rows, weights = samples[number].features, samples[number].weights
            found[number] = Clusters(k_means_centres(rows / unit, weights, wanted, task.key), unit)
        return found


def _apportioned(
    tasks: Mapping[int, Task], counts: Mapping[int, ClusterCounts]
) -> tuple[dict[int, Indices], dict[int, Task]]:
    """The group of each cluster of a class, and the quota of each group."""
    numbers: dict[int, Indices] = {}
    parts: dict[int, Task] = {}
    for number, task in tasks.items():
        rows, first = counts[number].rows, len(parts)
        fit = rows > 1
        if not fit.any() or not task.k:
            # A row needs another one to walk to.
            numbers[number], parts[first] = np.full(len(rows), first), task
            continue
        numbers[number] = np.where(fit, first + np.cumsum(fit) - 1, -1)
        totals = shares(np.where(fit, rows, 0).astype(np.float64), task.total)
        for cluster in np.flatnonzero(fit).tolist():
            own, total = counts[number].of(cluster), int(totals[cluster])
            name = f"a cluster of {task.name}"
            parts[len(parts)] = Task(number, own.rows, total, min(task.k, own.rows - 1), task.key, own, name)
    return numbers, parts
