"""Rows taken out of a frame, or kept: of each class and content as many as are listed, the rest untouched."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F
from pyspark.sql.types import IntegerType, LongType, StructField, StructType

from spark_smote.spark.columns import CLASS, HASH, per_class
from spark_smote.spark.row_hash import place_among_equals

_COUNT, _PLACE = "count", "place"
_KEYS = StructType(
    [StructField(CLASS, IntegerType(), False), StructField(HASH, LongType(), False), StructField(_COUNT, LongType())]
)
_BATCH = 1 << 16
_MOST_BROADCAST = 4_000_000


class Listed(Protocol):
    """Distinct classes and content hashes of rows, and how many rows of each are meant; arrays of int64, shape (n,)."""

    @property
    def classes(self) -> NDArray[np.int64]: ...
    @property
    def hashes(self) -> NDArray[np.int64]: ...
    @property
    def rows(self) -> NDArray[np.int64]: ...
    def split(self) -> tuple[Listed, Listed]: ...


def without(frame: DataFrame, gone: Listed) -> DataFrame:
    """The frame without the rows listed.

    Parameters
    ----------
    frame : DataFrame
        With CLASS and HASH, null or negative where a row takes no part.
    gone : Listed
        ``split`` gives those of which all equal rows go, and those of which some do.
    """
    every, some = gone.split()
    if len(every.hashes):
        frame = _joined(frame, every, "left_anti")
    if not len(some.hashes):
        return frame
    ranked = _ranked(frame, some)
    return _joined(frame, some, "left_anti").union(ranked.filter(F.col(_PLACE) > F.col(_COUNT)).select(*frame.columns))


def only(frame: DataFrame, kept: Listed, classes: Sequence[int]) -> DataFrame:
    """Of the rows of these classes those listed, and all rows of other classes or of none.

    Parameters
    ----------
    frame : DataFrame
        As for :func:`without`.
    kept : Listed
        ``split`` gives those of which all equal rows stay, and those of which some do.
    classes : sequence of int
    """
    every, some = kept.split()
    concerned = F.coalesce(F.col(CLASS).isin(list(classes)), F.lit(False))
    found = frame.filter(~concerned).union(_joined(frame, every, "left_semi"))
    if not len(some.hashes):
        return found
    ranked = _ranked(frame, some)
    return found.union(ranked.filter(F.col(_PLACE) <= F.col(_COUNT)).select(*frame.columns))


def lowest(scored: DataFrame, rows: DataFrame, wanted: Mapping[int, int], score: str, highest: bool) -> DataFrame:
    """The rows with the lowest scores, of equal ones those with the smaller hash.

    Parameters
    ----------
    scored : DataFrame
        CLASS, HASH and the score of distinct rows.
    rows : DataFrame
        CLASS and HASH of all rows.
    wanted : mapping of class to int
        Rows wanted.
    score : str
    highest : bool
        Take those with the highest scores instead.

    Returns
    -------
    DataFrame
        CLASS, HASH, how many of the equal rows are taken, and how many there are.
    """
    first = F.col(score).desc() if highest else F.col(score)
    ordered = Window.partitionBy(CLASS).orderBy(first, HASH).rowsBetween(Window.unboundedPreceding, 0)
    room = per_class(wanted) - F.sum(_COUNT).over(ordered) + F.col(_COUNT)
    counted = scored.join(rows.groupBy(CLASS, HASH).agg(F.count(F.lit(1)).alias(_COUNT)), [CLASS, HASH])
    ranked = counted.select(CLASS, HASH, _COUNT, room.alias(_PLACE)).filter(F.col(_PLACE) > 0)
    return ranked.select(CLASS, HASH, F.least(_COUNT, _PLACE), _COUNT)


def _ranked(frame: DataFrame, listed: Listed) -> DataFrame:
    """The rows listed, numbered among their equals from 1."""
    keyed = frame.join(_keys(frame.sparkSession, listed), [CLASS, HASH])
    return keyed.withColumn(_PLACE, place_among_equals(frame))


def _joined(frame: DataFrame, listed: Listed, how: str) -> DataFrame:
    keys = _keys(frame.sparkSession, listed).select(CLASS, HASH)
    return frame.join(keys, [CLASS, HASH], how).select(*frame.columns)


def _keys(session: SparkSession, listed: Listed) -> DataFrame:
    """As a frame made in a worker: no other way is fast on every Spark, and this one cuts off how it came about."""
    table = pa.table(
        [pa.array(listed.classes.astype(np.int32)), pa.array(listed.hashes), pa.array(listed.rows)], _KEYS.names
    )

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            if batch.num_rows:
                yield from table.to_batches(max_chunksize=_BATCH)

    keys = session.range(0, 1, 1, 1).mapInArrow(run, _KEYS)
    # Spark takes what one worker returns for small.
    return keys if table.num_rows <= _MOST_BROADCAST else keys.hint("merge")
