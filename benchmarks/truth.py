"""Brute force: the true nearest neighbours of a few queries, in bounded memory."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.dataset as ds
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

Matrix = NDArray[np.float64]
Indices = NDArray[np.int64]

BLOCK_ROWS = 8192
# Two rows are equally near if their distances differ only by rounding.
TIE = 1 + 1e-9


def nearest(base: Matrix, queries: Matrix, k: int, itself: Indices | None = None) -> tuple[Matrix, Indices]:
    """Returns the distances of the k nearest rows of ``base``, nearest first, and their positions.

    ``itself`` is the position of each query in ``base``: no row is a neighbour of itself, but equal rows are.
    Differences are squared and summed directly: the expansion by scalar products is faster, but less accurate.
    """
    every = np.arange(len(queries))
    distances = np.full((len(queries), k), np.inf)
    positions = np.full((len(queries), k), -1)
    for start in range(0, len(base), BLOCK_ROWS):
        block = cdist(queries, base[start : start + BLOCK_ROWS], "sqeuclidean")
        if itself is not None:
            here = (start <= itself) & (itself < start + BLOCK_ROWS)
            block[every[here], itself[here] - start] = np.inf
        near = np.argpartition(block, min(k, block.shape[1]) - 1, axis=1)[:, :k]
        both = np.hstack([distances, np.take_along_axis(block, near, axis=1)])
        order = np.argsort(both, axis=1, kind="stable")[:, :k]
        distances = np.take_along_axis(both, order, axis=1)
        positions = np.take_along_axis(np.hstack([positions, start + near]), order, axis=1)
    return np.sqrt(distances), positions


def read_rows(folder: Path, features: list[str], label: int) -> tuple[Indices, Matrix]:
    """Reads ids and features of all rows of a class, in ascending order of the id."""
    table = ds.dataset(folder, exclude_invalid_files=True).to_table(
        ["id", *features], filter=ds.field("label") == label
    )
    ids = table["id"].to_numpy()
    order = np.argsort(ids)
    rows = np.empty((len(ids), len(features)))
    for place, name in enumerate(features):
        rows[:, place] = table[name].to_numpy()[order]
    return ids[order], rows
