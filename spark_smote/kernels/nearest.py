"""Exact search for the nearest neighbours within the rows of one cell."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from spark_smote.kernels import sparse
from spark_smote.kernels.arrays import Indices, Matrix, blocks
from spark_smote.kernels.nominal import Categories

TREE_FEATURES = 5
"""Number of features up to which a k-d tree is faster than brute force (measured on cells of 4,000 rows)."""
_GROUP, _COARSE = 16, 4
"""Size of a group of distances, and number of groups of a coarse group: their minima bound the k-th distance."""
_BLOCK = 1 << 22
"""Upper bound on the number of distances in memory."""
_BLOCK_DOUBLES = 1 << 20
"""Upper bound on the number of coordinate differences in memory."""
_CROWD = 1024
"""Number of candidates above which a query is left to the next search method."""
_CENTRE_ROWS = 256
_SPARE = 3
_BALL = 1e-9
"""Relative rounding error of a radius."""


@dataclass(frozen=True)
class Codes:
    """Categories of rows and of query points.

    Parameters
    ----------
    nominal : Categories
        Contribution of the categories to squared distances.
    rows : array of float64, shape (c, n)
        Codes of the rows, one column of the data after the other.
    points : array of float64, shape (q, c)
        Codes of the query points.
    """

    nominal: Categories
    rows: Matrix
    points: Matrix

    @classmethod
    def of(cls, nominal: Categories, codes: Matrix, points: Matrix) -> Codes:
        """Builds the categories from the codes of rows, shape (n, c), and of points, shape (q, c)."""
        return cls(nominal, np.ascontiguousarray(codes.T), points)

    def block(self, part: slice) -> Matrix:
        """Returns the contributions for a slice of p points and all rows: shape (p, n)."""
        return self.nominal.block(self.points[part], self.rows)

    def pairs(self, row: Indices, point: Indices) -> Matrix:
        """Returns the contributions for pairs of a row and a point: shape (m,)."""
        return self.nominal.pairs(self.points[point], self.rows[:, row].T)

    def asked(self, points: Indices) -> Codes:
        """Returns the categories of all rows and of some of the points."""
        return Codes(self.nominal, self.rows, self.points[points])


def nearest(
    base: Matrix, queries: Indices, k: int, nominal: Categories | None = None, codes: Matrix | None = None
) -> Indices:
    """Returns the k nearest base rows of each query row, itself excluded, nearest first.

    Equal rows are neighbours at distance 0. Ties between equally near rows are broken by the order of ``base`` only.

    Parameters
    ----------
    base : array of float64, or csr_array, shape (n, d)
        Rows to search, finite. With many duplicates the search is fastest if equal rows are adjacent.
    queries : array of int64, shape (q,)
        Indices into ``base`` of the query rows.
    k : int
        Number of neighbours, between 1 and n - 1.
    nominal : Categories, optional
        Contribution of categories to squared distances.
    codes : array of float64, shape (n, c), optional
        Codes of the categories of ``base``.

    Returns
    -------
    array of int64, shape (q, k)
        Indices into ``base``.

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
        # Of a run of equal rows, at most k + 1 can be nearest rows.
        kept = np.flatnonzero(np.arange(len(starts)) - starts <= k)
        coded = None if nominal is None or codes is None else Codes.of(nominal, codes[kept], codes[left])
        rows = base[kept]
        others = kept[_nearest_of_some(rows, rows, np.searchsorted(kept, left), k + 1, coded)[0]]
        # With more than k + 1 equal rows the query row itself may be missing; then the last one is surplus.
        itself = others == left[:, None]
        itself[~itself.any(axis=1), k] = True
        found[~crowded] = others[~itself].reshape(-1, k)
    return found


def k_nearest(base: Matrix, points: Matrix, k: int, coded: Codes | None = None) -> tuple[Indices, Matrix]:
    """Returns the k base rows nearest to each point, nearest first; of equally near rows the first in ``base``.

    Parameters
    ----------
    base : array of float64, or csr_array, shape (n, d)
        Rows to search, finite.
    points : array of float64, or csr_array, shape (q, d)
        Query points, finite.
    k : int
        Number of neighbours, between 1 and n.
    coded : Codes, optional
        Categories of rows and points.

    Returns
    -------
    rows : array of int64, shape (q, k)
        Indices into ``base``.
    squares : array of float64, shape (q, k)
        Squared distances. A distance depends only on the row and the point, not on other rows of ``base``, unless one
        of them is larger by a factor of 1e150.

    Examples
    --------
    >>> k_nearest(np.array([[0.0], [1.0], [5.0]]), np.array([[4.0]]), k=2)
    (array([[2, 1]]), array([[1., 9.]]))
    """
    return _nearest_of_some(base.copy(), points.copy(), np.arange(points.shape[0]), k, coded)


