"""What becomes of errors: those of samplers and Spark get the place in the configuration that caused them."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pyspark.errors import AnalysisException, ParseException

from spark_smote.errors import (
    ChangedInputError,
    ClassError,
    ConfigError,
    InvalidDataError,
    PlanError,
    SparkSmoteError,
    WriteError,
)
from spark_smote.job.config import JobConfig
from spark_smote.job.config.checks import suggested


@contextmanager
def sampler_errors(config: JobConfig) -> Iterator[None]:
    """Add the place of the parameter, or of the section, to a sampler's error about a parameter or the data."""
    try:
        yield
    except SparkSmoteError as error:
        name, _, problem = error.message.partition(": ")
        keys = [key for key in config.places if key.endswith(f".params.{name}")]
        about_rows = isinstance(error, ClassError | InvalidDataError | ChangedInputError)
        section = "plan" if isinstance(error, PlanError) else "input" if about_rows else "sampler"
        told = config.error(keys[0], problem) if keys else config.error(section, error.message)
        raise type(error)(told.message) from error


@contextmanager
def spark_errors(config: JobConfig, section: str) -> Iterator[None]:
    """Turn Spark's error about a path, a table or a format into one with the place of the key that names it.

    Parameters
    ----------
    config : JobConfig
    section : {'input', 'output'}
    """
    try:
        yield
    except ConfigError:
        raise
    except Exception as error:
        place: Any = config.input if section == "input" else config.output
        if "DATA_SOURCE_NOT_FOUND" in str(error):
            raise config.error(
                f"{section}.format", f"Spark knows no format {place.format!r}{suggested(place)}"
            ) from error
        if not isinstance(error, AnalysisException | ParseException):
            raise
        schema = isinstance(error, ParseException) and section == "input" and config.input.schema
        key = "schema" if schema else "table" if place.table else "path"
        raise config.error(f"{section}.{key}", first_line(error)) from error


@contextmanager
def committed(config: JobConfig, problem: str) -> Iterator[None]:
    """Turn a failure after the commit into a warning: a scheduler would start a job that fails again.

    An error that says that the rows are wrong is raised all the same.

    Parameters
    ----------
    config : JobConfig
    problem : str
        What could not be done.
    """
    try:
        yield
    except WriteError:
        raise
    except Exception as error:
        warnings.warn(config.hide(f"{problem}: {first_line(error)}"), stacklevel=3)


def first_line(error: Exception) -> str:
    """The first line of an error's message that is not empty, or the name of its class."""
    return next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
