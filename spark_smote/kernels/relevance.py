"""Relevance of the values of a numeric target: piecewise cubic from 0 to 1, and the bumps where it is high or low."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicHermiteSpline

EXTREMES = ("both", "low", "high")


@dataclass(frozen=True)
class Relevance:
    """A relevance function: monotone cubics between control points, constant beyond them.

    Parameters
    ----------
    points : array of float64, shape (n,)
        Target values of the control points, ascending, n > 1.
    relevances : array of float64, shape (n,)
        On [0, 1].
    slopes : array of float64, shape (n,)
        Derivatives, as :func:`monotone` returns them.

    References
    ----------
    R. P. Ribeiro, "Utility-based regression", PhD thesis, University of Porto (2011); the R package UBL, after
    which smogn is made; smogn goes on in a straight line above the last control point.

    Examples
    --------
    >>> relevance = Relevance.through([(0.0, 0.0), (10.0, 1.0)])
    >>> relevance(np.array([-5.0, 5.0, 12.0]))
    array([0. , 0.5, 1. ])
    """

    points: NDArray[np.float64]
    relevances: NDArray[np.float64]
    slopes: NDArray[np.float64]

    @classmethod
    def through(cls, control: Sequence[Sequence[float]]) -> Relevance:
        """The function through control points of value, relevance and, if wanted, slope (0 unless given).

        Raises
        ------
        ValueError
            For fewer than two points, a value that is given twice, a relevance outside [0, 1], or numbers that are
            missing or not finite.
        """
        if len(control) < 2 or any(len(point) not in (2, 3) for point in control):
            raise ValueError("give at least two control points, each (value, relevance) or (value, relevance, slope)")
        filled = np.array(sorted((*map(float, point), 0.0)[:3] for point in control))
        points, relevances, slopes = filled.T
        if not np.isfinite(filled).all() or (np.diff(points) <= 0).any():
            raise ValueError("the values of the control points must be finite, and each must be given once")
        if ((relevances < 0) | (relevances > 1)).any():
            raise ValueError("the relevance of a control point must be from 0 to 1")
        return cls(points, relevances, monotone(slopes, np.diff(relevances) / np.diff(points)))

    @property
    def cubics(self) -> NDArray[np.float64]:
        """Coefficients of the pieces by powers of the distance from their left ends, cubes first, shape (4, n - 1)."""
        spline: Any = CubicHermiteSpline(self.points, self.relevances, self.slopes)
        return np.asarray(spline.c)

    def __call__(self, target: NDArray[np.float64]) -> NDArray[np.float64]:
        """The relevance of target values, of any shape."""
        piece = np.clip(np.searchsorted(self.points, target, side="right") - 1, 0, len(self.points) - 2)
        cubics, step = self.cubics[:, piece], np.clip(target, self.points[0], self.points[-1]) - self.points[piece]
        within = ((cubics[0] * step + cubics[1]) * step + cubics[2]) * step + cubics[3]
        return np.asarray(np.clip(within, 0.0, 1.0))

    def bumps(self, threshold: float) -> tuple[list[float], list[bool]]:
        """The maximal intervals of the target on which the relevance is at or above a threshold, or below it.

        Parameters
        ----------
        threshold : float
            On (0, 1].

        Returns
        -------
        edges : list of float, length m
            Smallest value of each bump but the first, ascending.
        rare : list of bool, length m + 1
            Whether the relevance is at or above the threshold.

        Examples
        --------
        >>> edges, rare = Relevance.through([(0.0, 1.0), (10.0, 0.0), (30.0, 1.0)]).bumps(0.5)
        >>> [round(edge, 9) for edge in edges], rare
        ([5.0, 20.0], [True, False, True])
        """
        high = self(self.points) >= threshold
        edges = []
        for piece in np.flatnonzero(high[1:] != high[:-1]):
            low, up = float(self.points[piece]), float(self.points[piece + 1])
            # Each piece is monotone. Doubles are finitely many, so the border is found exactly.
            while low < (middle := low / 2 + up / 2) < up:
                low, up = (middle, up) if bool(self(np.array(middle)) >= threshold) == high[piece] else (low, middle)
            edges.append(up)
        return edges, [bool(high[0]) != bool(crossed % 2) for crossed in range(len(edges) + 1)]


def monotone(slopes: NDArray[np.float64], secants: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lowers slopes at control points so that the cubics between them are monotone.

    Parameters
    ----------
    slopes : array of float64, shape (n,)
    secants : array of float64, shape (n - 1,)
        Slopes of the straight lines between neighbouring points.

    Returns
    -------
    array of float64, shape (n,)

    References
    ----------
    F. N. Fritsch, R. E. Carlson, "Monotone piecewise cubic interpolation", SIAM J. Numer. Anal. 17 (1980), section 4;
    the circle of radius 3 is applied to every piece.

    Examples
    --------
    >>> monotone(np.array([9.0, 9.0, 1.0]), np.array([1.0, 0.0])).round(3)
    array([2.121, 0.   , 0.   ])
    """
    slopes = slopes.copy()
    for piece, secant in enumerate(secants):
        ends = slopes[piece : piece + 2]
        if secant == 0:
            ends[:] = 0.0
            continue
        ends[:] = np.where(ends * secant < 0, 0.0, ends)
        steepest, length = 3 * abs(secant), np.hypot(*ends)
        if length > steepest:
            ends *= steepest / length
    # A later piece may have lowered an end of an earlier one, which stays within its circle.
    return slopes


