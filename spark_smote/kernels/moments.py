"""Sums that do not depend on the order of their terms, and the means and deviations made of them.

What goes into a synthetic row must be the same to the last bit however the rows were split, which a sum of doubles,
rounded at every step, is not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from spark_smote.kernels.arrays import Indices, Matrix

_HALF_BITS = 26
_BLOCK = 1 << 20


@dataclass
class ExactSum:
    """Exact sums of columns of doubles: whole numbers of mantissa added up apart for each exponent.

    Parameters
    ----------
    width : int
        Number of columns, the first of the rows added.
    squares_about : array of float64, shape (width,), optional
        Sum the squared differences from this rather than the rows themselves, in units of ``unit``.
    unit : float
        By which squares neither overflow nor vanish.

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
    squares_about: NDArray[np.float64] | None = None
    unit: float = 1.0
    sums: dict[int, Indices] = field(default_factory=dict)

    def add(self, hashes: Indices, rows: Matrix) -> None:
        """Take in rows, of the width at least; their content hashes have no part in it."""
        rows = rows[:, : self.width]
        if self.squares_about is not None:
            # Divided first, as the difference of the greatest doubles is none.
            rows = (rows / self.unit - self.squares_about / self.unit) ** 2
        block = max(1, _BLOCK // self.width)
        for start in range(0, len(rows), block):
            mantissa, exponent = np.frexp(rows[start : start + block])
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
        totals = [Fraction(0)] * self.width
        for exponent, (high, low) in self.sums.items():
            power = Fraction(2) ** (exponent - 2 * _HALF_BITS - 1)
            for column, (one, other) in enumerate(zip(high.tolist(), low.tolist(), strict=True)):
                totals[column] += ((one << _HALF_BITS) + other) * power
        return np.array([float(total / rows) for total in totals])
