"""Tables of a catalog."""

from __future__ import annotations

import re

from pyspark.sql import DataFrame, SparkSession

from spark_smote.job.catalog import Table, find_table
from spark_smote.job.config import JobConfig
from spark_smote.job.target import Check, Target, Written


class CatalogTable(Target):
    """A table of a catalog whose format replaces files one by one: written under another name and renamed."""

    def __init__(self, spark: SparkSession, config: JobConfig, run_id: str, table: Table | None) -> None:
        super().__init__(spark, config, run_id)
        self.table = table
        head, dot, last = self.name.rpartition(".")
        # Catalogs take little else in a name; a run's name may be a date.
        new = re.sub(r"\W", "_", f"new_{run_id}", flags=re.ASCII)
        self._new, self._old = (f"{head}{dot}{_suffixed(last, suffix)}" for suffix in (new, "old"))

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


def _suffixed(name: str, suffix: str) -> str:
    return f"{name[:-1]}__{suffix}`" if name.endswith("`") else f"{name}__spark_smote_{suffix}"
