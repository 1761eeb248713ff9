"""Safe-Level-SMOTE's gaps by the safe levels of both ends, as smote_variants computes them."""

import numpy as np
import pytest
from chunks import cell as rows_of
from hypothesis import given
from hypothesis import strategies as st

from spark_smote.kernels.draws import class_key
from spark_smote.kernels.nearest import nearest
from spark_smote.kernels.safe_level import safe_gaps, safe_level
from spark_smote.kernels.space import Space
from spark_smote.kernels.synthetic import Seeds

M = 5


def test_gaps_are_those_of_smote_variants() -> None:
    """Recorded from smote_variants 1.0 with draws of 0.25."""
    slp, sln = np.array([4, 4, 2, 1, 3, 5, 1]), np.array([0, 4, 3, 4, 1, 2, 1])
    recorded = [0.0, 0.25, 0.5, 0.8125, 0.08333333333333333, 0.1, 0.25]
    np.testing.assert_allclose(safe_gaps(np.full(7, 0.25), slp, sln), recorded, rtol=1e-15)


@given(st.floats(0, 1, exclude_max=True), st.integers(1, 9), st.integers(0, 9))
def test_the_gap_lies_on_the_part_of_the_segment_next_to_the_safer_end(draw: float, slp: int, sln: int) -> None:
    (gap,) = safe_gaps(np.array([draw]), np.array([slp]), np.array([sln]))
    assert (1 - slp / sln if sln > slp else 0) <= gap <= (sln / slp if sln < slp else 1)


def test_each_synthetic_row_has_the_levels_of_its_own_ends() -> None:
    rng = np.random.default_rng(5)
    rows, others = rng.normal(size=(60, 3)), rng.integers(0, M + 1, size=60)
    index = np.flatnonzero(others < M)
    seeds = Seeds(index, index, np.zeros(len(index), int), np.full(len(index), 40), class_key(1, 1))
    made = list(safe_level(rows_of(rows, others=others), seeds, 4, m=M, space=Space(2.0)))
    gaps, ends = np.concatenate([b.gaps for b in made]), np.concatenate([b.neighbours for b in made])
    starts = np.concatenate([b.seeds for b in made])
    slp, sln = M - others[starts], M - others[ends]
    assert (gaps[sln == 0] == 0).all() and (sln == 0).any()
    low, high = np.maximum(0, 1 - slp / np.maximum(sln, 1)), np.minimum(1, sln / slp)
    low[sln <= slp] = 0
    for own in (sln == slp, (sln < slp) & (sln > 0), sln > slp):
        share = (gaps - low)[own] / (np.where(sln > slp, 1, high) - low)[own]
        assert 0 <= share.min() < 0.1 and 0.9 < share.max() < 1
    near = nearest(rows / 2.0, starts, 4)
    assert (near == ends[:, None]).any(axis=1).all()


def test_rows_without_the_classes_of_their_neighbours_are_refused() -> None:
    seeds = Seeds(np.arange(3), np.arange(3), np.zeros(3, int), np.ones(3, int), class_key(1, 1))
    with pytest.raises(ValueError, match="safe levels"):
        list(safe_level(rows_of(np.zeros((3, 1))), seeds, 1, m=M))
