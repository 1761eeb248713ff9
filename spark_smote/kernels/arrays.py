"""Types of the arrays that the kernels take and return, and their division into blocks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Matrix: TypeAlias = NDArray[np.float64]
"""Numbers, usually of shape (rows, features)."""
Indices: TypeAlias = NDArray[np.int64]
"""Whole numbers: row indices, content hashes, counts."""
Words: TypeAlias = NDArray[np.uint64]
"""Random words."""


def blocks(rows: int, size: int) -> Iterator[slice]:
    """Yields slices of at most ``size`` rows, at least 1, that cover all rows: they bound the memory of a step.

    Examples
    --------
    >>> list(blocks(5, 2))
    [slice(0, 2, None), slice(2, 4, None), slice(4, 5, None)]
    """
    size = max(1, size)
    return (slice(start, min(start + size, rows)) for start in range(0, rows, size))


def in_order(terms: Matrix) -> Matrix:
    """Returns the sum over the first axis, added one after the other; NumPy's ``sum`` orders the additions by layout.

    Examples
    --------
    >>> in_order(np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([4., 6.])
    """
    return np.asarray(np.add.accumulate(terms, axis=0)[-1])


def places(mask: NDArray[np.bool_]) -> tuple[Indices, Indices]:
    """Returns row and column of the true elements of a mask, shape (n, m), row by row.

    NumPy's ``nonzero`` takes up to ten times as long for a mask of two dimensions as for one.

    Examples
    --------
    >>> places(np.array([[False, True], [True, True]]))
    (array([0, 1, 1]), array([1, 0, 1]))
    """
    row, column = np.divmod(np.flatnonzero(mask), max(1, mask.shape[1]))
    return row, column
