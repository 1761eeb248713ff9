"""Mixes the rows of an output over partitions, so that each partition has its share of every class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from spark_smote.spark.columns import CELL, CLASS, HASH, at, per_class, positional
from spark_smote.spark.exchange import arranged
from spark_smote.spark.row_hash import row_hash
from spark_smote.spark.survey import label_index
from spark_smote.strategy import Label

_RANGE = "range"
_RANGE_ROWS = 65_536


@dataclass(frozen=True)
class Mixing:
    """Deals the rows of each class to partitions in turn, in the order of a hash of the whole row.

    A large class is cut by its hashes into ranges of some 65,536 rows, each of which is dealt by itself. Of n rows in a
    range each of p partitions gets n // p or one more. Equal rows are dealt like others.

    Parameters
    ----------
    label : int
        Position of the label column.
    labels : sequence of label
        All classes.
    rows : sequence of int
        Rows of each class in the output, at least roughly.
    partitions : int
    """

    label: int
    labels: Sequence[Label]
    rows: Sequence[int]
    partitions: int

    def __call__(self, frame: DataFrame) -> DataFrame:
        """The same rows in so many partitions, each in the order of the hash."""
        number = label_index(at(self.label), list(self.labels), frame.schema.fields[self.label].dataType)
        hashed = F.explode(F.array(row_hash(frame.schema)))
        ranges = per_class({number: rows // _RANGE_ROWS + 1 for number, rows in enumerate(self.rows)})
        keyed = positional(frame).select("*", number.alias(CLASS), hashed.alias(HASH))
        keyed = keyed.withColumn(_RANGE, F.pmod(HASH, F.coalesce(ranges, F.lit(1))))
        place = F.row_number().over(Window.partitionBy(CLASS, _RANGE).orderBy(HASH))
        # Small ranges do not all begin with the same partition.
        parts = F.lit(self.partitions)
        turn = F.pmod(place + F.pmod(F.xxhash64(CLASS, _RANGE), parts), parts)
        dealt = arranged(keyed.withColumn(CELL, turn.cast("int")), self.partitions, [HASH])
        return dealt.select(*map(at, range(len(frame.columns)))).toDF(*frame.columns)
