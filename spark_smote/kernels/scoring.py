"""Scores of the rows of a class by their place among all rows: ProWSyn's levels, MWMOTE's information, ANS's outcasts.

Rules for the nearest rows of queries have the form of :class:`spark_smote.kernels.cleaning.Judge`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from spark_smote.kernels.arrays import Indices

FULL = 1 << 62
"""Information weight 1, of which whole numbers are fractions, so that their sums are exact."""
_HEAVIEST = 2.0**30


def proximity(levels: Indices, theta: float) -> Indices:
    """Returns ``exp(-theta * level)`` in units of 2^-32, and at least one unit.

    Parameters
    ----------
    levels : array of int64, shape (n,)
        Proximity levels, from 0.
    theta : float
        Smoothing factor.

    Returns
    -------
    array of int64, shape (n,)

    References
    ----------
    S. Barua, M. M. Islam, K. Murase, "ProWSyn", PAKDD 2013, algorithm 1, step 6.

    Examples
    --------
    >>> (proximity(np.array([0, 1, 4]), 1.0) * 2.0**-32).round(4)
    array([1.    , 0.3679, 0.0183])
    """
    # Divided once for each level, for the last bit of an exponential may depend on the number of values.
    weights = np.array([float(np.exp(-theta * level)) for level in range(int(levels.max(initial=0)) + 1)])
    return np.maximum(np.rint(weights * 2.0**32), 1).astype(np.int64)[levels]


def with_own(number: int, hashes: Indices, nearest: NDArray[np.void]) -> Indices:
    """Returns class and content hash of each row with a row of its class among its nearest: the others are noise.

    References
    ----------
    S. Barua, M. M. Islam, X. Yao, K. Murase, "MWMOTE", IEEE TKDE 26 (2014), algorithm 1, step 2.
    """
    found = hashes[(nearest["label"] == number).any(axis=1)]
    return _table(np.full(len(found), number), found)


def reached(number: int, hashes: Indices, nearest: NDArray[np.void]) -> Indices:
    """Returns class and content hash of each row that is a nearest row of any query, once."""
    found = _table(nearest["label"].ravel(), nearest["key"].ravel())
    found = found[np.lexsort((found[:, 1], found[:, 0]))]
    new = np.append(True, (found[1:] != found[:-1]).any(axis=1))[: len(found)]
    return found[new & (found[:, 0] >= 0)]


@dataclass(frozen=True)
class Information:
    """Returns class, content hash and information weight of each of the nearest rows of each query.

    The closeness of a row at the distance d is ``min(width / d, threshold) / threshold``, and its information weight
    its closeness times its share of the closeness of all nearest rows of the query. The largest closeness, CMAX, is a
    factor of all weights alike, and is 1 here. Weights are whole numbers in units of 2^-62.

    Parameters
    ----------
    threshold : float
        The paper's C_f(th), above 0.
    width : int
        Number of features.
    unit : float
        Unit of the distances.
    most : mapping of class to int
        How many of the nearest rows of queries of a class have a say; all unless given.

    References
    ----------
    S. Barua, M. M. Islam, X. Yao, K. Murase, "MWMOTE", IEEE TKDE 26 (2014), equations 2 to 7.
    """

    threshold: float
    width: int
    unit: float = 1.0
    most: Mapping[int, int] = field(default_factory=dict)

    def __call__(self, number: int, hashes: Indices, nearest: NDArray[np.void]) -> Indices:
        nearest = nearest[:, : self.most.get(number, nearest.shape[1])]
        with np.errstate(divide="ignore", over="ignore"):
            apart = np.sqrt(np.abs(nearest["square"])) * self.unit
            closeness = np.minimum(self.width / apart, self.threshold) / self.threshold
        closeness[nearest["label"] < 0] = 0
        # Added one by one: the order of a NumPy sum may depend on the machine.
        total = np.cumsum(closeness, axis=1)[:, -1:]
        weights = closeness * np.divide(closeness, total, out=np.zeros_like(closeness), where=total > 0)
        own = nearest["label"] >= 0
        return _table(nearest["label"][own], nearest["key"][own], np.rint(weights[own] * FULL))


def selection(information: NDArray[np.float64]) -> Indices:
    """Returns selection weights as whole numbers, in proportion to sums of information weights; at most 2^30.

    Parameters
    ----------
    information : array of float64, shape (n,)
        0 or more; above 0 no weight becomes 0.

    Returns
    -------
    array of int64, shape (n,)

    Examples
    --------
    >>> selection(np.array([0.0, 1e-30, 3.0, 6.0])) / 2**30
    array([0.00000000e+00, 9.31322575e-10, 5.00000000e-01, 1.00000000e+00])
    """
    largest = information.max(initial=0.0)
    if not largest:
        return np.zeros(len(information), dtype=np.int64)
    weights = np.rint(information / largest * _HEAVIEST)
    return np.where(information > 0, np.maximum(weights, 1), 0).astype(np.int64)


def out_border(number: int, hashes: Indices, nearest: NDArray[np.void]) -> Indices:
    """Returns class, hash, rows of other classes up to the first own one, and the squared distance of that as bits.

    Of a row without a row of its class among its m nearest, the number of rows is m and the distance 0.

    References
    ----------
    W. Siriseriwan, K. Sinapiromsaran, "Adaptive neighbor synthetic minority oversampling technique under 1NN outcast
    handling", Songklanakarin J. Sci. Technol. 39 (2017), outcast extraction.
    """
    labels, squares = nearest["label"], np.abs(nearest["square"])
    own = labels == number
    found, first = own.any(axis=1), own.argmax(axis=1)
    reach = np.where(found, squares[np.arange(len(own)), first], 0.0)
    others = ((labels >= 0) & ~own & (squares <= reach[:, None])).sum(axis=1)
    before = np.where(found, others, labels.shape[1])
    return _table(np.full(len(hashes), number), hashes, before, reach.view(np.int64))


def outcast_bound(before: Indices, counts: Indices, most: int) -> int:
    """Returns C: rows with at least so many rows of other classes nearer than their first own one are outcasts.

    C is the number from 2 to ``most`` at which the number of outcasts falls least against C - 1, the first of these.

    Parameters
    ----------
    before : array of int64, shape (n,)
        From :func:`out_border`, at most ``most``.
    counts : array of int64, shape (n,)
        Number of equal rows.
    most : int
        At least 2.

    Examples
    --------
    >>> outcast_bound(np.array([0, 0, 1, 1, 2, 4, 5]), np.ones(7, dtype=np.int64), 5)
    4
    """
    # So many rows are outcasts at C - 1, but not at C.
    fall = np.bincount(before, counts, most + 1)[1:most]
    return 2 + int(fall.argmin())


def _table(*columns: NDArray[np.generic]) -> Indices:
    return np.column_stack([column.astype(np.int64) for column in columns])
