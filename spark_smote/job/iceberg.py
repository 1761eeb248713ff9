"""Iceberg tables: every run is one commit that carries the run's name."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_smote.job.catalog import MAIN, find_table, head, snapshot_of
from spark_smote.job.catalog_tables import CatalogTable
from spark_smote.job.faults import committed
from spark_smote.job.target import UNCOUNTED, Check, Written, options
from spark_smote.spark.columns import quoted

RUN_PROPERTY = "spark-smote.run-id"
"""The property in a snapshot's summary that holds the run's name."""


class IcebergTable(CatalogTable):
    """An Iceberg table, or a branch of it, named ``catalog.database.table.branch_<name>``.

    An append that is tried again is recognised by the run's name among the ancestors of the branch, and done once.
    """

    def refuse(self) -> None:
        super().refuse()
        if self.table is None and ".branch_" in self.name:
            raise self.config.error(
                "output.table", f"the table of the branch {self.name} does not exist; create it first"
            )
        if self.table and self.table.branch != MAIN and head(self.spark, self.table) is None:
            raise self.config.error(
                "output.table",
                f"{self.table.name} has no branch {self.table.branch!r}; create it with ALTER TABLE "
                f"{self.table.name} CREATE BRANCH {self.table.branch}",
            )

    def written_before(self) -> Written | None:
        found = self._commit() if self.mode == "append" else None
        return None if found is None else replace(found, there=True)

    def write(self, rows: DataFrame, check: Check) -> Written:
        own = {f"snapshot-property.{RUN_PROPERTY}": self.run_id}
        writer: Any = rows.writeTo(self.name).options(**{**own, **options(self.output, self.run_id)})
        if self.table is None:
            if self.output.partitionBy:
                writer = writer.partitionedBy(*(F.col(quoted(name)) for name in self.output.partitionBy))
            writer.using("iceberg").create()
            self.table = find_table(self.spark, self.name)
        elif self.mode == "append":
            writer.append()
        else:
            # All rows in one commit; the table keeps its partitions, properties and history.
            writer.overwrite(F.lit(True))
        done = self._commit()
        assert done is not None
        if done.stored is not None:
            with committed(self.config, UNCOUNTED):
                check(done.stored)
        return done

    def _commit(self) -> Written | None:
        """The commit of this run, None where there is none; others may have committed since."""
        if self.table is None:
            return None
        after = snapshot_of(self.spark, self.table, RUN_PROPERTY, self.run_id)
        if after is None:
            return None
        snapshots = self.spark.table(f"{self.table.name}.snapshots").where(F.col("snapshot_id") == after)
        before = snapshots.select("parent_id").collect()[0][0]
        reader = self.spark.read.format("iceberg")
        if self.mode == "append" and before is not None:
            reader = reader.option("start-snapshot-id", str(before)).option("end-snapshot-id", str(after))
        else:
            reader = reader.option("snapshot-id", str(after))
        return Written(self._undo(before), reader.load(self.table.name), before, after)

    def _undo(self, before: int | None) -> str:
        assert self.table is not None
        if before is None:
            return f"DROP TABLE {self.table.name}" if self.table.branch == MAIN else ""
        name = self.table.name
        if self.table.branch == MAIN:
            return f"CALL {self.table.full_name.split('.')[0]}.system.rollback_to_snapshot('{name}', {before})"
        return f"ALTER TABLE {name} CREATE OR REPLACE BRANCH {self.table.branch} AS OF VERSION {before}"
