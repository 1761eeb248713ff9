"""Cells of the clusters of each class, by average linkage of at most 1,000 of its rows."""

from __future__ import annotations

import numpy as np

from spark_smote.core.driver_rows import on_driver
from spark_smote.core.scored_sampler import CellsOfClasses, Scored, Scoring
from spark_smote.core.single_seed import hash_cells, of_classes
from spark_smote.kernels.apportion import shares
from spark_smote.kernels.fingerprint import NOTHING, Fingerprint
from spark_smote.kernels.groups import GroupsByClass, MemberCounts
from spark_smote.kernels.linkage import LinkedClusters, linked
from spark_smote.kernels.seeding import Task
from spark_smote.spark.scans import tally

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
    unit = scoring.unit
    rates = {number: min(1.0, LINKED_ROWS / len(known.hashes)) for number, known in scoring.known.items()}
    with context.stage("clusters"):
        rows = context.source.rows(list(rates))
        clusters, counts = {}, {}
        distinct = {number: len(known.hashes) for number, known in scoring.known.items()}
        for number, found in on_driver(context, rows, rates, distinct).items():
            points, hashes = found.features[:LINKED_ROWS] / unit, found.hashes[:LINKED_ROWS].view(np.int64)
            usual = np.ones(len(points), dtype=bool)
            if number in scored.noise:
                usual = ~scored.noise[number][scoring.known[number].places(hashes)]
            clusters[number] = LinkedClusters(points, linked(points, reach, usual), unit)
            counts[number] = MemberCounts(clusters[number], int(clusters[number].labels.max()) + 1)
        tally(rows, counts)
    tasks: dict[int, Task] = {}
    joined, firsts = {}, {}
    for number, counted in counts.items():
        context.check(number, counted.whole())
        firsts[number], joined[number] = len(tasks), clusters[number].joined(counted.rows)
        # Every cluster has a sampled row, by which its number after joining is known.
        of = dict(zip(clusters[number].labels.tolist(), joined[number].labels.tolist(), strict=True))
        contents: dict[int, Fingerprint] = {}
        for cluster, content in enumerate(counted.each()):
            contents[of[cluster]] = contents.get(of[cluster], NOTHING) + content
        whole = context.tasks[number]
        quotas = shares(np.array([float(contents[cluster].rows) for cluster in range(len(contents))]), whole.total)
        for cluster, total in enumerate(quotas.tolist()):
            content, name = contents[cluster], f"a cluster of {whole.name}"
            tasks[len(tasks)] = Task(number, content.rows, total, whole.k, whole.key, content, name)
    cells = hash_cells(context, scoring.settings.memory, tasks, GroupsByClass(joined, firsts))
    return cells, tasks, of_classes(cells, tasks)
