"""Cluster-SMOTE: SMOTE within clusters of the class."""

from __future__ import annotations

from spark_smote.core.clustered import counted, k_means, shared_by_rows, within_clusters
from spark_smote.core.context import PlanningContext
from spark_smote.core.neighbour_sampler import NeighbourSampler
from spark_smote.core.over_sampler import Prepared
from spark_smote.core.parameter import INT, Parameter, at_least
from spark_smote.core.params import HasKNeighbors
from spark_smote.core.registry import OVER_SAMPLER, register
from spark_smote.core.searching import search_settings
from spark_smote.kernels.groups import Groups

SAMPLED_ROWS = 8_192
"""Rows of a class that its clusters are learnt from, chosen by content hash where there are more."""


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

    numClusters = Parameter(INT, at_least(1), default=3)
    kNeighbors = HasKNeighbors.kNeighbors.but()

    def looks_at_all(self) -> bool:
        return bool(self.getOrDefault(self.standardization))

    def prepare(self, context: PlanningContext) -> Prepared:
        settings = search_settings(self, context)
        with context.stage("clusters"):
            classes = [((number,), task.key) for number, task in context.tasks.items()]
            clusters = k_means(context, settings, classes, self.getOrDefault(self.numClusters), SAMPLED_ROWS)
            counts = counted(context, clusters)
        # A row needs another one to walk to; a class with too few rows is copied as a whole.
        fit = {number: (found.rows > 1) & (context.tasks[number].k > 0) for number, found in counts.items()}
        groups = Groups.fitting(clusters, fit)
        tasks = shared_by_rows(context.tasks, groups, counts)
        return within_clusters(context, settings, groups, tasks, self.rule(settings.space()))
