"""Synthetic categories: for each column the most frequent one in a seed's neighbourhood, copied from a row that has it.

Since a row is named rather than a category made up, no new category can arise, and its type does not matter.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spark_smote.kernels import draws
from spark_smote.kernels.arrays import Indices, Matrix
from spark_smote.kernels.interpolate import between, towards
from spark_smote.kernels.space import Space
from spark_smote.kernels.synthetic import Rows, Seeds, Synthetic

_TIES_STREAM = 2
_BLOCK_PAIRS = 1 << 22


@dataclass(frozen=True)
class Modes:
    """The most frequent categories in each seed's neighbourhood.

    Parameters
    ----------
    holders : array of int64, shape (c, s, k)
        For each column and seed the rows of its neighbourhood, first those that have a most frequent category: equally
        many for each that is.
    count : array of int64, shape (c, s)
        How many do.
    """

    holders: Indices
    count: Indices

    @classmethod
    def of(cls, codes: Matrix, neighbourhoods: Indices) -> Modes:
        """Among rows with these codes, shape (n, c), in neighbourhoods of k rows, shape (s, k)."""
        seeds, k = neighbourhoods.shape
        holders = np.empty((codes.shape[1], seeds, k), dtype=np.int64)
        count = np.empty((codes.shape[1], seeds), dtype=np.int64)
        block = max(1, _BLOCK_PAIRS // k**2)
        for column, values in enumerate(codes.T):
            for start in range(0, seeds, block):
                near = neighbourhoods[start : start + block]
                theirs = values[near]
                sharing = (theirs[:, :, None] == theirs[:, None, :]).sum(axis=2)
                most = sharing == sharing.max(axis=1, keepdims=True)
                order = np.argsort(~most, axis=1, kind="stable")
                holders[column, start : start + block] = np.take_along_axis(near, order, axis=1)
                count[column, start : start + block] = most.sum(axis=1)
        return cls(holders, count)

    def drawn(self, seeds: Seeds, seed: Indices, replica: Indices) -> Indices:
        """For each synthetic row and column a row to copy from; among equally frequent categories one by chance.

        ``seed`` and ``replica`` as from :meth:`Seeds.replicas`, shape (n,), to shape (n, c).
        """
        words: list[NDArray[np.uint64]] = []
        for stream in range(-(-len(self.holders) // 4)):
            words.extend(seeds.words(seed, replica, _TIES_STREAM + stream))
        columns = zip(self.holders, self.count, words, strict=False)
        chosen = [holders[seed, draws.below(word, count[seed])] for holders, count, word in columns]
        return np.stack(chosen, axis=1)


def smotenc(cell: Rows, seeds: Seeds, k: int, *, space: Space) -> Iterator[Synthetic]:
    """Numbers as SMOTE makes them, categories the most frequent among the seed's k nearest.

    Parameters
    ----------
    cell : Rows
        Their features are numbers followed by codes of categories.
    seeds : Seeds
    k : int
        Number of neighbours, at most n - 1.
    space : Space
        With categories.

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


def smoten(cell: Rows, seeds: Seeds, k: int, *, space: Space) -> Iterator[Synthetic]:
    """Categories the most frequent among the seed and its k nearest.

    Parameters
    ----------
    cell : Rows
        Their features are codes of categories.
    seeds : Seeds
    k : int
        Number of neighbours, at most n - 1.
    space : Space
        With categories alone.

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
