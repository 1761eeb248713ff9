"""Cells of a class too big for exact search: learnt centres in LSH space, the home cell of each row, and the halo.

The coordinates of a row are its LSH hashes ``floor(x . v / w)``, which are whole numbers. A cell consists of all rows
nearest to one centre; its halo consists of all rows within ``margin`` of its border. Centres are whole numbers too, so
every comparison is exact in double precision, and a row gets the same cells in any batch.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from spark_smote.kernels.arrays import Indices, Matrix, blocks, places
from spark_smote.kernels.threads import one_thread

MAX_COPIES = 8.0
"""Upper bound on the mean number of cells that a row is sent to, its home included."""
_BLOCK_DOUBLES = 1 << 20

Reached: TypeAlias = tuple[Indices, Indices, NDArray[np.bool_], NDArray[np.float64]]
"""Row indices, cells, whether the cell is the home of the row, depth of the row: one entry a row and cell, (m,)."""


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
        for rows, cells, home, _ in self.reached(hashes):
            yield rows, cells, home

    def reached(self, hashes: Matrix) -> Iterator[Reached]:
        """Finds the cells of each row as :meth:`place` does, with the depth of the row towards each.

        Parameters
        ----------
        hashes : array of float64, shape (n, p)

        Yields
        ------
        rows, cells, home, depth : arrays of shape (m,)
            ``depth`` as in :meth:`depth_towards`, in buckets.
        """
        for start, scores, home in self._scored(hashes):
            scores -= scores[np.arange(len(home)), home, None]
            apart, which = self._apart(home)
            rows, cells = places(scores <= (2 * self.margin * apart)[which])
            depth = scores[rows, cells] / (2 * apart[which[rows], cells])
            yield rows + start, cells, cells == home[rows], depth

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
        for start, scores, home in self._scored(hashes):
            scores -= scores[np.arange(len(home)), home, None]
            apart, which = self._apart(home)
            yield start, scores / (2 * apart)[which], home

    def depth_towards(self, hashes: Matrix, homes: Indices, cells: Indices) -> NDArray[np.float64]:
        """Returns the distance, in buckets, of row i from the border of cell ``cells[i]``; 0 for its home cell.

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

    def _apart(self, homes: Indices) -> tuple[Matrix, Indices]:
        """Returns the distance of each of the home cells from all cells, shape (u, c), and the row's place in these.

        The distance of a cell from itself is 1, which cannot be divided by in vain.
        """
        cells, which = np.unique(homes, return_inverse=True)
        square = (self.centres**2).sum(axis=1)
        apart = square[cells, None] + square - 2 * self.centres[cells] @ self.centres.T
        apart[np.arange(len(cells)), cells] = 1.0
        return np.sqrt(apart), which

    def _scored(self, hashes: Matrix) -> Iterator[tuple[int, Matrix, Indices]]:
        """Yields blocks of squared distances to the centres (minus the squared norm of the row) and of home cells."""
        square, twice = (self.centres**2).sum(axis=1), -2 * self.centres.T
        block = max(1, _BLOCK_DOUBLES // len(self.centres))
        for start in range(0, len(hashes), block):
            scores = coordinates(hashes[start : start + block], self.origin) @ twice
            scores += square
            yield start, scores, scores.argmin(axis=1)


@dataclass(frozen=True)
class NestedCells(Cells):
    """Cells within cells, so that a row is compared with few centres, however many cells there are.

    The nearest of ``centres`` leads to one of the parts; the home of a row is its home in that part. The depth of a row
    towards a cell is made of its depth towards the part and, in the part, towards the cell, as if at right angles.

    Parameters
    ----------
    centres, origin, margin
        Of the parts.
    parts : tuple of Cells
        The cells of each part, with the same origin and margin. Cells are numbered through from part to part.
    """

    parts: tuple[Cells, ...] = ()

    @cached_property
    def firsts(self) -> Indices:
        """Number of the first cell of each part, and the number of all cells: shape (parts + 1,)."""
        return np.cumsum([0, *map(len, self.parts)])

    def __len__(self) -> int:
        return int(self.firsts[-1])

    def reached(self, hashes: Matrix) -> Iterator[Reached]:
        """Finds the cells of each row, with its depth towards each; see :meth:`Cells.reached`."""
        for rows, parts, at_home, outer in super().reached(hashes):
            found = []
            for mine, part, first in self._by_part(parts):
                for row, cells, home, inner in part.reached(hashes[rows[mine]]):
                    entry = mine[row]
                    depth = _combined(outer[entry], inner)
                    near = depth <= self.margin
                    found.append((rows[entry[near]], cells[near] + first, (home & at_home[entry])[near], depth[near]))
            row, cells, home, depth = (np.concatenate(column) for column in zip(*found, strict=True))
            yield row, cells, home, depth

    def homes(self, hashes: Matrix) -> Indices:
        """Returns the home cell of each row; see :meth:`Cells.homes`."""
        homes = super().homes(hashes)
        for mine, part, first in self._by_part(homes):
            homes[mine] = part.homes(hashes[mine]) + first
        return homes

    def depths(self, hashes: Matrix) -> Iterator[tuple[int, Matrix, Indices]]:
        """Computes the depth of each row towards each cell; see :meth:`Cells.depths`."""
        for rows in blocks(len(hashes), _BLOCK_DOUBLES // len(self)):
            some = hashes[rows]
            (outer,) = (depth for _, depth, _ in super().depths(some))
            inner = (np.vstack([depth for _, depth, _ in part.depths(some)]) for part in self.parts)
            depth = [_combined(of_part[:, None], own) for of_part, own in zip(outer.T, inner, strict=True)]
            yield rows.start, np.hstack(depth), self.homes(some)

    def depth_towards(self, hashes: Matrix, homes: Indices, cells: Indices) -> NDArray[np.float64]:
        """Returns the depth of row i towards cell ``cells[i]``; see :meth:`Cells.depth_towards`."""
        here, there = (np.searchsorted(self.firsts, of, side="right") - 1 for of in (homes, cells))
        depth = super().depth_towards(hashes, here, there)
        for mine, part, first in self._by_part(there):
            inner = part.depth_towards(hashes[mine], part.homes(hashes[mine]), cells[mine] - first)
            depth[mine] = _combined(depth[mine], inner)
        return depth

    def with_margin(self, margin: float) -> Cells:
        """Returns the same cells with a halo of this width, in buckets."""
        return replace(self, margin=margin, parts=tuple(part.with_margin(margin) for part in self.parts))

    def _by_part(self, parts: Indices) -> Iterator[tuple[Indices, Cells, int]]:
        """Yields the entries of each part that has any, the part, and the number of its first cell."""
        order = np.argsort(parts, kind="stable")
        borders = np.searchsorted(parts[order], np.arange(len(self.parts) + 1))
        # Threads cost more than they gain in products of matrices as small as a part's.
        with one_thread():
            for number in np.flatnonzero(np.diff(borders)).tolist():
                yield order[borders[number] : borders[number + 1]], self.parts[number], int(self.firsts[number])


def _combined(outer: Matrix, inner: Matrix) -> Matrix:
    # Not np.hypot, which rounds differently on different machines.
    return np.asarray(np.sqrt(outer**2 + inner**2))


def coordinates(hashes: Matrix, origin: Matrix) -> Matrix:
    """Returns hashes relative to the origin, clipped so that sums of p products of two stay exact in float64."""
    limit = 2.0 ** ((51 - int(np.ceil(np.log2(hashes.shape[1])))) // 2)
    return np.clip(hashes - origin, -limit, limit)


def choose_margin(needed: NDArray[np.float64], target: float, widest: float) -> float:
    """Returns the smallest halo that finds the share ``target`` of the true neighbours, but at most ``widest``.

    Parameters
    ----------
    needed : array of float64, shape (m,), ascending
        Halo that each true neighbour needs, in buckets.
    target : float
        Recall wanted, on (0, 1].
    widest : float
        Upper bound on the halo, in buckets, set by memory and time.

    Returns
    -------
    float
        In buckets; 0 without neighbours.

    Examples
    --------
    >>> choose_margin(np.array([0.0, 0.0, 1.0, 8.0]), 0.75, widest=5.0)
    1.0
    """
    if not len(needed):
        return 0.0
    return min(float(needed[max(0, int(np.ceil(target * len(needed))) - 1)]), widest)