def hinge_ranks(rows: int) -> tuple[tuple[int, int], ...]:
    """The two ranks, from 1, whose values have the lower hinge, the median and the upper hinge as their means.

    Parameters
    ----------
    rows : int
        1 or more.

    References
    ----------
    J. W. Tukey, "Exploratory data analysis" (1977), section 2C; R's ``fivenum``.

    Examples
    --------
    >>> hinge_ranks(5), hinge_ranks(6)
    (((2, 2), (3, 3), (4, 4)), ((2, 2), (3, 4), (5, 5)))
    """
    quarter = (rows + 3) // 2  # twice the rank of the lower hinge
    twice = (quarter, rows + 1, 2 * (rows + 1) - quarter)
    return tuple((rank // 2, (rank + 1) // 2) for rank in twice)


def fences(lower: float, upper: float, reach: float) -> tuple[float, float]:
    """The values beyond which a row is extreme: ``reach`` times the distance of the hinges away from these."""
    return lower - reach * (upper - lower), upper + reach * (upper - lower)


def of_box_plot(
    least: float, whiskers: tuple[float, float], median: float, largest: float, extremes: str
) -> list[tuple[float, float]]:
    """The control points that the box plot of a target gives: the whiskers are wholly relevant, the median is not.

    Parameters
    ----------
    least, largest : float
        Of all rows.
    whiskers : pair of float
        Smallest and largest value within the :func:`fences`: a plain box plot, not adjusted for skewness.
    median : float
    extremes : str
        Of :data:`EXTREMES`: the side on which values beyond the whisker are relevant; a side without any is not.

    Returns
    -------
    list of (float, float)
        Values and relevances, ascending; a single one if all rows have the same value.

    References
    ----------
    Ribeiro (2011); ``phi.control`` of UBL, method 'extremes'.

    Examples
    --------
    >>> of_box_plot(1.0, (1.0, 9.0), 4.0, 30.0, "both")
    [(1.0, 0.0), (4.0, 0.0), (9.0, 1.0)]
    """
    low, high = whiskers
    below, above = extremes != "high" and least < low, extremes != "low" and largest > high
    points = {median: 0.0}
    points |= {low: 1.0} if below else {least: 0.0}
    points |= {high: 1.0} if above else {largest: 0.0}
    if below and low == median:
        # More than half the rows are equal, and any other is extreme.
        points = {least: 1.0, median: 0.0} | {value: of for value, of in points.items() if value > median}
    if above and high == median:
        points = {value: of for value, of in points.items() if value < median} | {median: 0.0, largest: 1.0}
    return sorted(points.items())