def _nearest_of_some(
    base: Matrix, points: Matrix, asked: Indices, k: int, coded: Codes | None
) -> tuple[Indices, Matrix]:
    """As :func:`k_nearest`, for the points ``asked``; overwrites rows and points, which may be the same array."""
    if not isinstance(base, np.ndarray):
        return sparse.nearest(base, points[asked], k)
    found, squares = np.empty((len(asked), k), dtype=np.int64), np.empty((len(asked), k))
    # Scaled by a power of two, so that squares neither overflow nor vanish. The next power may not be a double.
    reach = 0.0 if coded is None else coded.nominal.reach
    own = (base,) if base is points else (base, points)
    exponent = int(np.frexp(max(reach, *(_largest(rows) for rows in own)))[1]) - 1
    for rows in own:
        np.ldexp(rows, -exponent, out=rows)
    if coded is not None:
        coded = replace(coded, nominal=coded.nominal.over(float(np.ldexp(1.0, exponent))))
    left = np.arange(len(asked))
    if coded is not None or base.shape[1] > TREE_FEATURES:
        # Points that single precision cannot decide go to double precision, and those left to direct differences.
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
    """Searches by matrix products, ``|x|^2 - 2 p.x``, minus an upper bound of the rounding error.

    The rows up to the k-th smallest of these distances, plus rounding, include the k nearest rows. They are sorted by
    their direct differences. Returns the neighbours, their squared distances, and True for each point with few enough
    such rows; the others have no result.
    """
    count, width = rows.shape
    size = _GROUP
    while size > 1 and count < 4 * _COARSE * size * k:
        size //= 2
    coarse = _COARSE if size > 1 else 1
    groups = coarse * -(-count // (coarse * size))
    # Near the origin squares cancel least. The median of some rows, because an outlier would move the mean.
    centre = np.median(rows[:: count // _CENTRE_ROWS + 1], axis=0)
    terms = width if coded is None else width + len(coded.rows)
    rounding = 2.0 * (terms + 4) * float(np.finfo(precision).eps)
    base = np.zeros((width + 1, groups * size), dtype=precision)
    for part in blocks(count, _BLOCK_DOUBLES // max(1, width)):
        centred = rows[part] - centre
        base[:width, part] = centred.T
        base[width, part] = (centred**2).sum(axis=1) * (1 - rounding)
    base[width, count:] = np.inf

    found, squares = np.zeros((len(asked), k), dtype=np.int64), np.zeros((len(asked), k))
    clear = np.ones(len(asked), dtype=bool)
    for part in blocks(len(asked), min(_BLOCK // base.shape[1], 64)):
        here = asked[part]
        centred = points[here] - centre
        square = (centred**2).sum(axis=1)
        left = np.ones((len(square), width + 1), dtype=precision)
        left[:, :width] = -2 * centred
        product = left @ base
        if coded is not None:
            product[:, :count] += coded.block(part)
        # Row r belongs to group r % groups, so that minima are taken along contiguous memory.
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
            apart += coded.pairs(candidate, point + part.start)
        order = np.lexsort((candidate, apart, point))
        first = np.searchsorted(point, np.flatnonzero(~crowd))
        chosen = order[first[:, None] + np.arange(k)]
        found[part][~crowd], squares[part][~crowd] = candidate[chosen], apart[chosen]
    return found, squares, clear


def _tree(rows: Matrix, points: Matrix, k: int) -> tuple[Indices, Matrix]:
    """Candidates by SciPy's k-d tree, a few more than needed, put in the order of their distances."""
    # Imported here, because most workers need no tree and the import is slow.
    from scipy.spatial import cKDTree

    wanted = min(k + _SPARE, len(rows))
    # Cuts at midpoints, because medians are slow to find with many equal rows.
    tree = cKDTree(rows, balanced_tree=False)
    candidates = tree.query(points, k=wanted)[1].reshape(len(points), wanted)
    distance = _squared(rows, candidates.ravel(), points, np.repeat(np.arange(len(points)), wanted))
    distance = distance.reshape(candidates.shape)
    order = np.lexsort((candidates, distance), axis=1)
    candidates, distance = np.take_along_axis(candidates, order, axis=1), np.take_along_axis(distance, order, axis=1)
    found, squares = candidates[:, :k], distance[:, :k]
    # With more than k equally near rows, the tree returns arbitrary ones of them.
    tied = np.flatnonzero((distance[:, -1] <= squares[:, -1]) & (wanted < len(rows)))
    for point in tied:
        within = np.array(tree.query_ball_point(points[point], np.sqrt(squares[point, -1]) * (1 + _BALL)))
        apart = _squared(rows, within, points, np.full(len(within), point))
        first = np.lexsort((within, apart))[:k]
        found[point], squares[point] = within[first], apart[first]
    return found, squares


def _one_by_one(rows: Matrix, points: Matrix, k: int, coded: Codes) -> tuple[Indices, Matrix]:
    """Compares every point with every row by their differences, for categories with too many ties to sort."""
    found, squares = np.empty((len(points), k), dtype=np.int64), np.empty((len(points), k))
    for part in blocks(len(points), _BLOCK_DOUBLES // len(rows)):
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
    """Returns the squared distances of pairs of a row and a point, shape (m,)."""
    distance = np.empty(len(row))
    for part in blocks(len(row), _BLOCK_DOUBLES // max(1, rows.shape[1])):
        difference = points[point[part]] - rows[row[part]]
        distance[part] = np.einsum("ij,ij->i", difference, difference)
    return distance


def _largest(rows: Matrix) -> float:
    """Returns the largest absolute value."""
    return float(max(rows.max(initial=0.0), -rows.min(initial=0.0)))


def _runs(rows: Matrix) -> tuple[Indices, Indices]:
    """Returns the start and the length of the run of equal adjacent rows of each row, both of shape (n,)."""
    before, after = rows[:-1], rows[1:]
    new = (after != before).any(axis=1) if isinstance(rows, np.ndarray) else sparse.differ(after, before)
    breaks = np.flatnonzero(np.append(True, new))
    lengths = np.diff(np.append(breaks, rows.shape[0]))
    return np.repeat(breaks, lengths), np.repeat(lengths, lengths)


def _next_in_run(queries: Indices, starts: Indices, sizes: Indices, k: int) -> Indices:
    start, size = starts[queries, None], sizes[queries, None]
    return start + (queries[:, None] - start + 1 + np.arange(k)) % size
