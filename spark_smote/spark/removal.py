"""Removes or keeps rows of a frame, given by class, content hash and number of rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from spark_smote.spark.cached import cached
from spark_smote.spark.columns import CLASS, HASH, per_class
from spark_smote.spark.input_rows import InputRows
from spark_smote.spark.row_hash import place_among_equals

ROWS = "rows"
"""How many of the rows with a class and content hash."""
MOST_FETCHED = 1_000_000
"""Keys that pass through the driver at most: as a table there they take 24 bytes each."""
_COUNT, _PLACE = "count", "place"
_BATCH = 1 << 16


@dataclass(frozen=True)
class RowKeys:
    """Keys of rows: distinct pairs of class and content hash.

    Parameters
    ----------
    every : tuple of DataFrame
        CLASS and HASH of the keys that stand for all their equal rows.
    some : DataFrame, optional
        CLASS, HASH and ROWS of the keys that stand for so many of their equal rows.
    """

    every: tuple[DataFrame, ...] = ()
    some: DataFrame | None = None

    @classmethod
    def settled(cls, found: DataFrame, until: ExitStack, every_from: int = 0) -> RowKeys:
        """The keys found, computed once where they are few; jobs run, as :func:`settled` says.

        Parameters
        ----------
        found : DataFrame
            CLASS, HASH and ROWS.
        until : ExitStack
            Ends the caching.
        every_from : int
            ROWS from which a key stands for all its equal rows.
        """
        rows = _few_fetched(found, until)
        every: DataFrame | None
        some: DataFrame | None
        if isinstance(rows, DataFrame):
            whole = F.col(ROWS) >= every_from
            every, some = rows.filter(whole), rows.filter(~whole) if every_from else None
        else:
            mask = pc.greater_equal(rows.column(ROWS), every_from)
            every, some = (_from_worker(found, rows.filter(one)) for one in (mask, pc.invert(mask)))
        number = F.col(CLASS).cast("int")
        return cls(
            () if every is None else (every.withColumn(CLASS, number),),
            None if some is None else some.withColumn(CLASS, number),
        )

    def __add__(self, other: RowKeys) -> RowKeys:
        return RowKeys(self.every + other.every, other.some if self.some is None else self.some)

    def __bool__(self) -> bool:
        return bool(self.every) or self.some is not None


@dataclass(frozen=True)
class Selection:
    """The rows that stay, by their keys; the work of an under-sampler or cleaner.

    Parameters
    ----------
    gone : RowKeys
        Keys of rows that do not stay.
    kept : RowKeys, optional
        Keys of the only rows of ``classes`` that may stay.
    classes : tuple of int
        Numbers of classes.
    """

    gone: RowKeys = RowKeys()
    kept: RowKeys | None = None
    classes: tuple[int, ...] = ()

    def __call__(self, source: InputRows) -> DataFrame:
        """The rows of the input that stay."""
        return self.of(source.keyed())

    def __bool__(self) -> bool:
        return bool(self.gone) or self.kept is not None

    def of(self, frame: DataFrame) -> DataFrame:
        """The rows of a frame, as :func:`without` takes it, that stay."""
        return without(frame if self.kept is None else only(frame, self.kept, self.classes), self.gone)


def settled(found: DataFrame, until: ExitStack) -> DataFrame | None:
    """The rows found, computed once where they are few; jobs run.

    Few rows pass through the driver and return as a small table, which cuts off their lineage. Many stay where they
    are: cached while something is decided on them, and found anew for the result.

    Parameters
    ----------
    found : DataFrame
        Of numbers that cannot be null, the same whenever they are computed.
    until : ExitStack
        Ends the caching.

    Returns
    -------
    DataFrame or None
        None if there is no row.
    """
    rows = _few_fetched(found, until)
    return rows if isinstance(rows, DataFrame) else _from_worker(found, rows)


def without(frame: DataFrame, keys: RowKeys) -> DataFrame:
    """Removes the rows with these keys from the frame.

    Parameters
    ----------
    frame : DataFrame
        With CLASS and HASH; CLASS is null or negative for rows to ignore.
    keys : RowKeys
    """
    for every in keys.every:
        frame = _joined(frame, every, "left_anti")
    if keys.some is None:
        return frame
    ranked = _ranked(frame, keys.some)
    rest = _joined(frame, keys.some, "left_anti")
    return rest.union(ranked.filter(F.col(_PLACE) > F.col(ROWS)).select(*frame.columns))


def only(frame: DataFrame, keys: RowKeys, classes: Sequence[int]) -> DataFrame:
    """Keeps the rows of these classes with these keys, and all rows of other classes or without one.

    Parameters
    ----------
    frame : DataFrame
        As for :func:`without`.
    keys : RowKeys
    classes : sequence of int
        Numbers of the classes.
    """
    concerned = F.coalesce(F.col(CLASS).isin(list(classes)), F.lit(False))
    parts = [frame.filter(~concerned), *(_joined(frame, every, "left_semi") for every in keys.every)]
    if keys.some is not None:
        ranked = _ranked(frame, keys.some)
        parts.append(ranked.filter(F.col(_PLACE) <= F.col(ROWS)).select(*frame.columns))
    return reduce(DataFrame.union, parts)


def lowest(
    scored: DataFrame,
    rows: DataFrame,
    wanted: Mapping[int, int],
    score: str,
    every: int | None = None,
    highest: bool = False,
) -> DataFrame:
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
    every : int, optional
        Number of rows to return for all equal rows.
    highest : bool
        Select the highest scores instead.

    Returns
    -------
    DataFrame
        CLASS, HASH, and ROWS: the number of equal rows to select.
    """
    first = F.col(score).desc() if highest else F.col(score)
    ordered = Window.partitionBy(CLASS).orderBy(first, HASH).rowsBetween(Window.unboundedPreceding, 0)
    room = per_class(wanted) - F.sum(_COUNT).over(ordered) + F.col(_COUNT)
    counted = scored.join(rows.groupBy(CLASS, HASH).agg(F.count(F.lit(1)).alias(_COUNT)), [CLASS, HASH])
    ranked = counted.select(CLASS, HASH, _COUNT, room.alias(_PLACE)).filter(F.col(_PLACE) > 0)
    part = F.least(_COUNT, _PLACE)
    number = part if every is None else F.when(F.col(_COUNT) <= F.col(_PLACE), every).otherwise(part)
    return ranked.select(CLASS, HASH, number.alias(ROWS))


