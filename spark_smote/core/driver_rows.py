"""Samples of classes on the driver, where models of each class are fitted, within the driver's bounds."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import DataFrame

from spark_smote.core.context import PlanningContext
from spark_smote.errors import ParameterError
from spark_smote.kernels.hashing import unprojected
from spark_smote.spark.arrow import Split
from spark_smote.spark.scans import SampledRows, sample

MOST_BYTES = 1 << 29
"""Of the samples of classes within groups: each class may have as large a one as it has without groups."""
_SAMPLED_BYTES = 1 << 27


def most_rows(context: PlanningContext, rows: int, models: int = 1) -> int:
    """Rows of a sample: as many as wanted, or fewer if so many samples of one group would be too large together.

    Parameters
    ----------
    context : PlanningContext
    rows : int
        Rows wanted.
    models : int
        Samples of the group.
    """
    return min(rows, _SAMPLED_BYTES // (8 * max(1, context.survey.width) * models) + 1)


def on_driver(
    context: PlanningContext,
    rows: DataFrame,
    rates: Mapping[int, float],
    counts: Mapping[int, int],
    split: Split | None = None,
) -> dict[int, SampledRows]:
    """Sampled rows of each class with their features; a job runs.

    Parameters
    ----------
    context : PlanningContext
    rows : DataFrame
        CLASS, HASH and FEATURES.
    rates : mapping of class to float
        Share of the distinct rows to sample.
    counts : mapping of class to int
        Rows of each class at most.
    split : callable, optional
        See :func:`spark_smote.spark.arrow.by_class`; rates and counts are then those of its groups.

    Raises
    ------
    ParameterError
        The samples of all groups together are too large for the driver.
    """
    wanted = sum(counts[number] * rate for number, rate in rates.items())
    size = int(wanted * 8 * (context.survey.width + 2))
    if context.source.layout.groups and size > MOST_BYTES:
        raise ParameterError(
            f"groupCols: models of the classes of groups are fitted on the driver, on {int(wanted):,} rows of all "
            f"groups together = {size >> 20} MiB, above the bound of {MOST_BYTES >> 20} MiB; use SMOTE or "
            "BorderlineSMOTE, or filter the DataFrame to some of the groups at a time"
        )
    return sample(rows, rates, rates, unprojected, split)
