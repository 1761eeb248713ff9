"""The bound on the memory of a Python worker, and the sizes chosen to stay below ``maxWorkerMemory``."""

from __future__ import annotations

from contextlib import nullcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_smote import SMOTE
from spark_smote.errors import ParameterError
from spark_smote.kernels.seeding import Task
from spark_smote.search import lsh
from spark_smote.search.in_class import lay_out
from spark_smote.search.k_nearest import neighbourhood
from spark_smote.search.memory import LEAST_ROWS, MOST_BYTES, WORKER_BYTES, WorkerMemory
from spark_smote.search.settings import CHUNK_ROWS, SearchSettings


def settings(memory: WorkerMemory, method: str = "auto") -> SearchSettings:
    chunk = memory.chunk_rows(CHUNK_ROWS)
    return SearchSettings(method, 0.95, None, None, None, None, memory, chunk, 1.0, lambda name: nullcontext())


def memory(rows: int, width: int, most: int | None = None, batch: int = 10_000) -> WorkerMemory:
    return WorkerMemory(width, rows, batch, 1 << 28, most)


@given(
    rows=st.integers(10, 10**9),
    width=st.integers(1, 50_000),
    batch=st.integers(0, 50_000),
    batch_bytes=st.sampled_from([0, 1 << 24, 1 << 28]),
    most=st.integers(1, 1 << 32),
)
def test_the_bound_is_below_the_limit_or_the_rows_are_refused(
    rows: int, width: int, batch: int, batch_bytes: int, most: int
) -> None:
    own = WorkerMemory(width, rows, batch, batch_bytes, most)
    try:
        own.check()
    except ParameterError:
        least = own.bound(min(rows, 2 * LEAST_ROWS))
        assert least > most or own.batch > MOST_BYTES or min(rows, 2 * LEAST_ROWS) * own.row_bytes > MOST_BYTES
        return
    chunk = own.chunk_rows(CHUNK_ROWS)
    assert LEAST_ROWS <= chunk <= CHUNK_ROWS
    assert own.bound_of_chunks(chunk, rows) <= most
    exact = settings(own).is_exact_in_class(rows)
    assert not exact or own.bound(rows) <= most
    assert lsh.rows_a_cell(settings(own), rows) <= chunk


@given(rows=st.integers(10, 10**9), width=st.integers(1, 50_000))
def test_without_a_limit_the_sizes_are_as_before(rows: int, width: int) -> None:
    assert memory(rows, width).chunk_rows(131_072) == max(1_000, min(131_072, (1 << 26) // (8 * width)))
    assert settings(memory(rows, width)).is_exact_in_class(rows) == (rows <= 50_000 and rows * width * 8 <= 1 << 29)


def test_a_smaller_limit_means_smaller_chunks_and_cells() -> None:
    sizes = []
    for limit in (256 << 20, 300 << 20, None):
        own = settings(memory(1_000_000, 30, limit))
        sizes.append((own.chunk_rows, lsh.rows_a_cell(own, 1_000_000, divided=True), own.is_exact_in_class(45_000)))
    assert sizes == [(19_181, 4_795, False), (38_405, 9_601, True), (131_072, 32_000, True)]


def test_the_plan_of_a_search_tells_the_bound() -> None:
    own = settings(memory(1_000_000, 30, 512 << 20))
    task = Task(0, 10_000, 5_000, 5, (0, 0))
    within = lay_out(own, lambda classes: pytest.fail("no job runs"), {0: task}).searches[0]
    assert within.worker_bytes == WORKER_BYTES + (5 * 10_000 + 10_000) * 240
    among = neighbourhood(own, None, {0: 10_000, 1: 2_000}, 5, [1])  # type: ignore[arg-type]
    assert among.search.worker_bytes == WORKER_BYTES + (5 * 14_000 + 10_000) * 240


def test_exact_search_of_a_class_beyond_the_limit_is_refused_with_the_arithmetic() -> None:
    said = (
        r"exact' holds a whole class in each task: 220 MB \+ 5 x 90000 rows x 30 features x 8 bytes \+ "
        r"a batch of 2 MB = 330 MB, above maxWorkerMemory, 268 MB; use 'lsh' or 'auto'"
    )
    with pytest.raises(ParameterError, match=said):
        settings(memory(1_000_000, 30, 256 << 20), "exact").is_exact_in_class(90_000)


@pytest.mark.parametrize(
    ("own", "said"),
    [
        (
            memory(1_000_000, 1_000, 512 << 20, batch=40_000),
            r"maxWorkerMemory is 537 MB, too little: a Python worker takes up to 220 MB \+ a batch \+ a batch of "
            r"268 MB = 757 MB; raise maxWorkerMemory to '722m', or set \S+maxRecordsPerBatch to 19804 or less",
        ),
        (
            memory(1_000_000, 1_000, 256 << 20),
            r"takes up to 220 MB \+ 5 x 2000 rows x 1000 features x 8 bytes \+ a batch of 80 MB = 380 MB; "
            r"raise maxWorkerMemory to '363m', or use fewer features",
        ),
        (memory(1_000_000, 3, 64 << 20), r"is 67 MB, too little: .* raise maxWorkerMemory to '212m' \["),
    ],
)
def test_too_little_memory_is_refused_with_what_would_do(own: WorkerMemory, said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        own.check()


@pytest.mark.parametrize("value", ["1g", "512m", "512 MB", 300_000_000])
def test_sizes_are_text_or_bytes(value: str | int) -> None:
    assert SMOTE(maxWorkerMemory=value).getMaxWorkerMemory() == value


@pytest.mark.parametrize("value", ["much", "1.5g", "0", -1, True, 1.5, None])
def test_other_values_are_refused(value: object) -> None:
    with pytest.raises(ParameterError, match=r"maxWorkerMemory.* must be a size such as '1g' or '512m', or a number"):
        SMOTE().setMaxWorkerMemory(value)
