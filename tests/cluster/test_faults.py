"""With faults in the middle of a job, every sampler and cleaner gives the rows of an undisturbed run.

Each sampler runs on an unchanged table, where the faults occur in its own passes through Python, and on a table that is
shuffled and goes through a function of the user at every read, where the faults occur in these reads. A run has several
faults, each in another place: this is harder than one at a time, and the cluster lives on from run to run.
"""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from faults import SINK, Run, Strike, as_it_is, wait_until
from frames import columns, skewed
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from samplers import CASES, CATEGORIES, leavers
from standalone import SPARK_HOME, Standalone

from spark_smote.core.registry import samplers
from spark_smote.search import in_class

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900)]
ROOT = Path(__file__).parents[2]
COUNTS = {"a": 900, "b": 600, "c": 300}
WIDTH, PARTS = 4, 4
LEAVERS = leavers(columns(WIDTH))
# One case of each over-sampler, as on Connect, and SMOTE's exact search.
SAMPLERS: dict[str, Any] = {
    case.name: case.make(inputCols=columns(WIDTH), seed=3, inheritCols=["id"])
    for case in CASES
    if case.connect or case.name == "smote-exact"
} | LEAVERS
assert {type(sampler).__name__ for sampler in SAMPLERS.values()} == set(samplers())
SOURCES = ("table", "lazy")
SETTINGS = {
    "spark.driver.memory": "1g",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.extraJavaOptions": "-XX:+UseSerialGC -XX:TieredStopAtLevel=1",
    "spark.executor.extraJavaOptions": "-XX:+UseSerialGC -XX:TieredStopAtLevel=1",
    "spark.executor.memory": "512m",
    "spark.executorEnv.PYTHONPATH": os.pathsep.join(map(str, (ROOT, ROOT / "tests", ROOT / "tests" / "cluster"))),
    "spark.python.daemon.module": "worker_daemon",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "FATAL",
    "spark.sql.shuffle.partitions": "3",
    # A small job on a small machine: do not wait for lost processes.
    "spark.locality.wait": "0",
    "spark.shuffle.io.maxRetries": "1",
    "spark.shuffle.io.retryWait": "100ms",
    "spark.deploy.maxExecutorRetries": "-1",
}
SPECULATION = {
    "spark.speculation": "true",
    "spark.speculation.interval": "100ms",
    "spark.speculation.quantile": "0.5",
    "spark.speculation.minTaskRuntime": "500ms",
    "spark.speculation.task.duration.threshold": "1s",
}


@dataclass(frozen=True)
class Outcome:
    """Rows by their hashes, of each sampler on each source."""

    rows: dict[tuple[str, str], Counter[int]]
    run: Run


