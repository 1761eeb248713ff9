"""Splits a total of synthetic rows into exact integer quotas, one for each seed row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spark_smote.kernels.arrays import Words

LONGEST = (1 << 63) - 1
"""Upper bound on the length of the line, and on the rows to synthesise."""
_SHORTEST_TO_SPLIT = 3_000_000_000
"""Up to this length of the line, a position times a remainder fits 64 bits."""


def quotas(
    positions: NDArray[np.int64], rows: int, total: int, phase: int, weights: NDArray[np.int64] | None = None
) -> NDArray[np.int64]:
    """Splits a class's total into quotas by systematic apportionment, given the position of each row.

    Rows lie side by side on a line of length ``rows``; the length of a row is its weight. The quota of a row is its
    share of the total, rounded down or up. It does not depend on the task that processes the row, and the quotas of
    all rows of the class sum to ``total`` exactly.

    Parameters
    ----------
    positions : array of int64, shape (n,)
        Start of each row on the line: the sum of the weights before it.
    rows : int
        Length of the line: the sum of all weights of the class; below 2^63.
    total : int
        Rows to synthesise for the class; below 2^63.
    phase : int
        Offset of the systematic steps, on [0, rows); drawn from the seed.
    weights : array of int64, shape (n,), optional
        Weight of each row, 0 or more. By default every row has weight 1.

    Returns
    -------
    array of int64, shape (n,)
        Number of synthetic rows of each row.

    Raises
    ------
    ValueError
        If ``rows`` or ``total`` is 2^63 or more.

    References
    ----------
    W. G. Madow, "On the theory of systematic sampling, II", Annals of Mathematical Statistics 20 (1949).

    Examples
    --------
    >>> quotas(np.arange(5), rows=5, total=13, phase=2)
    array([3, 2, 3, 2, 3])
    >>> quotas(np.array([0, 3, 3]), rows=4, total=9, phase=0, weights=np.array([3, 0, 1]))
    array([6, 0, 3])
    >>> quotas(np.array([2_305_843_009]), rows=4_000_000_000, total=7_999_999_999, phase=0)
    array([2])
    """
    if max(rows, total) > LONGEST:
        raise ValueError(f"{total} synthetic rows on a line of length {rows}: both must be below 2^63")
    base, extra = divmod(total, rows)
    positions = positions.astype(np.int64)
    length = np.int64(1) if weights is None else weights
    if rows <= _SHORTEST_TO_SPLIT:
        steps = positions * extra + phase
        return length * base + (steps + length * extra) // rows - steps // rows
    return length * base + _steps(positions + length, extra, phase, rows) - _steps(positions, extra, phase, rows)


def _steps(positions: NDArray[np.int64], extra: int, phase: int, rows: int) -> NDArray[np.int64]:
    """``(positions * extra + phase) // rows`` where the product exceeds 64 bits; positions are at most ``rows``.

    Long division by ``rows``, of as many bits of ``extra`` at once as leave room in 64 for a remainder.
    """
    digit, divisor, points = 64 - rows.bit_length(), np.uint64(rows), positions.astype(np.uint64)
    quotient, rest = np.zeros_like(points), np.zeros_like(points)
    for shift in reversed(range(0, extra.bit_length(), digit)):
        more, part = _divided(points * np.uint64(extra >> shift & (1 << digit) - 1), divisor)
        carried, rest = _divided(rest << np.uint64(digit), divisor)
        over, rest = _divided(rest + part, divisor)
        quotient = (quotient << np.uint64(digit)) + more + carried + over
    return (quotient + (rest + np.uint64(phase)) // divisor).astype(np.int64)


def _divided(words: Words, divisor: np.uint64) -> tuple[Words, Words]:
    quotient = words // divisor
    return quotient, words - quotient * divisor


@dataclass
class Line:
    """The line of the weights of a class, and where on it the next seeds of a cell lie.

    Parameters
    ----------
    position : int
        Sum of the weights before these seeds; it moves on.
    length : int
        Sum of all weights of the class.
    total : int
        Rows to synthesise for the class.
    phase : int
        Offset of the systematic steps, see :func:`quotas`.

    Examples
    --------
    >>> line = Line(0, length=4, total=9, phase=0)
    >>> line.take(np.array([3, 0])), line.take(np.array([1]))
    (array([6, 0]), array([3]))
    """

    position: int
    length: int
    total: int
    phase: int

    def take(self, weights: NDArray[np.int64]) -> NDArray[np.int64]:
        """Returns the quotas of the next seeds, given their weights, shape (n,)."""
        positions = self.position + np.cumsum(weights) - weights
        self.position += int(weights.sum())
        return quotas(positions, self.length, self.total, self.phase, weights)


def shares(weights: NDArray[np.float64], total: int) -> NDArray[np.int64]:
    """Splits a total in proportion to weights by the largest-remainder method.

    Of equal remainders, the first is rounded up first.

    Parameters
    ----------
    weights : array of float64, shape (n,)
        0 or more, at least one above 0.
    total : int
        0 or more.

    Returns
    -------
    array of int64, shape (n,)
        Shares, which sum to ``total``; 0 where the weight is 0.

    References
    ----------
    M. L. Balinski, H. P. Young, "Fair representation" (1982): Hamilton's method.

    Examples
    --------
    >>> shares(np.array([1.0, 1.0, 1.0, 0.0]), 10)
    array([4, 3, 3, 0])
    """
    exact = weights / weights.max()
    exact = exact / exact.sum() * total
    whole = np.floor(exact).astype(np.int64)
    order = np.argsort(-np.where(weights > 0, exact - whole, -np.inf), kind="stable")
    whole[order[: total - int(whole.sum())]] += 1
    return whole


def capped_shares(weights: Sequence[int], caps: Sequence[int], total: int) -> list[int]:
    """Splits a total in proportion to weights, no share above its cap, by the largest-remainder method.

    What a cap takes away goes to the others in proportion. The arithmetic is that of whole numbers, so exact.

    Parameters
    ----------
    weights : sequence of int, length n
        0 or more.
    caps : sequence of int, length n
        0 or more.
    total : int
        At most the sum of the caps of those that have a weight.

    Returns
    -------
    list of int
        Shares, which sum to ``total``; 0 where the weight is 0.

    Examples
    --------
    >>> capped_shares([5, 3, 2, 0], [9, 9, 9, 9], 10), capped_shares([8, 1, 1, 0], [3, 9, 9, 9], 10)
    ([5, 3, 2, 0], [3, 4, 3, 0])
    """
    found, free = [0] * len(weights), [place for place, weight in enumerate(weights) if weight]
    while free:
        length = sum(weights[place] for place in free)
        full = [place for place in free if weights[place] * total >= caps[place] * length]
        if not full:
            break
        for place in full:
            found[place] = caps[place]
        total -= sum(caps[place] for place in full)
        free = [place for place in free if place not in full]
    for place in free:
        found[place] = weights[place] * total // length
    left = total - sum(found[place] for place in free)
    for place in sorted(free, key=lambda place: -(weights[place] * total % length))[:left]:
        found[place] += 1
    return found
