"""Formats, modes and places of a job: it writes the planned rows, and existing data is never lost."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from pyspark.sql import DataFrame, SparkSession

from spark_smote.errors import ConfigError, WriteError
from spark_smote.job import flow, source
from spark_smote.job.catalog import Table, head
from spark_smote.job.config import Input, JobConfig, Output, ReportSpec, SamplerSpec
from spark_smote.job.target import options

SCHEMA = "id INT, x DOUBLE, label STRING"
COPIES = SamplerSpec("RandomOverSampler", {"inputCols": ["x"], "seed": 1, "inheritCols": ["id"]})
HEADER = {"csv": {"header": "true"}}
BALANCED = {"rare": 9, "often": 9}


def job(source: Input, output: Output, sampler: SamplerSpec = COPIES) -> JobConfig:
    return JobConfig(source, (sampler,), output)


def small(spark: SparkSession, rows: int = 12) -> DataFrame:
    """Three of four rows are 'often'."""
    return spark.range(rows).selectExpr("CAST(id AS INT) id", "id * 0.5D AS x", "IF(id % 4 = 0, 'rare', 'often') label")


def classes(rows: DataFrame) -> Counter[str]:
    return Counter(row["label"] for row in rows.collect())


def contents(rows: DataFrame) -> list[str]:
    return sorted(str(tuple(row)) for row in rows.collect())


@pytest.fixture(scope="module")
def parquet(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = str(tmp_path_factory.mktemp("lake") / "with space % and ü" / "in")
    small(spark).write.parquet(path)
    return path


def refused(spark: SparkSession, config: JobConfig, key: str, *words: str, run: Any = flow.run) -> None:
    with pytest.raises(ConfigError) as caught:
        run(spark, config)
    told = str(caught.value)
    assert told.startswith(f":1: {key}: ")
    assert all(word in told for word in words), told


FORMATS = pytest.mark.classic("one format runs on Connect")


@pytest.mark.parametrize("form", ["parquet", *(pytest.param(form, marks=FORMATS) for form in ("orc", "csv", "json"))])
def test_each_format_in_each_mode(spark: SparkSession, tmp_path: Path, form: str) -> None:
    source, out = str(tmp_path / "in"), str(tmp_path / "out")
    given = HEADER.get(form, {})
    small(spark).write.format(form).options(**given).save(source)
    base = job(Input(source, format=form, schema=SCHEMA, options=given), Output(out, format=form, options=given))

    def stored(path: str = out) -> DataFrame:
        return spark.read.schema(SCHEMA).format(form).options(**given).load(path)

    def mode(name: Any) -> JobConfig:
        return replace(base, output=replace(base.output, mode=name))

    report = flow.run(spark, base)
    assert report.written == BALANCED == classes(stored())
    assert report.run is not None and report.run.input["kind"] == "files"
    first = contents(stored())
    refused(spark, base, "output.path", "exists")
    told = tmp_path / "report.json"
    flow.run(spark, replace(mode("ignore"), report=ReportSpec(json=str(told))))
    assert json.loads(told.read_text())["status"] == "ignored"
    told.unlink()
    assert contents(stored()) == first
    flow.run(spark, mode("append"))
    assert contents(stored()) == sorted(first * 2)
    flow.run(spark, mode("overwrite"))
    assert contents(stored()) == first, "the same job gives the same rows"
    own = replace(mode("replace"), output=replace(base.output, mode="replace", path=source))
    assert flow.run(spark, own).written == BALANCED == classes(stored(source))
    assert sorted(each.name for each in tmp_path.iterdir()) == ["in", "out"], "nothing is left lying about"


@pytest.fixture
def tables(spark: SparkSession) -> Iterator[str]:
    spark.sql("CREATE DATABASE lake")
    small(spark).write.saveAsTable("lake.source")
    yield "lake"
    spark.sql("DROP DATABASE lake CASCADE")


def test_tables_of_the_catalog_in_each_mode(spark: SparkSession, tables: str) -> None:
    base = job(Input(table="lake.source"), Output(table="lake.target", runIdCol="run"))

    def mode(name: Any) -> JobConfig:
        return replace(base, output=replace(base.output, mode=name))

    report = flow.run(spark, base)
    assert report.written == BALANCED == classes(spark.table("lake.target"))
    assert report.run is not None
    run = report.run.run_id
    assert {row["run"] for row in spark.table("lake.target").collect()} == {run}
    refused(spark, base, "output.table", "exists")
    again = flow.run(spark, mode("append"))
    assert again.run is not None and again.run.status == "written before", "a retry of the same run"
    assert set(again.seconds) == {"read", "plan", "count"}, "no file was made or written"
    assert classes(spark.table("lake.target")) == BALANCED
    other = replace(mode("append"), output=replace(mode("append").output, runId="monday"))
    assert flow.run(spark, other).written == BALANCED
    assert classes(spark.table("lake.target").where("run = 'monday'")) == BALANCED
    assert spark.table("lake.target").count() == 36
    dated = replace(mode("overwrite"), output=replace(mode("overwrite").output, runId="2026-11-21T06:00:00+01:00"))
    assert flow.run(spark, dated).written == BALANCED == classes(spark.table("lake.target"))
    for name in ("source", "SOURCE"):
        refused(
            spark, replace(base, output=Output(table=f"lake.{name}", mode="overwrite")), "output.table", "the input"
        )
    spark.sql("CREATE VIEW lake.seen AS SELECT * FROM lake.source WHERE id >= 0")
    seen = replace(base, input=Input(table="lake.seen"))
    spark.sql("ALTER TABLE lake.target RENAME TO lake.target__spark_smote_old")
    with pytest.raises(ConfigError, match=r"lake\.target exists"):
        flow.dry_run(spark, base)
    flow.dry_run(spark, mode("append"))
    names = {row["tableName"] for row in spark.sql("SHOW TABLES IN lake").collect()}
    assert names == {"source", "target__spark_smote_old", "seen"}, "a dry run renames nothing"
    spark.sql("ALTER TABLE lake.target__spark_smote_old RENAME TO lake.target")
    refused(spark, replace(seen, output=Output(table="lake.source", mode="overwrite")), "output.table", "the input")
    refused(spark, replace(base, output=Output(table="lake.seen", mode="overwrite")), "output.table", "is a view")
    folder = spark.sql("DESCRIBE TABLE EXTENDED lake.source").where("col_name = 'Location'").first()[1]
    for name in ("overwrite", "append"):
        refused(spark, replace(seen, output=Output(folder, mode=name)), "output.path", "holds the input")
    own = replace(base, output=Output(table="lake.source", mode="replace"))
    flow.dry_run(spark, own)
    spark.sql("ALTER TABLE lake.source RENAME TO lake.source__spark_smote_old")  # a job died between two renamings
    assert flow.run(spark, own).written == BALANCED == classes(spark.table("lake.source"))
    parts = replace(base, output=Output(table="lake.parts", partitionBy=("label",)))
    assert flow.run(spark, parts).written == BALANCED == classes(spark.table("lake.parts"))
    again = replace(parts, output=replace(parts.output, mode="overwrite"))
    refused(spark, again, "output.mode", "a partitioned table")
    left = {row["tableName"] for row in spark.sql("SHOW TABLES IN lake").collect()}
    assert left == {"source", "target", "seen", "parts"}, "nothing is left lying about"


def test_names_are_names_only(spark: SparkSession, tables: str) -> None:
    """Spark accepts a comment after a name, which would comment out the rest of our statement."""
    good = Input(table="lake.source")
    for name in ("lake.source; DROP TABLE lake.source", "lake.source -- x", "lake.source /* x */", ""):
        with pytest.raises(ConfigError, match=r":1: input\.table: .* is not the name"):
            job(Input(table=name), Output(table="lake.target"))
        with pytest.raises(ConfigError, match=r":1: output\.table: .* is not the name"):
            job(good, Output(table=name, mode="overwrite"))
    assert classes(spark.table("lake.source")) == {"rare": 3, "often": 9}
    spark.range(7, 8).selectExpr("'main' AS name", "id AS snapshot_id").write.saveAsTable("lake.refs")
    table = Table("lake", "main", "iceberg", "", "", "", False)
    assert head(spark, table) == 7
    assert head(spark, replace(table, branch="' OR '1' = '1")) is None


def test_an_output_never_replaces_the_input(spark: SparkSession, parquet: str, tmp_path: Path) -> None:
    os.symlink(parquet, tmp_path / "link")
    os.symlink(Path(parquet).parent, tmp_path / "parent")
    for path in (parquet, parquet + "/", f"file://{parquet}", f"{parquet}/../in", str(tmp_path / "link")):
        refused(spark, job(Input(parquet), Output(path, mode="overwrite")), "output.path", "is the input")
        refused(spark, job(Input(path), Output(parquet, mode="append")), "output.path", "is the input")
    inside, holding = Output(f"{parquet}/more", mode="overwrite"), Output(str(tmp_path / "parent"), mode="replace")
    refused(spark, job(Input(parquet), inside), "output.path", "lies in the input")
    refused(spark, job(Input(parquet), holding), "output.path", "holds the input")
    refused(spark, job(Input(f"{parquet}/*.parquet"), holding), "output.path", "holds the input")
    part = job(Input(parquet, filter="id > 1"), Output(parquet, mode="replace"))
    refused(spark, part, "input.filter", "would be lost")
    assert classes(spark.read.parquet(parquet)) == {"rare": 3, "often": 9}


def test_only_synthetic_rows_with_their_origin(spark: SparkSession, parquet: str, tmp_path: Path) -> None:
    sampler = replace(COPIES, params={**COPIES.params, "provenanceCol": "origin", "idCol": "id", "inheritCols": []})
    output = Output(str(tmp_path / "made"), rows="synthetic", files=1, runIdCol="run", runId="r1")
    assert flow.run(spark, job(Input(parquet), output, sampler)).written == {"rare": 6}
    rows = spark.read.parquet(str(output.path)).collect()
    assert [name for name in rows[0].asDict()] == ["id", "x", "label", "origin", "run"]
    assert all(row["origin"]["seed"] in (0, 4, 8) and row["run"] == "r1" and row["id"] is None for row in rows)
    assert len(list((tmp_path / "made").glob("*.parquet"))) == 1
    fewer = SamplerSpec("RandomUnderSampler")
    output = replace(output, path=str(tmp_path / "other"))
    refused(spark, job(Input(parquet), output, fewer), "output.rows", "RandomUnderSampler makes no synthetic rows")


def test_filters_files_and_chains(spark: SparkSession, parquet: str, tmp_path: Path) -> None:
    fewer = SamplerSpec("RandomUnderSampler", {"samplingStrategy": {"often": 6}})
    output = Output(str(tmp_path / "out"), partitionBy=("LABEL",), rowsPerFile=2)
    both = replace(job(Input(parquet, filter="id < 10"), output), sampler=(fewer, COPIES))
    assert flow.run(spark, both).written == {"rare": 6, "often": 6}
    sizes = [spark.read.parquet(str(file)).count() for file in (tmp_path / "out").glob("LABEL=*/*.parquet")]
    assert max(sizes) <= 2 and sum(sizes) == 12
    assert spark.read.parquet(str(output.path)).filter("id >= 10").isEmpty()
    again = replace(output, mode="overwrite")
    refused(spark, job(Input(parquet, filter="idd < 10"), again), "input.filter", "idd")


def test_written_rows_are_counted_before_they_replace_an_output(
    spark: SparkSession, parquet: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of the rows get lost: the old output stays."""
    config = job(Input(parquet), Output(str(tmp_path / "out"), mode="overwrite"))
    flow.run(spark, config)
    before = contents(spark.read.parquet(str(tmp_path / "out")))
    shaped = flow.shaped
    monkeypatch.setattr(flow, "shaped", lambda *given: shaped(*given).where("x > 1"))
    with pytest.raises(WriteError, match="class 'often' has 7 rows in place of 9"):
        flow.run(spark, config)
    assert contents(spark.read.parquet(str(tmp_path / "out"))) == before
    assert [each.name for each in tmp_path.iterdir()] == ["out"]


