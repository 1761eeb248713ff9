"""Cluster centroids: the centres of clusters take the place of a class's rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from spark_smote.core.context import PlanningContext
from spark_smote.core.execution import Decision
from spark_smote.core.over_sampler import OverSampler
from spark_smote.core.parameter import ANY_INTEGER, INT, STR, Parameter, one_of
from spark_smote.core.registry import UNDER_SAMPLER, register
from spark_smote.core.searching import worker_memory
from spark_smote.core.synthesis import Synthesis
from spark_smote.core.under_sampler import UnderSampler
from spark_smote.errors import ParameterError
from spark_smote.kernels.centroids import centroids
from spark_smote.kernels.cleaning import ALL
from spark_smote.kernels.draws import class_key
from spark_smote.kernels.fingerprint import Fingerprint
from spark_smote.kernels.seeding import Task
from spark_smote.search.division import divide_classes
from spark_smote.search.settings import CHUNK_ROWS, SearchSettings
from spark_smote.spark.columns import CLASS, FEATURES, HASH, Names, not_null
from spark_smote.spark.exchange import SEED
from spark_smote.spark.group_classes import label_of
from spark_smote.spark.input_rows import InputRows
from spark_smote.spark.layout import Layout, check_new, tied
from spark_smote.spark.removal import ROWS, RowKeys, Selection

_LEAST_CELL, _MOST_CELL = 512, 8_192
_CENTRES_A_CELL = 128
"""Centres that a row is compared with in a round of k-means, at most in the mean."""
_FEWEST_A_CELL = 16
_WHOLE_PAIRS = 1 << 20
"""Pairs of a row and a centre up to which a class is clustered in one cell."""
_MOST_DIVIDED = 256
"""Classes of groups that are divided at most: the driver learns the cells of each."""


@register(
    family=UNDER_SAMPLER,
    paper="Yen and Lee 2009",
    rows="all rows of a class, for which centres of clusters come in (`voting='soft'`), or all but the rows nearest to "
    "these; counts are exact",
    cost="k-means within cells: at most some 128 distances a row and round, 20 rounds",
)
class ClusterCentroids(UnderSampler):
    """Replaces the rows of a class by as many centres of clusters as rows are wanted, or by the rows nearest to these.

    k-means over a whole class, with as many clusters as rows are wanted, compares each row with each centre in each
    round: from 990,000 rows to 10,000 that is 10^10 distances a round. Here a class of more than 2^20 pairs of a row
    and a centre is first divided into cells by k-means on LSH coordinates, of 128 times the rows that one centre stands
    for (but 512 to 8,192 rows); a cell gets its share of the centres, exact in total, and clusters its own rows: at
    most some 128 distances a row in each of up to 20 rounds. So a cluster ends where a cell does. A class whose centres
    stand for more than some 500 rows each has larger cells, of 16 centres or, if need be, one; above 131,072 rows a
    cell is clustered in parts of that size, by content hash. With ``groupCols``, up to 256 classes are divided.

    Centres are means of rows of the class, in the columns' own types. As in SMOTE, columns that are not features are
    null in them, or inherited.

    Parameters
    ----------
    voting
        'soft' makes a new row of each centre, and all usable rows of the class go; 'hard' keeps the row of each cluster
        that is nearest to its centre, whole and unchanged, and adds none. imbalanced-learn looks for this row among
        all clusters, and may take a row twice.
    inheritCols
        Columns that a centre copies from the row of its cluster nearest to it; other columns that are not features are
        null. If not set, columns that cannot be null are copied; if set, also to [], they must be listed.
    syntheticCol
        Name of a boolean column to add, true for centres.
    seed
        Seed of the rows at which k-means starts.

    References
    ----------
    S.-J. Yen, Y.-S. Lee, "Cluster-based under-sampling approaches for imbalanced data distributions", Expert Systems
    with Applications 36 (2009), 5718-5727. Centres in place of rows: W.-C. Lin, C.-F. Tsai, Y.-H. Hu, J.-S. Jhang,
    "Clustering-based undersampling in class-imbalanced data", Information Sciences 409 (2017), 17-26.

    Examples
    --------
    >>> from spark_smote import ClusterCentroids
    >>> df = spark.range(120).selectExpr("id < 3 AS fraud", "pmod(id, 3) * 100D + id / 120 AS amount")
    >>> balanced = ClusterCentroids(inputCols=["amount"], labelCol="fraud", seed=7).resample(df)
    >>> sorted(int(row.amount) for row in balanced.filter("NOT fraud").collect())
    [0, 100, 200]
    """

    CACHES = True
    PLANNING_READS: ClassVar[Mapping[str, int]] = {"sample": 0, "count": 0, "clusters": 0}
    WRITING_READS = 2

    voting = Parameter(STR, one_of("soft", "hard"), default="soft")
    inheritCols = OverSampler.inheritCols.but()
    syntheticCol = OverSampler.syntheticCol.but()
    seed = Parameter(INT, ANY_INTEGER, default=0)

    def makes_rows(self) -> bool:
        return bool(self.getOrDefault(self.voting) == "soft")

    def layout(self, df: DataFrame) -> Layout:
        layout, names = super().layout(df), Names(df)
        inherit, flag = self.optional(self.inheritCols), self.optional(self.syntheticCol)
        if self.makes_rows():
            return Layout.find(names, layout.label, layout.features, inherit, None, flag, None, layout.groups)
        check_new(names, "syntheticCol", flag)
        return replace(layout, flag=flag)

    def decide(self, context: PlanningContext) -> Decision:
        survey, wanted = context.survey, self.wanted(context)
        memory = worker_memory(self, context)
        figures = {number: {"to_remove": context.valid(number) - rows} for number, rows in wanted.items()}
        notes, replaced = self.note(wanted), Selection(kept=RowKeys(), classes=tuple(sorted(wanted)))
        tasks = {number: self._task(context, number, rows) for number, rows in wanted.items() if rows}
        if not tasks:
            return Decision(replaced if wanted else None, context.classes(figures), notes=notes)
        chunk = memory.chunk_rows(CHUNK_ROWS)
        settings = SearchSettings("auto", 1.0, None, None, None, None, memory, chunk, survey.magnitude, context.stage)
        sizes = {number: _cell_rows(task, chunk) for number, task in tasks.items()}
        divided = [number for number, rows in sizes.items() if rows < tasks[number].rows]
        if context.source.layout.groups and len(divided) > _MOST_DIVIDED:
            raise ParameterError(
                f"groupCols: {len(divided):,} classes of groups, such as {context.label(divided[0])!r} with "
                f"{tasks[divided[0]].rows:,} rows to {tasks[divided[0]].total:,}, are too large to be clustered in one "
                f"piece, and at most {_MOST_DIVIDED} are divided; filter the DataFrame to fewer groups at a time"
            )
        cells = divide_classes(settings, context.source.rows, tasks, sizes)
        work = Synthesis(list(tasks), cells, tasks, dict.fromkeys(tasks, centroids))
        if not self.makes_rows():
            with context.stage("clusters"):
                nearest = RowKeys.settled(_nearest(work, context.source), context.cache, ALL, 1)
            stay = Selection(kept=nearest, classes=replaced.classes)
            return Decision(stay, context.classes(figures), notes=notes)
        made = {number: {"to_remove": context.valid(number), "to_synthesise": wanted[number]} for number in wanted}
        return Decision(work, context.classes(made), adds=True, notes=notes, rest=replaced)

    def _task(self, context: PlanningContext, number: int, wanted: int) -> Task:
        label, rows = context.label(number), context.valid(number)
        fingerprint = Fingerprint(rows, context.survey.fingerprints[label])
        key = class_key(self.getOrDefault(self.seed), label_of(label))
        return Task(number, rows, wanted, 0, key, fingerprint, f"class {label!r}")


def _cell_rows(task: Task, chunk: int) -> int:
    """Rows of a cell: of so many centres that the work is bounded, but of as many as there is room for in a task."""
    if task.rows * task.total <= _WHOLE_PAIRS and 2 * task.rows <= chunk:
        return task.rows
    each = task.rows / task.total
    return int(max(_LEAST_CELL, min(_CENTRES_A_CELL * each, _MOST_CELL), min(_FEWEST_A_CELL * each, chunk / 2), each))


def _nearest(work: Synthesis, source: InputRows) -> DataFrame:
    """CLASS (bigint), HASH and ROWS of the rows nearest to centres."""
    rows = source.rows(work.classes).select(CLASS, FEATURES, HASH, *tied(F.struct(HASH), StructType(not_null(HASH))))
    made = work.apply(source.layout, work.place(source, rows), None)
    keys = made.select(F.col(CLASS).cast("long").alias(CLASS), F.col(SEED).getField(HASH).alias(HASH))
    return keys.groupBy(CLASS, HASH).agg(F.count("*").alias(ROWS))
