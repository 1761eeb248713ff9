"""CCR: the sphere about each row of a class, grown until its energy is spent, and synthetic rows inside it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from spark_smote.kernels import draws
from spark_smote.kernels.arrays import Indices, Matrix, in_order
from spark_smote.kernels.interpolate import finite
from spark_smote.kernels.synthetic import Rows, Seeds, Synthetic

_STREAM = 2
_UNITS = 1 << 16
"""Weight of a row that no row of another class is near to: weights are whole numbers."""


def radii(distances: Matrix, energy: float) -> NDArray[np.float64]:
    """Returns the radius at which the energy of each sphere is spent.

    The radius grows from 0. Growing by dr costs ``(n + 1) * dr`` with n rows of other classes inside, so the energy is
    spent at the radius r with ``r + sum(r - d for the distances d < r) = energy``.

    Parameters
    ----------
    distances : array of float64, shape (q, m)
        Distances of the nearest rows of other classes, ascending; infinite where there are no more. With more than m
        rows inside, a radius is too large by ``energy / (m + 1)`` at most.
    energy : float
        In units of distance.

    Returns
    -------
    array of float64, shape (q,)
        From ``energy / (m + 1)`` to ``energy``.

    References
    ----------
    M. Koziarski, M. Wozniak, "CCR: a combined cleaning and resampling algorithm for imbalanced data classification",
    International Journal of Applied Mathematics and Computer Science 27 (2017), algorithm 1.

    Examples
    --------
    >>> radii(np.array([[0.25, 0.5, 9.0], [2.0, np.inf, np.inf]]), energy=1.0)
    array([0.58333333, 1.        ])
    """
    known = np.where(np.isfinite(distances), distances, 0.0)
    before = np.hstack([np.zeros((len(distances), 1)), np.cumsum(known, axis=1)])
    spent = (energy + before) / np.arange(1, distances.shape[1] + 2)
    following = np.hstack([distances, np.full((len(distances), 1), np.inf)])
    inside = np.argmax(following >= spent, axis=1)
    return np.asarray(spent[np.arange(len(spent)), inside])


def shares_of_energy(number: int, nearest: NDArray[np.void], *, energy: float) -> Indices:
    """Returns the radius of each row as a share of the energy, in the bits of a double.

    See :class:`spark_smote.kernels.weights.Measure`; the nearest rows must be of other classes.
    """
    distances = np.sqrt(np.where(nearest["label"] >= 0, nearest["square"], np.inf))
    return (radii(distances, energy) / energy).view(np.int64)


def small_first(features: Matrix, others: Indices, m: int) -> Indices:
    """Returns weights in inverse proportion to the radii; see :class:`spark_smote.kernels.weights.Weigh`.

    Examples
    --------
    >>> small_first(np.zeros((2, 1)), np.array([1.0, 0.25]).view(np.int64), m=9)
    array([ 65536, 262144])
    """
    return np.rint(_UNITS / others.view(np.float64)).astype(np.int64)


def heaviest(m: int) -> int:
    """Returns the largest weight of a row by the m nearest rows of other classes."""
    return _UNITS * (m + 1)


def inside_spheres(cell: Rows, seeds: Seeds, k: int, *, reach: Matrix | float) -> Iterator[Synthetic]:
    """Synthesises rows inside the spheres of the seeds: a random direction, and a uniform share of the radius.

    Parameters
    ----------
    cell : Rows
    seeds : Seeds
        Seed rows, their quotas, and their measures from :func:`shares_of_energy`.
    k : int
        Not used.
    reach : array of float64, shape (d,), or float
        The energy in the unit of each feature.

    Yields
    ------
    Synthetic

    Raises
    ------
    ValueError
        If the seeds carry no measures.

    References
    ----------
    M. Koziarski, M. Wozniak, B. Krawczyk, "Combined cleaning and resampling algorithm for multi-class imbalanced data
    with label noise", Knowledge-Based Systems 204 (2020): samples in spheres of any norm, here the Euclidean one.
    """
    seeds = seeds.with_quota()
    if seeds.others is None:
        raise ValueError("inside_spheres needs the radii of the seeds")
    radius, width = seeds.others.view(np.float64), cell.features.shape[1]
    for seed, replica in seeds.replicas(width):
        # One random number for each feature, then that of the distance.
        blocks = range(-(-(width + 1) // 4))
        words = [word for block in blocks for word in seeds.words(seed, replica, _STREAM + block)]
        away = np.stack([2 * draws.uniform(word) - 1 for word in words[:width]])
        length = np.sqrt(in_order(away**2))
        share = radius[seed] * draws.uniform(words[width]) / np.where(length > 0, length, 1.0)
        row = seeds.rows[seed]
        with np.errstate(over="ignore"):
            features = finite(cell.features[row] + reach * (share * away).T)
        yield Synthetic(row, None, np.zeros(len(row)), features)
