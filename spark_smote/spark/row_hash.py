"""Hashes and fingerprints of rows with columns of any type, and an order of rows with equal hashes."""

from __future__ import annotations

from pyspark.ml.functions import vector_to_array
from pyspark.ml.linalg import VectorUDT
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, DataType, MapType, StructType

from spark_smote.spark.columns import CLASS, HASH, at

_WITHOUT_HASH = ("map", "variant", "geometry", "geography")
# By default, to_json drops microseconds, and writes two hours alike when clocks go back.
EXACT_JSON = {
    "timeZone": "UTC",
    "timestampFormat": "yyyy-MM-dd HH:mm:ss.SSSSSS",
    "timestampNTZFormat": "yyyy-MM-dd HH:mm:ss.SSSSSS",
}


def row_hash(schema: StructType, place: int | None = None) -> Column:
    """Returns a hash of all columns, or of the one at a place, of a frame whose columns are named by position.

    Some different rows have the same hash: 0.0 hashes as -0.0, and (null, 1) as (1, null). Where their order matters,
    use :func:`place_among_equals`.
    """
    places = range(len(schema)) if place is None else [place]
    return F.xxhash64(*(_hashable(at(each), schema.fields[each].dataType) for each in places))


def json_hash(packed: Column, kind: StructType) -> Column:
    """Returns an exact but slow hash of a struct of any type: it distinguishes -0.0 and nulls."""
    return F.xxhash64(F.to_json(_plain(packed, kind), EXACT_JSON))


def fingerprint(hashed: Column) -> Column:
    """Returns the upper half of a hash; a sum of these cannot overflow below four billion equal rows."""
    return F.shiftright(hashed, 32)


def label_fingerprint(hashed: Column) -> Column:
    """Returns 24 bits of the hash of a label: fewer bits, because many rows share a label."""
    return F.shiftright(hashed, 40)


def row_fingerprint(label: Column, content: Column) -> Column:
    """Returns the fingerprint of a row with this label and this hash of its features."""
    return fingerprint(F.xxhash64(label, content))


def place_among_equals(frame: DataFrame) -> Column:
    """Numbers the rows with equal CLASS and HASH from 1, in an order given by the content of all columns."""
    equal = Window.partitionBy(CLASS, HASH)
    return F.row_number().over(equal.orderBy(json_hash(F.struct(*frame.columns), frame.schema)))


def elements(vector: Column) -> Column:
    """Converts a vector column to array<double>; unlike vector_to_array, it accepts null."""
    return F.when(vector.isNotNull(), vector_to_array(vector))


def _hashable(column: Column, kind: DataType) -> Column:
    if isinstance(kind, VectorUDT):
        return elements(column)
    return _plain(column, kind)


def _plain(column: Column, kind: DataType) -> Column:
    """A value that Spark can neither hash nor write as JSON as text, binary, or nested values of these.

    As keys of a map, JSON has the addresses of binary values and arrays.
    """
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
