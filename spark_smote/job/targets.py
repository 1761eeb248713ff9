"""The way of writing that an output asks for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from pyspark.sql import SparkSession

from spark_smote.job.catalog import find_table
from spark_smote.job.catalog_tables import CatalogTable, RenamedTable
from spark_smote.job.config import JobConfig, Output
from spark_smote.job.config.sections import TABLE_FORMATS
from spark_smote.job.folders import open_folder
from spark_smote.job.iceberg import IcebergTable
from spark_smote.job.target import Target


@contextmanager
def open_target(spark: SparkSession, config: JobConfig, dry: bool = False) -> Iterator[Target]:
    """The way to write to ``output``; a job that runs has mended what a dead one left, a dry run has only looked.

    Parameters
    ----------
    spark : SparkSession
    config : JobConfig
    dry : bool
        Whether nothing will be written.
    """
    output = config.output
    _check_format(spark, output)
    with ExitStack() as stack:
        if output.table is None:
            yield open_folder(spark, config, stack, dry)
            return
        table = find_table(spark, output.table)
        provider = table.provider if table else output.format
        if provider == "iceberg":
            target: CatalogTable = IcebergTable(spark, config, table)
        else:
            target = (CatalogTable if provider in TABLE_FORMATS else RenamedTable)(spark, config, table)
        target.recover(dry)
        yield target


def _check_format(spark: SparkSession, output: Output) -> None:
    """Let Spark say now if it does not know the format; any other error of its own comes up where it matters."""
    if output.format in ("parquet", "orc", "csv", "json"):
        return
    try:
        spark.read.format(output.format).schema("x INT").load("/").schema  # noqa: B018
    except Exception as error:
        if "DATA_SOURCE_NOT_FOUND" in str(error):
            raise
