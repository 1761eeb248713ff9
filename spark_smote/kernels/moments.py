"""Sums that do not depend on the order of their terms, and the means and deviations made of them.

What goes into a synthetic row must be the same to the last bit however the rows were split, which a sum of doubles,
rounded at every step, is not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from spark_smote.kernels.arrays import Indices, Matrix

_HALF_BITS = 26
_SPLIT = 2.0**27 + 1
_BLOCK = 1 << 20


@dataclass
class ExactSum:
    """Exact sums of columns of doubles: whole numbers of mantissa added up apart for each exponent.

    Parameters
    ----------
    width : int
        Number of columns, the first of the rows added.

    References
    ----------
    J. Demmel, Y. Hida, "Accurate and efficient floating point summation", SIAM J. Sci. Comput. 25 (2003).

    Examples
    --------
    >>> total = ExactSum(1)
    >>> total.add(np.zeros(3), np.array([[1e300], [1.0], [-1e300]]))
    >>> total.means(2)
    array([0.5])
    """

    width: int
    sums: dict[int, Indices] = field(default_factory=dict)

    def add(self, hashes: Indices, rows: Matrix, shift: Indices | int = 0) -> None:
        """Take in rows, of the width at least, times 2 to the ``shift``; their content hashes have no part in it."""
        rows = rows[:, : self.width]
        shifts = np.broadcast_to(shift, rows.shape)
        block = max(1, _BLOCK // self.width)
        for start in range(0, len(rows), block):
            mantissa, exponent = np.frexp(rows[start : start + block])
            exponent = np.where(mantissa == 0.0, 0, exponent + shifts[start : start + block])
            least, most = int(exponent.min()), int(exponent.max())
            place = ((exponent - least) * self.width + np.arange(self.width)).ravel()
            whole = np.ldexp(mantissa, 2 * _HALF_BITS + 1).astype(np.int64).ravel()
            high = whole >> _HALF_BITS
            size = (most - least + 1) * self.width
            # Sums of so few terms are exact in double precision.
            halves = [np.bincount(place, part, size) for part in (high, whole - (high << _HALF_BITS))]
            both = np.stack(halves).astype(np.int64).reshape(2, -1, self.width)
            used = np.flatnonzero(both.any(axis=(0, 2)))
            self.merge(used + least, both[:, used])

    def packed(self) -> tuple[Indices, Indices]:
        """The exponents that occurred, shape (e,), and for each the sums of both halves of the mantissas."""
        exponents = sorted(self.sums)
        sums = [self.sums[exponent] for exponent in exponents]
        return np.array(exponents, dtype=np.int64), np.stack(sums, axis=1) if sums else np.empty(0, np.int64)

    def merge(self, exponents: Indices, sums: Indices) -> None:
        """Take in another's sums, as :meth:`packed` gives them, also if made flat."""
        for index, exponent in enumerate(exponents.tolist()):
            held = self.sums.setdefault(exponent, np.zeros((2, self.width), dtype=np.int64))
            held += sums.reshape(2, -1, self.width)[:, index]

    def means(self, rows: int) -> NDArray[np.float64]:
        """The sums over a number of rows, rounded once; shape (width,)."""
        return np.array([float(total / rows) for total in self.totals()])

    def totals(self) -> list[Fraction]:
        """The sum of each column."""
        totals = [Fraction(0)] * self.width
        for exponent, (high, low) in self.sums.items():
            power = Fraction(2) ** (exponent - 2 * _HALF_BITS - 1)
            for column, (one, other) in enumerate(zip(high.tolist(), low.tolist(), strict=True)):
                totals[column] += ((one << _HALF_BITS) + other) * power
        return totals


@dataclass
class ExactMoments:
    """Exact sums of columns of doubles and of their squares, for deviations that lose nothing to cancellation.

    Parameters
    ----------
    width : int
        Number of columns, the first of the rows added.

    References
    ----------
    T. J. Dekker, "A floating-point technique for extending the available precision", Numerische Mathematik 18 (1971).

    Examples
    --------
    >>> found = ExactMoments(1)
    >>> found.add(np.zeros(2), np.array([[1e9 - 0.25], [1e9 + 0.25]]))
    >>> found.deviations(2)
    array([0.25])
    """

    width: int
    sums: ExactSum = field(init=False)
    squares: ExactSum = field(init=False)

    def __post_init__(self) -> None:
        self.sums, self.squares = ExactSum(self.width), ExactSum(self.width)

    def add(self, hashes: Indices, rows: Matrix) -> None:
        """Take in rows, of the width at least; their content hashes have no part in it."""
        self.sums.add(hashes, rows)
        # Of mantissas, whose squares neither overflow nor vanish. A square and what rounding took are exact together.
        rows, exponent = np.frexp(rows[:, : self.width])
        square = rows * rows
        high = rows * _SPLIT
        high -= high - rows
        low = rows - high
        for part in (square, (high * high - square + 2 * high * low) + low * low):
            self.squares.add(hashes, part, 2 * exponent)

    def packed(self) -> tuple[Indices, Indices, Indices, Indices]:
        """What has been added, for another's :meth:`merge`."""
        return (*self.sums.packed(), *self.squares.packed())

    def merge(self, exponents: Indices, sums: Indices, square_exponents: Indices, squares: Indices) -> None:
        """Take in another's sums, as :meth:`packed` gives them, also if made flat."""
        self.sums.merge(exponents, sums)
        self.squares.merge(square_exponents, squares)

    def deviations(self, rows: int) -> NDArray[np.float64]:
        """Population standard deviations over a number of rows, shape (width,)."""
        pairs = zip(self.sums.totals(), self.squares.totals(), strict=True)
        return np.array([_root(square / rows - (total / rows) ** 2) for total, square in pairs])


def _root(square: Fraction) -> float:
    """The square root of a number that may be beyond all doubles."""
    half = (square.numerator.bit_length() - square.denominator.bit_length()) // 2
    return math.ldexp(math.sqrt(square / Fraction(4) ** half), half)
