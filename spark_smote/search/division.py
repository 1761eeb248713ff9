"""Division of classes into cells without a halo, for rules that need rows near each other but no neighbours beyond."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from pyspark.sql import DataFrame

from spark_smote.kernels.placement import CellOfClass, HashedCells, HomeFingerprints
from spark_smote.kernels.seeding import CellSeeds, Task
from spark_smote.search import lsh
from spark_smote.search.in_class import CellLayout, ClassSearch, cell_seeds
from spark_smote.search.settings import MOST_TASKS, SearchSettings
from spark_smote.spark.scans import Placement, tally

_TASK_ROWS = 60_000


def divide_classes(
    settings: SearchSettings,
    rows: Callable[[list[int]], DataFrame],
    tasks: Mapping[int, Task],
    cell_rows: Mapping[int, int],
) -> CellLayout:
    """Divide each class into cells of about so many rows; jobs run where there is more than one.

    Parameters
    ----------
    settings : SearchSettings
    rows : callable
        Takes numbers of classes and returns CLASS, HASH and FEATURES of their usable rows.
    tasks : mapping of class to Task
    cell_rows : mapping of class to int
    """
    large = {number: task for number, task in tasks.items() if task.rows > cell_rows[number]}
    found = _counted(settings, rows(sorted(large)), large, cell_rows) if large else {}
    seeds: dict[int, CellSeeds] = {}
    placements: dict[int, Placement] = {}
    searches: dict[int, ClassSearch] = {}
    whole: dict[int, int] = {}
    for number, task in tasks.items():
        first = len(seeds)
        if number in found:
            own = cell_seeds(number, found[number].rows.tolist(), found[number].each())
            placements[number] = HashedCells(first, found[number].cells, found[number].hashing)
        else:
            own = [CellSeeds(number, fingerprint=task.fingerprint)]
            whole[number] = first
        seeds.update(enumerate(own, first))
        searches[number] = ClassSearch(cells=len(own))
    total = sum(task.rows for task in tasks.values())
    partitions = min(len(seeds), MOST_TASKS, total // _TASK_ROWS + 2)
    shared = CellOfClass.of(whole) if whole else None
    return CellLayout(seeds, placements, settings.chunk_rows, partitions, searches=searches, whole=shared)


def _counted(
    settings: SearchSettings, rows: DataFrame, tasks: Mapping[int, Task], cell_rows: Mapping[int, int]
) -> dict[int, HomeFingerprints]:
    """The cells of each class, and the fingerprints of their rows."""
    of = {number: replace(settings, cell_rows=cell_rows[number]) for number in tasks}
    rates = {number: lsh.sampled_share(of[number], task.rows) for number, task in tasks.items()}
    spaces, none = dict.fromkeys(tasks, settings.space()), dict.fromkeys(tasks, 0.0)
    with settings.stage("sample"):
        samples, hashings = lsh.take_samples(settings, rows, spaces, rates, none, None)
    found = {}
    for number, task in tasks.items():
        one = samples.get(number)
        points = (np.empty((0, 0)), np.empty(0)) if one is None else (one.projections, one.weights)
        cells = lsh.learn_cells(of[number], points, hashings[number], task.rows, k=0)
        found[number] = HomeFingerprints(cells, hashings[number])
    with settings.stage("count"):
        tally(rows, found)
    for number, task in tasks.items():
        if task.fingerprint is not None:
            task.fingerprint.check(found[number].whole(), task.name)
    return found
