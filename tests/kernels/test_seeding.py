"""Quotas are exact and even, and do not depend on the split into cells and chunks."""

from itertools import pairwise

import numpy as np
from chunks import Cell, cell
from hypothesis import given
from hypothesis import strategies as st

from spark_smote.kernels.apportion import quotas
from spark_smote.kernels.draws import class_key
from spark_smote.kernels.seeding import CellSeeds, Task, ordinals


@given(rows=st.integers(1, 400), total=st.integers(0, 5000), data=st.data())
def test_quotas_sum_to_the_total_and_are_even(rows: int, total: int, data: st.DataObject) -> None:
    phase = data.draw(st.integers(0, rows - 1))
    owed = quotas(np.arange(rows), rows, total, phase)
    assert owed.sum() == total
    assert set(owed.tolist()) <= {total // rows, -(-total // rows)}


def test_quotas_do_not_overflow() -> None:
    rows, total = 3_000_000_000, 10**13 + 7
    last = np.array([rows - 1, rows // 2, 0])
    assert set(quotas(last, rows, total, rows - 1).tolist()) <= {total // rows, total // rows + 1}


@given(st.lists(st.integers(0, 6), max_size=40), st.integers(0, 5))
def test_ordinals_number_equal_rows(values: list[int], before: int) -> None:
    hashes = np.array(sorted(values), np.uint64)
    seen: dict[int, int] = {int(hashes[0]): before} if values else {}
    expected = []
    for value in hashes.tolist():
        expected.append(seen.get(value, 0))
        seen[value] = seen.get(value, 0) + 1
    assert ordinals(hashes, before).tolist() == expected


def _rows(hashes: np.ndarray, home: np.ndarray | None = None) -> Cell:
    return cell(np.zeros((len(hashes), 1)), hashes, home)


def _address(seeds: object) -> list[tuple[int, int, int]]:
    return list(zip(seeds.hashes.tolist(), seeds.ordinals.tolist(), seeds.quotas.tolist(), strict=True))  # type: ignore[attr-defined]


@given(
    values=st.lists(st.integers(0, 9), min_size=1, max_size=60),
    total=st.integers(0, 300),
    shards=st.integers(1, 7),
    chunk=st.integers(1, 20),
    seed=st.integers(0, 99),
)
def test_shards_and_chunks_have_the_quotas_of_the_whole(
    values: list[int], total: int, shards: int, chunk: int, seed: int
) -> None:
    hashes = np.array(sorted(values))
    rows = len(hashes)
    task = Task(0, rows, total, 5, class_key(seed, "class"))
    whole = _address(CellSeeds(0).placing(task)(_rows(hashes)))
    assert sum(quota for _, _, quota in whole) == total

    borders = [rows * shard // shards for shard in range(shards + 1)]
    sharded = [CellSeeds(0, share=share).placing(task)(_rows(hashes)) for share in pairwise(borders)]
    assert [row for seeds in sharded for row in _address(seeds)] == whole

    place = CellSeeds(0).placing(task)
    chunked = [place(_rows(hashes[i : i + chunk])) for i in range(0, rows, chunk)]
    assert [row for seeds in chunked for row in _address(seeds)] == whole


def test_halo_rows_are_no_seeds() -> None:
    task = Task(0, 3, 9, 2, class_key(0, 1))
    home = np.array([False, True, True, False, True])
    seeds = CellSeeds(0).placing(task)(_rows(np.arange(5), home))
    assert seeds.rows.tolist() == [1, 2, 4]
    assert seeds.quotas.tolist() == [3, 3, 3]


def test_quotas_given_with_the_rows_are_kept() -> None:
    """The numbers of neighbours of other classes are kept too."""
    quota, others = np.array([4, 0, 2]), np.array([1, 5, 3])
    rows = cell(np.zeros((3, 1)), home=np.array([True, False, True]), quotas=quota, others=others)
    seeds = CellSeeds(0).placing(Task(0, 3, 100, 2, class_key(0, 1)))(rows)
    assert (seeds.quotas.tolist(), seeds.rows.tolist()) == ([4, 2], [0, 2])
    assert seeds.others is not None
    assert seeds.others.tolist() == [1, 3]
