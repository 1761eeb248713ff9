"""Frames with columns of every type, names of every kind, and metadata; all made by Spark from row numbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StructField, StructType

ROWS, MINORITY = 90, 30

# Every scalar type that can be a feature. The moments run through both changes of the clocks in Berlin in 2023.
SCALARS = {
    "byte": "CAST(CASE WHEN id % 7 = 0 THEN -128 WHEN id % 7 = 1 THEN 127 ELSE id - 40 END AS BYTE)",
    "short": "CAST(CASE WHEN id % 7 = 2 THEN -32768 WHEN id % 7 = 3 THEN 32767 ELSE id * 7 END AS SHORT)",
    "int": "CAST(CASE WHEN id % 7 = 4 THEN -2147483648 WHEN id % 7 = 5 THEN 2147483647 ELSE id * 1001 END AS INT)",
    "long": "CAST(CASE WHEN id % 11 < 3 THEN 9223372036854775807 WHEN id % 11 = 3 THEN -9223372036854775807 - 1 "
    "ELSE id * 123456789 END AS LONG)",
    "float": "CAST(id * 0.37 AS FLOAT)",
    "double": "CAST(id * id AS DOUBLE) / 7",
    "money": "CAST(CASE WHEN id % 11 < 3 THEN 99999999.99 ELSE id * 3.17 END AS DECIMAL(10,2))",
    "fine": "CAST(id AS DECIMAL(38,18)) / CAST(7 AS DECIMAL(1,0))",
    "huge": "CAST(CASE WHEN id % 11 < 3 THEN 99999999999999999999.999999999999999999 ELSE id END AS DECIMAL(38,18))",
    "flag": "id % 3 = 0",
    "day": "date_add(DATE '1969-11-20', CAST(id AS INT))",
    "moment": "timestamp_micros(1679788799000000 + id * 211111111111)",
    "wall": "TIMESTAMP_NTZ '2023-03-26 01:59:59.999999' + make_dt_interval(0, 0, id * 3518, 0.123457 * id)",
}
# For columns that Spark would otherwise treat as nullable.
ZEROS = {"double": "0D", "money": "0BD", "fine": "0BD", "flag": "FALSE", "wall": "TIMESTAMP_NTZ '2023-01-01 00:00:00'"}
# Names that Spark's parser would misread, and twins under spark.sql.caseSensitive.
CARRIED = {
    "a.b": "CAST(id * 1.25 AS DECIMAL(10,2))",
    "a": "named_struct('b', id, 'deep', named_struct('c', array(id, NULL), 'when', timestamp_micros(id)))",
    "with space": "timestamp_micros(1679788800000001 + id)",
    "back`tick": "CAST(concat('v', id) AS BINARY)",
    "Case": "date_add(DATE '2024-02-29', CAST(id AS INT))",
    "case": "map('k', id, 'null', NULL)",
    "größe_Ω": "array(named_struct('x', CAST(id AS FLOAT)), NULL)",
    "c0": "concat('row ', id)",
    "class": "CASE WHEN id % 2 = 0 THEN id END",
    "features": "array(double(id), double('NaN'))",
    "wall clock": "TIMESTAMP_NTZ '2023-03-26 02:30:00' + make_dt_interval(CAST(id AS INT))",
    "tiny": "CAST(id AS BYTE)",
    "exact.": "CAST(id AS DECIMAL(38,18)) / CAST(3 AS DECIMAL(1,0))",
    "yes?": "id % 2 = 0",
    "days": "make_dt_interval(CAST(id AS INT))",
}
FEATURES = ["x.1", "x 2", "`x3`"]
LABEL = "the label.`s`"
META = {"ml_attr": {"type": "numeric"}, "comment": 'naïve, "quoted" and `ticked`'}


def scalar_frame(spark: SparkSession, names: Iterable[str], nullable: bool) -> DataFrame:
    """A label, a column of each of these types, and an id."""
    label = F.expr(f"CASE WHEN id < {MINORITY} THEN 'few' ELSE 'many' END").alias("label")
    columns = [_with_nullability(SCALARS[name], nullable, ZEROS.get(name)).alias(name) for name in names]
    return with_metadata(spark.range(ROWS).select(label, *columns, "id"), {"int": META, "label": {"k": 1}})


def awkward_frame(spark: SparkSession, nullable: bool) -> DataFrame:
    """Three features, a label and an id, with columns of every other kind in between."""
    carried = [(_with_nullability(value, True) if nullable else F.expr(value)).alias(n) for n, value in CARRIED.items()]
    frame = spark.range(ROWS).select(
        *carried[:4],
        F.expr("id % 17 * 1.5D").alias(FEATURES[0]),
        *carried[4:],
        F.expr("CAST(id % 11 AS INT)").alias(FEATURES[1]),
        F.expr(f"id >= {MINORITY}").alias(LABEL),
        F.expr("nullif(id, -1)").alias("id"),
        F.expr("CAST(id AS FLOAT)").alias(FEATURES[2]),
    )
    return with_metadata(frame, {"a.b": META, "case": {"x": 1}, LABEL: META, FEATURES[1]: META})


def with_metadata(frame: DataFrame, metadata: dict[str, dict[str, Any]]) -> DataFrame:
    """The metadata are set by a schema, because Connect loses the metadata of an alias."""
    fields = [StructField(f.name, f.dataType, f.nullable, metadata.get(f.name, {})) for f in frame.schema.fields]
    return frame.to(StructType(fields))


def _with_nullability(expression: str, nullable: bool, zero: str | None = None) -> Column:
    column = F.expr(expression)
    if nullable:
        return F.when(F.col("id") >= 0, column)
    return column if zero is None else F.coalesce(column, F.expr(zero))
