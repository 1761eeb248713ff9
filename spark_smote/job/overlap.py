"""An output must not replace the input, by whatever names the two are given."""

from __future__ import annotations

from pyspark.sql import SparkSession

from spark_smote.job.catalog import relations
from spark_smote.job.catalog_tables import CatalogTable
from spark_smote.job.config import JobConfig
from spark_smote.job.places import Location, locate
from spark_smote.job.source import Source
from spark_smote.job.target import Target


def refuse_overlap(spark: SparkSession, config: JobConfig, source: Source, target: Target) -> None:
    """Refuse an output that is the input, lies in it, or holds it.

    Only ``mode: replace`` may write to the very place that is read, and only if all of it is read.

    Raises
    ------
    ConfigError
    """
    same = _same_table(spark, source, target)
    output = locate(target.location()) if target.location() else None
    roots = _roots(config, source)
    if output is not None and not _other_branch(source, target):
        same = same or any(root == output or _equal(root, output) for root in roots)
        files = [locate(file, uri=True) for file in source.files]
        if not same and any(output.contains(place) for place in [*roots, *files]):
            raise config.error(target.place, f"{target.name} holds the input; the job would replace what it reads")
        if not same and any(root.matches(output) for root in roots):
            raise config.error(
                target.place, f"{target.name} lies in the input; the next run would read what this one writes"
            )
    if not same:
        return
    if config.output.mode != "replace":
        raise config.error(
            target.place,
            f"{target.name} is the input; the job would replace what it reads: choose another output, "
            "or set output.mode to replace",
        )
    if config.input.filter or config.output.rows != "all":
        key = "input.filter" if config.input.filter else "output.rows"
        raise config.error(key, "the rows that are left out would be lost with mode replace; choose another output")


def _roots(config: JobConfig, source: Source) -> list[Location]:
    given = [config.input.path] if config.input.path else []
    return [locate(path) for path in given] + (
        [locate(source.table.location, uri=True)] if source.table and source.table.location else []
    )


def _equal(one: Location, other: Location) -> bool:
    return one.contains(other) and other.contains(one)


def _same_table(spark: SparkSession, source: Source, target: Target) -> bool:
    """Whether the input is the output's table, or a view that reads it."""
    if not isinstance(target, CatalogTable) or target.table is None or source.table is None:
        return False
    if _other_branch(source, target):
        return False
    if source.table.full_name == target.table.full_name:
        return True
    return source.table.kind == "VIEW" and target.table.full_name in relations(spark, source.table.name)


def _other_branch(source: Source, target: Target) -> bool:
    """Whether the two are branches of one Iceberg table: each keeps its rows when the other is written."""
    if not isinstance(target, CatalogTable) or target.table is None or source.table is None:
        return False
    return source.table.full_name == target.table.full_name and source.table.branch != target.table.branch
