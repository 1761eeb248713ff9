"""MLSMOTE's rule inside one cell: numbers as SMOTE, labels by a vote of the seed and its neighbours."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from spark_smote.kernels.arrays import Indices, Matrix
from spark_smote.kernels.interpolate import between, towards
from spark_smote.kernels.nearest import nearest
from spark_smote.kernels.space import Space
from spark_smote.kernels.synthetic import Rows, Seeds, Synthetic

VOTES = ("ranking", "union", "intersection")


def voted(marks: Matrix, neighbourhoods: Indices, how: str) -> Matrix:
    """The labels that the rows of each neighbourhood agree on.

    Parameters
    ----------
    marks : array of float64, shape (n, l)
        1 for the labels of each row, else 0.
    neighbourhoods : array of int64, shape (s, k)
        The seed and its neighbours.
    how : {'ranking', 'union', 'intersection'}
        Labels of at least half of the rows, of any, or of all.

    Returns
    -------
    array of float64, shape (s, l)

    Examples
    --------
    >>> marks = np.array([[1.0, 1.0], [1.0, 0.0], [0.0, 0.0]])
    >>> [voted(marks, np.array([[0, 1, 2]]), how).tolist() for how in VOTES]
    [[[1.0, 0.0]], [[1.0, 1.0]], [[0.0, 0.0]]]
    """
    size = neighbourhoods.shape[1]
    votes = np.zeros((len(neighbourhoods), marks.shape[1]))
    for near in neighbourhoods.T:
        votes += marks[near]
    least = {"ranking": size / 2, "union": 1, "intersection": size}[how]
    return (votes >= least).astype(np.float64)


def mlsmote(cell: Rows, seeds: Seeds, k: int, *, space: Space, labels: str) -> Iterator[Synthetic]:
    """Synthesises the quotas of the seed rows of one cell, whose rows all have one label.

    Parameters
    ----------
    cell : Rows
        Features are numbers, followed by the marks of labels.
    seeds : Seeds
    k : int
        Number of neighbours, at most n - 1.
    space : Space
        Distance of the numbers, with the marks beside.
    labels : {'ranking', 'union', 'intersection'}
        See :func:`voted`.

    Yields
    ------
    Synthetic

    References
    ----------
    F. Charte, A. J. Rivera, M. J. del Jesus, F. Herrera, "MLSMOTE: approaching imbalanced multilabel learning through
    synthetic instance generation", Knowledge-Based Systems 89 (2015), 385-397.
    """
    seeds = seeds.with_quota()
    if not len(seeds.rows):
        return
    numbers, marks = space.split(cell.features)
    neighbours = nearest(space.numbers(cell.features), seeds.rows, k, recall=seeds.recall)
    chosen = voted(marks, np.column_stack([seeds.rows, neighbours]), labels)
    for seed, replica in seeds.replicas(cell.features.shape[1]):
        row = seeds.rows[seed]
        neighbour, gap = towards(seeds, seed, replica, neighbours)
        made = between(numbers[row], numbers[neighbour], gap)
        yield Synthetic(row, neighbour, gap, np.hstack([made, chosen[seed]]))
