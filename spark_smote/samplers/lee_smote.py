"""Lee's over-sampling with rejection: candidates whose nearest rows are of other classes are rejected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_smote.core.context import PlanningContext
from spark_smote.core.effort import Effort
from spark_smote.core.neighbour_sampler import NeighbourSampler
from spark_smote.core.over_sampler import Prepared
from spark_smote.core.parameter import FLOAT, INT, SHARE, Parameter, integers
from spark_smote.core.params import HasKNeighbors, HasMetric, HasMNeighbors
from spark_smote.core.registry import OVER_SAMPLER, register
from spark_smote.core.searching import enough_rows, search_settings
from spark_smote.core.synthesis import Synthesis
from spark_smote.kernels.arrays import Indices
from spark_smote.kernels.weights import Accepted, Weigh, alike
from spark_smote.search.in_class import lay_out
from spark_smote.search.weighting import Weighting
from spark_smote.search.within_groups import nearest_of_all
from spark_smote.spark.columns import QUOTA
from spark_smote.spark.input_rows import InputRows

_SEARCHED = 40_000
"""Rows that LSH search compares a row with, by order of magnitude, and what goes with it."""
_PAIR_SECONDS = 1.4e-10
"""Of one core, for one feature of a pair of rows: in 30 dimensions 4 ns a pair."""


@register(
    family=OVER_SAMPLER,
    paper="Lee et al. 2015",
    rows="as SMOTE, but candidates whose nearest rows are of other classes are rejected",
    cost="a search in all rows for every candidate",
)
class LeeSMOTE(HasKNeighbors, HasMNeighbors, HasMetric, NeighbourSampler):
    """SMOTE with rejection by neighbourhood.

    SMOTE makes ``candidates`` times as many rows as wanted. A candidate is rejected if more than the share
    ``rejectionLevel`` of its ``mNeighbors`` nearest real rows are of other classes. From the accepted candidates the
    wanted number is selected, evenly in the order of their content hashes. If too few are accepted, candidates with one
    more neighbour of another class are accepted too, and so on: the total is always exact.

    Parameters
    ----------
    rejectionLevel
        Largest share of other classes in the nearest real rows of an accepted candidate, from 0 to 1.
    candidates
        Number of candidates for each row wanted, 1 to 100; the time grows with it.
    mNeighbors
        Number of nearest real rows of all classes that accept or reject a candidate, at least 1.

    References
    ----------
    J. Lee, N. Kim, J.-H. Lee, "An over-sampling technique with rejection for imbalanced class learning", IMCOM 2015.
    Ranked eighth of 85 by G. Kovacs, Applied Soft Computing 83 (2019).

    Examples
    --------
    >>> from spark_smote import LeeSMOTE
    >>> df = spark.range(120).selectExpr("id % 4 = 0 AS fraud", "id * 1.0D AS amount", "id % 7 * 1.0D AS day")
    >>> balanced = LeeSMOTE(inputCols=["amount", "day"], labelCol="fraud", seed=7).resample(df)
    >>> balanced.groupBy("fraud").count().orderBy("fraud").show()
    +-----+-----+
    |fraud|count|
    +-----+-----+
    |false|   90|
    | true|   90|
    +-----+-----+
    <BLANKLINE>
    """

    PLANNING_READS: ClassVar[Mapping[str, int]] = {"weigh": 2}
    SEARCHING_READS = 1
    SPARSE = True

    rejectionLevel = Parameter(FLOAT, SHARE, default=0.5)
    candidates = Parameter(INT, integers(1, 100), default=3)
    mNeighbors = HasMNeighbors.mNeighbors.but(default=5)

    def effort(self, context: PlanningContext) -> Effort:
        survey = context.survey
        offers = self.getOrDefault(self.candidates) * sum(self.quotas(context).values())
        rows = min(sum(survey.rows.values()), _SEARCHED)
        return Effort(
            _PAIR_SECONDS * offers * rows * survey.width,
            f"{offers:,} candidates, each compared with some {rows:,} rows of {survey.width:,} features",
            "lower candidates, or use SafeLevelSMOTE or BorderlineSMOTE, which search for the real rows only",
        )

    def prepare(self, context: PlanningContext) -> Prepared:
        m, tries, source = self.getOrDefault(self.mNeighbors), self.getOrDefault(self.candidates), context.source
        settings = search_settings(self, context)
        counts = context.usable() if source.layout.groups else enough_rows(context, "mNeighbors", m)
        offers = {number: replace(task, total=tries * task.total) for number, task in context.tasks.items()}
        cells = lay_out(settings, source.rows, offers)
        rules = self.by_task(offers, dict.fromkeys(offers, settings.space()))
        work = _Accepted(list(offers), cells, offers, rules)
        totals = {number: task.total for number, task in offers.items()}
        nearest = nearest_of_all(settings, source, source.rows(), counts, m, list(offers), synthetic=totals)
        with context.stage("weigh"):
            plain: dict[int, Weigh] = dict.fromkeys(offers, alike)
            counted, fingerprints, others = Weighting(nearest, plain).count(
                source.rows(), work.candidates(source, False)
            )
        accepted: dict[int, Weigh] = {}
        sums, weighed = {}, {}
        for number, task in context.tasks.items():
            most = self._most(counted[number][:, 0].sum(axis=0), task.total, m) if task.k else m
            accepted[number] = Accepted(most)
            sums[number] = counted[number][:, 0, : most + 1].sum(axis=1)
            weighed[number] = replace(task, rows=int(sums[number].sum()))
        work = replace(work, weighting=Weighting(nearest, accepted, weighed, sums, fingerprints, others))
        return Prepared(context.tasks, work, cells.searches, neighbourhood=nearest.search)

    def company(self) -> int:
        return int(self.getOrDefault(self.mNeighbors))

    def _most(self, rows: Indices, total: int, m: int) -> int:
        """The most neighbours of other classes that an accepted candidate has, so that enough are accepted."""
        enough = int(np.searchsorted(np.cumsum(rows), total))
        return max(int(self.getOrDefault(self.rejectionLevel) * m + 1e-9), enough)


@dataclass(frozen=True)
class _Accepted(Synthesis):
    """Candidates are made, weighed by the classes of their k nearest real rows, and those with a quota stay."""

    def candidates(self, source: InputRows, carrying: bool) -> DataFrame:
        """The candidates, as rows."""
        placed = self.place(source, source.rows(self.classes, carrying))
        return source.layout.as_rows(self.apply(source.layout, placed, None))

    def __call__(self, source: InputRows) -> DataFrame:
        assert self.weighting is not None
        chosen = self.weighting.weighed(source.rows(), self.candidates(source, True))
        return source.layout.from_rows(chosen.filter(F.col(QUOTA) > 0))
