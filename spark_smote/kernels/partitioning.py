"""Rounds of the iterative partitioning filter: trees fitted on parts of the rows vote out rows, until few go."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from spark_smote.kernels import draws
from spark_smote.kernels.arrays import Indices, Matrix
from spark_smote.kernels.trees import PartitioningFilter, Tree

_FOLD_STREAM = 4
_EXPONENT = 60
Fit = Callable[[NDArray[np.float32], Indices, NDArray[np.float64]], Tree]
"""Takes rows (n, d), their classes and how many equal rows each stands for, (n,); returns a tree fitted on them."""


@dataclass(frozen=True)
class Examples:
    """Distinct rows in the order of their classes, then of their content hashes.

    Parameters
    ----------
    features : array of float64, shape (n, d)
    classes : array of int64, shape (n,)
    weights : array of float64, shape (n,)
        How many equal rows each stands for.
    hashes : array of uint64, shape (n,)
    """

    features: Matrix
    classes: Indices
    weights: NDArray[np.float64]
    hashes: NDArray[np.uint64]

    @classmethod
    def of(cls, features: Matrix, classes: Indices, hashes: Indices) -> Examples:
        """The distinct ones of some rows, at least one.

        Examples
        --------
        >>> rows = Examples.of(np.array([[7.0], [5.0], [7.0], [7.0]]), np.array([1, 0, 0, 1]), np.array([4, -3, 4, 4]))
        >>> rows.features.tolist(), rows.classes.tolist(), rows.weights.tolist()
        ([[7.0], [5.0], [7.0]], [0, 0, 1], [1.0, 1.0, 2.0])
        """
        words = hashes.view(np.uint64)
        order = np.lexsort((words, classes))
        words, numbers = words[order], classes[order]
        starts = np.flatnonzero(np.append(True, (words[1:] != words[:-1]) | (numbers[1:] != numbers[:-1])))
        weights = np.diff(np.append(starts, len(order))).astype(np.float64)
        return cls(features[order[starts]], numbers[starts], weights, words[starts])

    @property
    def exponent(self) -> int:
        """The exponent of a :class:`PartitioningFilter` that is fitted on these rows."""
        largest = max(self.features.max(initial=0.0), -self.features.min(initial=0.0))
        return max(0, int(np.frexp(largest)[1]) - _EXPONENT)

    def only(self, chosen: NDArray[np.bool_]) -> Examples:
        """Some of the rows."""
        return Examples(self.features[chosen], self.classes[chosen], self.weights[chosen], self.hashes[chosen])

    def stay(self, filtered: PartitioningFilter, cleaned: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Returns whether rows stay, (n,), given whether each class is cleaned, by its number: shape (c,)."""
        asked = cleaned[self.classes]
        kept = ~asked
        kept[asked] = filtered.stays(self.classes[asked], self.features[asked])
        return kept


@dataclass(frozen=True)
class Rounds:
    """How trees are fitted in rounds, each on what the rounds before left, and when the rounds end.

    Parameters
    ----------
    folds : int
        Parts of the rows, and trees, of a round.
    quiet : int
        Rounds in a row that each removed little after which no other follows.
    share : float
        Share of all rows that is little.
    consensus : bool
        As for :class:`PartitioningFilter`.
    seed : int
        Of the parts.
    fit : Fit
    """

    folds: int
    quiet: int
    share: float
    consensus: bool
    seed: int
    fit: Fit

    def __call__(
        self,
        examples: Examples,
        cleaned: NDArray[np.bool_],
        total: int,
        count: Callable[[PartitioningFilter, Examples], float],
        each: Callable[[Callable[[Examples], Tree], Iterable[Examples]], Iterable[Tree]] = map,
    ) -> PartitioningFilter:
        """The trees of all rounds.

        Parameters
        ----------
        examples : Examples
            Rows that the trees are fitted on.
        cleaned : array of bool, shape (c,)
            Whether a class is cleaned, by its number.
        total : int
            Number of all rows.
        count : callable
            Takes the trees so far and the examples that stay; returns how many of all rows stay.
        each : callable
            As :class:`map`.
        """
        filtered = PartitioningFilter((), self.consensus, examples.exponent)
        left, quiet = float(total), 0
        while quiet < self.quiet and len(examples.classes):
            parts = fold(examples.hashes, self.folds, self.seed, len(filtered.rounds))
            trees = tuple(
                each(partial(self._fitted, filtered), (examples.only(parts == part) for part in np.unique(parts)))
            )
            filtered = replace(filtered, rounds=(*filtered.rounds, trees))
            # The rounds before left all of them.
            examples = examples.only(examples.stay(replace(filtered, rounds=(trees,)), cleaned))
            before, left = left, count(filtered, examples)
            quiet = quiet + 1 if before - left < self.share * total else 0
        return filtered

    def _fitted(self, filtered: PartitioningFilter, examples: Examples) -> Tree:
        return self.fit(filtered.scaled(examples.features), examples.classes, examples.weights)


class Cell(Protocol):
    """All rows of a group: features of shape (n, d), all else of shape (n,)."""

    @property
    def hashes(self) -> Indices: ...
    @property
    def features(self) -> Matrix: ...
    @property
    def classes(self) -> Indices: ...


@dataclass(frozen=True)
class Noise:
    """The rows of a group that go by the rounds of the group alone.

    Parameters
    ----------
    rounds : Rounds
    cleaned : array of bool, shape (c,)
        Whether a class is cleaned, by its number.
    most : int
        Rows that the trees of a round are fitted on at most, about.
    """

    rounds: Rounds
    cleaned: NDArray[np.bool_]
    most: int

    def __call__(self, cell: Cell) -> Indices:
        """Returns class, content hash and number of equal rows of those that go, distinct: shape (g, 3)."""
        total, rows = len(cell.hashes), Examples.of(cell.features, cell.classes, cell.hashes)
        drawn = draws.uniform(rows.hashes) < min(1.0, self.most / total)
        rest = rows.only(~drawn)

        def count(filtered: PartitioningFilter, examples: Examples) -> float:
            return float(examples.weights.sum() + rest.weights[rest.stay(filtered, self.cleaned)].sum())

        filtered = self.rounds(rows.only(drawn), self.cleaned, total, count)
        gone = ~rows.stay(filtered, self.cleaned)
        return np.column_stack(
            (rows.classes[gone], rows.hashes[gone].view(np.int64), rows.weights[gone].astype(np.int64))
        )


def fold(hashes: NDArray[np.uint64], folds: int, seed: int, number: int) -> Indices:
    """Returns the fold of each row in a round, by its content hash: shape (n,).

    Examples
    --------
    >>> rows = np.arange(3, dtype=np.uint64)
    >>> bool((fold(rows, 1, seed=7, number=0) == 0).all()), fold(rows, 9, seed=7, number=0).shape
    (True, (3,))
    """
    return draws.below(draws.philox(draws.class_key(seed, "fold"), (hashes, 0, number, _FOLD_STREAM))[0], folds)
