"""Search for the nearest neighbours within the rows of one cell: exact, or of a wanted recall by sub-cells."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from spark_smote.kernels import sparse
from spark_smote.kernels.arrays import Indices, Matrix, blocks, places
from spark_smote.kernels.brute_force import Codes, Products, squared
from spark_smote.kernels.magnitudes import Kinds, largest
from spark_smote.kernels.missing import nearest_shared, some_missing
from spark_smote.kernels.nominal import Categories
from spark_smote.kernels.sub_cells import divide

TREE_FEATURES = 5
"""Number of features up to which a k-d tree is faster than brute force (measured on cells of 4,000 rows)."""
_BLOCK_DOUBLES = 1 << 20
"""Upper bound on the number of coordinate differences in memory."""
_BLOCK_CANDIDATES = 1 << 17
"""Upper bound on the number of a tree's candidates in memory."""
_SPARE = 3
_BALL = 1e-9
"""Relative rounding error of a radius."""


def nearest(
    base: Matrix,
    queries: Indices,
    k: int,
    nominal: Categories | None = None,
    codes: Matrix | None = None,
    recall: float = 1.0,
    manhattan: bool = False,
) -> Indices:
    """Returns the k nearest base rows of each query row, itself excluded, nearest first.

    Equal rows are neighbours at distance 0. Ties between equally near rows are broken by the order of ``base`` only.

    Parameters
    ----------
    base : array of float64, or csr_array, shape (n, d)
        Rows to search, finite or, of numbers alone, NaN where values are missing. With many duplicates the search is
        fastest if equal rows are adjacent.
    queries : array of int64, shape (q,)
        Indices into ``base`` of the query rows.
    k : int
        Number of neighbours, between 1 and n - 1.
    nominal : Categories, optional
        Contribution of categories to squared distances.
    codes : array of float64, shape (n, c), optional
        Codes of the categories of ``base``.
    recall : float
        Share of the neighbours to find, on (0, 1]; below 1 large cells are searched by sub-cells.
    manhattan : bool
        Whether distance is the sum of absolute differences; without categories, and exact.

    Returns
    -------
    array of int64, shape (q, k)
        Indices into ``base``. If fewer than k rows share a feature with the query, these recur, nearest first; if none
        does, the query row itself.

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
        places = np.searchsorted(kept, left)
        others = _nearest_of_some(rows, rows, places, k + 1, coded, recall, manhattan)[0]
        others = np.where(others < 0, others, kept[others])
        # With more than k + 1 equal rows the query row itself may be missing; then the last one is surplus.
        itself = others == left[:, None]
        itself[~itself.any(axis=1), k] = True
        found[~crowded] = _within_reach(others[~itself].reshape(-1, k), left)
    return found


def k_nearest(
    base: Matrix,
    points: Matrix,
    k: int,
    coded: Codes | None = None,
    recall: float = 1.0,
    manhattan: bool = False,
) -> tuple[Indices, Matrix]:
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
    recall, manhattan
        As for :func:`nearest`.

    Returns
    -------
    rows : array of int64, shape (q, k)
        Indices into ``base``; -1 where fewer than k rows share a feature with the point.
    squares : array of float64, shape (q, k)
        Squared distances. A distance depends only on the row and the point, not on other rows of ``base``, unless one
        of them is larger by a factor of 1e150, and rows are sparse or there are categories or missing values.

    Examples
    --------
    >>> k_nearest(np.array([[0.0], [1.0], [5.0]]), np.array([[4.0]]), k=2)
    (array([[2, 1]]), array([[1., 9.]]))
    """
    return _nearest_of_some(base.copy(), points.copy(), np.arange(points.shape[0]), k, coded, recall, manhattan)


