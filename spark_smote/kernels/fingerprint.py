"""Fingerprints of sets of rows: each pass over the input compares its rows with those of the pass before."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from spark_smote.errors import ChangedInputError
from spark_smote.kernels.arrays import Indices, Matrix


@dataclass(frozen=True)
class Fingerprint:
    """Fingerprint of a set of rows: their number and a checksum of their content.

    Parameters
    ----------
    rows : int
        Number of rows.
    checksum : int or None
        Sum of the upper halves of the content hashes, as signed numbers; None if unknown. Two sets of rows with
        different content have the same checksum with a probability of one in four billion.
    """

    rows: int
    checksum: int | None = None

    @classmethod
    def of(cls, hashes: Indices) -> Fingerprint:
        """Returns the fingerprint of rows with these content hashes, shape (n,).

        Examples
        --------
        >>> Fingerprint.of(np.array([5 << 32, -3 << 32]))
        Fingerprint(rows=2, checksum=2)
        """
        return cls(len(hashes), int((hashes >> 32).sum()))

    def __add__(self, other: Fingerprint) -> Fingerprint:
        known = self.checksum is not None and other.checksum is not None
        return Fingerprint(self.rows + other.rows, (self.checksum or 0) + (other.checksum or 0) if known else None)

    def check(self, now: Fingerprint, of: str) -> None:
        """Raises an error if the fingerprint ``now`` differs from this one; ``of`` names the rows in the message.

        Raises
        ------
        ChangedInputError
            If the number of rows or the checksum differs.
        """
        if now.rows != self.rows:
            raise ChangedInputError.of(f"{of} has {now.rows} usable rows in place of {self.rows}")
        if self.checksum is not None and now.checksum is not None and now.checksum != self.checksum:
            raise ChangedInputError.of(f"rows of {of} have other values")


NOTHING = Fingerprint(0, 0)
"""Fingerprint of no rows."""


@dataclass
class Fingerprints:
    """Fingerprints of the rows of several bins.

    Parameters
    ----------
    count : int
        Number of bins.

    Examples
    --------
    >>> bins = Fingerprints(2)
    >>> bins.put(np.array([0, 1, 1]), np.array([7 << 32, 1 << 32, 2 << 32]))
    >>> bins.of(1)
    Fingerprint(rows=2, checksum=3)
    """

    count: int
    rows: Indices = field(init=False)
    checksums: Indices = field(init=False)

    def __post_init__(self) -> None:
        self.rows, self.checksums = np.zeros((2, self.count), dtype=np.int64)

    def put(self, bins: Indices, hashes: Indices) -> None:
        """Adds rows, given by their bins and content hashes, both of shape (n,)."""
        self.rows += np.bincount(bins, minlength=self.count)
        # Sums of 32-bit numbers over up to two million rows are exact in double precision.
        self.checksums += np.bincount(bins, hashes >> 32, self.count).astype(np.int64)

    def packed(self) -> tuple[Indices, Indices]:
        """Returns rows and checksums, both of shape (count,), for :meth:`merge`."""
        return self.rows, self.checksums

    def merge(self, rows: Indices, checksums: Indices) -> None:
        """Adds the rows of other fingerprints, as :meth:`packed` returns them."""
        self.rows += rows
        self.checksums += checksums

    def of(self, number: int) -> Fingerprint:
        """Returns the fingerprint of one bin."""
        return Fingerprint(int(self.rows[number]), int(self.checksums[number]))

    def each(self) -> list[Fingerprint]:
        """Returns the fingerprints of all bins, in order."""
        return [Fingerprint(*pair) for pair in zip(self.rows.tolist(), self.checksums.tolist(), strict=True)]

    def whole(self) -> Fingerprint:
        """Returns the fingerprint of the rows of all bins."""
        return sum(self.each(), NOTHING)


@dataclass
class Counted:
    """A tally together with the fingerprint of the rows that it has added.

    Parameters
    ----------
    sums : tally
        Any tally that :func:`spark_smote.spark.scans.tally` accepts.
    """

    sums: Any
    seen: Fingerprints = field(default_factory=lambda: Fingerprints(1))

    def add(self, hashes: Indices, rows: Matrix) -> None:
        """Adds rows, shape (n, d), with their content hashes, shape (n,)."""
        self.sums.add(hashes, rows)
        self.seen.put(np.zeros(len(hashes), dtype=np.int64), hashes)

    def packed(self) -> tuple[Indices, ...]:
        """Returns the fingerprint and the tally as arrays, for :meth:`merge`."""
        return (*self.seen.packed(), *self.sums.packed())

    def merge(self, rows: Indices, checksums: Indices, *sums: Indices) -> None:
        """Merges the result of another task, as :meth:`packed` returns it."""
        self.seen.merge(rows, checksums)
        self.sums.merge(*sums)
