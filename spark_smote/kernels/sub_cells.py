"""The second level of cells, inside a task: a query is compared with the rows about its sub-cell, not with all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spark_smote.kernels.arrays import Indices, Matrix, blocks
from spark_smote.kernels.cells import Cells, choose_margin
from spark_smote.kernels.learning import learn

LEAST_ROWS = 8_192
"""Rows below which sub-cells cost more than they save."""
_LEAST_QUERIES = 2_048
_QUERIES = 256
"""Queries on which the margin is calibrated."""
_SUB_CELL_ROWS = 256
_MOST_SUB_CELLS = 256
_SAMPLED_A_CELL = 32
_MOST_PAIRS = 0.7
"""Share of all pairs above which all are compared."""
_SPREAD_ROWS = 1_024
STEPS = 4_096
"""Steps of a coordinate in the spread of the rows."""
_FURTHEST = 1_024.0 * STEPS
_BLOCK_DOUBLES = 1 << 20

Exact = Callable[[Indices, int, "Indices | None"], tuple[Indices, Matrix]]
"""Takes indices of query points, k, and indices of the rows to search or None for all; returns rows and squares."""


def divide(
    rows: Matrix, points: Matrix, asked: Indices, k: int, recall: float, search: Exact
) -> tuple[Indices, Matrix]:
    """Searches the k nearest rows of some points by sub-cells, where these save time.

    k-means divides the rows into sub-cells. A query is compared with the rows of its sub-cell, and with those within a
    margin of its border. The margin is the smallest with which the first queries find the wanted share of the nearest
    rows that exact search finds for them. Coordinates and centres are whole numbers, so no rounding matters.

    Parameters
    ----------
    rows, points : arrays of float64, shapes (n, d) and (p, d)
        Rows in the order of their content hashes.
    asked : array of int64, shape (q,)
        Indices of the query points.
    k : int
    recall : float
        Share of the nearest rows to find, on (0, 1).
    search : callable
        See :data:`Exact`.

    Returns
    -------
    found : array of int64, shape (q, k)
        Indices into ``rows``.
    squares : array of float64, shape (q, k)
    """
    coordinates = Coordinates.of(rows)
    if len(rows) < LEAST_ROWS or len(asked) < _LEAST_QUERIES or not coordinates.step:
        return search(asked, k, None)
    found, squares = np.empty((len(asked), k), dtype=np.int64), np.empty((len(asked), k))
    known, left = np.split(np.arange(len(asked)), [_QUERIES])
    found[known], squares[known] = search(asked[known], k, None)
    cells = _learnt(rows, found[known][squares[known] == 0], coordinates)
    homes = np.concatenate([cells.homes(coordinates(points[asked[part]])) for part in _parts(points, asked)])
    # A query finds itself and its equals in any case.
    other = np.nonzero(squares[known] > 0)
    there = coordinates(rows[found[known][other]])
    needed = cells.depth_towards(there, cells.homes(there), homes[known][other[0]])
    near, searched = _near(cells, rows, coordinates, choose_margin(np.sort(needed), recall, np.inf))
    searched[searched < k] = len(rows)
    asking = np.bincount(homes[left], minlength=len(cells))
    if asking @ searched > _MOST_PAIRS * len(left) * len(rows):
        found[left], squares[left] = search(asked[left], k, None)
        return found, squares
    for cell in np.flatnonzero(asking):
        own = left[homes[left] == cell]
        chosen = None if searched[cell] == len(rows) else np.flatnonzero(near[cell // 8] & (128 >> cell % 8))
        found[own], squares[own] = search(asked[own], k, chosen)
    return found, squares


@dataclass(frozen=True)
class Coordinates:
    """Whole-number coordinates of rows: steps from their middle, as far as 1,024 times the distance of most rows."""

    centre: Matrix
    step: float

    @classmethod
    def of(cls, rows: Matrix) -> Coordinates:
        """Coordinates by the middle and the spread of some rows."""
        some = rows[:: len(rows) // _SPREAD_ROWS + 1]
        centre = np.median(some, axis=0)
        spread = np.median(np.abs(some - centre).max(axis=1, initial=0.0))
        return cls(centre, float(spread) / STEPS)

    def __call__(self, rows: Matrix) -> Matrix:
        with np.errstate(over="ignore"):
            return np.clip(np.floor((rows - self.centre) / self.step), -_FURTHEST, _FURTHEST)


def _parts(rows: Matrix, of: Indices) -> list[slice]:
    return list(blocks(len(of), _BLOCK_DOUBLES // max(_MOST_SUB_CELLS, rows.shape[1])))


def _learnt(rows: Matrix, without: Indices, coordinates: Coordinates) -> Cells:
    """Returns the sub-cells, learnt from every so many-th row, but not from the queries that measure them."""
    wanted = min(len(rows) // _SUB_CELL_ROWS, _MOST_SUB_CELLS)
    sampled = np.setdiff1d(np.arange(0, len(rows), len(rows) // (_SAMPLED_A_CELL * wanted) + 1), without)
    sample = coordinates(rows[sampled])
    return learn(sample, np.ones(len(sample)), len(rows), -(-len(rows) // wanted), least=1)


def _near(cells: Cells, rows: Matrix, coordinates: Coordinates, margin: float) -> tuple[NDArray[np.uint8], Indices]:
    """Returns the rows that are searched for the queries of each sub-cell, a bit each, and how many they are.

    The shapes are (c / 8, n), with eight sub-cells in a byte, and (c,).
    """
    near, searched = np.empty((-(-len(cells) // 8), len(rows)), dtype=np.uint8), np.zeros(len(cells), dtype=np.int64)
    for part in blocks(len(rows), _BLOCK_DOUBLES // max(len(cells), rows.shape[1])):
        for start, depth, _ in cells.depths(coordinates(rows[part])):
            first, within = part.start + start, depth <= margin
            near[:, first : first + len(depth)] = np.packbits(within, axis=1).T
            searched += within.sum(axis=0)
    return near, searched
