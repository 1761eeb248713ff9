"""Iterative partitioning filter: noise is what most decision trees, each of one part of the rows, misclassify."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from spark_smote.core.context import PlanningContext
from spark_smote.core.effort import Effort
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
from spark_smote.kernels.arrays import Indices, Matrix
from spark_smote.kernels.hashing import unprojected
from spark_smote.kernels.trees import PartitioningFilter, Staying, Tree, fold
from spark_smote.search.in_class import ClassSearch
from spark_smote.spark.removal import RowKeys, Selection
from spark_smote.spark.scans import SampledRows, chosen, sample, tally

TREE_ROWS = 16_384
"""Rows that a tree is fitted on at most."""
_SAMPLED_BYTES = 1 << 26
_EXPONENT = 60
_FIT_SECONDS, _VOTE_SECONDS = 1e-5, 2e-6
"""Of one core, for a feature of a row that a tree is fitted on, and for a vote, with the way of the rows.

SMOTEIPF on a million rows was stopped at eight times SMOTE: rather too high than too low.
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

    UNGROUPED = "fits its trees to a sample of all rows, on the driver, where alone each group would have its own trees"

    nFolds = Parameter(INT, integers(2, 99), default=9)
    k = Parameter(INT, at_least(1), default=3)
    p = Parameter(FLOAT, POSITIVE_SHARE, default=0.01)
    voting = Parameter(STR, one_of("majority", "consensus"), default="majority")
    seed = Parameter(INT, ANY_INTEGER, default=0)

    def effort(self, context: PlanningContext) -> Effort:
        survey = context.survey
        rows, folds, rounds = sum(survey.rows.values()), self.getOrDefault(self.nFolds), self.getOrDefault(self.k)
        examples = min(TREE_ROWS, rows // folds)
        votes = rows * folds * rounds * (rounds + 1) // 2
        return Effort(
            _FIT_SECONDS * folds * rounds * examples * survey.width + _VOTE_SECONDS * votes,
            f"{folds * rounds} trees or more on {examples:,} rows each, and {votes:,} votes of trees on rows",
            "lower k or nFolds, or use EditedNearestNeighbours",
        )

    def removed(
        self, context: PlanningContext, counts: Mapping[int, int], targets: frozenset[int]
    ) -> tuple[Selection, dict[int, int], dict[int, ClassSearch]]:
        worker_memory(self, context)
        total, folds, width = sum(counts.values()), self.getOrDefault(self.nFolds), context.survey.width
        rows = context.source.rows()
        rate = min(1.0, min(TREE_ROWS * folds, _SAMPLED_BYTES // (8 * width)) / total)
        rates = dict.fromkeys(counts, rate)
        examples = _Examples.of(sample(rows, rates, rates, unprojected), width)
        exponent = max(0, int(np.frexp(context.survey.magnitude)[1]) - _EXPONENT)
        filtered = PartitioningFilter((), self.getOrDefault(self.voting) == "consensus", exponent)
        left, quiet = dict(counts), 0
        while quiet < self.getOrDefault(self.k) and len(examples.classes):
            parts = fold(examples.hashes, folds, self.getOrDefault(self.seed), len(filtered.rounds))
            with ThreadPoolExecutor() as pool:
                trees = pool.map(
                    partial(_fitted, filtered), [examples.only(parts == part) for part in np.unique(parts)]
                )
            filtered = replace(filtered, rounds=(*filtered.rounds, tuple(trees)))
            before = sum(left.values())
            left |= self._staying(context, filtered, targets)
            examples = examples.only(examples.stay(filtered, targets))
            quiet = quiet + 1 if before - sum(left.values()) < self.getOrDefault(self.p) * total else 0
        if left == dict(counts):
            return Selection(), left, {}
        gone = chosen(rows, {number: filtered.goes for number in targets})
        return Selection(RowKeys.settled(gone, context.cache, reads=1)), left, {}

    def _staying(
        self, context: PlanningContext, filtered: PartitioningFilter, targets: frozenset[int]
    ) -> dict[int, int]:
        """Rows of each class to clean that stay; a job runs."""
        counted = {number: Staying(number, filtered) for number in targets}
        tally(context.source.rows(sorted(targets)), counted)
        return {number: int(one.rows[0]) for number, one in counted.items()}


@dataclass(frozen=True)
class _Examples:
    """Rows that trees are fitted on: features (n, d), and class, number of equal rows and content hash, (n,)."""

    features: Matrix
    classes: Indices
    weights: NDArray[np.float64]
    hashes: NDArray[np.uint64]

    @classmethod
    def of(cls, found: Mapping[int, SampledRows], width: int) -> _Examples:
        nothing = SampledRows(np.empty((0, 0)), np.empty(0), np.empty((0, width)), np.empty(0, np.uint64))
        every = {-1: nothing, **found}
        return cls(
            np.concatenate([one.features for one in every.values()]),
            np.repeat(list(every), [len(one.weights) for one in every.values()]).astype(np.int64),
            np.concatenate([one.weights for one in every.values()]),
            np.concatenate([one.hashes for one in every.values()]),
        )

    def only(self, chosen: NDArray[np.bool_]) -> _Examples:
        return _Examples(self.features[chosen], self.classes[chosen], self.weights[chosen], self.hashes[chosen])

    def stay(self, filtered: PartitioningFilter, targets: frozenset[int]) -> NDArray[np.bool_]:
        kept = np.ones(len(self.classes), dtype=bool)
        for number in targets:
            kept[self.classes == number] = filtered.stays(number, self.features[self.classes == number])
        return kept


def _fitted(filtered: PartitioningFilter, examples: _Examples) -> Tree:
    """A decision tree; the same for the same rows in the same order."""
    try:
        from sklearn.tree import DecisionTreeClassifier
    except ImportError as error:
        raise ParameterError("IterativePartitioningFilter needs scikit-learn; pip install scikit-learn") from error

    fitted = DecisionTreeClassifier(min_samples_leaf=2, random_state=0).fit(
        filtered.scaled(examples.features), examples.classes, sample_weight=examples.weights
    )
    tree = fitted.tree_
    return Tree(
        np.where(tree.children_left < 0, -1, tree.feature),
        tree.threshold,
        tree.children_left,
        tree.children_right,
        fitted.classes_[tree.value[:, 0, :].argmax(axis=1)],
    )
