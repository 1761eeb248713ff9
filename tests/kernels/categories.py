"""Test data: rows with categories in the form that the kernels take."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spark_smote.kernels.nominal import Levels, ValueDifference

Matrix = NDArray[np.float64]


def mixed(rows: int, columns: int, levels: int, width: int = 3, seed: int = 0) -> Matrix:
    """Numbers followed by codes."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(1 << 52, size=levels)[rng.integers(levels, size=(rows, columns))]
    return np.hstack([rng.normal(size=(rows, width)), codes.astype(float)])


def metric(codes: Matrix, classes: NDArray[np.int64]) -> ValueDifference:
    """The metric built as in the sampler, from counts by category and class."""
    levels = []
    for column in codes.T:
        pairs, counts = np.unique(np.stack([column, classes], axis=1), axis=0, return_counts=True)
        levels.append(Levels.of(pairs[:, 0], pairs[:, 1].astype(int), counts, int(classes.max()) + 1))
    return ValueDifference(tuple(levels))
