"""Assembled SMOTE: SMOTE within clusters of the rows near the border, and within all other rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_smote.core.context import PlanningContext
from spark_smote.core.driver_rows import on_driver
from spark_smote.core.parameter import FLOAT, INT, SHARE, Parameter, at_least
from spark_smote.core.params import HasKNeighbors
from spark_smote.core.registry import OVER_SAMPLER, register
from spark_smote.core.synthesis import Synthesis
from spark_smote.core.weighted_sampler import WeightedSampler
from spark_smote.kernels.arrays import Matrix
from spark_smote.kernels.assemblies import Assemblies, assembled, most_linked
from spark_smote.kernels.fingerprint import Fingerprint
from spark_smote.kernels.seeding import Task
from spark_smote.kernels.weights import Weigh, alike
from spark_smote.search.in_class import lay_out
from spark_smote.search.settings import SearchSettings
from spark_smote.search.weighting import Weighting
from spark_smote.spark.columns import CLASS, FEATURES, HASH, OTHERS
from spark_smote.spark.input_rows import InputRows
from spark_smote.spark.weighed_rows import regrouped


@register(
    family=OVER_SAMPLER,
    paper="Zhou et al. 2013",
    rows="as SMOTE, within clusters of the rows near the border along which it runs straight, and within all others",
    cost="the search in all rows, and the clusters of at most 2,048 rows of a class on the driver",
)
class AssembledSMOTE(HasKNeighbors, WeightedSampler):
    """Assembled SMOTE.

    A row of the class is near the border if any of its ``kNeighbors`` nearest rows of all classes is of another class.
    These rows are linked to clusters along their minimal spanning tree, from the shortest edge to the longest: two
    clusters are merged if one of them has fewer than ``pop`` rows, or if the cosine of the angle between their
    principal directions is above ``thres``. All other rows of the class are a cluster of their own. SMOTE is applied
    within each cluster; the quotas of the rows are equal, to within one.

    What differs from the paper: if a class has more than 2,048 rows near the border (2^24 / d^2 for d features, where
    that is less), as many of them are linked, selected by content hash, and the others belong to the cluster of the
    nearest of these; if more than four classes grow, they share four times as many. A cluster of one row joins the
    largest one. The paper does not say how many rows each cluster gets; as in smote_variants it is proportional to its
    size. smote_variants compares two clusters again, by another edge, when one of them has grown; here each edge of the
    tree is taken once.

    Parameters
    ----------
    pop
        Number of rows from which a cluster near the border has a direction of its own, at least 1.
    thres
        Cosine of the angle between the principal directions of two clusters above which they are merged, from 0 to 1.
    kNeighbors
        Number of nearest rows of all classes that tell whether a row is near the border, and of nearest rows of the
        class and cluster to draw from, at least 1.

    References
    ----------
    B. Zhou, C. Yang, H. Guo, J. Hu, "A quasi-linear SVM combined with assembled SMOTE for imbalanced data
    classification", IJCNN 2013. Among the ten best of 85 in G. Kovacs, Applied Soft Computing 83 (2019).

    Examples
    --------
    >>> from spark_smote import AssembledSMOTE
    >>> df = spark.range(120).selectExpr("id % 12 = 0 AS fraud", "rand(1) AS amount", "id * 1.0D AS age")
    >>> balanced = AssembledSMOTE(inputCols=["amount", "age"], labelCol="fraud", seed=7).resample(df)
    >>> balanced.groupBy("fraud").count().orderBy("fraud").show()
    +-----+-----+
    |fraud|count|
    +-----+-----+
    |false|  110|
    | true|  110|
    +-----+-----+
    <BLANKLINE>
    """

    M = "kNeighbors"

    pop = Parameter(INT, at_least(1), default=2)
    thres = Parameter(FLOAT, SHARE, default=0.3)

    def weigh(self, context: PlanningContext, scale: Matrix | float | None) -> Mapping[int, Weigh]:
        return dict.fromkeys(context.tasks, alike)

    def synthesis(
        self, context: PlanningContext, settings: SearchSettings, tasks: Mapping[int, Task], weighting: Weighting
    ) -> Synthesis:
        source = context.source
        weighed = weighting.weighed(source.rows(), source.rows(list(tasks)))
        with context.stage("clusters"):
            assemblies = self._assemblies(context, settings, weighed, weighting)
            counted = regrouped(weighed, assemblies).groupBy(CLASS).count().collect()
            assemblies, sizes = assemblies.merged({row[CLASS]: row["count"] for row in counted})
        of = {number: np.unique(own).tolist() for number, own in assemblies.groups.items()}
        groups = {group: _within(tasks[number], sizes[group]) for number, own in of.items() for group in own}
        grouped = regrouped(weighed, assemblies).select(CLASS, HASH, FEATURES)
        cells = lay_out(settings, lambda _: grouped, groups)
        searches = {number: cells.together(own) for number, own in of.items()}
        rules = self.by_task(groups, dict.fromkeys(groups, settings.space()))
        return _WithinAssemblies(
            list(tasks), replace(cells, searches=searches), groups, rules, weighting, grouping=assemblies
        )

    def _assemblies(
        self, context: PlanningContext, settings: SearchSettings, weighed: DataFrame, weighting: Weighting
    ) -> Assemblies:
        """The clusters of each class, those near the border from a sample of the rows there; a job runs."""
        border = {number: int(rows[1:].sum()) for number, rows in weighting.rows.items()}
        rates, most = {}, most_linked(settings.width)
        for number, rows in border.items():
            # As many classes as there may be, the clusters together shall not take longer than those of a few.
            bound = most * min(1.0, 4 / context.beside_growing(number))
            rates[number] = min(1.0, bound / rows) if rows else 0.0
        near = weighed.filter(F.col(OTHERS) > 0).select(CLASS, HASH, FEATURES)
        found = on_driver(context, near, rates, border) if any(border.values()) else {}
        unit = settings.unit
        linked, clusters, groups = {}, {}, {}
        first = 0
        for number in border:
            linked[number] = found[number].features / unit if number in found else np.empty((0, settings.width))
            clusters[number] = assembled(linked[number], self.getOrDefault(self.pop), self.getOrDefault(self.thres))
            # Of rows near the border none of which was sampled one cluster is made.
            groups[number] = first + np.arange(clusters[number].max(initial=0) + 2)
            first += len(groups[number])
        return Assemblies(linked, clusters, groups, unit)


def _within(task: Task, rows: int) -> Task:
    """The part of a class's task for a cluster; the quotas of its rows, which they bring along, do not depend on it."""
    total, k = task.total * rows // task.rows, min(task.k, rows - 1)
    return replace(task, rows=rows, total=total, k=k, fingerprint=Fingerprint(rows), name=f"a cluster of {task.name}")


@dataclass(frozen=True)
class _WithinAssemblies(Synthesis):
    """Rows with quotas of their own, sent to the cells of their clusters."""

    grouping: Assemblies = field(kw_only=True)

    def place(self, source: InputRows, rows: DataFrame) -> DataFrame:
        return super().place(source, regrouped(rows, self.grouping))
