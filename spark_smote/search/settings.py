"""What the search in one class and the search among all rows share: settings, hashing, learning cells from a sample."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass

import numpy as np
from pyspark.sql import SparkSession

from spark_smote.kernels.arrays import Matrix
from spark_smote.kernels.cells import Cells, learn
from spark_smote.kernels.hashing import Hashing, Projection, Projections
from spark_smote.kernels.space import Space
from spark_smote.search.memory import chunk_rows
from spark_smote.spark.scans import SampledRows, directions

QUERIES = 512
"""Sampled queries on which recall is measured."""
MOST_TASKS = 200
CHUNK_ROWS = 1 << 17
"""Rows of a cell that a task holds at once, unless they are wide."""
_CELL_ROWS = 4_000, 8_000
_SAMPLED_A_CELL = 64
_LEAST_SAMPLED = 16
_LEAST_MAGNITUDE = 2.0**-300


@dataclass(frozen=True)
class SearchSettings:
    """How to search, as the sampler's params and the survey say.

    Parameters
    ----------
    method : {'auto', 'exact', 'lsh'}
    recall_target : float
    bucket_length : float or None
    tables : int or None
        Number of LSH functions.
    cell_rows : int or None
    scale : array of float64, shape (d,), or None
        Units of distance of each feature.
    width : int
        Number of features, categories included.
    magnitude : float
        Largest absolute value of a floating feature, to within a factor of 2^20.
    stage : callable
        Gives a context manager that times a stage of this name.
    """

    method: str
    recall_target: float
    bucket_length: float | None
    tables: int | None
    cell_rows: int | None
    scale: Matrix | None
    width: int
    magnitude: float
    stage: Callable[[str], AbstractContextManager[None]]

    def functions(self) -> int:
        """Number of LSH functions."""
        return self.tables or int(np.clip(2 * self.width, 8, 32))

    def chunk_rows(self) -> int:
        """Rows that a task holds at once."""
        return chunk_rows(self.width, CHUNK_ROWS)

    def rows_a_cell(self, rows: int) -> int:
        """Many rows have bigger cells: more distances to compute, but fewer copies of rows in halos to carry."""
        return self.cell_rows or min(int(np.clip(rows // 40, *_CELL_ROWS)), self.chunk_rows() // 4)

    def sampled_share(self, rows: int) -> float:
        """Of so many rows, the share to learn cells from."""
        return min(1.0, _SAMPLED_A_CELL * max(64, rows / self.rows_a_cell(rows)) / rows)

    def units(self) -> tuple[float, Matrix | None]:
        """A unit of distance by which products of features neither overflow nor vanish, and that of each feature."""
        scale = np.ones(self.width) if self.scale is None else self.scale
        largest = self.magnitude / scale.min()
        if not largest or _LEAST_MAGNITUDE < largest < 1 / _LEAST_MAGNITUDE:
            return 1.0, self.scale
        unit = float(np.ldexp(1.0, int(np.frexp(largest)[1]) - 1))
        return unit, scale * unit

    def space(self) -> Space:
        """Of numbers alone."""
        return Space(self.scale)

    def projections(self, session: SparkSession, spaces: Mapping[int, Space]) -> Projections:
        """Along the same directions in the space of each class; all embed rows in as many coordinates."""
        dimensions = {space.dimensions(self.width) for space in spaces.values()}
        found = directions(session, max(dimensions), self.functions())
        unit = self.units()[0]
        return Projections({number: Projection(found, space.over(unit)) for number, space in spaces.items()})

    def hashing(self, projection: Projection, samples: Mapping[int, SampledRows]) -> Hashing:
        """With buckets as long as was asked, or as the samples suggest."""
        length = self.bucket_length / self.units()[0] if self.bucket_length else _bucket_length(samples)
        return Hashing(projection, length)

    def learn(self, points: Matrix, weights: Matrix, hashing: Hashing, rows: int, k: int) -> Cells:
        """Cells for so many rows, of which these are the sampled projections, shape (s, p); one if there are none."""
        if not len(points):
            return Cells(np.zeros((1, self.functions())), np.zeros(self.functions()))
        least = max(_LEAST_SAMPLED, 2 * (k + 1))
        return learn(hashing.buckets(points), weights, rows, self.rows_a_cell(rows), least)


def queries_of(sample: SampledRows) -> int:
    """How many rows of the sample, its first, are queries: cells must not be learnt from them.

    A row that drew a centre to itself lies deeper in its cell than others do. Too few rows serve as both.
    """
    rows = len(sample.projections)
    return min(QUERIES, rows // 4) or rows


def _bucket_length(samples: Mapping[int, SampledRows]) -> float:
    """So fine that the tightest class spreads over thousands of buckets: cells are groups of buckets, not buckets."""
    spreads = [_spread(sample) for sample in samples.values()]
    return min((spread for spread in spreads if spread > 0), default=1.0) / 4096


def _spread(sample: SampledRows) -> float:
    """Root mean variance of the projections."""
    mean = np.average(sample.projections, axis=0, weights=sample.weights)
    return float(np.sqrt(np.average((sample.projections - mean) ** 2, axis=0, weights=sample.weights).mean()))
