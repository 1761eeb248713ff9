"""Search settings from a sampler's parameters and the survey; the param checks that need the data."""

from __future__ import annotations

from typing import Any

import numpy as np

from spark_smote.core.context import PlanningContext
from spark_smote.core.grouping import group_sizes, is_grouped
from spark_smote.core.params import HasMetric
from spark_smote.core.statistics import centre, scales
from spark_smote.errors import TooFewRowsError
from spark_smote.kernels.arrays import Matrix
from spark_smote.search.memory import WorkerMemory
from spark_smote.search.settings import CHUNK_ROWS, SearchSettings
from spark_smote.spark.sparse_features import SparseFeatures


def search_settings(sampler: Any, context: PlanningContext) -> SearchSettings:
    """How a sampler with :class:`spark_smote.core.params.SearchParams` searches; a job runs if it standardises.

    Raises
    ------
    ParameterError
        Rows are too wide.
    """
    memory, sparse = worker_memory(sampler, context), _stored(context) is not None
    method = "exact" if sparse else sampler.getOrDefault("neighborSearch")
    metric = sampler.getOrDefault(sampler.metric) if isinstance(sampler, HasMetric) else "euclidean"
    return SearchSettings(
        method=method,
        recall_target=sampler.getOrDefault("recallTarget"),
        bucket_length=sampler.optional(sampler.bucketLength),
        tables=sampler.optional(sampler.numHashTables),
        cell_rows=sampler.optional(sampler.cellRows),
        scale=units(context, bool(sampler.getOrDefault("standardization")), metric),
        memory=memory,
        chunk_rows=memory.chunk_rows(CHUNK_ROWS),
        magnitude=context.survey.magnitude,
        stage=context.stage,
        sparse=sparse,
        centre=None if method == "exact" else centre(context),
        metric=metric,
        lacking=context.survey.lacking,
    )


def units(context: PlanningContext, standardised: bool, metric: str = "euclidean") -> Matrix | None:
    """Unit of distance of each number, shape (d,): its deviation if standardised, over the root of its weight.

    Of 'manhattan', over the weight. None if all are 1; a number of weight 0 has an infinite one. A job runs if
    standardised.
    """
    unit, layout = scales(context) if standardised else None, context.source.layout
    if not layout.weights:
        return unit
    # A sampler may add numbers of its own.
    weights, given = np.ones(context.survey.width), layout.weights[: len(layout.features.scalars())]
    weights[: len(given)] = given
    with np.errstate(divide="ignore"):
        return np.asarray((1.0 if unit is None else unit) / (weights if metric == "manhattan" else np.sqrt(weights)))


def worker_memory(sampler: Any, context: PlanningContext) -> WorkerMemory:
    """What a Python worker of a sampler with :class:`spark_smote.core.params.FeatureParams` holds, and may hold.

    Raises
    ------
    ParameterError
        Rows are too wide.
    """
    survey = context.survey
    width = _stored(context) or survey.width + len(context.source.layout.features.copied)
    rows, most = sum(survey.rows.values()), sampler.optional(sampler.maxWorkerMemory)
    beside = min(rows, sampler.HELD_BESIDE)
    memory = WorkerMemory.of(context.source.frame.sparkSession, rows, width, most, beside)
    memory.check()
    return memory


def _stored(context: PlanningContext) -> int | None:
    """Of sparse rows, the doubles that are as big as a row."""
    features = context.source.layout.features
    return features.stored if isinstance(features, SparseFeatures) else None


def enough_rows(context: PlanningContext, param: str, k: int) -> dict[int, int]:
    """Usable rows of each class that has any; those of a group with too few in all are left out.

    Raises
    ------
    TooFewRowsError
        Too few in all for k nearest ones.
    """
    counts = context.usable()
    of, most = "the DataFrame", sum(counts.values())
    if is_grouped(context.survey.valid):
        sizes = group_sizes(context.survey.valid)
        of, most = "the largest group", max(sizes.values())
        counts = {number: rows for number, rows in counts.items() if sizes[context.label(number).group] > k}
    if most <= k:
        raise TooFewRowsError(
            f"{of} has {most} usable rows, too few for {param}={k}, which needs {k + 1}; lower {param}"
        )
    return counts
