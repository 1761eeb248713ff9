"""The memory of a Python worker: its bound, the rows that may be held within it, and the refusal of rows too wide."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass

from pyspark.sql import SparkSession

from spark_smote.errors import ParameterError

WORKER_BYTES = 220_000_000
"""A worker with its libraries, a block of synthetic rows and a block of distances."""
COPIES = 5
"""Copies of the rows held: as received, as one matrix, and those of the search (``tests/kernels/test_copies.py``)."""
LEAST_WIDTH = 16
"""Features that a row counts as at least: so much take its hash, its neighbours and what is computed to find them."""
MOST_BYTES = 1 << 29
"""Bound on the features that a task holds at once, before working copies."""
LEAST_ROWS = 1_000
"""A chunk of a cell may have so many rows, however wide they are, and less than twice as many has the last."""
CHUNK_BYTES = 1 << 26
_BATCH_ROWS = "spark.sql.execution.arrow.maxRecordsPerBatch"
_BATCH_BYTES = "spark.sql.execution.arrow.maxBytesPerBatch"


@dataclass(frozen=True)
class WorkerMemory:
    """What a Python worker holds of rows of one width, by a bound that ``docs/performance.md`` explains.

    Columns that rows carry along (``inheritCols``) come on top.

    Parameters
    ----------
    width : int
        Number of features, categories included.
    rows : int
        Of all classes.
    batch_rows, batch_bytes : int
        Spark's bounds on a batch of rows; 0 or less is none.
    most : int, optional
        Bytes that a worker may take at most, ``maxWorkerMemory``.
    beside : int
        Rows that every task holds beside those of its cell, such as support vectors.
    libraries : int
        Bytes of libraries that a worker loads beside those of :data:`WORKER_BYTES`.

    Examples
    --------
    >>> memory = WorkerMemory(width=30, rows=1_000_000, batch_rows=10_000, batch_bytes=1 << 28)
    >>> memory.bound(50_000), memory.chunk_rows(131_072)
    (282400000, 131072)
    >>> WorkerMemory(30, 1_000_000, 10_000, 1 << 28, most=256 << 20).chunk_rows(131_072)
    19181
    """

    width: int
    rows: int
    batch_rows: int
    batch_bytes: int
    most: int | None = None
    beside: int = 0
    libraries: int = 0

    @classmethod
    def of(
        cls, session: SparkSession, rows: int, width: int, most: str | int | None = None, beside: int = 0
    ) -> WorkerMemory:
        """The memory of workers of a session; ``most`` is a size as :func:`to_bytes` reads it."""
        batch_rows = int(session.conf.get(_BATCH_ROWS, "10000") or 0)
        # At most 256 MB unless set, and no bound before Spark 4.
        batch_bytes = 0 if session.version < "4" else to_bytes(session.conf.get(_BATCH_BYTES, "256m") or "0")
        return cls(width, rows, batch_rows, batch_bytes, None if most is None else to_bytes(most), beside)

    @property
    def empty(self) -> int:
        """Bytes of a worker without rows."""
        return WORKER_BYTES + self.libraries

    @property
    def row_bytes(self) -> int:
        """Bytes of the features of a row."""
        return 8 * self.width

    @property
    def counted(self) -> int:
        """Features that a row held counts as: narrow rows take more for their hashes and neighbours."""
        return max(LEAST_WIDTH, self.width)

    @property
    def batch(self) -> int:
        """Bytes of a batch from Spark, at most."""
        rows = min(self.rows, self.batch_rows) if self.batch_rows > 0 else self.rows
        size = rows * self.row_bytes
        return min(size, self.batch_bytes) if self.batch_bytes > 0 else size

    def bound(self, held: int) -> int:
        """Bytes that a worker takes at most, which holds so many rows at once and reads one batch ahead."""
        return self.empty + max(self._copied(held), self.batch) + self.batch

    def _copied(self, held: int) -> int:
        return COPIES * (held + self.beside) * 8 * self.counted

    def bound_of_chunks(self, chunk_rows: int, rows: int) -> int:
        """The bound where rows are held in chunks: before the last two are cut there are almost twice as many."""
        return self.bound(min(2 * chunk_rows, rows))

    def fits(self, held: int) -> bool:
        """Whether a worker that holds so many rows at once stays within the bounds."""
        return held * self.row_bytes <= MOST_BYTES and (self.most is None or self.bound(held) <= self.most)

    def chunk_rows(self, most: int) -> int:
        """Rows that a chunk of a cell may have, ``most`` if they are not wide and memory allows it."""
        cap = min(most, CHUNK_BYTES // self.row_bytes)
        if self.most is not None:
            room = self.most - self.empty - self.batch - self._copied(0)
            cap = min(cap, room // (2 * COPIES * 8 * self.counted))
        return max(LEAST_ROWS, cap)

    def excess(self, held: int) -> str:
        """By how much a worker that holds so many rows exceeds a bound."""
        size = held * self.row_bytes
        if size > MOST_BYTES:
            bound = f"{size >> 20} MiB, above the bound of {MOST_BYTES >> 20} MiB"
            return f"{held} rows x {self.width} features x 8 bytes = {bound}"
        return f"{self.arithmetic(held)}, above maxWorkerMemory, {(self.most or 0) / 1e6:.0f} MB"

    def arithmetic(self, held: int) -> str:
        """How the bound comes about."""
        copied = self._copied(held) >= self.batch
        rows = f"{COPIES} x {held + self.beside} rows x {self.counted} features x 8 bytes" if copied else "a batch"
        batch, bound = f"a batch of {self.batch / 1e6:.0f} MB", f"{self.bound(held) / 1e6:.0f} MB"
        return f"{self.empty / 1e6:.0f} MB + {rows} + {batch} = {bound}"

    def check(self) -> None:
        """Refuse rows of which a batch from Spark, or a chunk of a cell, is beyond a bound.

        Raises
        ------
        ParameterError
            With the arithmetic, and what to change.
        """
        bound = f"above the bound of {MOST_BYTES >> 20} MiB"
        chunk = min(self.rows, 2 * LEAST_ROWS)
        if chunk * self.row_bytes > MOST_BYTES:
            raise ParameterError(
                f"rows are too wide: a task holds up to {chunk} of them, x {self.width} features x 8 bytes = "
                f"{chunk * self.row_bytes >> 20} MiB, {bound}; use at most {MOST_BYTES // (8 * chunk)} features, say "
                "the first principal components"
            )
        if self.batch > MOST_BYTES:
            batch = min(self.rows, self.batch_rows) if self.batch_rows > 0 else self.rows
            raise ParameterError(
                f"rows are too wide for Spark's batches: up to {batch} rows x {self.width} features x 8 bytes = "
                f"{batch * self.row_bytes >> 20} MiB in one, {bound}; set {_BATCH_ROWS} to "
                f"{MOST_BYTES // self.row_bytes} or less"
            )
        if self.most is not None and not self.fits(chunk):
            room = self.most - self.empty
            batch = min(room - self._copied(chunk), room // 2) // self.row_bytes
            smaller = f", or set {_BATCH_ROWS} to {batch} or less" if batch > 0 else ", or use fewer features"
            enough = f"'{-(-self.bound(chunk) >> 20)}m'{smaller if room > 0 else ''}"
            raise ParameterError(
                f"maxWorkerMemory is {self.most / 1e6:.0f} MB, too little: a Python worker takes up to "
                f"{self.arithmetic(chunk)}; raise maxWorkerMemory to {enough}"
            )


def to_bytes(size: str | int) -> int:
    """A size as Spark's settings have it, or a number of bytes.

    Examples
    --------
    >>> to_bytes("64MB"), to_bytes("268435456b"), to_bytes("-1"), to_bytes(512)
    (67108864, 268435456, -1, 512)
    """
    digits = str(size).rstrip(string.ascii_letters)
    power = "bkmgtp".index(str(size)[len(digits) :].lower()[:1] or "b")
    return int(digits) << (10 * power)


def is_size(value: object) -> bool:
    """Whether :func:`to_bytes` reads it as some bytes.

    Examples
    --------
    >>> [is_size(value) for value in ("1g", "512 MB", 1 << 30, "one", "0", -1)]
    [True, True, True, False, False, False]
    """
    return re.fullmatch(r"0*[1-9]\d*\s*([kmgtp]i?b?|b)?", str(value), re.IGNORECASE | re.ASCII) is not None
