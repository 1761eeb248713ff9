"""The space of the rows of a class: numbers with their units, followed by codes of categories if there are any."""

from __future__ import annotations

from dataclasses import dataclass, replace

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
    centre : array of float64, shape (d,), or None
        Numbers in place of missing ones where rows are embedded; None if no row lacks one.
    metric : {'euclidean', 'manhattan', 'cosine'}
        Distance of the numbers; only the first goes with categories and missing numbers. That of 'cosine' is the
        Euclidean distance of rows of unit length, the root of ``2 - 2 cos``.
    beside : int
        Without categories, numbers at the end of each row that have no part in the distance.
    lacking : bool
        Whether rows may lack numbers. A number of infinite unit counts as missing in all of them then, for it is none
        that two rows share.

    Examples
    --------
    >>> Space(unit=2.0).nearest(np.array([[0.0], [1.0], [5.0]]), np.array([2]), k=1)
    array([[1]])
    """

    unit: Matrix | float | None = None
    nominal: Categories | None = None
    centre: Matrix | None = None
    metric: str = "euclidean"
    beside: int = 0
    lacking: bool = False

    def over(self, unit: float) -> Space:
        """Returns the same space in another unit of distance."""
        if unit == 1:
            return self
        whole = unit if self.unit is None else self.unit * unit
        return replace(self, unit=whole, nominal=None if self.nominal is None else self.nominal.over(unit))

    def split(self, rows: Matrix) -> tuple[Matrix, Matrix]:
        """Splits rows into numbers and codes, or what is beside, shape (n, w) to (n, d) and (n, c)."""
        width = rows.shape[1] - (self.beside if self.nominal is None else self.nominal.columns)
        return rows[:, :width], rows[:, width:]

    def numbers(self, rows: Matrix) -> Matrix:
        """Returns the numbers of rows in units of distance, shape (n, w) to (n, d); of 'cosine', (n, d + 1)."""
        numbers = self.split(rows)[0]
        numbers = numbers if self.unit is None else numbers / self.unit
        if self.lacking and self.unit is not None:
            numbers = np.where(np.isinf(self.unit), np.nan, numbers)
        return of_unit_length(numbers) if self.metric == "cosine" else numbers

    def codes(self, rows: Matrix) -> Matrix | None:
        """Returns the prepared categories of rows, shape (n, w) to (n, c); None if there are none."""
        return None if self.nominal is None else self.nominal.prepare(self.split(rows)[1])

    def embed(self, rows: Matrix) -> Matrix:
        """Returns coordinates whose Euclidean distances are about those of the rows, shape (n, w) to (n, e)."""
        if self.centre is not None:
            rows = np.where(np.isnan(rows), self.centre, rows)
        # A number of infinite unit is 0.
        numbers, codes = replace(self, lacking=False).numbers(rows), self.codes(rows)
        return numbers if self.nominal is None or codes is None else np.hstack([numbers, self.nominal.embed(codes)])

    def dimensions(self, width: int) -> int:
        """Returns the number of coordinates of embedded rows of ``width`` numbers and codes."""
        return self.embed(np.zeros((1, width))).shape[1]

    def nearest(self, rows: Matrix, queries: Indices, k: int, recall: float = 1.0) -> Indices:
        """Returns the k nearest rows of each query; see :func:`spark_smote.kernels.nearest.nearest`.

        Rows at distance 0 with different categories are grouped first, so that they cost no more than equal rows. The
        recall is that of numbers alone; with categories the search is exact.
        """
        numbers, codes = self.numbers(rows), self.codes(rows)
        if codes is None:
            return nearest.nearest(numbers, queries, k, recall=recall, manhattan=self.metric == "manhattan")
        # Groups keep the order of their first rows, because the order breaks ties between equally near rows.
        order = np.argsort(_first_of_its_kind(np.hstack([numbers, codes])), kind="stable")
        place = np.empty_like(order)
        place[order] = np.arange(len(order))
        return order[nearest.nearest(numbers[order], place[queries], k, self.nominal, codes[order])]


PLAIN = Space()
"""Euclidean distance in the units of the features."""


def of_unit_length(rows: Matrix) -> Matrix:
    """Returns rows over their Euclidean lengths, and behind each a number: 1 if the row is all zeros, else 0.

    So the squared distance of two rows is 2 minus twice the cosine of their angle, which is a right one where one of
    them is all zeros. A result depends on its row only.

    Parameters
    ----------
    rows : array of float64, shape (n, d)

    Returns
    -------
    array of float64, shape (n, d + 1)

    Examples
    --------
    >>> of_unit_length(np.array([[3.0, 4.0], [0.0, 0.0]]))
    array([[0.6, 0.8, 0. ],
           [0. , 0. , 1. ]])
    """
    made = np.zeros((len(rows), rows.shape[1] + 1))
    numbers, squares = made[:, :-1], np.zeros(len(rows))
    # Scaled by a power of two, so that squares neither overflow nor vanish.
    largest = np.maximum(rows.max(axis=1, initial=0.0), -rows.min(axis=1, initial=0.0))
    np.ldexp(rows, -np.frexp(largest)[1][:, None], out=numbers)
    for column in numbers.T:
        squares += column**2
    np.divide(numbers, np.sqrt(squares)[:, None], out=numbers, where=squares[:, None] > 0)
    made[:, -1] = squares == 0
    return made


def _first_of_its_kind(rows: Matrix) -> Indices:
    """Returns the index of the first equal row of each row, shape (n, w) to (n,), w > 0."""
    # Comparing bytes is many times faster than comparing rows.
    whole = np.ascontiguousarray(rows).view(np.dtype((np.void, rows.itemsize * rows.shape[1]))).ravel()
    _, first, group = np.unique(whole, return_index=True, return_inverse=True)
    return np.asarray(first[group])