def _nearest_of_some(
    base: Matrix, points: Matrix, asked: Indices, k: int, coded: Codes | None, recall: float, manhattan: bool
) -> tuple[Indices, Matrix]:
    """As :func:`k_nearest`, for the points ``asked``; overwrites rows and points, which may be the same array."""
    if not isinstance(base, np.ndarray):
        return sparse.nearest(base, points[asked], k)
    kinds = None if coded is not None or some_missing(base, points) else Kinds.of(base, points)
    if kinds is None:
        return _in_one_scale(base, points, asked, k, coded, recall, manhattan)

    def search(rows: Matrix, some: Matrix) -> tuple[Indices, Matrix]:
        return _nearest_of_some(rows, some, np.arange(len(some)), k, None, recall, manhattan)

    found, squares, clear = kinds.nearest(asked, k, search)
    if not clear.all():
        left = asked[~clear]
        found[~clear], squares[~clear] = _in_one_scale(base, points, left, k, None, recall, manhattan)
    return found, squares


def _in_one_scale(
    base: Matrix, points: Matrix, asked: Indices, k: int, coded: Codes | None, recall: float, manhattan: bool
) -> tuple[Indices, Matrix]:
    """As :func:`_nearest_of_some`, with one scale for all rows: beside the largest, small squares vanish."""
    # Scaled by a power of two, so that squares do not overflow, and those of the largest do not vanish. The next power
    # may not be a double.
    reach = 0.0 if coded is None else coded.nominal.reach
    own = (base,) if base is points else (base, points)
    exponent = int(np.frexp(max(reach, *(largest(rows) for rows in own)))[1]) - 1
    for rows in own:
        np.ldexp(rows, -exponent, out=rows)
    if coded is not None:
        coded = replace(coded, nominal=coded.nominal.over(float(np.ldexp(1.0, exponent))))
    search = _Exact(base, points, coded)
    if coded is None and some_missing(*own):
        found, squares = nearest_shared(base, points[asked], k)
    elif manhattan:
        found, squares = _by_absolute_differences(base, points, asked, k)
    elif recall < 1 and coded is None and base.shape[1] > TREE_FEATURES:
        found, squares = divide(base, points, asked, k, recall, search)
    else:
        found, squares = search(asked, k)
    with np.errstate(over="ignore", under="ignore"):
        return found, np.ldexp(squares, 2 * exponent)


@dataclass(frozen=True)
class _Exact:
    """Exact search in scaled rows: the fastest method first, and the next one for the points that it cannot decide.

    Categories are those of the rows and of the points asked for, in order.
    """

    base: Matrix
    points: Matrix
    coded: Codes | None
    products: dict[type[np.floating], Products] = field(default_factory=dict)

    def __call__(self, asked: Indices, k: int, chosen: Indices | None = None) -> tuple[Indices, Matrix]:
        """Returns neighbours and squared distances of the points ``asked``, among the rows ``chosen`` or all."""
        found, squares = np.empty((len(asked), k), dtype=np.int64), np.empty((len(asked), k))
        left = np.arange(len(asked))
        if self.coded is not None or self.base.shape[1] > TREE_FEATURES:
            # Points that single precision cannot decide go to double precision, and those left to direct differences.
            for precision in (np.float32, np.float64):
                if len(left):
                    coded = None if self.coded is None else self.coded.asked(left)
                    products = self._prepared(precision)
                    found[left], squares[left], clear = products.nearest(self.points, asked[left], k, chosen, coded)
                    left = left[~clear]
        if len(left):
            rows = self.base if chosen is None else self.base[chosen]
            if self.coded is None:
                near, squares[left] = _tree(rows, self.points[asked[left]], k)
            else:
                near, squares[left] = _one_by_one(rows, self.points[asked[left]], k, self.coded.asked(left))
            found[left] = near if chosen is None else chosen[near]
        return found, squares

    def _prepared(self, precision: type[np.floating]) -> Products:
        if precision not in self.products:
            codes = 0 if self.coded is None else len(self.coded.rows)
            self.products[precision] = Products(self.base, precision, codes)
        return self.products[precision]


