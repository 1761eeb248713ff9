"""Read, resample, write, look at what was written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from functools import partial
from typing import Any

from pyspark.errors import AnalysisException, ParseException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from spark_smote.core.chain import Chain, flat
from spark_smote.core.over_sampler import OverSampler
from spark_smote.core.plan import Plan
from spark_smote.core.resampler import Resampler
from spark_smote.core.timing import timed
from spark_smote.errors import (
    ClassError,
    ColumnError,
    ConfigError,
    EmptyClassError,
    InvalidDataError,
    NoSeedsError,
    ParameterError,
    StrategyError,
    TooFewRowsError,
    WriteError,
    meant,
)
from spark_smote.evaluation import Report
from spark_smote.evaluation.record import Run
from spark_smote.job import reports
from spark_smote.job.config import JobConfig
from spark_smote.job.config.checks import check, suggested
from spark_smote.job.overlap import refuse_overlap
from spark_smote.job.passes import passes
from spark_smote.job.source import Source, open_source, run_id
from spark_smote.job.steps import make_sampler
from spark_smote.job.target import Target, Written
from spark_smote.job.targets import open_target
from spark_smote.spark.columns import Names, quoted

_FLAG = "_spark_smote_synthetic_"
_OF_INPUT = (ClassError, InvalidDataError)
_OF_SAMPLER = (ColumnError, EmptyClassError, NoSeedsError, ParameterError, StrategyError, TooFewRowsError)


def run(spark: SparkSession, config: JobConfig) -> Report:
    """Read, resample, write, and count what was written.

    Parameters
    ----------
    spark : SparkSession
    config : JobConfig

    Returns
    -------
    Report

    Raises
    ------
    SparkSmoteError
        For a wrong parameter, column or value, before anything is written; and where what was written is not what was
        planned, before it takes the place of anything.

    Examples
    --------
    >>> from spark_smote.job.config import load
    >>> report = run(spark, load("conf/flights.yaml"))  # doctest: +SKIP
    """
    with _opened(spark, config) as job:
        if config.output.mode == "ignore" and job.target.exists():
            return job.report("ignored")
        job.prepare()
        pictures = reports.draw(config, job.rows, job.seconds)
        report = job.write()
        reports.leave(config, report, pictures)
        return report


def dry_run(spark: SparkSession, config: JobConfig) -> Report:
    """All of :func:`run` but the writing: the configuration is held against the real input and output, and planned.

    Parameters
    ----------
    spark : SparkSession
    config : JobConfig

    Raises
    ------
    SparkSmoteError
        As :func:`run`.
    """
    with _opened(spark, config) as job:
        job.prepare()
        return job.report("dry run")


@dataclass
class _Job:
    """A job whose input and output are found and fit each other."""

    config: JobConfig
    source: Source
    sampler: Resampler | Chain
    target: Target
    seconds: dict[str, float]
    started: datetime
    plan: Plan = field(default_factory=lambda: Plan((), {}, None))
    rows: DataFrame = field(init=False)
    resampled: DataFrame = field(init=False)

    def prepare(self) -> None:
        """Plan; all that can be wrong shows now."""
        flags = _flags(self.config, self.sampler)
        self.rows = rows = _filtered(self.config, self.source.rows)
        _check_columns(self.config, rows, self.sampler)
        with timed(self.seconds, "plan"), _placing(self.config):
            self.plan = self.sampler.plan(rows)
        self.resampled = _shaped(self.config, self.sampler.resample(rows, self.plan), flags, self.target)

    def write(self) -> Report:
        stage = partial(timed, self.seconds)
        counts: dict[Any, int] = {}

        def check(stored: DataFrame) -> None:
            with stage("count"):
                counts.update(_per_class(stored, self.sampler.getLabelCol()))
            self._compare(counts)

        with _blaming(self.config, "output"):
            written = self.target.written_before()
            if written is not None:
                if written.stored is not None:
                    check(written.stored)
            else:
                with stage("resample and write"):
                    written = self.target.write(self.resampled, check)
        self.seconds["resample and write"] = self.seconds.get("resample and write", 0.0) - self.seconds.get(
            "count", 0.0
        )
        return self.report("written before" if written.there else "written", written, counts or None)

    def report(self, status: str, written: Written | None = None, counts: Mapping[Any, int] | None = None) -> Report:
        told = written or Written(None)
        run = Run(
            status=status,
            run_id=self.target.run_id,
            started=self.started,
            finished=datetime.now(timezone.utc),
            spark_version=self.source.rows.sparkSession.version,
            config_hash=self.config.digest(),
            config=self.config.shown(),
            input=self.source.identity,
            snapshot_before=told.before,
            snapshot=told.after,
            undo=told.undo,
            passes=asdict(passes(self.sampler, self.plan)) if self.plan.classes else {},
        )
        return Report(self.plan, counts, self.seconds, run)

    def _compare(self, counts: Mapping[Any, int]) -> None:
        planned = _planned(self.plan, self.config.output.rows, self.sampler)
        if planned is None or planned == counts:
            return
        wrong = [
            f"class {label!r} has {counts.get(label, 0):,} rows in place of {planned.get(label, 0):,}"
            for label in sorted({*planned, *counts}, key=str)
            if planned.get(label, 0) != counts.get(label, 0)
        ]
        undo = self.target.undo()
        raise WriteError(
            f"{self.config.hide(self.target.name)}: {'; '.join(wrong)}. Did the input change while the job ran, or did "
            f"an earlier try of run {self.target.run_id} die half-way?{f' To undo: {undo}' if undo else ''}"
        )


@contextmanager
def _opened(spark: SparkSession, config: JobConfig) -> Iterator[_Job]:
    check(config)
    started, seconds = datetime.now(timezone.utc), dict[str, float]()
    sampler = make_sampler(config)
    reports.check(config)
    with timed(seconds, "read"), _blaming(config, "input"):
        source = open_source(spark, config)
    with ExitStack() as stack:
        with _blaming(config, "output"):
            target = stack.enter_context(open_target(spark, config, run_id(config, source.identity)))
            refuse_overlap(spark, config, source, target)
            target.refuse()
        yield _Job(config, source, sampler, target, seconds, started)


def _flags(config: JobConfig, sampler: Resampler | Chain) -> list[str]:
    """Columns that mark synthetic rows, one for each over-sampler; set where only synthetic rows are wanted."""
    if config.output.rows == "all":
        return []
    makers = [step for step in flat(sampler) if isinstance(step, OverSampler)]
    if not makers:
        names = ", ".join(spec.name for spec in config.sampler)
        raise config.error("output.rows", f"{names} makes no synthetic rows; ask for all rows, or add an over-sampler")
    for number, step in enumerate(makers):
        if not step.isSet(step.syntheticCol):
            step.setParams(syntheticCol=f"{_FLAG}{number}")
    return [str(step.getOrDefault(step.syntheticCol)) for step in makers]


def _filtered(config: JobConfig, rows: DataFrame) -> DataFrame:
    if config.input.filter is None:
        return rows
    try:
        # Of a filter itself Connect does not ask the server.
        kind = rows.select(F.expr(config.input.filter)).schema[0].dataType.simpleString()
    except (AnalysisException, ParseException) as error:
        raise config.error("input.filter", f"{config.input.filter!r}: {_first_line(error)}") from error
    if kind != "boolean":
        raise config.error(
            "input.filter", f"{config.input.filter!r} is of type {kind}; give a condition, as in 'x > 0'"
        )
    return rows.filter(config.input.filter)


def _check_columns(config: JobConfig, rows: DataFrame, sampler: Resampler | Chain) -> None:
    output, names, known = config.output, Names(rows), list(rows.columns)
    for step in flat(sampler):
        added = [step.getParam(name) for name in ("syntheticCol", "provenanceCol") if step.hasParam(name)]
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


def _shaped(config: JobConfig, rows: DataFrame, flags: list[str], target: Target) -> DataFrame:
    """The rows and columns to write, in as many tasks as files are wanted."""
    output = config.output
    if flags:
        made = F.lit(False)
        for flag in flags:
            made = made | F.coalesce(F.col(quoted(flag)), F.lit(False))
        rows = rows.filter(made).drop(*(flag for flag in flags if flag.startswith(_FLAG)))
    if output.runIdCol:
        rows = rows.withColumn(output.runIdCol, F.lit(target.run_id))
    target.schema = rows.schema
    return rows.repartition(output.files) if output.files else rows


def _per_class(rows: DataFrame, label: str) -> dict[Any, int]:
    return {row[0]: row[1] for row in rows.groupBy(F.col(quoted(label))).count().collect()}


def _planned(plan: Plan, rows: str, sampler: Resampler | Chain) -> dict[Any, int] | None:
    """Rows of each class that the output must have; None where cleaning takes some of the synthetic rows."""
    if rows == "synthetic":
        if any(c.to_remove for c in plan.classes) or not all(isinstance(step, OverSampler) for step in flat(sampler)):
            return None
        return {c.label: c.to_synthesise for c in plan.classes if c.to_synthesise}
    return {c.label: c.total for c in plan.classes if c.total}


@contextmanager
def _placing(config: JobConfig) -> Iterator[None]:
    """What a sampler finds wrong with a parameter or the data, with the place that set it."""
    try:
        yield
    except (*_OF_SAMPLER, *_OF_INPUT) as error:
        name, _, problem = str(error).partition(": ")
        keys = [key for key in config.places if key.endswith(f".params.{name}")]
        section = "input" if isinstance(error, _OF_INPUT) else "sampler"
        told = config.error(keys[0], problem) if keys else config.error(section, str(error))
        raise type(error)(str(told)) from error


@contextmanager
def _blaming(config: JobConfig, section: str) -> Iterator[None]:
    """What Spark finds wrong with a path, table or format, with the place in the file that named it."""
    try:
        yield
    except ConfigError:
        raise
    except Exception as error:
        place: Any = config.input if section == "input" else config.output
        unknown_format = "DATA_SOURCE_NOT_FOUND" in str(error)
        if unknown_format:
            raise config.error(
                f"{section}.format", f"Spark knows no format {place.format!r}{suggested(place)}"
            ) from error
        if not isinstance(error, AnalysisException | ParseException):
            raise
        schema = isinstance(error, ParseException) and section == "input" and config.input.schema
        key = "schema" if schema else "table" if place.table else "path"
        raise config.error(f"{section}.{key}", _first_line(error)) from error


def _first_line(error: Exception) -> str:
    return next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
