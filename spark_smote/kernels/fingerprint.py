"""What tells rows from others, in two numbers: by it each pass over the input is held against the one before."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from spark_smote.errors import ChangedInputError
from spark_smote.kernels.arrays import Indices, Matrix


@dataclass(frozen=True)
class Fingerprint:
    """How many rows there are, and what they hold.

    Parameters
    ----------
    rows : int
    checksum : int or None
        Sum of the upper halves of the rows' content hashes, as signed numbers; None where it is not known. Rows of
        other content have the same by a chance of one in four billion.
    """

    rows: int
    checksum: int | None = None

    @classmethod
    def of(cls, hashes: Indices) -> Fingerprint:
        """Of rows with these content hashes, shape (n,).

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
        """Refuse rows that are not these, ``of`` telling of what.

        Raises
        ------
        ChangedInputError
        """
        if now.rows != self.rows:
            raise ChangedInputError.of(f"{of} has {now.rows} usable rows in place of {self.rows}")
        if self.checksum is not None and now.checksum is not None and now.checksum != self.checksum:
            raise ChangedInputError.of(f"rows of {of} have other values")


NOTHING = Fingerprint(0, 0)


@dataclass
class Fingerprints:
    """Of each of a number of bins, the rows and their checksum.

    Parameters
    ----------
    count : int
        Number of bins.
    """

    count: int
    rows: Indices = field(init=False)
    checksums: Indices = field(init=False)

    def __post_init__(self) -> None:
        self.rows, self.checksums = np.zeros((2, self.count), dtype=np.int64)

    def put(self, bins: Indices, hashes: Indices) -> None:
        """Take in rows by their bin and content hash, both of shape (n,)."""
        self.rows += np.bincount(bins, minlength=self.count)
        # Of up to two million rows at once, sums of 32 bits are exact in double precision.
        self.checksums += np.bincount(bins, hashes >> 32, self.count).astype(np.int64)

    def packed(self) -> tuple[Indices, Indices]:
        """What has been taken in, for another's :meth:`merge`."""
        return self.rows, self.checksums

    def merge(self, rows: Indices, checksums: Indices) -> None:
        """Take in what another took in."""
        self.rows += rows
        self.checksums += checksums

    def of(self, number: int) -> Fingerprint:
        """Of one bin."""
        return Fingerprint(int(self.rows[number]), int(self.checksums[number]))

    def each(self) -> list[Fingerprint]:
        """Of all bins in order."""
        return [Fingerprint(*pair) for pair in zip(self.rows.tolist(), self.checksums.tolist(), strict=True)]

    def whole(self) -> Fingerprint:
        """Of all bins together."""
        return sum(self.each(), NOTHING)


@dataclass
class Counted:
    """Rows added up by another, and counted beside.

    Parameters
    ----------
    sums : tally
        As :func:`spark_smote.spark.scans.tally` takes it.
    """

    sums: Any
    seen: Fingerprints = field(default_factory=lambda: Fingerprints(1))

    def add(self, hashes: Indices, rows: Matrix) -> None:
        self.sums.add(hashes, rows)
        self.seen.put(np.zeros(len(hashes), dtype=np.int64), hashes)

    def packed(self) -> tuple[Indices, ...]:
        return (*self.seen.packed(), *self.sums.packed())

    def merge(self, rows: Indices, checksums: Indices, *sums: Indices) -> None:
        self.seen.merge(rows, checksums)
        self.sums.merge(*sums)
