"""Survey of the input by one aggregation: rows, invalid rows and fingerprints of each class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F
from pyspark.sql.types import BooleanType, DataType, FractionalType, IntegralType, StringType, StructType

from spark_smote.errors import ClassError, ColumnError, InvalidDataError
from spark_smote.spark.columns import Names, at, listed, position_in, type_name
from spark_smote.spark.features import Features, is_finite
from spark_smote.spark.group_classes import GroupClass, check_codes, class_code, group_text
from spark_smote.spark.row_hash import fingerprint, label_fingerprint, row_fingerprint
from spark_smote.strategy import Label

MAX_CLASSES = 10_000
"""Upper bound on the number of classes."""
MAX_GROUP_CLASSES = 200_000
"""Upper bound on the number of classes within groups, all groups together."""


@dataclass(frozen=True)
class Survey:
    """Result of the aggregation.

    Parameters
    ----------
    rows : dict of label to int
        Number of rows of each class, in sorted class order; with groups, the keys here and below are GroupClass.
    valid : dict of label to int
        Number of rows that take part: their features are all present and finite, or missing where these are kept.
    width : int
        Number of numerical features.
    magnitude : float
        Largest absolute value of a feature in a valid row, to within a factor of 2^20.
    fingerprints : dict of label to int
        Sum of the fingerprints of the features of valid rows: equal in every pass over the same rows.
    unlabelled : int
        Number of rows whose label is null or NaN.
    labels : int
        Sum of the fingerprints of the labels of all rows.
    values : int
        Sum of the fingerprints of labels and features of all valid rows, including those without a label.
    missing : dict of label to int
        Number of valid rows with a missing feature; none where these are not kept.
    ranges : dict of position to pair
        Smallest and largest value of some columns in valid rows with a label, None if there is none.
    """

    rows: dict[Any, int]
    valid: dict[Any, int]
    width: int
    magnitude: float
    fingerprints: dict[Any, int]
    unlabelled: int
    labels: int
    values: int
    missing: dict[Any, int] = field(default_factory=dict)
    ranges: dict[int, tuple[Any, Any]] = field(default_factory=dict)

    @property
    def lacking(self) -> bool:
        """Whether rows with missing features take part."""
        return any(self.missing.values())


def find_label(names: Names, labelCol: str) -> int:
    """Returns the position of the label column.

    Raises
    ------
    ColumnError
        If the column is missing, ambiguous, or of a type that cannot be a label.
    """
    place = names.find(labelCol, "labelCol")
    field = names.field(place)
    if not isinstance(field.dataType, IntegralType | FractionalType | BooleanType | StringType):
        raise ColumnError(
            f"labelCol: column {field.name!r} has type {type_name(field.dataType)}; "
            "a label is an integer, double, string or boolean"
        )
    return place


def take_survey(
    frame: DataFrame,
    schema: StructType,
    label: int,
    features: Features,
    skip: bool | None,
    ranged: Sequence[int] = (),
    groups: Sequence[int] = (),
) -> Survey:
    """Counts all rows and the valid rows of each class, and checks for invalid rows.

    Parameters
    ----------
    frame : DataFrame
        Input, with columns named by position.
    schema : StructType
        With the names of its columns.
    label : int
        Position of the label column.
    features : Features
    skip : bool or None
        Whether invalid rows are ignored; otherwise they raise an error, unless they are only without any value where
        missing ones are kept. None is False of a caller that has no ``handleInvalid``.
    ranged : sequence of int
        Positions of the columns of which to tell the range.
    groups : sequence of int
        Positions of the group columns.

    Raises
    ------
    ClassError
        If there are no rows, or more than MAX_CLASSES classes, or MAX_GROUP_CLASSES within groups.
    InvalidDataError
        If labels are null, or features are null, NaN or infinite (with counts per column), or vectors differ in length.
    """
    keys, most = [f"group{index}" for index in range(len(groups))], MAX_GROUP_CLASSES if groups else MAX_CLASSES
    rows = frame.select(
        at(label).alias("label"),
        class_code(label, groups).alias("code"),
        *(group_text(place, schema[place].dataType).alias(name) for place, name in zip(groups, keys, strict=True)),
        features.magnitude().alias("magnitude"),
        features.size().alias("size"),
        features.content().alias("content"),
        features.lacking().alias("lacking"),
        *(F.nullif(at(place), F.lit(float("nan"))).alias(f"c{place}") for place in ranged),
    )
    valid = is_finite(F.col("magnitude"))
    found = (
        rows.groupBy("label", *keys)
        .agg(
            F.count(F.lit(1)).alias("rows"),
            F.count(F.when(valid, F.lit(1))).alias("valid"),
            F.count(F.when(valid & F.col("lacking"), F.lit(1))).alias("missing"),
            F.min(F.when(valid, F.col("size"))).alias("narrowest"),
            F.max(F.when(valid, F.col("size"))).alias("widest"),
            F.max(F.when(valid, F.col("magnitude"))).alias("magnitude"),
            F.sum(F.when(valid, fingerprint(F.col("content")))).alias("fingerprint"),
            F.sum(F.when(valid, row_fingerprint(F.col("label"), F.col("content")))).alias("values"),
            F.sum(label_fingerprint(F.col("code"))).alias("labels"),
            F.min("code").alias("code"),
            *(F.min(F.when(valid, at(place))).alias(f"min{place}") for place in ranged),
            *(F.max(F.when(valid, at(place))).alias(f"max{place}") for place in ranged),
        )
        .limit(most + 2)
        .collect()
    )
    name = schema[label].name
    if not found:
        raise ClassError("the DataFrame has no rows; there is nothing to resample")
    if len(found) > most and groups:
        raise ClassError(
            f"groupCols: there are more than {most} classes in all groups together; name columns with fewer values, or "
            "resample parts of the DataFrame one after another"
        )
    if len(found) > most:
        raise ClassError(
            f"labelCol: column {name!r} has more than {MAX_CLASSES} distinct values; is it a label? "
            "Continuous targets cannot be resampled"
        )
    labelled = [row for row in found if _is_label(row["label"])]
    unlabelled = sum(row["rows"] for row in found if not _is_label(row["label"]))
    if unlabelled and not skip:
        pass_them = "" if skip is None else ", or set handleInvalid='skip' to pass them through untouched"
        raise InvalidDataError(f"labelCol: column {name!r} is null or NaN in {unlabelled} rows; drop them{pass_them}")
    if not skip and any(row["valid"] < row["rows"] for row in labelled):
        _refuse_faults(frame, features)
    if not labelled:
        raise ClassError(f"labelCol: column {name!r} is null in every row; there are no classes")
    widths = {row[side] for row in labelled for side in ("narrowest", "widest") if row[side] is not None}
    if len(widths) > 1:
        column = schema[features.places[0]].name
        raise InvalidDataError(
            f"featuresCol: column {column!r} holds vectors of {min(widths)} to {max(widths)} elements; "
            "all rows must have the same number"
        )
    if widths == {0} and features.width is None:
        raise InvalidDataError(f"featuresCol: column {schema[features.places[0]].name!r} holds empty vectors")
    classes = _classes(labelled, keys, schema, groups)
    labelled = [labelled[place] for place in classes.values()]
    return Survey(
        rows={one: row["rows"] for one, row in zip(classes, labelled, strict=True)},
        valid={one: row["valid"] for one, row in zip(classes, labelled, strict=True)},
        width=widths.pop() if widths else 0,
        magnitude=max(row["magnitude"] or 0.0 for row in labelled),
        fingerprints={one: row["fingerprint"] or 0 for one, row in zip(classes, labelled, strict=True)},
        unlabelled=unlabelled,
        labels=sum(row["labels"] for row in found),
        values=sum(row["values"] or 0 for row in found),
        missing={one: row["missing"] for one, row in zip(classes, labelled, strict=True)},
        ranges={place: _range(labelled, place) for place in ranged},
    )


def _classes(rows: Sequence[Row], keys: Sequence[str], schema: StructType, groups: Sequence[int]) -> dict[Any, int]:
    """Classes in sorted order, and the place of each among the rows."""
    if not groups:
        return dict(sorted((row["label"], place) for place, row in enumerate(rows)))
    found = [GroupClass(tuple(row[key] for key in keys), row["label"], row["code"]) for row in rows]
    check_codes([one.code for one in found], (schema[place].name for place in groups))
    order = sorted(range(len(found)), key=lambda place: found[place].order)
    return {found[place]: place for place in order}


def label_index(label: Column, labels: list[Label], kind: DataType) -> Column:
    """Number of a row's class in the list of classes, from 0."""
    return (position_in(listed(labels, kind), label) - F.lit(1)).cast("int")


