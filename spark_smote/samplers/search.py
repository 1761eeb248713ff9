"""Which rows stand together when neighbours are looked for: the search chosen for each class, and its cells.

A class up to about 50,000 rows is searched exactly: every shard holds the whole class and answers for its share of the
rows. A bigger one is hashed by the functions of Spark's BucketedRandomProjectionLSH; cells are learnt in the space of
the hashes from a sample, and their halo is made as wide as sampled queries, answered by brute force over the whole
class, show it must be.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass

import numpy as np
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_smote.errors import ParameterError
from spark_smote.kernels import calibration
from spark_smote.kernels.arrays import Indices, Matrix
from spark_smote.kernels.calibration import Calibration
from spark_smote.kernels.cells import MAX_COPIES, Cells, learn
from spark_smote.kernels.hashing import Hashing, Projection
from spark_smote.kernels.placement import HashedCells, Shards
from spark_smote.kernels.seeding import CellSeeds, Task
from spark_smote.spark.cells import Placement, Sample, directions, sample, tally, to_cells
from spark_smote.spark.columns import CLASS

EXACT_ROWS = 50_000
EXACT_BYTES = 1 << 29
"""Bound on a whole class as exact search holds it in one task."""
CHUNK_BYTES = 1 << 26
_CHUNK_ROWS = 1 << 17
_CELL_ROWS = 4_000, 8_000
_SEARCHED_ROWS = 40_000
"""Rows that a cell with its halo shall have at most in the mean: data without structure would take all there are."""
_SHARD_ROWS = 4_096
_SHARD_SYNTHETIC = 131_072
_MAX_SHARDS = 512
_SEARCH_COST = 6
"""Of one seed's search, in synthetic rows made."""
_TASK_COST = 120_000
_MOST_TASKS = 200
_SAMPLED_A_CELL = 64
_QUERIES = 512
_LEAST_SAMPLED = 16
_LEAST_MAGNITUDE = 2.0**-300


@dataclass(frozen=True)
class ClassSearch:
    """How one class is searched; see :class:`spark_smote.plan.ClassPlan` for the figures."""

    search: str
    cells: int
    halo_share: float
    recall: float


@dataclass(frozen=True)
class Search:
    """The cells of all classes, numbered through.

    Parameters
    ----------
    classes : mapping of class to ClassSearch
    cells : mapping of cell to CellSeeds
    row_cap : callable
        Rows that one chunk of a cell may have.
    partition : callable
        Sends a frame with CLASS, HASH and FEATURES to the cells.
    tasks : int
        Number of tasks among which to divide the cells.
    """

    classes: Mapping[int, ClassSearch]
    cells: Mapping[int, CellSeeds]
    row_cap: Callable[[int], int]
    partition: Callable[[DataFrame], DataFrame]
    tasks: int