def test_a_folder_that_only_spark_sees_is_not_replaced(
    spark: SparkSession, parquet: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = job(Input(parquet), Output(str(tmp_path / "out")))
    monkeypatch.setattr("spark_smote.job.folders._seen_by", lambda *given: False)
    assert flow.run(spark, config).written == BALANCED
    refused(spark, config, "output.path", "exists")
    over = replace(config, output=replace(config.output, mode="overwrite"))
    refused(spark, over, "output.mode", "does not share", "Iceberg or Delta")
    monkeypatch.undo()
    monkeypatch.setattr("spark_smote.job.folders.beside", Mock(side_effect=PermissionError))
    refused(spark, over, "output.mode", f"cannot write to {tmp_path}")
    assert classes(spark.read.parquet(str(tmp_path / "out"))) == BALANCED


def test_the_run_id_depends_on_configuration_and_input(spark: SparkSession, parquet: str, tmp_path: Path) -> None:
    config = job(Input(parquet), Output(str(tmp_path / "out")))

    def name(config: JobConfig) -> str:
        report = flow.dry_run(spark, config)
        assert report.run is not None and report.run.status == "dry run"
        return report.run.run_id

    first = name(config)
    assert name(replace(config, spark={"spark.x": "1"})) == first
    assert name(replace(config, input=Input(parquet, filter="x < 100"))) != first
    assert not list(tmp_path.iterdir()), "a dry run writes nothing"
    left = tmp_path / ".out.spark_smote" / "old" / "part"
    left.parent.mkdir(parents=True)
    left.touch()
    refused(spark, config, "output.path", "exists", run=flow.dry_run)
    assert name(replace(config, output=replace(config.output, runId="mine", mode="overwrite"))) == "mine"
    assert [*tmp_path.rglob("*")] == [left.parents[1], left.parent, left], "a dry run keeps the files of a dead job"
    shutil.rmtree(left.parents[1])
    for file in Path(parquet).glob("*.parquet"):
        os.utime(file, (1, 1))
    assert name(config) != first, "the input has changed"


def test_files_of_any_name_are_distinguished(spark: SparkSession, parquet: str, tmp_path: Path) -> None:
    """A name that would be a pattern as a path is a plain name of a file in the folder."""
    file = tmp_path / "in" / "part[1]{a,b}*?\\.parquet"
    file.parent.mkdir()
    shutil.copy(next(Path(parquet).glob("*.parquet")), file)
    config = job(Input(str(file.parent)), Output(str(tmp_path / "out")))
    first = source.open_source(spark, config).identity
    assert (first["kind"], first["files"]) == ("files", 1)
    os.utime(file, (1, 1))
    assert source.open_source(spark, config).identity != first
    assert source._files(spark, ("file:/nowhere",)) == {"kind": "unknown"}, "this is no reason to stop"


@pytest.mark.classic("it needs no Spark")
@pytest.mark.parametrize(
    ("output", "own"),
    [
        (Output("p"), {}),
        (Output("p", rowsPerFile=5), {"maxRecordsPerFile": "5"}),
        (Output("p", format="delta"), {"userMetadata": "spark_smote run r"}),
        (
            Output("p", format="delta", mode="append", options={"txnVersion": "7"}),
            {"userMetadata": "spark_smote run r", "txnAppId": "spark_smote-r", "txnVersion": "7"},
        ),
    ],
)
def test_options_of_each_format(output: Output, own: Mapping[str, str]) -> None:
    assert options(output, "r") == own
