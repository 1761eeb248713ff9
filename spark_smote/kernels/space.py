"""The space of the rows of a class: numbers with their units, followed by codes of categories if there are any."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spark_smote.kernels import nearest
from spark_smote.kernels.arrays import Indices, Matrix
from spark_smote.kernels.nominal import Categories


@dataclass(frozen=True)
class Space:
    """Defines the distance of two rows.

    Parameters
    ----------
    unit : array of float64, shape (d,), float or None
        Unit of distance of each number; None for 1.
    nominal : Categories or None
        Distance of the categories, whose codes follow the numbers in each row.
    beside : int
        Without categories, numbers at the end of each row that have no part in the distance.

    Examples
    --------
    >>> Space(unit=2.0).nearest(np.array([[0.0], [1.0], [5.0]]), np.array([2]), k=1)
    array([[1]])
    """

    unit: Matrix | float | None = None
    nominal: Categories | None = None
    beside: int = 0

    def over(self, unit: float) -> Space:
        """Returns the same space in another unit of distance."""
        if unit == 1:
            return self
        whole = unit if self.unit is None else self.unit * unit
        return Space(whole, None if self.nominal is None else self.nominal.over(unit), self.beside)

    def split(self, rows: Matrix) -> tuple[Matrix, Matrix]:
        """Splits rows into numbers and codes, or what is beside, shape (n, w) to (n, d) and (n, c)."""
        width = rows.shape[1] - (self.beside if self.nominal is None else self.nominal.columns)
        return rows[:, :width], rows[:, width:]

    def numbers(self, rows: Matrix) -> Matrix:
        """Returns the numbers of rows in units of distance, shape (n, w) to (n, d)."""
        numbers = self.split(rows)[0]
        return numbers if self.unit is None else numbers / self.unit

    def codes(self, rows: Matrix) -> Matrix | None:
        """Returns the prepared categories of rows, shape (n, w) to (n, c); None if there are none."""
        return None if self.nominal is None else self.nominal.prepare(self.split(rows)[1])

    def embed(self, rows: Matrix) -> Matrix:
        """Returns coordinates whose Euclidean distances are about those of the rows, shape (n, w) to (n, e)."""
        numbers, codes = self.numbers(rows), self.codes(rows)
        return numbers if self.nominal is None or codes is None else np.hstack([numbers, self.nominal.embed(codes)])

    def dimensions(self, width: int) -> int:
        """Returns the number of coordinates of embedded rows of ``width`` numbers and codes."""
        return self.embed(np.zeros((1, width))).shape[1]

    def nearest(self, rows: Matrix, queries: Indices, k: int) -> Indices:
        """Returns the k nearest rows of each query; see :func:`spark_smote.kernels.nearest.nearest`.

        Rows at distance 0 with different categories are grouped first, so that they cost no more than equal rows.
        """
        numbers, codes = self.numbers(rows), self.codes(rows)
        if codes is None:
            return nearest.nearest(numbers, queries, k)
        # Groups keep the order of their first rows, because the order breaks ties between equally near rows.
        order = np.argsort(_first_of_its_kind(np.hstack([numbers, codes])), kind="stable")
        place = np.empty_like(order)
        place[order] = np.arange(len(order))
        return order[nearest.nearest(numbers[order], place[queries], k, self.nominal, codes[order])]


def _first_of_its_kind(rows: Matrix) -> Indices:
    """Returns the index of the first equal row of each row, shape (n, w) to (n,), w > 0."""
    # Comparing bytes is many times faster than comparing rows.
    whole = np.ascontiguousarray(rows).view(np.dtype((np.void, rows.itemsize * rows.shape[1]))).ravel()
    _, first, group = np.unique(whole, return_index=True, return_inverse=True)
    return np.asarray(first[group])
