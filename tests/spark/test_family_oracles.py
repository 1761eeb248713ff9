"""Oracles for the SMOTE family: true neighbours by scikit-learn's brute force. This file has no tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from frames import Matrix, traced
from numpy.typing import NDArray
from pyspark.sql import Row
from sklearn.neighbors import NearestNeighbors

Ids = NDArray[np.int64]
TRACE: dict[str, Any] = {"provenanceCol": "origin", "idCol": "id"}
EXACT: dict[str, Any] = {"neighborSearch": "exact", **TRACE}


def overlapping(counts: Mapping[int, int], width: int, seed: int, apart: float = 1.7) -> tuple[Matrix, Ids]:
    """A Gaussian for each class, the first at the origin, the others at the given distance, each along its own axis."""
    rng = np.random.default_rng(seed)
    label = np.repeat(list(counts), list(counts.values()))
    x = rng.normal(size=(len(label), width))
    for axis, one in enumerate(list(counts)[1:]):
        x[label == one, axis] += apart
    return x, label


def nearest_of_all(x: Matrix, m: int, asking: Ids | None = None) -> Ids:
    """Ids of the m nearest of all rows to each row, or to each query, without the row itself."""
    ids = np.arange(len(x)) if asking is None else asking
    search = NearestNeighbors(n_neighbors=m + 1, algorithm="brute").fit(x)
    found = search.kneighbors(x[ids], return_distance=False)
    # Among equal rows a row may not find itself; then the last neighbour is superfluous.
    return np.array([near[near != row][:m] for row, near in zip(ids, found, strict=True)])


def others_about(x: Matrix, label: Ids, m: int) -> Ids:
    """For each row, how many of its m nearest of all rows are of other classes."""
    return np.asarray((label[nearest_of_all(x, m)] != label[:, None]).sum(axis=1))


def nearest_of_class(x: Matrix, label: Ids, k: int) -> dict[int, set[int]]:
    """Each row's k nearest of its own class."""
    found: dict[int, set[int]] = {}
    for one in np.unique(label):
        ids = np.flatnonzero(label == one)
        for row, near in zip(ids.tolist(), ids[nearest_of_all(x[ids], k)].tolist(), strict=True):
            found[row] = set(near)
    return found


def on_segments(x: Matrix, rows: Iterable[Row]) -> tuple[Ids, Ids, NDArray[np.float64]]:
    """Seeds, neighbours and gaps of the synthetic rows, which must lie at these places."""
    seeds, neighbours, gaps, made = traced(rows, x.shape[1])
    expected = x[seeds] + gaps[:, None] * (x[neighbours] - x[seeds])
    np.testing.assert_allclose(made, expected, rtol=1e-9, atol=1e-12)
    return seeds, neighbours, gaps


def all_within(seeds: Ids, neighbours: Ids, allowed: Mapping[int, set[int]]) -> bool:
    return all(b in allowed[a] for a, b in zip(seeds.tolist(), neighbours.tolist(), strict=True))


def used_evenly(seeds: Ids) -> bool:
    """Check that quotas are right to within one."""
    uses = Counter(seeds.tolist()).values()
    return max(uses) - min(uses) <= 1
