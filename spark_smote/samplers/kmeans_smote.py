"""k-means SMOTE: synthetic rows in clusters with a large share of the class, most of them in sparse clusters."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from spark_smote.core.clustered import within_clusters
from spark_smote.core.context import PlanningContext
from spark_smote.core.fallback import HasFallback
from spark_smote.core.neighbour_sampler import NeighbourSampler
from spark_smote.core.over_sampler import Prepared
from spark_smote.core.parameter import FLOAT, INT, NOT_NEGATIVE, SHARE, Parameter, at_least
from spark_smote.core.params import HasKNeighbors
from spark_smote.core.registry import OVER_SAMPLER, register
from spark_smote.core.searching import search_settings
from spark_smote.kernels.apportion import shares
from spark_smote.kernels.arrays import Indices, Matrix
from spark_smote.kernels.clusters import (
    ClusterCounts,
    Clusters,
    Groups,
    log_sparsity,
    mean_distance,
    sampling_weights,
    selected,
)
from spark_smote.kernels.fingerprint import NOTHING, Fingerprint, Fingerprints
from spark_smote.kernels.hashing import unprojected
from spark_smote.kernels.seeding import Task
from spark_smote.spark.k_means import FIT_READS, k_means
from spark_smote.spark.scans import SampledRows, sample, tally

PAIRED_ROWS = 1_000
"""Rows of a class in a cluster whose distances are averaged, chosen by content hash where there are more."""


@register(
    family=OVER_SAMPLER,
    paper="Douzas et al. 2018",
    rows="as SMOTE, within clusters with a large share of the class, most of them in sparse clusters",
    cost="k-means over all rows",
)
class KMeansSMOTE(HasKNeighbors, HasFallback, NeighbourSampler):
    """k-means SMOTE.

    All rows are clustered by Spark ML's ``KMeans``. SMOTE is applied within each cluster that has a large enough share
    of the class and more than ``kNeighbors`` rows of it. The number of synthetic rows of a cluster is proportional to
    its sparsity, (mean distance of its rows of the class) ** ``densityExponent`` / (number of these rows), rounded so
    that the total is exact.

    Parameters
    ----------
    numClusters
        Number of clusters of all rows, at least 2.
    clusterBalanceThreshold
        Smallest share of the class in a cluster that gets synthetic rows, from 0 to 1; if not set, half the class's
        share of all synthetic rows, so 0.5 if only one class gets synthetic rows.
    densityExponent
        Exponent of the mean distance in a cluster's sparsity, 0 or more; if not set, 0.16 * log_1.6(rows) ** 1.8, as in
        imbalanced-learn. The paper uses the number of features.
    kNeighbors
        Number of nearest neighbours of the same class and cluster to draw from, at least 1.

    References
    ----------
    G. Douzas, F. Bacao, F. Last, "Improving imbalanced learning through a heuristic oversampling method based on
    k-means and SMOTE", Information Sciences 465 (2018), 1-20.

    Examples
    --------
    >>> from spark_smote import KMeansSMOTE
    >>> df = spark.range(200).selectExpr("id % 10 = 0 AS fraud", "id % 10 + rand(1) AS amount", "rand(2) AS age")
    >>> balanced = KMeansSMOTE(inputCols=["amount", "age"], labelCol="fraud", seed=7).resample(df)
    >>> balanced.groupBy("fraud").count().orderBy("fraud").show()
    +-----+-----+
    |fraud|count|
    +-----+-----+
    |false|  180|
    | true|  180|
    +-----+-----+
    <BLANKLINE>
    """

    UNGROUPED = (
        "clusters all rows by Spark ML's KMeans, whose several jobs each group would need (ClusterSMOTE clusters the "
        "rows of a class instead)"
    )

    numClusters = Parameter(INT, at_least(2), default=8)
    clusterBalanceThreshold = Parameter(FLOAT, SHARE)
    densityExponent = Parameter(FLOAT, NOT_NEGATIVE)
    kNeighbors = HasKNeighbors.kNeighbors.but(default=2)

    def prepare(self, context: PlanningContext) -> Prepared:
        settings, rows = search_settings(self, context), context.source.rows()
        unit = settings.units()[1]
        with context.stage("clusters"):
            usable = sum(context.survey.valid.values())
            wanted = self.getOrDefault(self.numClusters)
            scale, seed = 1.0 if unit is None else unit, self.getOrDefault(self.seed)
            centres = k_means(rows, usable, wanted, seed, scale, context.cache.place)
            clusters = Clusters(centres, scale)
            context.cache.reads += FIT_READS - 1
            counts = {number: ClusterCounts(clusters) for number in range(len(context.source.labels))}
            tally(rows, counts)
            for number in context.usable():
                context.check(number, counts[number].whole())
            groups, tasks = self._apportion(context, clusters, counts)
        return within_clusters(context, settings, groups, tasks, self.rule(settings.space()))

    def _apportion(
        self, context: PlanningContext, clusters: Clusters, contents: Mapping[int, Fingerprints]
    ) -> tuple[Groups, dict[int, Task]]:
        """The clusters that each class's synthetic rows come from, and the quota of each."""
        counts = {number: found.rows for number, found in contents.items()}
        everyone, wanted = sum(counts.values()), sum(task.total for task in context.tasks.values())
        numbers: dict[int, Indices] = {}
        first = 0
        for number, task in context.tasks.items():
            threshold = self.optional(self.clusterBalanceThreshold)
            least = task.total / wanted / 2 if threshold is None else threshold
            fit = selected(counts[number], np.asarray(everyone), least, task.k)
            if fit.any():
                numbers[number] = np.where(fit, first + np.cumsum(fit) - 1, -1)
            else:
                self._fall_back(context, number, counts[number], np.asarray(everyone), least, task.k)
                numbers[number] = np.full(len(fit), first)
            first = int(numbers[number].max()) + 1
        groups = Groups(clusters, numbers)
        return groups, self._tasks_of(context, groups, contents)

    def _tasks_of(
        self, context: PlanningContext, groups: Groups, contents: Mapping[int, Fingerprints]
    ) -> dict[int, Task]:
        of: dict[int, Fingerprint] = {}
        for number, own in groups.numbers.items():
            for group, content in zip(own.tolist(), contents[number].each(), strict=True):
                if group >= 0:
                    of[group] = of.get(group, NOTHING) + content
        rates = {group: min(1.0, PAIRED_ROWS / content.rows) for group, content in of.items()}
        found = sample(context.source.rows(list(groups.numbers)), rates, rates, unprojected, groups)
        exponent = self.optional(self.densityExponent)
        tasks: dict[int, Task] = {}
        for number, own in groups.numbers.items():
            mine, task = np.unique(own[own >= 0]).tolist(), context.tasks[number]
            sparsities = []
            for group in mine:
                # Of few distinct rows the sample may have none: then they lie at one point, as far as it tells.
                points = _sampled(found[group])[:PAIRED_ROWS] if group in found else np.empty((0, 0))
                distance = mean_distance(points / groups.clusters.unit) if len(points) > 1 else 0.0
                sparsities.append(log_sparsity(distance, of[group].rows, exponent))
            quotas = shares(sampling_weights(np.array(sparsities)), task.total)
            for group, total in zip(mine, quotas.tolist(), strict=True):
                name = f"a cluster of {task.name}"
                tasks[group] = Task(number, of[group].rows, total, task.k, task.key, of[group], name)
        return tasks

    def _fall_back(
        self, context: PlanningContext, number: int, own: Indices, everyone: Indices, threshold: float, k: int
    ) -> None:
        """All clusters of the class as one."""
        best = float((own / np.maximum(everyone, 1)).max())
        self.fall_back(
            f"class {context.label(number)!r}: none of {len(own)} clusters has a share of the class of at least "
            f"clusterBalanceThreshold={threshold:.3g} (the largest is {best:.3g}) and more than kNeighbors={k} rows of "
            f"it (the most is {own.max()})",
            "lower one of the two, or change numClusters",
        )


def _sampled(found: SampledRows) -> Matrix:
    """The sampled rows, equal ones included."""
    return np.repeat(found.features, found.weights.astype(np.int64), axis=0)
