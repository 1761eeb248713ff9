"""SMOTE's rule inside one cell: a seed row, one of its k nearest neighbours, a gap, and the point between."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from spark_smote.kernels import draws
from spark_smote.kernels.arrays import Indices, Matrix
from spark_smote.kernels.nearest import nearest
from spark_smote.kernels.synthetic import Rows, Seeds, Synthetic

_SAFE = 2.0**1022
_LARGEST = np.finfo(np.float64).max


class Reach(Protocol):
    """How far towards the neighbour a synthetic row may lie: the gap is drawn on [0, reach).

    It is given the seeds, which of them and which neighbours (rows of the cell), shape (n,), and returns shape (n,).
    """

    def __call__(self, cell: Rows, seeds: Seeds, seed: Indices, neighbour: Indices) -> NDArray[np.float64]: ...


def smote(
    cell: Rows, seeds: Seeds, k: int, *, scale: NDArray[np.float64] | float | None = None, reach: Reach | None = None
) -> Iterator[Synthetic]:
    """Synthesise what the seed rows of one cell owe, in blocks of bounded size.

    For each synthetic row one neighbour is drawn from the seed's k nearest with equal chance and one gap u ~ U[0, 1);
    the row is ``seed + u * (neighbour - seed)``.

    Parameters
    ----------
    cell : Rows
        All rows of the cell, halo included.
    seeds : Seeds
    k : int
        Number of neighbours, at most n - 1.
    scale : array of float64, shape (d,), or float, optional
        Units of distance of each feature; the synthetic values are not scaled.
    reach : callable, optional
        Bounds of the gaps, 1 where not given.

    Yields
    ------
    Synthetic

    References
    ----------
    N. V. Chawla et al., "SMOTE: synthetic minority over-sampling technique", JAIR 16 (2002), section 4.2.
    """
    seeds = seeds.with_quota()
    if not len(seeds.rows):
        return
    features = cell.features
    neighbours = nearest(features if scale is None else features / scale, seeds.rows, k)
    for seed, replica in seeds.replicas(features.shape[1]):
        neighbour, gap = towards(seeds, seed, replica, neighbours)
        if reach is not None:
            gap = gap * reach(cell, seeds, seed, neighbour)
        row = seeds.rows[seed]
        yield Synthetic(row, neighbour, gap, between(features[row], features[neighbour], gap))


def towards(seeds: Seeds, seed: Indices, replica: Indices, neighbours: Indices) -> tuple[Indices, NDArray[np.float64]]:
    """The neighbour, drawn with equal chance, and the gap, drawn on [0, 1), of each synthetic row.

    ``seed`` and ``replica`` as from :meth:`Seeds.replicas`, shape (n,); ``neighbours`` of each seed, shape (s, k).
    """
    gap_word, choice_word, _, _ = seeds.words(seed, replica)
    return neighbours[seed, draws.below(choice_word, neighbours.shape[1])], draws.uniform(gap_word)


@dataclass(frozen=True)
class HalfWay:
    """Borderline-SMOTE2: at most half way towards a neighbour of another class.

    References
    ----------
    H. Han, W.-Y. Wang, B.-H. Mao, "Borderline-SMOTE", ICIC 2005, section 3.
    """

    def __call__(self, cell: Rows, seeds: Seeds, seed: Indices, neighbour: Indices) -> NDArray[np.float64]:
        return np.where(cell.classes[neighbour] == cell.classes[seeds.rows[seed]], 1.0, 0.5)


@dataclass(frozen=True)
class Outward:
    """SVM-SMOTE: towards the neighbour from where other classes prevail, away from it elsewhere.

    Parameters
    ----------
    m : int
        Number of neighbours that were asked for their class.
    step : float
        The furthest that a row is extrapolated, in distances to the neighbour.

    References
    ----------
    H. M. Nguyen, E. W. Cooper, K. Kamei, "Borderline over-sampling for imbalanced data classification", IJKESDP 3
    (2011), algorithm 1.
    """

    m: int
    step: float

    def __call__(self, cell: Rows, seeds: Seeds, seed: Indices, neighbour: Indices) -> NDArray[np.float64]:
        if seeds.others is None:
            raise ValueError("Outward needs the classes of the neighbours among all rows")
        return np.where(2 * seeds.others[seed] >= self.m, 1.0, -self.step)


def between(seed: Matrix, neighbour: Matrix, gap: NDArray[np.float64]) -> Matrix:
    """``seed + gap * (neighbour - seed)``, row by row, also where the difference alone would overflow.

    Parameters
    ----------
    seed, neighbour : arrays of float64, shape (n, d)
    gap : array of float64, shape (n,)

    Examples
    --------
    >>> between(np.array([[0.0, 4.0]]), np.array([[2.0, 0.0]]), np.array([0.25]))
    array([[0.5, 3. ]])
    """
    share = gap[:, None]
    if max(np.abs(seed).max(initial=0.0), np.abs(neighbour).max(initial=0.0)) < _SAFE:
        return np.asarray(seed + share * (neighbour - seed))
    # Halves of the smallest numbers are none.
    small = np.maximum(np.abs(seed), np.abs(neighbour)) < _SAFE
    with np.errstate(over="ignore", invalid="ignore"):
        halved = finite(2 * (seed / 2 + share * (neighbour / 2 - seed / 2)))
        return np.where(small, seed + share * (neighbour - seed), halved)


def finite(values: Matrix) -> Matrix:
    """What lies beyond the largest double comes back to it.

    Examples
    --------
    >>> finite(np.array([[-np.inf, 1.0]]))
    array([[-1.79769313e+308,  1.00000000e+000]])
    """
    return np.clip(values, -_LARGEST, _LARGEST)
