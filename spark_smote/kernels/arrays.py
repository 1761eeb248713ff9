"""Type aliases of the arrays that the kernels take and return."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Matrix: TypeAlias = NDArray[np.float64]
"""Numbers, usually of shape (rows, features)."""
Indices: TypeAlias = NDArray[np.int64]
"""Whole numbers: row indices, content hashes, counts."""
