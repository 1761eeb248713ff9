"""Settings of a neighbour search, and the one place where exact search or LSH search is chosen."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

import numpy as np

from spark_smote.errors import ParameterError
from spark_smote.kernels.arrays import Matrix
from spark_smote.kernels.space import Space
from spark_smote.search.memory import WorkerMemory

MOST_TASKS = 4_096
CHUNK_ROWS = 1 << 17
"""Rows of a cell that a task holds at once, unless they are wide."""
EXACT_ROWS = 50_000
EXACT_PAIRS = 1 << 34
"""Up to so many pairs of a query and a row 'auto' compares them all: to learn cells would take as long."""
_LEAST_MAGNITUDE = 2.0**-300


def _untimed(stage: str) -> AbstractContextManager[None]:
    return nullcontext()


@dataclass(frozen=True)
class SearchSettings:
    """How to search, as the sampler's params and the survey say.

    Parameters
    ----------
    method : {'auto', 'exact', 'lsh'}
    recall_target : float
        On (0, 1].
    bucket_length : float or None
    tables : int or None
        Number of LSH functions.
    cell_rows : int or None
    scale : array of float64, shape (d,), or None
        Units of distance of each feature.
    memory : WorkerMemory
        What a worker holds of the rows, and may hold.
    chunk_rows : int
        Rows that a task holds at once.
    magnitude : float
        Largest absolute value of a floating feature, to within a factor of 2^20.
    stage : callable
        Takes a stage's name and returns a context manager that times the stage; no part of a saved plan.
    sparse : bool
        Whether rows are sparse; the width is then the doubles that are as big as a row.
    centre : array of float64, shape (d,), or None
        Mean of the values of each feature, where rows take part with missing values.
    metric : {'euclidean', 'manhattan', 'cosine'}
    lacking : bool
        Whether rows take part with missing values.
    """

    method: str
    recall_target: float
    bucket_length: float | None
    tables: int | None
    cell_rows: int | None
    scale: Matrix | None
    memory: WorkerMemory
    chunk_rows: int
    magnitude: float
    stage: Callable[[str], AbstractContextManager[None]] = field(default=_untimed, metadata={"saved": False})
    sparse: bool = False
    centre: Matrix | None = None
    metric: str = "euclidean"
    lacking: bool = False

    def is_exact_in_class(self, rows: int) -> bool:
        """Whether a class of so many rows is compared with itself row by row, held whole in each task.

        Raises
        ------
        ParameterError
            ``method`` is 'exact', and the class is above a bound of memory.
        """
        fits = self.memory.fits(rows)
        if self.method == "exact" and not fits:
            raise ParameterError(
                f"neighborSearch='exact' holds a whole class in each task: {self.memory.excess(rows)}; "
                + ("sparse vectors have no other search: use fewer rows" if self.sparse else "use 'lsh' or 'auto'")
            )
        return self.method == "exact" or (self.method == "auto" and rows <= EXACT_ROWS and fits)

    def is_exact_in_all(self, rows: int, queries: int) -> bool:
        """Whether each query is compared with each row of the input; chunk by chunk, so memory sets no bound."""
        return self.method == "exact" or (self.method == "auto" and rows * queries <= EXACT_PAIRS)

    @property
    def width(self) -> int:
        """Number of features, categories included."""
        return self.memory.width

    def units(self) -> tuple[float, Matrix | float | None]:
        """A unit of distance by which products of features neither overflow nor vanish, and that of each feature."""
        if self.metric == "cosine":
            return 1.0, self.scale
        scale = np.ones(self.width) if self.scale is None else self.scale
        largest = self.magnitude / scale.min()
        if not largest or _LEAST_MAGNITUDE < largest < 1 / _LEAST_MAGNITUDE:
            return 1.0, self.scale
        unit = float(np.ldexp(1.0, int(np.frexp(largest)[1]) - 1))
        return unit, unit if self.scale is None else scale * unit

    @property
    def unit(self) -> Matrix | float:
        """The unit of distance of each feature."""
        unit = self.units()[1]
        return 1.0 if unit is None else unit

    def space(self) -> Space:
        """Distance between rows of numbers alone."""
        return Space(self.scale, centre=self.centre, metric=self.metric, lacking=self.lacking)
