"""Search settings from a sampler's parameters and the survey; the param checks that need the data."""

from __future__ import annotations

from typing import Any

from spark_smote.core.context import PlanningContext
from spark_smote.core.statistics import scales
from spark_smote.errors import TooFewRowsError
from spark_smote.search.memory import check_width, chunk_rows
from spark_smote.search.settings import CHUNK_ROWS, SearchSettings
from spark_smote.spark.sparse_features import SparseFeatures


def search_settings(sampler: Any, context: PlanningContext) -> SearchSettings:
    """How a sampler with :class:`spark_smote.core.params.SearchParams` searches; a job runs if it standardises.

    Raises
    ------
    ParameterError
        Rows are too wide.
    """
    survey = context.survey
    features = context.source.layout.features
    stored = features.stored if isinstance(features, SparseFeatures) else None
    width = stored or survey.width + len(features.copied)
    check_width(context.source.frame.sparkSession, sum(survey.rows.values()), width)
    return SearchSettings(
        method="exact" if stored else sampler.getOrDefault("neighborSearch"),
        recall_target=sampler.getOrDefault("recallTarget"),
        bucket_length=sampler.optional(sampler.bucketLength),
        tables=sampler.optional(sampler.numHashTables),
        cell_rows=sampler.optional(sampler.cellRows),
        scale=scales(context) if sampler.getOrDefault("standardization") else None,
        width=width,
        chunk_rows=chunk_rows(width, CHUNK_ROWS),
        magnitude=survey.magnitude,
        stage=context.stage,
        sparse=stored is not None,
    )


def enough_rows(context: PlanningContext, param: str, k: int) -> dict[int, int]:
    """Usable rows of each class that has any.

    Raises
    ------
    TooFewRowsError
        Too few in all for k nearest ones.
    """
    counts = context.usable()
    if sum(counts.values()) <= k:
        raise TooFewRowsError(
            f"the DataFrame has {sum(counts.values())} usable rows, too few for {param}={k}, which needs {k + 1}; "
            f"lower {param}"
        )
    return counts
