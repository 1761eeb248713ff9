"""Counts labels and label sets by one aggregation, or by three where there are too many label sets for the driver."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from spark_smote.errors import ClassError, InvalidDataError
from spark_smote.spark.group_classes import GroupClass, check_codes, group_code, group_text
from spark_smote.spark.label_sets import LabelSets
from spark_smote.spark.survey import MAX_GROUP_CLASSES
from spark_smote.strategy import Label

MOST_SETS = 10_000
"""Bound on the label sets that pass through the driver."""
MOST_LABELS = 10_000
_UNIT = 1 << 40
"""Parts of 1 in which scores are added up by Spark: sums of floats depend on the order."""


@dataclass(frozen=True)
class LabelCounts:
    """Rows by label and by label set.

    Parameters
    ----------
    rows : int
        All rows whose label set is valid.
    empty : int
        Those of them without labels.
    invalid : int
        All other rows.
    labels : mapping of label to int
        Rows that have each label, all labels in order.
    distinct : int
        Number of label sets.
    sets : mapping of tuple of label to int, or None
        Rows of each label set; None if there are more than MOST_SETS.
    """

    rows: int
    empty: int
    invalid: int
    labels: Mapping[Label, int]
    distinct: int
    sets: Mapping[tuple[Label, ...], int] | None


def count_labels(frame: DataFrame, sets: LabelSets) -> LabelCounts:
    """Counts the rows of each label and of each label set; a job runs, or three.

    Parameters
    ----------
    frame : DataFrame
        Columns named by position.
    sets : LabelSets

    Raises
    ------
    ClassError
        There are too many labels.
    InvalidDataError
        Vectors differ in length.
    """
    grouped = _grouped(frame, sets)
    found = grouped.limit(MOST_SETS + 2).collect()
    few = len(found) <= MOST_SETS
    if few:
        known = {tuple(row["labels"]): row["rows"] for row in found if row["labels"] is not None}
        counts: dict[Label, int] = {}
        for labels, rows in known.items():
            for label in labels:
                counts[label] = counts.get(label, 0) + rows
        rows, empty, distinct = sum(known.values()), known.get((), 0), len(known)
        invalid = sum(row["rows"] for row in found) - rows
        sizes = [row[side] for row in found for side in ("least", "most") if row[side] is not None]
    else:
        valid, none = F.col("labels").isNotNull(), F.size("labels") == 0
        total = grouped.agg(
            F.sum(F.when(valid, F.col("rows"))).alias("rows"),
            F.sum(F.when(valid & none, F.col("rows"))).alias("empty"),
            F.sum(F.when(~valid, F.col("rows"))).alias("invalid"),
            F.count("labels").alias("distinct"),
            F.min("least").alias("least"),
            F.max("most").alias("most"),
        ).collect()[0]
        rows, empty, invalid, distinct = (total[name] or 0 for name in ("rows", "empty", "invalid", "distinct"))
        sizes = [total[side] for side in ("least", "most") if total[side] is not None]
        of_label = grouped.select(F.explode("labels").alias("label"), "rows").groupBy("label").agg(F.sum("rows"))
        counts = dict(map(tuple, of_label.limit(MOST_LABELS + 1).collect()))
        known = {}
    every = {label: counts.get(label, 0) for label in _every_label(sets, list(counts), sizes)}
    return LabelCounts(rows, empty, invalid, every, distinct, known if few else None)


def _every_label(sets: LabelSets, found: Sequence[Label], sizes: Sequence[int]) -> list[Label]:
    """All labels in order, given those that rows have, and the smallest and largest sizes."""
    if len(set(sizes)) > 1:
        raise InvalidDataError(
            f"labelCol: {sets.name} holds vectors of {min(sizes)} to {max(sizes)} elements; all rows must have the "
            "same number"
        )
    known = sets.known(found, max(sizes, default=0))
    if len(known) > MOST_LABELS:
        raise ClassError(f"labelCol: {sets.name} has more than {MOST_LABELS} labels; leave out the rare ones")
    return known


@dataclass(frozen=True)
class LabelsOfGroups:
    """Rows by label within each group.

    Parameters
    ----------
    known : tuple of label
        All labels, in order.
    invalid : int
        Rows whose label set is not valid.
    groups : tuple of GroupClass
        In order; the label of each is empty text.
    rows : tuple of mapping of label to int
        Of each group, the rows that have each of its labels.
    """

    known: tuple[Label, ...]
    invalid: int
    groups: tuple[GroupClass, ...]
    rows: tuple[Mapping[Label, int], ...]


def count_within_groups(frame: DataFrame, sets: LabelSets, schema: StructType, groups: Sequence[int]) -> LabelsOfGroups:
    """Counts the rows of each label within each group; a job runs.

    Parameters
    ----------
    frame : DataFrame
        Columns named by position.
    sets : LabelSets
    schema : StructType
        Of the frame.
    groups : sequence of int
        Positions of the group columns.

    Raises
    ------
    ClassError
        There are too many labels, or of all groups together.
    InvalidDataError
        Vectors differ in length, or two groups have the same hash.
    """
    keys = [f"group{index}" for index in range(len(groups))]
    texts = (group_text(place, schema[place].dataType).alias(key) for place, key in zip(groups, keys, strict=True))
    # Without a label: the row as such, whether it has labels or not.
    itself = F.array(F.lit(None).cast(sets.kind))
    found = (
        frame.select(*texts, group_code(groups).alias("code"), sets.labels().alias("labels"), sets.size().alias("size"))
        .withColumn("label", F.explode(F.coalesce(F.concat(itself, "labels"), itself)))
        .groupBy(*keys, "label", F.col("labels").isNull().alias("invalid"))
        .agg(
            F.count(F.lit(1)).alias("rows"),
            F.min("code").alias("code"),
            F.min("size").alias("least"),
            F.max("size").alias("most"),
        )
        .limit(MAX_GROUP_CLASSES + 1)
        .collect()
    )
    if len(found) > MAX_GROUP_CLASSES:
        raise ClassError(
            f"groupCols: there are more than {MAX_GROUP_CLASSES} labels in all groups together; name columns with "
            "fewer values, leave out rare labels, or resample parts of the DataFrame one after another"
        )
    by_group: dict[GroupClass, dict[Label, int]] = {}
    for row in found:
        own = by_group.setdefault(GroupClass(tuple(row[key] for key in keys), "", row["code"]), {})
        if row["label"] is not None:
            own[row["label"]] = row["rows"]
    ordered = tuple(sorted(by_group, key=lambda one: one.order))
    check_codes([one.code for one in ordered], (schema[place].name for place in groups))
    sizes = [row[side] for row in found for side in ("least", "most") if row[side] is not None]
    known = _every_label(sets, sorted({label for own in by_group.values() for label in own}), sizes)
    invalid = sum(row["rows"] for row in found if row["invalid"])
    return LabelsOfGroups(tuple(known), invalid, ordered, tuple(by_group[one] for one in ordered))


def mean_score(frame: DataFrame, sets: LabelSets, score: Callable[[Column], Column]) -> float:
    """The mean, over valid rows, of a score of the label set; a job runs.

    Parameters
    ----------
    frame : DataFrame
        Columns named by position.
    sets : LabelSets
    score : callable
        From the sorted array of the labels of a row to its score, from 0 to 1.
    """
    parts = F.round(score(F.col("labels")) * _UNIT).cast("decimal(38,0)") * F.col("rows")
    rows = _grouped(frame, sets).filter(F.col("labels").isNotNull())
    total = rows.agg(F.sum(parts).alias("score"), F.sum("rows").alias("rows")).collect()[0]
    return int(total["score"] or 0) / (_UNIT * (total["rows"] or 1))


def _grouped(frame: DataFrame, sets: LabelSets) -> DataFrame:
    """Rows of each label set, null of those that are not valid."""
    return (
        frame.select(sets.labels().alias("labels"), sets.size().alias("size"))
        .groupBy("labels")
        .agg(F.count(F.lit(1)).alias("rows"), F.min("size").alias("least"), F.max("size").alias("most"))
    )
