"""The command line: ``spark-smote resample|plan|diagnose|report --config FILE``; ``oversample.py`` is the same."""

from __future__ import annotations

import argparse
import logging
import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import nullcontext
from functools import partial
from typing import Any

from pyspark.sql import SparkSession

from spark_smote.errors import SparkSmoteError, WriteError
from spark_smote.job import config, flow, progress
from spark_smote.job.config import JobConfig
from spark_smote.job.text_files import read_text

DONE, FAILED, REFUSED, INTERRUPTED = 0, 1, 2, 130
_CODES = """\
exit codes:
  0    done: the rows are written, or nothing was to do, or the plan is made
  1    something failed while Spark was running; it may help to try again
  2    the configuration or the data were refused; trying again without a change does not help
  130  interrupted
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job that a configuration file describes.

    Parameters
    ----------
    arguments : sequence of str, optional
        The command line, ``sys.argv`` unless given.

    Returns
    -------
    int
        Exit code: 0 if all is done, 1 if Spark failed, 2 if the configuration or the data were refused.
    """
    options = _parser().parse_args(arguments)
    # Otherwise workers take the first python3 on their PATH.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    # This logger prints a Java stack trace for each wrong column name or condition; our message says what is wrong.
    logging.getLogger("SQLQueryContextLogger").disabled = True
    job: JobConfig | None = None
    try:
        job = config.load(options.config, options.set)
        if options.command == "report":
            print(_last_report(job))
        else:
            print(_run(job, options))
    except SparkSmoteError as error:
        _tell(job, str(error))
        return FAILED if isinstance(error, WriteError) else REFUSED
    except KeyboardInterrupt:
        _tell(job, "interrupted; the output is as it was")
        return INTERRUPTED
    except Exception:
        _tell(job, traceback.format_exc().rstrip())
        return FAILED
    return DONE


def script() -> None:
    """The console script, and the entry point of a wheel task: it exits only if something is wrong.

    Databricks takes any call of ``sys.exit`` for a failure, and a returned number for success.
    """
    code = main()
    if code:
        sys.exit(code)


def _parser() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--config", required=True, metavar="FILE", help="YAML file, see conf/flights.yaml")
    shared.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="set a key of the file, such as output.mode=append or sampler.params.seed=8; may be repeated",
    )
    shared.add_argument("--dry-run", action="store_true", help="check everything and print the plan, write nothing")
    shared.add_argument("--quiet", action="store_true", help="do not show which stage runs")
    parser = argparse.ArgumentParser(
        prog="spark-smote",
        description="Read a table, balance its classes, write the result.",
        epilog=_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="resample|plan|diagnose|report")
    for name, what in (
        ("resample", "read, balance and write"),
        ("plan", "check everything and print the plan, as resample --dry-run"),
        ("diagnose", "tell what in the input makes resampling useless or harmful"),
        ("report", "print the report that the last run wrote to report.json"),
    ):
        command = commands.add_parser(
            name,
            parents=[shared],
            help=what,
            description=f"{what[0].upper()}{what[1:]}.",
            epilog=_CODES,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if name == "plan":
            command.add_argument("--save", metavar="FILE", help="save the plan, for the key plan of a configuration")
    return parser


def _run(job: JobConfig, options: argparse.Namespace) -> str:
    """What a command prints that needs Spark."""
    # A session that existed before, as in a notebook or on Databricks, is stopped by its owner.
    theirs = SparkSession.getActiveSession() is not None
    builder: Any = SparkSession.builder.appName(f"spark_smote {job.file}")
    # Spark's own progress bar would break into the lines.
    settings = dict(job.spark) if options.quiet else {"spark.ui.showConsoleProgress": "false", **job.spark}
    for key, value in settings.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    try:
        with nullcontext() if options.quiet else progress.shown(spark, sys.stderr):
            if options.command == "diagnose":
                return job.hide(str(flow.examine(spark, job)))
            dry = options.dry_run or options.command == "plan"
            report = (flow.dry_run if dry else flow.run)(spark, job)
    finally:
        if not theirs:
            spark.stop()
    said = [job.hide(str(report))]
    if options.command == "plan" and options.save:
        report.plan.save(options.save, overwrite=True)
        said += [f"plan: {job.hide(options.save)}"]
    if not dry:
        said += [f"report: {job.hide(path)}" for path in (job.report.json, job.report.html) if path]
    return "\n".join(said)


def _last_report(job: JobConfig) -> str:
    if not job.report.json:
        raise job.error("report.json", "missing, so no run can have written a report")
    return read_text(job.report.json, partial(job.error, "report.json"))


def _tell(job: JobConfig | None, text: str) -> None:
    print(job.hide(text) if job else text, file=sys.stderr)
