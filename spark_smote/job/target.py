"""Outputs, and ways to write them that lose nothing.

A way of writing is chosen once, by :func:`spark_smote.job.targets.open_target`, before any heavy job:

- a local folder is written beside and swapped (``folders.py``, ``swap.py``, ``lock.py``);
- a folder elsewhere is written in its place, by Spark's own committer, and only where there is nothing to lose;
- a table of an atomic format (Iceberg, Delta) commits by itself (``iceberg.py``, ``catalog_tables.py``);
- any other table of a catalog is written under another name and renamed (``catalog_tables.py``).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from spark_smote.job.config import JobConfig, Output
from spark_smote.job.faults import committed
from spark_smote.spark.columns import quoted

Check = Callable[[DataFrame], None]
"""Counts the rows that were written, before they take the place of others."""
FRESH = ("errorifexists", "error", "overwrite", "replace")
"""Modes after which the output holds the rows of this run only."""
UNCOUNTED = "the rows are written, but could not be counted"


@dataclass(frozen=True)
class Written:
    """The result of writing.

    Parameters
    ----------
    undo : str
        How to take the rows of this run out again.
    stored : DataFrame, optional
        The rows of this run as they are stored, for rows that an earlier try of the run has written.
    before, after : int, optional
        Snapshots of an Iceberg table.
    there : bool
        Whether an earlier try of the run had written the rows, so that nothing was done.
    """

    undo: str = ""
    stored: DataFrame | None = None
    before: int | None = None
    after: int | None = None
    there: bool = False


@dataclass
class Target(ABC):
    """An output.

    Parameters
    ----------
    spark : SparkSession
    config : JobConfig
    run_id : str
        Known when the input is.
    schema : StructType
        Of the rows to write.
    place : str
        The key that names it.
    """

    spark: SparkSession
    config: JobConfig
    run_id: str = field(init=False)
    schema: Any = field(init=False)
    place: str = field(init=False)

    def __post_init__(self) -> None:
        self.place = "output.table" if self.output.table else "output.path"

    @property
    def output(self) -> Output:
        return self.config.output

    @property
    def name(self) -> str:
        """Its path or table."""
        return str(self.output.table or self.output.path)

    @property
    def mode(self) -> str:
        """The mode; ``errorifexists`` has the short name ``error``."""
        return "error" if self.output.mode == "errorifexists" else self.output.mode

    @abstractmethod
    def exists(self) -> bool:
        """Whether the output exists."""

    @abstractmethod
    def write(self, rows: DataFrame, check: Check) -> Written:
        """Write; ``check`` is called before the rows take the place of others, if the format allows it."""

    def location(self) -> str:
        """The folder of its files, empty if unknown."""
        return self.output.path or ""

    def refuse(self) -> None:
        """Refuse an output that would fail later, or lose rows."""
        if self.mode == "error" and self.exists():
            raise self.config.error(
                self.place,
                f"{self.name} exists; choose another, or set output.mode to append, overwrite or ignore",
            )

    def written_before(self) -> Written | None:
        """The rows that an earlier try of this run has appended; None if there are none, or they cannot be told."""
        if self.mode != "append" or not self.output.runIdCol or not self.exists():
            return None
        stored = self.mine()
        return None if stored is None or stored.isEmpty() else Written(self.undo(), stored, there=True)

    @abstractmethod
    def stored(self) -> DataFrame:
        """All rows of the output."""

    def undo(self) -> str:
        """How to take the rows of this run out again."""
        column = self.output.runIdCol
        if self.mode != "append":
            return ""
        if column:
            return f"the rows of this run have {quoted(column)} = '{self.run_id}'"
        return "the rows of this run are not marked; set output.runIdCol to be able to take them out again"

    def writer(self, rows: DataFrame, mode: str) -> Any:
        """A DataFrameWriter with all settings but the place."""
        writer = rows.write.format(self.output.format).mode(mode).options(**options(self.output, self.run_id))
        return writer.partitionBy(*self.output.partitionBy) if self.output.partitionBy else writer

    def load(self, path: str) -> DataFrame:
        """The rows that were written to a path, with their schema."""
        return self.spark.read.schema(self.schema).format(self.output.format).options(**self.output.options).load(path)

    def mine(self) -> DataFrame | None:
        """The rows of this run among those stored; None where they cannot be told from others."""
        column = self.output.runIdCol
        if self.mode in FRESH:
            return self.stored()
        # Without the column nothing is asked of Spark: rows that are committed must not make the job fail.
        return self.stored().where(F.col(quoted(column)) == self.run_id) if column else None

    def checked(self, check: Check) -> Written:
        """The rows that this run has committed, after ``check`` has counted them."""
        with committed(self.config, UNCOUNTED):
            stored = self.mine()
            if stored is not None:
                check(stored)
        return Written(self.undo())


def options(output: Output, run_id: str) -> dict[str, str]:
    """The options to write with: those given, and those by which the format records the run.

    Delta skips an append whose ``txnAppId`` and ``txnVersion`` it has seen, and shows ``userMetadata`` in its history.
    """
    own: dict[str, str] = {}
    if output.format == "delta":
        own["userMetadata"] = f"spark_smote run {run_id}"
        if output.mode == "append":
            own |= {"txnAppId": f"spark_smote-{run_id}", "txnVersion": "1"}
    if output.rowsPerFile:
        own["maxRecordsPerFile"] = str(output.rowsPerFile)
    return {**own, **output.options}
