"""Measures of a small sample of rows that tell how hard its classes are, and which features cannot be interpolated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spark_smote.kernels.arrays import Indices, Matrix
from spark_smote.kernels.nearest import nearest


@dataclass(frozen=True)
class NeighbourTypes:
    """Rule that says of each row how many of its k nearest rows are of other classes, and whether the first one is.

    It returns the columns class, rows of other classes, 1 or 0 for the first, and the row's content hash, shape (q, 4).

    Examples
    --------
    >>> near = np.array([[(0.0, 7, 1), (1.0, 8, 0)]], dtype=[("square", "f8"), ("key", "i8"), ("label", "i8")])
    >>> NeighbourTypes()(1, np.array([5]), near)
    array([[1, 1, 0, 5]])
    """

    def __call__(self, number: int, hashes: Indices, nearest: NDArray[np.void]) -> Indices:
        labels = nearest["label"]
        other = (labels >= 0) & (labels != number)
        return np.column_stack([np.full(len(hashes), number), other.sum(axis=1), other[:, 0], hashes]).astype(np.int64)


def moments(values: Matrix, weights: Matrix) -> tuple[Matrix, Matrix, Matrix]:
    """Mean, standard deviation and skewness of each feature.

    Parameters
    ----------
    values : array of float64, shape (n, d)
    weights : array of float64, shape (n,)

    Returns
    -------
    mean, deviation, skewness : array of float64, shape (d,)
        Skewness is 0 where the deviation is.

    Examples
    --------
    >>> [found.tolist() for found in moments(np.array([[0.0], [0.0], [4.0]]), np.array([1.0, 1.0, 2.0]))]
    [[2.0], [2.0], [0.0]]
    """
    share = weights / weights.sum()
    mean = share @ values
    apart = values - mean
    deviation = np.sqrt(share @ apart**2)
    # A constant has a deviation of rounding errors.
    deviation = np.where(deviation > 1e-12 * np.abs(values).max(axis=0, initial=0.0), deviation, 0.0)
    cubes = share @ (apart / np.where(deviation > 0, deviation, 1.0)) ** 3
    return mean, deviation, np.where(deviation > 0, cubes, 0.0)


def separation(values: Matrix, mine: NDArray[np.bool_]) -> Matrix:
    """How well each feature alone ranks the rows of a class before or behind all others: 0.5 not at all, 1 fully.

    Parameters
    ----------
    values : array of float64, shape (n, d)
    mine : array of bool, shape (n,)
        Rows of the class.

    Returns
    -------
    array of float64, shape (d,)
        Area under the ROC curve, or 1 less it, whichever is larger.

    Examples
    --------
    >>> separation(np.array([[1.0, 1.0], [2.0, 1.0], [3.0, 1.0]]), np.array([True, False, False])).tolist()
    [1.0, 0.5]
    """
    from scipy.stats import rankdata

    rows, others = mine.sum(), (~mine).sum()
    if not rows or not others:
        return np.full(values.shape[1], 0.5)
    ranks = rankdata(values, axis=0)[mine].sum(axis=0)
    area = (ranks - rows * (rows + 1) / 2) / (rows * others)
    return np.maximum(area, 1 - area)


def fisher_overlap(values: Matrix, classes: Indices) -> float:
    """Overlap of the classes in the feature that separates them best, from 0 (apart) to 1.

    T. K. Ho, M. Basu, "Complexity measures of supervised classification problems", IEEE TPAMI 24 (2002): F1, as
    1 / (1 + ratio) of A. C. Lorena et al., "How complex is your classification problem?", ACM Computing Surveys 52
    (2019).

    Parameters
    ----------
    values : array of float64, shape (n, d)
    classes : array of int64, shape (n,)

    Examples
    --------
    >>> round(fisher_overlap(np.array([[0.0], [2.0], [10.0], [12.0]]), np.array([0, 0, 1, 1])), 4)
    0.0385
    """
    mean = values.mean(axis=0)
    between, within = np.zeros(values.shape[1]), np.zeros(values.shape[1])
    for one in np.unique(classes):
        mine = values[classes == one]
        between += len(mine) * (mine.mean(axis=0) - mean) ** 2
        within += ((mine - mine.mean(axis=0)) ** 2).sum(axis=0)
    ratio = np.divide(between, within, out=np.where(between > 0, np.inf, 0.0), where=within > 0)
    return float(1 / (1 + ratio.max(initial=0.0)))


def boundary(values: Matrix, classes: Indices) -> NDArray[np.bool_]:
    """Tells which rows a minimum spanning tree of all rows joins to a row of another class: N1 is their share.

    The tree is exact, of the distances of all pairs; rows at distance 0 are joined too.

    References
    ----------
    T. K. Ho, M. Basu, "Complexity measures of supervised classification problems", IEEE TPAMI 24 (2002); of one class:
    V. H. Barella et al., "Assessing the data complexity of imbalanced datasets", Information Sciences 553 (2021).

    Parameters
    ----------
    values : array of float64, shape (n, d)
        Some 30 n^2 bytes are needed for the distances.
    classes : array of int64, shape (n,)

    Returns
    -------
    array of bool, shape (n,)

    Examples
    --------
    >>> boundary(np.array([[0.0], [1.0], [2.0], [3.0]]), np.array([0, 0, 1, 1])).tolist()
    [False, True, True, False]
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import minimum_spanning_tree
    from scipy.spatial.distance import cdist

    # SciPy takes 0 for no edge, and in a dense matrix what is near to it too.
    apart = np.triu(np.maximum(cdist(values, values), np.finfo(float).tiny), 1)
    tree = minimum_spanning_tree(csr_array(apart)).tocoo()
    across = classes[tree.row] != classes[tree.col]
    found = np.zeros(len(values), dtype=np.bool_)
    found[tree.row[across]] = found[tree.col[across]] = True
    return found


