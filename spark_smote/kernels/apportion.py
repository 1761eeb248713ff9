"""Splitting a total of synthetic rows into exact integer quotas, one a seed row."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def quotas(positions: NDArray[np.int64], rows: int, total: int, phase: int) -> NDArray[np.int64]:
    """Systematic apportionment: what each row of a class owes of the class's total.

    Rows stand at the positions 0 .. rows-1 of any fixed order; whichever task holds a position, its quota is the same,
    each is ``floor(total / rows)`` or ``ceil(total / rows)``, and together they make ``total`` exactly.

    Parameters
    ----------
    positions : array of int64, shape (n,)
        Positions in the class's order.
    rows : int
        Rows of the class, at most 3e9 (so that the products stay within 64 bits).
    total : int
        Rows to synthesise for the class.
    phase : int
        On [0, rows): where the systematic steps start; drawn from the seed.

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
    """
    base, extra = divmod(total, rows)
    steps = positions.astype(np.int64) * extra + phase
    return base + (steps + extra) // rows - steps // rows
