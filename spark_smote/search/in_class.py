"""Which rows stand together when neighbours are looked for: the search chosen for each class, and its cells.

A class up to about 50,000 rows is searched exactly: every shard holds the whole class and answers for its share of the
rows. A bigger one is hashed by the functions of Spark's BucketedRandomProjectionLSH; cells are learnt in the space of
the hashes from a sample, and their halo is made as wide as sampled queries, answered by brute force over the whole
class, show it must be.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_smote.errors import ParameterError
from spark_smote.kernels import calibration
from spark_smote.kernels.calibration import Calibration
from spark_smote.kernels.cells import MAX_COPIES, Cells
from spark_smote.kernels.fingerprint import Fingerprints
from spark_smote.kernels.hashing import Hashing
from spark_smote.kernels.placement import HashedCells, Shards
from spark_smote.kernels.seeding import CellSeeds, Task
from spark_smote.kernels.space import Space
from spark_smote.search.memory import MOST_BYTES
from spark_smote.search.settings import MOST_TASKS, QUERIES, SearchSettings, queries_of
from spark_smote.spark.arrow import Split
from spark_smote.spark.columns import CLASS
from spark_smote.spark.scans import Placement, SampledRows, sample, tally, to_cells

EXACT_ROWS = 50_000
EXACT_BYTES = MOST_BYTES
"""Bound on a whole class as exact search holds it in one task."""
_SEARCHED_ROWS = 40_000
"""Rows that a cell with its halo shall have at most in the mean: data without structure would take all there are."""
_SHARD_ROWS = 4_096
_SHARD_SYNTHETIC = 131_072
_MAX_SHARDS = 512
_SEARCH_COST = 6
"""Of one seed's search, in synthetic rows made."""
_TASK_COST = 120_000


@dataclass(frozen=True)
class ClassSearch:
    """How one class is searched; see :class:`spark_smote.core.plan.ClassPlan` for the figures."""

    search: str = "none"
    cells: int = 0
    halo_share: float = 0.0
    recall: float | None = None


@dataclass(frozen=True)
class Division:
    """How the work is divided.

    Parameters
    ----------
    cells : mapping of cell to CellSeeds
        Numbered through over all tasks.
    row_cap : callable
        Rows that one chunk of a cell may have.
    partitions : int
        Number of Spark's tasks among which to divide the cells.
    """

    cells: Mapping[int, CellSeeds]
    row_cap: Callable[[int], int]
    partitions: int


@dataclass(frozen=True)
class Search(Division):
    """The cells in which neighbours are searched.

    Parameters
    ----------
    cells, row_cap, partitions
        As for :class:`Division`.
    found : mapping of task's number to ClassSearch
    partition : callable
        Sends a frame with CLASS, HASH and FEATURES to the cells.
    """

    found: Mapping[int, ClassSearch]
    partition: Callable[[DataFrame], DataFrame]


