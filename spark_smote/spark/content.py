"""A hash of a whole row, whatever the types of its columns."""

from __future__ import annotations

from pyspark.ml.functions import vector_to_array
from pyspark.ml.linalg import VectorUDT
from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, DataType, MapType, StructType

from spark_smote.spark.columns import at

# It would drop the microseconds.
EXACT_JSON = {
    "timestampFormat": "yyyy-MM-dd HH:mm:ss.SSSSSS",
    "timestampNTZFormat": "yyyy-MM-dd HH:mm:ss.SSSSSS",
}


def row_hash(schema: StructType) -> Column:
    """A hash of all columns of a frame that are named by position; rows equal in everything have the same."""
    return F.xxhash64(*(_hashable(at(place), field.dataType) for place, field in enumerate(schema.fields)))


def json_hash(packed: Column) -> Column:
    """A hash of a struct that may hold maps, which Spark does not hash."""
    return F.xxhash64(F.to_json(packed, EXACT_JSON))


def mark(hashed: Column) -> Column:
    """The upper half of a hash: sums of it over many rows cannot overflow."""
    return F.shiftright(hashed, 32)


def elements(vector: Column) -> Column:
    """A vector as array<double>, null as null, at which Spark's own function fails."""
    return F.when(vector.isNotNull(), vector_to_array(vector))


def _hashable(column: Column, kind: DataType) -> Column:
    if isinstance(kind, VectorUDT):
        return elements(column)
    if kind.typeName() == "variant":
        return column.cast("string")
    return json_hash(F.struct(column)) if _has_map(kind) else column


def _has_map(kind: DataType) -> bool:
    if isinstance(kind, StructType):
        return any(_has_map(field.dataType) for field in kind.fields)
    return isinstance(kind, MapType) or (isinstance(kind, ArrayType) and _has_map(kind.elementType))
