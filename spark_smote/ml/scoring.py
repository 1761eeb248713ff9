"""Scored rows counted in bins of the probability, by one aggregation."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from pyspark.ml.functions import vector_to_array
from pyspark.ml.linalg import VectorUDT
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import DoubleType, FloatType

from spark_smote.errors import ColumnError
from spark_smote.ml.scores import Scores
from spark_smote.spark.columns import Names, quoted, type_name

# Bins this narrow change no metric in the digits that are printed; between the clips there are at most 69,000 of them.
_BINS_PER_LOGIT = 1000.0
_CLIP = 1e-15


def probability_of(df: DataFrame, probabilityCol: str, index: int) -> Column:
    """The probability of one class as a column of doubles.

    Parameters
    ----------
    df : DataFrame
    probabilityCol : str
        Vectors of probabilities, or the positive class's as a double or float.
    index : int
        Index of the class within the vectors.

    Raises
    ------
    ColumnError
        For a column that is missing or of another type.

    Examples
    --------
    >>> df = spark.sql("SELECT 0.25D AS p")
    >>> df.select(probability_of(df, "p", 1).alias("positive")).first()
    Row(positive=0.25)
    """
    names = Names(df)
    field = names.field(names.find(probabilityCol, "probabilityCol"))
    column = F.col(quoted(field.name))
    if isinstance(field.dataType, VectorUDT):
        return F.get(vector_to_array(column), F.lit(index))
    if isinstance(field.dataType, DoubleType | FloatType):
        return column.cast("double")
    raise ColumnError(
        f"probabilityCol: column {field.name!r} has type {type_name(field.dataType)}; it must be a vector of "
        "probabilities, or the positive class's as a double"
    )


def score(df: DataFrame, positive: Column, probabilities: Mapping[str, Column]) -> dict[str, Scores]:
    """Count scored rows by class and bin of each probability.

    Parameters
    ----------
    df : DataFrame
    positive : Column
        Whether a row is of the positive class; rows with null are left out.
    probabilities : mapping of str to Column
        Rows with a null probability are left out of the scores of that name.

    Returns
    -------
    dict of str to Scores
        Under the names of the probabilities.

    Examples
    --------
    >>> df = spark.range(4).selectExpr("id = 3 AS positive", "id / 4 AS p")
    >>> score(df, F.col("positive"), {"model": F.col("p")})["model"].prevalence
    0.25
    """
    each = F.explode(F.array(*(F.struct(F.lit(name).alias("name"), p.alias("p")) for name, p in probabilities.items())))
    rows = df.select(positive.cast("int").alias("positive"), each.alias("one")).select("positive", "one.name", "one.p")
    clipped = F.greatest(F.least("p", F.lit(1 - _CLIP)), F.lit(_CLIP))
    bins = F.rint(F.log(clipped / (F.lit(1.0) - clipped)) * F.lit(_BINS_PER_LOGIT)).alias("bin")
    found = (
        rows.filter("p IS NOT NULL AND positive IS NOT NULL")
        .groupBy("name", bins)
        .agg(F.avg("p").alias("p"), F.sum("positive").alias("positives"), F.count(F.lit(1)).alias("rows"))
        .collect()
    )
    scores = {}
    for name in probabilities:
        mine = sorted((row["p"], row["positives"], row["rows"]) for row in found if row["name"] == name)
        p, positives, count = np.array(mine, dtype=float).reshape(-1, 3).T
        scores[name] = Scores(p, positives, count - positives)
    return scores
