"""The nearest of all rows, whatever their class, to each query: found cell by cell, merged, and weighed.

A cell's part of the answer travels as bytes, one record a candidate. Equally near rows are taken in the order of their
content hashes; of those equal in content, rows of the query's own class come first, then the others by their classes'
numbers. So the answer depends on the data alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from spark_smote.errors import ChangedInputError
from spark_smote.kernels import apportion
from spark_smote.kernels.arrays import Indices, Matrix
from spark_smote.kernels.cleaning import Judge
from spark_smote.kernels.fingerprint import Fingerprint
from spark_smote.kernels.nearest import k_nearest
from spark_smote.kernels.seeding import Task, ordinals
from spark_smote.kernels.synthetic import Rows
from spark_smote.kernels.weights import Weigh

# Of eight bytes each, so that records can travel as doubles.
CANDIDATE = np.dtype([("square", "<f8"), ("key", "<i8"), ("label", "<i8")])
"""Squared distance, content hash and class's number of a row; its class is -1 where there are too few rows."""
_NOTHING = np.array((np.inf, 0, -1), dtype=CANDIDATE)

Candidates = NDArray[np.void]
Search = Callable[[Matrix, Matrix, int], tuple[Indices, Matrix]]
"""Rows to search, points and k to the k rows for each point and what they are ordered by."""


@dataclass(frozen=True)
class Finding:
    """What a task does with one cell, of which the queries (rows not at home) come first, then all others.

    Parameters
    ----------
    wanted : int
        Rows to find for each query.
    unit : array of float64, shape (d,), or float
        Unit of distance of each feature.
    search : callable
        :func:`k_nearest`, or another that returns rows and what to order them by.
    """

    wanted: int
    unit: Matrix | float
    search: Search = k_nearest

    def __call__(self, chunks: Iterator[Rows]) -> tuple[Indices, Indices, Candidates]:
        """Classes and hashes of the distinct queries, shape (q,), and what was found, shape (q, wanted)."""
        queries = _Queries()
        found = np.empty((0, self.wanted), dtype=CANDIDATE)
        with threadpool_limits(1):
            for chunk in chunks:
                queries.add(chunk, np.flatnonzero(~chunk.home))
                if len(queries.hashes) > len(found):
                    found = np.full((len(queries.hashes), self.wanted), _NOTHING)
                if len(found) and chunk.home.any():
                    found = self._add(found, queries, chunk, np.flatnonzero(chunk.home))
        return queries.classes, queries.hashes, found

    def _add(self, found: Candidates, queries: _Queries, chunk: Rows, rows: Indices) -> Candidates:
        rows = rows[np.lexsort((chunk.classes[rows], chunk.hashes[rows]))]
        # Of more equal rows than are wanted the rest cannot matter.
        equal = ordinals(np.cumsum(_changes(chunk.classes[rows], chunk.hashes[rows])))
        rows = rows[equal < self.wanted]
        classes, hashes, points = chunk.classes[rows], chunk.hashes[rows], queries.points / self.unit
        new = np.empty((len(points), min(self.wanted, len(rows))), dtype=CANDIDATE)
        # Where no two classes have equal rows, the order that ties are settled in is one for all queries.
        mixed = bool(((hashes[1:] == hashes[:-1]) & (classes[1:] != classes[:-1])).any())
        for number in np.unique(queries.classes) if mixed else [None]:
            asking = slice(None) if number is None else queries.classes == number
            order = np.lexsort((classes, classes != number, hashes)) if mixed else np.arange(len(rows))
            near, squares = self.search(chunk.features[rows[order]] / self.unit, points[asking], new.shape[1])
            part = np.empty(near.shape, dtype=CANDIDATE)
            part["square"], part["key"], part["label"] = squares, hashes[order][near], classes[order][near]
            new[asking] = part
        both = np.concatenate([found, new], axis=1)
        order = np.lexsort(_nearest_first(both, queries.classes[:, None]), axis=1)
        return np.take_along_axis(both, order, axis=1)[:, : self.wanted]


class _Queries:
    """The distinct queries of one cell; they come chunk after chunk, in the order of their hashes."""

    def __init__(self) -> None:
        self.points: Matrix = np.empty((0, 0))
        self.classes = self.hashes = np.empty(0, dtype=np.int64)

    def add(self, chunk: Rows, rows: Indices) -> None:
        if not len(rows):
            return
        classes = np.append(self.classes, chunk.classes[rows])
        hashes = np.append(self.hashes, chunk.hashes[rows])
        points = chunk.features[rows]
        points = np.concatenate([self.points, points]) if len(self.points) else points
        first = _first_of_equals(classes, hashes)
        self.points, self.classes, self.hashes = points[first], classes[first], hashes[first]


@dataclass(frozen=True)
class Bin:
    """A range of content hashes of one class.

    Parameters
    ----------
    number : int
        Of the class.
    first : int
        Sum of the weights of the class in the bins before it.
    weight, checksum : int, optional
        Sum of the weights of its rows, and their checksum, as planning found them; see :class:`Fingerprint`.
    """

    number: int
    first: int = 0
    weight: int | None = None
    checksum: int | None = None