@dataclass(frozen=True)
class Searcher:
    """Lays out the cells for the search of neighbours in each class, or in each group that ``split`` makes of it.

    Parameters
    ----------
    settings : SearchSettings
    split : callable, optional
        See :func:`spark_smote.spark.arrow.by_class`; groups are then the tasks' numbers.
    spaces : mapping of task's number to Space
        Where distance is more than the settings say.
    """

    settings: SearchSettings
    split: Split | None = None
    spaces: Mapping[int, Space] = field(default_factory=dict)

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
        searches: dict[int, ClassSearch] = {}
        for number, task in tasks.items():
            if number in exact:
                borders = [task.rows * shard // exact[number] for shard in range(exact[number] + 1)]
                seeds = [CellSeeds(number, 0, share, task.fingerprint) for share in itertools.pairwise(borders)]
                placements[number] = Shards(len(cells), len(seeds))
                searches[number] = ClassSearch("exact", len(seeds), 0.0, 1.0)
            else:
                found = lsh[number]
                starts = (np.cumsum(found.contents.rows) - found.contents.rows).tolist()
                contents = zip(starts, found.contents.each(), strict=True)
                seeds = [CellSeeds(number, start, None, content) for start, content in contents]
                placements[number] = HashedCells(len(cells), found.cells, found.hashing)
                searches[number] = ClassSearch("lsh", len(seeds), found.halo_share, found.recall)
            cells.update(enumerate(seeds, len(cells)))
        whole = {number: tasks[number].rows for number in exact}
        chunk = self.settings.chunk_rows()
        task_of = {cell: seeds.task for cell, seeds in cells.items()}
        work = sum(task.total + _SEARCH_COST * task.rows for task in tasks.values())
        return Search(
            cells,
            row_cap=lambda cell: whole.get(task_of[cell], chunk),
            partitions=min(len(cells), MOST_TASKS, work // _TASK_COST + 1),
            found=searches,
            partition=lambda frame: to_cells(frame, placements, self.split),
        )

    def _is_exact(self, task: Task) -> bool:
        bytes_held = task.rows * self.settings.width * 8
        if self.settings.method == "exact" and bytes_held > EXACT_BYTES:
            raise ParameterError(
                f"neighborSearch='exact' holds a whole class in each task: {task.rows} rows x {self.settings.width} "
                f"features x 8 bytes = {bytes_held >> 20} MiB, above the bound of {EXACT_BYTES >> 20} MiB; "
                "use 'lsh' or 'auto'"
            )
        fits = task.rows <= EXACT_ROWS and bytes_held <= EXACT_BYTES
        return self.settings.method == "exact" or (self.settings.method == "auto" and fits)

    def _shards(self, task: Task) -> int:
        wanted = max(task.rows // _SHARD_ROWS, task.total // _SHARD_SYNTHETIC) + 1
        return min(wanted, task.rows, _MAX_SHARDS)

    def _lsh_classes(self, rows: DataFrame, tasks: Mapping[int, Task]) -> dict[int, _LshClass]:
        """The cells of the big classes."""
        settings = self.settings
        rows = rows.filter(F.col(CLASS).isin(sorted({task.class_index for task in tasks.values()})))
        with settings.stage("sample"):
            spaces = {number: self.spaces.get(number, settings.space()) for number in tasks}
            projections = settings.projections(rows.sparkSession, spaces)
            queries = {number: min(1.0, 1.25 * QUERIES / task.rows) for number, task in tasks.items()}
            rates = {number: min(1.0, queries[number] + settings.sampled_share(t.rows)) for number, t in tasks.items()}
            samples = sample(rows, rates, queries, projections, self.split)
            hashings = {number: settings.hashing(projections.of[number], samples) for number in tasks}
            learnt = {
                number: self._learn(samples.get(number), task, hashings[number]) for number, task in tasks.items()
            }
        with settings.stage("calibrate"):
            tallies = {
                number: self._calibration(learnt[number], samples.get(number), task, hashings[number], spaces[number])
                for number, task in tasks.items()
            }
            tally(rows, tallies, self.split)
        for number, task in tasks.items():
            if task.fingerprint is not None:
                task.fingerprint.check(tallies[number].found.whole(), task.name)
        return {
            number: self._with_halo(learnt[number], tallies[number], samples.get(number), hashings[number])
            for number in tasks
        }

    def _learn(self, sample: SampledRows | None, task: Task, hashing: Hashing) -> Cells:
        if sample is None:
            return self.settings.learn(np.empty((0, 0)), np.empty(0), hashing, task.rows, task.k)
        queries = queries_of(sample)
        known = slice(queries if queries < len(sample.projections) else 0, None)
        return self.settings.learn(sample.projections[known], sample.weights[known], hashing, task.rows, task.k)

    def _calibration(
        self, cells: Cells, sample: SampledRows | None, task: Task, hashing: Hashing, space: Space
    ) -> Calibration:
        none = np.empty((0, self.settings.width))
        queries = sample.features[: queries_of(sample)] if sample is not None and len(sample.features) else none
        return Calibration(cells, hashing, queries, task.k, space)

    def _with_halo(self, cells: Cells, found: Calibration, sample: SampledRows | None, hashing: Hashing) -> _LshClass:
        counts = found.found.rows
        if sample is None:
            return _LshClass(cells, hashing, found.found, recall=1.0, halo_share=0.0)
        hashes, weights = hashing.buckets(sample.projections), sample.weights
        cap = self.settings.chunk_rows()
        copies = float(np.clip(min(_SEARCHED_ROWS, cap) / counts.mean(), 1.0, MAX_COPIES))
        widest = calibration.widest_margin(cells, hashes, weights, copies)
        cells = cells.with_margin(calibration.choose_margin(found.needed(), self.settings.recall_target, widest))
        sizes = cells.sizes(hashes, weights) * (counts.sum() / weights.sum())
        # A cell above the cap comes in several chunks, each with its share of the neighbours.
        recall = found.recall(cells.margin, np.maximum(1.0, np.ceil(sizes / cap)))
        return _LshClass(cells, hashing, found.found, recall, float(sizes.sum() / counts.sum() - 1))


@dataclass(frozen=True)
class _LshClass:
    """One big class: its cells with their halo, what is at home in each, and the figures for the plan."""

    cells: Cells
    hashing: Hashing
    contents: Fingerprints
    recall: float
    halo_share: float
