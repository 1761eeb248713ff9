"""The bound on the features that a Python task holds at once, and the refusal of rows too wide for it."""

from __future__ import annotations

import string

from pyspark.sql import SparkSession

from spark_smote.errors import ParameterError

MOST_BYTES = 1 << 29
"""Bound on the features that a task holds at once, before working copies."""
LEAST_ROWS = 1_000
"""A chunk of a cell may have so many rows, however wide they are, and less than twice as many has the last."""
CHUNK_BYTES = 1 << 26
_BATCH_ROWS = "spark.sql.execution.arrow.maxRecordsPerBatch"
_BATCH_BYTES = "spark.sql.execution.arrow.maxBytesPerBatch"


def chunk_rows(width: int, most: int) -> int:
    """Rows of so many features that a chunk of a cell may have, ``most`` if they are not wide.

    Examples
    --------
    >>> [chunk_rows(width, 131_072) for width in (30, 1_000, 20_000)]
    [131072, 8388, 1000]
    """
    return max(LEAST_ROWS, min(most, CHUNK_BYTES // (8 * width)))


def check_width(session: SparkSession, rows: int, width: int) -> None:
    """Refuse rows of which a batch from Spark, or a chunk of a cell, is beyond the bound.

    Parameters
    ----------
    session : SparkSession
    rows : int
        Of all classes.
    width : int
        Number of features, categories included.

    Raises
    ------
    ParameterError
        With the arithmetic, and what to lower.
    """
    if rows * width * 8 > MOST_BYTES:
        refuse(rows, width, int(session.conf.get(_BATCH_ROWS, "10000") or 0), _batch_bytes(session))


def _batch_bytes(session: SparkSession) -> int:
    """Spark's bound on the bytes of a batch: at most 256 MB unless set, and none before Spark 4."""
    return 1 << 31 if session.version < "4" else to_bytes(session.conf.get(_BATCH_BYTES, "256m") or "0")


def to_bytes(size: str) -> int:
    """A size as Spark's settings have it.

    Examples
    --------
    >>> to_bytes("64MB"), to_bytes("268435456b"), to_bytes("-1")
    (67108864, 268435456, -1)
    """
    digits = size.rstrip(string.ascii_letters)
    power = "bkmgtp".index(size[len(digits) :].lower()[:1] or "b")
    return int(digits) << (10 * power)


def refuse(rows: int, width: int, batch_rows: int, batch_bytes: int) -> None:
    """Refuse what :func:`check_width` does, by Spark's bounds on a batch; no rows or less are no bound.

    Raises
    ------
    ParameterError
    """
    bound = f"above the bound of {MOST_BYTES >> 20} MiB"
    chunk = min(rows, 2 * LEAST_ROWS)
    if chunk * width * 8 > MOST_BYTES:
        raise ParameterError(
            f"rows are too wide: a task holds up to {chunk} of them, x {width} features x 8 bytes = "
            f"{chunk * width * 8 >> 20} MiB, {bound}; use at most {MOST_BYTES // (8 * chunk)} features, say the first "
            "principal components"
        )
    batch = min(rows, batch_rows) if batch_rows > 0 else rows
    if batch * width * 8 > MOST_BYTES and not 0 < batch_bytes <= MOST_BYTES:
        raise ParameterError(
            f"rows are too wide for Spark's batches: up to {batch} rows x {width} features x 8 bytes = "
            f"{batch * width * 8 >> 20} MiB in one, {bound}; set {_BATCH_ROWS} to {MOST_BYTES // (8 * width)} or less"
        )
