"""Measures how wide a halo must be: the depth of the true neighbours of sampled queries, over all rows of a class."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from spark_smote.kernels.arrays import Indices, Matrix, blocks, places
from spark_smote.kernels.brute_force import Codes
from spark_smote.kernels.cells import Cells
from spark_smote.kernels.fingerprint import Fingerprints
from spark_smote.kernels.hashing import Hashing
from spark_smote.kernels.missing import SharedProducts, centre_of, squared_shared
from spark_smote.kernels.seeding import ordinals
from spark_smote.kernels.space import Space

_TOLERANCE = 1e-9
_SAMPLED_DEPTHS = 1 << 22
_ENOUGH_ROWS = 512
_BLOCK_DOUBLES = 1 << 21
_LEAST_WIDTH = 16
"""Numbers of a pair of a query and a row, beside their differences."""
_PREPARED = 8
"""Copies of rows with missing values to compare them."""
_FURTHEST = 2.0**500
_FURTHEST_SINGLE = 2.0**30
"""Largest coordinate, in those of the queries, up to which single precision is enough to find candidates."""


@dataclass
class Calibration:
    """Counts the rows of each cell and finds the k true nearest neighbours of each query, with the halo each one needs.

    A task adds its rows batch by batch; the results of all tasks are then merged. Neighbours at equal distances are
    ordered by the halo that they need, so the result does not depend on how the rows were split.

    Parameters
    ----------
    cells : Cells
        Cells to count and to measure depths in.
    hashing : Hashing
        Maps rows to the coordinates of the cells.
    queries : array of float64, shape (q, d)
        Sampled rows of the class.
    k : int
        Number of neighbours, at least 1.
    space : Space
        Defines the distance of two rows.
    queries_move : bool
        True if queries are copied to neighbouring cells, False if the rows to be searched are.
    """

    cells: Cells
    hashing: Hashing
    queries: Matrix
    k: int
    space: Space = field(default_factory=Space)
    queries_move: bool = False
    found: Fingerprints = field(init=False)
    distances: Matrix = field(init=False)
    depths: Matrix = field(init=False)

    def __post_init__(self) -> None:
        self.found = Fingerprints(len(self.cells))
        # One more than k: each query finds itself first.
        self.distances = np.full((len(self.queries), self.k + 1), np.inf)
        self.depths = np.full((len(self.queries), self.k + 1), np.inf)
        if len(self.queries):
            self._hashes = self.hashing(self.queries)
            self._homes = self.cells.homes(self._hashes)
            nominal, codes = self.space.nominal, self.space.codes(self.queries)
            reach = 0.0 if nominal is None else nominal.reach
            # Scaled by a power of 2 as in nearest.k_nearest.
            largest = np.fmax.reduce(np.abs(self.space.numbers(self.queries)), axis=None, initial=reach)
            self._exponent = 1 - int(np.frexp(largest)[1])
            self._points = self._scaled(self.queries)
            self._centre = centre_of(self._points)
            self._nominal = nominal if nominal is None else nominal.over(float(np.ldexp(1.0, -self._exponent)))
            self._codes = codes

    def add(self, hashes: Indices, rows: Matrix) -> None:
        """Adds a batch of rows, shape (n, d), with their content hashes, shape (n,)."""
        coordinates = self.hashing(rows)
        homes = self.cells.homes(coordinates)
        self.found.put(homes, hashes)
        # More equal rows than a query keeps tell it nothing new, and all are equally near.
        order = np.argsort(hashes, kind="stable")
        kept = order[ordinals(hashes[order]) <= self.k]
        if len(kept) < len(rows):
            rows, coordinates, homes = rows[kept], coordinates[kept], homes[kept]
        width = rows.shape[1] * (1 if self.space.centre is None else _PREPARED)
        for part in blocks(len(rows) if len(self.queries) else 0, _BLOCK_DOUBLES // max(len(self.queries), width, 1)):
            self._search(rows[part], coordinates[part], homes[part])

    def _search(self, rows: Matrix, hashes: Matrix, homes: Indices) -> None:
        points, codes = self._scaled(rows), self.space.codes(rows)
        coded = None
        if self._nominal is not None and self._codes is not None and codes is not None:
            coded = Codes.of(self._nominal, codes, self._codes)
        query, row = self._near(points, coded)
        for part in blocks(len(query), _BLOCK_DOUBLES // max(_LEAST_WIDTH, points.shape[1])):
            here, there = query[part], row[part]
            if self.space.centre is not None:
                distance = squared_shared(points, there, self._points, here)
            else:
                distance = ((points[there] - self._points[here]) ** 2).sum(axis=1)
            if coded is not None:
                distance += coded.pairs(there, here)
            if self.queries_move:
                depth = self.cells.depth_towards(self._hashes[here], self._homes[here], homes[there])
            else:
                depth = self.cells.depth_towards(hashes[there], homes[there], self._homes[here])
            self._keep(here, distance, depth)

    def packed(self) -> tuple[Indices, Indices, Matrix, Matrix]:
        """Returns the results as arrays, for the :meth:`merge` of another calibration."""
        return *self.found.packed(), self.distances, self.depths

    def merge(self, rows: Indices, checksums: Indices, distances: Matrix, depths: Matrix) -> None:
        """Merges the results of another task, as :meth:`packed` returns them; the matrices may be flat."""
        self.found.merge(rows, checksums)
        self._keep(np.repeat(np.arange(len(self.queries)), self.k + 1), distances.ravel(), depths.ravel())

    def needed(self) -> NDArray[np.float64]:
        """Returns the halo, in buckets, that each true neighbour needs to be found: shape (q * k,), ascending."""
        return np.sort(self._wanted(), axis=None)

    def recall(self, margin: float, parts: NDArray[np.float64]) -> float:
        """Returns the share of true neighbours that a search with this halo finds.

        Parameters
        ----------
        margin : float
            Width of the halo, in buckets.
        parts : array of float64, shape (c,)
            Number of equal parts that each cell is searched in.
        """
        if not len(self.queries):
            return 1.0
        # A query whose neighbours all equal it finds equally good ones in any part.
        parts = np.where(self.distances[:, -1] > 0, parts[self._homes], 1.0)
        return float(((self._wanted() <= margin).mean(axis=1) / parts).mean())

    def _wanted(self) -> Matrix:
        """Returns the halo that each true neighbour needs, shape (q, k); none where fewer rows are within reach."""
        depths = self.depths[:, 1:]
        return depths if self.space.centre is None else np.where(np.isinf(self.distances[:, 1:]), 0.0, depths)

    def _scaled(self, rows: Matrix) -> Matrix:
        with np.errstate(over="ignore"):
            return np.clip(np.ldexp(self.space.numbers(rows), self._exponent), -_FURTHEST, _FURTHEST)

    def _near(self, points: Matrix, coded: Codes | None = None) -> tuple[Indices, Indices]:
        """Returns pairs of a query and a row that may be one of its k nearest, allowing for rounding errors."""
        points, queries = points - self._centre, self._points - self._centre
        if self.space.centre is not None:
            products = SharedProducts(points)
            low = products.low(queries)
            limit = np.minimum(products.limit(low, queries, self.k + 1), self.distances[:, -1])
            return places((low <= limit[:, None]) & (low < np.inf))
        own = (queries**2).sum(axis=1)
        single = coded is None and np.abs(points).max(initial=0.0) < _FURTHEST_SINGLE
        precision: type[np.floating] = np.float64
        tolerance = _TOLERANCE
        if single:
            precision, tolerance = np.float32, 2.0 * (points.shape[1] + 4) * float(np.finfo(np.float32).eps)
        # Rows times queries, as in brute_force.Products; the limit, not the product, takes a query's own square.
        left = np.column_stack([points, (points**2).sum(axis=1) * (1 - tolerance)]).astype(precision)
        rough = left @ np.column_stack([-2 * queries, np.ones(len(queries))]).astype(precision).T
        if coded is not None:
            rough += coded.block(slice(None)).T
        bound = self.distances[:, -1]
        if np.isinf(bound).any() and len(points) > self.k:
            kth = np.partition(rough, self.k, axis=0)[self.k] + own
            bound = np.minimum(kth + 8 * tolerance * (own + np.maximum(kth, 0)), bound)
        limit = bound * (1 + 8 * tolerance) + 8 * tolerance * own - own
        near = rough <= np.nextafter(limit.astype(precision), precision(np.inf))
        if not points.shape[1]:
            # Categories only: distances are exact, and many rows may be equally near. Keep those that need less halo.
            near &= (rough < bound) | (self.depths[:, -1] > 0)
        row, query = places(near)
        return query, row

    def _keep(self, query: Indices, distances: Matrix, depths: Matrix) -> None:
        """Keeps the nearest k + 1 of each query, from the stored neighbours and the new ones."""
        cached = np.repeat(np.arange(len(self.queries)), self.k + 1)
        query = np.append(cached, query)
        distances = np.append(self.distances, distances)
        depths = np.append(self.depths, depths)
        order = np.lexsort((depths, distances, query))
        first = np.searchsorted(query[order], np.arange(len(self.queries)))
        chosen = order[first[:, None] + np.arange(self.k + 1)]
        self.distances, self.depths = distances[chosen], depths[chosen]


def widest_margin(cells: Cells, sample: Matrix, weights: NDArray[np.float64], copies: float) -> float:
    """Returns the widest halo, in buckets, with which a row is sent to ``copies`` cells on average.

    Parameters
    ----------
    cells : Cells
    sample : array of float64, shape (s, p)
        LSH hashes of sampled rows. The first 512 count alone if there are more than 8,192 cells. Cells must not be
        learnt from these: a row that drew a centre to itself lies deeper in its cell than others do.
    weights : array of float64, shape (s,)
        Number of equal rows that each sampled row stands for.
    copies : float
        Upper bound on the mean number of cells of a row, its home included.

    Examples
    --------
    >>> cells = Cells(np.array([[0.0], [10.0]]), origin=np.zeros(1))
    >>> widest_margin(cells, np.array([[1.0], [4.0], [8.0], [10.0]]), np.ones(4), copies=1.5)
    3.0
    """
    few = sample[: max(1, _SAMPLED_DEPTHS // len(cells))]
    depth = np.concatenate([towards.ravel() for _, towards, _ in cells.depths(few)])
    margin = _widest(depth, np.repeat(weights[: len(few)], len(cells)), copies * weights[: len(few)].sum())
    some = sample[:_ENOUGH_ROWS]
    if len(few) >= len(some):
        return margin
    # With so many cells, few rows can be compared with all of them; compare more rows with the cells around them.
    of_rows = weights[: len(some)]
    count, total = of_rows, copies * of_rows.sum()
    while count.sum() <= total and len(count) < len(some) * len(cells):
        margin = max(1.0, 1.5 * margin)
        found = list(cells.with_margin(margin).reached(some))
        count = np.concatenate([of_rows[rows] for rows, _, _, _ in found])
        depth = np.concatenate([towards for _, _, _, towards in found])
    return _widest(depth, count, total)


def _widest(depth: NDArray[np.float64], count: NDArray[np.float64], total: float) -> float:
    """Returns the largest depth at which no more than ``total`` are counted; all arguments of shape (m,)."""
    order = np.argsort(depth, kind="stable")
    reached = int(np.searchsorted(np.cumsum(count[order]), total, side="right"))
    return float(depth[order[max(0, reached - 1)]])
