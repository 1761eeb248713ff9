"""Synthetic categories: the most frequent category of each column in the neighbourhood of a seed.

A category is given as the row to copy it from, so no new category can arise, and the type of the column does not
matter.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spark_smote.kernels import draws
from spark_smote.kernels.arrays import Indices, Matrix, blocks
from spark_smote.kernels.interpolate import between, towards
from spark_smote.kernels.moments import ExactMoments, median_of
from spark_smote.kernels.space import Space
from spark_smote.kernels.synthetic import Rows, Seeds, Synthetic

_TIES_STREAM = 2
_BLOCK_PAIRS = 1 << 22


@dataclass(frozen=True)
class Modes:
    """Most frequent categories in the neighbourhood of each seed.

    Parameters
    ----------
    holders : array of int64, shape (c, s, k)
        Rows of the neighbourhood for each column and seed. Rows with a most frequent category come first; each of the
        most frequent categories has the same number of rows.
    count : array of int64, shape (c, s)
        Number of rows with a most frequent category.
    """

    holders: Indices
    count: Indices

    @classmethod
    def of(cls, codes: Matrix, neighbourhoods: Indices) -> Modes:
        """Finds the most frequent categories of each neighbourhood.

        Parameters
        ----------
        codes : array of float64, shape (n, c)
            Codes of the categories of all rows.
        neighbourhoods : array of int64, shape (s, k)
            Rows of the neighbourhood of each seed.

        Examples
        --------
        >>> modes = Modes.of(np.array([[7.0], [8.0], [8.0]]), np.array([[0, 1, 2]]))
        >>> modes.holders.tolist(), modes.count.tolist()
        ([[[1, 2, 0]]], [[2]])
        """
        seeds, k = neighbourhoods.shape
        holders = np.empty((codes.shape[1], seeds, k), dtype=np.int64)
        count = np.empty((codes.shape[1], seeds), dtype=np.int64)
        for column, values in enumerate(codes.T):
            for part in blocks(seeds, _BLOCK_PAIRS // k**2):
                near = neighbourhoods[part]
                theirs = values[near]
                sharing = (theirs[:, :, None] == theirs[:, None, :]).sum(axis=2)
                most = sharing == sharing.max(axis=1, keepdims=True)
                order = np.argsort(~most, axis=1, kind="stable")
                holders[column, part] = np.take_along_axis(near, order, axis=1)
                count[column, part] = most.sum(axis=1)
        return cls(holders, count)

    def drawn(self, seeds: Seeds, seed: Indices, replica: Indices) -> Indices:
        """Draws the row that each synthetic category is copied from; of equally frequent categories one is drawn.

        Parameters
        ----------
        seeds : Seeds
        seed, replica : arrays of int64, shape (n,)
            Seed and replica number of each synthetic row, from :meth:`Seeds.replicas`.

        Returns
        -------
        array of int64, shape (n, c)
        """
        words: list[NDArray[np.uint64]] = []
        for stream in range(-(-len(self.holders) // 4)):
            words.extend(seeds.words(seed, replica, _TIES_STREAM + stream))
        columns = zip(self.holders, self.count, words, strict=False)
        chosen = [holders[seed, draws.below(word, count[seed])] for holders, count, word in columns]
        return np.stack(chosen, axis=1)


def smotenc(cell: Rows, seeds: Seeds, k: int, *, space: Space) -> Iterator[Synthetic]:
    """Synthesises rows of numbers and categories: SMOTE for the numbers, the modes of the k neighbours otherwise.

    Parameters
    ----------
    cell : Rows
        Features are numbers, followed by codes of categories.
    seeds : Seeds
    k : int
        Number of neighbours, at most n - 1.
    space : Space
        Distance of rows, with categories.

    Yields
    ------
    Synthetic

    References
    ----------
    N. V. Chawla et al., "SMOTE: synthetic minority over-sampling technique", JAIR 16 (2002), section 6.1.
    """
    seeds = seeds.with_quota()
    if not len(seeds.rows):
        return
    numbers, codes = space.split(cell.features)
    neighbours = space.nearest(cell.features, seeds.rows, k)
    modes = Modes.of(codes, neighbours)
    for seed, replica in seeds.replicas(cell.features.shape[1]):
        row = seeds.rows[seed]
        neighbour, gap = towards(seeds, seed, replica, neighbours)
        made = between(numbers[row], numbers[neighbour], gap)
        yield Synthetic(row, neighbour, gap, made, modes.drawn(seeds, seed, replica))


def smotenc_of_class(cell: Rows, seeds: Seeds, k: int, *, space: Space, unit: Matrix | float) -> Iterator[Synthetic]:
    """The same in a cell that holds a whole class: the step of its categories is that of the rows of the cell.

    Parameters
    ----------
    cell, seeds, k
        As for :func:`smotenc`.
    space : Space
        Distance of rows, with :class:`spark_smote.kernels.nominal.Mismatch` of any step.
    unit : array of float64, shape (d,), or float
        Deviations of all rows, in which those of the class are measured.

    Yields
    ------
    Synthetic
    """
    moments = ExactMoments(space.split(cell.features)[0].shape[1])
    moments.add(cell.hashes, cell.features)
    step = median_of(moments.deviations(len(cell.hashes)) / unit)
    nominal: Any = space.nominal
    yield from smotenc(cell, seeds, k, space=replace(space, nominal=replace(nominal, step=step)))


def smoten(cell: Rows, seeds: Seeds, k: int, *, space: Space) -> Iterator[Synthetic]:
    """Synthesises rows of categories: the most frequent ones of the seed and its k neighbours.

    Parameters
    ----------
    cell : Rows
        Features are codes of categories.
    seeds : Seeds
    k : int
        Number of neighbours, at most n - 1.
    space : Space
        Distance of rows, with categories only.

    Yields
    ------
    Synthetic

    References
    ----------
    N. V. Chawla et al., "SMOTE: synthetic minority over-sampling technique", JAIR 16 (2002), section 6.2.
    """
    seeds = seeds.with_quota()
    if not len(seeds.rows):
        return
    neighbours = space.nearest(cell.features, seeds.rows, k)
    modes = Modes.of(cell.features, np.column_stack([seeds.rows, neighbours]))
    for seed, replica in seeds.replicas(cell.features.shape[1]):
        none = np.empty((len(seed), 0))
        yield Synthetic(seeds.rows[seed], None, np.zeros(len(seed)), none, modes.drawn(seeds, seed, replica))
