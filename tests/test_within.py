"""Bounds in the type of a column: on the inner side, open beyond the type's range, none where no value fits."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql.types import ByteType, DataType, DecimalType, DoubleType, FloatType, LongType

from spark_smote.spark.conversions import within


@pytest.mark.parametrize(
    ("kind", "low", "high", "ends"),
    [
        (ByteType(), -0.5, 126.9, (0, 126)),
        (ByteType(), -1e9, 1e9, (None, None)),
        (ByteType(), 128, None, None),
        (ByteType(), None, -129, None),
        (ByteType(), 0.2, 0.8, None),
        (LongType(), 2**60 + 1, None, (2**60 + 1, None)),
        (DoubleType(), 0, 0.3, (0.0, 0.3)),
        (DecimalType(5, 2), 0.1, 1 / 3, (Decimal("0.10"), Decimal("0.33"))),
        (DecimalType(5, 2), 999.995, None, None),
        (DecimalType(38, 10), 0, 1e20, (Decimal(0), Decimal(10) ** 20)),
    ],
)
def test_ends(kind: DataType, low: Any, high: Any, ends: Any) -> None:
    assert within(kind, low, high) == ends


@given(low=st.floats(-300, 300), high=st.floats(-300, 300))
def test_the_ends_are_the_outermost_values_within(low: float, high: float) -> None:
    for kind, step in ((ByteType(), lambda v, up: v + up), (FloatType(), _next_float)):
        ends = within(kind, low, high)
        if ends is None:
            assert low > high or np.floor(high) < np.ceil(low) or low > 127 or high < -128
            continue
        lowest, highest = ends
        assert lowest is None or (low <= lowest and step(lowest, -1) < low)
        assert highest is None or (highest <= high and step(highest, 1) > high)


def _next_float(value: float, up: int) -> float:
    return float(np.nextafter(np.float32(value), np.float32(up * np.inf)))
