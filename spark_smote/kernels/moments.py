"""Exact sums of doubles, and the means and standard deviations computed from them.

Means and deviations enter synthetic rows, so they must be the same to the last bit however the rows were split. A sum
of doubles is rounded at every step and depends on the order of its terms. Here nothing is rounded: numbers are cut into
slices of so few bits that the sum of a block is exact in double precision; the sums of blocks are added as integers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from spark_smote.kernels.arrays import Indices, Matrix

_CHUNK_BITS = 26
_CHUNK = (1 << _CHUNK_BITS) - 1
_SPLIT = 2.0**27 + 1
_SLICES, _SLICE_BITS = 4, 21
_BLOCK_ROWS, _BLOCK_COLUMNS = 2_000, 16
_EXTREME = 400
"""Largest exponent for which products of slices, and their sums, stay in the range of doubles."""


@dataclass
class ExactSum:
    """Exact sums of columns of doubles, stored as integers that represent 26 bits of the range of doubles each.

    Parameters
    ----------
    width : int
        Number of columns to sum: the first columns of the rows.

    References
    ----------
    R. M. Neal, "Fast exact summation using small and large superaccumulators", arXiv:1505.05571 (2015), section 3.

    Examples
    --------
    >>> total = ExactSum(1)
    >>> total.add(np.zeros(3), np.array([[1e300], [1.0], [-1e300]]))
    >>> total.means(2)
    array([0.5])
    """

    width: int
    chunks: dict[int, Indices] = field(default_factory=dict)

    def add(self, hashes: Indices, rows: Matrix) -> None:
        """Adds rows, shape (n, d) with d >= width; the content hashes are not used."""
        for part in _condensed(rows[:, : self.width]):
            self.put(part.columns, part.sums)
            self.put(part.odd_columns, part.odd)

    def put(self, columns: Indices, values: Matrix, shift: Indices | int = 0) -> None:
        """Adds values, multiplied by a power of 2, to the sums of some columns.

        Parameters
        ----------
        columns : array of int64, shape (n,)
            Column of each value.
        values : array of float64, shape (..., n)
        shift : array of int64, shape (..., n), or int
            Exponent of the power of 2.
        """
        mantissa, exponent = np.frexp(values)
        # A zero has no exponent.
        used = mantissa != 0.0
        if not used.any():
            return
        whole = np.ldexp(mantissa[used], 53).astype(np.int64)
        chunk, bit = np.divmod((exponent + shift)[used] - 53, _CHUNK_BITS)
        low, high = (whole & _CHUNK) << bit, (whole >> _CHUNK_BITS) << bit
        least = chunk.min()
        place = (chunk - least) * self.width + np.broadcast_to(columns, values.shape)[used]
        sums = np.zeros((chunk.max() - least + 3, self.width), dtype=np.int64)
        for first, part in enumerate((low & _CHUNK, (low >> _CHUNK_BITS) + (high & _CHUNK), high >> _CHUNK_BITS)):
            # Sums of up to 2^26 terms of 26 bits are exact in double precision.
            sums[first:] += np.bincount(place, part, sums[first:].size).astype(np.int64).reshape(-1, self.width)
        self.merge(np.arange(least, least + len(sums)), sums)

    def packed(self) -> tuple[Indices, Indices]:
        """Returns the numbers of the chunks of 26 bits, shape (e,), and their sums, shape (e, width)."""
        return np.array(list(self.chunks), dtype=np.int64), np.array(list(self.chunks.values()), dtype=np.int64)

    def merge(self, chunks: Indices, sums: Indices) -> None:
        """Adds other sums, as :meth:`packed` returns them; ``sums`` may be flat."""
        for chunk, found in zip(chunks.tolist(), sums.reshape(-1, self.width), strict=True):
            if found.any():
                self.chunks[chunk] = self.chunks.get(chunk, 0) + found

    def means(self, rows: int) -> NDArray[np.float64]:
        """Returns the sums divided by a number of rows, rounded once: shape (width,)."""
        return np.array([float(total / rows) for total in self.totals()])

    def totals(self) -> list[Fraction]:
        """Returns the exact sum of each column."""
        totals = [Fraction(0)] * self.width
        for chunk, sums in self.chunks.items():
            unit = Fraction(2) ** (chunk * _CHUNK_BITS)
            totals = [total + one * unit for total, one in zip(totals, sums.tolist(), strict=True)]
        return totals


@dataclass
class ExactMoments:
    """Exact sums of columns of doubles and of their squares, for standard deviations without cancellation errors.

    Parameters
    ----------
    width : int
        Number of columns to sum: the first columns of the rows.

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
        """Adds rows, shape (n, d) with d >= width; the content hashes are not used."""
        for part in _condensed(rows[:, : self.width], squares=True):
            self.sums.put(part.columns, part.sums)
            self.sums.put(part.odd_columns, part.odd)
            self.squares.put(part.columns, part.squares)
            # Squares of mantissas neither overflow nor vanish. The square and its rounding error are both exact.
            odd, exponent = np.frexp(part.odd)
            square = odd * odd
            high = odd * _SPLIT
            high -= high - odd
            low = odd - high
            for term in (square, (high * high - square + 2 * high * low) + low * low):
                self.squares.put(part.odd_columns, term, 2 * exponent)

    def packed(self) -> tuple[Indices, Indices, Indices, Indices]:
        """Returns the sums as arrays, for :meth:`merge`."""
        return (*self.sums.packed(), *self.squares.packed())

    def merge(self, exponents: Indices, sums: Indices, square_exponents: Indices, squares: Indices) -> None:
        """Adds other sums, as :meth:`packed` returns them; the sums may be flat."""
        self.sums.merge(exponents, sums)
        self.squares.merge(square_exponents, squares)

    def deviations(self, rows: int) -> NDArray[np.float64]:
        """Returns the population standard deviations over a number of rows: shape (width,)."""
        pairs = zip(self.sums.totals(), self.squares.totals(), strict=True)
        return np.array([deviation(total, square, rows) for total, square in pairs])


