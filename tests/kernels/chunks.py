"""Test data: rows of one cell in the form that the kernels take."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Cell:
    """Rows in ascending order of their hashes."""

    hashes: Indices
    home: NDArray[np.bool_]
    features: Matrix
    classes: Indices
    quotas: Indices | None = None
    others: Indices | None = None


def cell(
    features: Matrix,
    hashes: Indices | None = None,
    home: NDArray[np.bool_] | None = None,
    classes: Indices | None = None,
    quotas: Indices | None = None,
    others: Indices | None = None,
) -> Cell:
    """A cell; by default all rows are home rows of class 0, and the hash of a row is its index."""
    rows = len(features)
    return Cell(
        np.arange(rows) if hashes is None else hashes,
        np.ones(rows, dtype=bool) if home is None else home,
        features,
        np.zeros(rows, dtype=np.int64) if classes is None else classes,
        quotas,
        others,
    )
