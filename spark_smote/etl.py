"""One stage of a data pipeline: read a table, resample it, write the result."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

import spark_smote
from spark_smote.config import Input, JobConfig, Output
from spark_smote.errors import ConfigError, ParameterError
from spark_smote.plan import timed
from spark_smote.report import Report
from spark_smote.samplers.combined import OverSampledAndCleaned
from spark_smote.samplers.resampler import Resampler

SAMPLERS = (
    "SMOTE",
    "ADASYN",
    "BorderlineSMOTE",
    "KMeansSMOTE",
    "LeeSMOTE",
    "PolynomFitSMOTE",
    "RandomOverSampler",
    "SMOTEN",
    "SMOTENC",
    "SVMSMOTE",
    "AllKNN",
    "EditedNearestNeighbours",
    "NeighbourhoodCleaningRule",
    "RepeatedEditedNearestNeighbours",
    "TomekLinks",
    "NearMiss",
    "RandomUnderSampler",
    "SMOTEENN",
    "SMOTETomek",
)


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
        For a wrong parameter, column or value, before anything is written.

    Examples
    --------
    >>> from spark_smote.config import load
    >>> report = run(spark, load("conf/flights.yaml"))  # doctest: +SKIP
    """
    seconds: dict[str, float] = {}
    stage = partial(timed, seconds)
    sampler = make_sampler(config)
    if config.input.path.rstrip("/") == config.output.path.rstrip("/"):
        raise ConfigError(
            f"{config.where('output.path')}: output.path is input.path, {config.input.path!r}; the job would "
            "replace what it reads, choose another path"
        )
    with stage("read"), _blaming(config, "input"):
        rows = read(spark, config.input)
        rows.schema  # noqa: B018  Connect looks for the table only when asked about it
    with stage("plan"):
        plan = sampler.plan(rows)
    resampled = sampler.resample(rows, plan)
    for column in config.output.partitionBy:
        if column not in resampled.columns:
            raise ConfigError(
                f"{config.where('output.partitionBy')}: output.partitionBy: there is no column {column!r}; "
                f"the columns are {', '.join(resampled.columns)}"
            )
    with stage("resample and write"), _blaming(config, "output"):
        write(resampled, config.output)
    written = None
    if config.output.mode in ("overwrite", "error", "errorifexists"):
        with stage("count"):
            label = F.col("`{}`".format(sampler.getLabelCol().replace("`", "``")))
            stored = spark.read.format(config.output.format).options(**config.output.options).load(config.output.path)
            written = {row[0]: row[1] for row in stored.groupBy(label).count().collect()}
    return Report(plan, written, seconds)


@contextmanager
def _blaming(config: JobConfig, section: str) -> Iterator[None]:
    """What Spark finds wrong with a path or format, with the place in the file that named it."""
    try:
        yield
    except Exception as error:
        unknown_format = "DATA_SOURCE_NOT_FOUND" in str(error)
        if not unknown_format and not isinstance(error, AnalysisException):
            raise
        key = f"{section}.format" if unknown_format else f"{section}.path"
        cause = next(line for line in str(error).splitlines() if not unknown_format or "DATA_SOURCE_NOT_FOUND" in line)
        raise ConfigError(f"{config.where(key)}: {key}: {cause}") from error


def make_sampler(config: JobConfig) -> Resampler | OverSampledAndCleaned:
    """The sampler that the configuration names; errors carry the file and the line.

    Raises
    ------
    ConfigError
    """
    name, params = config.sampler.name, config.sampler.params
    if name not in SAMPLERS:
        raise ConfigError(
            f"{config.where('sampler.class')}: sampler.class is {name!r}; it must be one of {', '.join(SAMPLERS)}"
        )
    sampler: Resampler | OverSampledAndCleaned = getattr(spark_smote, name)()
    for key, value in params.items():
        try:
            sampler.setParams(**{key: value})
        except ParameterError as error:
            raise ConfigError(f"{config.where(f'sampler.params.{key}')}: sampler.params.{key}: {error}") from error
    return sampler


def read(spark: SparkSession, source: Input) -> DataFrame:
    """The table that ``input`` names."""
    return spark.read.format(source.format).options(**source.options).load(source.path)


def write(rows: DataFrame, target: Output) -> None:
    """Write to the place that ``output`` names."""
    # Connect knows only one of the two names for it.
    mode = "error" if target.mode == "errorifexists" else target.mode
    writer = rows.write.format(target.format).mode(mode).options(**target.options)
    if target.partitionBy:
        writer = writer.partitionBy(*target.partitionBy)
    writer.save(target.path)
