"""The search and the interpolation of sparse rows give the answers for dense rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from scipy.sparse import csr_array, random_array

from spark_smote.kernels import sparse
from spark_smote.kernels.interpolate import between
from spark_smote.kernels.nearest import k_nearest, nearest

WHOLE = st.sampled_from([0.0, 0.0, 0.0, 1.0, -2.0, 3.0])


def _rows(most: int) -> st.SearchStrategy[np.ndarray]:
    return npst.arrays(np.float64, st.tuples(st.integers(2, most), st.just(7)), elements=WHOLE)


@given(base=_rows(30), points=_rows(6), k=st.integers(1, 40))
@settings(deadline=None)
def test_of_equally_near_rows_the_first(base: np.ndarray, points: np.ndarray, k: int) -> None:
    k = min(k, len(base))
    found, squares = k_nearest(csr_array(base), csr_array(points), k)
    rows, truth = k_nearest(base, points, k)
    assert found.tolist() == rows.tolist()
    assert squares.tolist() == truth.tolist()


@given(base=_rows(30), k=st.integers(1, 29))
@settings(deadline=None)
def test_a_row_is_not_its_own_neighbour(base: np.ndarray, k: int) -> None:
    base = base[np.lexsort(base.T)]
    queries, k = np.arange(len(base)), min(k, len(base) - 1)
    assert nearest(csr_array(base), queries, k).tolist() == nearest(base, queries, k).tolist()


@pytest.mark.parametrize("scale", [1e-200, 1.0, 1e200])
def test_no_square_depends_on_the_rows_beside(scale: float, monkeypatch: pytest.MonkeyPatch) -> None:
    base = random_array((200, 10_000), density=0.01, format="csr", rng=np.random.default_rng(4)) * scale
    found, squares = k_nearest(base, base[:50], 6)
    assert (found[:, 0] == np.arange(50)).all()
    monkeypatch.setattr(sparse, "_BLOCK", 1000)
    monkeypatch.setattr(sparse, "_BLOCK_TERMS", 1000)
    again = k_nearest(base, base[:50], 6)
    assert (again[0] == found).all() and (again[1] == squares).all()
    dense = k_nearest(base.toarray(), base[:50].toarray(), 6)
    assert (dense[0] == found).all()
    alone = k_nearest(base[found[7]], base[[7]], 6)
    assert alone[1].tolist() == squares[[7]].tolist()


@given(ends=npst.arrays(np.float64, (2, 4, 7), elements=st.sampled_from([0.0, 0.1, -2.5, 1e308, -1e308, 5e-324])))
def test_a_point_between_two_rows_is_that_of_dense_rows(ends: np.ndarray) -> None:
    gap = np.array([0.0, 0.3, 0.5, 0.9])
    made = between(csr_array(ends[0]), csr_array(ends[1]), gap)
    assert (made.toarray() == between(ends[0], ends[1], gap)).all()
    assert (made.data != 0).all()
    assert made.has_canonical_format
