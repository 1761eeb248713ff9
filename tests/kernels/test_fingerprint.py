"""Fingerprints do not depend on the split of the rows; the rows of a cell are checked by them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from spark_smote.errors import ChangedInputError
from spark_smote.kernels.fingerprint import NOTHING, Counted, Fingerprint, Fingerprints
from spark_smote.kernels.moments import ExactSum
from spark_smote.kernels.neighbourhood import Bin, Weighing
from spark_smote.kernels.seeding import CellSeeds, Task
from spark_smote.kernels.work import CellWork

HASHES = arrays(np.int64, st.integers(1, 40), elements=st.integers(-(2**63), 2**63 - 1))


@given(HASHES, st.integers(0, 40), st.integers(1, 5))
def test_fingerprints_do_not_depend_on_the_split(hashes: np.ndarray, cut: int, bins: int) -> None:
    whole = Fingerprint.of(hashes)
    assert whole == Fingerprint(len(hashes), sum(int(one) >> 32 for one in hashes))
    assert Fingerprint.of(hashes[:cut]) + Fingerprint.of(hashes[cut:]) == whole
    total = Fingerprints(bins)
    for part in (hashes[cut:], hashes[:cut]):
        task = Fingerprints(bins)
        task.put(np.arange(len(part)) % bins, part)
        total.merge(*task.packed())
    assert total.whole() == whole
    assert sum(total.each(), NOTHING) == whole


def test_counted_tallies_and_fingerprints_rows() -> None:
    rows, hashes = np.array([[1.0], [2.0]]), np.array([1 << 40, 1 << 41])
    total = Counted(ExactSum(1))
    for index in range(2):
        task = Counted(ExactSum(1))
        task.add(hashes[[index]], rows[[index]])
        total.merge(*(array.ravel() for array in task.packed()))
    assert total.seen.whole() == Fingerprint.of(hashes)
    assert total.sums.means(2) == [1.5]


@dataclass(frozen=True)
class Chunk:
    hashes: np.ndarray
    home: np.ndarray
    features: np.ndarray = field(default_factory=lambda: np.zeros((0, 1)))
    classes: Any = None
    quotas: Any = None
    others: Any = None


def _chunks(*parts: list[int]) -> Iterator[Chunk]:
    """Home rows, and one halo row in each chunk, which is not counted."""
    for part in parts:
        yield Chunk(np.array([*part, 99]) << 32, np.array([True] * len(part) + [False]))


def _work(rule: Any, **where: Any) -> CellWork:
    task = Task(0, 4, 8, 1, (1, 2), name="class 'a'")
    planned = Fingerprint.of(np.array([1, 2, 3, 4]) << 32)
    return CellWork({7: CellSeeds(0, fingerprint=planned, **where)}, {0: task}, {0: rule}, 1000)


def _nothing(cell: Any, seeds: Any, k: int) -> Iterator[Any]:
    return iter(())


def _failing(cell: Any, seeds: Any, k: int) -> Iterator[Any]:
    raise IndexError("too few rows")


def test_a_cell_with_the_planned_rows_is_processed() -> None:
    assert list(_work(_nothing)(7, _chunks([1, 2, 3], [4]))) == []


@pytest.mark.parametrize("rule", [_nothing, _failing])
@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ([[1, 2], [3]], "cell 7 of class 'a' has 3 usable rows in place of 4"),
        ([[1, 2], [3, 4, 5]], "has 5 usable rows in place of 4"),
        ([[1, 2], [3, 5]], "rows of cell 7 of class 'a' have other values"),
    ],
)
def test_changed_rows_are_reported_whatever_the_rule_raises(rule: Any, parts: list[list[int]], told: str) -> None:
    with pytest.raises(ChangedInputError, match=told):
        list(_work(rule)(7, _chunks(*parts)))


def test_the_error_of_a_rule_is_raised_if_the_rows_are_as_planned() -> None:
    with pytest.raises(IndexError, match="too few rows"):
        list(_work(_failing)(7, _chunks([1, 2], [3, 4])))


def test_a_cell_that_is_empty_and_a_cell_that_should_be() -> None:
    with pytest.raises(ChangedInputError, match="class 'a' has 0 usable rows in place of 4"):
        list(_work(_nothing, share=(0, 4))(7, _chunks()))
    assert list(_work(_nothing)(8, _chunks())) == []
    with pytest.raises(ChangedInputError, match="cell 8, which is empty, has"):
        list(_work(_nothing)(8, _chunks([1])))


def test_a_bin_with_changed_weights_is_reported() -> None:
    work = Weighing({3: Bin(0, 5, 10, -3)}, 2, tasks={0: Task(0, 20, 8, 1, (1, 2), name="class 'a'")})
    work.check(3, 10, -3)
    with pytest.raises(ChangedInputError, match="weights sum to 11 in place of 10"):
        work.check(3, 11, -3)
    with pytest.raises(ChangedInputError, match="rows of class 'a' have been added, removed or changed"):
        work.check(3, 10, work.checksum(np.array([4 << 32])))
    replace(work, bins={3: Bin(0, 5)}).check(3, 11, 0)
