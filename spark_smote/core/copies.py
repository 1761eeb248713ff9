"""The work of an over-sampler that copies whole rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_smote.spark.columns import in_classes, per_class
from spark_smote.spark.draw import TIMES, Draw, repeated
from spark_smote.spark.exchange import GAP, NEIGHBOUR, SEED
from spark_smote.spark.input_rows import InputRows
from spark_smote.spark.layout import carry_of


@dataclass(frozen=True)
class Copies:
    """Each row of a class as often as any other, to within one.

    Parameters
    ----------
    times : mapping of class to int
        Copies of each row.
    once_more : Draw
        Of which rows there is one copy more.
    """

    times: Mapping[int, int]
    once_more: Draw

    def __call__(self, source: InputRows) -> DataFrame:
        """The copies, with CLASS, the input's columns by position and, where asked for, SEED, NEIGHBOUR and GAP."""
        rows, layout = source.drawable(), source.layout
        rows = rows.filter(in_classes(self.times))
        times = per_class(self.times) + self.once_more.drawn(rows).cast("int")
        copies = repeated(rows.withColumn(TIMES, times), TIMES)
        if not layout.provenance or layout.identity is None:
            return copies
        seed = F.struct(carry_of(layout.identity, layout.schema[layout.identity]))
        none = F.when(F.lit(False), seed)
        return copies.select("*", seed.alias(SEED), none.alias(NEIGHBOUR), F.lit(0.0).alias(GAP))
