"""Safe-Level-SMOTE: safe levels checked by scikit-learn's brute force, and the place of each synthetic row by them."""

from __future__ import annotations

import numpy as np
import pytest
from frames import columns, labels_of, numbered, spark_frame
from pyspark.sql import SparkSession
from test_family_oracles import EXACT, all_within, nearest_of_class, on_segments, others_about, overlapping, used_evenly

from spark_smote import SafeLevelSMOTE
from spark_smote.errors import NoSeedsError

# A gap is 0 where the neighbour is noise, so runs with other seeds share it.
COMMON = {
    "safe-level-lsh": {
        "params": {"neighborSearch": "lsh", "cellRows": 200, "fallback": "smote"},
        "drawn": False,
        "pinned": "df769d04",
    },
}
WIDTH, K = 3, 5
COUNTS = {0: 900, 1: 200, 2: 90}


@pytest.mark.classic("figures; test_common.py shows that each sampler runs on Connect")
def test_rows_lie_nearer_to_the_safer_end(spark: SparkSession) -> None:
    x, label = overlapping(COUNTS, WIDTH, seed=35)
    frame = spark_frame(spark, numbered(x, label))
    rows = SafeLevelSMOTE(inputCols=columns(WIDTH), kNeighbors=K, seed=3, **EXACT).resample(frame).collect()
    assert labels_of(rows) == dict.fromkeys(COUNTS, 900)
    seeds, ends, gaps = on_segments(x, rows)
    assert all_within(seeds, ends, nearest_of_class(x, label, K))
    levels = K - others_about(x, label, K)
    for one in (1, 2):
        own = seeds[label[seeds] == one]
        assert set(own.tolist()) == set(np.flatnonzero((label == one) & (levels > 0)).tolist())
        assert used_evenly(own)
    slp, sln = levels[seeds], levels[ends]
    assert (gaps <= np.minimum(1, sln / slp)).all()
    assert (gaps >= np.maximum(0, 1 - slp / np.maximum(sln, 1))).all()
    assert (gaps[sln > slp].mean() > 0.6) and (gaps[(sln > 0) & (sln < slp)].mean() < 0.4)


@pytest.mark.classic("raised on the driver")
def test_a_class_of_noise_alone_has_no_seeds(spark: SparkSession) -> None:
    x = np.repeat(np.arange(60.0) * 100, 2)[:, None]
    x[1::2] += 0.5
    frame = spark_frame(spark, numbered(x, [1, 0] * 30 + [0] * 60))
    sampler = SafeLevelSMOTE(inputCols=["x0"], kNeighbors=1)
    with pytest.raises(NoSeedsError, match="class 1: none of its 30 rows has a row of the class"):
        sampler.resample(frame)
