"""Rules for the values of the sections, checked whenever a configuration is made."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, get_args, get_type_hints

from spark_smote.errors import meant
from spark_smote.job.config.keys import one_of
from spark_smote.spark.staging import TABLE_NAME

if TYPE_CHECKING:
    from spark_smote.job.config.sections import Input, JobConfig, Output

KNOWN_FORMATS = ("parquet", "orc", "csv", "json", "delta", "iceberg", "hudi", "avro", "jdbc", "xml")
_NAMELESS = ("csv",)
# Long enough for the names of any scheduler; no character can end a name, a string in SQL or a path.
_RUN_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:+@=-]{0,127}")


def check(config: JobConfig) -> None:
    """Refuse a configuration that is wrong whatever the data.

    Raises
    ------
    ConfigError
    """
    for section, place in (("input", config.input), ("output", config.output)):
        if (place.path is None) == (place.table is None):
            many = "both are given" if place.path else "neither is given"
            raise config.error(section, f"give either path or table; {many}")
        if place.table is not None and not TABLE_NAME.fullmatch(place.table):
            raise config.error(
                f"{section}.table",
                f"{place.table!r} is not the name of a table; give catalog.database.table, with back-ticks around "
                "a part that has other characters than letters, digits and _",
            )
        if place.format == "iceberg" and place.table is None:
            raise config.error(
                f"{section}.path",
                "Iceberg tables are found through a catalog; give table instead, as catalog.database.table",
            )
    output = config.output
    for name in ("mode", "rows"):
        allowed, value = get_args(get_type_hints(type(output))[name]), getattr(output, name)
        if value not in allowed:
            raise config.error(f"output.{name}", f"must be {one_of(allowed, value)}; it is {value!r}")
    for name, number in (("files", output.files), ("rowsPerFile", output.rowsPerFile)):
        if number is not None and number < 1:
            raise config.error(f"output.{name}", f"must be 1 or more; it is {number}")
    if output.format == "iceberg" and output.rowsPerFile:
        raise config.error(
            "output.rowsPerFile", "Iceberg sizes its files in bytes: set output.options.target-file-size-bytes instead"
        )
    if output.runId is not None and not _RUN_ID.fullmatch(output.runId):
        raise config.error(
            "output.runId",
            "must consist of letters, digits and _ . : + - @ =, at most 128, and begin with a letter, a digit or _; it "
            f"is {output.runId!r:.60}",
        )
    if config.staging.path is not None and config.staging.table is not None:
        raise config.error("staging", "give either path or table; both are given")
    if not config.sampler:
        raise config.error("sampler", "the list is empty; give at least one sampler")
    source = config.input
    inferred = source.options.get("inferSchema", "false").lower() == "true"
    if source.path and source.format in _NAMELESS and source.schema is None and not inferred:
        raise config.error(
            "input.schema",
            "missing, and CSV files carry no types: give names and types, as in 'amount DOUBLE, label STRING', "
            "or the option inferSchema: true",
        )


def suggested(place: Input | Output) -> str:
    """The end of an error about a format that Spark does not know: the package it needs, or the format meant."""
    if place.format in ("delta", "iceberg", "hudi", "avro"):
        return f"; {place.format} is a separate package: pass it to spark-submit with --packages or --jars"
    return meant(place.format, KNOWN_FORMATS)
