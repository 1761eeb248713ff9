"""Files in a folder."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from pathlib import Path

from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, SparkSession

from spark_smote.job.config import JobConfig
from spark_smote.job.config.sections import TABLE_FORMATS
from spark_smote.job.places import locate, split
from spark_smote.job.swap import Beside, beside, probe
from spark_smote.job.target import Check, Target, Written

_ELSEWHERE = "this process does not share its file system with Spark"


class Folder(Target):
    """Files in a folder that is written in its place, by Spark's own committer.

    Parameters
    ----------
    obstacle : str
        Why no folder can be written beside it and swapped in.
    """

    def __init__(self, spark: SparkSession, config: JobConfig, obstacle: str = _ELSEWHERE) -> None:
        super().__init__(spark, config)
        self.obstacle = obstacle

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
                f"{self.name} holds an output already, and {self.obstacle}, so it cannot be replaced in one step: "
                "Spark would delete it before the new one is written. Write to a new path, or to a table of Iceberg or "
                "Delta, which can be overwritten safely",
            )

    def stored(self) -> DataFrame:
        return self.load(self.name)

    def write(self, rows: DataFrame, check: Check) -> Written:
        mode = "overwrite" if self.mode == "replace" else self.mode
        self.writer(rows, mode).save(self.output.path)
        return self.checked(check)


class LocalFolder(Folder):
    """Files in a folder of this machine: written beside, counted, swapped in."""

    def __init__(self, spark: SparkSession, config: JobConfig, beside: Beside) -> None:
        super().__init__(spark, config)
        self.beside = beside

    def exists(self) -> bool:
        return self.beside.exists()

    def refuse(self) -> None:
        Target.refuse(self)
        lock = self.beside.lock
        if lock and lock.fault and self.mode in ("overwrite", "replace"):
            raise self.config.error(
                "output.mode",
                f"the file system of {self.name} has no locks ({lock.fault}), so another job could replace the same "
                "output at the same time. Write to a new path, or to a table of Iceberg or Delta",
            )

    def write(self, rows: DataFrame, check: Check) -> Written:
        if self.mode == "append" and self.exists():
            return super().write(rows, check)
        new = f"file://{self.beside.new}" if split(self.name)[0] else str(self.beside.new)
        self.writer(rows, "error").save(new)
        check(self.load(new))
        self.beside.publish(replace=self.mode in ("overwrite", "replace"))
        return Written(undo=self.undo())


def open_folder(spark: SparkSession, config: JobConfig, stack: ExitStack, dry: bool) -> Folder:
    """The way to write to ``output.path``.

    Parameters
    ----------
    spark : SparkSession
    config : JobConfig
    stack : ExitStack
        Releases the lock of a local folder.
    dry : bool
        Whether nothing will be written: then no folder is made or locked either.
    """
    path = str(config.output.path)
    scheme, authority, _ = split(path)
    if config.output.format in TABLE_FORMATS or scheme not in ("", "file") or authority not in ("", "localhost"):
        return Folder(spark, config)
    target = Path(locate(path).path)
    parent = next((parent for parent in target.parents if parent.exists()), target)
    inner = stack.enter_context(ExitStack())
    try:
        place = Beside(target) if dry else inner.enter_context(beside(target))
    except OSError:
        place = None
    if dry or place is None:
        # Python's own file is surely there; the folder may not be.
        if not _seen_by(spark, Path(sys.executable).resolve(), scheme):
            return Folder(spark, config)
        if place is None or not os.access(parent, os.W_OK):
            return Folder(spark, config, f"this process cannot write to {parent}, where the new one would be made")
        return LocalFolder(spark, config, place)
    if not _seen_by(spark, probe(place), scheme):
        inner.close()
        return Folder(spark, config)
    return LocalFolder(spark, config, place)


def _seen_by(spark: SparkSession, file: Path, scheme: str) -> bool:
    """Whether Spark finds a file of this process by its path, and so works on the same file system."""
    try:
        found = spark.read.format("binaryFile").load(f"file://{file}" if scheme else str(file)).inputFiles()
    except AnalysisException:
        return False
    return any(each.startswith("file:") for each in found)
