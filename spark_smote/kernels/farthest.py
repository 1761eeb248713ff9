"""Exact search for the farthest rows. Cells do not help here: every point is compared with every row."""

from __future__ import annotations

import numpy as np

from spark_smote.kernels.arrays import Indices, Matrix, blocks

_BLOCK = 1 << 22
_SPARE = 8


def farthest(base: Matrix, points: Matrix, k: int) -> tuple[Indices, Matrix]:
    """Returns the k base rows farthest from each point, farthest first.

    Parameters
    ----------
    base : array of float64, shape (n, d)
        Rows to search, finite.
    points : array of float64, shape (q, d)
        Query points, finite.
    k : int
        Between 1 and n.

    Returns
    -------
    rows : array of int64, shape (q, k)
        Indices into ``base``.
    squares : array of float64, shape (q, k)
        Negated squared distances, ascending.

    Examples
    --------
    >>> farthest(np.array([[0.0], [1.0], [5.0]]), np.array([[4.0]]), k=2)
    (array([[0, 1]]), array([[-16.,  -9.]]))
    """
    found, squares = np.empty((len(points), k), dtype=np.int64), np.empty((len(points), k))
    wanted = min(k + _SPARE, len(base))
    centre = base.mean(axis=0)
    rows = base - centre
    lengths = (rows**2).sum(axis=1)
    for part in blocks(len(points), _BLOCK // max(len(base), wanted * base.shape[1])):
        # Terms equal for all rows are left out. The products are rounded, so a few spare rows are kept.
        nearness = 2 * ((points[part] - centre) @ rows.T) - lengths
        far = np.argpartition(nearness, wanted - 1, axis=1)[:, :wanted]
        negated = -((base[far] - points[part, None, :]) ** 2).sum(axis=2)
        order = np.lexsort((far, negated), axis=1)[:, :k]
        found[part] = np.take_along_axis(far, order, axis=1)
        squares[part] = np.take_along_axis(negated, order, axis=1)
    return found, squares
