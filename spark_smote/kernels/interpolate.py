"""SMOTE's rule inside one cell: a seed row, one of its k nearest neighbours, a gap, and the point between."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spark_smote.kernels import draws
from spark_smote.kernels.arrays import Indices, Matrix
from spark_smote.kernels.neighbours import nearest

_BLOCK_DOUBLES = 1 << 19
_SAFE = 2.0**1022


@dataclass(frozen=True)
class Seeds:
    """The seed rows of one cell and what they owe.

    Parameters
    ----------
    rows : array of int64, shape (s,)
        Where they stand in the cell.
    hashes : array of int64, shape (s,)
        Content hash of each.
    ordinals : array of int64, shape (s,)
        Number of each among equal rows, from 0.
    quotas : array of int64, shape (s,)
        Synthetic rows that each owes.
    key : pair of int
        Key of the class's draws, see :func:`spark_smote.kernels.draws.class_key`.
    """

    rows: Indices
    hashes: Indices
    ordinals: Indices
    quotas: Indices
    key: draws.Key


@dataclass(frozen=True)
class Synthetic:
    """A block of synthetic rows: where each came from in the cell, and its values.

    ``seeds`` and ``neighbours`` are rows of the cell, shape (n,); ``gaps`` is on [0, 1), shape (n,); ``features`` has
    shape (n, d).
    """

    seeds: Indices
    neighbours: Indices
    gaps: NDArray[np.float64]
    features: Matrix


def smote(cell: Matrix, seeds: Seeds, k: int, *, scale: NDArray[np.float64] | None = None) -> Iterator[Synthetic]:
    """Synthesise what the seed rows of one cell owe, in blocks of bounded size.

    For each synthetic row one neighbour is drawn from the seed's k nearest with equal chance and one gap u ~ U[0, 1);
    the row is ``seed + u * (neighbour - seed)``.

    Parameters
    ----------
    cell : array of float64, shape (n, d)
        All rows of the cell, halo included.
    seeds : Seeds
    k : int
        Number of neighbours, at most n - 1.
    scale : array of float64, shape (d,), optional
        Units of distance of each feature; the synthetic values are not scaled.

    Yields
    ------
    Synthetic

    References
    ----------
    N. V. Chawla et al., "SMOTE: synthetic minority over-sampling technique", JAIR 16 (2002), section 4.2.

    Examples
    --------
    >>> cell = np.array([[0.0], [1.0], [10.0]])
    >>> one = Seeds(np.array([0]), np.array([5]), np.array([0]), np.array([3]), key=(7, 1))
    >>> block = next(smote(cell, one, k=1))
    >>> block.neighbours.tolist(), bool(((block.features >= 0) & (block.features < 1)).all())
    ([1, 1, 1], True)
    """
    owing = np.flatnonzero(seeds.quotas)
    if not len(owing):
        return
    rows, hashes, ordinals = seeds.rows[owing], seeds.hashes[owing], seeds.ordinals[owing]
    neighbours = nearest(cell if scale is None else cell / scale, rows, k)
    ends = np.cumsum(seeds.quotas[owing])
    block = max(1, _BLOCK_DOUBLES // cell.shape[1])
    for start in range(0, int(ends[-1]), block):
        number = np.arange(start, min(start + block, int(ends[-1])))
        seed = np.searchsorted(ends, number, side="right")
        replica = ends[seed] - 1 - number
        gap_word, choice_word, _, _ = draws.philox(seeds.key, (hashes[seed], ordinals[seed], replica, 0))
        gap = draws.uniform(gap_word)
        neighbour = neighbours[seed, draws.below(choice_word, k)]
        yield Synthetic(rows[seed], neighbour, gap, between(cell[rows[seed]], cell[neighbour], gap))


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
    return np.asarray(2 * (seed / 2 + share * (neighbour / 2 - seed / 2)))
