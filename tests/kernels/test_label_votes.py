"""MLSMOTE inside a cell: labels voted as in the paper; neighbours, as those of scikit-learn, by numbers alone."""

from __future__ import annotations

import numpy as np
import pytest
from chunks import cell
from sklearn.neighbors import NearestNeighbors

from spark_smote.kernels.label_votes import VOTES, mlsmote, voted
from spark_smote.kernels.space import Space
from spark_smote.kernels.synthetic import Seeds

K, WIDTH, LABELS = 4, 3, 5


def by_the_paper(sets: list[set[int]], how: str) -> set[int]:
    """The labels of a synthetic row, from the label sets of the seed and its neighbours."""
    if how == "union":
        return set.union(*sets)
    if how == "intersection":
        return set.intersection(*sets)
    return {label for label in set.union(*sets) if sum(label in of for of in sets) >= len(sets) / 2}


@pytest.mark.parametrize("how", VOTES)
def test_a_synthetic_row_lies_by_its_neighbour_and_has_the_labels_voted(how: str) -> None:
    rng = np.random.default_rng(3)
    numbers = rng.normal(size=(40, WIDTH))
    marks = (rng.random((40, LABELS)) < 0.5).astype(float)
    marks[:, 0] = 1.0
    unit = np.array([1.0, 5.0, 0.1])
    rows, quotas = np.arange(40), rng.integers(0, 4, size=40)
    seeds = Seeds(rows, rows, np.zeros(40, np.int64), quotas, (7, 1))
    blocks = list(mlsmote(cell(np.hstack([numbers, marks])), seeds, K, space=Space(unit, beside=LABELS), labels=how))
    near = NearestNeighbors(n_neighbors=K).fit(numbers / unit).kneighbors(return_distance=False)
    made = np.vstack([block.features for block in blocks])
    seed, neighbour, gap = (np.concatenate([getattr(b, of) for b in blocks]) for of in ("seeds", "neighbours", "gaps"))
    assert np.array_equal(np.bincount(seed, minlength=40), quotas)
    sets = [set(np.flatnonzero(row)) for row in marks]
    for index, row in enumerate(seed):
        assert neighbour[index] in near[row]
        wanted = numbers[row] + gap[index] * (numbers[neighbour[index]] - numbers[row])
        assert made[index, :WIDTH] == pytest.approx(wanted)
        labels = by_the_paper([sets[row], *(sets[one] for one in near[row])], how)
        assert set(np.flatnonzero(made[index, WIDTH:])) == labels


def test_half_of_an_even_number_of_rows_is_enough() -> None:
    marks = np.array([[1.0, 1.0], [1.0, 0.0], [0.0, 0.0], [0.0, 0.0]])
    assert voted(marks, np.array([[0, 1, 2, 3]]), "ranking").tolist() == [[1.0, 0.0]]
