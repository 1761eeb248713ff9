"""LVQ-SMOTE: each synthetic row is its seed, moved by the difference of two vectors of the codebook."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from frames import clustered, columns, labels_of, numbered, spark_frame, traced
from pyspark.sql import SparkSession

from spark_smote import LVQSMOTE
from spark_smote.kernels.codebook import similar_pairs

COMMON: dict[str, dict[str, Any]] = {"lvq": {"gaps": (0.0, 1.0), "pinned": "062ea386"}}
WIDTH, CODES = 2, 5


@pytest.mark.classic("figures; test_common.py shows that each sampler runs on Connect")
def test_rows_are_moved_between_the_vectors_of_the_codebook(spark: SparkSession) -> None:
    x = np.concatenate([clustered(600, WIDTH, seed=5), clustered(200, WIDTH, seed=6, clusters=CODES)])
    frame = spark_frame(spark, numbered(x, np.repeat([0, 1], [600, 200])))
    sampler = LVQSMOTE(inputCols=columns(WIDTH), codebooks=CODES, seed=4, provenanceCol="origin", idCol="id")
    rows = sampler.resample(frame).collect()
    assert labels_of(rows) == {0: 600, 1: 600}
    seeds, _, _, made = traced(rows, WIDTH)
    assert (seeds >= 600).all()
    assert len(set(seeds.tolist())) > 120
    # The rule of a cluster knows the codebook, as seen from its own vector.
    vectors = next(iter(sampler.plan(frame).execution.work.rules.values())).keywords["offsets"] * 2
    assert len(vectors) == CODES
    offsets = vectors - vectors[:, None]
    apart = np.linalg.norm((made - x[seeds])[:, None] - offsets.reshape(-1, WIDTH), axis=2)
    assert apart.min(axis=1).max() < 1e-9
    taken, moved = np.divmod(apart.argmin(axis=1), CODES)
    assert (similar_pairs(vectors)[taken, moved] > 0).all()
    assert (taken != moved).all()
    # Every vector is moved to as often as any other.
    assert np.bincount(moved, minlength=CODES) == pytest.approx(np.full(CODES, 80), abs=30)
