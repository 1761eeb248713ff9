"""The rows to read, and the state that they are in."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote

from pyspark.errors import AnalysisException, ParseException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from spark_smote.job.catalog import Table, find_table, head
from spark_smote.job.config import Input, JobConfig
from spark_smote.job.faults import first_line
from spark_smote.job.places import literal

_PINS = ("snapshot-id", "as-of-timestamp", "branch", "tag", "versionAsOf", "timestampAsOf")


@dataclass(frozen=True)
class Source:
    """The input of a job.

    Parameters
    ----------
    rows : DataFrame
    table : Table, optional
    files : tuple of str
        Files that Spark reads, as URIs; empty where it does not say.
    identity : mapping of str to object
        For the report: of files their number, bytes and a fingerprint, of an Iceberg table the snapshot.
    """

    rows: DataFrame
    table: Table | None
    files: tuple[str, ...]
    identity: Mapping[str, Any]


def open_source(spark: SparkSession, config: JobConfig) -> Source:
    """Open the input; only its schema and the list of its files are read.

    An Iceberg table is pinned to its snapshot, so that every pass over the input reads the same rows.
    """
    source = config.input
    table = find_table(spark, source.table) if source.table else None
    identity: dict[str, Any] = {"kind": "unknown"}
    if table and table.provider == "iceberg":
        source, identity = _pinned(spark, source, table)
    rows = load(spark, source)
    rows.schema  # noqa: B018  Connect looks for the table only when the schema is asked for
    files = tuple(rows.inputFiles())
    if files and identity["kind"] == "unknown":
        identity = _files(spark, files)
    return Source(rows, table, files, identity)


def load(spark: SparkSession, source: Input) -> DataFrame:
    """The DataFrame that ``input`` names, without the filter."""
    reader = spark.read.options(**source.options)
    if source.table:
        return reader.table(source.table)
    if source.schema:
        reader = reader.schema(source.schema)
    return reader.format(source.format).load(source.path)


def filtered(config: JobConfig, rows: DataFrame) -> DataFrame:
    """The rows for which ``input.filter`` is true.

    Raises
    ------
    ConfigError
        The filter is no condition on these columns.
    """
    condition = config.input.filter
    if condition is None:
        return rows
    try:
        # On Connect a filter alone is not sent to the server; its schema is.
        kind = rows.select(F.expr(condition)).schema[0].dataType.simpleString()
    except (AnalysisException, ParseException) as error:
        raise config.error("input.filter", f"{condition!r}: {first_line(error)}") from error
    if kind != "boolean":
        raise config.error("input.filter", f"{condition!r} is of type {kind}; give a condition, as in 'x > 0'")
    return rows.filter(condition)


def run_id(config: JobConfig, identity: Mapping[str, Any]) -> str:
    """The name of a run: the one given, or one made of the configuration and the state of the input.

    The same job on the same input has the same name, so that a job that is tried again is recognised, and a column that
    holds the name does not make its rows differ. If the state of the input is unknown, the time takes its place.
    """
    if config.output.runId:
        return config.output.runId
    state = sorted(identity.items()) if identity["kind"] != "unknown" else time.time_ns()
    return hashlib.sha256(f"{config.digest()} {state}".encode()).hexdigest()[:16]


def _pinned(spark: SparkSession, source: Input, table: Table) -> tuple[Input, dict[str, Any]]:
    options = {name.lower(): value for name, value in source.options.items()}
    if "as-of-timestamp" in options:
        return source, {"kind": "snapshot", "asOfTimestamp": options["as-of-timestamp"]}
    snapshot = options.get("snapshot-id")
    if snapshot is None:
        ref = options.get("branch", options.get("tag", table.branch))
        at = head(spark, replace(table, branch=ref))
        if at is None:
            return source, {"kind": "snapshot", "snapshot": None}
        snapshot = str(at)
    kept = {name: value for name, value in source.options.items() if name.lower() not in _PINS}
    pinned = replace(source, table=table.name, options={**kept, "snapshot-id": snapshot})
    return pinned, {"kind": "snapshot", "snapshot": int(snapshot)}


def _files(spark: SparkSession, files: tuple[str, ...]) -> dict[str, Any]:
    reader = spark.read.format("binaryFile").option("recursiveFileLookup", "true")
    one = F.xxhash64("path", "length", F.col("modificationTime").cast("double"))
    try:
        # Without the column of contents Spark lists the files and reads none.
        listed = reader.load([literal(unquote(file)) for file in files])
        total = listed.agg(F.count("*"), F.sum("length"), F.bit_xor(one), F.max("modificationTime").cast("double"))
        count, size, mark, newest = total.collect()[0]
    except Exception:  # a catalog may let a table be read but not its files, and each store raises its own error
        return {"kind": "unknown"}
    fingerprint = hashlib.sha256(f"{count} {size} {mark} {newest}".encode()).hexdigest()[:16]
    return {"kind": "files", "files": count, "bytes": size, "fingerprint": fingerprint}
