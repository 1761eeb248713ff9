"""LVQ-SMOTE: rows of the class moved between the vectors of its codebook."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import ClassVar

from spark_smote.core.clustered import counted, shared_by_rows
from spark_smote.core.context import PlanningContext
from spark_smote.core.driver_rows import on_driver
from spark_smote.core.over_sampler import OverSampler, Prepared
from spark_smote.core.parameter import INT, Parameter, integers
from spark_smote.core.params import SearchParams
from spark_smote.core.registry import OVER_SAMPLER, register
from spark_smote.core.searching import worker_memory
from spark_smote.core.single_seed import hash_cells, of_classes
from spark_smote.core.statistics import scales
from spark_smote.core.synthesis import Synthesis
from spark_smote.kernels.arrays import Matrix
from spark_smote.kernels.clusters import Clusters
from spark_smote.kernels.codebook import codebook, moved, similar_pairs
from spark_smote.kernels.groups import Groups
from spark_smote.kernels.seeding import shared_out
from spark_smote.kernels.work import Rule
from spark_smote.search.memory import WorkerMemory
from spark_smote.search.settings import CHUNK_ROWS, SearchSettings
from spark_smote.spark.scans import SampledRows

CODED_ROWS = 4_096
"""Distinct rows of a class that its codebook is learnt from, chosen by content hash where there are more."""


@register(
    family=OVER_SAMPLER,
    paper="Nakamura et al. 2013",
    rows="rows of the class, moved from one vector of its codebook to another",
    cost="three more passes over the class",
)
class LVQSMOTE(OverSampler):
    """LVQ-SMOTE.

    A codebook of ``codebooks`` vectors represents the class. For a pair of vectors (p, q), drawn with equal chances,
    the other pair (i, j) that lies apart most like it is looked for. A row near i or, as often, near j is the seed: the
    synthetic row lies at p as the seed lies at its own vector. So structure found in one region is repeated in another;
    synthetic rows may lie outside the range of the real ones.

    The paper takes pairs from the codebooks of many other data sets, and trains codebooks by learning vector
    quantisation. smote_variants, whose figures rank the method, takes both from the class itself, with centres of
    k-means as the codebook; so is done here, with these differences: the codebook is learnt from 4,096 distinct rows
    at most, chosen by content hash; every row of the class may be a seed for the vector nearest to it, not the few
    nearest rows of each vector alone, of which a large number of synthetic rows would be copies; the two vectors of the
    other pair are never one, where there are four or more. In a class with less than three distinct rows, rows are
    copied.

    Parameters
    ----------
    codebooks
        Number of vectors in the codebook of a class, 4 to 100; there are fewer in a class with fewer distinct rows.
    standardization
        Whether distance is measured in units of each feature's standard deviation over all rows.

    References
    ----------
    M. Nakamura, Y. Kajiwara, A. Otsuka, H. Kimura, "LVQ-SMOTE - learning vector quantization based synthetic minority
    over-sampling technique for biomedical data", BioData Mining 6 (2013), 16. Ranked fourth of 85, as implemented in
    smote_variants, by G. Kovacs, Applied Soft Computing 83 (2019).

    Examples
    --------
    >>> from spark_smote import LVQSMOTE
    >>> df = spark.range(120).selectExpr("id % 4 = 0 AS fraud", "id * 1.0D AS amount", "id % 7 * 1.0D AS day")
    >>> balanced = LVQSMOTE(inputCols=["amount", "day"], labelCol="fraud", seed=7).resample(df)
    >>> balanced.groupBy("fraud").count().orderBy("fraud").show()
    +-----+-----+
    |fraud|count|
    +-----+-----+
    |false|   90|
    | true|   90|
    +-----+-----+
    <BLANKLINE>
    """

    PLANNING_READS: ClassVar[Mapping[str, int]] = {"clusters": 1}

    codebooks = Parameter(INT, integers(4, 100), default=10)
    standardization = SearchParams.standardization.but()

    def extrapolates(self) -> bool:
        return True

    def looks_at_all(self) -> bool:
        return bool(self.getOrDefault(self.standardization))

    def prepare(self, context: PlanningContext) -> Prepared:
        memory = worker_memory(self, context)
        unit = self._unit(context, memory)
        clusters = self._codebooks(context, unit)
        with context.stage("clusters"):
            counts = counted(context, clusters)
        groups = Groups.fitting(clusters, {number: found.rows > 0 for number, found in counts.items()})
        tasks = shared_by_rows(context.tasks, groups, counts)
        weights: dict[int, float] = {}
        rules: dict[int, Rule] = {}
        for number, own in clusters.items():
            chances = similar_pairs(own.centres)
            for cluster, group in enumerate(groups.numbers[number].tolist()):
                if group >= 0:
                    weights[group] = chances[cluster].sum()
                    offsets = (own.centres - own.centres[cluster]) * (unit / 2)
                    rules[group] = partial(moved, offsets=offsets, chances=chances[cluster])
        tasks = shared_out(tasks, weights, {number: task.total for number, task in context.tasks.items()})
        cells = hash_cells(context, memory, tasks, groups)
        work = Synthesis(list(context.tasks), cells, tasks, rules)
        return Prepared(context.tasks, work, of_classes(cells, tasks))

    def _unit(self, context: PlanningContext, memory: WorkerMemory) -> Matrix | float:
        """The unit of distance of each feature, in which squares do not overflow."""
        survey = context.survey
        scale = scales(context) if self.getOrDefault(self.standardization) else None
        return SearchSettings(
            "auto", 1.0, None, None, None, scale, memory, CHUNK_ROWS, survey.magnitude, context.stage
        ).unit

    def _codebooks(self, context: PlanningContext, unit: Matrix | float) -> dict[int, Clusters]:
        """The codebook of each class that grows, in units of distance."""
        rates = {number: min(1.0, CODED_ROWS / context.valid(number)) for number in context.tasks}
        found: dict[int, SampledRows] = {}
        with context.stage("sample"):
            while rates:
                found |= on_driver(context, context.source.rows(list(rates)), rates, context.usable())
                # Of few distinct rows, many of them equal, a sample may have hardly any.
                few = {n for n in rates if n not in found or len(found[n].weights) < CODED_ROWS // 16}
                rates = {n: min(1.0, 16 * rate) for n, rate in rates.items() if n in few and rate < 1}
        books = {}
        for number, task in context.tasks.items():
            points, weights = found[number].features[:CODED_ROWS] / unit, found[number].weights[:CODED_ROWS]
            books[number] = Clusters(codebook(points, weights, self.getOrDefault(self.codebooks), task.key), unit)
        return books
