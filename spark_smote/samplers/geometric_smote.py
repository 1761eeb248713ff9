"""Geometric SMOTE: synthetic rows in a hypersphere about a row, instead of on a line."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from pyspark.sql import DataFrame

from spark_smote.core.context import PlanningContext
from spark_smote.core.neighbour_sampler import NeighbourSampler
from spark_smote.core.over_sampler import Prepared
from spark_smote.core.parameter import FLOAT, SHARE, STR, Constraint, Parameter, one_of
from spark_smote.core.params import HasKNeighbors
from spark_smote.core.registry import OVER_SAMPLER, register
from spark_smote.core.searching import enough_rows, search_settings
from spark_smote.core.synthesis import Synthesis
from spark_smote.kernels.cleaning import nearest_named
from spark_smote.kernels.geometric import geometric
from spark_smote.kernels.placement import CellOfClass
from spark_smote.kernels.space import Space
from spark_smote.kernels.work import Rule
from spark_smote.search.in_class import lay_out
from spark_smote.search.k_nearest import Neighbourhood
from spark_smote.search.within_groups import nearest_of_all
from spark_smote.spark.companions import NAMES, with_companions
from spark_smote.spark.input_rows import InputRows


@register(
    family=OVER_SAMPLER,
    paper="Douzas and Bacao 2019",
    rows="in a hypersphere about a row, through one of its nearest rows of the class or the nearest of another class",
    cost="the search within the class, and the search in all rows unless `selectionStrategy='minority'`",
)
class GeometricSMOTE(HasKNeighbors, NeighbourSampler):
    """Geometric SMOTE.

    Each synthetic row is uniform in a hypersphere about a real row of the class (the seed). Its surface passes through
    another row, which ``selectionStrategy`` selects. ``truncationFactor`` cuts a part of the sphere off, and
    ``deformationFactor`` flattens it towards the line between the two rows. The quotas of the seeds are equal, to
    within one. With ``standardization`` the sphere is one in units of each feature's standard deviation.

    With ``truncationFactor=1``, ``deformationFactor=1`` and ``selectionStrategy='minority'`` rows lie between a seed
    and one of its neighbours, as in SMOTE, but nearer to the seed: the projection of a point in a ball.

    Synthetic rows lie outside the range of their class's values if the sphere does. A row whose nearest rows in its LSH
    cells are all of its class takes the surface of 'minority'; with exact search there is none if other classes have
    rows. The provenance names the seed alone; the gap is the position along the line from the seed to the row on the
    surface, from -1 to 1.

    Parameters
    ----------
    selectionStrategy
        Row on the surface of the sphere: one of the ``kNeighbors`` nearest rows of the class ('minority'), the nearest
        row of another class ('majority'), or the nearer of these two ('combined').
    truncationFactor
        Part of the sphere to cut off, from -1 to 1: with 1 the half away from the row on the surface, with -1 the half
        towards it, with 0 nothing.
    deformationFactor
        Flattening of the sphere, from 0, a sphere, to 1, a line.

    References
    ----------
    G. Douzas, F. Bacao, "Geometric SMOTE: a geometrically enhanced drop-in replacement for SMOTE", Information Sciences
    501 (2019), 118-135.

    Examples
    --------
    >>> from spark_smote import GeometricSMOTE
    >>> df = spark.range(120).selectExpr("id % 12 = 0 AS fraud", "rand(1) AS amount", "id * 1.0D AS age")
    >>> sampler = GeometricSMOTE(inputCols=["amount", "age"], labelCol="fraud", deformationFactor=0.5, seed=7)
    >>> sampler.resample(df).groupBy("fraud").count().orderBy("fraud").show()
    +-----+-----+
    |fraud|count|
    +-----+-----+
    |false|  110|
    | true|  110|
    +-----+-----+
    <BLANKLINE>
    """

    SEARCHING_READS = 2
    MOVES_BY_DISTANCE = True

    selectionStrategy = Parameter(STR, one_of("combined", "majority", "minority"), default="combined")
    truncationFactor = Parameter(
        FLOAT, Constraint("a number from -1 to 1", lambda value: -1 <= value <= 1), default=1.0
    )
    deformationFactor = Parameter(FLOAT, SHARE, default=0.0)

    def extrapolates(self) -> bool:
        # Without a part of the sphere, and flat, rows lie on the way to the row on the surface.
        return self.getOrDefault(self.truncationFactor) < 1 or self.getOrDefault(self.deformationFactor) < 1

    def looks_at_all(self) -> bool:
        return bool(self.getOrDefault("standardization")) or self.getOrDefault(self.selectionStrategy) != "minority"

    def rule(self, space: Space) -> Rule:
        return partial(
            geometric,
            truncation=self.getOrDefault(self.truncationFactor),
            deformation=self.getOrDefault(self.deformationFactor),
            selection=self.getOrDefault(self.selectionStrategy),
            scale=space.unit,
        )

    def prepare(self, context: PlanningContext) -> Prepared:
        settings, source, tasks = search_settings(self, context), context.source, context.tasks
        alone = self.getOrDefault(self.selectionStrategy) == "minority"
        # With a companion, a row in a cell is twice as wide.
        cells = lay_out(
            settings if alone else replace(settings, chunk_rows=settings.chunk_rows // 2), source.rows, tasks
        )
        rules = dict.fromkeys(tasks, self.rule(Space(settings.units()[1])))
        work = Synthesis(list(tasks), cells, tasks, rules)
        if alone:
            return Prepared(tasks, work, cells.searches)
        k = max(1, *(task.k for task in tasks.values()))
        # In the order of distance, no row of another class comes before the k-th of all, or none is nearer than the
        # k-th of the class: so the recall of these k is that of the rows on the surface.
        counts = context.usable() if source.layout.groups else enough_rows(context, self.K, k)
        found = nearest_of_all(settings, source, source.rows(), counts, k, list(tasks))
        with_others = _WithOthers(list(tasks), cells, tasks, rules, nearest=found.of_others())
        return Prepared(tasks, with_others, cells.searches, neighbourhood=found.search)


@dataclass(frozen=True)
class _WithOthers(Synthesis):
    """Each row comes with the features of the nearest row of another class."""

    nearest: Neighbourhood | None = None

    @property
    def searches(self) -> bool:
        return True

    def place(self, source: InputRows, rows: DataFrame) -> DataFrame:
        assert self.nearest is not None
        named = self.nearest.verdicts(source.rows(), None, nearest_named, NAMES)
        one_cell = CellOfClass.of(dict.fromkeys(range(len(source.labels)), 0))
        return with_companions(super().place(source, rows), named, source.rows(), one_cell, self.nearest.settings.width)
