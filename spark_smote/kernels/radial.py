"""RBO: synthetic rows walk from a seed to where the potentials of its class and of all others are balanced."""

from __future__ import annotations

from collections.abc import Iterator
from math import factorial

import numpy as np
from numpy.typing import NDArray

from spark_smote.kernels.arrays import Indices, Matrix, in_order
from spark_smote.kernels.interpolate import finite
from spark_smote.kernels.nearest import nearest
from spark_smote.kernels.synthetic import Rows, Seeds, Synthetic

_STREAM = 2
_STEPS_A_DRAW = 4
_SERIES = [1 / factorial(power) for power in range(12, -1, -1)]
"""Factors of Taylor's series of exp, the highest power first."""
_LN2 = 0.6931471803691238, 1.9082149292705877e-10
"""High and low part of the logarithm of 2: products of the high part with small whole numbers are exact."""


def decay(squares: Matrix) -> Matrix:
    """Returns ``exp(-squares)``, 0 or more each, the same bits on any processor, which NumPy does not promise.

    Examples
    --------
    >>> np.allclose(decay(np.array([0.0, 1.0, 30.0])), np.exp([0.0, -1.0, -30.0]), rtol=1e-14, atol=0)
    True
    """
    squares = np.minimum(squares, 708.0)
    halvings = np.rint(squares / (_LN2[0] + _LN2[1]))
    rest = halvings * _LN2[0]
    rest -= squares
    rest += halvings * _LN2[1]
    # In place: walks take most of their time here.
    series = np.full_like(rest, _SERIES[0])
    for factor in _SERIES[1:]:
        series *= rest
        series += factor
    series *= ((1023 - halvings.astype(np.int64)) << 52).view(np.float64)
    return series


def balanced(
    cell: Rows,
    seeds: Seeds,
    k: int,
    *,
    scale: Matrix | float | None,
    near: int,
    gamma: float,
    step: float,
    steps: int,
    stop: float,
) -> Iterator[Synthetic]:
    """Synthesises the quotas of the seeds by walks from them, in blocks of bounded size.

    A walk tries ``steps`` steps of one length along one feature, the feature and the sign drawn uniformly, and takes
    those that lower the absolute value of the mutual class potential ``sum(exp(-(d / gamma) ** 2))``, over the rows of
    other classes minus over the rows of the class, the seed among them. Before each step it ends with probability
    ``stop``.

    Parameters
    ----------
    cell : Rows
        Seeds and the nearest of all rows to each.
    seeds : Seeds
    k : int
        Not used.
    scale : array of float64, shape (d,), float, or None
        Unit of distance of each feature.
    near : int
        Number of nearest rows that make the potential, beside the seed.
    gamma, step : float
        Spread of the radial basis function, and length of a step, in units of distance.
    steps : int
    stop : float

    Yields
    ------
    Synthetic

    References
    ----------
    M. Koziarski, B. Krawczyk, M. Wozniak, "Radial-based oversampling for noisy imbalanced data classification",
    Neurocomputing 343 (2019), equation 3 and algorithm 1.
    """
    seeds = seeds.with_quota()
    if not len(seeds.rows):
        return
    unit = 1.0 if scale is None else scale
    # A small group may have fewer rows.
    near = min(near, len(cell.hashes) - 1)
    found = nearest(cell.features / unit, seeds.rows, near, recall=seeds.recall)
    around = np.hstack([seeds.rows[:, None], found])
    signs = np.where(cell.classes[around] == cell.classes[seeds.rows][:, None], -1.0, 1.0)
    # Many walks at once: each step takes the time of some calls, whatever the number of walks that are left.
    for seed, replica in seeds.replicas(cell.features.shape[1] * max(1, (near + 1) // 6)):
        first = int(seed[0])
        rows = seeds.rows[first : int(seed[-1]) + 1]
        row = seeds.rows[seed]
        # Rows that are too far for their distance to be a double add nothing to a potential.
        with np.errstate(over="ignore", invalid="ignore"):
            away = (cell.features[rows, None] - cell.features[around[first : first + len(rows)]]) / unit
            taken = _walks(seeds, seed, replica, away / gamma, signs[seed].T, step / gamma, steps, stop)
            features = finite(cell.features[row] + unit * (step * taken))
        yield Synthetic(row, None, np.zeros(len(row)), features)


def _walks(
    seeds: Seeds,
    seed: Indices,
    replica: Indices,
    away: NDArray[np.float64],
    signs: Matrix,
    step: float,
    steps: int,
    stop: float,
) -> Matrix:
    """Returns the number of steps that each walk has taken along each feature, shape (n, d).

    ``away`` are the ways from the rows that make the potential of a seed to the seed, shape (s, near + 1, d), in units
    of gamma, from the first seed of the block on; ``signs`` are those of these rows for each walk, (near + 1, n).
    """
    width, own = away.shape[2], seed - seed[0]
    taken = np.zeros((len(seed), width))
    squares = (away**2).sum(axis=2)[own].T
    potential = in_order(signs * decay(squares))
    walking = np.arange(len(seed))
    for number in range(steps):
        if number % _STEPS_A_DRAW == 0:
            words = seeds.words(seed[walking], replica[walking], _STREAM + number // _STEPS_A_DRAW)
        word = words[number % _STEPS_A_DRAW]
        going = np.flatnonzero((word >> np.uint64(32)) * 2.0**-32 >= stop)
        if len(going) < len(walking):
            walking, word = walking[going], word[going]
            words = tuple(one[going] for one in words)
            squares, signs, potential = squares[:, going], signs[:, going], potential[going]
        if not len(walking):
            break
        feature = ((word & np.uint64(0xFFFFFFFE)) * 2.0**-32 * width).astype(np.int64)
        forth = np.where(word & np.uint64(1), step, -step)
        way = away[own[walking], :, feature].T + step * taken[walking, feature]
        moved = np.maximum(squares + forth * (2 * way + forth), 0.0)
        there = in_order(signs * decay(moved))
        better = np.abs(there) < np.abs(potential)
        taken[walking[better], feature[better]] += np.sign(forth[better])
        squares = np.where(better, moved, squares)
        potential = np.where(better, there, potential)
    return taken
