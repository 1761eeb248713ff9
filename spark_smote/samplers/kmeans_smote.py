"""k-means SMOTE: synthetic rows in clusters with a large share of the class, most of them in sparse clusters."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext

import numpy as np
from numpy.typing import NDArray

from spark_smote.core.clustered import counted, k_means, shared_by_rows, within_clusters
from spark_smote.core.context import PlanningContext
from spark_smote.core.driver_rows import most_rows, on_driver
from spark_smote.core.fallback import HasFallback
from spark_smote.core.neighbour_sampler import NeighbourSampler
from spark_smote.core.over_sampler import Prepared
from spark_smote.core.parameter import FLOAT, INT, NOT_NEGATIVE, SHARE, Parameter, at_least
from spark_smote.core.params import HasKNeighbors
from spark_smote.core.registry import OVER_SAMPLER, register
from spark_smote.core.searching import search_settings
from spark_smote.core.warning import gathered
from spark_smote.kernels.arrays import Indices, Matrix
from spark_smote.kernels.clusters import log_sparsity, mean_distance, sampling_weights, selected
from spark_smote.kernels.draws import class_key
from spark_smote.kernels.groups import ClusterCounts, Groups
from spark_smote.kernels.seeding import Task, of_each_class, shared_out
from spark_smote.spark.exchange import by_runs
from spark_smote.spark.group_classes import by_group
from spark_smote.spark.scans import SampledRows

SAMPLED_ROWS = 8_192
"""Rows that the clusters are learnt from, chosen by content hash where there are more."""
CLUSTER_ROWS = 256
"""The same for each cluster, where there are many clusters."""
_PAIRS = 1 << 24
"""Distances of a round of k-means, from which on clusters have fewer rows."""
PAIRED_ROWS = 1_000
"""Rows of a class in a cluster whose distances are averaged, chosen by content hash where there are more."""


@register(
    family=OVER_SAMPLER,
    paper="Douzas et al. 2018",
    rows="as SMOTE, within clusters with a large share of the class, most of them in sparse clusters",
    cost="the search within clusters, and three more passes, two of them over all rows",
)
class KMeansSMOTE(HasKNeighbors, HasFallback, NeighbourSampler):
    """k-means SMOTE.

    All rows are clustered by k-means. SMOTE is applied within each cluster that has a large enough share of the class
    and more than ``kNeighbors`` rows of it. The number of synthetic rows of a cluster is proportional to its sparsity,
    (mean distance of its rows of the class) ** ``densityExponent`` / (number of these rows), rounded so that the total
    is exact. With ``groupCols`` all is done in each group: it has clusters of its own, and shares are those in it.

    The centres are learnt, by k-means++ and Lloyd's rounds, from 8,192 rows, or from 256 for each cluster if that is
    more (2^24 / ``numClusters`` from 257 clusters on), selected by content hash; every row belongs to the nearest
    centre. imbalanced-learn learns from samples, too, by scikit-learn's ``MiniBatchKMeans``. The mean distance is that
    of 1,000 rows of the class in the cluster, if it has more.

    Parameters
    ----------
    numClusters
        Number of clusters of all rows, at least 2.
    clusterBalanceThreshold
        Smallest share of the class in a cluster that gets synthetic rows, from 0 to 1; if not set, half the class's
        share of all synthetic rows (of its group), so 0.5 if only one class gets synthetic rows.
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

    numClusters = Parameter(INT, at_least(2), default=8)
    clusterBalanceThreshold = Parameter(FLOAT, SHARE)
    densityExponent = Parameter(FLOAT, NOT_NEGATIVE)
    kNeighbors = HasKNeighbors.kNeighbors.but(default=2)

    def prepare(self, context: PlanningContext) -> Prepared:
        settings = search_settings(self, context)
        wanted = self.getOrDefault(self.numClusters)
        rows = max(SAMPLED_ROWS, min(CLUSTER_ROWS * wanted, _PAIRS // wanted))
        with context.stage("clusters"):
            # The rows of all classes together have draws of their own.
            key = class_key(self.getOrDefault(self.seed), None)
            growing = by_group(context.source.labels, context.tasks)
            models = [(tuple(context.beside(own[0])), key) for own in growing]
            clusters = k_means(context, settings, models, wanted, rows)
            counts = counted(context, clusters)
        groups = Groups.fitting(clusters, self._fit(context, counts))
        tasks = shared_by_rows(context.tasks, groups, counts)
        tasks |= self._by_sparsity(context, groups, tasks, settings.unit)
        return within_clusters(context, settings, groups, tasks, self.rule(settings.space()))

    def _fit(self, context: PlanningContext, counts: Mapping[int, ClusterCounts]) -> dict[int, NDArray[np.bool_]]:
        """Whether a class grows in a cluster; one that grows in none grows in all together."""
        fit: dict[int, NDArray[np.bool_]] = {}
        threshold = self.optional(self.clusterBalanceThreshold)
        with gathered() if context.source.layout.groups else nullcontext():
            for growing in by_group(context.source.labels, context.tasks):
                everyone = np.sum([counts[number].rows for number in context.beside(growing[0])], axis=0)
                wanted = sum(context.tasks[number].total for number in growing)
                for number in growing:
                    task, own = context.tasks[number], counts[number].rows
                    least = task.total / wanted / 2 if threshold is None else threshold
                    # A class with too few rows is copied as a whole.
                    fit[number] = selected(own, everyone, least, task.k) & (task.k > 0)
                    if task.k and not fit[number].any():
                        self._fall_back(context, number, own, everyone, least, task.k)
        return fit

    def _by_sparsity(
        self, context: PlanningContext, groups: Groups, tasks: Mapping[int, Task], unit: Matrix | float
    ) -> dict[int, Task]:
        """The tasks of classes that grow in several clusters, by the sparsity of these; a job runs."""
        several = {number: own for number, own in of_each_class(tasks).items() if len(own) > 1}
        if not several:
            return {}
        rates: dict[int, float] = {}
        for numbers in by_group(context.source.labels, several):
            own = [group for number in numbers for group in several[number]]
            most = most_rows(context, PAIRED_ROWS, len(own))
            rates |= {group: min(1.0, most / tasks[group].rows) for group in own}
        with context.stage("sparsity"):
            rows = by_runs(context.source.rows(list(several)), len(several))
            found = on_driver(context, rows, rates, {group: tasks[group].rows for group in rates}, groups)
        exponent, weights = self.optional(self.densityExponent), dict[int, float]()
        for own in several.values():
            sparsities = [
                log_sparsity(_mean_distance(found.get(group), unit), tasks[group].rows, exponent) for group in own
            ]
            weights |= zip(own, sampling_weights(np.array(sparsities)).tolist(), strict=True)
        totals = {number: context.tasks[number].total for number in several}
        return shared_out({group: tasks[group] for group in rates}, weights, totals)

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


def _mean_distance(found: SampledRows | None, unit: Matrix | float) -> float:
    """The mean distance of sampled rows, equal ones included."""
    # Of few distinct rows the sample may have none: then they lie at one point, as far as it tells.
    if found is None:
        return 0.0
    points = np.repeat(found.features, found.weights.astype(np.int64), axis=0)[:PAIRED_ROWS]
    return mean_distance(points / unit) if len(points) > 1 else 0.0
