"""Removes or keeps rows of a frame, given by class, content hash and number of rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F
from pyspark.sql.types import LongType, StructField, StructType

from spark_smote.errors import PlanError
from spark_smote.spark.cached import FrameCache
from spark_smote.spark.columns import CLASS, HASH, in_classes, not_null, per_class
from spark_smote.spark.input_rows import InputRows
from spark_smote.spark.row_hash import place_among_equals

ROWS = "rows"
"""How many of the rows with a class and content hash."""
MOST_FETCHED = 1_000_000
"""Keys that pass through the driver at most: as a table there they take 24 bytes each."""
_COUNT, _PLACE = "count", "place"
_BATCH = 1 << 16


@dataclass(frozen=True)
class FewKeys:
    """Keys that are on the driver, and belong to no session.

    Parameters
    ----------
    classes, hashes, rows : arrays of int64, shape (n,)
        CLASS, HASH and ROWS.
    """

    classes: NDArray[np.int64]
    hashes: NDArray[np.int64]
    rows: NDArray[np.int64]

    def frame(self, session: SparkSession) -> DataFrame:
        """CLASS, HASH and ROWS of the keys."""
        kind = StructType([*not_null(CLASS, HASH), StructField(ROWS, LongType(), False)])
        columns = [pa.array(self.classes.astype(np.int32)), pa.array(self.hashes), pa.array(self.rows)]
        return _from_worker(session, kind, pa.table(columns, kind.names))


@dataclass(frozen=True)
class RowKeys:
    """Keys of rows: distinct pairs of class and content hash.

    Parameters
    ----------
    every : tuple of FewKeys or DataFrame
        The keys that stand for all their equal rows.
    some : FewKeys or DataFrame, optional
        The keys that stand for ROWS of their equal rows.
    """

    every: tuple[FewKeys | DataFrame, ...] = ()
    some: FewKeys | DataFrame | None = None

    @classmethod
    def settled(cls, found: DataFrame, until: FrameCache, every_from: int = 0, reads: int = 2) -> RowKeys:
        """The keys found, computed once where they are few; jobs run, as :func:`settled` says.

        Parameters
        ----------
        found : DataFrame
            CLASS, HASH and ROWS.
        until : FrameCache
        every_from : int
            ROWS from which a key stands for all its equal rows.
        reads : int
            As for :func:`settled`.
        """
        rows = _few_fetched(found, until, reads)
        if isinstance(rows, DataFrame):
            rows = rows.withColumn(CLASS, F.col(CLASS).cast("int"))
            whole = F.col(ROWS) >= every_from
            return cls((rows.filter(whole),), rows.filter(~whole) if every_from else None)
        columns = [rows.column(name).to_numpy().astype(np.int64) for name in (CLASS, HASH, ROWS)]
        mask = columns[-1] >= every_from
        every, some = (FewKeys(*(column[part] for column in columns)) for part in (mask, ~mask))
        return cls((every,) if mask.any() else (), None if mask.all() else some)

    def check_saved(self) -> None:
        """Refuse keys that are not on the driver.

        Raises
        ------
        PlanError
        """
        if any(isinstance(keys, DataFrame) for keys in (*self.every, self.some)):
            raise PlanError(
                f"this plan takes out or keeps more than {MOST_FETCHED:,} listed rows, too many for its file: they are "
                "searched anew when the result is made; write the result of resample(df, plan) instead"
            )

    def frames(self, session: SparkSession) -> tuple[list[DataFrame], DataFrame | None]:
        """The same keys as frames with CLASS, HASH and ROWS."""
        every = [_framed(keys, session) for keys in self.every]
        return every, None if self.some is None else _framed(self.some, session)

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

    @property
    def reads(self) -> int:
        """How often :meth:`of` reads the frame."""
        kept = 0 if self.kept is None else len(self.kept.every) + (self.kept.some is not None)
        return (1 + kept) * (1 if self.gone.some is None else 2)

    def of(self, frame: DataFrame) -> DataFrame:
        """The rows of a frame, as :func:`without` takes it, that stay."""
        return without(frame if self.kept is None else only(frame, self.kept, self.classes), self.gone)


def settled(found: DataFrame, until: FrameCache, reads: int = 2) -> DataFrame | None:
    """The rows found, computed once where they are few; jobs run.

    Few rows pass through the driver and return as a small table, which cuts off their lineage. Many stay where they
    are: cached while something is decided on them, and found anew for the result; or staged as long as the plan, where
    a staging place is named.

    Parameters
    ----------
    found : DataFrame
        Of numbers that cannot be null, the same whenever they are computed.
    until : FrameCache
        Keeps the rows.
    reads : int
        How often finding them reads the columns that the sampler keeps: for the rows and for the queries, unless given.

    Returns
    -------
    DataFrame or None
        None if there is no row.
    """
    rows = _few_fetched(found, until, reads)
    if isinstance(rows, DataFrame):
        return rows
    return _from_worker(found.sparkSession, found.schema, rows) if rows.num_rows else None


def without(frame: DataFrame, keys: RowKeys) -> DataFrame:
    """Removes the rows with these keys from the frame.

    Parameters
    ----------
    frame : DataFrame
        With CLASS and HASH; CLASS is null or negative for rows to ignore.
    keys : RowKeys
    """
    every, some = keys.frames(frame.sparkSession)
    for one in every:
        frame = _joined(frame, one, "left_anti")
    if some is None:
        return frame
    ranked = _ranked(frame, some)
    rest = _joined(frame, some, "left_anti")
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
    concerned = F.coalesce(in_classes(classes), F.lit(False))
    every, some = keys.frames(frame.sparkSession)
    parts = [frame.filter(~concerned), *(_joined(frame, one, "left_semi") for one in every)]
    if some is not None:
        ranked = _ranked(frame, some)
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


def _few_fetched(found: DataFrame, until: FrameCache, reads: int) -> DataFrame | pa.Table:
    """Returns the rows on the driver if they are few, otherwise as a frame that is kept."""
    until.reads += reads
    rows = until.keep(found)
    some = rows.limit(MOST_FETCHED + 1)
    if hasattr(some, "toArrow"):
        table = some.toArrow()
    else:
        # Before Spark 4.
        columns = [pa.array(column, pa.int64()) for column in zip(*some.collect(), strict=True)]
        table = pa.table(columns or [pa.array([], pa.int64())] * len(some.columns), some.columns)
    # Too many for the driver are not to be broadcast either, whatever Spark thinks of their size.
    return table if table.num_rows <= MOST_FETCHED else until.keep_longer(rows).hint("merge")


def _framed(keys: FewKeys | DataFrame, session: SparkSession) -> DataFrame:
    return keys.frame(session) if isinstance(keys, FewKeys) else keys


def _from_worker(session: SparkSession, schema: StructType, table: pa.Table) -> DataFrame:
    """Makes a frame of a table in a worker: this is fast on every Spark version."""

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            if batch.num_rows:
                yield from table.to_batches(max_chunksize=_BATCH)

    return session.range(0, 1, 1, 1).mapInArrow(run, schema)
