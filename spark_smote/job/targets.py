"""Which way of writing an output asks for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from pyspark.sql import SparkSession

from spark_smote.job.catalog import find_table
from spark_smote.job.catalog_tables import AtomicTable, CatalogTable
from spark_smote.job.config import JobConfig, Output
from spark_smote.job.config.sections import TABLE_FORMATS
from spark_smote.job.folders import Folder, LocalFolder, local_place
from spark_smote.job.iceberg import IcebergTable
from spark_smote.job.target import Target


@contextmanager
def open_target(spark: SparkSession, config: JobConfig, run_id: str) -> Iterator[Target]:
    """The way to write to ``output``."""
    output = config.output
    _check_format(spark, output)
    with ExitStack() as stack:
        if output.table:
            table = find_table(spark, output.table)
            provider = table.provider if table else output.format
            kind: type[CatalogTable] = AtomicTable if provider in TABLE_FORMATS else CatalogTable
            if provider == "iceberg":
                kind = IcebergTable
            target = kind(spark, config, run_id, table)
            target.recover()
            yield target
            return
        place = None if output.format in TABLE_FORMATS else local_place(spark, str(output.path), stack)
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
