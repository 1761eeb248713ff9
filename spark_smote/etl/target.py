"""Where the rows go, and how they get there without harm to what is there.

A way of writing is chosen once, by :func:`open_target`, before any heavy job:

- a local folder is written beside and swapped (:mod:`spark_smote.etl.swap`);
- a folder elsewhere is written in its place, by Spark's own committer, and only where there is nothing to lose;
- a table of an atomic format (Iceberg, Delta) commits by itself;
- any other table of a catalog is written under another name and renamed.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, SparkSession

from spark_smote.config import JobConfig, Output
from spark_smote.config.sections import TABLE_FORMATS
from spark_smote.etl.catalog import Table, find_table
from spark_smote.etl.places import locate, split
from spark_smote.etl.swap import Beside, beside, probe

Check = Callable[[DataFrame], None]
"""Looks at what was written, before it takes the place of anything."""
FRESH = ("errorifexists", "error", "overwrite", "replace")
"""Modes after which the output holds the rows of this run only."""


@dataclass(frozen=True)
class Written:
    """What became of it.

    Parameters
    ----------
    stored : DataFrame, optional
        The rows of this run as they are stored; None where they cannot be told from others.
    before, after : int, optional
        Snapshots of an Iceberg table.
    undo : str
        How to take it back.
    there : bool
        Whether a run of the same name had written them before, so that nothing was done.
    """

    stored: DataFrame | None
    before: int | None = None
    after: int | None = None
    undo: str = ""
    there: bool = False


@dataclass
class Target(ABC):
    """A place to write to.

    Parameters
    ----------
    spark : SparkSession
    config : JobConfig
    run_id : str
    schema : StructType
        Of the rows to write.
    """

    spark: SparkSession
    config: JobConfig
    run_id: str
    schema: Any = field(init=False)
    place: str = field(init=False)
    """The key that names it."""

    def __post_init__(self) -> None:
        self.place = "output.table" if self.output.table else "output.path"

    @property
    def output(self) -> Output:
        return self.config.output

    @property
    def name(self) -> str:
        """Its path or table."""
        return str(self.output.table or self.output.path)

    @property
    def mode(self) -> str:
        """The mode, by one of its two names."""
        return "error" if self.output.mode == "errorifexists" else self.output.mode

    @abstractmethod
    def exists(self) -> bool:
        """Whether there is something already."""

    @abstractmethod
    def write(self, rows: DataFrame, check: Check) -> Written:
        """Write; ``check`` is called before the rows take the place of others, where that can be waited for."""

    def location(self) -> str:
        """The folder that it is in, empty if nobody knows."""
        return self.output.path or ""

    def refuse(self) -> None:
        """Refuse what would fail later, or lose something."""
        if self.mode == "error" and self.exists():
            raise self.config.error(
                self.place,
                f"{self.name} exists; choose another, or set output.mode to append, overwrite or ignore",
            )

    def written_before(self) -> Written | None:
        """The rows that an earlier try of this very run has appended, None where it has not or nobody can tell."""
        if self.mode != "append" or not self.output.runIdCol or not self.exists():
            return None
        stored = self.mine(self.stored())
        return None if stored is None or stored.isEmpty() else Written(stored, undo=self.undo(), there=True)

    @abstractmethod
    def stored(self) -> DataFrame:
        """All that is there."""

    def undo(self) -> str:
        """How to take the rows of this run out again."""
        column = self.output.runIdCol
        if self.mode != "append":
            return ""
        if column:
            return f"the rows of this run have {column} = '{self.run_id}'"
        return "the rows of this run are not marked; set output.runIdCol to be able to take them out again"

    def writer(self, rows: DataFrame, mode: str) -> Any:
        """A DataFrameWriter with all that the configuration says but the place."""
        writer = rows.write.format(self.output.format).mode(mode).options(**options(self.output, self.run_id))
        return writer.partitionBy(*self.output.partitionBy) if self.output.partitionBy else writer

    def load(self, path: str) -> DataFrame:
        """What was written to a path, with the schema that it has."""
        return self.spark.read.schema(self.schema).format(self.output.format).options(**self.output.options).load(path)

    def mine(self, stored: DataFrame) -> DataFrame | None:
        """The rows of this run among those stored."""
        if self.mode in FRESH:
            return stored
        column = self.output.runIdCol
        return stored.where(stored[quoted(column)] == self.run_id) if column else None


class Folder(Target):
    """Files in a folder that Spark reaches and this process does not, or files to append."""

    def exists(self) -> bool:
        try:
            files = self.spark.read.format("binaryFile").option("recursiveFileLookup", "true").load(self.output.path)
            files.schema  # noqa: B018
        except AnalysisException as error:
            if "PATH_NOT_FOUND" in str(error) or "Path does not exist" in str(error):
                return False
            raise
        return True

    def refuse(self) -> None:
        super().refuse()
        if self.mode in ("overwrite", "replace") and self.output.format not in TABLE_FORMATS and self.exists():
            raise self.config.error(
                "output.mode",
                f"{self.name} holds an output already, and it is not in a file system of this machine, so it cannot be "
                "replaced in one step: Spark would delete it before the new one is written. Write to a new path, or to "
                "a table of Iceberg or Delta, which can be overwritten safely",
            )

    def stored(self) -> DataFrame:
        return self.load(self.name)

    def write(self, rows: DataFrame, check: Check) -> Written:
        mode = "overwrite" if self.mode == "replace" else self.mode
        self.writer(rows, mode).save(self.output.path)
        stored = self.mine(self.load(self.name))
        if stored is not None:
            check(stored)
        return Written(stored, undo=self.undo())


class LocalFolder(Folder):
    """Files in a folder of this machine's: written beside, looked at, swapped."""

    def __init__(self, spark: SparkSession, config: JobConfig, run_id: str, beside: Beside) -> None:
        super().__init__(spark, config, run_id)
        self.beside = beside

    def exists(self) -> bool:
        return self.beside.target.exists()

    def refuse(self) -> None:
        Target.refuse(self)

    def write(self, rows: DataFrame, check: Check) -> Written:
        if self.mode == "append" and self.exists():
            return super().write(rows, check)
        new = f"file://{self.beside.new}" if split(self.name)[0] else str(self.beside.new)
        self.writer(rows, "error").save(new)
        check(self.load(new))
        self.beside.publish()
        return Written(self.mine(self.load(self.name)), undo=self.undo())


