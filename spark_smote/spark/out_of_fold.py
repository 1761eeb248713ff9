"""Probabilities out of fold: each row is scored by a classifier that was fitted on the other folds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pyspark.ml.functions import array_to_vector, vector_to_array
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_smote.spark.columns import CLASS, FEATURES, HASH, constants, in_pairs
from spark_smote.spark.folds import with_folds

PROBABILITY = "probability"
STEPS = 1_000_000
"""Steps of a probability: smaller differences may be chance, for Spark adds up in the order in which tasks end."""
_FOLD, _LABEL, _OWN = "fold", "label", "own"
_ROWS_A_PARTITION = 250_000


def folded(rows: DataFrame, count: int, folds: int, seed: int, classes: int) -> DataFrame:
    """Rows as a classifier takes them, in folds, and in partitions and an order that their content gives.

    Parameters
    ----------
    rows : DataFrame
        CLASS, HASH and FEATURES of usable rows.
    count : int
        Approximate number of rows.
    folds, seed : int
    classes : int
        Number of classes, which are told to the classifier.

    Returns
    -------
    DataFrame
        CLASS, HASH, the fold, label and vector; equal rows are in one fold.
    """
    dealt = with_folds(rows, 0, folds, _FOLD, seed).repartition(count // _ROWS_A_PARTITION + 1, HASH)
    made = dealt.sortWithinPartitions(HASH, CLASS).select(
        CLASS, HASH, _FOLD, F.col(CLASS).cast("double").alias(_LABEL), array_to_vector(F.col(FEATURES)).alias(FEATURES)
    )
    return made.withMetadata(_LABEL, {"ml_attr": {"type": "nominal", "num_vals": classes}})


def by_label(rows: DataFrame, labels: Sequence[int]) -> DataFrame:
    """The rows of classes within groups as those of their labels.

    Parameters
    ----------
    rows : DataFrame
        With CLASS.
    labels : sequence of int
        Number of the label of each class.
    """
    return rows.withColumn(CLASS, F.get(constants(labels, "int"), F.col(CLASS)))


def by_class(scored: DataFrame, rows: DataFrame, labels: Sequence[int]) -> DataFrame:
    """The scores of the distinct rows of classes within groups.

    Parameters
    ----------
    scored : DataFrame
        From :func:`probabilities`, of rows :func:`by_label`: equal rows of one label have one score in all groups.
    rows : DataFrame
        CLASS and HASH of rows of classes within groups.
    labels : sequence of int
        Number of the label of each class.

    Returns
    -------
    DataFrame
        As ``scored``.
    """
    keys = by_label(rows.select(CLASS, HASH, F.col(CLASS).cast("long").alias(_OWN)).distinct(), labels)
    return keys.join(scored, [CLASS, HASH]).select(F.col(_OWN).alias(CLASS), HASH, PROBABILITY)


def folds_of(rows: DataFrame) -> dict[int, int]:
    """Number of the folds that have rows of each class; a job runs."""
    return {row[0]: row[1] for row in rows.groupBy(CLASS).agg(F.count_distinct(_FOLD)).collect()}


def probabilities(
    rows: DataFrame, classifier: Any, folds: int, seed: int, asked: Sequence[int]
) -> tuple[DataFrame, list[Any]]:
    """The probability of its own class that each row gets by a classifier fitted on the other folds; jobs run.

    Parameters
    ----------
    rows : DataFrame
        From :func:`folded`.
    classifier : pyspark.ml.Estimator
        With the columns ``labelCol``, ``featuresCol`` and ``probabilityCol``.
    folds, seed : int
        The seed is given to a classifier that has none.
    asked : sequence of int
        Classes whose rows are scored.

    Returns
    -------
    DataFrame
        CLASS (bigint), HASH and PROBABILITY in steps of a millionth, of distinct rows.
    list of pyspark.ml.Model
        On Connect the DataFrame can be read as long as these are referred to.
    """
    given: dict[str, Any] = {"labelCol": _LABEL, "featuresCol": FEATURES, "probabilityCol": PROBABILITY}
    if classifier.hasParam("seed") and not classifier.isSet("seed"):
        # Spark's own default is Python's hash of a name, which differs from process to process.
        given["seed"] = seed
    estimator = classifier.copy({classifier.getParam(name): value for name, value in given.items()})
    own = F.nanvl(F.coalesce(F.get(vector_to_array(F.col(PROBABILITY)), F.col(CLASS)), F.lit(0.0)), F.lit(0.0))
    models, scored = [], []
    for fold in range(folds):
        models.append(estimator.fit(rows.filter(F.col(_FOLD) != fold)))
        held_out = rows.filter((F.col(_FOLD) == fold) & F.col(CLASS).isin(list(asked)))
        steps = F.round(own * STEPS).cast("long").alias(PROBABILITY)
        scored.append(models[-1].transform(held_out).select(F.col(CLASS).cast("long").alias(CLASS), HASH, steps))
    every = in_pairs(DataFrame.union, scored)
    return every.groupBy(CLASS, HASH).agg(F.min(PROBABILITY).alias(PROBABILITY)), models
