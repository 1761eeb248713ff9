"""How wide a halo must be: the depth at which the true neighbours of sampled queries lie, over all rows of a class."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from spark_smote.kernels.arrays import Indices, Matrix
from spark_smote.kernels.cells import Cells

_TOLERANCE = 1e-9
_SAMPLED_DEPTHS = 1 << 22


@dataclass
class Calibration:
    """Rows per cell and, for each query, its k true nearest neighbours so far and the halo that each would need.

    Built up batch by batch and merged over tasks; equal distances are ordered by the halo needed, so the outcome does
    not depend on how the rows were split.

    Parameters
    ----------
    cells : Cells
    queries : array of float64, shape (q, d)
        Rows of the class themselves, in units of distance.
    homes : array of int64, shape (q,)
        The home cell of each.
    k : int
    """

    cells: Cells
    queries: Matrix
    homes: Indices
    k: int
    counts: Indices = field(init=False)
    distances: Matrix = field(init=False)
    depths: Matrix = field(init=False)

    def __post_init__(self) -> None:
        self.counts = np.zeros(len(self.cells), dtype=np.int64)
        # One more than k: each query finds itself first.
        self.distances = np.full((len(self.queries), self.k + 1), np.inf)
        self.depths = np.full((len(self.queries), self.k + 1), np.inf)
        largest = int(np.frexp(np.abs(self.queries).max(initial=0.0))[1])
        self._exponent = -largest
        self._centre = np.ldexp(self.queries, -largest).mean(axis=0) if len(self.queries) else np.zeros(1)
        self._points = self._conditioned(self.queries) if len(self.queries) else self.queries

    def add(self, rows: Matrix, hashes: Matrix) -> None:
        """Take in a batch: ``rows`` of shape (n, d) in units of distance, ``hashes`` of shape (n, p)."""
        for start, depth, home in self.cells.depths(hashes):
            self.counts += np.bincount(home, minlength=len(self.cells))
            if len(self.queries):
                self._search(self._conditioned(rows[start : start + len(home)]), depth)

    def merge(self, counts: Indices, distances: Matrix, depths: Matrix) -> None:
        """Take in what another task found."""
        self.counts += counts
        self._keep(np.hstack([self.distances, distances]), np.hstack([self.depths, depths]))

    def needed(self) -> NDArray[np.float64]:
        """The halo that each true neighbour needs to be found, in buckets: shape (q * k,), ascending."""
        return np.sort(self.depths[:, 1:], axis=None)

    def _conditioned(self, rows: Matrix) -> Matrix:
        return np.asarray(np.ldexp(rows, self._exponent) - self._centre)

    def _search(self, points: Matrix, depth: Matrix) -> None:
        squares = (points**2).sum(axis=1)
        own = (self._points**2).sum(axis=1)[:, None]
        rough = squares + own - 2 * self._points @ points.T
        nth = min(self.k, len(points) - 1)
        bound = np.minimum(np.partition(rough, nth, axis=1)[:, nth] if nth == self.k else np.inf, self.distances[:, -1])
        bound = bound + _TOLERANCE * (np.abs(bound) + own[:, 0] + squares.max(initial=0.0))
        for query, home in enumerate(self.homes):
            near = np.flatnonzero(rough[query] <= bound[query])
            distance = ((points[near] - self._points[query]) ** 2).sum(axis=1)
            self.distances[query], self.depths[query] = _first(
                np.append(self.distances[query], distance),
                np.append(self.depths[query], depth[near, home]),
                self.k + 1,
            )

    def _keep(self, distances: Matrix, depths: Matrix) -> None:
        for query in range(len(self.queries)):
            self.distances[query], self.depths[query] = _first(distances[query], depths[query], self.k + 1)


def choose_margin(needed: NDArray[np.float64], target: float, widest: float) -> tuple[float, float]:
    """The least halo that finds ``target`` of the true neighbours, or ``widest`` if that is less, and its recall.

    Parameters
    ----------
    needed : array of float64, shape (m,), ascending
        As from :meth:`Calibration.needed`.
    target : float
        On (0, 1].
    widest : float
        Bound from memory and time.

    Returns
    -------
    margin, recall : float

    Examples
    --------
    >>> choose_margin(np.array([0.0, 0.0, 1.0, 8.0]), 0.75, widest=5.0)
    (1.0, 0.75)
    """
    if not len(needed):
        return 0.0, 1.0
    margin = min(float(needed[max(0, int(np.ceil(target * len(needed))) - 1)]), widest)
    return margin, float((needed <= margin).mean())


def widest_margin(cells: Cells, sample: Matrix, weights: NDArray[np.float64], copies: float) -> float:
    """The widest halo with which a row goes to ``copies`` cells in the mean, judged on sampled hashes (s, p)."""
    sample = sample[: max(1, _SAMPLED_DEPTHS // len(cells))]
    depths, counts = [], []
    for start, depth, _ in cells.depths(sample):
        depths.append(depth.ravel())
        counts.append(np.repeat(weights[start : start + len(depth)], depth.shape[1]))
    depth, count = np.concatenate(depths), np.concatenate(counts)
    order = np.argsort(depth, kind="stable")
    reached = np.searchsorted(np.cumsum(count[order]), copies * weights[: len(sample)].sum(), side="right")
    return float(depth[order][max(0, reached - 1)])


def _first(distances: Matrix, depths: Matrix, count: int) -> tuple[Matrix, Matrix]:
    order = np.lexsort((depths, distances))[:count]
    return distances[order], depths[order]