class CatalogTable(Target):
    """A table of a catalog whose format replaces files one by one: written under another name and renamed."""

    def __init__(self, spark: SparkSession, config: JobConfig, run_id: str, table: Table | None) -> None:
        super().__init__(spark, config, run_id)
        self.table = table
        head, dot, last = self.name.rpartition(".")
        self._new, self._old = (f"{head}{dot}{_suffixed(last, suffix)}" for suffix in (f"new_{run_id}", "old"))

    def exists(self) -> bool:
        return self.table is not None

    def stored(self) -> DataFrame:
        return self.spark.table(self.name)

    def location(self) -> str:
        return self.table.location if self.table else ""

    def refuse(self) -> None:
        super().refuse()
        if self.table and self.table.kind == "VIEW":
            raise self.config.error("output.table", f"{self.name} is a view; name a table")
        partitioned = self.output.partitionBy or (self.table and self.table.partitioned)
        if self.table and self.mode in ("overwrite", "replace") and (self.table.kind == "EXTERNAL" or partitioned):
            raise self.config.error(
                "output.mode",
                f"{self.name} is {'a partitioned' if partitioned else 'an external'} table; it cannot be renamed, "
                "and so not replaced in one step. Write to a new table, to a folder, or to a table of Iceberg or Delta",
            )

    def write(self, rows: DataFrame, check: Check) -> Written:
        if self.mode == "append" and self.exists():
            self.writer(rows, "append").saveAsTable(self.name)
        elif self.output.partitionBy:
            # Spark enters a new table in the catalog when all its files are there.
            self.writer(rows, "error").saveAsTable(self.name)
        else:
            self._swap(rows, check)
            return Written(self.mine(self.stored()), undo=self.undo())
        stored = self.mine(self.stored())
        if stored is not None:
            check(stored)
        return Written(stored, undo=self.undo())

    def _swap(self, rows: DataFrame, check: Check) -> None:
        run = self.spark.sql
        run(f"DROP TABLE IF EXISTS {self._new}")
        try:
            self.writer(rows, "error").saveAsTable(self._new)
            check(self.spark.table(self._new))
            if self.exists():
                run(f"DROP TABLE IF EXISTS {self._old}")
                run(f"ALTER TABLE {self.name} RENAME TO {self._old}")
            run(f"ALTER TABLE {self._new} RENAME TO {self.name}")
            run(f"DROP TABLE IF EXISTS {self._old}")
        finally:
            run(f"DROP TABLE IF EXISTS {self._new}")

    def recover(self) -> None:
        """Put back the table that a job that died between two renamings left under its other name."""
        if self.table is None and self.spark.catalog.tableExists(self._old):
            self.spark.sql(f"ALTER TABLE {self._old} RENAME TO {self.name}")
            self.table = find_table(self.spark, self.name)


