"""Cells of a class too big for exact search: learnt centres in LSH space, each row's home, and the halo.

Rows are known here by their LSH hashes ``floor(x . v / w)``, whole numbers that serve as coordinates. A cell is all
rows nearest to one centre; its halo is all rows within ``margin`` of its border. Centres are whole numbers too, so that
every comparison is exact in double precision and a row lands in the same cells whatever batch it travels in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from spark_smote.kernels.arrays import Indices, Matrix

MAX_CELLS = 2048
MAX_COPIES = 8.0
"""Bound on the mean number of cells that a row is sent to, its home included."""
_BLOCK_DOUBLES = 1 << 20
_ROUNDS = 10


@dataclass(frozen=True)
class Cells:
    """Voronoi cells of whole-number centres, with a halo.

    Parameters
    ----------
    centres : array of float64, shape (c, p)
        Whole numbers, relative to ``origin``.
    origin : array of float64, shape (p,)
        Whole numbers.
    margin : float
        Width of the halo, in buckets (units of the hashes).
    """

    centres: Matrix
    origin: Matrix
    margin: float = 0.0

    def __len__(self) -> int:
        return len(self.centres)

    def place(self, hashes: Matrix) -> Iterator[tuple[Indices, Indices, NDArray[np.bool_]]]:
        """Send each row to its home and to every cell whose border lies within the margin.

        Parameters
        ----------
        hashes : array of float64, shape (n, p)

        Yields
        ------
        rows, cells, home : arrays of shape (m,)
            A row is named once for each of its cells; ``home`` tells which of them is its own.
        """
        reach = 2 * self.margin * self.separations()
        for start, scores, home in self._scored(hashes):
            own = scores[np.arange(len(home)), home]
            rows, cells = np.nonzero(scores - own[:, None] <= reach[home])
            yield rows + start, cells, cells == home[rows]

    def homes(self, hashes: Matrix) -> Indices:
        """The home cell of each row; ``hashes`` of shape (n, p) to shape (n,)."""
        return np.concatenate([home for _, _, home in self._scored(hashes)] or [np.empty(0, dtype=np.int64)])

    def depths(self, hashes: Matrix) -> Iterator[tuple[int, Matrix, Indices]]:
        """How far each row lies from the border of each cell (0 for its own), in buckets.

        Yields
        ------
        start, depth, home : int, array of shape (m, c), array of shape (m,)
            For the rows ``start`` to ``start + m``.
        """
        twice = 2 * self.separations()
        np.fill_diagonal(twice, 1.0)
        for start, scores, home in self._scored(hashes):
            own = scores[np.arange(len(home)), home]
            yield start, (scores - own[:, None]) / twice[home], home

    def depth_towards(self, hashes: Matrix, homes: Indices, cells: Indices) -> NDArray[np.float64]:
        """How far row i lies from the border of cell ``cells[i]``, in buckets; all of shape (n,), hashes (n, p)."""
        points = coordinates(hashes, self.origin)
        square = (self.centres**2).sum(axis=1)

        def score(cell: Indices) -> NDArray[np.float64]:
            return np.asarray(square[cell] - 2 * (points * self.centres[cell]).sum(axis=1))

        apart = np.sqrt(((self.centres[cells] - self.centres[homes]) ** 2).sum(axis=1))
        return np.asarray((score(cells) - score(homes)) / np.where(cells == homes, 1.0, 2 * apart))

    def sizes(self, hashes: Matrix, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """What each cell holds of these rows, halo included: their weights added up, shape (c,)."""
        sizes = np.zeros(len(self))
        for rows, cells, _ in self.place(hashes):
            sizes += np.bincount(cells, weights[rows], minlength=len(self))
        return sizes

    def with_margin(self, margin: float) -> Cells:
        return replace(self, margin=margin)

    def separations(self) -> Matrix:
        """Distances between centres, shape (c, c)."""
        square = (self.centres**2).sum(axis=1)
        return np.sqrt(np.maximum(square[:, None] + square - 2 * self.centres @ self.centres.T, 0.0))

    def _scored(self, hashes: Matrix) -> Iterator[tuple[int, Matrix, Indices]]:
        """Blocks of squared distances to the centres, less the row's own square, and each row's home."""
        square = (self.centres**2).sum(axis=1)
        block = max(1, _BLOCK_DOUBLES // len(self.centres))
        for start in range(0, len(hashes), block):
            scores = square - 2 * (coordinates(hashes[start : start + block], self.origin) @ self.centres.T)
            yield start, scores, scores.argmin(axis=1)


def coordinates(hashes: Matrix, origin: Matrix) -> Matrix:
    """Hashes relative to the origin, clipped so that sums of p products of two of them stay exact in float64."""
    limit = 2.0 ** ((51 - int(np.ceil(np.log2(hashes.shape[1])))) // 2)
    return np.clip(hashes - origin, -limit, limit)


def learn(sample: Matrix, weights: NDArray[np.float64], rows: int, cell_rows: int, least: int) -> Cells:
    """Learn cells of about ``cell_rows`` rows from a sample of the class's hashes.

    Parameters
    ----------
    sample : array of float64, shape (s, p)
        Hashes of distinct rows, in an order that depends on content only.
    weights : array of float64, shape (s,)
        How many equal rows each stands for.
    rows : int
        Rows of the class.
    cell_rows : int
        Target size of a cell.
    least : int
        Sampled rows that a cell must hold: since they are real rows, the cell then holds as many at least.

    Returns
    -------
    Cells
        With no halo yet, at least one cell.

    References
    ----------
    S. P. Lloyd, "Least squares quantization in PCM", IEEE Trans. Information Theory 28 (1982).
    """
    if not len(sample):
        raise ValueError("learn needs at least one sampled row")
    origin = np.rint(np.average(sample, axis=0, weights=weights))
    points = coordinates(sample, origin)
    wanted = int(np.clip(-(-rows // cell_rows), 1, max(1, min(MAX_CELLS, len(sample) // least))))
    cells = Cells(_means(points, weights, wanted), origin)
    share = cell_rows / rows * weights.sum()
    for _ in range(_ROUNDS):
        cells = _drop_small(cells, sample, least)
        home = cells.homes(sample)
        members = np.bincount(home, minlength=len(cells))
        heavy = np.bincount(home, weights, minlength=len(cells)) > 2 * share
        split = np.flatnonzero(heavy & (members >= 2 * least))
        if not len(split) or len(cells) + len(split) > MAX_CELLS:
            break
        halves = [_halves(points[home == cell], weights[home == cell]) for cell in split]
        cells = replace(cells, centres=np.vstack([np.delete(cells.centres, split, axis=0), *halves]))
    return _drop_small(cells, sample, least)


def _drop_small(cells: Cells, sample: Matrix, least: int) -> Cells:
    """Drop the smallest cells first, one at a time, for each leaves its rows to others."""
    while len(cells) > 1:
        members = np.bincount(cells.homes(sample), minlength=len(cells))
        if members.min() >= least:
            break
        cells = replace(cells, centres=np.delete(cells.centres, members.argmin(), axis=0))
    return cells


def _halves(points: Matrix, weights: NDArray[np.float64]) -> Matrix:
    """Two centres in the denser half of the points: all of them would give one centre to the outliers."""
    distance = ((points - np.median(points, axis=0)) ** 2).sum(axis=1)
    core = distance <= np.median(distance)
    return _means(points[core], weights[core], 2)


def _means(points: Matrix, weights: NDArray[np.float64], wanted: int) -> Matrix:
    """Weighted k-means (Lloyd) from the first distinct points, its centres rounded to whole numbers.

    Points are whole numbers too, so all comparisons are exact and the outcome is the same on every machine.
    """
    _, first = np.unique(points, axis=0, return_index=True)
    # They come in the order of their content hashes, which is as good as drawing them.
    centres = np.unique(points[np.sort(first)[:wanted]], axis=0)
    for _ in range(_ROUNDS):
        home = Cells(centres, np.zeros(points.shape[1])).homes(points)
        mass = np.bincount(home, weights, minlength=len(centres))
        sums = np.stack([np.bincount(home, weights * column, minlength=len(centres)) for column in points.T], axis=1)
        moved = np.unique(np.rint(sums[mass > 0] / mass[mass > 0, None]), axis=0)
        if np.array_equal(moved, centres):
            break
        centres = moved
    return centres