def label_at(index: Column, labels: list[Label], kind: DataType, nullable: bool) -> Column:
    """The class of this number, in the label column's own type."""
    label = F.get(listed(labels, kind), index)
    return label if nullable else F.coalesce(label, F.lit(labels[0]).cast(kind))


def _range(rows: Sequence[Row], place: int) -> tuple[Any, Any]:
    lows, highs = ([row[f"{end}{place}"] for row in rows if row[f"{end}{place}"] is not None] for end in ("min", "max"))
    return min(lows, default=None), max(highs, default=None)


def _is_label(value: object) -> bool:
    return value is not None and value == value


def _refuse_faults(frame: DataFrame, features: Features) -> None:
    kinds = ("null", "NaN", "infinite", "not whole")
    faults = features.faults()
    counts = frame.agg(
        *(F.count(F.when(fault == F.lit(kind), F.lit(1))) for fault in faults.values() for kind in kinds)
    ).collect()[0]
    found = []
    for index, column in enumerate(faults):
        here = [
            f"{counts[index * len(kinds) + n]} {kind}" for n, kind in enumerate(kinds) if counts[index * len(kinds) + n]
        ]
        if here:
            found.append(f"{column!r}: {', '.join(here)}")
    if found or not features.KEEPS:
        raise InvalidDataError(
            f"feature values cannot be interpolated (rows per column: {'; '.join(found)}); fill or drop these rows, or "
            "set handleInvalid='skip' to pass them through untouched"
        )
