"""The search for neighbours within each class: exact or LSH, and the cells that each class's rows are sent to.

A class up to about 50,000 rows is searched exactly: every shard holds the whole class and answers for its share of the
rows. A bigger one is searched in LSH cells, see :mod:`spark_smote.search.lsh`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from pyspark.sql import DataFrame

from spark_smote.kernels.calibration import Calibration
from spark_smote.kernels.cells import MAX_COPIES
from spark_smote.kernels.fingerprint import Fingerprint
from spark_smote.kernels.placement import CellOfClass, HashedCells, Shards
from spark_smote.kernels.seeding import CellSeeds, PoolSeeds, Task
from spark_smote.kernels.space import Space
from spark_smote.search import lsh
from spark_smote.search.lsh import LshCells
from spark_smote.search.settings import MOST_TASKS, SearchSettings
from spark_smote.spark.arrow import Split
from spark_smote.spark.scans import Placement, SampledRows, tally

_SHARD_ROWS = 4_096
_SHARD_SYNTHETIC = 131_072
_MAX_SHARDS = 512
_SEARCH_COST = 6
"""Cost of one seed's search, in synthetic rows made."""
_TASK_COST = 120_000


@dataclass(frozen=True)
class ClassSearch:
    """How one class is searched; see :class:`spark_smote.core.plan.ClassPlan` for the figures."""

    search: str = "none"
    cells: int = 0
    halo_share: float = 0.0
    recall: float | None = None
    worker_bytes: int = 0

    def around(self) -> dict[str, Any]:
        """The figures of a search among all rows."""
        return {
            "surroundings": self.search,
            "surroundings_recall": self.recall,
            "worker_bytes": self.worker_bytes,
        }


@dataclass(frozen=True)
class CellLayout:
    """Which rows go to which cells, and which cells make synthetic rows of them.

    Parameters
    ----------
    seeds : mapping of cell to CellSeeds or PoolSeeds
        Cells are numbered through over all tasks.
    placements : mapping of group to Placement
        Rows of other groups are left out.
    chunk_rows : int
        Rows that one chunk of a cell may have; a shard holds its whole class.
    partitions : int
        Number of Spark's tasks among which to divide the cells.
    split : callable, optional
        See :func:`spark_smote.spark.arrow.by_class`; groups are classes without it.
    searches : mapping of task's number to ClassSearch
    whole : CellOfClass, optional
        Of the groups that have one cell each; these are not among ``placements``.
    """

    seeds: Mapping[int, CellSeeds | PoolSeeds]
    placements: Mapping[int, Placement]
    chunk_rows: int
    partitions: int
    split: Split | None = None
    searches: Mapping[int, ClassSearch] = field(default_factory=dict)
    whole: CellOfClass | None = None

    def together(self, groups: Sequence[int]) -> ClassSearch:
        """The search of several clusters as that of their class."""
        found = [self.searches[group] for group in groups]
        kind = "lsh" if any(one.search == "lsh" for one in found) else "exact"
        return ClassSearch(
            kind,
            sum(one.cells for one in found),
            float(np.mean([one.halo_share for one in found])),
            float(np.mean([one.recall or 0.0 for one in found])),
            max(one.worker_bytes for one in found),
        )


