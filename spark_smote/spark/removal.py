"""Rows taken out of a frame: of each class and content as many as are listed, the rest untouched."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F
from pyspark.sql.types import IntegerType, LongType, StructField, StructType

from spark_smote.spark.columns import CLASS, HASH, TIE

_GONE, _PLACE = "gone", "place"
_KEYS = StructType(
    [StructField(CLASS, IntegerType(), False), StructField(HASH, LongType(), False), StructField(_GONE, LongType())]
)
_BATCH = 1 << 16


class Gone(Protocol):
    """Distinct classes and content hashes of rows to take out, and how many of each; arrays of int64, shape (n,)."""

    @property
    def classes(self) -> NDArray[np.int64]: ...
    @property
    def hashes(self) -> NDArray[np.int64]: ...
    @property
    def rows(self) -> NDArray[np.int64]: ...
    def split(self) -> tuple[Gone, Gone]: ...


def without(frame: DataFrame, gone: Gone) -> DataFrame:
    """The frame without the rows listed.

    Parameters
    ----------
    frame : DataFrame
        With CLASS and HASH, null or negative where a row takes no part, and where only some of equal rows may go TIE:
        those with the smallest go.
    gone : Gone
        ``split`` gives those of which all equal rows go, and those of which some do.
    """
    every, some = gone.split()
    if len(every.hashes):
        frame = _antijoin(frame, every)
    if not len(some.hashes):
        return frame
    equal = Window.partitionBy(CLASS, HASH).orderBy(*([TIE] if TIE in frame.columns else [HASH]))
    ranked = frame.join(_keys(frame.sparkSession, some), [CLASS, HASH]).withColumn(_PLACE, F.row_number().over(equal))
    return _antijoin(frame, some).union(ranked.filter(F.col(_PLACE) > F.col(_GONE)).select(*frame.columns))


def _antijoin(frame: DataFrame, gone: Gone) -> DataFrame:
    keys = _keys(frame.sparkSession, gone).select(CLASS, HASH)
    return frame.join(keys, [CLASS, HASH], "left_anti").select(*frame.columns)


def _keys(session: SparkSession, gone: Gone) -> DataFrame:
    """As a frame made in a worker: no other way is fast on every Spark, and this one cuts off how it came about."""
    table = pa.table([pa.array(gone.classes.astype(np.int32)), pa.array(gone.hashes), pa.array(gone.rows)], _KEYS.names)

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            if batch.num_rows:
                yield from table.to_batches(max_chunksize=_BATCH)

    return session.range(0, 1, 1, 1).mapInArrow(run, _KEYS)
