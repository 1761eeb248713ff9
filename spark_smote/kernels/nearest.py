"""Exact nearest neighbours among the rows of one cell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from spark_smote.kernels.arrays import Indices, Matrix

TREE_FEATURES = 5
"""Up to this many features a k-d tree is faster than brute force (measured on cells of 4,000 rows)."""
_GROUP, _COARSE = 16, 4
"""Distances whose minimum is taken, and such minima whose minimum is, for a bound on the k-th distance."""
_BLOCK = 1 << 22
"""Distances held at once."""
_BLOCK_DOUBLES = 1 << 20
"""Differences held at once."""
_CROWD = 1024
"""Candidates above which a query is left to the next way of searching."""
_CENTRE_ROWS = 256
_SPARE = 3
_BALL = 1e-9
"""Part of a radius by which rounding may err."""


class Nominal(Protocol):
    """What differing categories, given as codes, add to squared distances; must be picklable.

    ``block`` has the differences of all points (q, c) and all rows (c, n), shape (q, n); ``pairs`` those of pairs of
    a row and a point, both (m, c), shape (m,). ``reach`` is the order of their root, and ``over`` gives the same in
    another unit of distance.
    """

    @property
    def reach(self) -> float: ...
    def over(self, unit: float) -> Nominal: ...
    def block(self, points: Matrix, rows: Matrix) -> Matrix: ...
    def pairs(self, points: Matrix, rows: Matrix) -> Matrix: ...


@dataclass(frozen=True)
class Codes:
    """The categories of rows and points, besides their numbers.

    Parameters
    ----------
    nominal : Nominal
    rows : array of float64, shape (c, n)
        One code a column and row: side by side the rows, not the columns.
    points : array of float64, shape (q, c)
    """

    nominal: Nominal
    rows: Matrix
    points: Matrix

    @classmethod
    def of(cls, nominal: Nominal, codes: Matrix, points: Matrix) -> Codes:
        """From codes of shape (n, c) and (q, c)."""
        return cls(nominal, np.ascontiguousarray(codes.T), points)

    def block(self, part: slice) -> Matrix:
        """What is added to the squared distances of some points and all rows, shape (p, n)."""
        return self.nominal.block(self.points[part], self.rows)

    def pairs(self, row: Indices, point: Indices) -> Matrix:
        """The same of pairs, shape (m,)."""
        return self.nominal.pairs(self.points[point], self.rows[:, row].T)

    def asked(self, points: Indices) -> Codes:
        """Of some of the points only."""
        return Codes(self.nominal, self.rows, self.points[points])


def nearest(
    base: Matrix, queries: Indices, k: int, nominal: Nominal | None = None, codes: Matrix | None = None
) -> Indices:
    """The k nearest rows of each query row, itself excepted, nearest first.

    Equal rows are neighbours of each other at distance 0. Which of equally near rows are taken depends on the order of
    ``base``, and on nothing else.

    Parameters
    ----------
    base : array of float64, shape (n, d)
        Rows to search, finite. The search is fastest on heavy duplicates when equal rows stand side by side.
    queries : array of int64, shape (q,)
        Rows of ``base`` whose neighbours are wanted.
    k : int
        Between 1 and n - 1.
    nominal : Nominal, optional
        What the categories of two rows add to their squared distance.
    codes : array of float64, shape (n, c), optional
        These categories.

    Returns
    -------
    array of int64, shape (q, k)
        Rows of ``base``.

    Examples
    --------
    >>> nearest(np.array([[0.0], [0.0], [1.0], [5.0]]), np.array([0, 3]), k=2)
    array([[1, 2],
           [2, 0]])
    """
    found = np.empty((len(queries), k), dtype=np.int64)
    starts, sizes = _runs(base if codes is None else np.hstack([base, codes]))
    crowded = sizes[queries] > k
    found[crowded] = _next_in_run(queries[crowded], starts, sizes, k)
    if not crowded.all():
        left = queries[~crowded]
        # Of equal rows no more can be among the nearest.
        kept = np.flatnonzero(np.arange(len(base)) - starts <= k)
        coded = None if nominal is None or codes is None else Codes.of(nominal, codes[kept], codes[left])
        rows = base[kept]
        others = kept[_nearest_of_some(rows, rows, np.searchsorted(kept, left), k + 1, coded)[0]]
        # Among more equal rows than that the row itself may not show: then the last is one too many.
        itself = others == left[:, None]
        itself[~itself.any(axis=1), k] = True
        found[~crowded] = others[~itself].reshape(-1, k)
    return found


def k_nearest(base: Matrix, points: Matrix, k: int, coded: Codes | None = None) -> tuple[Indices, Matrix]:
    """The k rows nearest to each point, nearest first, of equally near ones the first in ``base``.

    Parameters
    ----------
    base : array of float64, shape (n, d)
        Rows to search, finite.
    points : array of float64, shape (q, d)
        Finite.
    k : int
        Between 1 and n.
    coded : Codes, optional
        The categories of both.

    Returns
    -------
    rows : array of int64, shape (q, k)
        Rows of ``base``.
    squares : array of float64, shape (q, k)
        Squared distances; they depend on row and point only, not on what else stands in ``base``, so long as no other
        row is beyond all proportion (1e150 times larger).

    Examples
    --------
    >>> k_nearest(np.array([[0.0], [1.0], [5.0]]), np.array([[4.0]]), k=2)
    (array([[2, 1]]), array([[1., 9.]]))
    """
    return _nearest_of_some(base.copy(), points.copy(), np.arange(len(points)), k, coded)


def _nearest_of_some(
    base: Matrix, points: Matrix, asked: Indices, k: int, coded: Codes | None
) -> tuple[Indices, Matrix]:
    """:func:`k_nearest`, of some of the points; rows and points, which may be the same array, are overwritten."""
    found, squares = np.empty((len(asked), k), dtype=np.int64), np.empty((len(asked), k))
    # By a power of two, so that squares neither overflow nor vanish. The next one need not be a double.
    reach = 0.0 if coded is None else coded.nominal.reach
    own = (base,) if base is points else (base, points)
    exponent = int(np.frexp(max(reach, *(_largest(rows) for rows in own)))[1]) - 1
    for rows in own:
        np.ldexp(rows, -exponent, out=rows)
    if coded is not None:
        coded = replace(coded, nominal=coded.nominal.over(float(np.ldexp(1.0, exponent))))
    left = np.arange(len(asked))
    if coded is not None or base.shape[1] > TREE_FEATURES:
        # What single precision cannot tell apart, double may; what neither can is taken from the differences.
        for precision in (np.float32, np.float64):
            if len(left):
                of_left = None if coded is None else coded.asked(left)
                found[left], squares[left], clear = _brute_force(base, points, asked[left], k, precision, of_left)
                left = left[~clear]
    if len(left):
        if coded is None:
            found[left], squares[left] = _tree(base, points[asked[left]], k)
        else:
            found[left], squares[left] = _one_by_one(base, points[asked[left]], k, coded.asked(left))
    with np.errstate(over="ignore", under="ignore"):
        return found, np.ldexp(squares, 2 * exponent)


def _brute_force(
    rows: Matrix, points: Matrix, asked: Indices, k: int, precision: type[np.floating], coded: Codes | None
) -> tuple[Indices, Matrix, NDArray[np.bool_]]:
    """All distances of those asked by matrix products, ``|x|^2 - 2 p.x``, less what rounding may have added to them.

    The rows within the k-th smallest such distance, plus rounding, are sure to hold the k nearest. They are put in
    order by their direct differences. Returns the neighbours, their squared distances, and for which points the rows
    were few enough to do so.
    """
    count, width = rows.shape
    size = _GROUP
    while size > 1 and count < 4 * _COARSE * size * k:
        size //= 2
    coarse = _COARSE if size > 1 else 1
    groups = coarse * -(-count // (coarse * size))
    # Near the origin squares cancel least. A median, and of some rows only: one far outlier shall not spoil it.
    centre = np.median(rows[:: count // _CENTRE_ROWS + 1], axis=0)
    terms = width if coded is None else width + len(coded.rows)
    rounding = 2.0 * (terms + 4) * float(np.finfo(precision).eps)
    base = np.zeros((width + 1, groups * size), dtype=precision)
    for part in _blocks(count, width):
        centred = rows[part] - centre
        base[:width, part] = centred.T
        base[width, part] = (centred**2).sum(axis=1) * (1 - rounding)
    base[width, count:] = np.inf

    found, squares = np.zeros((len(asked), k), dtype=np.int64), np.zeros((len(asked), k))
    clear = np.ones(len(asked), dtype=bool)
    block = int(np.clip(_BLOCK // base.shape[1], 1, 64))
    for start in range(0, len(asked), block):
        part = slice(start, start + block)
        here = asked[part]
        centred = points[here] - centre
        square = (centred**2).sum(axis=1)
        left = np.ones((len(square), width + 1), dtype=precision)
        left[:, :width] = -2 * centred
        product = left @ base
        if coded is not None:
            product[:, :count] += coded.block(part)
        # Row r stands in group r % groups, so that the minimum of each group is taken along contiguous memory.
        distance = product.reshape(len(left), size, groups)
        least = distance.min(axis=1)
        kth = np.partition(least.reshape(len(left), coarse, -1).min(axis=1), k - 1, axis=1)[:, k - 1].astype(np.float64)
        slack = 8 * rounding * (square + np.maximum(kth + square, 0)) + float(np.finfo(precision).tiny)
        bound = np.nextafter((kth + slack).astype(precision), precision(np.inf))
        near = least <= bound[:, None]
        crowd = near.sum(axis=1) > _CROWD + k
        point, group = np.nonzero(near & ~crowd[:, None])
        pair, place = np.nonzero(distance[point, :, group] <= bound[point, None])
        point, candidate = point[pair], place * groups + group[pair]
        crowd |= np.bincount(point, minlength=len(left)) > _CROWD + k
        clear[part] = ~crowd
        kept = ~crowd[point]
        point, candidate = point[kept], candidate[kept]
        apart = _squared(rows, candidate, points, here[point])
        if coded is not None:
            apart += coded.pairs(candidate, point + start)
        order = np.lexsort((candidate, apart, point))
        first = np.searchsorted(point, np.flatnonzero(~crowd))
        chosen = order[first[:, None] + np.arange(k)]
        found[part][~crowd], squares[part][~crowd] = candidate[chosen], apart[chosen]
    return found, squares, clear


def _tree(rows: Matrix, points: Matrix, k: int) -> tuple[Indices, Matrix]:
    """Candidates by SciPy's k-d tree, a few more than needed, put in the order of their distances."""
    # Workers that need no tree are spared the import.
    from scipy.spatial import cKDTree

    wanted = min(k + _SPARE, len(rows))
    # Cuts at midpoints, for medians are slow to find among many equal rows.
    tree = cKDTree(rows, balanced_tree=False)
    candidates = tree.query(points, k=wanted)[1].reshape(len(points), wanted)
    distance = _squared(rows, candidates.ravel(), points, np.repeat(np.arange(len(points)), wanted))
    distance = distance.reshape(candidates.shape)
    order = np.lexsort((candidates, distance), axis=1)
    candidates, distance = np.take_along_axis(candidates, order, axis=1), np.take_along_axis(distance, order, axis=1)
    found, squares = candidates[:, :k], distance[:, :k]
    # Of more equally near rows than were asked for the tree returns any.
    tied = np.flatnonzero((distance[:, -1] <= squares[:, -1]) & (wanted < len(rows)))
    for point in tied:
        within = np.array(tree.query_ball_point(points[point], np.sqrt(squares[point, -1]) * (1 + _BALL)))
        apart = _squared(rows, within, points, np.full(len(within), point))
        first = np.lexsort((within, apart))[:k]
        found[point], squares[point] = within[first], apart[first]
    return found, squares


