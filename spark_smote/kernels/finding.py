"""The nearest rows of all classes to each query: the search of one cell.

A cell returns its candidates as records of fixed size. Equally near rows are ordered by their content hashes; of rows
with equal content, rows of the query's own class come first, then the others by class number. The result therefore
depends on the data only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spark_smote.kernels import sparse
from spark_smote.kernels.arrays import Indices, Matrix, blocks
from spark_smote.kernels.nearest import k_nearest
from spark_smote.kernels.seeding import ordinals
from spark_smote.kernels.space import PLAIN, Space
from spark_smote.kernels.synthetic import Rows
from spark_smote.kernels.threads import one_thread

# Fields of eight bytes, so that a record can be stored as three doubles.
CANDIDATE = np.dtype([("square", "<f8"), ("key", "<i8"), ("label", "<i8")])
"""Squared distance, content hash and class number of a row; the class is -1 where a cell has too few rows."""
_BLOCK_CANDIDATES = 1 << 17
"""Upper bound on the number of candidates that are merged at once."""
_NOTHING = np.array((np.inf, 0, -1), dtype=CANDIDATE)

Candidates = NDArray[np.void]
Search = Callable[[Matrix, Matrix, int], tuple[Indices, Matrix]]
"""Takes rows (n, d), points (q, d) and k; returns row indices, -1 for none, and sort keys: both of shape (q, k)."""


@dataclass(frozen=True)
class Finding:
    """Searches one cell, whose queries (rows with ``home`` False) come before the rows to search.

    Parameters
    ----------
    wanted : int
        Number of rows to find for each query.
    space : Space
        Defines the distance.
    search : callable
        :func:`k_nearest`, or another function of the type :data:`Search`.
    both : bool
        Whether the queries are rows to search as well.
    others_only : bool
        Whether a query finds rows of other classes only.
    own_only : frozenset of int
        Classes whose rows are found by queries of the same class only.
    """

    wanted: int
    space: Space = PLAIN
    search: Search = k_nearest
    both: bool = False
    others_only: bool = False
    own_only: frozenset[int] = frozenset()

    def __call__(self, chunks: Iterator[Rows]) -> tuple[Indices, Indices, Candidates]:
        """Returns classes and hashes of the distinct queries, shape (q,), and their candidates, shape (q, wanted)."""
        # Of more than ``wanted`` equal rows, the rest cannot be candidates.
        queries, equal = _Points(), self.wanted if self.both else 1
        found = np.empty((0, self.wanted), dtype=CANDIDATE)
        own = self.both
        with one_thread():
            for chunk in chunks:
                queries = queries.with_rows(chunk, ~chunk.home, equal, self.space)
                if len(queries.hashes) > len(found):
                    found = np.full((len(queries.hashes), self.wanted), _NOTHING)
                if not len(found):
                    continue
                rows = _Points().with_rows(chunk, chunk.home, self.wanted, self.space)
                if len(rows.hashes):
                    # All queries are known now.
                    if own:
                        self._search(found, queries, queries)
                    self._search(found, queries, rows)
                    own = False
            if own:
                self._search(found, queries, queries)
        first = _changes(queries.classes, queries.hashes)
        return queries.classes[first], queries.hashes[first], found[first]

    def _search(self, found: Candidates, queries: _Points, rows: _Points) -> None:
        """Compares all queries with all rows."""
        # If no two classes have equal rows, one order settles the ties of all queries.
        mixed = bool(((rows.hashes[1:] == rows.hashes[:-1]) & (rows.classes[1:] != rows.classes[:-1])).any())
        if not mixed and not self.others_only and not self.own_only:
            self._bring_nearer(found, queries, rows)
            return
        for number in np.unique(queries.classes):
            asking = queries.classes == number
            order = np.lexsort((rows.classes, rows.classes != number, rows.hashes))
            if self.others_only:
                order = order[rows.classes[order] != number]
            # Of the classes that are here: own_only may name those of thousands of groups.
            passed = [other for other in np.unique(rows.classes).tolist() if other != number and other in self.own_only]
            order = order[~np.isin(rows.classes[order], passed)]
            own = found[asking]
            self._bring_nearer(own, queries.only(asking), rows.only(order))
            found[asking] = own

    def _bring_nearer(self, found: Candidates, queries: _Points, rows: _Points) -> None:
        """Puts the nearest of what was found and of these rows, in whose order equally near rows are found, there."""
        if not len(rows.hashes) or not len(queries.hashes):
            return
        near, squares = self.search(rows.features, queries.features, min(self.wanted, len(rows.hashes)))
        for part in blocks(len(near), _BLOCK_CANDIDATES // self.wanted):
            new = np.empty(near[part].shape, dtype=CANDIDATE)
            new["square"], new["key"], new["label"] = squares[part], rows.hashes[near[part]], rows.classes[near[part]]
            new[near[part] < 0] = _NOTHING
            both = np.concatenate([found[part], new], axis=1)
            order = np.lexsort(nearest_first(both, queries.classes[part, None]), axis=1)
            found[part] = np.take_along_axis(both, order, axis=1)[:, : self.wanted]


@dataclass(frozen=True)
class _Points:
    """Rows of one cell in units of distance, in the order of their hashes, then classes."""

    features: Matrix = field(default_factory=lambda: np.empty((0, 0)))
    hashes: Indices = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    classes: Indices = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    def only(self, chosen: Indices | NDArray[np.bool_] | slice) -> _Points:
        """Returns some of the rows."""
        return _Points(self.features[chosen], self.hashes[chosen], self.classes[chosen])

    def with_rows(self, chunk: Rows, chosen: NDArray[np.bool_], equal: int, space: Space) -> _Points:
        """Returns these rows and the chosen rows of the chunk, but no more than ``equal`` of equal rows."""
        rows = np.flatnonzero(chosen)
        if not len(rows):
            return self
        classes = np.append(self.classes, chunk.classes[rows])
        hashes = np.append(self.hashes, chunk.hashes[rows])
        order = np.lexsort((classes, hashes))
        kept = order[ordinals(np.cumsum(_changes(classes[order], hashes[order]))) < equal]
        own = kept < len(self.hashes)
        added = space.numbers(chunk.features[rows[kept[~own] - len(self.hashes)]])
        if isinstance(added, np.ndarray):
            features = np.empty((len(kept), added.shape[1]))
            features[~own] = added
            if own.any():
                features[own] = self.features[kept[own]]
        else:
            together = sparse.stacked([added, self.features]) if own.any() else added
            features = together[np.argsort(np.argsort(own, kind="stable"), kind="stable")]
        return _Points(features, hashes[kept], classes[kept])


def nearest_first(found: Candidates, own: Indices | int) -> tuple[NDArray[Any], ...]:
    """Returns the sort keys of candidates for :func:`numpy.lexsort`, the most significant last."""
    return found["label"], found["label"] != own, found["key"], found["square"]


def _changes(*columns: Indices) -> NDArray[np.bool_]:
    """Returns True for each row that differs from the row before."""
    new = np.ones(len(columns[0]), dtype=bool)
    new[1:] = np.logical_or.reduce([column[1:] != column[:-1] for column in columns])
    return new
