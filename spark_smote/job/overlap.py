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
    mine, theirs = source.table, target.table if isinstance(target, CatalogTable) else None
    same = other_branch = False
    if mine and theirs:
        one_table = mine.full_name == theirs.full_name
        # Branches of an Iceberg table keep their rows when another one is written.
        other_branch = one_table and mine.branch != theirs.branch
        reads = mine.kind == "VIEW" and theirs.full_name in relations(spark, mine.name)
        same = reads or (one_table and not other_branch)
    if target.location() and not other_branch:
        output, roots = locate(target.location()), _roots(config, source)
        same = same or any(root.contains(output) and output.contains(root) for root in roots)
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
    roots = [locate(config.input.path)] if config.input.path else []
    if source.table and source.table.location:
        roots.append(locate(source.table.location, uri=True))
    return roots
