"""Rules without neighbours: the bootstrap, plain or smoothed, and the star topology of polynomial fitting."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from spark_smote.kernels.interpolate import between, finite
from spark_smote.kernels.noise import normals
from spark_smote.kernels.synthetic import Rows, Seeds, Synthetic


def bootstrap(cell: Rows, seeds: Seeds, k: int, *, spread: NDArray[np.float64] | None = None) -> Iterator[Synthetic]:
    """Copies the seed rows, with Gaussian noise if ``spread`` is given.

    Parameters
    ----------
    cell : Rows
    seeds : Seeds
        Seed rows and their quotas.
    k : int
        Not used.
    spread : array of float64, shape (d,), optional
        Standard deviation of the noise of each feature, in its own unit.

    Yields
    ------
    Synthetic

    References
    ----------
    G. Menardi, N. Torelli, "Training and assessing classification rules with imbalanced data", Data Mining and
    Knowledge Discovery 28 (2014), section 3.
    """
    seeds = seeds.with_quota()
    for seed, replica in seeds.replicas(cell.features.shape[1]):
        row = seeds.rows[seed]
        features = cell.features[row]
        if spread is not None:
            with np.errstate(over="ignore"):
                features = finite(features + spread * normals(seeds, seed, replica, len(spread)))
        yield Synthetic(row, None, np.zeros(len(row)), features)


def star(cell: Rows, seeds: Seeds, k: int, *, centre: NDArray[np.float64]) -> Iterator[Synthetic]:
    """Synthesises points at equal steps on the segment from each seed row to the mean of the class.

    Parameters
    ----------
    cell : Rows
    seeds : Seeds
        Seed rows and their quotas.
    k : int
        Not used.
    centre : array of float64, shape (d,)
        Mean of the class.

    Yields
    ------
    Synthetic

    References
    ----------
    S. Gazzah, N. E. B. Amara, "New oversampling approaches based on polynomial fitting for imbalanced data sets", DAS
    2008, section 3.1.
    """
    seeds = seeds.with_quota()
    for seed, replica in seeds.replicas(cell.features.shape[1]):
        row = seeds.rows[seed]
        gap = (replica + 1) / (seeds.quotas[seed] + 1)
        target = np.broadcast_to(centre, (len(row), len(centre)))
        yield Synthetic(row, None, gap, between(cell.features[row], target, gap))


def bandwidth(rows: int, width: int) -> float:
    """Returns the bandwidth of a Gaussian kernel, in standard deviations, that is optimal for Gaussian data.

    Parameters
    ----------
    rows : int
        Number of rows of the class.
    width : int
        Number of features.

    References
    ----------
    A. W. Bowman, A. Azzalini, "Applied smoothing techniques for data analysis" (1997), equation 2.3; used by Menardi
    and Torelli (2014) with the rows of the class.

    Examples
    --------
    >>> round(bandwidth(100, 2), 4)
    0.4642
    """
    return float((4 / ((width + 2) * rows)) ** (1 / (width + 4)))
