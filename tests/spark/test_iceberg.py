"""Real Iceberg tables on Spark 3.5, the only Spark for which PyPI has a runtime of Iceberg."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from spark_smote.errors import ConfigError
from spark_smote.job import flow
from spark_smote.job.config import Input, JobConfig, Output, SamplerSpec

jars = pytest.importorskip("snowpark_connect_deps_iceberg", reason="the runtime of Iceberg is for Spark 3.5: SPARK=3.5")

COPIES = SamplerSpec("RandomOverSampler", {"inputCols": ["x"], "seed": 1})
BALANCED = {"rare": 9, "often": 9}


@pytest.fixture(scope="module")
def lake(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """The session with a catalog of Iceberg; conftest.py puts the runtime on the class path."""
    catalog = "spark.sql.catalog.lake"
    spark.conf.set(catalog, "org.apache.iceberg.spark.SparkCatalog")
    spark.conf.set(f"{catalog}.type", "hadoop")
    spark.conf.set(f"{catalog}.warehouse", str(tmp_path_factory.mktemp("iceberg")))
    rows = spark.range(12).selectExpr("id", "id * 0.5D AS x", "IF(id % 4 = 0, 'rare', 'often') label")
    rows.writeTo("lake.db.source").using("iceberg").create()
    yield spark
    spark.sql("DROP TABLE lake.db.source")


def classes(spark: SparkSession, table: str) -> Counter[str]:
    return Counter(row["label"] for row in spark.table(table).collect())


def snapshots(spark: SparkSession, table: str) -> int:
    return spark.table(f"{table}.snapshots").count()


def test_create_append_overwrite_retry_and_undo(lake: SparkSession) -> None:
    out = "lake.db.target"
    base = JobConfig(
        Input(table="lake.db.source"), (COPIES,), Output(table=out, format="iceberg", partitionBy=("label",))
    )

    def mode(name: Any, **more: Any) -> JobConfig:
        return replace(base, output=replace(base.output, mode=name, **more))

    def run(config: JobConfig) -> Any:
        report = flow.run(lake, config)
        assert report.run is not None
        return report

    made = run(base)
    assert made.written == BALANCED == classes(lake, out)
    assert made.run.input == {"kind": "snapshot", "snapshot": lake.table("lake.db.source.snapshots").first()[1]}
    with pytest.raises(ConfigError, match=r"output\.table: lake\.db\.target exists"):
        run(base)
    assert run(mode("append")).run.status == "written before", "the run that made the table"
    more = run(mode("append", runId="monday"))
    assert more.written == BALANCED and classes(lake, out) == {"rare": 18, "often": 18}
    again = run(mode("append", runId="monday"))
    assert (again.run.status, again.run.snapshot) == ("written before", more.run.snapshot)
    assert snapshots(lake, out) == 2
    assert more.run.snapshot_before == made.run.snapshot
    lake.sql(more.run.undo)
    assert classes(lake, out) == BALANCED
    assert run(mode("append", runId="monday")).run.status == "written", "the run was undone, and is repeated"
    over = run(mode("overwrite"))
    assert over.written == BALANCED == classes(lake, out)
    assert "label" in str(lake.sql(f"DESCRIBE TABLE {out}").collect()[-1]), "the table is still partitioned"
    assert lake.read.option("snapshot-id", over.run.snapshot_before).table(out).count() == 36, "the old rows are there"


def test_branches(lake: SparkSession) -> None:
    out = "lake.db.branched"
    base = JobConfig(Input(table="lake.db.source"), (COPIES,), Output(table=out, format="iceberg", runId="r"))
    flow.run(lake, base)

    def append(table: str) -> Any:
        report = flow.run(lake, replace(base, output=replace(base.output, table=table, mode="append", runId="tuesday")))
        assert report.run is not None
        return report.run

    with pytest.raises(ConfigError, match="has no branch 'audit'"):
        append(f"{out}.branch_audit")
    lake.sql(f"ALTER TABLE {out} CREATE BRANCH audit")
    assert append(f"{out}.branch_audit").status == "written"
    assert append(f"{out}.branch_audit").status == "written before"
    assert classes(lake, out) == BALANCED, "main is unchanged"
    assert lake.table(f"{out}.branch_audit").count() == 36
    assert append(out).status == "written", "rows of another branch do not count"


def test_the_input_is_replaced_only_on_request(lake: SparkSession) -> None:
    lake.sql("CREATE TABLE lake.db.own USING iceberg AS SELECT * FROM lake.db.source")
    config = JobConfig(Input(table="lake.db.own"), (COPIES,), Output(table="lake.db.own", mode="overwrite"))
    with pytest.raises(ConfigError, match="is the input"):
        flow.run(lake, config)
    lake.sql("CREATE OR REPLACE VIEW seen AS SELECT * FROM lake.db.own")
    with pytest.raises(ConfigError, match="is the input"):
        flow.run(lake, replace(config, input=Input(table="seen")))
    lake.sql("DROP VIEW seen")
    flow.run(lake, replace(config, output=replace(config.output, mode="replace")))
    assert classes(lake, "lake.db.own") == BALANCED


def test_the_input_is_read_at_one_snapshot(lake: SparkSession, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that arrive while the job plans are not read."""
    lake.sql("CREATE TABLE lake.db.growing USING iceberg AS SELECT * FROM lake.db.source")
    refuse = flow.refuse_overlap

    def meanwhile(*given: Any) -> None:
        lake.sql("INSERT INTO lake.db.growing SELECT * FROM lake.db.source")
        refuse(*given)

    monkeypatch.setattr(flow, "refuse_overlap", meanwhile)
    config = JobConfig(Input(table="lake.db.growing"), (COPIES,), Output(table="lake.db.grown", format="iceberg"))
    assert flow.run(lake, config).written == BALANCED


def test_missing_parts(lake: SparkSession, tmp_path: Path) -> None:
    config = JobConfig(Input(table="lake.db.none"), (COPIES,), Output(str(tmp_path / "out")))
    with pytest.raises(ConfigError, match=r"input\.table: "):
        flow.run(lake, config)