@dataclass(frozen=True)
class Merging:
    """What a task does with one bin: it merges what the cells found for its rows.

    Parameters
    ----------
    bins : mapping of bin to Bin
    m : int
        Neighbours asked for their class.
    itself : bool
        Whether a query is one of the rows searched, and so finds itself, which does not count.
    near : int
        How many of the nearest are wanted by name; more than m are searched for then, if need be.
    """

    bins: Mapping[int, Bin]
    m: int
    itself: bool = True
    near: int = 0

    @property
    def record(self) -> np.dtype[np.void]:
        return CANDIDATE

    @property
    def wanted(self) -> int:
        """How many are to be found."""
        return max(self.m, self.near) + self.itself

    def merge(self, cell: int, hashes: Indices, found: Candidates) -> tuple[Indices, Candidates]:
        """The distinct hashes among the findings, ascending, shape (q,), and the nearest, shape (q, max(m, near))."""
        order = np.argsort(hashes, kind="stable")
        hashes, found = hashes[order], found[order]
        starts = np.flatnonzero(np.append(True, hashes[1:] != hashes[:-1])[: len(hashes)])
        query = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(hashes))))
        flat, own = found.ravel(), self.bins[cell].number
        order = np.lexsort((*_nearest_first(flat, own), np.repeat(query, found.shape[1])))
        nearest = flat[order][starts[:, None] * found.shape[1] + np.arange(self.wanted)]
        if not self.itself:
            return hashes[starts], nearest
        itself = (nearest["key"] == hashes[starts][:, None]) & (nearest["label"] == own)
        # Once, though others may equal it; among more equal rows than were wanted it may not show.
        itself &= np.cumsum(itself, axis=1) == 1
        itself[~itself.any(axis=1), -1] = True
        return hashes[starts], nearest[~itself].reshape(len(starts), -1)


@dataclass(frozen=True)
class Weighing(Merging):
    """What is made of the nearest rows for over-sampling: the weight of each row, and what it owes.

    Parameters
    ----------
    tasks : mapping of class to Task
    weigh : mapping of class to Weigh
    """

    tasks: Mapping[int, Task] = field(default_factory=dict)
    weigh: Mapping[int, Weigh] = field(default_factory=dict)

    def weights(self, cell: int, features: Matrix, nearest: Candidates) -> tuple[Indices, Indices]:
        """Of rows of shape (n, d): neighbours of other classes, and weights, shape (n,)."""
        number = self.bins[cell].number
        labels = nearest["label"][:, : self.m]
        others = ((labels >= 0) & (labels != number)).sum(axis=1)
        return others, self.weigh[number](features, others, self.m)

    def quotas(self, cell: int, before: int, weights: Indices) -> Indices:
        """What rows owe that come after rows of the bin with this sum of weights."""
        task = self.tasks[self.bins[cell].number]
        if not task.total:
            return np.zeros(len(weights), dtype=np.int64)
        positions = self.bins[cell].first + before + np.cumsum(weights) - weights
        return apportion.quotas(positions, task.rows, task.total, task.phase(), weights)

    def checksum(self, hashes: Indices) -> int:
        """What tells rows with these content hashes from others."""
        return Fingerprint.of(hashes).checksum or 0

    def check(self, cell: int, weights: int, checksum: int) -> None:
        """Refuse a bin whose rows are others than planning found, or whose weights have another sum.

        Raises
        ------
        ChangedInputError
        """
        planned = self.bins[cell]
        name = self.tasks[planned.number].name
        if planned.checksum not in (None, checksum):
            raise ChangedInputError.of(f"rows of {name} are others, or have other values")
        if planned.weight not in (None, weights):
            raise ChangedInputError.of(
                f"the rows about those of {name} are others: these weigh {weights} in place of {planned.weight}"
            )

    def histogram(self, others: Indices, weights: Indices) -> Indices:
        """Rows, and sums of weights, by the number of neighbours of other classes, 0 to m; shape (2, m + 1)."""
        sums = np.bincount(others, weights, self.m + 1).astype(np.int64)
        return np.stack([np.bincount(others, minlength=self.m + 1), sums])


@dataclass(frozen=True)
class Judging(Merging):
    """What is made of the nearest rows for cleaning: which rows shall go.

    Parameters
    ----------
    judge : Judge
    """

    judge: Judge = field(kw_only=True)

    def verdicts(self, cell: int, hashes: Indices, nearest: Candidates) -> Indices:
        """What the rule says of the bin's rows; whole numbers, one column each."""
        return self.judge(self.bins[cell].number, hashes, nearest)


def _nearest_first(found: Candidates, own: Indices | int) -> tuple[NDArray[Any], ...]:
    """The keys to sort candidates by, the first last, as :func:`numpy.lexsort` takes them."""
    return found["label"], found["label"] != own, found["key"], found["square"]


def _changes(*columns: Indices) -> NDArray[np.bool_]:
    """Where a row differs from the row before."""
    new = np.ones(len(columns[0]), dtype=bool)
    new[1:] = np.logical_or.reduce([column[1:] != column[:-1] for column in columns])
    return new


def _first_of_equals(classes: Indices, hashes: Indices) -> Indices:
    order = np.lexsort((classes, hashes))
    return order[_changes(classes[order], hashes[order])]
