"""Puts the features of another row, which a search has named, behind those of each row in its cell."""

from __future__ import annotations

import numpy as np
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_smote.spark.columns import CLASS, FEATURES, HASH
from spark_smote.spark.scans import SharedPlacement, to_cells

COMPANION_CLASS, COMPANION_HASH = "companion class", "companion hash"
NAMES = (CLASS, HASH, COMPANION_CLASS, COMPANION_HASH)
"""Columns that name the companion of a row."""
_BESIDE = "beside"


def with_companions(
    placed: DataFrame, named: DataFrame, rows: DataFrame, one_cell: SharedPlacement, width: int
) -> DataFrame:
    """Puts the features of its companion behind those of each row.

    Parameters
    ----------
    placed : DataFrame
        From :func:`spark_smote.spark.scans.to_cells`, dense.
    named : DataFrame
        :data:`NAMES`: at most one companion of each class and content hash.
    rows : DataFrame
        CLASS, HASH and FEATURES of all rows.
    one_cell : SharedPlacement
        Of all classes.
    width : int
        Number of features.

    Returns
    -------
    DataFrame
        As ``placed``, with FEATURES twice as wide; NaN for a row without a companion.
    """
    named = named.select(*(F.col(name).cast("int" if "class" in name else "long").alias(name) for name in NAMES))
    # Shuffled, because Spark uses a shuffle again where it is read twice: the search before it runs once.
    named = named.repartition(CLASS, HASH)
    wanted = named.select(F.col(COMPANION_CLASS).alias(CLASS), F.col(COMPANION_HASH).alias(HASH)).distinct()
    # Equal rows have the same features, whichever of them stays.
    found = rows.select(CLASS, HASH, FEATURES).join(wanted, [CLASS, HASH], "left_semi").dropDuplicates([CLASS, HASH])
    packed = to_cells(found, {}, shared=one_cell).select(
        F.col(CLASS).alias(COMPANION_CLASS), F.col(HASH).alias(COMPANION_HASH), F.col(FEATURES).alias(_BESIDE)
    )
    beside = named.join(packed, [COMPANION_CLASS, COMPANION_HASH]).select(CLASS, HASH, _BESIDE)
    nothing = F.lit(bytearray(np.full(width, np.nan).tobytes()))
    together = placed.join(beside, [CLASS, HASH], "left").withColumn(
        FEATURES, F.concat(FEATURES, F.coalesce(_BESIDE, nothing))
    )
    return together.select(*placed.columns)
