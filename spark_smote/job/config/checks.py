"""What the sections must be together; each by itself is the reader's business."""

from __future__ import annotations

import re

from spark_smote.errors import meant
from spark_smote.job.config.sections import Input, JobConfig, Output

KNOWN_FORMATS = ("parquet", "orc", "csv", "json", "delta", "iceberg", "hudi", "avro", "jdbc", "xml")
_NAMELESS = ("csv",)
# As long as any scheduler makes them; nothing in it can end a name, a text in SQL or a path.
_RUN_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:+@=-]{0,127}")
_PART = r"(?:\w+|`(?:[^`]|``)+`)"
# Spark's parser takes a comment too, and it would comment out what we put behind the name.
_TABLE = re.compile(rf"{_PART}(?:\.{_PART})*")


def check(config: JobConfig) -> None:
    """Refuse what can be seen to be wrong without Spark.

    Raises
    ------
    ConfigError
    """
    for section, place in (("input", config.input), ("output", config.output)):
        if (place.path is None) == (place.table is None):
            many = "both are given" if place.path else "none is given"
            raise config.error(section, f"give either path or table; {many}")
        if place.table is not None and not _TABLE.fullmatch(place.table):
            raise config.error(
                f"{section}.table",
                f"{place.table!r} is no name of a table; give catalog.database.table, with back-ticks around a part "
                "that has more than letters, digits and _",
            )
        if place.format == "iceberg" and place.table is None:
            raise config.error(
                f"{section}.path", "Iceberg's tables are found in a catalog; give table, as catalog.database.table"
            )
    if config.output.format == "iceberg" and config.output.rowsPerFile:
        raise config.error(
            "output.rowsPerFile", "Iceberg sizes its files in bytes: set output.options.target-file-size-bytes instead"
        )
    if config.output.runId is not None and not _RUN_ID.fullmatch(config.output.runId):
        raise config.error(
            "output.runId",
            "may have letters, digits and _ . : + - @ =, up to 128 of them, the first a letter, digit or _; it is "
            f"{config.output.runId!r:.60}",
        )
    if not config.sampler:
        raise config.error("sampler", "the list is empty; give one sampler at least")
    source = config.input
    inferred = source.options.get("inferSchema", "false").lower() == "true"
    if source.path and source.format in _NAMELESS and source.schema is None and not inferred:
        raise config.error(
            "input.schema",
            "missing, and CSV names no types: give names and types, as in 'amount DOUBLE, label STRING', "
            "or the option inferSchema: true",
        )


def suggested(place: Input | Output) -> str:
    """What may have been meant by a format that Spark does not know, or what it needs."""
    if place.format in ("delta", "iceberg", "hudi", "avro"):
        return f"; {place.format} comes in a package of its own: give it to spark-submit with --packages or --jars"
    return meant(place.format, KNOWN_FORMATS)
