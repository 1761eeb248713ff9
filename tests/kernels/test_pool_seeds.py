"""Seeds of a pool of classes: each class has the quotas that it would have alone."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from spark_smote.errors import ChangedInputError
from spark_smote.kernels.draws import class_key
from spark_smote.kernels.fingerprint import Fingerprint
from spark_smote.kernels.interpolate import smote
from spark_smote.kernels.seeding import CellSeeds, PoolSeeds, Task
from spark_smote.kernels.work import CellWork

ROWS = {4: 3, 7: 2, 9: 5}


def rows_of(classes: np.ndarray[Any, Any], hashes: np.ndarray[Any, Any], features: np.ndarray[Any, Any]) -> Any:
    home = np.ones(len(hashes), dtype=bool)
    return SimpleNamespace(hashes=hashes, features=features, home=home, classes=classes, quotas=None, others=None)


@pytest.fixture
def pool() -> Any:
    rng = np.random.default_rng(3)
    hashes = np.sort(rng.integers(-(2**62), 2**62, size=10))
    hashes[1] = hashes[0]
    return rows_of(np.array([9, 9, 4, 7, 9, 4, 7, 4, 9, 9]), hashes, rng.normal(size=(10, 3)))


def tasks(pool: Any, total: int = 11) -> dict[int, Task]:
    key = class_key(3, "fraud")
    return {
        number: Task(number, rows, total, 4, key, Fingerprint.of(pool.hashes[pool.classes == number]), pool=0)
        for number, rows in ROWS.items()
    }


def test_each_class_has_its_own_quotas_and_neighbours_of_the_whole_pool(pool: Any) -> None:
    own, where = tasks(pool), PoolSeeds(tuple(ROWS), 10)
    seeds = where.place(pool, own)
    for number, task in own.items():
        mine = pool.classes == number
        alone = CellSeeds(number, 0, (0, task.rows)).placing(task)(
            rows_of(pool.classes[mine], pool.hashes[mine], pool.features[mine])
        )
        assert seeds.quotas[mine].tolist() == alone.quotas.tolist()
        assert seeds.ordinals[mine].tolist() == alone.ordinals.tolist()
    made = list(CellWork({0: where}, own, dict.fromkeys(own, smote), 100)(0, iter([pool])))
    classes = np.concatenate([np.asarray(of) for of, _, _ in made])
    assert dict(zip(*np.unique(classes, return_counts=True), strict=True)) == dict.fromkeys(ROWS, 11)
    neighbours = np.concatenate([block.neighbours for _, _, block in made if block.neighbours is not None])
    assert (pool.classes[neighbours] != classes).any()


def test_other_rows_than_planned_are_an_error(pool: Any) -> None:
    own = tasks(pool)
    pool.classes[pool.classes == 7] = 4
    with pytest.raises(ChangedInputError, match="a class has 5 usable rows in place of 3"):
        PoolSeeds(tuple(ROWS), 10).place(pool, own)
