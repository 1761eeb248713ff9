"""Tables as the catalog describes them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

_BRANCH = re.compile(r"(.+)\.branch_(\w+)")
MAIN = "main"


@dataclass(frozen=True)
class Table:
    """A table or view that exists.

    Parameters
    ----------
    name : str
        As the user gave it, without the branch.
    branch : str
        Branch of an Iceberg table, ``main`` unless the name ends in ``.branch_<name>``.
    provider : str
        Its format.
    kind : str
        MANAGED, EXTERNAL or VIEW.
    location : str
        Where its files are; empty for a view.
    full_name : str
        With the catalog and the database.
    partitioned : bool
    """

    name: str
    branch: str
    provider: str
    kind: str
    location: str
    full_name: str
    partitioned: bool


def split_branch(name: str) -> tuple[str, str]:
    """A table's name and the branch.

    Examples
    --------
    >>> split_branch("lake.db.t.branch_audit"), split_branch("db.t")
    (('lake.db.t', 'audit'), ('db.t', 'main'))
    """
    found = _BRANCH.fullmatch(name)
    return (found[1], found[2]) if found else (name, MAIN)


def find_table(spark: SparkSession, name: str) -> Table | None:
    """The table of this name, None where there is none."""
    table, branch = split_branch(name)
    if not spark.catalog.tableExists(table):
        return None
    told: dict[str, str] = {}
    for row in spark.sql(f"DESCRIBE TABLE EXTENDED {table}").collect():
        # The columns come first; one may have the same name as a property.
        told[row[0]] = row[1] or ""
    full = ".".join(part for part in (told.get("Catalog"), told.get("Database"), told.get("Table")) if part)
    return Table(
        name=table,
        branch=branch,
        provider=told.get("Provider", "").lower(),
        kind=told.get("Type", ""),
        location=told.get("Location", ""),
        full_name=full or told.get("Name", table),
        partitioned="# Partition Information" in told or "# Partitioning" in told,
    )


def relations(spark: SparkSession, name: str) -> str:
    """The plan of a table or view: it names all tables that a view reads."""
    return str(spark.sql(f"EXPLAIN EXTENDED SELECT * FROM {name}").collect()[0][0])


def head(spark: SparkSession, table: Table) -> int | None:
    """The snapshot that a branch or tag of an Iceberg table points to; None for an empty table."""
    named = F.col("name") == F.lit(table.branch)
    found = spark.table(f"{table.name}.refs").where(named).select("snapshot_id").collect()
    return int(found[0][0]) if found else None


def snapshot_of(spark: SparkSession, table: Table, run_property: str, run_id: str) -> int | None:
    """The snapshot that a run has written, among the ancestors of a branch; None if there is none."""
    rows = spark.table(f"{table.name}.snapshots").selectExpr(
        "snapshot_id", "parent_id", f"summary['{run_property}'] AS run"
    )
    known = {row[0]: (row[1], row[2]) for row in rows.collect()}
    at = head(spark, table)
    while at is not None and at in known:
        parent, run = known[at]
        if run == run_id:
            return at
        at = parent
    return None
