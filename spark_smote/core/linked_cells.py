"""Cells of the clusters of each class, by average linkage of at most 1,000 of its rows."""

from __future__ import annotations

import numpy as np

from spark_smote.core.clustered import counted, shared_by_rows
from spark_smote.core.driver_rows import on_driver
from spark_smote.core.scored_sampler import CellsOfClasses, Scored, Scoring
from spark_smote.core.single_seed import hash_cells, of_classes
from spark_smote.kernels.arrays import Indices
from spark_smote.kernels.groups import Groups
from spark_smote.kernels.linkage import LinkedClusters, linked

LINKED_ROWS = 1_000
"""Distinct rows of a class that are linked, chosen by content hash where there are more."""


def linked_cells(scoring: Scoring, scored: Scored, reach: float) -> CellsOfClasses:
    """Cells of the clusters of each class that grows; jobs run.

    Parameters
    ----------
    scoring : Scoring
    scored : Scored
    reach : float
        See :func:`spark_smote.kernels.linkage.linked`.
    """
    context = scoring.context
    unit = scoring.settings.unit
    rates = {number: min(1.0, LINKED_ROWS / len(known.hashes)) for number, known in scoring.known.items()}
    with context.stage("clusters"):
        rows = context.source.rows(list(rates))
        clusters = {}
        distinct = {number: len(known.hashes) for number, known in scoring.known.items()}
        for number, found in on_driver(context, rows, rates, distinct).items():
            points, hashes = found.features[:LINKED_ROWS] / unit, found.hashes[:LINKED_ROWS].view(np.int64)
            usual = np.ones(len(points), dtype=bool)
            if number in scored.noise:
                usual = ~scored.noise[number][scoring.known[number].places(hashes)]
            clusters[number] = LinkedClusters(points, linked(points, reach, usual), unit)
        counts = counted(context, clusters)
    numbers: dict[int, Indices] = {}
    first = 0
    for number, own in clusters.items():
        numbers[number] = first + own.joined(counts[number].rows)
        first = int(numbers[number].max()) + 1
    groups = Groups(clusters, numbers)
    tasks = shared_by_rows(context.tasks, groups, counts)
    cells = hash_cells(context, scoring.settings.memory, tasks, groups)
    return cells, tasks, of_classes(cells, tasks)
