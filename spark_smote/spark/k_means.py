"""Spark ML's k-means over all rows, with a result that does not depend on partitions."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.ml.clustering import KMeans
from pyspark.ml.functions import array_to_vector
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, DoubleType, StructField, StructType

from spark_smote.spark.arrow import by_class, lists
from spark_smote.spark.cached import cached
from spark_smote.spark.columns import FEATURES, HASH, not_null
from spark_smote.spark.staging import Staging

FIT_READS = 4
"""How often a fit reads its rows on classic Spark, where nothing is cached; on Connect once more."""
_ROWS_A_PARTITION = 250_000
_VECTOR = "vector"


def k_means(
    rows: DataFrame,
    count: int,
    clusters: int,
    seed: int,
    unit: NDArray[np.float64] | float,
    staging: Staging | None = None,
) -> NDArray[np.float64]:
    """Returns the centres of clusters of all rows.

    Spark's k-means draws its first centres partition by partition, so rows are assigned to partitions by content hash.
    The order of some sums still varies, so the centres are rounded to single precision.

    The rows are cached during the fit; Spark caches them too, but only after it has read them ``FIT_READS`` times.

    Parameters
    ----------
    rows : DataFrame
        Columns CLASS, HASH, FEATURES.
    count : int
        Approximate number of rows.
    clusters : int
        Number of clusters wanted.
    seed : int
    unit : array of float64, shape (d,), or float
        Unit of distance of each feature.
    staging : Staging, optional
        Where to keep the rows instead.

    Returns
    -------
    array of float64, shape (c, d)
        Centres in units of distance; c may be below ``clusters`` if there are few distinct rows.
    """

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for _, mine, features in by_class(batches):
            yield pa.RecordBatch.from_arrays([mine.column(HASH), lists(features / unit)], names=[HASH, FEATURES])

    def dealt(scaled: DataFrame) -> DataFrame:
        parts = count // _ROWS_A_PARTITION + 1
        return scaled.repartition(parts, HASH).sortWithinPartitions(HASH).select(FEATURES)

    schema = StructType([*not_null(HASH), StructField(FEATURES, ArrayType(DoubleType(), False), False)])
    scaled = rows.mapInArrow(run, schema)
    estimator = KMeans(k=clusters, seed=seed, featuresCol=_VECTOR)
    # A staging place keeps no partitions: rows are dealt when they are read from there.
    with cached(scaled, staging) if staging else cached(dealt(scaled)) as kept:
        vectors = array_to_vector(F.col(FEATURES)).alias(_VECTOR)
        model = estimator.fit((dealt(kept) if staging else kept).select(vectors))
    centres = np.array(model.clusterCenters(), dtype=np.float64)
    # The model is part of a reference cycle. On Connect it calls the server when it is collected; if this happens
    # during another call, both wait for ever (pyspark 4.3). So it is collected here.
    del model
    gc.collect()
    return np.unique(centres.astype(np.float32), axis=0).astype(np.float64)
