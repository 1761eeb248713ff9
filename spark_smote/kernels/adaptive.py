"""ANS's rule inside one cell: a seed walks towards any row within one radius, so dense regions have more neighbours."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from spark_smote.kernels import draws
from spark_smote.kernels.arrays import Indices, Matrix
from spark_smote.kernels.interpolate import Steps, walk
from spark_smote.kernels.nearest import nearest
from spark_smote.kernels.synthetic import Rows, Seeds, Synthetic


def within_radius(
    cell: Rows, seeds: Seeds, k: int, *, radius: float, unit: Matrix | float = 1.0
) -> Iterator[Synthetic]:
    """Synthesises the quotas of the seed rows of one cell, each towards a row within the radius that has a weight.

    The neighbour is drawn uniformly from the rows with a weight within the radius of the seed, the k nearest at most;
    from the nearest one, if there is none.

    Parameters
    ----------
    cell : Rows
        Rows of the cell, with their weights in place of numbers of neighbours; outcasts weigh 0.
    seeds : Seeds
        Seed rows and their quotas.
    k : int
        Most neighbours to draw from.
    radius : float
        In units of distance.
    unit : array of float64, shape (d,), or float
        Unit of distance of each feature.

    Yields
    ------
    Synthetic

    Raises
    ------
    ValueError
        If the rows carry no weights.

    References
    ----------
    W. Siriseriwan, K. Sinapiromsaran, "Adaptive neighbor synthetic minority oversampling technique under 1NN outcast
    handling", Songklanakarin J. Sci. Technol. 39 (2017), 565-576.
    """
    if cell.others is None:
        raise ValueError("within_radius needs the weights of the rows")
    seeds = seeds.with_quota()
    if not len(seeds.rows):
        return
    used = np.flatnonzero(cell.others)
    if len(used) < 2:
        used = np.arange(len(cell.hashes))
    rows, own = cell.features[used] / unit, np.searchsorted(used, seeds.rows)
    near = nearest(rows, own, min(k, len(used) - 1), recall=seeds.recall)
    # Where it is 0, the nearest is drawn.
    inside = _inside(rows, own, near, radius)

    def step(seed: Indices, replica: Indices) -> Steps:
        gap_word, choice_word, _, _ = seeds.words(seed, replica)
        return used[near[seed, draws.below(choice_word, inside[seed])]], draws.uniform(gap_word)

    yield from walk(cell, seeds, step)


def _inside(rows: Matrix, own: Indices, near: Indices, radius: float) -> NDArray[np.int64]:
    """Returns how many of the nearest rows of each row lie within the radius: shape (s, k) to (s,)."""
    found = np.zeros(len(own), dtype=np.int64)
    for neighbours in near.T:
        square = np.zeros(len(own))
        for column in rows.T:
            square += (column[neighbours] - column[own]) ** 2
        found += np.sqrt(square) <= radius * (1 + _ROUNDING)
    return found


_ROUNDING = 1e-12
"""Relative rounding error of a distance: the row at the radius itself shall lie within it."""