@dataclass(frozen=True)
class Searcher:
    """Chooses the search of each class and lays out its cells.

    Parameters
    ----------
    method : {'auto', 'exact', 'lsh'}
    recall_target : float
    bucket_length : float or None
    tables : int or None
    cell_rows : int or None
    scale : array of float64, shape (d,), or None
        Units of distance of each feature.
    width : int
        Number of features.
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

    def lay_out(self, rows: DataFrame, tasks: Mapping[int, Task]) -> Search:
        """Choose and lay out the cells of all classes.

        Parameters
        ----------
        rows : DataFrame
            CLASS, HASH and FEATURES of the usable rows of the classes in ``tasks``.
        tasks : mapping of class to Task

        Raises
        ------
        ParameterError
            Exact search of a class that does not fit one task.
        """
        exact = {number: self._shards(task) for number, task in tasks.items() if self._is_exact(task)}
        others = {number: task for number, task in tasks.items() if number not in exact}
        lsh = self._lsh_classes(rows, others) if others else {}
        cells: dict[int, CellSeeds] = {}
        placements: dict[int, Placement] = {}
        classes: dict[int, ClassSearch] = {}
        for number, task in tasks.items():
            if number in exact:
                borders = [task.rows * shard // exact[number] for shard in range(exact[number] + 1)]
                seeds = [CellSeeds(number, share=share) for share in itertools.pairwise(borders)]
                placements[number] = Shards(len(cells), len(seeds))
                classes[number] = ClassSearch("exact", len(seeds), 0.0, 1.0)
            else:
                found = lsh[number]
                starts = np.cumsum(found.counts) - found.counts
                seeds = [CellSeeds(number, first=int(start)) for start in starts]
                placements[number] = HashedCells(len(cells), found.cells, found.hashing)
                classes[number] = ClassSearch("lsh", len(seeds), found.halo_share, found.recall)
            cells.update(enumerate(seeds, len(cells)))
        whole = {number: tasks[number].rows for number in exact}
        chunk = self._chunk_rows()
        of_class = {cell: seeds.class_index for cell, seeds in cells.items()}
        work = sum(task.total + _SEARCH_COST * task.rows for task in tasks.values())
        return Search(
            classes,
            cells,
            row_cap=lambda cell: whole.get(of_class[cell], chunk),
            partition=lambda frame: to_cells(frame, placements),
            tasks=min(len(cells), _MOST_TASKS, work // _TASK_COST + 1),
        )

    def _is_exact(self, task: Task) -> bool:
        bytes_held = task.rows * self.width * 8
        if self.method == "exact" and bytes_held > EXACT_BYTES:
            raise ParameterError(
                f"neighborSearch='exact' holds a whole class in each task: {task.rows} rows x {self.width} features "
                f"x 8 bytes = {bytes_held >> 20} MiB, above the bound of {EXACT_BYTES >> 20} MiB; use 'lsh' or 'auto'"
            )
        fits = task.rows <= EXACT_ROWS and bytes_held <= EXACT_BYTES
        return self.method == "exact" or (self.method == "auto" and fits)

    def _shards(self, task: Task) -> int:
        wanted = max(task.rows // _SHARD_ROWS, task.total // _SHARD_SYNTHETIC) + 1
        return min(wanted, task.rows, _MAX_SHARDS)

    def _cell_rows(self, task: Task) -> int:
        """Big classes have bigger cells: more distances to compute, but fewer copies of rows in halos to carry."""
        wanted = int(np.clip(task.rows // 40, *_CELL_ROWS))
        return self.cell_rows or min(wanted, self._chunk_rows() // 4)

    def _chunk_rows(self) -> int:
        return max(1_000, min(_CHUNK_ROWS, CHUNK_BYTES // (8 * self.width)))

    def _lsh_classes(self, rows: DataFrame, tasks: Mapping[int, Task]) -> dict[int, _LshClass]:
        """The cells of the big classes."""
        rows = _of_classes(rows, tasks)
        tables = self.tables or int(np.clip(2 * self.width, 8, 32))
        unit, units = self._hash_units()
        with self.stage("sample"):
            projection = Projection(directions(rows.sparkSession, self.width, tables), units)
            cell_rows = {number: self._cell_rows(task) for number, task in tasks.items()}
            queries = {number: min(1.0, 1.25 * _QUERIES / task.rows) for number, task in tasks.items()}
            rates = {
                number: min(1.0, queries[number] + _SAMPLED_A_CELL * max(64, task.rows / cell_rows[number]) / task.rows)
                for number, task in tasks.items()
            }
            samples = sample(rows, rates, queries, projection.project)
            length = self.bucket_length / unit if self.bucket_length else _bucket_length(samples)
            hashing = Hashing(projection, length)
            learnt = {
                number: _learn(samples.get(number), task, hashing, cell_rows[number], tables)
                for number, task in tasks.items()
            }
        with self.stage("calibrate"):
            tallies = {
                number: self._calibration(learnt[number], samples.get(number), task, hashing)
                for number, task in tasks.items()
            }
            tally(rows, tallies)
        return {
            number: self._with_halo(learnt[number], tallies[number], samples.get(number), hashing) for number in tasks
        }

    def _hash_units(self) -> tuple[float, Matrix | None]:
        """A unit of distance by which products of features neither overflow nor vanish, and that of each feature."""
        scale = np.ones(self.width) if self.scale is None else self.scale
        largest = self.magnitude / scale.min()
        if not largest or _LEAST_MAGNITUDE < largest < 1 / _LEAST_MAGNITUDE:
            return 1.0, self.scale
        unit = float(np.ldexp(1.0, int(np.frexp(largest)[1]) - 1))
        return unit, scale * unit

    def _calibration(self, cells: Cells, sample: Sample | None, task: Task, hashing: Hashing) -> Calibration:
        if sample is None or not len(sample.features):
            return Calibration(cells, hashing, np.empty((0, self.width)), task.k, self.scale)
        return Calibration(cells, hashing, sample.features[: _queries(sample)], task.k, self.scale)

    def _with_halo(self, cells: Cells, found: Calibration, sample: Sample | None, hashing: Hashing) -> _LshClass:
        if sample is None:
            return _LshClass(cells, hashing, found.counts, recall=1.0, halo_share=0.0)
        hashes, weights = hashing.buckets(sample.projections), sample.weights
        cap = self._chunk_rows()
        copies = float(np.clip(min(_SEARCHED_ROWS, cap) / found.counts.mean(), 1.0, MAX_COPIES))
        widest = calibration.widest_margin(cells, hashes, weights, copies)
        cells = cells.with_margin(calibration.choose_margin(found.needed(), self.recall_target, widest))
        sizes = cells.sizes(hashes, weights) * (found.counts.sum() / weights.sum())
        # A cell above the cap comes in several chunks, each with its share of the neighbours.
        recall = found.recall(cells.margin, np.maximum(1.0, np.ceil(sizes / cap)))
        return _LshClass(cells, hashing, found.counts, recall, float(sizes.sum() / found.counts.sum() - 1))


@dataclass(frozen=True)
class _LshClass:
    """One big class: its cells with their halo, the home rows of each, and the figures for the plan."""

    cells: Cells
    hashing: Hashing
    counts: Indices
    recall: float
    halo_share: float


def _of_classes(rows: DataFrame, classes: Mapping[int, object]) -> DataFrame:
    return rows.filter(F.col(CLASS).isin(list(classes)))


def _bucket_length(samples: Mapping[int, Sample]) -> float:
    """So fine that the tightest class spreads over thousands of buckets: cells are groups of buckets, not buckets."""
    spreads = [_spread(sample) for sample in samples.values()]
    return min((spread for spread in spreads if spread > 0), default=1.0) / 4096


def _spread(sample: Sample) -> float:
    """Root mean variance of the projections."""
    mean = np.average(sample.projections, axis=0, weights=sample.weights)
    return float(np.sqrt(np.average((sample.projections - mean) ** 2, axis=0, weights=sample.weights).mean()))


def _queries(sample: Sample) -> int:
    """How many rows of the sample, its first, are queries: cells must not be learnt from them.

    A row that drew a centre to itself lies deeper in its cell than others do. Too few rows serve as both.
    """
    rows = len(sample.projections)
    return min(_QUERIES, rows // 4) or rows


def _learn(sample: Sample | None, task: Task, hashing: Hashing, cell_rows: int, tables: int) -> Cells:
    if sample is None:
        return Cells(np.zeros((1, tables)), np.zeros(tables))
    least = max(_LEAST_SAMPLED, 2 * (task.k + 1))
    queries = _queries(sample)
    known = slice(queries if queries < len(sample.projections) else 0, None)
    return learn(hashing.buckets(sample.projections[known]), sample.weights[known], task.rows, cell_rows, least)
