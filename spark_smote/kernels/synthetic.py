"""Input and output of every rule: the seed rows of one cell with their quotas, and blocks of synthetic rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from spark_smote.kernels import draws
from spark_smote.kernels.apportion import Line
from spark_smote.kernels.arrays import Indices, Matrix

_BLOCK_DOUBLES = 1 << 19


class Rows(Protocol):
    """Rows of one cell, in the order of their content hashes: features of shape (n, d), all else of shape (n,)."""

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
    """Seed rows of one cell, with their quotas.

    Parameters
    ----------
    rows : array of int64, shape (s,)
        Index of each seed within the cell.
    hashes : array of int64, shape (s,)
        Content hash of each seed.
    ordinals : array of int64, shape (s,)
        Number of each seed within its equal rows, from 0.
    quotas : array of int64, shape (s,)
        Number of synthetic rows to make from each seed.
    key : pair of int
        Key of the class's draws, see :func:`spark_smote.kernels.draws.class_key`.
    others : array of int64, shape (s,), or None
        Number of rows of other classes within the nearest rows of each seed, if the sampler searched them.
    recall : float
        Share of its nearest rows in the cell that the search shall find for a seed, on (0, 1].
    line : Line or None
        Where the seeds lie on the line of weights, if these are known in the cell only.
    """

    rows: Indices
    hashes: Indices
    ordinals: Indices
    quotas: Indices
    key: draws.Key
    others: Indices | None = None
    recall: float = 1.0
    line: Line | None = None

    def weighed(self, weights: Indices) -> Seeds:
        """Returns the seeds with quotas in proportion to weights, shape (s,), if the line of these is known."""
        return self if self.line is None else replace(self, quotas=self.line.take(weights), line=None)

    def with_quota(self) -> Seeds:
        """Returns the seeds whose quota is above 0."""
        kept = np.flatnonzero(self.quotas)
        others = None if self.others is None else self.others[kept]
        rows, hashes, ordinals, quotas = (of[kept] for of in (self.rows, self.hashes, self.ordinals, self.quotas))
        return Seeds(rows, hashes, ordinals, quotas, self.key, others, self.recall)

    def replicas(self, width: int) -> Iterator[tuple[Indices, Indices]]:
        """Yields seed index and replica number of all rows to make, in blocks of bounded size.

        The replica numbers of a seed count down to 0.

        Parameters
        ----------
        width : int
            Number of features, which bounds the rows in a block.

        Yields
        ------
        seed, replica : arrays of int64, shape (n,)
        """
        ends = np.cumsum(self.quotas)
        total = int(ends[-1]) if len(ends) else 0
        block = max(1, _BLOCK_DOUBLES // width)
        for start in range(0, total, block):
            number = np.arange(start, min(start + block, total))
            seed = np.searchsorted(ends, number, side="right")
            yield seed, ends[seed] - 1 - number

    def words(self, seed: Indices, replica: Indices, stream: int = 0) -> tuple[draws.Words, ...]:
        """Returns four random words for each replica; seed and replica of shape (n,), as from :meth:`replicas`."""
        return draws.philox(self.key, (self.hashes[seed], self.ordinals[seed], replica, stream))


@dataclass(frozen=True)
class Synthetic:
    """A block of synthetic rows: their origin in the cell and their values.

    Parameters
    ----------
    seeds : array of int64, shape (n,)
        Index of the seed row within the cell.
    neighbours : array of int64, shape (n,), or None
        Index of the neighbour within the cell; None for rules without neighbours.
    gaps : array of float64, shape (n,)
        Fraction of the way from seed to neighbour.
    features : array of float64, shape (n, d)
        Synthetic numbers.
    categories : array of int64, shape (n, c), or None
        Index, within the cell, of the row that each category is copied from; None without categories.
    """

    seeds: Indices
    neighbours: Indices | None
    gaps: NDArray[np.float64]
    features: Matrix
    categories: Indices | None = None
