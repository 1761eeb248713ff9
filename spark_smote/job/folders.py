"""Files in a folder."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, SparkSession

from spark_smote.job.config import JobConfig
from spark_smote.job.config.sections import TABLE_FORMATS
from spark_smote.job.places import locate, split
from spark_smote.job.swap import Beside, beside, probe
from spark_smote.job.target import Check, Target, Written


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


def local_place(spark: SparkSession, path: str, stack: ExitStack) -> Beside | None:
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
