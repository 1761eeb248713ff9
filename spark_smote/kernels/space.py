"""Where the rows of a class lie: numbers in their units, followed by codes of categories where there are any."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from spark_smote.kernels import nearest
from spark_smote.kernels.arrays import Indices, Matrix


class Categories(nearest.Nominal, Protocol):
    """A distance of categories, with what it takes to find the nearest rows by it.

    ``prepare`` makes of codes, shape (n, columns), what the other methods compare; equal ones are at no distance.
    ``embed`` gives what was prepared coordinates whose squared distances are about these.
    """

    @property
    def columns(self) -> int: ...
    def over(self, unit: float) -> Categories: ...
    def prepare(self, codes: Matrix) -> Matrix: ...
    def embed(self, codes: Matrix) -> Matrix: ...


@dataclass(frozen=True)
class Space:
    """What the distance of two rows is.

    Parameters
    ----------
    unit : array of float64, shape (d,), float or None
        Unit of distance of each number, 1 where None.
    nominal : Categories or None
        The distance of the categories, whose codes follow the numbers in each row.
    """

    unit: Matrix | float | None = None
    nominal: Categories | None = None

    def over(self, unit: float) -> Space:
        """The same in another unit of distance."""
        if unit == 1:
            return self
        whole = unit if self.unit is None else self.unit * unit
        return Space(whole, None if self.nominal is None else self.nominal.over(unit))

    def split(self, rows: Matrix) -> tuple[Matrix, Matrix]:
        """Numbers and codes as they stand in the rows, shape (n, w) to (n, d) and (n, c)."""
        width = rows.shape[1] - (0 if self.nominal is None else self.nominal.columns)
        return rows[:, :width], rows[:, width:]

    def numbers(self, rows: Matrix) -> Matrix:
        """The numbers in units of distance, shape (n, w) to (n, d)."""
        numbers = self.split(rows)[0]
        return numbers if self.unit is None else numbers / self.unit

    def codes(self, rows: Matrix) -> Matrix | None:
        """The categories as they are compared, shape (n, w) to (n, c); None where there are none."""
        return None if self.nominal is None else self.nominal.prepare(self.split(rows)[1])

    def embed(self, rows: Matrix) -> Matrix:
        """Coordinates whose Euclidean distances are about those of the rows, shape (n, w) to (n, e)."""
        numbers, codes = self.numbers(rows), self.codes(rows)
        return numbers if self.nominal is None or codes is None else np.hstack([numbers, self.nominal.embed(codes)])

    def dimensions(self, width: int) -> int:
        """Number of coordinates that rows of this width are embedded in."""
        return self.embed(np.zeros((1, width))).shape[1]

    def nearest(self, rows: Matrix, queries: Indices, k: int) -> Indices:
        """The k nearest of each query; see :func:`spark_smote.kernels.nearest.nearest`.

        Rows that categories tell apart, but not their distance, are grouped first: they cost no more than equal ones.
        """
        numbers, codes = self.numbers(rows), self.codes(rows)
        if codes is None:
            return nearest.nearest(numbers, queries, k)
        # Groups in the order of their first rows, for the order decides between equally near ones.
        order = np.argsort(_first_of_its_kind(np.hstack([numbers, codes])), kind="stable")
        place = np.empty_like(order)
        place[order] = np.arange(len(order))
        return order[nearest.nearest(numbers[order], place[queries], k, self.nominal, codes[order])]


def _first_of_its_kind(rows: Matrix) -> Indices:
    """For each row the first that equals it, shape (n, w) to (n,), w > 0."""
    # Bytes compare many times faster than rows.
    whole = np.ascontiguousarray(rows).view(np.dtype((np.void, rows.itemsize * rows.shape[1]))).ravel()
    _, first, group = np.unique(whole, return_index=True, return_inverse=True)
    return np.asarray(first[group])