def _one_by_one(rows: Matrix, points: Matrix, k: int, coded: Codes) -> tuple[Indices, Matrix]:
    """Every point and every row, by their differences: where categories make more rows equally near than to sort."""
    found, squares = np.empty((len(points), k), dtype=np.int64), np.empty((len(points), k))
    block = max(1, _BLOCK_DOUBLES // len(rows))
    for start in range(0, len(points), block):
        part = slice(start, start + block)
        distance = coded.block(part)
        for column, values in zip(rows.T, points[part].T, strict=True):
            distance += (values[:, None] - column) ** 2
        kth = np.partition(distance, k - 1, axis=1)[:, k - 1, None]
        nearer, equal = distance < kth, distance == kth
        chosen = nearer | (equal & (np.cumsum(equal, axis=1) <= k - nearer.sum(axis=1, keepdims=True)))
        row = np.nonzero(chosen)[1].reshape(-1, k)
        apart = np.take_along_axis(distance, row, axis=1)
        order = np.argsort(apart, axis=1, kind="stable")
        found[part], squares[part] = (np.take_along_axis(one, order, axis=1) for one in (row, apart))
    return found, squares


def _squared(rows: Matrix, row: Indices, points: Matrix, point: Indices) -> Matrix:
    """Squared distances of pairs of a row and a point."""
    distance = np.empty(len(row))
    block = max(1, _BLOCK_DOUBLES // max(1, rows.shape[1]))
    for start in range(0, len(row), block):
        difference = points[point[start : start + block]] - rows[row[start : start + block]]
        distance[start : start + block] = np.einsum("ij,ij->i", difference, difference)
    return distance


def _blocks(rows: int, width: int) -> Iterator[slice]:
    """So many rows in blocks, for what would otherwise copy them all."""
    block = max(1, _BLOCK_DOUBLES // max(1, width))
    return (slice(start, min(start + block, rows)) for start in range(0, rows, block))


def _largest(rows: Matrix) -> float:
    """The largest absolute value."""
    return float(max(rows.max(initial=0.0), -rows.min(initial=0.0)))


def _runs(rows: Matrix) -> tuple[Indices, Indices]:
    """For each row, where its run of equal adjacent rows starts, and how many rows it has."""
    breaks = np.flatnonzero(np.append(True, (rows[1:] != rows[:-1]).any(axis=1)))
    lengths = np.diff(np.append(breaks, len(rows)))
    return np.repeat(breaks, lengths), np.repeat(lengths, lengths)


def _next_in_run(queries: Indices, starts: Indices, sizes: Indices, k: int) -> Indices:
    start, size = starts[queries, None], sizes[queries, None]
    return start + (queries[:, None] - start + 1 + np.arange(k)) % size
