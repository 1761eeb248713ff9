"""Iterative partitioning filter: noise is what most decision trees, each of one part of the rows, misclassify."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from pyspark.sql import functions as F

from spark_smote.core.context import PlanningContext
from spark_smote.core.decision_trees import classifier, fitted
from spark_smote.core.effort import Effort
from spark_smote.core.grouping import group_sizes, is_grouped
from spark_smote.core.parameter import (
    ANY_INTEGER,
    FLOAT,
    INT,
    POSITIVE_SHARE,
    STR,
    Parameter,
    at_least,
    integers,
    one_of,
)
from spark_smote.core.registry import CLEANER, register
from spark_smote.core.remover import Remover
from spark_smote.core.searching import worker_memory
from spark_smote.errors import ParameterError
from spark_smote.kernels.hashing import unprojected
from spark_smote.kernels.partitioning import Examples, Noise, Rounds
from spark_smote.kernels.placement import CellOfClass
from spark_smote.kernels.trees import PartitioningFilter, Staying
from spark_smote.search.in_class import ClassSearch
from spark_smote.search.k_nearest import VERDICT
from spark_smote.search.memory import WorkerMemory
from spark_smote.search.settings import MOST_TASKS
from spark_smote.spark.columns import CLASS
from spark_smote.spark.group_classes import by_group, told
from spark_smote.spark.queries import judge_whole
from spark_smote.spark.removal import ROWS, RowKeys, Selection
from spark_smote.spark.scans import SampledRows, chosen, sample, tally, to_cells

TREE_ROWS = 16_384
"""Rows that a tree is fitted on at most."""
_SAMPLED_BYTES = 1 << 26
_LIBRARY_BYTES = 90_000_000
"""Of scikit-learn in a worker."""
_TASK_ROWS, _TASK_GROUPS = 60_000, 64
_TREE_SECONDS, _FIT_SECONDS, _IN_TASK_SECONDS, _VOTE_SECONDS = 1e-3, 1e-5, 1e-6, 2e-6
"""Of one core, for a tree, for a feature of a row that one is fitted on, on the driver and in tasks, and for a vote.

