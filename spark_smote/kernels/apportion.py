"""Splitting a total of synthetic rows into exact integer quotas, one a seed row."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def quotas(
    positions: NDArray[np.int64], rows: int, total: int, phase: int, weights: NDArray[np.int64] | None = None
) -> NDArray[np.int64]:
    """Systematic apportionment: what each row of a class owes of the class's total.

    Rows stand side by side on a line of length ``rows``, each as long as its weight; whichever task holds a row, its
    quota is the same, it is its share of the total rounded down or up, and together the quotas make ``total`` exactly.

    Parameters
    ----------
    positions : array of int64, shape (n,)
        Where each row begins on the line.
    rows : int
        Length of the line, the sum of all weights of the class: at most 3e9 (so that products stay within 64 bits).
    total : int
        Rows to synthesise for the class.
    phase : int
        On [0, rows): where the systematic steps start; drawn from the seed.
    weights : array of int64, shape (n,), optional
        0 or more; 1 for every row where not given.

    Returns
    -------
    array of int64, shape (n,)

    References
    ----------
    W. G. Madow, "On the theory of systematic sampling, II", Annals of Mathematical Statistics 20 (1949).

    Examples
    --------
    >>> quotas(np.arange(5), rows=5, total=13, phase=2)
    array([3, 2, 3, 2, 3])
    >>> quotas(np.array([0, 3, 3]), rows=4, total=9, phase=0, weights=np.array([3, 0, 1]))
    array([6, 0, 3])
    """
    base, extra = divmod(total, rows)
    length = np.int64(1) if weights is None else weights
    steps = positions.astype(np.int64) * extra + phase
    return length * base + (steps + length * extra) // rows - steps // rows


def shares(weights: NDArray[np.float64], total: int) -> NDArray[np.int64]:
    """Largest remainder: a total split in proportion to weights, of equal remainders the first served first.

    Parameters
    ----------
    weights : array of float64, shape (n,)
        0 or more, not all 0.
    total : int

    Returns
    -------
    array of int64, shape (n,)
        Its sum is ``total``; 0 where the weight is 0.

    References
    ----------
    M. L. Balinski, H. P. Young, "Fair representation" (1982): the method of Hamilton.

    Examples
    --------
    >>> shares(np.array([1.0, 1.0, 1.0, 0.0]), 10)
    array([4, 3, 3, 0])
    """
    exact = weights / weights.max()
    exact = exact / exact.sum() * total
    whole = np.floor(exact).astype(np.int64)
    order = np.argsort(-np.where(weights > 0, exact - whole, -np.inf), kind="stable")
    whole[order[: total - int(whole.sum())]] += 1
    return whole
