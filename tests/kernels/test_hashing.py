"""Hashes are those of bucketed random projection; the hash of a row does not depend on other rows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spark_smote.kernels.hashing import Hashing, Projection
from spark_smote.kernels.space import Space


def _projection(width: int, units: bool = False) -> Projection:
    rng = np.random.default_rng(3)
    return Projection(rng.normal(size=(9, width)), Space(rng.uniform(0.1, 9, size=width) if units else None))


@pytest.mark.parametrize("units", [False, True])
def test_the_bucket_is_the_floor_of_the_product(units: bool) -> None:
    projection = _projection(5, units)
    rows = np.random.default_rng(0).normal(size=(700, 5))
    measured = rows if projection.space.unit is None else rows / projection.space.unit
    products = measured @ projection.directions.T
    np.testing.assert_allclose(projection.project(rows), products)
    border = np.abs(products / 0.25 - np.rint(products / 0.25)) < 1e-9
    assert (Hashing(projection, 0.25)(rows) == np.floor(products / 0.25))[~border].all()


@given(split=st.integers(0, 3000), width=st.integers(1, 40), offset=st.sampled_from([0.0, 1e9]))
@settings(max_examples=30, deadline=None)
def test_products_are_the_same_to_the_last_bit_in_any_batch(split: int, width: int, offset: float) -> None:
    projection = _projection(width)
    rows = np.random.default_rng(width).normal(size=(3000, width)) + offset
    parts = [projection.project(part) for part in (rows[:split], rows[split:])]
    assert np.array_equal(np.vstack(parts), projection.project(rows))
    assert np.array_equal(projection.project(rows[split : split + 1]), projection.project(rows)[split : split + 1])