With the way of the rows: SMOTEIPF on a million rows was stopped at eight times SMOTE: rather too high than too low.
"""


@register(
    family=CLEANER,
    paper="Khoshgoftaar and Rebours 2007",
    rows="rows that most of `nFolds` decision trees, each of one part of the rows, misclassify, until few are left",
    cost="`nFolds` decision trees on at most 16,384 rows each, at least `k` times",
)
class IterativePartitioningFilter(Remover):
    """Iterative partitioning filter.

    In each round the rows are divided into ``nFolds`` parts and a decision tree is fitted on each part. All rows are
    classified by all trees; those that more than half of the trees (or all, see ``voting``) misclassify are noise and
    are removed. The filter stops after ``k`` rounds in a row that each removed fewer rows than the share ``p`` of all.

    What differs from the paper: scikit-learn's decision trees (CART, at least two rows in a leaf, single precision)
    take the place of C4.5; parts are made by content hash, so their sizes are equal in the mean only, and equal rows
    share a part. A tree is fitted on about 16,384 rows of its part at most, and on fewer where rows are wide: all trees
    together on 64 MB, selected by content hash. (Spark's own trees take their thresholds from a sample that depends on
    partitions.) smote_variants fits each classifier on all parts but one, and takes ``p`` of the rows that are left.

    With ``groupCols`` each group is filtered by trees of its own, fitted where its rows are held together, in one task:
    it loses the rows that it would lose alone. A group whose rows are too many for that is refused.

    Parameters
    ----------
    nFolds
        Number of parts, and of trees in a round, from 2 to 99.
    k
        Number of rounds in a row with little noise after which the filter stops, at least 1.
    p
        Share of all rows that is little noise, on (0, 1].
    voting
        'majority' removes a row that more than half of the trees misclassify, 'consensus' one that all misclassify.
    seed
        The same data and the same seed remove the same rows, whatever the partitions, their order, or retries.

    References
    ----------
    T. M. Khoshgoftaar, P. Rebours, "Improving software quality prediction by noise filtering techniques", Journal of
    Computer Science and Technology 22 (2007), 387-396.

    Examples
    --------
    >>> from spark_smote import IterativePartitioningFilter
    >>> df = spark.range(200).selectExpr("id < 60 OR id = 150 AS fraud", "id * 1.0D AS amount")
    >>> noise = IterativePartitioningFilter(inputCols=["amount"], labelCol="fraud", samplingStrategy="all")
    >>> noise.resample(df).filter("amount = 150").count()
    0
    """

    nFolds = Parameter(INT, integers(2, 99), default=9)
    k = Parameter(INT, at_least(1), default=3)
    p = Parameter(FLOAT, POSITIVE_SHARE, default=0.01)
    voting = Parameter(STR, one_of("majority", "consensus"), default="majority")
    seed = Parameter(INT, ANY_INTEGER, default=0)

    def effort(self, context: PlanningContext) -> Effort:
        survey, grouped = context.survey, is_grouped(context.survey.rows)
        sizes = list(group_sizes(survey.rows).values()) if grouped else [sum(survey.rows.values())]
        folds, rounds = self.getOrDefault(self.nFolds), self.getOrDefault(self.k)
        trees, examples = folds * rounds * len(sizes), [min(TREE_ROWS, rows // folds) for rows in sizes]
        # A pass over all rows votes by all rounds so far.
        votes = sum(sizes) * folds * (rounds if grouped else rounds * (rounds + 1) // 2)
        fitting = folds * rounds * sum(examples) * survey.width * (_IN_TASK_SECONDS if grouped else _FIT_SECONDS)
        return Effort(
            _TREE_SECONDS * trees + fitting + _VOTE_SECONDS * votes,
            f"{trees:,} trees or more on up to {max(examples):,} rows each, and {votes:,} votes of trees on rows",
            "lower k or nFolds, or use EditedNearestNeighbours",
        )

    def removed(
        self, context: PlanningContext, counts: Mapping[int, int], targets: frozenset[int]
    ) -> tuple[Selection, dict[int, int], dict[int, ClassSearch]]:
        memory = worker_memory(self, context)
        classifier()
        if not targets:
            return Selection(), dict(counts), {}
        rounds = Rounds(
            self.getOrDefault(self.nFolds),
            self.getOrDefault(self.k),
            self.getOrDefault(self.p),
            self.getOrDefault(self.voting) == "consensus",
            self.getOrDefault(self.seed),
            fitted,
        )
        most = min(TREE_ROWS * rounds.folds, _SAMPLED_BYTES // (8 * context.survey.width))
        cleaned = np.isin(np.arange(len(context.source.labels)), sorted(targets))
        if context.source.layout.groups:
            return _by_group(context, counts, memory, Noise(rounds, cleaned, most))
        return *_by_sample(context, counts, targets, rounds, cleaned, most), {}


def _by_sample(
    context: PlanningContext,
    counts: Mapping[int, int],
    targets: frozenset[int],
    rounds: Rounds,
    cleaned: NDArray[np.bool_],
    most: int,
) -> tuple[Selection, dict[int, int]]:
    """The rows that stay, and how many, by trees that the driver fits on a sample and a pass over all rows a round."""
    rows, left, total = context.source.rows(), dict(counts), sum(counts.values())
    rates = dict.fromkeys(counts, min(1.0, most / total))
    examples = _examples(sample(rows, rates, rates, unprojected), context.survey.width)
    context.cache.reads += 1

    def count(filtered: PartitioningFilter, _: Examples) -> float:
        counted = {number: Staying(number, filtered) for number in targets}
        tally(context.source.rows(sorted(targets)), counted)
        context.cache.reads += 1
        left.update((number, int(one.rows[0])) for number, one in counted.items())
        return sum(left.values())

    with ThreadPoolExecutor() as pool:
        filtered = rounds(examples, cleaned, total, count, pool.map)
    if left == dict(counts):
        return Selection(), left
    gone = chosen(rows, {number: filtered.goes for number in targets})
    return Selection(RowKeys.settled(gone, context.cache, reads=1)), left


def _by_group(
    context: PlanningContext, counts: Mapping[int, int], memory: WorkerMemory, noise: Noise
) -> tuple[Selection, dict[int, int], dict[int, ClassSearch]]:
    """The rows that stay, how many, and what a task holds, by trees of each group, fitted in the task that holds it.

    Raises
    ------
    ParameterError
        A group has more rows than a task may hold.
    """
    memory = replace(memory, libraries=_LIBRARY_BYTES)
    groups = [own for own in by_group(context.source.labels, counts) if noise.cleaned[own].any()]
    sizes = [sum(counts[number] for number in own) for own in groups]
    largest = max(range(len(groups)), key=sizes.__getitem__)
    if not memory.fits(sizes[largest]):
        raise ParameterError(
            f"group {told(context.group(groups[largest][0]))}: IterativePartitioningFilter holds all rows of a group "
            f"in one task: {memory.excess(sizes[largest])}; filter the DataFrame to this group and leave out "
            "groupCols, and its rows are judged in many tasks"
        )
    cells = {number: cell for cell, own in enumerate(groups) for number in own}
    placed = to_cells(context.source.rows(sorted(cells)), {}, shared=CellOfClass.of(cells))
    tasks = min(len(groups), MOST_TASKS, sum(sizes) // _TASK_ROWS + len(groups) // _TASK_GROUPS + 2)
    gone = RowKeys.settled(judge_whole(placed, noise, VERDICT, tasks=tasks), context.cache, reads=1)
    left = dict(counts)
    for keys in gone.frames(context.source.frame.sparkSession)[0]:
        left |= {row[0]: left[row[0]] - row[1] for row in keys.groupBy(CLASS).agg(F.sum(ROWS)).collect()}
    held = ClassSearch(worker_bytes=memory.bound(sizes[largest]))
    return Selection(gone), left, dict.fromkeys(cells, held)


def _examples(found: Mapping[int, SampledRows], width: int) -> Examples:
    nothing = SampledRows(np.empty((0, 0)), np.empty(0), np.empty((0, width)), np.empty(0, np.uint64))
    every = {-1: nothing, **found}
    return Examples(
        np.concatenate([one.features for one in every.values()]),
        np.repeat(list(every), [len(one.weights) for one in every.values()]).astype(np.int64),
        np.concatenate([one.weights for one in every.values()]),
        np.concatenate([one.hashes for one in every.values()]),
    )
