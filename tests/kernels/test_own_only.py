"""Rows of some classes are found by queries of the same class only."""

import numpy as np
from chunks import cell

from spark_smote.kernels.cleaning import opposed
from spark_smote.kernels.finding import Finding


def test_queries_pass_over_rows_of_other_classes_that_are_searched_by_their_own_only() -> None:
    rng = np.random.default_rng(3)
    x, classes = rng.integers(0, 9, size=(90, 2)).astype(float), rng.integers(0, 3, size=90)
    hashes = np.sort(rng.integers(-(2**63), 2**63, size=90))
    base, asking = np.arange(90) % 3 == 0, np.arange(90) % 3 == 1
    chunks = [
        cell(x[part], hashes[part], np.full(part.sum(), home), classes[part])
        for part, home in ((asking, False), (base, True))
    ]
    number, keys, found = Finding(1, own_only=frozenset({0, 1}))(iter(chunks))
    place = {key: at for at, key in enumerate(hashes.tolist())}
    for own, key, near in zip(number.tolist(), keys.tolist(), found[:, 0], strict=True):
        allowed = np.flatnonzero(base & ((classes == own) | (classes == 2)))
        squares = ((x[allowed] - x[place[key]]) ** 2).sum(axis=1)
        nearest = allowed[np.lexsort((hashes[allowed], squares))[0]]
        assert (near["label"], near["key"]) == (classes[nearest], hashes[nearest])
    wrong = opposed(1, keys[number == 1], found[number == 1])
    enemies = found[number == 1][found[number == 1]["label"][:, 0] != 1]
    assert wrong[:, 2].tolist() == enemies["key"][:, 0].tolist()
    assert wrong[:, 3].view(np.float64).tolist() == enemies["square"][:, 0].tolist()
