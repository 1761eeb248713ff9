"""Weights by scores: planning scores each distinct row of the classes that grow, and the plan carries the scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from spark_smote.kernels.arrays import Indices
from spark_smote.kernels.placement import BinFingerprints, bins
from spark_smote.kernels.seeding import Task
from spark_smote.kernels.weights import scored
from spark_smote.search.in_class import ClassSearch
from spark_smote.search.k_nearest import Neighbourhood
from spark_smote.search.settings import SearchSettings
from spark_smote.search.weighting import Weighting
from spark_smote.spark.known_rows import KnownRows


def by_scores(
    settings: SearchSettings,
    known: Mapping[int, KnownRows],
    scores: Mapping[int, Indices],
    tasks: Mapping[int, Task],
) -> Weighting:
    """The weighting of rows by their scores, which stand where others have their neighbours of other classes.

    Parameters
    ----------
    settings : SearchSettings
    known : mapping of class to KnownRows
    scores : mapping of class to array of int64, shape (n,)
        Weight of each distinct row.
    tasks : mapping of class to Task
    """
    rows = {number: int(own.counts.sum()) for number, own in known.items()}
    # Nothing is left to search: only the bins are used.
    nearest = Neighbourhood(settings, rows, 1, {}, {}, 1, ClassSearch())
    weighed, sums, fingerprints = {}, {}, {}
    of_bins: dict[int, bytes | Indices] = {}
    for number, ranges in nearest.ranges.items():
        hashes, values = (np.repeat(one, known[number].counts) for one in (known[number].hashes, scores[number]))
        counted = BinFingerprints(ranges.count)
        counted.add(hashes, np.empty((0, 0)))
        # The hashes ascend already, and keep their order within a bin.
        own = bins(hashes, ranges.count)
        parts = np.split(np.argsort(own, kind="stable"), np.cumsum(counted.rows)[:-1])
        of_bins |= {ranges.first + index: values[part] for index, part in enumerate(parts)}
        sums[number] = np.array([values[part].sum() for part in parts])
        fingerprints[number] = counted.checksums
        weighed[number] = replace(tasks[number], rows=int(values.sum()))
    return Weighting(nearest, dict.fromkeys(known, scored), weighed, sums, fingerprints, of_bins)
