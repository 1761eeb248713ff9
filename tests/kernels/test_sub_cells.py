"""Sub-cells: the promised share of neighbours, the same rows whatever the rounding, and exact search where it pays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from spark_smote.kernels import nearest as search
from spark_smote.kernels import sub_cells
from spark_smote.kernels.arrays import Matrix
from spark_smote.kernels.cells import Cells
from spark_smote.kernels.nearest import k_nearest, nearest

K = 5
EVERYONE = np.arange(3_000)


def rows_of(kind: str, count: int, features: int = 12) -> Matrix:
    rng = np.random.default_rng(5)
    if kind == "mixture":
        return rng.normal(0, 3, (8, features))[rng.integers(8, size=count)] + rng.standard_normal((count, features))
    if kind == "heavy tails":
        return rng.standard_t(1.5, (count, features))
    if kind == "scales":
        return rng.standard_normal((count, features)) * np.logspace(-6, 6, features)
    return rng.standard_normal((count, features))


@pytest.fixture(autouse=True)
def small_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sub-cells in a fifth of the rows that they need to pay."""
    monkeypatch.setattr(sub_cells, "LEAST_ROWS", 1_500)
    monkeypatch.setattr(sub_cells, "_LEAST_QUERIES", 400)
    monkeypatch.setattr(sub_cells, "_SUB_CELL_ROWS", 50)
    monkeypatch.setattr(sub_cells, "_MOST_PAIRS", 1.0)


def recall(found: Matrix, true: Matrix) -> float:
    return float(np.mean([len(np.intersect1d(*pair)) / K for pair in zip(found, true, strict=True)]))


@pytest.mark.parametrize("kind", ["mixture", "gaussian", "heavy tails", "scales"])
@pytest.mark.parametrize("target", [0.8, 0.97])
def test_the_share_of_neighbours_is_found(kind: str, target: float) -> None:
    rows = rows_of(kind, 3_000)
    queries = np.arange(0, 3_000, 2)
    true, found = nearest(rows, queries, K), nearest(rows, queries, K, recall=target)
    # The first queries are compared with all rows.
    share = recall(found[256:], true[256:])
    assert target - 0.04 < share
    assert share < 1 or kind == "scales"


def test_points_that_are_no_rows() -> None:
    rows, points = rows_of("mixture", 3_000), rows_of("mixture", 4_000)[3_000:] + 0.1
    true, found = k_nearest(rows, points, K)[0], k_nearest(rows, points, K, recall=0.9)[0]
    assert 0.86 < recall(found[256:], true[256:]) < 1


def test_a_query_is_compared_with_a_part_of_the_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = []
    products = search.Products.nearest

    def counted(self, points, asked, k, chosen=None, coded=None):  # type: ignore[no-untyped-def]
        pairs.append(len(asked) * (len(self.rows) if chosen is None else len(chosen)))
        return products(self, points, asked, k, chosen, coded)

    monkeypatch.setattr(search.Products, "nearest", counted)
    rows = rows_of("mixture", 6_000)
    nearest(rows, np.arange(6_000), K, recall=0.95)
    assert sum(pairs[1:]) < 0.15 * 6_000**2


def test_no_rounding_matters(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, queries = rows_of("gaussian", 2_000), np.arange(2_000)
    single = nearest(rows, queries, K, recall=0.9)
    # Another order of the additions, as another kernel of BLAS has it.
    turned = np.random.default_rng(1).permutation(rows.shape[1])
    assert np.array_equal(single, nearest(np.ascontiguousarray(rows[:, turned]), queries, K, recall=0.9))
    double = search.Products
    monkeypatch.setattr(search, "Products", lambda rows, precision, codes: double(rows, np.float64, codes))
    assert np.array_equal(single, nearest(rows, queries, K, recall=0.9))


def test_the_cells_of_a_query_do_not_depend_on_the_queries_behind_it() -> None:
    rows = rows_of("mixture", 3_000)
    some, all_of_them = (nearest(rows, np.arange(count), K, recall=0.9) for count in (1_000, 3_000))
    assert np.array_equal(some, all_of_them[:1_000])


def test_equal_rows_are_found() -> None:
    rows = np.repeat(rows_of("mixture", 1_000), 4, axis=0)
    found = nearest(rows, np.arange(4_000), 3, recall=0.8)
    assert (rows[found] == rows[:, None]).all()


@pytest.mark.parametrize("rows", [np.zeros((2_000, 8)), np.eye(8)[np.arange(2_000) % 8]], ids=["equal", "corners"])
def test_rows_without_spread(rows: Matrix) -> None:
    queries = np.arange(len(rows))
    assert np.array_equal(nearest(rows, queries, K, recall=0.9), nearest(rows, queries, K))


def test_few_rows_few_queries_and_few_features_are_searched_exactly() -> None:
    rows = rows_of("gaussian", 3_000)
    for some, queries in ((rows[:1_400], 1_400), (rows, 300), (rows[:, :4], 3_000)):
        asked = np.arange(queries)
        assert np.array_equal(nearest(some, asked, K, recall=0.8), nearest(some, asked, K))


@pytest.mark.parametrize(
    "search", [lambda rows: nearest(rows, EVERYONE, K, recall=0.9), lambda rows: k_nearest(rows, rows, K, recall=0.9)]
)
def test_sub_cells_are_not_learnt_from_the_queries_that_measure_them(
    search: Callable[[Matrix], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    samples = []
    learn = sub_cells.learn

    def spied(sample: Matrix, *of: Any, **more: Any) -> Cells:
        samples.append(sample)
        return learn(sample, *of, **more)

    monkeypatch.setattr(sub_cells, "learn", spied)
    rows = rows_of("mixture", len(EVERYONE))
    search(rows)
    rows = np.ldexp(rows, -int(np.frexp(np.abs(rows).max())[1]) + 1)
    queries = {tuple(row) for row in sub_cells.Coordinates.of(rows)(rows[:256])}
    assert len(samples[0]) > 1_000
    assert not queries.intersection(map(tuple, samples[0]))


def test_what_is_searched_for_a_sub_cell_takes_a_bit_a_row() -> None:
    """Rows of few features are not to need more memory for their sub-cells than for themselves."""
    rows, margin = rows_of("mixture", 3_000), 300.0
    coordinates = sub_cells.Coordinates.of(rows)
    cells = sub_cells._learnt(rows, np.empty(0, np.int64), coordinates)
    near, searched = sub_cells._near(cells, rows, coordinates, margin)
    depths = np.concatenate([depth for _, depth, _ in cells.depths(coordinates(rows))])
    assert near.nbytes == len(rows) * -(-len(cells) // 8)
    assert np.array_equal(np.unpackbits(near, axis=0)[: len(cells)], (depths <= margin).T)
    assert searched.tolist() == (depths <= margin).sum(axis=0).tolist()
    assert 0 < searched.min() < searched.max() < len(rows)


@pytest.mark.filterwarnings("error")
def test_rows_out_of_all_proportion_do_not_bring_back_the_search_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sampled outlier must not push all other rows beyond the ends of the coordinates."""
    rows = rows_of("mixture", 3_000)
    monkeypatch.setattr(sub_cells, "_MOST_PAIRS", 0.5)
    for far in (1e9, 1e100):
        rows[::500] = far
        true, found = nearest(rows, EVERYONE, K), nearest(rows, EVERYONE, K, recall=0.9)
        assert 0.86 < recall(found[256:], true[256:]) < 1
    rows[::500] = 1e308
    assert nearest(rows, EVERYONE, K, recall=0.9).max() < len(rows)
