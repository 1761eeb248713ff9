"""A job's path: open input and output, plan, resample, write, report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from spark_smote.core.chain import Chain
from spark_smote.core.plan import Plan
from spark_smote.core.resampler import Resampler
from spark_smote.core.timing import timed
from spark_smote.errors import WriteError
from spark_smote.evaluation import Diagnosis, Report, diagnose
from spark_smote.evaluation.record import Run
from spark_smote.job import reports
from spark_smote.job.config import JobConfig
from spark_smote.job.faults import sampler_errors, spark_errors
from spark_smote.job.overlap import refuse_overlap
from spark_smote.job.passes import passes
from spark_smote.job.shape import check_columns, differences, flag_synthetic, per_class, shaped
from spark_smote.job.source import Source, filtered, open_source, run_id
from spark_smote.job.steps import make_sampler
from spark_smote.job.target import Target, Written
from spark_smote.job.targets import open_target

_NOTHING = Written()


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
        For a wrong parameter, column or value, before anything is written; and
        where the rows that were written are not those planned, if possible
        before they take the place of others.

    Warns
    -----
    UserWarning
        Something failed after the rows were committed, such as writing the
        report.

    Examples
    --------
    >>> from spark_smote.job.config import load
    >>> report = run(spark, load("conf/flights.yaml"))  # doctest: +SKIP
    """
    with _opened(spark, config) as job:
        pictures: reports.Pictures = ()
        if config.output.mode == "ignore" and job.target.exists():
            report = job.report("ignored")
        else:
            job.make_plan()
            pictures = reports.draw(config, job.sampler, job.rows, job.plan, job.seconds)
            report = job.write(job.resampled())
    reports.leave(config, report, pictures)
    return report


def dry_run(spark: SparkSession, config: JobConfig) -> Report:
    """Hold the configuration against the real input and output, and plan;
    nothing is written, made or renamed.

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
        As :func:`run`.
    """
    with _opened(spark, config, dry=True) as job:
        job.make_plan()
        job.resampled()
        return job.report("dry run")


def examine(spark: SparkSession, config: JobConfig) -> Diagnosis:
    """Diagnose the input for the sampler of the configuration; nothing is planned or written.

    Parameters
    ----------
    spark : SparkSession
    config : JobConfig

    Returns
    -------
    Diagnosis
        See :func:`spark_smote.diagnose`.

    Raises
    ------
    SparkSmoteError
        For a wrong parameter, column or value.
    """
    sampler = make_sampler(config)
    with spark_errors(config, "input"):
        rows = filtered(config, open_source(spark, config).rows)
    check_columns(config, rows, sampler)
    with sampler_errors(config):
        return diagnose(rows, sampler)


@dataclass
class _Job:
    """A job whose input and output are found and fit each other."""

    config: JobConfig
    sampler: Resampler | Chain
    source: Source
    target: Target
    seconds: dict[str, float]
    started: datetime
    plan: Plan = field(default_factory=lambda: Plan((), {}, None))
    rows: DataFrame = field(init=False)

    def make_plan(self) -> None:
        flag_synthetic(self.config, self.sampler)
        self.rows = filtered(self.config, self.source.rows)
        check_columns(self.config, self.rows, self.sampler)
        with timed(self.seconds, "plan"), sampler_errors(self.config):
            self.plan = Plan.load(self.config.plan) if self.config.plan else self.sampler.plan(self.rows)

    def resampled(self) -> DataFrame:
        with sampler_errors(self.config):
            rows = self.sampler.resample(self.rows, self.plan)
        return shaped(self.config, rows, self.sampler, self.target.run_id)

    def write(self, rows: DataFrame) -> Report:
        counts: dict[Any, int] = {}

        def check(stored: DataFrame) -> None:
            with timed(self.seconds, "count"):
                counts.update(per_class(stored, self.sampler, self.plan))
            self._compare(counts)

        self.target.schema = rows.schema
        with spark_errors(self.config, "output"):
            written = self.target.written_before()
            if written is None:
                with timed(self.seconds, "resample and write"):
                    written = self.target.write(rows, check)
                # Most outputs are counted while they are written.
                self.seconds["resample and write"] -= self.seconds.get("count", 0.0)
            elif written.stored is not None:
                check(written.stored)
        return self.report("written before" if written.there else "written", written, counts or None)

    def report(self, status: str, written: Written = _NOTHING, counts: Mapping[Any, int] | None = None) -> Report:
        run = Run(
            status=status,
            run_id=self.target.run_id,
            started=self.started,
            finished=datetime.now(timezone.utc),
            spark_version=self.source.rows.sparkSession.version,
            config_hash=self.config.digest(),
            config=self.config.shown(),
            input=self.source.identity,
            snapshot_before=written.before,
            snapshot=written.after,
            undo=written.undo,
            passes=self._passes(),
        )
        return Report(self.plan, counts, self.seconds, run)

    def _passes(self) -> dict[str, int]:
        told = asdict(passes(self.sampler, self.plan)) if self.plan.classes else {}
        return told | {"planning": 0} if told and self.config.plan else told

    def _compare(self, counts: Mapping[Any, int]) -> None:
        wrong = differences(self.config, self.plan, self.sampler, counts)
        if wrong:
            undo = self.target.undo()
            raise WriteError(
                f"{self.config.hide(self.target.name)}: {'; '.join(wrong)}. Did the input change while the job ran, or "
                f"did an earlier try of run {self.target.run_id} die half-way?{f' To undo: {undo}' if undo else ''}"
            )


@contextmanager
def _opened(spark: SparkSession, config: JobConfig, dry: bool = False) -> Iterator[_Job]:
    """The job, with its output locked unless the run is dry."""
    started, seconds = datetime.now(timezone.utc), dict[str, float]()
    sampler = make_sampler(config)
    reports.check(config)
    with ExitStack() as stack:
        with spark_errors(config, "output"):
            target = stack.enter_context(open_target(spark, config, dry))
        with timed(seconds, "read"), spark_errors(config, "input"):
            source = open_source(spark, config)
        target.run_id = run_id(config, source.identity)
        with spark_errors(config, "output"):
            refuse_overlap(spark, config, source, target)
            target.refuse()
        job = _Job(config, sampler, source, target, seconds, started)
        stack.callback(lambda: job.plan.release())
        yield job
