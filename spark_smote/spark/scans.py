"""Passes over the rows that sample, tally, or send rows to cells: by class, or by the groups of a ``split``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from weakref import WeakKeyDictionary

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.ml.feature import BucketedRandomProjectionLSH
from pyspark.ml.functions import array_to_vector, vector_to_array
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import BinaryType, LongType, StructField, StructType

from spark_smote.spark.arrow import (
    PART_BYTES,
    TOGETHER,
    Split,
    by_class,
    distinct,
    lists,
    matrix,
    merged,
    packed,
    row_bytes,
    runs,
)
from spark_smote.spark.columns import CELL, CLASS, FEATURES, HASH, HOME, not_null
from spark_smote.spark.exchange import by_runs, collect
from spark_smote.spark.pairs import PAIRS, is_pairs
from spark_smote.spark.removal import ROWS

Matrix = NDArray[np.float64]
_Sent = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]

# So small that hashes are exact projections: floor keeps all 53 bits of x . v / w.
_UNQUANTISED = 2.0**-500
_DIRECTIONS_SEED = 20020601
_directions: WeakKeyDictionary[SparkSession, dict[tuple[int, int], Matrix]] = WeakKeyDictionary()
_LOCAL_WIDTH = 512
_LARGE_TALLY = 1 << 18
"""Tallies above so many bytes are merged in Spark's tasks first: their results would not fit the driver together."""
_EVERY = (1 << 63) - 1
_PROJECTIONS, _WEIGHT = "projections", "weight"


class Placement(Protocol):
    """A kernel that assigns rows of one class to cells; see :mod:`spark_smote.kernels.placement`."""

    def place(self, hashes: NDArray[np.int64], rows: Matrix) -> Iterator[_Sent]: ...


class SharedPlacement(Protocol):
    """A kernel that assigns rows of many classes to cells; see :class:`spark_smote.kernels.placement.CellOfClass`."""

    @property
    def known(self) -> NDArray[np.bool_]: ...
    def place(self, classes: NDArray[np.int64]) -> _Sent: ...


class Tally(Protocol):
    """A kernel that aggregates all rows of one class; ``packed`` returns arrays for the ``merge`` of another tally."""

    def add(self, hashes: NDArray[np.int64], rows: Matrix) -> None: ...
    def packed(self) -> Sequence[NDArray[Any]]: ...
    @property
    def merge(self) -> Callable[..., None]: ...


@dataclass(frozen=True)
class SampledRows:
    """Sampled distinct rows of one class, chosen by content hash, in ascending order of the hash.

    Parameters
    ----------
    projections : array of float64, shape (s, p)
        Dot products with the LSH directions.
    weights : array of float64, shape (s,)
        Number of equal rows that each row stands for.
    features : array of float64, shape (q, d)
        Features of the first q rows, q <= s.
    hashes : array of uint64, shape (s,)
        Content hashes.
    """

    projections: Matrix
    weights: Matrix
    features: Matrix
    hashes: NDArray[np.uint64]


def directions(session: SparkSession, width: int, tables: int) -> Matrix:
    """Returns the directions of Spark's BucketedRandomProjectionLSH, shape (tables, width).

    Spark draws them with a fixed seed; here they are read as the hashes of unit vectors, once in a session. Rows can
    then be hashed in the Python pass that needs the hashes, because Spark's column of hashes, an array of vectors, is
    very slow to read.
    """
    known = _directions.setdefault(session, {})
    if (width, tables) not in known:
        known[width, tables] = _read_directions(session, width, tables)
    return known[width, tables]


