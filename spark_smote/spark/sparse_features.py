"""Vectors with many zeros, encoded by their other elements alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.ml.linalg import VectorUDT
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StructField, StructType

from spark_smote.spark.columns import FEATURES, at
from spark_smote.spark.features import ArrayFeatures, Features
from spark_smote.spark.pairs import INDEX, VALUE

LEAST_WIDTH = 1_000
"""Length of a vector from which on it may be sparse: below, dense rows are about as fast."""
MOST_STORED = 0.1
"""Share of elements that are not zero up to which vectors are sparse."""
_DOUBLES_A_PAIR = 1.5
_LONGEST = 4
"""A row has so many times the mean of non-zeros; bigger ones make all rows count as bigger."""


@dataclass(frozen=True)
class SparseFeatures(ArrayFeatures):
    """All features in one vector column whose elements are mostly zero.

    Encoded as pairs of index and value in ascending order, without zeros, whichever way a vector is stored.

    Parameters
    ----------
    length : int
        Elements of a vector.
    stored : int
        Doubles that are as big as the pairs of a row.
    """

    length: int
    stored: int

    def _array(self) -> Column:
        return _unwrapped(self.place)["values"]

    def encode(self) -> Column:
        vector = _unwrapped(self.place)
        every = F.sequence(F.lit(0), F.size(vector["values"]) - F.lit(1))
        indices = F.coalesce(vector["indices"], every)
        both = F.zip_with(indices, vector["values"], lambda i, x: F.struct(i.alias(INDEX), x.alias(VALUE)))
        return F.when(self.valid(), F.filter(both, lambda pair: pair[VALUE] != F.lit(0.0)))

    def size(self) -> Column:
        return _size(self.place)

    def decode(self, values: Sequence[str]) -> dict[int, Column | str]:
        pairs = F.col(values[0])
        parts = {"type": F.lit(0), "size": F.lit(self.length), "indices": pairs[INDEX], "values": pairs[VALUE]}
        # Only JSON becomes a vector of this kind without Python; it keeps every double.
        text = F.to_json(F.struct(F.struct(*(part.alias(name) for name, part in parts.items())).alias(FEATURES)))
        vector = F.from_json(text, StructType([StructField(FEATURES, VectorUDT())]))[FEATURES]
        if not self.field.nullable:
            vector = F.explode(F.array_compact(F.array(vector)))
        return {self.place: vector}


def if_sparse(frame: DataFrame, features: Features) -> Features:
    """Returns sparse features for a column of vectors that are long and mostly zero, else the same; jobs run.

    Parameters
    ----------
    frame : DataFrame
        Columns named by position. The length of the first vector is read, and where that is long all rows.
    features : Features
    """
    if not isinstance(features, ArrayFeatures) or not isinstance(features.field.dataType, VectorUDT):
        return features
    told = (features.field.metadata or {}).get("ml_attr", {}).get("num_attrs", LEAST_WIDTH)
    if told < LEAST_WIDTH:
        return features
    vectors = frame.filter(at(features.place).isNotNull())
    size = _size(features.place)
    first = vectors.select(size).limit(1).collect()
    if not first or first[0][0] < LEAST_WIDTH:
        return features
    number = F.size(F.filter(_unwrapped(features.place)["values"], lambda x: x != F.lit(0.0)))
    length, mean, longest = vectors.agg(F.max(size), F.sum(number) / F.count(number), F.max(number)).collect()[0]
    if mean > MOST_STORED * length:
        return features
    stored = int(_DOUBLES_A_PAIR * max(mean, longest / _LONGEST)) + 1
    return SparseFeatures(features.place, features.field, length, stored)


def _unwrapped(place: int) -> Column:
    """Returns the struct that a vector is stored as: type, size, indices and values."""
    return F.unwrap_udt(at(place))


def _size(place: int) -> Column:
    vector = _unwrapped(place)
    return F.coalesce(vector["size"], F.size(vector["values"]))