def _ranked(frame: DataFrame, some: DataFrame) -> DataFrame:
    """Returns the rows with these keys, and equal rows numbered from 1."""
    return frame.join(some, [CLASS, HASH]).withColumn(_PLACE, place_among_equals(frame))


def _joined(frame: DataFrame, keys: DataFrame, how: str) -> DataFrame:
    return frame.join(keys.select(CLASS, HASH), [CLASS, HASH], how).select(*frame.columns)


def _few_fetched(found: DataFrame, until: ExitStack) -> DataFrame | pa.Table:
    """Returns the rows on the driver if they are few, otherwise as a cached frame."""
    rows = until.enter_context(cached(found))
    some = rows.limit(MOST_FETCHED + 1)
    if hasattr(some, "toArrow"):
        table = some.toArrow()
    else:
        # Before Spark 4.
        columns = [pa.array(column, pa.int64()) for column in zip(*some.collect(), strict=True)]
        table = pa.table(columns or [pa.array([], pa.int64())] * len(some.columns), some.columns)
    # Too many for the driver are not to be broadcast either, whatever Spark thinks of their size.
    return table if table.num_rows <= MOST_FETCHED else rows.hint("merge")


def _from_worker(like: DataFrame, table: pa.Table) -> DataFrame | None:
    """Makes a frame of a table in a worker: this is fast on every Spark version; None of no rows."""

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            if batch.num_rows:
                yield from table.to_batches(max_chunksize=_BATCH)

    return like.sparkSession.range(0, 1, 1, 1).mapInArrow(run, like.schema) if table.num_rows else None
