"""Gaussian noise about the synthetic rows of another rule."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from spark_smote.kernels.interpolate import finite, smote
from spark_smote.kernels.noise import normals
from spark_smote.kernels.space import PLAIN, Space
from spark_smote.kernels.synthetic import Rows, Seeds, Synthetic


def gaussian(
    cell: Rows,
    seeds: Seeds,
    k: int,
    *,
    spread: NDArray[np.float64],
    space: Space = PLAIN,
) -> Iterator[Synthetic]:
    """Synthesises rows as :func:`smote` does, and adds Gaussian noise to each feature.

    Parameters
    ----------
    cell : Rows
        All rows of the cell, halo included.
    seeds : Seeds
        Seed rows and their quotas.
    k : int
        Number of neighbours.
    spread : array of float64, shape (d,)
        Standard deviation of the noise of each feature, in its own unit.
    space : Space, optional
        Defines the distance.

    Yields
    ------
    Synthetic
        Its gaps are those of the points without the noise, which lie off the line to a neighbour.

    References
    ----------
    H. Lee, J. Kim, S. Kim, "Gaussian-based SMOTE algorithm for solving skewed class distributions", IJFIS 17 (2017),
    section 3.
    """
    seeds = seeds.with_quota()
    blocks = seeds.replicas(len(spread))
    for made, (seed, replica) in zip(smote(cell, seeds, k, space=space), blocks, strict=True):
        with np.errstate(over="ignore"):
            features = finite(made.features + spread * normals(seeds, seed, replica, len(spread)))
        yield Synthetic(made.seeds, None, made.gaps, features)