def _tree(rows: Matrix, points: Matrix, k: int) -> tuple[Indices, Matrix]:
    """Candidates by SciPy's k-d tree, a few more than needed, put in the order of their distances."""
    # Imported here, because most workers need no tree and the import is slow.
    from scipy.spatial import cKDTree

    # Cuts at midpoints, because medians are slow to find with many equal rows.
    tree = cKDTree(rows, balanced_tree=False)
    found, squares = np.empty((len(points), k), dtype=np.int64), np.empty((len(points), k))
    for part in blocks(len(points), _BLOCK_CANDIDATES // (k + _SPARE)):
        found[part], squares[part] = _in_tree(tree, rows, points[part], k)
    return found, squares


def _in_tree(tree: Any, rows: Matrix, points: Matrix, k: int) -> tuple[Indices, Matrix]:
    wanted = min(k + _SPARE, len(rows))
    candidates = tree.query(points, k=wanted)[1].reshape(len(points), wanted)
    distance = squared(rows, candidates.ravel(), points, np.repeat(np.arange(len(points)), wanted))
    distance = distance.reshape(candidates.shape)
    order = np.lexsort((candidates, distance), axis=1)
    candidates, distance = np.take_along_axis(candidates, order, axis=1), np.take_along_axis(distance, order, axis=1)
    found, squares = candidates[:, :k], distance[:, :k]
    # With more than k equally near rows, the tree returns arbitrary ones of them.
    tied = np.flatnonzero((distance[:, -1] <= squares[:, -1]) & (wanted < len(rows)))
    for point in tied:
        within = np.array(tree.query_ball_point(points[point], np.sqrt(squares[point, -1]) * (1 + _BALL)))
        apart = squared(rows, within, points, np.full(len(within), point))
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
        row = places(chosen)[1].reshape(-1, k)
        apart = np.take_along_axis(distance, row, axis=1)
        order = np.argsort(apart, axis=1, kind="stable")
        found[part], squares[part] = (np.take_along_axis(one, order, axis=1) for one in (row, apart))
    return found, squares


def _within_reach(found: Indices, queries: Indices) -> Indices:
    """Puts rows within reach, or the query itself, in the place of -1, which ends a row of ``found``, shape (q, k)."""
    if (found >= 0).all():
        return found
    reached = (found >= 0).sum(axis=1, keepdims=True)
    again = np.take_along_axis(found, np.arange(found.shape[1]) % np.maximum(reached, 1), axis=1)
    return np.where(reached > 0, again, queries[:, None])


def _by_absolute_differences(rows: Matrix, points: Matrix, asked: Indices, k: int) -> tuple[Indices, Matrix]:
    """Compares the points ``asked`` with every row by the sum of absolute differences, feature by feature."""
    # Imported here, because most workers do not need it and the import is slow.
    from scipy.spatial.distance import cdist

    found, squares = np.empty((len(asked), k), dtype=np.int64), np.empty((len(asked), k))
    for part in blocks(len(asked), _BLOCK_DOUBLES // len(rows)):
        distance = cdist(points[asked[part]], rows, "cityblock")
        point, row = places(distance <= np.partition(distance, k - 1, axis=1)[:, k - 1, None])
        apart = distance[point, row]
        order = np.lexsort((row, apart, point))
        best = order[np.searchsorted(point, np.arange(len(distance)))[:, None] + np.arange(k)]
        found[part], squares[part] = row[best], apart[best] ** 2
    return found, squares


def _runs(rows: Matrix) -> tuple[Indices, Indices]:
    """Returns the start and the length of the run of equal adjacent rows of each row, both of shape (n,)."""
    before, after = rows[:-1], rows[1:]
    if not isinstance(rows, np.ndarray):
        new = sparse.differ(after, before)
    elif some_missing(rows):
        new = ((after != before) & ~(np.isnan(after) & np.isnan(before))).any(axis=1)
    else:
        new = (after != before).any(axis=1)
    breaks = np.flatnonzero(np.append(True, new))
    lengths = np.diff(np.append(breaks, rows.shape[0]))
    return np.repeat(breaks, lengths), np.repeat(lengths, lengths)


def _next_in_run(queries: Indices, starts: Indices, sizes: Indices, k: int) -> Indices:
    start, size = starts[queries, None], sizes[queries, None]
    return start + (queries[:, None] - start + 1 + np.arange(k)) % size
