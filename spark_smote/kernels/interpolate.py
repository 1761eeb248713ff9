"""SMOTE's rule inside one cell: interpolates between a seed row and one of its k nearest neighbours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from spark_smote.kernels import draws, sparse
from spark_smote.kernels.arrays import Indices, Matrix
from spark_smote.kernels.missing import some_missing
from spark_smote.kernels.space import PLAIN, Space
from spark_smote.kernels.synthetic import Rows, Seeds, Synthetic

_SAFE = 2.0**1022
_LARGEST = np.finfo(np.float64).max


Steps: TypeAlias = tuple[Indices, NDArray[np.float64]]
"""The neighbour of each synthetic row, an index within the cell, and its gap."""


class Reach(Protocol):
    """Upper bound of the gap of each synthetic row: the gap is drawn on [0, reach). Must be picklable.

    Parameters
    ----------
    cell : Rows
        Rows of the cell.
    seeds : Seeds
        Seed rows of the cell.
    seed : array of int64, shape (n,)
        Index of the seed of each synthetic row within ``seeds``.
    neighbour : array of int64, shape (n,)
        Index of the neighbour of each synthetic row within the cell.

    Returns
    -------
    array of float64, shape (n,)
    """

    def __call__(self, cell: Rows, seeds: Seeds, seed: Indices, neighbour: Indices) -> NDArray[np.float64]: ...


def smote(cell: Rows, seeds: Seeds, k: int, *, space: Space = PLAIN, reach: Reach | None = None) -> Iterator[Synthetic]:
    """Synthesises the quotas of the seed rows of one cell, in blocks of bounded size.

    Each synthetic row is ``seed + u * (neighbour - seed)``. The neighbour is drawn uniformly from the k nearest rows of
    the seed, and the gap u uniformly from [0, 1).

    Parameters
    ----------
    cell : Rows
        All rows of the cell, halo included.
    seeds : Seeds
        Seed rows and their quotas.
    k : int
        Number of neighbours, at most n - 1.
    space : Space, optional
        Defines the distance; synthetic values are not scaled.
    reach : Reach, optional
        Upper bounds of the gaps, by default 1.

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
    neighbours = space.nearest(cell.features, seeds.rows, k, seeds.recall)

    def step(seed: Indices, replica: Indices) -> Steps:
        neighbour, gap = towards(seeds, seed, replica, neighbours)
        return neighbour, gap if reach is None else gap * reach(cell, seeds, seed, neighbour)

    yield from walk(cell, seeds, step)


def copies(cell: Rows, seeds: Seeds, k: int, *, space: Space = PLAIN) -> Iterator[Synthetic]:
    """Copies the seed rows of one cell, in place of a rule that finds too few neighbours; each is its own neighbour.

    Parameters
    ----------
    cell : Rows
    seeds : Seeds
    k : int
        Not used.
    space : Space, optional
        Tells numbers from categories.

    Yields
    ------
    Synthetic
    """
    seeds = seeds.with_quota()
    numbers, codes = (cell.features, None) if space.nominal is None else space.split(cell.features)
    for seed, _ in seeds.replicas(cell.features.shape[1]):
        row = seeds.rows[seed]
        categories = None if codes is None else np.repeat(row[:, None], codes.shape[1], axis=1)
        yield Synthetic(row, row, np.zeros(len(row)), numbers[row], categories)


def walk(cell: Rows, seeds: Seeds, step: Callable[[Indices, Indices], Steps]) -> Iterator[Synthetic]:
    """Synthesises the quotas of the seed rows of one cell by steps towards other rows, in blocks of bounded size.

    Parameters
    ----------
    cell : Rows
    seeds : Seeds
        At least one.
    step : callable
        Takes seed and replica number of each synthetic row, as from :meth:`Seeds.replicas`; returns its neighbour, an
        index within the cell, and its gap; all of shape (n,).

    Yields
    ------
    Synthetic
    """
    features = cell.features
    # Of a sparse row, the numbers that are stored.
    width = features.shape[1] if isinstance(features, np.ndarray) else 2 * features.nnz // features.shape[0] + 1
    for seed, replica in seeds.replicas(width):
        neighbour, gap = step(seed, replica)
        row = seeds.rows[seed]
        yield Synthetic(row, neighbour, gap, between(features[row], features[neighbour], gap))


