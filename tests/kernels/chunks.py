"""Rows of one cell, as the kernels take them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Cell:
    """Rows with their hashes ascending."""

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
    """All rows at home, of class 0, hashed by their places, unless said."""
    rows = len(features)
    return Cell(
        np.arange(rows) if hashes is None else hashes,
        np.ones(rows, dtype=bool) if home is None else home,
        features,
        np.zeros(rows, dtype=np.int64) if classes is None else classes,
        quotas,
        others,
    )
