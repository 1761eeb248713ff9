"""The command of benchmarks that score all samplers of a kind on each of a few sets, and put the means into a page."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from pyspark.sql import SparkSession

from benchmarks.session import Machine, spark_session
from benchmarks.tables import Row, show


def add_arguments(parser: ArgumentParser, mark: str, sets: Sequence[str]) -> None:
    """Add the arguments of :func:`command`; results are kept in a file named after the mark."""
    parser.add_argument("--sets", nargs="+", default=list(sets), choices=list(sets))
    parser.add_argument("--folds", type=int, default=3)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--results", type=Path, default=Path(f"{mark.replace('-', '_')}.csv"))
    parser.add_argument("--only-table", action="store_true")
    parser.add_argument("--into", type=Path, help=f"page with the marks <!-- {mark} --> and <!-- /{mark} -->")


def command(
    options: Namespace,
    mark: str,
    columns: list[str],
    run: Callable[[SparkSession, str, Namespace], Iterator[dict[str, Any]]],
    table: Callable[[pd.DataFrame], Iterator[Row]],
) -> None:
    """Append the figures of each set to the results, then print the table of all, or put it between the marks."""
    if not options.only_table:
        with spark_session(Machine(cores=options.cores, partitions=1)) as spark:
            spark.conf.set("spark.sql.execution.arrow.pyspark.enabled", "true")
            for name in options.sets:
                rows = pd.DataFrame(run(spark, name, options)).reindex(columns=columns)
                rows.to_csv(options.results, mode="a", index=False, header=not options.results.exists())
    head, *body = table(pd.read_csv(options.results))
    show(mark, head, body, options.into)
