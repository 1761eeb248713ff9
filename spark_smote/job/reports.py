"""The reports that a job leaves: JSON for programs, HTML for people."""

from __future__ import annotations

import warnings
from functools import partial
from importlib.util import find_spec
from typing import Any

from pyspark.sql import DataFrame

from spark_smote.core.chain import Chain, steps_of
from spark_smote.core.plan import Plan
from spark_smote.core.resampler import Resampler
from spark_smote.core.timing import timed
from spark_smote.errors import SparkSmoteError
from spark_smote.evaluation import Report
from spark_smote.evaluation.page import render
from spark_smote.evaluation.plots.gallery import gallery
from spark_smote.evaluation.plots.sample import sample
from spark_smote.job.config import JobConfig
from spark_smote.job.faults import committed
from spark_smote.job.text_files import check_writable, write_text

Pictures = tuple[tuple[str, Any], ...]
"""Captions and figures."""


def check(config: JobConfig) -> None:
    """Refuse reports that could not be written in the end.

    Raises
    ------
    ConfigError
    """
    for key, path in (("report.json", config.report.json), ("report.html", config.report.html)):
        if path:
            check_writable(path, partial(config.error, key))
    missing = [name for name in ("matplotlib", "jinja2") if find_spec(name) is None]
    if config.report.html and missing:
        raise config.error("report.html", f"needs {' and '.join(missing)}; pip install 'spark-smote[plot]'")


def draw(
    config: JobConfig, sampler: Resampler | Chain, rows: DataFrame, plan: Plan, seconds: dict[str, float]
) -> Pictures:
    """Draw the pictures of the page, before anything is written: the output may replace the input."""
    if not config.report.html or steps_of(sampler)[0].ALONE:
        return ()
    with timed(seconds, "pictures"):
        try:
            return gallery(sample(sampler, rows, plan=plan))
        except SparkSmoteError as error:
            warnings.warn(f"the report has no pictures: {config.hide(str(error))}", stacklevel=2)
            return ()


def leave(config: JobConfig, report: Report, pictures: Pictures) -> None:
    """Write the reports that the configuration asks for; a failure is a warning, for the rows are committed."""
    if config.report.json:
        with committed(config, f"{config.report.json} could not be written"):
            write_text(config.report.json, report.to_json())
    if config.report.html and report.plan.classes:  # a job that did nothing leaves the page of the run before
        with committed(config, f"{config.report.html} could not be written"):
            write_text(config.report.html, render(report, None, pictures))
