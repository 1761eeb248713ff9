"""Safe-Level-SMOTE's rule inside one cell: a synthetic row lies nearer to the safer of its two ends."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from spark_smote.kernels.arrays import Indices
from spark_smote.kernels.interpolate import Steps, towards, walk
from spark_smote.kernels.space import PLAIN, Space
from spark_smote.kernels.synthetic import Rows, Seeds, Synthetic


def safe_gaps(gap: NDArray[np.float64], seed: Indices, neighbour: Indices) -> NDArray[np.float64]:
    """Returns gaps on the part of the segment that the safe levels of its ends allow.

    The gap is 0 if the neighbour's safe level is 0; otherwise it lies on [0, sln / slp) if the seed is the safer end,
    and on [1 - slp / sln, 1) if the neighbour is.

    Parameters
    ----------
    gap : array of float64, shape (n,)
        Drawn on [0, 1).
    seed, neighbour : arrays of int64, shape (n,)
        Safe levels slp, at least 1, and sln.

    Returns
    -------
    array of float64, shape (n,)

    References
    ----------
    C. Bunkhumpornpat, K. Sinapiromsaran, C. Lursinsap, "Safe-Level-SMOTE", PAKDD 2009, figure 2.

    Examples
    --------
    >>> safe_gaps(np.full(4, 0.5), np.array([4, 2, 4, 1]), np.array([0, 2, 1, 4]))
    array([0.   , 0.5  , 0.125, 0.875])
    """
    ratio = np.minimum(seed, neighbour) / np.maximum(seed, neighbour)
    return np.where(neighbour > seed, 1 - ratio, 0.0) + ratio * gap


def safe_level(cell: Rows, seeds: Seeds, k: int, *, m: int, space: Space = PLAIN) -> Iterator[Synthetic]:
    """Synthesises the quotas of the seed rows of one cell, each row nearer to the safer of its two ends.

    Parameters
    ----------
    cell : Rows
        Rows of the cell, with the number of rows of other classes within their m nearest rows.
    seeds : Seeds
        Seed rows and their quotas.
    k : int
        Number of neighbours of the class to draw from.
    m : int
        Number of nearest rows of all classes among which those of the class are counted: the safe level.
    space : Space, optional
        Defines the distance.

    Yields
    ------
    Synthetic

    Raises
    ------
    ValueError
        If the rows carry no number of neighbours of other classes.
    """
    if cell.others is None:
        raise ValueError("safe levels need the classes of the neighbours among all rows")
    seeds = seeds.with_quota()
    if not len(seeds.rows):
        return
    level, neighbours = m - cell.others, space.nearest(cell.features, seeds.rows, k, seeds.recall)

    def step(seed: Indices, replica: Indices) -> Steps:
        neighbour, gap = towards(seeds, seed, replica, neighbours)
        return neighbour, safe_gaps(gap, level[seeds.rows[seed]], level[neighbour])

    yield from walk(cell, seeds, step)
