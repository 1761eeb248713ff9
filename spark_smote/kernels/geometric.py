"""Geometric SMOTE's rule: points in a hypersphere about a seed, which may be cut off and flattened."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from spark_smote.kernels.arrays import Indices, Matrix
from spark_smote.kernels.interpolate import finite, towards
from spark_smote.kernels.nearest import nearest
from spark_smote.kernels.noise import normals, uniforms
from spark_smote.kernels.synthetic import Rows, Seeds, Synthetic

_DRAWS = 4
"""Numbers drawn and kept for each feature of a synthetic row."""


def geometric(
    cell: Rows,
    seeds: Seeds,
    k: int,
    *,
    truncation: float,
    deformation: float,
    selection: str,
    scale: NDArray[np.float64] | float | None = None,
) -> Iterator[Synthetic]:
    """Synthesises points in the hypersphere about each seed whose surface passes through a selected row.

    Parameters
    ----------
    cell : Rows
        All rows of the cell. Unless ``selection`` is 'minority', each row of d features is followed by the d features
        of the nearest row of another class, NaN where there is none.
    seeds : Seeds
        Seed rows and their quotas.
    k : int
        Number of neighbours of the class; with 0 the seeds are copied.
    truncation : float
        On [-1, 1]: above 0, the part of the sphere is cut off that lies away from the row on the surface; below 0, the
        part towards it.
    deformation : float
        On [0, 1]: from a sphere to a line.
    selection : {'combined', 'majority', 'minority'}
        The row on the surface: 'minority' draws it from the k nearest rows of the class, 'majority' takes the nearest
        row of another class, 'combined' the nearer of these two.
    scale : array of float64, shape (d,), or float, optional
        Unit of distance of each feature.

    Yields
    ------
    Synthetic
        Its gaps are the positions along the line from the seed to the row on the surface, on [-1, 1).

    References
    ----------
    G. Douzas, F. Bacao, "Geometric SMOTE", Information Sciences 501 (2019), algorithm 1.
    """
    seeds = seeds.with_quota()
    if not len(seeds.rows):
        return
    features, others = (cell.features, None) if selection == "minority" else np.hsplit(cell.features, 2)
    if not k:
        for seed, _ in seeds.replicas(features.shape[1]):
            row = seeds.rows[seed]
            yield Synthetic(row, None, np.zeros(len(row)), features[row])
        return
    unit = 1.0 if scale is None else scale
    points = features / unit
    neighbours = nearest(points, seeds.rows, k, recall=seeds.recall)
    for seed, replica in seeds.replicas(_DRAWS * features.shape[1]):
        row = seeds.rows[seed]
        towards_surface = points[towards(seeds, seed, replica, neighbours)[0]] - points[row]
        if others is not None:
            other = others[row] / unit - points[row]
            known = ~np.isnan(other[:, :1])
            if selection == "combined":
                known &= length(towards_surface) > length(other)
            towards_surface = np.where(known, other, towards_surface)
        radius = length(towards_surface)
        along = np.divide(towards_surface, radius, out=np.zeros_like(towards_surface), where=radius > 0)
        along[radius[:, 0] == 0, 0] = 1.0
        point, gap = shaped(in_ball(seeds, seed, replica, along.shape[1]), along, truncation, deformation)
        with np.errstate(over="ignore"):
            yield Synthetic(row, None, gap[:, 0], finite(features[row] + unit * (radius * point)))


def in_ball(seeds: Seeds, seed: Indices, replica: Indices, width: int) -> Matrix:
    """Draws points that are uniform in the unit ball, shape (n, width); parameters as for :func:`uniforms`."""
    direction = normals(seeds, seed, replica, width)
    # The largest of as many uniform numbers as there are dimensions is distributed as the distance from the centre.
    distance = uniforms(seeds, seed, replica, width).max(axis=1)[:, None]
    norm = length(direction)
    return np.asarray(direction * (distance / np.where(norm > 0, norm, 1.0)))


def shaped(point: Matrix, along: Matrix, truncation: float, deformation: float) -> tuple[Matrix, Matrix]:
    """Truncates and deforms points of the unit ball.

    Parameters
    ----------
    point : array of float64, shape (n, d)
    along : array of float64, shape (n, d)
        Unit vectors towards the surface.
    truncation, deformation : float
        See :func:`geometric`.

    Returns
    -------
    point : array of float64, shape (n, d)
    position : array of float64, shape (n, 1)
        Projection on ``along``.

    Examples
    --------
    >>> shaped(np.array([[-0.5, 0.5]]), np.array([[1.0, 0.0]]), truncation=1.0, deformation=0.5)
    (array([[0.5 , 0.25]]), array([[0.5]]))
    """
    position = dots(point, along)
    aside = point - position * along
    position = np.where(np.abs(truncation - position) > 1, -position, position)
    return position * along + (1 - deformation) * aside, position


def dots(one: Matrix, other: Matrix) -> Matrix:
    """Returns the dot products of rows, shapes (n, d) to (n, 1), added up in the order of the columns."""
    return np.asarray(sum((a * b for a, b in zip(one.T, other.T, strict=True)), np.zeros(len(one))))[:, None]


def length(rows: Matrix) -> Matrix:
    """Returns the Euclidean lengths of rows, shape (n, d) to (n, 1); see :func:`dots`."""
    return np.sqrt(dots(rows, rows))
