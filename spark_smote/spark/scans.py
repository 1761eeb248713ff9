"""Rows sampled, tallied, sent to their cells: class by class, or by groups that a ``split`` makes of the classes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.ml.feature import BucketedRandomProjectionLSH
from pyspark.ml.functions import array_to_vector, vector_to_array
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import BinaryType, BooleanType, IntegerType, StructField, StructType

from spark_smote.spark.arrow import Split, blobs, by_class, distinct, lists, matrix
from spark_smote.spark.columns import CELL, CLASS, FEATURES, HASH, HOME
from spark_smote.spark.exchange import collect

Matrix = NDArray[np.float64]

# So fine that hashes are the projections themselves: floor keeps all 53 bits of x . v / w.
_UNQUANTISED = 2.0**-500
_DIRECTIONS_SEED = 20020601
_SENT_BYTES = 1 << 26
_PROJECTIONS, _WEIGHT = "projections", "weight"


class Placement(Protocol):
    """What a kernel offers to send the rows of one class to their cells: rows, cells and whether each is at home."""

    def place(
        self, hashes: NDArray[np.int64], rows: Matrix
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]]: ...


class Tally(Protocol):
    """What a kernel adds up over all rows of one class; ``packed`` gives arrays for another's ``merge``."""

    def add(self, hashes: NDArray[np.int64], rows: Matrix) -> None: ...
    def packed(self) -> Sequence[NDArray[Any]]: ...
    @property
    def merge(self) -> Callable[..., None]: ...


@dataclass(frozen=True)
class SampledRows:
    """Distinct rows of one class, chosen by their content hash and in its order.

    Parameters
    ----------
    projections : array of float64, shape (s, p)
        Dot products with the LSH directions.
    weights : array of float64, shape (s,)
        How many equal rows each stands for.
    features : array of float64, shape (q, d)
        Features of the first few, q <= s.
    hashes : array of uint64, shape (s,)
        Content hashes.
    """

    projections: Matrix
    weights: Matrix
    features: Matrix
    hashes: NDArray[np.uint64]


def directions(session: SparkSession, width: int, tables: int) -> Matrix:
    """The directions of Spark's BucketedRandomProjectionLSH, shape (tables, width).

    Spark draws them, always alike. They are read off as the hashes of the unit vectors, so that rows can be hashed in
    the Python pass that needs the hashes: as a column they come as an array of vectors, which costs more than all else.
    """
    unit = F.transform(F.sequence(F.lit(0), F.lit(width - 1)), lambda i: F.when(i == F.col("id"), 1.0).otherwise(0.0))
    # With the size at hand, fitting needs no look at the data.
    vectors = session.range(0, width, 1, 1).select("id", array_to_vector(unit).alias("vector"))
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
    """Sample each class by content hash.

    Parameters
    ----------
    rows : DataFrame
        Columns CLASS, HASH, FEATURES.
    rates, queries : mapping of class to float
        Share of the distinct rows to sample, and to return the features of.
    project : callable
        A class's number and features of shape (n, d) to projections of shape (n, p).
    split : callable, optional
        See :func:`spark_smote.spark.arrow.by_class`.
    """

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for number, mine, features in by_class(batches, split):
            # The hash, unsigned, as a fraction of its range.
            fraction = (mine.column(HASH).to_numpy().view(np.uint64) >> np.uint64(11)) * 2.0**-53
            chosen = np.flatnonzero(fraction < rates[number])
            if len(chosen):
                values, shown = features[chosen], fraction[chosen] < queries[number]
                # Of the others an index that is null takes null.
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

    batches = collect(rows, run)
    if not batches:
        return {}
    table = distinct(pa.Table.from_batches(batches), [CLASS, HASH], _WEIGHT)
    classes = table.column(CLASS).to_numpy()
    return {int(number): _to_sample(table.filter(pa.array(classes == number))) for number in np.unique(classes)}


def tally(rows: DataFrame, tallies: Mapping[int, Tally], split: Split | None = None) -> None:
    """Run every row through its class's tally in one pass; merge the tasks' results in place.

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
        for number in sorted(seen):
            arrays = [lists(array.reshape(1, -1)) for array in tallies[number].packed()]
            names = [CLASS, *(f"array{index}" for index in range(len(arrays)))]
            yield pa.RecordBatch.from_arrays([pa.array([number], pa.int32()), *arrays], names=names)

    for batch in collect(rows, run):
        number, *arrays = (column.flatten() if index else column for index, column in enumerate(batch.columns))
        tallies[number[0].as_py()].merge(*(array.to_numpy() for array in arrays))


def to_cells(rows: DataFrame, placements: Mapping[int, Placement], split: Split | None = None) -> DataFrame:
    """Send each row to its cells.

    Parameters
    ----------
    rows : DataFrame
        Columns CLASS, HASH, FEATURES and any others.
    placements : mapping of class to Placement
        Rows of other classes are left out.
    split : callable, optional
        See :func:`spark_smote.spark.arrow.by_class`.

    Returns
    -------
    DataFrame
        With CELL and HOME. FEATURES are packed as binary, which costs Spark less to carry than arrays.
    """
    names = [name for name in rows.columns if name != FEATURES]

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for number, mine, features in by_class(batches, split):
            if number not in placements:
                continue
            most = max(1, _SENT_BYTES // (8 * features.shape[1]))
            for index, cells, home in placements[number].place(mine.column(HASH).to_numpy(), features):
                for start in range(0, len(index), most):
                    part = slice(start, start + most)
                    sent = mine.take(pa.array(index[part]))
                    yield pa.RecordBatch.from_arrays(
                        [
                            *sent.columns,
                            blobs(features[index[part]]),
                            pa.array(cells[part].astype(np.int32)),
                            pa.array(home[part]),
                        ],
                        names=[*names, FEATURES, CELL, HOME],
                    )

    schema = StructType(
        [
            *(rows.schema[name] for name in names),
            StructField(FEATURES, BinaryType(), False),
            StructField(CELL, IntegerType(), False),
            StructField(HOME, BooleanType(), False),
        ]
    )
    return rows.mapInArrow(run, schema)


def _to_sample(rows: pa.Table) -> SampledRows:
    rows = rows.combine_chunks()
    shown = rows.filter(rows.column(FEATURES).is_valid())
    return SampledRows(
        projections=matrix(rows.column(_PROJECTIONS).chunk(0)),
        weights=rows.column(_WEIGHT).to_numpy().astype(np.float64),
        features=matrix(shown.column(FEATURES).chunk(0)) if shown.num_rows else np.empty((0, 0)),
        hashes=rows.column(HASH).to_numpy().view(np.uint64),
    )
