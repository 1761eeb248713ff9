"""The functions of bucketed random projection, given their directions, evaluated on arrays of rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from spark_smote.kernels.arrays import Matrix
from spark_smote.kernels.space import Space

_BLOCK_DOUBLES = 1 << 14
_FURTHEST = 2.0**900


@dataclass(frozen=True)
class Projection:
    """Random directions, and the space in which rows are measured along them.

    Parameters
    ----------
    directions : array of float64, shape (p, e)
        For each coordinate that the space embeds rows in.
    space : Space

    References
    ----------
    M. Datar, N. Immorlica, P. Indyk, V. S. Mirrokni, "Locality-sensitive hashing scheme based on p-stable
    distributions", SCG 2004.
    """

    directions: Matrix
    space: Space = field(default_factory=Space)

    def project(self, rows: Matrix) -> Matrix:
        """Dot products with the directions, shape (n, d) to (n, p).

        They are added up coordinate by coordinate, which a matrix product is not: a row's products must not depend on
        the rows beside it.
        """
        directions = np.ascontiguousarray(self.directions.T)
        products = np.zeros((len(rows), directions.shape[1]))
        block = max(1, _BLOCK_DOUBLES // directions.shape[1])
        for start in range(0, len(rows), block):
            part = self.space.embed(rows[start : start + block])
            total = products[start : start + block]
            term = np.empty_like(total)
            for coordinate, direction in zip(part.T, directions, strict=True):
                np.multiply(coordinate[:, None], direction, out=term)
                total += term
        return products


@dataclass(frozen=True)
class Projections:
    """The projection of each class, or group of rows.

    Parameters
    ----------
    of : mapping of class to Projection
    """

    of: Mapping[int, Projection]

    def __call__(self, number: int, rows: Matrix) -> Matrix:
        """Rows of one class, shape (n, d), to dot products, shape (n, p)."""
        return self.of[number].project(rows)


@dataclass(frozen=True)
class Hashing:
    """Bucketed random projection: the number of the bucket that a row falls into along each direction.

    Parameters
    ----------
    projection : Projection
    length : float
        Width of a bucket, in units of distance.
    """

    projection: Projection
    length: float

    def __call__(self, rows: Matrix) -> Matrix:
        """Rows of shape (n, d) to whole numbers of shape (n, p).

        Examples
        --------
        >>> Hashing(Projection(np.array([[1.0, 0.0], [0.6, 0.8]])), 0.5)(np.array([[1.2, 1.0]]))
        array([[2., 3.]])
        """
        return self.buckets(self.projection.project(rows))

    def buckets(self, projections: Matrix) -> Matrix:
        with np.errstate(over="ignore"):
            return np.clip(np.floor(projections / self.length), -_FURTHEST, _FURTHEST)


def unprojected(number: int, rows: Matrix) -> Matrix:
    """For samples of features alone: no projections, shape (n, 0)."""
    return np.empty((len(rows), 0))