def _read_directions(session: SparkSession, width: int, tables: int) -> Matrix:
    if width > _LOCAL_WIDTH:
        ids = session.range(0, width, 1, 1)
    else:
        # Of literal rows Spark computes the query while it optimises it: no job runs, and no code is generated.
        ids = session.sql(f"SELECT * FROM VALUES {', '.join(f'({index}L)' for index in range(width))} AS t(id)")
    unit = F.transform(F.sequence(F.lit(0), F.lit(width - 1)), lambda i: F.when(i == F.col("id"), 1.0).otherwise(0.0))
    # With the size in the metadata, fit does not read the data.
    vectors = ids.select("id", array_to_vector(unit).alias("vector"))
    vectors = vectors.withMetadata("vector", {"ml_attr": {"num_attrs": width}})
    lsh = BucketedRandomProjectionLSH(
        inputCol="vector",
        outputCol="buckets",
        bucketLength=_UNQUANTISED,
        numHashTables=tables,
        seed=_DIRECTIONS_SEED,
    )
    hashed = lsh.fit(vectors).transform(vectors)
    hashes = F.transform("buckets", lambda bucket: vector_to_array(bucket)[0])
    rows = sorted(hashed.select("id", hashes.alias("hashes")).collect())
    return np.array([row["hashes"] for row in rows]).T * _UNQUANTISED


def sample(
    rows: DataFrame,
    rates: Mapping[int, float],
    queries: Mapping[int, float],
    project: Callable[[int, Matrix], Matrix],
    split: Split | None = None,
) -> dict[int, SampledRows]:
    """Samples each class by content hash in one pass.

    Parameters
    ----------
    rows : DataFrame
        Columns CLASS, HASH, FEATURES.
    rates, queries : mapping of class to float
        Share of the distinct rows to sample, none of classes left out, and share to return with features.
    project : callable
        Takes a class number and features (n, d); returns projections (n, p).
    split : callable, optional
        See :func:`spark_smote.spark.arrow.by_class`.
    """

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for number, mine, features in by_class(batches, split):
            # The unsigned hash as a fraction of its range.
            fraction = (mine.column(HASH).to_numpy().view(np.uint64) >> np.uint64(11)) * 2.0**-53
            chosen = np.flatnonzero(fraction < rates.get(number, 0.0))
            if len(chosen):
                values, shown = features[chosen], fraction[chosen] < queries[number]
                # A null index takes null for the other rows.
                of_shown = pa.array(np.cumsum(shown) - 1, mask=~shown)
                projected = pa.Table.from_arrays(
                    [
                        pa.array(np.full(len(chosen), number, dtype=np.int32)),
                        mine.column(HASH).take(pa.array(chosen)),
                        lists(values[shown]).take(of_shown),
                        lists(project(number, values)),
                        pa.array(np.ones(len(chosen), dtype=np.int64)),
                    ],
                    names=[CLASS, HASH, FEATURES, _PROJECTIONS, _WEIGHT],
                )
                yield from distinct(projected, [CLASS, HASH], _WEIGHT).to_batches()

    rows = _below(rows, max(rates.values()))
    batches = collect(rows if split else by_runs(rows, len(rates)), run)
    if not batches:
        return {}
    table = distinct(pa.Table.from_batches(batches), [CLASS, HASH], _WEIGHT)
    classes = table.column(CLASS).to_numpy()
    # In the order of the classes.
    return {number: _to_sample(table.slice(own[0], len(own))) for number, own in runs(classes)}


