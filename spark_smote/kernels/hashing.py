"""Bucketed random projection on arrays of rows, for given directions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from spark_smote.kernels.arrays import Matrix, blocks
from spark_smote.kernels.space import Space

_BLOCK_DOUBLES = 1 << 14
_FURTHEST = 2.0**900


@dataclass(frozen=True)
class Projection:
    """Random directions, and the space that embeds the rows to project.

    Parameters
    ----------
    directions : array of float64, shape (p, e)
        One direction a row, in the e coordinates in which the space embeds a row.
    space : Space
        Embeds rows of d features in e coordinates.

    References
    ----------
    M. Datar, N. Immorlica, P. Indyk, V. S. Mirrokni, "Locality-sensitive hashing scheme based on p-stable
    distributions", SCG 2004.
    """

    directions: Matrix
    space: Space = field(default_factory=Space)

    def project(self, rows: Matrix) -> Matrix:
        """Returns the dot products of rows and directions, shape (n, d) to (n, p).

        Examples
        --------
        >>> Projection(np.array([[1.0, 0.0], [0.6, 0.8]])).project(np.array([[1.0, 2.0]]))
        array([[1. , 2.2]])
        """
        # Summed coordinate by coordinate, not by a matrix product: the result of a row must not depend on other rows.
        directions = np.ascontiguousarray(self.directions.T)
        products = np.zeros((len(rows), directions.shape[1]))
        for part in blocks(len(rows), _BLOCK_DOUBLES // directions.shape[1]):
            embedded, total = self.space.embed(rows[part]), products[part]
            term = np.empty_like(total)
            for coordinate, direction in zip(embedded.T, directions, strict=True):
                np.multiply(coordinate[:, None], direction, out=term)
                total += term
        return products


@dataclass(frozen=True)
class Projections:
    """Projections of several classes or groups of rows.

    Parameters
    ----------
    of : mapping of class number to Projection
    """

    of: Mapping[int, Projection]

    def __call__(self, number: int, rows: Matrix) -> Matrix:
        """Returns the dot products of rows of one class, shape (n, d) to (n, p)."""
        return self.of[number].project(rows)


@dataclass(frozen=True)
class Hashing:
    """Bucketed random projection: hashes a row to its bucket number along each direction.

    Parameters
    ----------
    projection : Projection
    length : float
        Width of a bucket, in units of distance.
    """

    projection: Projection
    length: float

    def __call__(self, rows: Matrix) -> Matrix:
        """Returns the bucket numbers of rows, shape (n, d) to (n, p), as whole numbers in float64.

        Examples
        --------
        >>> Hashing(Projection(np.array([[1.0, 0.0], [0.6, 0.8]])), 0.5)(np.array([[1.2, 1.0]]))
        array([[2., 3.]])
        """
        return self.buckets(self.projection.project(rows))

    def buckets(self, projections: Matrix) -> Matrix:
        """Returns the bucket numbers of dot products, shape (n, p) to (n, p)."""
        with np.errstate(over="ignore"):
            buckets = projections / self.length
        # In place, since samples may be large.
        np.floor(buckets, out=buckets)
        return np.clip(buckets, -_FURTHEST, _FURTHEST, out=buckets)


def unprojected(number: int, rows: Matrix) -> Matrix:
    """Returns no projections, shape (n, 0): for samples of which only the features are needed."""
    return np.empty((len(rows), 0))
