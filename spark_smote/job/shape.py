"""The rows and columns that a job writes, and their expected number in each class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_smote.core.chain import Chain, steps_of
from spark_smote.core.plan import Plan
from spark_smote.core.resampler import Resampler
from spark_smote.errors import meant
from spark_smote.job.config import JobConfig
from spark_smote.spark.columns import Names, quoted

_FLAG = "_spark_smote_synthetic_"


def flag_synthetic(config: JobConfig, sampler: Resampler | Chain) -> None:
    """Give each over-sampler a column that marks its rows, where only synthetic rows are written.

    Raises
    ------
    ConfigError
        No step makes synthetic rows.
    """
    if config.output.rows == "all":
        return
    makers = _makers(sampler)
    if not makers:
        names = ", ".join(spec.name for spec in config.sampler)
        raise config.error("output.rows", f"{names} makes no synthetic rows; ask for all rows, or add an over-sampler")
    for number, step in enumerate(makers):
        if not step.isSet(step.syntheticCol):
            step.setParams(syntheticCol=f"{_FLAG}{number}")


def check_columns(config: JobConfig, rows: DataFrame, sampler: Resampler | Chain) -> None:
    """Refuse a column for the run that is taken, and partitions by a column that does not exist.

    Raises
    ------
    ConfigError
    """
    output, names, known = config.output, Names(rows), list(rows.columns)
    for step in steps_of(sampler):
        added = [step.getParam(name) for name in ("syntheticCol", "provenanceCol", "weightCol") if step.hasParam(name)]
        known += [step.getOrDefault(param) for param in added if step.isSet(param)]

    def found(name: str) -> str | None:
        return next((each for each in known if names.same(name, each)), None)

    if output.runIdCol:
        if (taken := found(output.runIdCol)) is not None:
            raise config.error("output.runIdCol", f"there is a column {taken!r} already; choose another name")
        known.append(output.runIdCol)
    for column in output.partitionBy:
        if found(column) is None:
            raise config.error(
                "output.partitionBy",
                f"there is no column {column!r}{meant(column, known)}; the columns are {', '.join(known)}",
            )


def shaped(config: JobConfig, rows: DataFrame, sampler: Resampler | Chain, run_id: str) -> DataFrame:
    """The rows and columns to write, in as many tasks as files are wanted."""
    output = config.output
    if output.rows == "synthetic":
        flags = [str(step.getOrDefault(step.syntheticCol)) for step in _makers(sampler)]
        made = F.lit(False)
        for flag in flags:
            made = made | F.coalesce(F.col(quoted(flag)), F.lit(False))
        rows = rows.filter(made).drop(*(flag for flag in flags if flag.startswith(_FLAG)))
    if output.runIdCol:
        rows = rows.withColumn(output.runIdCol, F.lit(run_id))
    return rows.repartition(output.files) if output.files else rows


def per_class(rows: DataFrame, sampler: Resampler | Chain, plan: Plan) -> dict[Any, int]:
    """Rows of each class of the plan, counted; those that are of none do not count."""
    by, label = getattr(plan.execution, "class_column", None), sampler.getLabelCol()
    if by is not None:
        *own, label = plan.execution.layout.schema.names
        rows = by.added(rows.select(*(F.col(quoted(name)) for name in own)))
    counts: Counter[Any] = Counter()
    for one, count in rows.groupBy(F.col(quoted(label))).count().collect():
        counts[one if by is None or one is None else by.shown(one)] += count
    del counts[None]
    return dict(counts)


def differences(config: JobConfig, plan: Plan, sampler: Resampler | Chain, counts: Mapping[Any, int]) -> list[str]:
    """The classes whose number of rows is not as planned, as text; none where the plan does not tell."""
    if config.output.rows == "all":
        planned = {c.label: c.total for c in plan.classes if c.total}
    elif any(c.to_remove for c in plan.classes) or len(_makers(sampler)) < len(steps_of(sampler)):
        return []  # cleaning may take some of the synthetic rows
    else:
        planned = {c.label: c.to_synthesise for c in plan.classes if c.to_synthesise}
    promised = "each" if isinstance(sampler, Chain) else sampler.COUNTS
    if promised == "total":
        rows, wanted = sum(counts.values()), sum(planned.values())
        return [] if rows == wanted else [f"there are {rows:,} rows in place of {wanted:,}"]
    return [
        f"class {label!r} has {counts.get(label, 0):,} rows in place of {planned.get(label, 0):,}"
        for label in sorted({*planned, *(counts if promised == "each" else ())}, key=str)
        if (counts.get(label, 0) < planned.get(label, 0) or promised == "each")
        and counts.get(label, 0) != planned.get(label, 0)
    ]


def _makers(sampler: Resampler | Chain) -> list[Any]:
    return [step for step in steps_of(sampler) if step.makes_rows()]
