"""Measures of how hard classes are: the spanning tree and the groups, against their definitions row by row."""

from __future__ import annotations

import numpy as np

from spark_smote.kernels.complexity import boundary, group_sizes

DRAW = np.random.default_rng(3)


def test_rows_that_the_spanning_tree_joins_to_others() -> None:
    values, classes = DRAW.normal(size=(120, 2)), DRAW.integers(0, 3, 120)
    square = ((values[:, None] - values) ** 2).sum(axis=2)
    inside, expected = {0}, np.zeros(120, dtype=bool)
    # Prim: again and again the row nearest to those of the tree.
    while len(inside) < 120:
        known, new = sorted(inside), [row for row in range(120) if row not in inside]
        apart = square[np.ix_(known, new)]
        one, other = np.unravel_index(apart.argmin(), apart.shape)
        one, other = known[one], new[other]
        inside.add(other)
        if classes[one] != classes[other]:
            expected[[one, other]] = True
    assert (boundary(values, classes) == expected).all()
    # A row and its equal of another class are at distance 0, and joined.
    assert boundary(np.r_[values, values], np.r_[classes, classes + 1]).all()
    assert not boundary(values, np.zeros(120, dtype=int)).any()


def test_groups_are_those_of_rows_near_each_other() -> None:
    values, mine, k = DRAW.normal(size=(150, 3)), DRAW.random(150) < 0.3, 4
    square = ((values[:, None] - values) ** 2).sum(axis=2)
    np.fill_diagonal(square, np.inf)
    near = np.zeros((150, 150), dtype=bool)
    np.put_along_axis(near, np.argsort(square, axis=1)[:, :k], True, axis=1)
    linked = ((near | near.T) & np.outer(mine, mine))[np.ix_(mine, mine)]
    reached = np.eye(len(linked), dtype=bool)
    for _ in range(len(linked)):
        reached = reached | (reached @ linked)
    assert group_sizes(values, mine, k).tolist() == reached.sum(axis=1).tolist()
