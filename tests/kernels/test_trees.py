"""Trees as arrays predict as scikit-learn's do, and rounds of them filter as the plain votes say."""

import numpy as np
from sklearn.tree import DecisionTreeClassifier

from spark_smote.kernels.trees import PartitioningFilter, Staying, Tree


def _as_arrays(fitted: DecisionTreeClassifier) -> Tree:
    tree = fitted.tree_
    leaf = tree.children_left < 0
    classes = fitted.classes_[tree.value[:, 0].argmax(axis=1)]
    return Tree(np.where(leaf, -1, tree.feature), tree.threshold, tree.children_left, tree.children_right, classes)


def _data() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(6)
    x = rng.normal(size=(600, 4))
    return x, (x[:, 0] + x[:, 1] ** 2 + rng.normal(scale=0.7, size=600) > 1).astype(np.int64) * 3


def _fits(x: np.ndarray, y: np.ndarray, folds: int) -> list[DecisionTreeClassifier]:
    return [
        DecisionTreeClassifier(min_samples_leaf=6, random_state=0).fit(x[n::folds], y[n::folds]) for n in range(folds)
    ]


def test_predictions_are_those_of_scikit_learn() -> None:
    (x, y), some = _data(), np.random.default_rng(2).permutation(600)[:400]
    for fitted in _fits(x, y, 3):
        assert _as_arrays(fitted).predict(x.astype(np.float32), some).tolist() == fitted.predict(x[some]).tolist()
    one = DecisionTreeClassifier().fit(x, np.full(600, 2))
    assert _as_arrays(one).predict(x.astype(np.float32), some[:3]).tolist() == [2, 2, 2]


def test_each_round_votes_on_the_rows_that_the_round_before_left() -> None:
    x, y = _data()
    for consensus in (False, True):
        left, rounds = np.arange(600), []
        for _ in range(3):
            fits = _fits(x[left], y[left], 4)
            votes = np.sum([one.predict(x[left]) != y[left] for one in fits], axis=0)
            left = left[votes < 4] if consensus else left[votes <= 2]
            rounds.append(tuple(map(_as_arrays, fits)))
        filtered = PartitioningFilter(tuple(rounds), consensus, 0)
        assert 300 < len(left) < 600
        found = [np.flatnonzero(y == number)[filtered.stays(number, x[y == number])] for number in (0, 3)]
        assert np.sort(np.concatenate(found)).tolist() == left.tolist()
        count = Staying(3, filtered)
        count.add(np.arange(5), x[y == 3])
        count.merge(*count.packed())
        assert count.rows[0] == 2 * np.isin(left, np.flatnonzero(y == 3)).sum()
        assert (filtered.goes(3, x) == ~filtered.stays(3, x)).all()


def test_large_numbers_fit_single_precision() -> None:
    x, y = _data()
    tree = _as_arrays(DecisionTreeClassifier(random_state=0).fit(x, y))
    small, large = (PartitioningFilter(((tree,),), False, e).stays(3, np.ldexp(x, e)) for e in (0, 900))
    assert small.tolist() == large.tolist()
