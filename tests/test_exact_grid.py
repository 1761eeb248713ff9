"""Exact search among all rows: what is copied, and to how many tasks."""

from __future__ import annotations

from contextlib import nullcontext

import pytest

from spark_smote.kernels.placement import Grid
from spark_smote.search.k_nearest import Neighbourhood, _exact
from spark_smote.search.memory import WorkerMemory
from spark_smote.search.settings import SearchSettings

SETTINGS = SearchSettings(
    method="exact",
    recall_target=0.95,
    bucket_length=None,
    tables=None,
    cell_rows=None,
    scale=None,
    memory=WorkerMemory(30, 10_000_000, 10_000, 1 << 28),
    chunk_rows=131_072,
    magnitude=1.0,
    stage=lambda name: nullcontext(),
)


def copies(found: Neighbourhood) -> tuple[int, int]:
    """Copies of a row to search, and of a query."""
    grid = next(iter(found.to_search.values()))
    assert isinstance(grid, Grid)
    return grid.groups, grid.parts


@pytest.mark.parametrize("rows", [100, 100_000, 1_000_000, 10_000_000])
@pytest.mark.parametrize("share", [1.0, 0.01])
def test_rows_are_copied_for_two_hundred_tasks_at_most_or_as_memory_asks(rows: int, share: float) -> None:
    asking = int(rows * share)
    of_rows, of_queries = copies(_exact(SETTINGS, {0: rows}, {0: asking}, k=5))
    by_memory = -(-rows // SETTINGS.chunk_rows), -(-asking // SETTINGS.chunk_rows)
    assert of_queries >= by_memory[0]
    assert of_rows >= by_memory[1]
    assert of_rows * of_queries <= max(200 + by_memory[0] + by_memory[1], by_memory[0] * by_memory[1])