def deviation(total: Fraction, square: Fraction, rows: int) -> float:
    """Returns the population standard deviation of so many numbers by their sum and the sum of their squares."""
    return _root(square / rows - (total / rows) ** 2)


def median_of(deviations: NDArray[np.float64]) -> float:
    """Returns the median, shape (d,) to a number; the sum of the two in the middle does not overflow.

    Examples
    --------
    >>> median_of(np.array([1.0, 4.0, 2.0])), median_of(np.array([1.6e308, 1.6e308]))
    (2.0, 1.6e+308)
    """
    unit = 2.0 if deviations.max() > 1 else 1.0
    return float(np.median(deviations / unit) * unit)


def _root(square: Fraction) -> float:
    """Returns the square root of a number that may be outside the range of doubles."""
    half = (square.numerator.bit_length() - square.denominator.bit_length()) // 2
    return math.ldexp(math.sqrt(square / Fraction(4) ** half), half)


@dataclass(frozen=True)
class _Condensed:
    """A few numbers with the same sums, and sums of squares, as many rows.

    Parameters
    ----------
    columns : array of int64, shape (c,)
        Columns of the sums.
    sums, squares : arrays of float64, shape (m, c)
        Partial sums of values and of squares.
    odd_columns : array of int64, shape (o,)
        Columns of the odd values.
    odd : array of float64, shape (o,)
        Single values that are not part of the sums, because their exponents differ too much from the others.
    """

    columns: Indices
    sums: Matrix
    squares: Matrix
    odd_columns: Indices
    odd: NDArray[np.float64]


def _condensed(rows: Matrix, squares: bool = False) -> Iterator[_Condensed]:
    """Condenses rows, shape (n, d), some columns at a time; squares are summed only if wanted."""
    for left in range(0, rows.shape[1], _BLOCK_COLUMNS):
        strip = rows[:, left : left + _BLOCK_COLUMNS]
        columns = np.arange(left, left + strip.shape[1])
        sums, products = [np.empty((0, len(columns)))], [np.empty((0, len(columns)))]
        odd_columns, odd = [np.empty(0, dtype=np.int64)], [np.empty(0)]
        for top in range(0, len(rows), _BLOCK_ROWS):
            # A contiguous copy that fits the processor's cache, because it is read many times.
            block = np.ascontiguousarray(strip[top : top + _BLOCK_ROWS].T)
            slices, rest = _sliced(block)
            if rest.any():
                column, row = np.nonzero(rest)
                slices[:, column, row] = 0.0
                odd_columns.append(columns[column])
                odd.append(block[column, row])
            sums.append(slices.sum(axis=2))
            if squares:
                for index, one in enumerate(slices):
                    found = (one[:, None] @ slices[: index + 1, :, :, None])[:, :, 0, 0]
                    found[:index] *= 2.0
                    products.append(found)
        yield _Condensed(
            columns, np.concatenate(sums), np.concatenate(products), np.concatenate(odd_columns), np.concatenate(odd)
        )


def _sliced(block: Matrix) -> tuple[Matrix, Matrix]:
    """Cuts numbers, shape (c, b), into slices of bits, shape (s, c, b), highest first; also returns the remainders.

    The numbers of one column of a slice are multiples of one power of 2, by factors of at most 2^21. Sums of a block,
    and sums of products of two slices, are therefore exact in any order.

    References
    ----------
    S. M. Rump, T. Ogita, S. Oishi, "Accurate floating-point summation part I: faithful rounding", SIAM J. Sci. Comput.
    31 (2008), algorithm 3.2 (ExtractVector). K. Ozaki, T. Ogita, S. Oishi, S. M. Rump, "Error-free transformations of
    matrix multiplication by using fast routines", Numerical Algorithms 59 (2012), for the products.
    """
    slices, rest = np.empty((_SLICES, *block.shape)), block.copy()
    exponents = np.frexp(np.maximum(block.max(axis=1), -block.min(axis=1)))[1]
    extreme = np.abs(exponents) > _EXTREME
    # Adding and subtracting sigma rounds to multiples of its last bit.
    sigma = np.ldexp(1.5, np.where(extreme, 0, exponents) + 52 - _SLICE_BITS)[:, None]
    for index, part in enumerate(slices):
        np.add(rest, sigma, out=part)
        part -= sigma
        rest -= part
        if not rest.any():
            slices = slices[: index + 1]
            break
        sigma *= 2.0 ** -(_SLICE_BITS + 1)
    rest[extreme] = 1.0
    return slices, rest
