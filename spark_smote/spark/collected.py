"""Collects a few rows on the driver for plots, chosen by a hash of their content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F
from pyspark.sql.types import TimestampNTZType, TimestampType

from spark_smote.spark.categories import CategoricalFeatures
from spark_smote.spark.columns import CLASS, FEATURES, HASH, Names, at, per_class, positional
from spark_smote.spark.draw import draw
from spark_smote.spark.exchange import NEIGHBOUR, SEED
from spark_smote.spark.features import ArrayFeatures, Features, ScalarFeatures
from spark_smote.spark.input_rows import InputRows
from spark_smote.spark.layout import Layout
from spark_smote.spark.row_hash import row_hash

_CATEGORIES = "categories"
_SECONDS_PER_DAY = 86400.0
Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class CollectedRows:
    """Rows on the driver.

    Parameters
    ----------
    groups : array of int64, shape (m,)
        Group of each row.
    numbers : array of float64, shape (m, d)
        Numerical features; dates and timestamps in days since 1970-01-01.
    categories : array of object, shape (m, c)
        Categories as text; None for null.
    seeds, neighbours : arrays of float64, shape (m, d)
        Numerical features of the seed and the neighbour of each synthetic row; NaN if there is none.
    """

    groups: NDArray[np.int64]
    numbers: Matrix
    categories: NDArray[np.object_]
    seeds: Matrix
    neighbours: Matrix

    def of(self, group: int) -> CollectedRows:
        """Returns the rows of one group."""
        mine = self.groups == group
        return CollectedRows(*(part[mine] for part in vars(self).values()))


def real_rows(
    frame: DataFrame,
    layout: Layout,
    labels: list[Any],
    groups: Mapping[int, int],
    present: Mapping[int, int],
    most: int,
    seed: int,
) -> CollectedRows:
    """Collects at most ``most`` usable rows of each group.

    Parameters
    ----------
    frame : DataFrame
    layout : Layout
        Layout of the frame.
    labels : list of label
        Labels of all classes.
    groups : mapping of class to int
        Group of each class.
    present : mapping of group to int
        Number of usable rows of each group.
    most : int
        Maximum number of rows of a group.
    seed : int
    """
    keyed = InputRows(positional(frame), layout, labels).drawable()
    # Exploded for the same reason as there.
    group = F.explode(F.array(F.when(layout.features.valid(), per_class(groups)).cast("int")))
    rows = keyed.select(group.alias(CLASS), HASH, *_shown(layout.features)).filter(F.col(CLASS).isNotNull())
    crowded = {number: count for number, count in present.items() if count > most}
    if crowded:
        rows = draw(rows.select(CLASS, HASH), crowded, dict.fromkeys(crowded, most), seed).keep(rows)
    return _looked(rows.collect(), layout.features)


def traceable(frame: DataFrame, layout: Layout) -> tuple[DataFrame, Layout]:
    """Adds the encoded features as a column, and asks for it as the provenance of synthetic rows.

    So each synthetic row comes with the features of its seed and of its neighbour, without a join.

    Parameters
    ----------
    frame : DataFrame
    layout : Layout
        Layout of the frame.

    Returns
    -------
    DataFrame
        The frame with the new column.
    Layout
        Its layout; label and features are at the same positions.
    """
    names = Names(frame)
    frame = positional(frame).select("*", layout.features.encode()).toDF(*frame.columns, new_name("numbers", names))
    provenance, last = new_name("provenance", names), len(frame.columns) - 1
    return frame, replace(layout, schema=frame.schema, inherited=(), identity=last, flag=None, provenance=provenance)


def synthetic_rows(rows: DataFrame, layout: Layout, labels: list[Any]) -> CollectedRows:
    """Collects synthetic rows, with their seeds and neighbours; the group is the class.

    Parameters
    ----------
    rows : DataFrame
        From :func:`spark_smote.spark.exchange.synthesise`.
    layout : Layout
        Layout of the input, from :func:`traceable`.
    labels : list of label
        Labels of all classes.
    """
    made = layout.synthetic(rows, labels)
    number = layout.number(labels)
    origin = at(len(made.columns) - 1)
    shown = positional(made).select(
        number.alias(CLASS),
        # Not exploded, for no filter tests it: Spark 4.3 makes an invalid plan of an exploded hash beside null columns.
        row_hash(made.schema).alias(HASH),
        *_shown(layout.features),
        *(origin[end].alias(end) for end in (SEED, NEIGHBOUR)),
    )
    return _looked(shown.collect(), layout.features)


def new_name(name: str, taken: Names) -> str:
    """Returns the name, with underscores appended until no column has it."""
    while name in taken:
        name += "_"
    return name


def number_names(layout: Layout, width: int) -> list[str]:
    """Returns the names of the numerical features; elements of a vector are named by its metadata or position."""
    numbers = _numbers(layout.features)
    if isinstance(numbers, ScalarFeatures):
        return [field.name for field in numbers.fields]
    if not isinstance(numbers, ArrayFeatures):
        return []
    names = {place: f"{numbers.field.name}[{place}]" for place in range(width)}
    known = (numbers.field.metadata.get("ml_attr") or {}).get("attrs") or {}
    for attribute in (one for kind in known.values() for one in kind):
        if attribute.get("name") and attribute.get("idx") in names:
            names[attribute["idx"]] = str(attribute["name"])
    return list(names.values())


def number_dates(layout: Layout, width: int) -> list[bool]:
    """Returns True for each numerical feature that is a date or timestamp."""
    numbers = _numbers(layout.features)
    if not isinstance(numbers, ScalarFeatures):
        return [False] * width
    return [field.dataType.typeName() in ("date", "timestamp", "timestamp_ntz") for field in numbers.fields]


def _numbers(features: Features) -> Features | None:
    return features.numbers if isinstance(features, CategoricalFeatures) else features


def _shown(features: Features) -> list[Column]:
    categories = [at(place).cast("string") for place in features.copied]
    listed = F.array(*categories) if categories else F.array().cast("array<string>")
    return [features.encode().alias(FEATURES), listed.alias(_CATEGORIES)]


def _looked(rows: list[Row], features: Features) -> CollectedRows:
    # Sorted by hash, so that plots are the same each time.
    rows = sorted(rows, key=lambda row: (row[CLASS], row[HASH]))
    copied, numbers = len(features.copied), _numbers(features)
    values = np.array([row[FEATURES] for row in rows], dtype=np.float64).reshape(len(rows), -1)
    width = values.shape[1] - copied if rows else 0
    unit = np.ones(width)
    if isinstance(numbers, ScalarFeatures) and rows:
        seconds = [isinstance(field.dataType, TimestampType | TimestampNTZType) for field in numbers.fields]
        unit = np.where(seconds, _SECONDS_PER_DAY, 1.0)
    nothing = [np.nan] * (width + copied)

    def ends(name: str) -> Matrix:
        given = [row[name] or nothing if name in row else nothing for row in rows]
        return np.array(given, dtype=np.float64).reshape(len(rows), width + copied)[:, :width] / unit

    return CollectedRows(
        groups=np.array([row[CLASS] for row in rows], dtype=np.int64),
        numbers=values[:, :width] / unit,
        categories=np.array([row[_CATEGORIES] for row in rows], dtype=object).reshape(len(rows), copied),
        seeds=ends(SEED),
        neighbours=ends(NEIGHBOUR),
    )
