"""Rounds of trees remove what a plain loop of the paper removes, from a group as from a sample of it."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest
from chunks import Cell, cell
from scipy import stats
from sklearn.tree import DecisionTreeClassifier

from spark_smote.core.decision_trees import fitted
from spark_smote.errors import ParameterError
from spark_smote.kernels.partitioning import Noise, Rounds, fold

MAJORITY = Rounds(folds=5, quiet=2, share=0.02, consensus=False, seed=4, fit=fitted)


def group() -> Cell:
    """Rows of three classes that overlap; every fifth row equals the one before it, but some are of another class."""
    rng = np.random.default_rng(3)
    classes = np.repeat([0, 1, 3], [300, 200, 150])
    rows = rng.normal(size=(650, 3)) + 0.7 * classes[:, None]
    hashes = rng.integers(-(2**63), 2**63, 650)
    rows[4::5], hashes[4::5] = rows[3::5], hashes[3::5]
    classes[9::50] = 3
    order = rng.permutation(650)
    return cell(rows[order], hashes[order], classes=classes[order])


def plain(rows: Cell, rounds: Rounds, cleaned: list[int], most: int) -> dict[tuple[int, int], int]:
    """Class, content hash and number of the rows that go, by the paper's loop, and the number of rounds."""
    words, total = rows.hashes.view(np.uint64), len(rows.hashes)
    keys, first, counts = np.unique(
        np.stack([rows.classes.astype(np.uint64), words], axis=1), axis=0, return_index=True, return_counts=True
    )
    x, y = rows.features[first], rows.classes[first]
    drawn = keys[:, 1] / 2.0**64 < most / total
    left, quiet, number = np.arange(len(keys)), 0, 0
    while quiet < rounds.quiet:
        mine = left[drawn[left]]
        parts = fold(keys[mine, 1], rounds.folds, rounds.seed, number)
        trees = [
            DecisionTreeClassifier(min_samples_leaf=2, random_state=0).fit(x[own], y[own], sample_weight=counts[own])
            for own in (mine[parts == part] for part in np.unique(parts))
        ]
        votes = np.sum([tree.predict(x[left]) != y[left] for tree in trees], axis=0)
        noise = (votes == len(trees) if rounds.consensus else votes > len(trees) // 2) & np.isin(y[left], cleaned)
        quiet = quiet + 1 if counts[left[noise]].sum() < rounds.share * total else 0
        left, number = left[~noise], number + 1
    assert number > 2
    gone = np.setdiff1d(np.arange(len(keys)), left)
    return {(int(y[row]), int(keys[row, 1].view(np.int64))): int(counts[row]) for row in gone}


def found(noise: Noise, rows: Cell) -> dict[tuple[int, int], int]:
    return {(one[0], one[1]): one[2] for one in noise(rows).tolist()}


@pytest.mark.parametrize(
    ("rounds", "cleaned", "most"),
    [
        (MAJORITY, [0, 1, 3], 1_000),
        (replace(MAJORITY, consensus=True), [0, 3], 1_000),
        (MAJORITY, [0, 1, 3], 300),
    ],
    ids=["majority", "consensus of some classes", "a sample"],
)
def test_the_rows_removed_are_those_of_the_plain_loop(rounds: Rounds, cleaned: list[int], most: int) -> None:
    rows = group()
    expected = plain(rows, rounds, cleaned, most)
    assert 20 < sum(expected.values()) < 400 and (rounds.consensus or max(expected.values()) > 1)
    noise = Noise(rounds, np.isin(np.arange(4), cleaned), most)
    assert found(noise, rows) == expected
    # Neither the order of the rows nor the numbers of their classes among those of other groups have a say.
    order = np.argsort(rows.features[:, 0])
    others = cell(rows.features[order], rows.hashes[order], classes=rows.classes[order] + 70)
    moved = found(Noise(rounds, np.isin(np.arange(74) - 70, cleaned), most), others)
    assert moved == {(number + 70, key): count for (number, key), count in expected.items()}


def test_large_numbers_fit_the_precision_of_the_trees() -> None:
    rows, noise = group(), Noise(MAJORITY, np.ones(4, dtype=bool), 300)
    large = cell(np.ldexp(rows.features, 900), rows.hashes, classes=rows.classes)
    assert found(noise, large) == found(noise, cell(np.ldexp(rows.features, 60), rows.hashes, classes=rows.classes))
    # Of a row that no tree is fitted on.
    farther, last = rows.features.copy(), np.argmax(rows.hashes.view(np.uint64))
    farther[last] = 1e300
    same = found(noise, rows), found(noise, cell(farther, rows.hashes, classes=rows.classes))
    one, other = ({key: count for key, count in gone.items() if key[1] != rows.hashes[last]} for gone in same)
    assert one and one == other


def test_a_row_of_one_class_or_a_lonely_row_stays() -> None:
    noise = Noise(MAJORITY, np.ones(4, dtype=bool), 1_000)
    assert noise(cell(np.zeros((1, 3)))).shape == (0, 3)
    assert noise(cell(group().features)).shape == (0, 3)


def test_without_scikit_learn_there_is_no_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.tree", None)
    with pytest.raises(ParameterError, match="the workers need it too; pip install scikit-learn"):
        Noise(MAJORITY, np.ones(4, dtype=bool), 1_000)(group())


def test_folds_are_even_and_differ_from_round_to_round() -> None:
    hashes = np.random.default_rng(1).integers(0, 2**63, 9000).astype(np.uint64)
    first, second = fold(hashes, 9, 7, 0), fold(hashes, 9, 7, 1)
    for folds in (first, second):
        assert stats.chisquare(np.bincount(folds, minlength=9)).pvalue > 1e-4
    both = np.zeros((9, 9))
    np.add.at(both, (first, second), 1)
    assert stats.chi2_contingency(both).pvalue > 1e-4
    assert (fold(hashes, 9, 8, 0) != first).any()