def lay_out(
    settings: SearchSettings,
    rows: Callable[[list[int]], DataFrame],
    tasks: Mapping[int, Task],
    split: Split | None = None,
    spaces: Mapping[int, Space] | None = None,
) -> CellLayout:
    """Choose the search for each task and lay out its cells; jobs run for LSH search.

    Parameters
    ----------
    settings : SearchSettings
    rows : callable
        Takes numbers of classes and returns CLASS, HASH and FEATURES of their usable rows.
    tasks : mapping of task's number to Task
    split : callable, optional
        See :func:`spark_smote.spark.arrow.by_class`; groups are then the tasks' numbers.
    spaces : mapping of task's number to Space, optional
        Where distance is more than the settings say.

    Raises
    ------
    ParameterError
        Exact search is asked for, and a class does not fit a task.
    """
    alone = {number: task for number, task in tasks.items() if task.pool is None}
    exact = {number: _shards(task) for number, task in alone.items() if settings.is_exact_in_class(task.rows)}
    hashed = {number: task for number, task in alone.items() if number not in exact}
    found = _lsh_cells(settings, rows, hashed, split, spaces or {}) if hashed else {}
    seeds: dict[int, CellSeeds | PoolSeeds] = {}
    placements: dict[int, Placement] = {}
    searches: dict[int, ClassSearch] = {}
    whole: dict[int, int] = {}
    for numbers in _pools(tasks):
        pooled = PoolSeeds(numbers, sum(tasks[number].rows for number in numbers))
        whole.update(dict.fromkeys(numbers, len(seeds)))
        searches |= dict.fromkeys(numbers, ClassSearch("exact", 1, 0.0, 1.0, settings.memory.bound(pooled.rows)))
        seeds[len(seeds)] = pooled
    for number, task in alone.items():
        first = len(seeds)
        if number in exact:
            own = shard_seeds(number, task, exact[number])
            if len(own) == 1:
                whole[number] = first
            else:
                placements[number] = Shards(first, len(own))
            searches[number] = ClassSearch("exact", len(own), 0.0, 1.0, settings.memory.bound(task.rows))
        else:
            of = found[number]
            own = cell_seeds(number, of.fingerprints.rows.tolist(), of.fingerprints.each(), of.within)
            placements[number] = HashedCells(first, of.cells, of.hashing)
            bound = settings.memory.bound_of_chunks(settings.chunk_rows, task.rows)
            searches[number] = ClassSearch("lsh", len(own), of.halo_share, of.recall, bound)
        seeds.update(enumerate(own, first))
    work = sum(task.total + _SEARCH_COST * task.rows for task in tasks.values())
    partitions = min(len(seeds), MOST_TASKS, work // _TASK_COST + 1)
    shared = CellOfClass.of(whole) if whole else None
    return CellLayout(seeds, placements, settings.chunk_rows, partitions, split, searches, shared)


def _pools(tasks: Mapping[int, Task]) -> list[tuple[int, ...]]:
    """The tasks of each pool."""
    pools: dict[int, list[int]] = {}
    for number, task in tasks.items():
        if task.pool is not None:
            pools.setdefault(task.pool, []).append(number)
    return [tuple(numbers) for numbers in pools.values()]


def shard_seeds(number: int, task: Task, shards: int) -> list[CellSeeds]:
    """The seeds of each shard: equal shares of the class."""
    borders = [task.rows * shard // shards for shard in range(shards + 1)]
    return [CellSeeds(number, 0, share, task.fingerprint) for share in itertools.pairwise(borders)]


def cell_seeds(number: int, rows: list[int], fingerprints: list[Fingerprint], within: float = 1.0) -> list[CellSeeds]:
    """The seeds of each cell: the rows at home there, numbered through from cell to cell; their recall in the cell."""
    firsts = itertools.accumulate(rows, initial=0)
    return [CellSeeds(number, first, None, of, within) for first, of in zip(firsts, fingerprints, strict=False)]


def _shards(task: Task) -> int:
    wanted = max(task.rows // _SHARD_ROWS, task.total // _SHARD_SYNTHETIC) + 1
    return min(wanted, task.rows, _MAX_SHARDS)


def _lsh_cells(
    settings: SearchSettings,
    rows_of: Callable[[list[int]], DataFrame],
    tasks: Mapping[int, Task],
    split: Split | None,
    spaces: Mapping[int, Space],
) -> dict[int, LshCells]:
    """The cells of the big classes."""
    rows = rows_of(sorted({task.class_index for task in tasks.values()}))
    spaces = {number: spaces.get(number, settings.space()) for number in tasks}
    query_rates = {number: lsh.query_share(task.rows) for number, task in tasks.items()}
    rates = {n: min(1.0, query_rates[n] + lsh.sampled_share(settings, task.rows)) for n, task in tasks.items()}
    nothing = SampledRows(np.empty((0, 0)), np.empty(0), np.empty((0, settings.width)), np.empty(0, np.uint64))
    with settings.stage("sample"):
        samples, hashings = lsh.take_samples(settings, rows, spaces, rates, query_rates, split)

    def calibrated(divided: Mapping[int, bool]) -> dict[int, LshCells]:
        found: dict[int, Calibration] = {}
        for number, large in divided.items():
            one, task = samples.get(number, nothing), tasks[number]
            # The first rows are the queries. Cells must not be learnt from these: a row that drew a centre to itself
            # lies deeper in its cell than others do. Too few rows serve as both.
            asking = min(lsh.QUERIES, len(one.weights) // 4) or len(one.weights)
            known = slice(asking if asking < len(one.weights) else 0, None)
            points = one.projections[known], one.weights[known]
            cells = lsh.learn_cells(settings, points, hashings[number], task.rows, task.k, large)
            found[number] = Calibration(cells, hashings[number], one.features[:asking], task.k, spaces[number])
        tally(rows, found, split)
        cells_of = {}
        for number, calibration in found.items():
            one, task, large = samples.get(number, nothing), tasks[number], divided[number]
            if task.fingerprint is not None:
                task.fingerprint.check(calibration.found.whole(), task.name)
            within, most = lsh.recall_in_cells(settings, large), lsh.searched_rows(settings, large)
            points = one.projections, one.weights
            cells_of[number] = lsh.with_halo(settings, calibration, points, most, MAX_COPIES, within, in_chunks=True)
        return cells_of

    with settings.stage("calibrate"):
        cells = calibrated({n: lsh.divides(settings, task.rows, spaces[n]) for n, task in tasks.items()})
    short = [number for number, found in cells.items() if lsh.falls_short(settings, found)]
    if short:
        with settings.stage("recalibrate"):
            cells |= calibrated(dict.fromkeys(short, False))
    return cells
