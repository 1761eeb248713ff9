"""The command line: ``oversample.py --config FILE``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from pyspark.sql import SparkSession

from spark_smote import config, etl
from spark_smote.errors import SparkSmoteError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job that a configuration file describes.

    Parameters
    ----------
    arguments : sequence of str, optional
        The command line, ``sys.argv`` unless given.

    Returns
    -------
    int
        Exit code: 0 when the table is written, 2 when the configuration or the data are refused.
    """
    parser = argparse.ArgumentParser(description="Read a table, balance its classes, write the result.")
    parser.add_argument("--config", required=True, help="YAML file, see conf/flights.yaml")
    options = parser.parse_args(arguments)
    # Workers would otherwise take whatever python3 is first on their PATH.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    try:
        job = config.load(options.config)
        builder = SparkSession.builder.appName(f"spark_smote {options.config}")
        for key, value in job.spark.items():
            builder = builder.config(key, value)
        spark = builder.getOrCreate()
        try:
            print(etl.run(spark, job))
        finally:
            spark.stop()
    except SparkSmoteError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 2
    return 0