def towards(seeds: Seeds, seed: Indices, replica: Indices, neighbours: Indices) -> Steps:
    """Draws the neighbour and the gap of each synthetic row, both uniformly.

    Parameters
    ----------
    seeds : Seeds
    seed, replica : arrays of int64, shape (n,)
        Seed and replica number of each synthetic row, from :meth:`Seeds.replicas`.
    neighbours : array of int64, shape (s, k)
        Neighbours of each seed.

    Returns
    -------
    neighbour : array of int64, shape (n,)
    gap : array of float64, shape (n,)
        On [0, 1).
    """
    gap_word, choice_word, _, _ = seeds.words(seed, replica)
    return neighbours[seed, draws.below(choice_word, neighbours.shape[1])], draws.uniform(gap_word)


@dataclass(frozen=True)
class HalfWay:
    """Reach of Borderline-SMOTE2: 0.5 towards a neighbour of another class, otherwise 1.

    References
    ----------
    H. Han, W.-Y. Wang, B.-H. Mao, "Borderline-SMOTE", ICIC 2005, section 3.
    """

    def __call__(self, cell: Rows, seeds: Seeds, seed: Indices, neighbour: Indices) -> NDArray[np.float64]:
        return np.where(cell.classes[neighbour] == cell.classes[seeds.rows[seed]], 1.0, 0.5)


@dataclass(frozen=True)
class Outward:
    """Reach of SVM-SMOTE: interpolates where rows of other classes prevail around the seed, otherwise extrapolates.

    Parameters
    ----------
    m : int
        Number of nearest rows of all classes that were searched for each seed.
    step : float
        Upper bound of the extrapolation, as a fraction of the distance to the neighbour.

    Raises
    ------
    ValueError
        If the seeds carry no number of neighbours of other classes.

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
    """Returns ``seed + gap * (neighbour - seed)`` for each row, without overflow of the difference.

    A synthetic row lacks what its seed lacks, and has the seed's own value where only the neighbour lacks one. So the
    share of missing values is that of the seeds, and values that are missing together stay so. If the neighbour had a
    say, the share would grow, for rows that lack much are near to many.

    Parameters
    ----------
    seed, neighbour : arrays of float64, or csr_arrays, shape (n, d)
        Missing values are NaN.
    gap : array of float64, shape (n,)

    Returns
    -------
    array of float64, or csr_array, shape (n, d)

    Examples
    --------
    >>> between(np.array([[0.0, np.nan, 7.0]]), np.array([[2.0, 1.0, np.nan]]), np.array([0.25]))
    array([[0.5, nan, 7. ]])
    >>> between(np.array([[0.0, 4.0]]), np.array([[2.0, 0.0]]), np.array([0.25]))
    array([[0.5, 3. ]])
    """
    if not isinstance(seed, np.ndarray):
        row, column, start, end = sparse.union(seed, neighbour)
        return sparse.rebuilt(seed, row, column, between(start[:, None], end[:, None], gap[row])[:, 0])
    share = gap[:, None]
    if some_missing(neighbour):
        neighbour = np.where(np.isnan(neighbour), seed, neighbour)
    if max(np.abs(seed).max(initial=0.0), np.abs(neighbour).max(initial=0.0)) < _SAFE:
        return np.asarray(seed + share * (neighbour - seed))
    # Halving would round the smallest numbers to 0.
    small = np.maximum(np.abs(seed), np.abs(neighbour)) < _SAFE
    with np.errstate(over="ignore", invalid="ignore"):
        halved = finite(2 * (seed / 2 + share * (neighbour / 2 - seed / 2)))
        return np.where(small, seed + share * (neighbour - seed), halved)


def finite(values: Matrix) -> Matrix:
    """Clips infinite values to the largest double.

    Examples
    --------
    >>> finite(np.array([[-np.inf, 1.0]]))
    array([[-1.79769313e+308,  1.00000000e+000]])
    """
    return np.clip(values, -_LARGEST, _LARGEST)
