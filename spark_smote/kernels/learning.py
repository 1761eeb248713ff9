"""Learns the cells of a class from a sample of its rows, by balanced k-means; very many cells in two levels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spark_smote.kernels.arrays import Indices, Matrix
from spark_smote.kernels.cells import Cells, NestedCells, coordinates
from spark_smote.kernels.threads import one_thread

MAX_CELLS = 1 << 16
"""Upper bound on the number of cells to aim at for a class."""
MAX_FLAT = 512
"""Above so many cells, cells are nested."""
_ROUNDS = 10
_SAMPLED_A_PART = 128
"""Sampled rows from which to learn one part of nested cells."""
_FEWEST = 4
"""Lower bound on the sampled rows in a nested cell."""
_REAL_ROWS = 16


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
        Nested cells may have fewer sampled rows if these stand for many times ``least`` rows.

    Returns
    -------
    Cells
        At least one cell, without a halo; nested if more than 512 are needed.

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
    wanted = -(-rows // cell_rows)
    if wanted > MAX_FLAT:
        return _nested(sample, weights, min(wanted, MAX_CELLS), _least_nested(len(sample), rows, wanted, least))
    origin, share = _origin(sample, weights), cell_rows / rows * weights.sum()
    return Cells(_balanced(coordinates(sample, origin), weights, wanted, share, least, 4 * MAX_FLAT), origin)


def _nested(sample: Matrix, weights: NDArray[np.float64], wanted: int, least: int) -> Cells:
    """Learns about as many parts as cells in each, the parts from a subsample."""
    total = weights.sum()
    parts = int(np.ceil(np.sqrt(wanted)))
    some = slice(parts * _SAMPLED_A_PART)
    origin = _origin(sample[some], weights[some])
    share = weights[some].sum() / parts
    outer = _balanced(coordinates(sample[some], origin), weights[some], parts, share, least, 4 * parts)
    home = Cells(outer, origin).homes(sample)
    order = np.argsort(home, kind="stable")
    inner = []
    # Threads cost more than they gain in products of matrices as small as a part's.
    with one_thread():
        for own in np.split(order, np.cumsum(np.bincount(home, minlength=len(outer)))[:-1]):
            share_of_all = weights[own].sum() / total
            points, most = coordinates(sample[own], origin), 1 + int(MAX_CELLS * share_of_all)
            centres = _balanced(points, weights[own], round(wanted * share_of_all), total / wanted, least, most)
            inner.append(Cells(centres, origin))
    return NestedCells(outer, origin, parts=tuple(inner))


def _origin(sample: Matrix, weights: NDArray[np.float64]) -> Matrix:
    return np.asarray(np.rint(np.average(sample, axis=0, weights=weights)))


def _least_nested(sampled: int, rows: int, wanted: int, least: int) -> int:
    """Sampled rows that a nested cell must have: a quarter of the mean, and to stand for many times ``least`` rows."""
    enough = max(sampled // (4 * min(wanted, MAX_CELLS)), -(-_REAL_ROWS * least * sampled // rows))
    return min(least, max(_FEWEST, enough))


def _balanced(points: Matrix, weights: NDArray[np.float64], wanted: int, share: float, least: int, most: int) -> Matrix:
    """Learns centres of cells with about ``share`` of the weights, and at least ``least`` points: shape (c, p)."""
    centres = _means(points, weights, int(np.clip(wanted, 1, max(1, len(points) // least))))
    for _ in range(_ROUNDS):
        centres, home = _without_small(centres, points, least)
        members = np.bincount(home, minlength=len(centres))
        heavy = np.bincount(home, weights, minlength=len(centres)) > 2 * share
        split = np.flatnonzero(heavy & (members >= 2 * least))
        if not len(split) or len(centres) + len(split) > most:
            return centres
        halves = [_halves(points[home == cell], weights[home == cell]) for cell in split]
        centres = np.vstack([np.delete(centres, split, axis=0), *halves])
    return _without_small(centres, points, least)[0]


def _without_small(centres: Matrix, points: Matrix, least: int) -> tuple[Matrix, Indices]:
    """Drops too small cells, the smallest first and one at a time, since the rows of each move to other cells."""
    home = _homes(centres, points)
    while len(centres) > 1:
        members = np.bincount(home, minlength=len(centres))
        smallest = members.argmin()
        if members[smallest] >= least:
            break
        centres, moved = np.delete(centres, smallest, axis=0), home == smallest
        home -= home > smallest
        home[moved] = _homes(centres, points[moved])
    return centres, home


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
        home = _homes(centres, points)
        mass = np.bincount(home, weights, minlength=len(centres))
        sums = np.stack([np.bincount(home, weights * column, minlength=len(centres)) for column in points.T], axis=1)
        moved = np.unique(np.rint(sums[mass > 0] / mass[mass > 0, None]), axis=0)
        if np.array_equal(moved, centres):
            break
        centres = moved
    return centres


def _homes(centres: Matrix, points: Matrix) -> Indices:
    return Cells(centres, np.zeros(points.shape[1])).homes(points)
