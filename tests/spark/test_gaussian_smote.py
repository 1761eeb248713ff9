"""Gaussian-based SMOTE: the spread of the noise comes from all rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from frames import columns, labels_of, numbered, spark_frame, traced
from pyspark.sql import SparkSession
from test_family_oracles import TRACE, nearest_of_class, overlapping

from spark_smote import GaussianSMOTE

COMMON: dict[str, dict[str, Any]] = {
    "gaussian-lsh": {"params": {"neighborSearch": "lsh", "cellRows": 200}, "neighbour": None, "pinned": "5081e1cd"},
}


@pytest.mark.classic("figures; test_common.py shows that it runs on Connect")
def test_noise_is_in_deviations_of_all_rows_and_a_constant_stays_constant(spark: SparkSession) -> None:
    """The residual from the nearest of SMOTE's segments' points at the gap has the wanted spread."""
    x, label = overlapping({0: 400, 1: 80}, 3, seed=9, apart=4.0)
    x = x * [1.0, 50.0, 0.0] + [0.0, 0.0, 7.0]
    sampler = GaussianSMOTE(
        inputCols=columns(3), kNeighbors=1, sigma=0.25, samplingStrategy={1: 80 + 4000}, seed=3, **TRACE
    )
    rows = sampler.resample(spark_frame(spark, numbered(x, label))).collect()
    assert labels_of(rows) == {0: 400, 1: 4080}
    seeds, _, gaps, made = traced(rows, 3)
    near = nearest_of_class(x, label, 1)
    neighbour = np.array([next(iter(near[one])) for one in seeds.tolist()])
    noise = made - (x[seeds] + gaps[:, None] * (x[neighbour] - x[seeds]))
    assert not noise[:, 2].any()
    np.testing.assert_allclose(noise[:, :2].std(axis=0), 0.25 * x[:, :2].std(axis=0), rtol=0.05)
    assert np.abs(noise[:, :2].mean(axis=0) / x[:, :2].std(axis=0)).max() < 0.02
