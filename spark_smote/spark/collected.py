"""A few rows brought to the driver to be looked at, chosen by the hash of their content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

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
from spark_smote.strategy import Label

_CATEGORIES = "categories"
_SECONDS_PER_DAY = 86400.0
Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class CollectedRows:
    """Rows on the driver.

    Parameters
    ----------
    groups : array of int, shape (m,)
    numbers : array of float64, shape (m, d)
        Dates and timestamps in days since 1970.
    categories : array of object, shape (m, c)
        As text, None for null.
    seeds, neighbours : array of float64, shape (m, d)
        What synthetic rows were made of, NaN where there is none.
    """

    groups: NDArray[np.int64]
    numbers: Matrix
    categories: NDArray[np.object_]
    seeds: Matrix
    neighbours: Matrix

    def of(self, group: int) -> CollectedRows:
        """The rows of one group."""
        mine = self.groups == group
        return CollectedRows(*(part[mine] for part in vars(self).values()))


def real_rows(
    frame: DataFrame,
    layout: Layout,
    labels: list[Label],
    groups: Mapping[int, int],
    present: Mapping[int, int],
    most: int,
    seed: int,
) -> CollectedRows:
    """Usable rows of each group, all if there are at most ``most``, else as many.

    Parameters
    ----------
    frame : DataFrame
    layout : Layout
        Of the frame.
    labels : list of label
        All classes.
    groups : mapping of class to int
        The group that a class belongs to.
    present : mapping of group to int
        Usable rows that there are.
    most : int
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


def traceable(frame: DataFrame, layout: Layout) -> tuple[DataFrame, str]:
    """The label and the features, and a column of a new name that holds the features' numbers.

    As the ``idCol`` of a sampler it brings with each synthetic row those that it was made of, without a join.
    """
    places = sorted({layout.label, *layout.features.places})
    names = [layout.names.field(place).name for place in places]
    name = new_name("numbers", layout.names)
    numbers = layout.features.encode().alias(name)
    return positional(frame).select(*(at(place) for place in places), numbers).toDF(*names, name), name


def synthetic_rows(made: DataFrame, layout: Layout, labels: list[Label], flag: str, provenance: str) -> CollectedRows:
    """All synthetic rows of a resampled frame, with what they were made of; the group is the class.

    Parameters
    ----------
    made : DataFrame
        As a sampler returned it, with ``flag`` and ``provenance`` as its ``syntheticCol`` and ``provenanceCol``.
    layout : Layout
        Of the frame.
    labels : list of label
        All classes.
    flag, provenance : str
    """
    keyed = InputRows(positional(made), layout, labels).drawable()
    origin = at(layout.names.find(provenance, "provenanceCol"))
    rows = keyed.filter(at(layout.names.find(flag, "syntheticCol"))).select(
        CLASS, HASH, *_shown(layout.features), *(origin[end].alias(end) for end in (SEED, NEIGHBOUR))
    )
    return _looked(rows.collect(), layout.features)


def new_name(name: str, taken: Names) -> str:
    """The name, with underscores until no column has it."""
    while name in taken:
        name += "_"
    return name


def number_names(layout: Layout, width: int) -> list[str]:
    """What the numbers of a row are called; elements of a vector as its metadata say, or by their place."""
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
    """Which numbers are dates or timestamps."""
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
    # In the order of their hashes, for the pictures to be the same each time.
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