def group_sizes(values: Matrix, mine: NDArray[np.bool_], k: int) -> Indices:
    """Returns the number of rows in the group of each row of a class.

    Two rows of the class are in one group if one is among the k nearest rows, of all classes, of the other; or if a
    chain of such rows leads from one to the other.

    Parameters
    ----------
    values : array of float64, shape (n, d)
        More than k rows.
    mine : array of bool, shape (n,)
        Rows of the class, m in all.
    k : int

    Returns
    -------
    array of int64, shape (m,)

    Examples
    --------
    >>> rows = np.array([[0.0], [0.1], [0.2], [7.0], [7.1], [3.0], [3.1], [10.0]])
    >>> group_sizes(rows, np.array([True] * 5 + [False] * 3), k=1)
    array([3, 3, 3, 2, 2])
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    own = np.flatnonzero(mine)
    place = np.cumsum(mine) - 1
    found = nearest(values, own, k)
    one, other = np.repeat(np.arange(len(own)), k)[mine[found].ravel()], place[found[mine[found]]]
    graph = coo_array((np.ones(len(one)), (one, other)), shape=(len(own), len(own)))
    label = connected_components(graph, directed=False)[1]
    return np.asarray(np.bincount(label)[label], dtype=np.int64)


def one_hot(values: Matrix) -> list[list[int]]:
    """Groups of adjacent columns of 0 and 1 of which exactly one is 1 in every row.

    Parameters
    ----------
    values : array of float64, shape (n, d)

    Returns
    -------
    list of list of int
        Places of the columns of each group, three or more; two are one column and its complement, which correlate.

    Examples
    --------
    >>> one_hot(np.array([[5.0, 1, 0, 0], [6.0, 0, 1, 0], [7.0, 0, 0, 1]]))
    [[1, 2, 3]]
    """
    groups, open_group, total = [], list[int](), np.zeros(len(values))
    binary = ((values == 0) | (values == 1)).all(axis=0) & (values.min(axis=0) < values.max(axis=0))
    for place in range(values.shape[1]):
        if not binary[place] or (total + values[:, place] > 1).any():
            open_group, total = [], np.zeros(len(values))
        if binary[place]:
            open_group, total = [*open_group, place], total + values[:, place]
            if len(open_group) > 2 and (total == 1).all():
                groups.append(open_group)
                open_group, total = [], np.zeros(len(values))
    return groups


def correlated(values: Matrix, least: float) -> list[tuple[int, int, float]]:
    """Pairs of features whose correlation is at least so large, in absolute value; constants have none.

    Parameters
    ----------
    values : array of float64, shape (n, d)
    least : float

    Examples
    --------
    >>> correlated(np.array([[1.0, 2.0, 0.0], [2.0, 4.0, 1.0], [3.0, 6.0, 0.0]]), 0.999)
    [(0, 1, 1.0)]
    """
    apart = values - values.mean(axis=0)
    length = np.sqrt((apart**2).sum(axis=0))
    apart /= np.where(length > 0, length, 1.0)
    found = np.clip(apart.T @ apart, -1.0, 1.0)
    pairs = np.argwhere(np.triu(np.abs(found) >= least, 1))
    return [(int(one), int(other), round(float(found[one, other]), 6)) for one, other in pairs]


def hubness(values: Matrix, k: int) -> float:
    """Skewness of how often a row is among the k nearest of others: above 1 some rows are everybody's neighbours.

    M. Radovanovic, A. Nanopoulos, M. Ivanovic, "Hubs in space: popular nearest neighbors in high-dimensional data",
    Journal of Machine Learning Research 11 (2010), equation 1.

    Parameters
    ----------
    values : array of float64, shape (n, d)
        More than k rows.
    k : int

    Examples
    --------
    >>> hubness(np.array([[0.0], [1.0], [2.0], [3.0]]), 1)
    0.0
    """
    found = nearest(values, np.arange(len(values)), k)
    times = np.bincount(found.ravel(), minlength=len(values)).astype(float)
    deviation = times.std()
    return float((((times - k) / deviation) ** 3).mean()) if deviation else 0.0
