"""Tables of a catalog."""

from __future__ import annotations

import re

from pyspark.sql import DataFrame, SparkSession

from spark_smote.job.catalog import Table, find_table
from spark_smote.job.config import JobConfig
from spark_smote.job.faults import committed
from spark_smote.job.target import Check, Target, Written


class CatalogTable(Target):
    """A table of a catalog whose format commits atomically, written by Spark's ordinary writer: Delta, Hudi."""

    def __init__(self, spark: SparkSession, config: JobConfig, table: Table | None) -> None:
        super().__init__(spark, config)
        self.table = table

    def exists(self) -> bool:
        return self.table is not None

    def stored(self) -> DataFrame:
        return self.spark.table(self.name)

    def location(self) -> str:
        return self.table.location if self.table else ""

    def recover(self, dry: bool) -> None:
        """Put back the table that a dead job left half replaced; an atomic format has no such tables.

        Parameters
        ----------
        dry : bool
            Whether to look only.
        """

    def write(self, rows: DataFrame, check: Check) -> Written:
        self.writer(rows, "overwrite" if self.mode == "replace" else self.mode).saveAsTable(self.name)
        return self.checked(check)


class RenamedTable(CatalogTable):
    """A table whose format replaces files one by one, so it is written under another name and renamed."""

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
            # Spark adds a new table to the catalog after all its files are written.
            self.writer(rows, "error").saveAsTable(self.name)
        else:
            self._swap(rows, check)
            return Written(undo=self.undo())
        return self.checked(check)

    def _swap(self, rows: DataFrame, check: Check) -> None:
        run = self.spark.sql
        # Catalogs take little else in a name; a run's name may be a date.
        new = self._beside(re.sub(r"\W", "_", f"new_{self.run_id}", flags=re.ASCII))
        old = self._beside("old")
        run(f"DROP TABLE IF EXISTS {new}")
        try:
            self.writer(rows, "error").saveAsTable(new)
            check(self.spark.table(new))
            if self.exists():
                run(f"DROP TABLE IF EXISTS {old}")
                run(f"ALTER TABLE {self.name} RENAME TO {old}")
            run(f"ALTER TABLE {new} RENAME TO {self.name}")
        except BaseException:
            run(f"DROP TABLE IF EXISTS {new}")
            raise
        with committed(self.config, f"{old} could not be dropped"):
            run(f"DROP TABLE IF EXISTS {old}")

    def recover(self, dry: bool) -> None:
        """Put back the table that a job left under its other name when it died between two renamings."""
        old = self._beside("old")
        if self.table is not None or (left := find_table(self.spark, old)) is None:
            return
        self.table = left
        if not dry:
            self.spark.sql(f"ALTER TABLE {old} RENAME TO {self.name}")
            self.table = find_table(self.spark, self.name)

    def _beside(self, suffix: str) -> str:
        """Another name in the same database."""
        head, dot, last = self.name.rpartition(".")
        if last.endswith("`"):
            return f"{head}{dot}{last[:-1]}__{suffix}`"
        return f"{head}{dot}{last}__spark_smote_{suffix}"
