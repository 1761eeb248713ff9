"""Cells of a class too big for exact search: learnt centres in LSH space, the home cell of each row, and the halo.

The coordinates of a row are its LSH hashes ``floor(x . v / w)``, which are whole numbers. A cell consists of all rows
nearest to one centre; its halo consists of all rows within ``margin`` of its border. Centres are whole numbers too, so
every comparison is exact in double precision, and a row gets the same cells in any batch.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from spark_smote.kernels.arrays import Indices, Matrix

MAX_CELLS = 2048
"""Upper bound on the number of cells of a class."""
MAX_COPIES = 8.0
"""Upper bound on the mean number of cells that a row is sent to, its home included."""
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
        """Assigns each row to its home cell and to every cell whose border lies within the margin.

        Parameters
        ----------
        hashes : array of float64, shape (n, p)

        Yields
        ------
        rows, cells, home : arrays of shape (m,)
            One entry for each row and each of its cells; ``home`` is True for the home cell of the row.
        """
        reach = 2 * self.margin * self.separations()
        for start, scores, home in self._scored(hashes):
            own = scores[np.arange(len(home)), home]
            rows, cells = np.nonzero(scores - own[:, None] <= reach[home])
            yield rows + start, cells, cells == home[rows]

    def homes(self, hashes: Matrix) -> Indices:
        """Returns the home cell of each row; ``hashes`` of shape (n, p) to shape (n,).

        Examples
        --------
        >>> Cells(np.array([[0.0], [10.0]]), origin=np.zeros(1)).homes(np.array([[2.0], [9.0], [4.0]]))
        array([0, 1, 0])
        """
        return np.concatenate([home for _, _, home in self._scored(hashes)] or [np.empty(0, dtype=np.int64)])

    def depths(self, hashes: Matrix) -> Iterator[tuple[int, Matrix, Indices]]:
        """Computes the distance, in buckets, of each row from the border of each cell; 0 for its home cell.

        Parameters
        ----------
        hashes : array of float64, shape (n, p)

        Yields
        ------
        start, depth, home : int, array of shape (m, c), array of shape (m,)
            Depths and home cells of the rows ``start`` to ``start + m``.
        """
        twice = 2 * self.separations()
        np.fill_diagonal(twice, 1.0)
        for start, scores, home in self._scored(hashes):
            own = scores[np.arange(len(home)), home]
            yield start, (scores - own[:, None]) / twice[home], home

    def depth_towards(self, hashes: Matrix, homes: Indices, cells: Indices) -> NDArray[np.float64]:
        """Returns the distance, in buckets, of row i from the border of cell ``cells[i]``.

        Parameters
        ----------
        hashes : array of float64, shape (n, p)
        homes, cells : arrays of int64, shape (n,)
            Home cell of each row, and the cell to measure towards.
        """
        points = coordinates(hashes, self.origin)
        square = (self.centres**2).sum(axis=1)

        def score(cell: Indices) -> NDArray[np.float64]:
            return np.asarray(square[cell] - 2 * (points * self.centres[cell]).sum(axis=1))

        apart = np.sqrt(((self.centres[cells] - self.centres[homes]) ** 2).sum(axis=1))
        return np.asarray((score(cells) - score(homes)) / np.where(cells == homes, 1.0, 2 * apart))

    def sizes(self, hashes: Matrix, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Returns the total weight of the rows of each cell, halo included: shape (c,).

        Parameters
        ----------
        hashes : array of float64, shape (n, p)
        weights : array of float64, shape (n,)
        """
        sizes = np.zeros(len(self))
        for rows, cells, _ in self.place(hashes):
            sizes += np.bincount(cells, weights[rows], minlength=len(self))
        return sizes

    def with_margin(self, margin: float) -> Cells:
        """Returns the same cells with a halo of this width, in buckets."""
        return replace(self, margin=margin)

    def separations(self) -> Matrix:
        """Returns the distances between centres, shape (c, c)."""
        square = (self.centres**2).sum(axis=1)
        return np.sqrt(np.maximum(square[:, None] + square - 2 * self.centres @ self.centres.T, 0.0))

    def _scored(self, hashes: Matrix) -> Iterator[tuple[int, Matrix, Indices]]:
        """Yields blocks of squared distances to the centres (minus the squared norm of the row) and of home cells."""
        square = (self.centres**2).sum(axis=1)
        block = max(1, _BLOCK_DOUBLES // len(self.centres))
        for start in range(0, len(hashes), block):
            scores = square - 2 * (coordinates(hashes[start : start + block], self.origin) @ self.centres.T)
            yield start, scores, scores.argmin(axis=1)


def coordinates(hashes: Matrix, origin: Matrix) -> Matrix:
    """Returns hashes relative to the origin, clipped so that sums of p products of two stay exact in float64."""
    limit = 2.0 ** ((51 - int(np.ceil(np.log2(hashes.shape[1])))) // 2)
    return np.clip(hashes - origin, -limit, limit)


def learn(sample: Matrix, weights: NDArray[np.float64], rows: int, cell_rows: int, least: int) -> Cells:
    """Learns cells of about ``cell_rows`` rows from a sample of the hashes of a class.

    Parameters
    ----------
    sample : array of float64, shape (s, p)
        Hashes of distinct rows, in the order of their content hashes.
    weights : array of float64, shape (s,)
        Number of equal rows that each sampled row stands for.
    rows : int
        Number of rows of the class.
    cell_rows : int
        Target number of rows in a cell.
    least : int
        Minimum number of sampled rows in a cell. Sampled rows are real rows, so each cell has at least as many rows.

    Returns
    -------
    Cells
        At least one cell, without a halo.

    Raises
    ------
    ValueError
        If the sample is empty.

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
    """Drops too small cells, the smallest first and one at a time, since the rows of each move to other cells."""
    while len(cells) > 1:
        members = np.bincount(cells.homes(sample), minlength=len(cells))
        if members.min() >= least:
            break
        cells = replace(cells, centres=np.delete(cells.centres, members.argmin(), axis=0))
    return cells


def _halves(points: Matrix, weights: NDArray[np.float64]) -> Matrix:
    """Returns two centres in the denser half of the points: outliers must not get a centre of their own."""
    distance = ((points - np.median(points, axis=0)) ** 2).sum(axis=1)
    core = distance <= np.median(distance)
    return _means(points[core], weights[core], 2)


def _means(points: Matrix, weights: NDArray[np.float64], wanted: int) -> Matrix:
    """Returns the centres of weighted k-means (Lloyd), started at the first distinct points, rounded to whole numbers.

    Points are whole numbers too, so all comparisons are exact and the result is the same on every machine.
    """
    _, first = np.unique(points, axis=0, return_index=True)
    # The points come in the order of their content hashes, so the first ones are as good as a random draw.
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