def tally(rows: DataFrame, tallies: Mapping[int, Tally], split: Split | None = None) -> None:
    """Adds every row to the tally of its class in one pass, and merges the results of the tasks in place.

    Parameters
    ----------
    rows : DataFrame
        Columns CLASS, HASH, FEATURES.
    tallies : mapping of class to Tally
    split : callable, optional
        See :func:`spark_smote.spark.arrow.by_class`.
    """

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        seen = set()
        for number, mine, features in by_class(batches, split):
            if number in tallies:
                tallies[number].add(mine.column(HASH).to_numpy(), features)
                seen.add(number)
        yield from results(seen)

    def merge(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        yield from results(merged(tallies, batches))

    def results(seen: Iterable[int]) -> Iterator[pa.RecordBatch]:
        for number in sorted(seen):
            arrays = [lists(array.reshape(1, -1)) for array in tallies[number].packed()]
            names = [CLASS, *(f"array{index}" for index in range(len(arrays)))]
            yield pa.RecordBatch.from_arrays([pa.array([number], pa.int32()), *arrays], names=names)

    size = sum(array.nbytes for own in tallies.values() for array in own.packed())
    rows = rows if split else by_runs(rows, len(tallies))
    merged(tallies, collect(rows, run, merge if size > _LARGE_TALLY else None))


def to_cells(
    rows: DataFrame,
    placements: Mapping[int, Placement],
    split: Split | None = None,
    shared: SharedPlacement | None = None,
) -> DataFrame:
    """Sends each row to its cells.

    Parameters
    ----------
    rows : DataFrame
        Columns CLASS, HASH, FEATURES, and any others.
    placements : mapping of class to Placement
        Rows of other classes are left out.
    split : callable, optional
        See :func:`spark_smote.spark.arrow.by_class`.
    shared : SharedPlacement, optional
        Of other classes or groups.

    Returns
    -------
    DataFrame
        All columns, plus CELL and HOME. Dense FEATURES are packed as binary, which Spark moves faster than arrays.
    """
    names = [name for name in rows.columns if name != FEATURES]

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        together = None if shared is None else shared.known
        for number, mine, features in by_class(batches, split, together):
            if shared is not None and number == TOGETHER:
                sent_to: Iterable[_Sent] = [shared.place(mine.column(CLASS).to_numpy())]
            elif number in placements:
                sent_to = placements[number].place(mine.column(HASH).to_numpy(), features)
            else:
                continue
            most = max(1, PART_BYTES // row_bytes(features))
            for index, cells, home in sent_to:
                for start in range(0, len(index), most):
                    part = slice(start, start + most)
                    sent = mine.take(pa.array(index[part]))
                    yield pa.RecordBatch.from_arrays(
                        [
                            *sent.columns,
                            packed(features[index[part]]),
                            pa.array(cells[part].astype(np.int32)),
                            pa.array(home[part]),
                        ],
                        names=[*names, FEATURES, CELL, HOME],
                    )

    schema = StructType(
        [
            *(rows.schema[name] for name in names),
            StructField(FEATURES, PAIRS if is_pairs(rows.schema[FEATURES].dataType) else BinaryType(), False),
            *not_null(CELL, HOME),
        ]
    )
    return rows.mapInArrow(run, schema)


def chosen(rows: DataFrame, choose: Mapping[int, Callable[[int, Matrix], NDArray[np.bool_]]]) -> DataFrame:
    """Keys of the rows that a kernel chooses, distinct.

    Parameters
    ----------
    rows : DataFrame
        Columns CLASS, HASH, FEATURES.
    choose : mapping of class to callable
        Takes a class number and features (n, d); returns whether each row is chosen (n,). Equal rows must be alike.

    Returns
    -------
    DataFrame
        CLASS and HASH of these rows, and ROWS, the largest integer there is; bigint.
    """

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for number, mine, features in by_class(batches):
            if number in choose:
                hashes = np.unique(mine.column(HASH).to_numpy()[choose[number](number, features)])
                columns = [pa.array(np.full(len(hashes), value)) for value in (number, _EVERY)]
                yield pa.RecordBatch.from_arrays([columns[0], pa.array(hashes), columns[1]], names=[CLASS, HASH, ROWS])

    schema = StructType([StructField(name, LongType(), False) for name in (CLASS, HASH, ROWS)])
    return rows.mapInArrow(run, schema).distinct()


def _below(rows: DataFrame, rate: float) -> DataFrame:
    """Leaves out rows that no sample of this rate has, before they are sent to Python."""
    if rate >= 1:
        return rows
    # Exploded, or Spark's optimiser would push the filter below the renaming of the features, see InputRows.keyed.
    apart = rows.select(F.inline(F.array(F.struct(*rows.columns))))
    return apart.filter(F.shiftrightunsigned(HASH, 11) <= int(rate * 2.0**53))


def _to_sample(rows: pa.Table) -> SampledRows:
    rows = rows.combine_chunks()
    shown = rows.filter(rows.column(FEATURES).is_valid())
    return SampledRows(
        projections=matrix(rows.column(_PROJECTIONS).chunk(0)),
        weights=rows.column(_WEIGHT).to_numpy().astype(np.float64),
        features=matrix(shown.column(FEATURES).chunk(0)) if shown.num_rows else np.empty((0, 0)),
        hashes=rows.column(HASH).to_numpy().view(np.uint64),
    )
