"""Removes or keeps rows of a frame, given by class, content hash and number of rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F
from pyspark.sql.types import LongType, StructField, StructType

from spark_smote.spark.columns import CLASS, HASH, not_null, per_class
from spark_smote.spark.row_hash import place_among_equals

_COUNT, _PLACE = "count", "place"
_KEYS = StructType([*not_null(CLASS, HASH), StructField(_COUNT, LongType())])
_BATCH = 1 << 16
_MOST_BROADCAST = 4_000_000


class Listed(Protocol):
    """Distinct keys of rows (class and content hash), each with a number of rows; arrays of int64, shape (n,)."""

    @property
    def classes(self) -> NDArray[np.int64]: ...
    @property
    def hashes(self) -> NDArray[np.int64]: ...
    @property
    def rows(self) -> NDArray[np.int64]: ...
    def split(self) -> tuple[Listed, Listed]: ...


def without(frame: DataFrame, keys: Listed) -> DataFrame:
    """Removes the listed rows from the frame.

    Parameters
    ----------
    frame : DataFrame
        With CLASS and HASH; CLASS is null or negative for rows to ignore.
    keys : Listed
        Its ``split`` separates the keys of which all equal rows are removed from those of which some are.
    """
    every, some = keys.split()
    if len(every.hashes):
        frame = _joined(frame, every, "left_anti")
    if not len(some.hashes):
        return frame
    ranked = _ranked(frame, some)
    return _joined(frame, some, "left_anti").union(ranked.filter(F.col(_PLACE) > F.col(_COUNT)).select(*frame.columns))


def only(frame: DataFrame, kept: Listed, classes: Sequence[int]) -> DataFrame:
    """Keeps the listed rows of these classes, and all rows of other classes or without one.

    Parameters
    ----------
    frame : DataFrame
        As for :func:`without`.
    kept : Listed
        Its ``split`` separates the keys of which all equal rows are kept from those of which some are.
    classes : sequence of int
        Numbers of the classes.
    """
    every, some = kept.split()
    concerned = F.coalesce(F.col(CLASS).isin(list(classes)), F.lit(False))
    found = frame.filter(~concerned).union(_joined(frame, every, "left_semi"))
    if not len(some.hashes):
        return found
    ranked = _ranked(frame, some)
    return found.union(ranked.filter(F.col(_PLACE) <= F.col(_COUNT)).select(*frame.columns))


def lowest(scored: DataFrame, rows: DataFrame, wanted: Mapping[int, int], score: str, highest: bool) -> DataFrame:
    """Selects the rows with the lowest scores; of equal scores, those with the smaller hash.

    Parameters
    ----------
    scored : DataFrame
        CLASS, HASH and score of distinct rows.
    rows : DataFrame
        CLASS and HASH of all rows.
    wanted : mapping of class to int
        Number of rows to select.
    score : str
        Name of the column of the score.
    highest : bool
        Select the highest scores instead.

    Returns
    -------
    DataFrame
        CLASS, HASH, number of equal rows to select, and number of equal rows.
    """
    first = F.col(score).desc() if highest else F.col(score)
    ordered = Window.partitionBy(CLASS).orderBy(first, HASH).rowsBetween(Window.unboundedPreceding, 0)
    room = per_class(wanted) - F.sum(_COUNT).over(ordered) + F.col(_COUNT)
    counted = scored.join(rows.groupBy(CLASS, HASH).agg(F.count(F.lit(1)).alias(_COUNT)), [CLASS, HASH])
    ranked = counted.select(CLASS, HASH, _COUNT, room.alias(_PLACE)).filter(F.col(_PLACE) > 0)
    return ranked.select(CLASS, HASH, F.least(_COUNT, _PLACE), _COUNT)


def _ranked(frame: DataFrame, listed: Listed) -> DataFrame:
    """Returns the listed rows, with equal rows numbered from 1."""
    keyed = frame.join(_keys(frame.sparkSession, listed), [CLASS, HASH])
    return keyed.withColumn(_PLACE, place_among_equals(frame))


def _joined(frame: DataFrame, listed: Listed, how: str) -> DataFrame:
    keys = _keys(frame.sparkSession, listed).select(CLASS, HASH)
    return frame.join(keys, [CLASS, HASH], how).select(*frame.columns)


def _keys(session: SparkSession, listed: Listed) -> DataFrame:
    """Makes a frame of keys in a worker: this is fast on every Spark version, and cuts off the lineage."""
    table = pa.table(
        [pa.array(listed.classes.astype(np.int32)), pa.array(listed.hashes), pa.array(listed.rows)], _KEYS.names
    )

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            if batch.num_rows:
                yield from table.to_batches(max_chunksize=_BATCH)

    keys = session.range(0, 1, 1, 1).mapInArrow(run, _KEYS)
    # Spark assumes that the output of one worker is small.
    return keys if table.num_rows <= _MOST_BROADCAST else keys.hint("merge")
