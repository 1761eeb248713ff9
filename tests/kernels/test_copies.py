"""Upper bounds on the copies of wide rows in a task; docs/performance.md, "Memory", uses them."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
import scipy.spatial.distance  # noqa: F401 - imported here, the modules are no memory of a search
from chunks import cell
from threadpoolctl import threadpool_limits

from spark_smote.kernels.arrays import Matrix
from spark_smote.kernels.calibration import Calibration
from spark_smote.kernels.cells import Cells
from spark_smote.kernels.farthest import farthest
from spark_smote.kernels.finding import Finding
from spark_smote.kernels.hashing import Hashing, Projection
from spark_smote.kernels.interpolate import smote
from spark_smote.kernels.nearest import k_nearest
from spark_smote.kernels.partitioning import Noise, Rounds
from spark_smote.kernels.space import Space
from spark_smote.kernels.synthetic import Seeds
from spark_smote.kernels.trees import Tree

ROWS, WIDTH = 1_200, 4_000
EVERYONE = np.arange(ROWS)


def within_a_class(rows: Matrix) -> None:
    seeds = Seeds(EVERYONE, EVERYONE, np.zeros(ROWS, dtype=np.int64), np.ones(ROWS, dtype=np.int64), (1, 2))
    for _ in smote(cell(rows), seeds, 5, space=Space(np.full(WIDTH, 2.0))):
        pass


def with_missing_values(rows: Matrix) -> None:
    rows[::2, ::2] = np.nan
    few = np.arange(100)
    seeds = Seeds(few, few, np.zeros(100, dtype=np.int64), np.ones(100, dtype=np.int64), (1, 2))
    # As in a task: threads that wait for one another would take most of the time for so small products.
    with threadpool_limits(1):
        for _ in smote(cell(rows), seeds, 5, space=Space(np.full(WIDTH, 2.0))):
            pass


def among_all_rows(rows: Matrix) -> None:
    half = ROWS // 2
    Finding(4)(iter([cell(rows, EVERYONE % half, half <= EVERYONE)]))


def among_all_rows_as_queries(rows: Matrix) -> None:
    Finding(4, both=True)(iter([cell(rows, EVERYONE, EVERYONE >= 900)]))


def by_other_metrics(rows: Matrix) -> None:
    for metric in ("manhattan", "cosine"):
        search = partial(k_nearest, manhattan=metric == "manhattan")
        Finding(4, Space(2.0, metric=metric), search, both=True)(iter([cell(rows, EVERYONE, EVERYONE >= 900)]))


def calibration(rows: Matrix) -> None:
    hashing = Hashing(Projection(np.ones((8, WIDTH))), 1.0)
    Calibration(Cells(np.zeros((1, 8)), np.zeros(8)), hashing, rows[:100], 5).add(EVERYONE, rows)


def of_a_group(rows: Matrix) -> None:
    stump = Tree(np.array([0, -1, -1]), np.zeros(3), *np.array([[1, 0, 0], [2, 0, 0], [0, 0, 1]]))
    rounds = Rounds(9, 2, 0.01, False, 1, lambda *_: stump)
    for most in (ROWS, ROWS // 2):
        Noise(rounds, np.ones(2, dtype=bool), most)(cell(rows, EVERYONE * (1 << 53), classes=EVERYONE % 2))


@pytest.mark.parametrize(
    ("work", "times"),
    [
        (within_a_class, 3.4),
        (with_missing_values, 3.2),
        (among_all_rows, 3.6),
        (among_all_rows_as_queries, 3.9),
        (by_other_metrics, 3.9),
        (calibration, 2.9),
        (of_a_group, 3.9),
        (lambda rows: farthest(rows, rows[:400], 3), 2.9),
    ],
    ids=[
        "within a class",
        "with missing values",
        "among all rows",
        "most of them queries",
        "other metrics",
        "calibration",
        "filter of a group",
        "farthest",
    ],
)
def test_copies_of_the_rows_are_bounded(work: Callable[[Matrix], None], times: float) -> None:
    """Peak memory as a multiple of the rows, without the rows themselves."""
    rows = np.random.default_rng(1).standard_normal((ROWS, WIDTH))
    tracemalloc.start()
    work(rows)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < times * rows.nbytes


def test_many_equal_rows_are_no_memory_of_calibration() -> None:
    """All queries see them first, and all are equally near."""
    queries = np.random.default_rng(1).standard_normal((512, 2))
    found = Calibration(Cells(np.zeros((1, 8)), np.zeros(8)), Hashing(Projection(np.ones((8, 2))), 1.0), queries, 5)
    tracemalloc.start()
    found.add(np.full(10_000, 7), np.full((10_000, 2), 0.5))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.found.rows.tolist() == [10_000]
    assert (found.distances[:, 0] == found.distances[:, -1]).all()
    assert peak < 20e6


def test_queries_are_searched_in_blocks() -> None:
    rows = np.random.default_rng(1).standard_normal((60_000, 2))
    hashes = np.arange(len(rows))
    tracemalloc.start()
    Finding(11, both=True)(iter([cell(rows, hashes, hashes < 0)]))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000 * len(rows)