class Clusters:
    """One cluster at a time, a session on it, and the table."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.kind = ""
        self.master: Standalone | None = None
        self.session: SparkSession | None = None
        self.known: dict[str, Outcome] = {}
        self.runs = 0

    def use(self, kind: str) -> SparkSession:
        """A session on this kind of cluster: local, or standalone with one worker to start with."""
        if self.session is not None and self.kind == kind:
            return self.session
        self.stop()
        self.kind = kind
        settings = {**SETTINGS, "spark.local.dir": str(self.folder / "local")}
        if kind == "local":
            settings["spark.master"] = "local-cluster[2,1,1024]"
        else:
            self.master = Standalone(self.folder)
            self.master.add_worker()
            settings |= {**SPECULATION, "spark.master": self.master.url}
        builder = SparkSession.builder
        for key, value in settings.items():
            builder = builder.config(key, value)
        self.session = builder.getOrCreate()
        return self.session

    def stop(self) -> None:
        if self.session is not None:
            self.session.stop()
            self.session = None
        if self.master is not None:
            self.master.stop()
            self.master = None

    def members(self) -> set[str]:
        """Addresses of the driver and the executors; lost executors may be among them for minutes."""
        assert self.session is not None
        known = self.session.sparkContext._jsc.sc().getExecutorMemoryStatus().keySet()
        return set(known.mkString(" ").split())

    def source(self, name: str) -> DataFrame:
        """The table, unchanged, or through a shuffle and a function."""
        assert self.session is not None
        path = self.folder / "rows"
        if not path.exists():
            numbers = self.session.createDataFrame(skewed(COUNTS, WIDTH)).repartition(PARTS, "id")
            table = numbers.selectExpr("*", *(f"{value} AS {column}" for column, value in CATEGORIES.items()))
            table.write.parquet(str(path))
        table = self.session.read.parquet(str(path))
        return table if name == "table" else table.repartition(PARTS, "id").mapInArrow(as_it_is, table.schema)

    def run(self, names: Sequence[str], sources: Sequence[str], strikes: Sequence[Strike] = ()) -> Outcome:
        """The rows of these samplers from these sources: each is planned, then one job makes the rows of all."""
        assert self.session is not None
        self.runs += 1
        run = Run(self.folder / f"run{self.runs}", strikes)
        run.folder.mkdir()
        self.session.sparkContext.setJobGroup(run.folder.name, "")
        made = []
        with run.watching(type(self.session.range(1))):
            for name, source in product(names, sources):
                rows = SAMPLERS[name].resample(self.source(source))
                hashed = F.xxhash64(*rows.columns).alias("hash")
                made.append(rows.select(F.lit(name).alias("name"), F.lit(source).alias("source"), hashed))
        sink = reduce(DataFrame.union, made).mapInArrow(run.watched(as_it_is, SINK), made[0].schema)
        found: dict[tuple[str, str], Counter[int]] = {key: Counter() for key in product(names, sources)}
        for row in sink.collect():
            found[row["name"], row["source"]][row["hash"]] += 1
        return Outcome(found, run)

    def undisturbed(self, name: str) -> Outcome:
        if name not in self.known:
            self.known[name] = self.run([name], ["lazy"])
        return self.known[name]

    def expected(self, name: str) -> Counter[int]:
        """The rows are the same from both sources."""
        return self.undisturbed(name).rows[name, "lazy"]

    def attempted_again(self, stage: int) -> bool:
        """Whether Spark had to run a stage again, as it does after the loss of shuffle files."""
        assert self.session is not None
        found = self.session.sparkContext.statusTracker().getStageInfo(stage)
        return found is not None and found.currentAttemptId > 0


def strikes(source: str, tasks: Counter[int]) -> list[Strike]:
    """The places of the faults, given the tasks of each pass of a run on the lazy source.

    Files are lost when the first task of a stage that reads them starts: the other tasks do not find the files.
    """
    if source == "lazy":
        places = {"files": 0, "failure": PARTS // 2, "worker": tasks[0] - PARTS - 1, "executor": tasks[0] - PARTS + 1}
        return [Strike(fault, 0, ordinal) for fault, ordinal in places.items()]
    # Here the reads are no passes.
    own = [number - 1 for number in sorted(tasks) if number > 0] or [SINK]
    at = {"executor": own[0], "failure": own[len(own) // 2], "worker": own[-1], "files": SINK}
    return [
        Strike(fault, number, int(fault == "executor" and number != SINK and tasks[number + 1] > 1))
        for fault, number in at.items()
    ]


@pytest.fixture(scope="module")
def clusters(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clusters]:
    found = Clusters(tmp_path_factory.mktemp("faults"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_HOME", str(SPARK_HOME))
        # Several tasks, although there are few rows.
        patch.setattr(in_class, "_TASK_COST", 3_000)
        yield found
        found.stop()


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("name", SAMPLERS)
def test_faults_change_no_row(clusters: Clusters, name: str, source: str) -> None:
    """A task fails once, a Python worker and an executor are killed, and shuffle files are lost."""
    clusters.use("local")
    before = clusters.undisturbed(name)
    planned = strikes(source, before.run.tasks())
    after = clusters.run([name], [source], planned)
    missed = [strike for strike in planned if not after.run.struck(strike.fault)]
    assert not missed, f"did not occur among {after.run.tasks()}"
    assert after.rows[name, source]
    assert after.rows[name, source] == clusters.expected(name)
    for fault in ("failure", "worker", "executor"):
        assert after.run.again(fault), fault
    struck = after.run.struck("files")
    # The rows that these samplers keep of the unchanged table may need no shuffle.
    if source == "lazy" or name not in LEAVERS:
        assert (after.run.folder / "lost").exists(), "there was no file to lose"
        assert struck and clusters.attempted_again(struck["stage"]), "no lost file was missed"


@pytest.mark.parametrize("names", [list(SAMPLERS)[at : at + 4] for at in range(0, len(SAMPLERS), 4)], ids="+".join)
def test_speculation_and_a_worker_that_joins_late_change_no_row(clusters: Clusters, names: list[str]) -> None:
    """A worker joins during the first task of the result; another task is so slow that Spark runs it twice."""
    clusters.use("standalone")
    assert clusters.master is not None
    wait_until(lambda: len(clusters.members()) > 1)
    before = clusters.members()
    run, joined = Run(clusters.folder / f"run{clusters.runs + 1}"), []

    def join() -> None:
        run.wait("struck.late")
        joined.append(clusters.master.add_worker())
        wait_until(lambda: bool(clusters.members() - before))
        (run.folder / "joined").touch()

    helper = threading.Thread(target=join)
    helper.start()
    try:
        after = clusters.run(names, SOURCES, [Strike("late", SINK, 0), Strike("slow", SINK, 3)])
    finally:
        helper.join()
        for worker in joined:
            clusters.master.stop(worker)
    assert len({record["executor"] for record in after.run.records()}) == 2, "the new worker got no task"
    assert after.run.again("slow"), "the slow task was not run again"
    for name, source in after.rows:
        assert after.rows[name, source] == clusters.expected(name), (name, source)
