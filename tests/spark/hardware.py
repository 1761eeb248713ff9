"""Prints a digest of the rows of each sampler as JSON; ``test_hardware.py`` runs it under several kernels of BLAS."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import warnings

import numpy as np
from frames import clustered, columns, numbered, spark_frame
from pyspark.sql import SparkSession
from samplers import dress, everyone

from spark_smote.kernels.nearest import nearest

ROWS, WIDTH = 600, 8


def in_sub_cells() -> str:
    """The search of a cell that is large enough to be divided."""
    rows = clustered(9_000, WIDTH, seed=11)
    return hashlib.md5(nearest(rows, np.arange(len(rows)), 5, recall=0.9).tobytes()).hexdigest()


def main() -> None:
    warnings.simplefilter("ignore")
    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    spark = builder.config("spark.sql.shuffle.partitions", "2").config("spark.driver.memory", "1g").getOrCreate()
    try:
        label = np.repeat([0, 1, 2], [ROWS - 150, 110, 40])
        frame = dress(spark_frame(spark, numbered(clustered(ROWS, WIDTH, seed=4), label.tolist()))).persist()
        found = {"sub-cells": in_sub_cells()}
        for name, sampler in everyone(columns(WIDTH)).items():
            rows = sorted(repr(tuple(row)) for row in sampler.resample(frame).collect())
            found[name] = hashlib.md5("\n".join(rows).encode()).hexdigest()
        print(json.dumps(found))
    finally:
        spark.stop()


if __name__ == "__main__":
    main()
