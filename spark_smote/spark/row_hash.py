"""What a row holds, as hashes: of a whole row, whatever the types of its columns, and an order among equal ones."""

from __future__ import annotations

from pyspark.ml.functions import vector_to_array
from pyspark.ml.linalg import VectorUDT
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, DataType, MapType, StructType

from spark_smote.spark.columns import CLASS, HASH, at

_WITHOUT_HASH = ("variant", "geometry", "geography")
# It would drop the microseconds, and write two hours alike where the clocks go back.
EXACT_JSON = {
    "timeZone": "UTC",
    "timestampFormat": "yyyy-MM-dd HH:mm:ss.SSSSSS",
    "timestampNTZFormat": "yyyy-MM-dd HH:mm:ss.SSSSSS",
}


def row_hash(schema: StructType) -> Column:
    """A hash of all columns of a frame that are named by position; rows equal in everything have the same.

    So have rows that Spark's hash does not tell apart: it takes 0.0 for -0.0, and (null, 1) for (1, null). Where it
    matters which of these is taken, :func:`place_among_equals` says.
    """
    return F.xxhash64(*(_hashable(at(place), field.dataType) for place, field in enumerate(schema.fields)))


def json_hash(packed: Column) -> Column:
    """A hash of a struct to the last bit, -0.0 and nulls included, slower; of maps too, which Spark does not hash."""
    return F.xxhash64(F.to_json(packed, EXACT_JSON))


def mark(hashed: Column) -> Column:
    """The upper half of a hash: sums of it cannot overflow, unless four billion rows and more are all alike."""
    return F.shiftright(hashed, 32)


def label_mark(label: Column) -> Column:
    """Of a label, which so many rows may share, 24 bits."""
    return F.shiftright(F.xxhash64(label), 40)


def row_mark(label: Column, content: Column) -> Column:
    """Of a row with this label and this hash of its features."""
    return mark(F.xxhash64(label, content))


def place_among_equals(frame: DataFrame) -> Column:
    """The place, from 1, of a row among those of its CLASS and HASH, by the content of all the frame's columns."""
    equal = Window.partitionBy(CLASS, HASH)
    columns = [_plain(F.col(field.name), field.dataType).alias(field.name) for field in frame.schema.fields]
    return F.row_number().over(equal.orderBy(json_hash(F.struct(*columns))))


def elements(vector: Column) -> Column:
    """A vector as array<double>, null as null, at which Spark's own function fails."""
    return F.when(vector.isNotNull(), vector_to_array(vector))


def _hashable(column: Column, kind: DataType) -> Column:
    if isinstance(kind, VectorUDT):
        return elements(column)
    if _holds(kind, _WITHOUT_HASH):
        return _plain(column, kind)
    return json_hash(F.struct(column)) if _holds(kind, ("map",)) else column


def _plain(column: Column, kind: DataType) -> Column:
    """A value that Spark can neither hash nor write as JSON as text, binary, or nested values of these."""
    if not _holds(kind, _WITHOUT_HASH):
        return column
    if isinstance(kind, ArrayType):
        element = kind.elementType
        return F.transform(column, lambda x: _plain(x, element))
    if isinstance(kind, MapType):
        entry = StructType().add("key", kind.keyType).add("value", kind.valueType)
        return _plain(F.map_entries(column), ArrayType(entry))
    if isinstance(kind, StructType):
        fields = (_plain(column.getField(field.name), field.dataType) for field in kind.fields)
        return F.when(column.isNotNull(), F.struct(*(one.alias(f"c{at}") for at, one in enumerate(fields))))
    return column.cast("string") if kind.typeName() == "variant" else F.call_function("st_asbinary", column)


def _holds(kind: DataType, names: tuple[str, ...]) -> bool:
    """Whether the type is one of these, or has one inside."""
    if isinstance(kind, StructType):
        return any(_holds(field.dataType, names) for field in kind.fields)
    if isinstance(kind, ArrayType):
        return _holds(kind.elementType, names)
    inside = isinstance(kind, MapType) and (_holds(kind.keyType, names) or _holds(kind.valueType, names))
    return inside or kind.typeName() in names
