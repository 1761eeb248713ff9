"""A job gives the same rows if an executor is killed in the middle of the job."""

from __future__ import annotations

import hashlib
import os
import signal
import threading
import time
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from standalone import SPARK_HOME, executors

from spark_smote import SMOTE

pytestmark = pytest.mark.cluster
WIDTH = 10
COLUMNS = [f"x{index}" for index in range(WIDTH)]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_HOME", str(SPARK_HOME))
        session = (
            SparkSession.builder.master("local-cluster[2,1,1024]")
            .config("spark.driver.memory", "2g")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "8")
            .config("spark.local.dir", str(tmp_path_factory.mktemp("spark")))
            .getOrCreate()
        )
        yield session
        session.stop()


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> str:
    rng = np.random.default_rng(5)
    centres = rng.normal(size=(10, WIDTH)) * 3
    rows = centres[rng.integers(10, size=90_000)] + rng.normal(size=(90_000, WIDTH))
    frame = pd.DataFrame(rows, columns=COLUMNS).assign(label=(np.arange(90_000) % 3 == 0).astype(int))
    path = tmp_path_factory.mktemp("table") / "rows.parquet"
    frame.to_parquet(path, row_group_size=10_000)
    return str(path)


def digest(rows: DataFrame) -> tuple[int, str]:
    """The number of rows, and a digest of the multiset of rows."""
    hashes = rows.select(F.xxhash64(*rows.columns).alias("hash")).toPandas()["hash"].to_numpy()
    return len(hashes), hashlib.blake2b(np.sort(hashes).tobytes()).hexdigest()


@pytest.mark.parametrize("search", ["exact", "lsh"])
def test_a_killed_executor_changes_no_row(cluster: SparkSession, table: str, search: str) -> None:
    smote = SMOTE(inputCols=COLUMNS, seed=3, neighborSearch=search, cellRows=1000, samplingStrategy={1: 300_000})

    def run() -> tuple[int, str]:
        return digest(smote.resample(cluster.read.parquet(table)))

    run()  # it has everything to start yet, and takes longer
    start = time.monotonic()
    undisturbed = run()
    took = time.monotonic() - start
    assert undisturbed[0] == 360_000

    killed: list[float] = []

    def kill() -> None:
        os.kill(executors()[0].pid, signal.SIGKILL)
        killed.append(time.monotonic())

    timer = threading.Timer(took / 3, kill)
    timer.start()
    try:
        disturbed = run()
        ended = time.monotonic()
    finally:
        timer.join()
    assert killed, "there was no executor to kill"
    assert killed[0] < ended, "the job had ended when the executor was killed"
    assert disturbed == undisturbed
