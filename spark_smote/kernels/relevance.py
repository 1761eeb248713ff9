"""Relevance of the values of a numeric target: piecewise cubic from 0 to 1, and the bumps where it is high or low."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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
        width = np.diff(self.points)
        secant, slope = np.diff(self.relevances) / width, self.slopes[:-1]
        bend = (slope + self.slopes[1:] - 2 * secant) / width
        return np.stack((bend / width, (secant - slope) / width - bend, slope, self.relevances[:-1]))

    def __call__(self, target: NDArray[np.float64]) -> NDArray[np.float64]:
        """The relevance of target values, of any shape."""
        piece = np.clip(np.searchsorted(self.points, target, side="right") - 1, 0, len(self.points) - 2)
        step = np.clip(target, self.points[0], self.points[-1]) - self.points[piece]
        return _value(self.cubics[:, piece], step)

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
        return bumps_of([self], threshold)[0]


def bumps_of(relevances: Sequence[Relevance], threshold: float) -> list[tuple[list[float], list[bool]]]:
    """The bumps of many functions at once, of each as :meth:`Relevance.bumps` has them.

    Examples
    --------
    >>> whole, high = (Relevance.through([(0.0, 0.0), (at, 1.0)]) for at in (2.0, 8.0))
    >>> bumps_of([whole, high], 0.5)
    [([1.0], [False, True]), ([4.0], [False, True])]
    """
    if not relevances:
        return []
    highs = [one(one.points) >= threshold for one in relevances]
    crossed = [np.flatnonzero(high[1:] != high[:-1]) for high in highs]
    pieces = list(zip(relevances, crossed, strict=True))
    edges = _crossings(
        np.concatenate([one.cubics[:, own] for one, own in pieces], axis=1),
        np.concatenate([one.points[own] for one, own in pieces]),
        np.concatenate([one.points[own + 1] for one, own in pieces]),
        np.concatenate([high[own] for high, own in zip(highs, crossed, strict=True)]),
        threshold,
    )
    ends = np.cumsum([len(own) for own in crossed])
    return [
        (own.tolist(), [bool(high[0]) != bool(place % 2) for place in range(len(own) + 1)])
        for high, own in zip(highs, np.split(edges, ends[:-1]), strict=True)
    ]


def _crossings(
    cubics: NDArray[np.float64],
    left: NDArray[np.float64],
    right: NDArray[np.float64],
    high: NDArray[np.bool_],
    threshold: float,
) -> NDArray[np.float64]:
    """The first double of each piece that is on the other side of the threshold than its left end."""
    low, up = left, right
    # Each piece is monotone. Doubles are finitely many, so the border is found exactly.
    while True:
        middle = low / 2 + up / 2
        between = (low < middle) & (middle < up)
        if not between.any():
            return up
        same = (_value(cubics, middle - left) >= threshold) == high
        low, up = np.where(between & same, middle, low), np.where(between & ~same, middle, up)


def _value(cubics: NDArray[np.float64], step: NDArray[np.float64]) -> NDArray[np.float64]:
    """The relevance at distances from the left ends of pieces."""
    value = ((cubics[0] * step + cubics[1]) * step + cubics[2]) * step + cubics[3]
    return np.asarray(np.clip(value, 0.0, 1.0))


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