class AtomicTable(CatalogTable):
    """A table whose commits are atomic by themselves, by Spark's ordinary writer: Delta, Hudi."""

    def refuse(self) -> None:
        Target.refuse(self)

    def recover(self) -> None:
        pass

    def write(self, rows: DataFrame, check: Check) -> Written:
        self.writer(rows, "overwrite" if self.mode == "replace" else self.mode).saveAsTable(self.name)
        stored = self.mine(self.spark.table(self.name))
        if stored is not None:
            check(stored)
        return Written(stored, undo=self.undo())


def options(output: Output, run_id: str) -> dict[str, str]:
    """The options to write with: those given, and those that make the format know the run.

    Delta skips an append whose ``txnAppId`` and ``txnVersion`` it has seen, and shows ``userMetadata`` in its history.
    """
    own: dict[str, str] = {}
    if output.format == "delta":
        own["userMetadata"] = f"spark_smote run {run_id}"
        if output.mode == "append":
            own |= {"txnAppId": f"spark_smote-{run_id}", "txnVersion": "1"}
    if output.rowsPerFile:
        own["maxRecordsPerFile"] = str(output.rowsPerFile)
    return {**own, **output.options}


@contextmanager
def open_target(spark: SparkSession, config: JobConfig, run_id: str) -> Iterator[Target]:
    """The way to write to ``output``."""
    from spark_smote.etl.iceberg import IcebergTable

    output = config.output
    _check_format(spark, output)
    with ExitStack() as stack:
        if output.table:
            table = find_table(spark, output.table)
            provider = table.provider if table else output.format
            kind: Any = IcebergTable if provider == "iceberg" else CatalogTable
            if provider in TABLE_FORMATS and provider != "iceberg":
                kind = AtomicTable
            target = kind(spark, config, run_id, table)
            target.recover()
            yield target
            return
        place = None if output.format in TABLE_FORMATS else _local(spark, str(output.path), stack)
        yield LocalFolder(spark, config, run_id, place) if place else Folder(spark, config, run_id)


def _check_format(spark: SparkSession, output: Output) -> None:
    """Let Spark say now if it does not know the format; whatever else it says comes up in its place."""
    if output.format in ("parquet", "orc", "csv", "json"):
        return
    try:
        spark.read.format(output.format).schema("x INT").load("/").schema  # noqa: B018
    except Exception as error:
        if "DATA_SOURCE_NOT_FOUND" in str(error):
            raise


def _local(spark: SparkSession, path: str, stack: ExitStack) -> Beside | None:
    """The folder beside a local path; None where Spark sees another file system than this process."""
    scheme, authority, _ = split(path)
    if scheme not in ("", "file") or authority not in ("", "localhost"):
        return None
    inner = stack.enter_context(ExitStack())
    try:
        place = inner.enter_context(beside(Path(locate(path).path)))
    except OSError:
        return None
    file = probe(place)
    try:
        seen = spark.read.text(f"file://{file}" if scheme else str(file)).inputFiles()
    except AnalysisException:
        seen = []
    if not any(each.startswith("file:") for each in seen):
        inner.close()
        return None
    return place


def quoted(column: str | None) -> str:
    """A column's name for Spark, whatever is in it."""
    return "`{}`".format(str(column).replace("`", "``"))


def _suffixed(name: str, suffix: str) -> str:
    return f"{name[:-1]}__{suffix}`" if name.endswith("`") else f"{name}__spark_smote_{suffix}"
