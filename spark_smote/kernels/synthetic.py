"""What every rule takes and gives: the seed rows of one cell with what they owe, and blocks of synthetic rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from spark_smote.kernels import draws
from spark_smote.kernels.arrays import Indices, Matrix

_BLOCK_DOUBLES = 1 << 19


class Rows(Protocol):
    """Rows of one cell, in the order of their content hashes."""

    @property
    def hashes(self) -> Indices: ...
    @property
    def home(self) -> NDArray[np.bool_]: ...
    @property
    def features(self) -> Matrix: ...
    @property
    def classes(self) -> Indices: ...
    @property
    def quotas(self) -> Indices | None: ...
    @property
    def others(self) -> Indices | None: ...


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
    others : array of int64, shape (s,), or None
        How many rows of other classes are among the nearest of all rows, where the sampler asked.
    """

    rows: Indices
    hashes: Indices
    ordinals: Indices
    quotas: Indices
    key: draws.Key
    others: Indices | None = None

    def with_quota(self) -> Seeds:
        """Those that owe something."""
        kept = np.flatnonzero(self.quotas)
        others = None if self.others is None else self.others[kept]
        return Seeds(self.rows[kept], self.hashes[kept], self.ordinals[kept], self.quotas[kept], self.key, others)

    def replicas(self, width: int) -> Iterator[tuple[Indices, Indices]]:
        """All rows owed, in blocks of bounded size: the seed's index and the replica's number, counted downwards."""
        ends = np.cumsum(self.quotas)
        total = int(ends[-1]) if len(ends) else 0
        block = max(1, _BLOCK_DOUBLES // width)
        for start in range(0, total, block):
            number = np.arange(start, min(start + block, total))
            seed = np.searchsorted(ends, number, side="right")
            yield seed, ends[seed] - 1 - number

    def words(self, seed: Indices, replica: Indices, stream: int = 0) -> tuple[draws.Words, ...]:
        """Four random words for each replica."""
        return draws.philox(self.key, (self.hashes[seed], self.ordinals[seed], replica, stream))


@dataclass(frozen=True)
class Synthetic:
    """A block of synthetic rows: where each came from in the cell, and its values.

    ``seeds`` and ``neighbours`` are rows of the cell, shape (n,), ``neighbours`` None where a row comes of its seed
    alone; ``gaps`` has shape (n,); ``features`` has shape (n, d). Where there are categories, ``categories``, shape
    (n, c), are the rows of the cell that each is copied from.
    """

    seeds: Indices
    neighbours: Indices | None
    gaps: NDArray[np.float64]
    features: Matrix
    categories: Indices | None = None
