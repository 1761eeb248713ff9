"""Rows of the classes to resample, sent to their cells: shards of a whole class, or LSH cells with a halo."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.ml.feature import BucketedRandomProjectionLSH, BucketedRandomProjectionLSHModel
from pyspark.ml.functions import array_to_vector, vector_to_array
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import BooleanType, IntegerType, StructField, StructType

from spark_smote.spark.arrow import distinct, lists, matrix
from spark_smote.spark.columns import CELL, CLASS, FEATURES, HASH, HOME, LSH
from spark_smote.spark.exchange import collect

Matrix = NDArray[np.float64]

# So fine that hashes are the projections themselves: floor keeps all 53 bits of x . v / w.
_UNQUANTISED = 2.0**-500
_DIRECTIONS_SEED = 20020601
_WEIGHT = "weight"


class Placement(Protocol):
    """Cells of one class, as a kernel offers them."""

    def place(self, hashes: Matrix) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]]: ...


class Tally(Protocol):
    """What a kernel adds up over all rows of one class."""

    counts: NDArray[np.int64]
    distances: Matrix
    depths: Matrix

    def add(self, rows: Matrix, hashes: Matrix) -> None: ...
    def merge(self, counts: NDArray[np.int64], distances: Matrix, depths: Matrix) -> None: ...


@dataclass(frozen=True)
class Sample:
    """Distinct rows of one class, chosen by their content hash and in its order.

    Parameters
    ----------
    projections : array of float64, shape (s, p)
        Dot products with the LSH directions.
    weights : array of float64, shape (s,)
        How many equal rows each stands for.
    features : array of float64, shape (q, d)
        Features of the first few, q <= s.
    """

    projections: Matrix
    weights: Matrix
    features: Matrix


class Hasher:
    """Spark's BucketedRandomProjectionLSH on the frame's features, as an array of hashes.

    Parameters
    ----------
    frame : DataFrame
        Any frame of the session.
    width : int
        Number of features.
    tables : int
        Number of hash functions.
    scale : array of float64, shape (width,), or None
        Units of distance of each feature.
    """

    def __init__(self, frame: DataFrame, width: int, tables: int, scale: Matrix | None) -> None:
        self._scale = None if scale is None else [float(unit) for unit in scale]
        self._tables = tables
        # Fitting reads the vectors' size and draws the directions; no data is needed.
        origin = F.array_repeat(F.lit(0.0), width)
        self._blank = frame.sparkSession.range(1).select(array_to_vector(origin).alias("vector"))

    def hash(self, rows: DataFrame, bucketLength: float) -> DataFrame:
        """The rows with a column LSH: array<double> of whole numbers."""
        features: Column = F.col(FEATURES)
        if self._scale is not None:
            features = F.zip_with(features, F.array(*map(F.lit, self._scale)), lambda x, unit: x / unit)
        names = rows.columns
        hashed = self._model(bucketLength).transform(rows.withColumn("vector", array_to_vector(features)))
        return hashed.select(*names, F.transform("buckets", lambda bucket: vector_to_array(bucket)[0]).alias(LSH))

    def sample(self, rows: DataFrame, rates: Mapping[int, float], queries: Mapping[int, float]) -> dict[int, Sample]:
        """Sample each class by content hash.

        Parameters
        ----------
        rows : DataFrame
            Columns CLASS, HASH, FEATURES.
        rates, queries : mapping of class to float
            Share of the distinct rows to sample, and to return the features of.
        """
        # The hash, unsigned, as a fraction of its range.
        fraction = F.shiftrightunsigned(HASH, 11).cast("double") * F.lit(2.0**-53)
        chosen = rows.filter(fraction < _by_class(rates))
        hashed = self.hash(chosen, _UNQUANTISED).select(
            CLASS,
            HASH,
            LSH,
            F.when(fraction < _by_class(queries), F.col(FEATURES)).alias(FEATURES),
            F.lit(1).cast("long").alias(_WEIGHT),
        )

        def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            for batch in batches:
                if batch.num_rows:
                    yield from distinct(pa.Table.from_batches([batch]), [CLASS, HASH], _WEIGHT).to_batches()

        batches = collect(hashed, run)
        if not batches:
            return {}
        table = distinct(pa.Table.from_batches(batches), [CLASS, HASH], _WEIGHT)
        classes = table.column(CLASS).to_numpy()
        return {int(number): _to_sample(table.filter(pa.array(classes == number))) for number in np.unique(classes)}

    def _model(self, bucketLength: float) -> BucketedRandomProjectionLSHModel:
        lsh = BucketedRandomProjectionLSH(
            inputCol="vector",
            outputCol="buckets",
            bucketLength=bucketLength,
            numHashTables=self._tables,
            seed=_DIRECTIONS_SEED,
        )
        return lsh.fit(self._blank)


def tally(hashed: DataFrame, tallies: Mapping[int, Tally], scale: Matrix | None) -> None:
    """Run every row of the hashed frame through its class's tally in one pass; merge the tasks' results in place."""

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        seen = set()
        for batch in batches:
            classes = batch.column(CLASS).to_numpy()
            for number in np.unique(classes).tolist():
                rows = batch.filter(pa.array(classes == number))
                features = matrix(rows.column(FEATURES))
                tallies[number].add(features if scale is None else features / scale, matrix(rows.column(LSH)))
                seen.add(number)
        for number in sorted(seen):
            found = tallies[number]
            arrays = [found.counts, found.distances.ravel(), found.depths.ravel()]
            yield pa.RecordBatch.from_arrays(
                [pa.array([number], pa.int32()), *(lists(array[None, :]) for array in arrays)],
                names=[CLASS, "counts", "distances", "depths"],
            )

    for batch in collect(hashed.select(CLASS, FEATURES, LSH), run):
        for row in batch.to_pylist():
            found = tallies[row[CLASS]]
            shape = found.distances.shape
            found.merge(
                np.array(row["counts"], dtype=np.int64),
                np.array(row["distances"], dtype=np.float64).reshape(shape),
                np.array(row["depths"], dtype=np.float64).reshape(shape),
            )


def to_lsh_cells(hashed: DataFrame, placements: Mapping[int, Placement], first_cells: Mapping[int, int]) -> DataFrame:
    """Send each hashed row to its home cell and, as a halo row, to the cells whose border it is near.

    Parameters
    ----------
    hashed : DataFrame
        As from :meth:`Hasher.hash`.
    placements : mapping of class to Placement
    first_cells : mapping of class to int
        Number of the class's first cell.
    """
    names = [name for name in hashed.columns if name != LSH]

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            classes = batch.column(CLASS).to_numpy()
            for number in np.unique(classes).tolist():
                mine = batch.filter(pa.array(classes == number))
                kept = mine.select(names)
                for rows, cells, home in placements[number].place(matrix(mine.column(LSH))):
                    sent = kept.take(pa.array(rows))
                    cell = pa.array((cells + first_cells[number]).astype(np.int32))
                    yield pa.RecordBatch.from_arrays([*sent.columns, cell, pa.array(home)], names=[*names, CELL, HOME])

    schema = StructType(
        [
            *(hashed.schema[name] for name in names),
            StructField(CELL, IntegerType(), False),
            StructField(HOME, BooleanType(), False),
        ]
    )
    return hashed.mapInArrow(run, schema)


def to_shards(rows: DataFrame, shards: Mapping[int, int], first_cells: Mapping[int, int]) -> DataFrame:
    """Send every row of a class to each of the class's shards; which rows are seeds in which is the kernel's to say."""
    first = _by_class(first_cells)
    last = first + _by_class(shards) - F.lit(1)
    cells = F.explode(F.sequence(first.cast("int"), last.cast("int")))
    return rows.withColumn(CELL, cells).withColumn(HOME, F.lit(True))


def _by_class(values: Mapping[int, Any]) -> Column:
    """The value of a row's class, looked up in a literal array."""
    array = F.array(*(F.lit(values.get(number, 0)) for number in range(max(values) + 1)))
    return F.get(array, F.col(CLASS))


def _to_sample(rows: pa.Table) -> Sample:
    rows = rows.combine_chunks()
    shown = rows.filter(rows.column(FEATURES).is_valid())
    return Sample(
        projections=matrix(rows.column(LSH).chunk(0)) * _UNQUANTISED,
        weights=rows.column(_WEIGHT).to_numpy().astype(np.float64),
        features=matrix(shown.column(FEATURES).chunk(0)) if shown.num_rows else np.empty((0, 0)),
    )
