"""Decision trees as arrays, and the filter of rows that most of several trees give to another class, in rounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spark_smote.kernels.arrays import Indices, Matrix, blocks

_BLOCK_DOUBLES = 1 << 20


@dataclass(frozen=True)
class Tree:
    """A decision tree; node 0 is its root.

    Parameters
    ----------
    features : array of int64, shape (m,)
        Feature that each node compares, -1 for a leaf.
    thresholds : array of float64, shape (m,)
        Rows up to the threshold go left.
    left, right : arrays of int64, shape (m,)
        Next nodes.
    classes : array of int64, shape (m,)
        Number of the class that a leaf predicts.
    """

    features: Indices
    thresholds: NDArray[np.float64]
    left: Indices
    right: Indices
    classes: Indices

    def predict(self, rows: NDArray[np.float32], chosen: Indices) -> Indices:
        """Returns the class of the chosen rows, (c,), of all rows, (n, d): shape (c,).

        Examples
        --------
        >>> stump = Tree(np.array([0, -1, -1]), np.array([0.5, 0, 0]), *np.array([[1, 0, 0], [2, 0, 0], [0, 7, 8]]))
        >>> stump.predict(np.array([[0.0], [0.5], [1.0]], dtype=np.float32), np.arange(3))
        array([7, 7, 8])
        """
        nodes, walking = np.zeros(len(chosen), dtype=np.int64), np.arange(len(chosen))
        while True:
            feature = self.features[nodes[walking]]
            walking, feature = walking[feature >= 0], feature[feature >= 0]
            if not len(walking):
                return self.classes[nodes]
            node = nodes[walking]
            lower = rows[chosen[walking], feature] <= self.thresholds[node]
            nodes[walking] = np.where(lower, self.left[node], self.right[node])


@dataclass(frozen=True)
class PartitioningFilter:
    """The trees of all rounds so far: a row stays if no round has voted it out.

    Parameters
    ----------
    rounds : sequence of sequence of Tree
    consensus : bool
        Whether all trees of a round must give a row to another class, or more than half of them.
    exponent : int
        Rows are multiplied by 2 ** -exponent, so that their numbers fit single precision.
    """

    rounds: Sequence[Sequence[Tree]]
    consensus: bool
    exponent: int

    def scaled(self, rows: Matrix) -> NDArray[np.float32]:
        """Returns rows in the single precision of the trees."""
        # Larger numbers than those of the rows that trees are fitted on may become infinite: they lie beyond any split.
        with np.errstate(over="ignore"):
            return np.ldexp(rows, -self.exponent).astype(np.float32)

    def stays(self, numbers: Indices | int, rows: Matrix) -> NDArray[np.bool_]:
        """Returns whether rows stay, given the class of each or of all: shape (n, d) to (n,)."""
        kept, own = np.zeros(len(rows), dtype=bool), np.broadcast_to(numbers, len(rows))
        for part in blocks(len(rows), _BLOCK_DOUBLES // max(1, rows.shape[1])):
            points = self.scaled(rows[part])
            left = np.arange(len(points))
            for trees in self.rounds:
                left = left[self._votes(own[part], points, left, trees) < self._needed(trees)]
            kept[part][left] = True
        return kept

    def goes(self, number: int, rows: Matrix) -> NDArray[np.bool_]:
        """Returns whether rows of a class go: shape (n, d) to (n,)."""
        return ~self.stays(number, rows)

    def _needed(self, trees: Sequence[Tree]) -> int:
        """Returns the votes of a round by which a row goes."""
        return len(trees) if self.consensus else len(trees) // 2 + 1

    def _votes(self, own: Indices, points: NDArray[np.float32], left: Indices, trees: Sequence[Tree]) -> Indices:
        """Returns the trees that give rows to another class, counted until they are enough or can no longer be."""
        votes, needed = np.zeros(len(left), dtype=np.int64), self._needed(trees)
        open_ = np.arange(len(left))
        for rest, tree in zip(reversed(range(len(trees))), trees, strict=True):
            votes[open_] += tree.predict(points, left[open_]) != own[left[open_]]
            open_ = open_[(votes[open_] < needed) & (votes[open_] + rest >= needed)]
        return votes


class Staying:
    """Counts the rows of a class that stay, batch by batch; see :func:`spark_smote.spark.scans.tally`.

    Parameters
    ----------
    number : int
        Number of the class.
    filter : PartitioningFilter
    """

    def __init__(self, number: int, filter: PartitioningFilter) -> None:
        self.number, self.filter, self.rows = number, filter, np.zeros(1, dtype=np.int64)

    def add(self, hashes: Indices, rows: Matrix) -> None:
        """Adds rows, shape (n, d)."""
        self.rows += self.filter.stays(self.number, rows).sum()

    def packed(self) -> tuple[Indices]:
        """Returns the count, for :meth:`merge`."""
        return (self.rows,)

    def merge(self, rows: Indices) -> None:
        """Adds the count of another task."""
        self.rows += rows
