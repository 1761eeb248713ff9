"""Features followed by the marks of labels: the labels of a synthetic row are made where its numbers are."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.ml.linalg import VectorUDT
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StructField

from spark_smote.errors import ColumnError
from spark_smote.spark.class_column import ClassColumn, with_class
from spark_smote.spark.columns import Names, constants
from spark_smote.spark.features import ArrayFeatures, Features, ScalarFeatures
from spark_smote.spark.group_classes import GroupClass, class_number, group_code
from spark_smote.spark.label_sets import LABEL_SET, LabelSets, VectorLabels
from spark_smote.strategy import Label

ALL = ""
"""The class of each row as such; it is no label, for the class of a label's bag is its JSON."""


@dataclass(frozen=True)
class LabelledFeatures(Features):
    """Numbers, and 1 or 0 for each label.

    Parameters
    ----------
    numbers : ScalarFeatures or ArrayFeatures
    sets : LabelSets
    known : tuple of label
        All labels, at least one, in the order of the marks.
    """

    numbers: ScalarFeatures | ArrayFeatures
    sets: LabelSets
    known: tuple[Label, ...]

    @property
    def places(self) -> tuple[int, ...]:  # type: ignore[override]
        return (*self.numbers.places, *self.sets.places)

    def encode(self) -> Column:
        return F.concat(self.numbers.encode(), self.sets.marks(self.known))

    def hashed(self, encoded: Column) -> Column:
        # By the labels that the row has: labels that other rows have do not matter.
        labels = F.lit(len(self.known))
        numbers, marks = F.slice(encoded, F.lit(1), F.size(encoded) - labels), F.slice(encoded, -labels, labels)
        every = F.array(*(F.lit(label).cast(self.sets.kind) for label in self.known))
        own = F.array_compact(F.zip_with(every, marks, lambda label, mark: F.when(mark == 1, label)))
        return F.xxhash64(numbers, own)

    def magnitude(self) -> Column:
        return F.when(self.sets.valid(), self.numbers.magnitude())

    def size(self) -> Column:
        numbers = self.numbers.size()
        return F.when(numbers > 0, numbers + len(self.known)).otherwise(0)

    def faults(self) -> dict[str, Column]:
        return self.numbers.faults()

    @property
    def width(self) -> int | None:
        return None if self.numbers.width is None else self.numbers.width + len(self.known)

    def scalars(self) -> dict[int, StructField]:
        return self.numbers.scalars()

    def decode(self, values: Sequence[str]) -> dict[int, Column | str]:
        labels = len(self.known)
        if isinstance(self.numbers, ScalarFeatures):
            marks = [F.col(value) for value in values[-labels:]]
            return {**self.numbers.decode(values[:-labels]), **self.sets.decode(marks, self.known)}
        array = F.col(values[0])
        width = F.size(array) - F.lit(labels)
        marks = [F.coalesce(F.get(array, width + index), F.lit(0.0)) for index in range(labels)]
        numbers = self.numbers.typed(F.slice(array, F.lit(1), width))
        return {self.numbers.place: numbers, **self.sets.decode(marks, self.known)}


def with_labels(names: Names, numbers: Features, sets: LabelSets, known: Sequence[Label]) -> LabelledFeatures:
    """The features of a sampler, with the labels.

    Raises
    ------
    ColumnError
        A column is a feature and a label.
    """
    if not isinstance(numbers, ScalarFeatures | ArrayFeatures):
        raise ColumnError("MLSMOTE takes numbers only; leave other columns out, or encode them")
    both = set(numbers.places) & set(sets.places)
    if both:
        name = names.field(min(both)).name
        raise ColumnError(f"column {name!r} is a label and a feature; it can be only one of them")
    if isinstance(sets, VectorLabels) and isinstance(numbers, ArrayFeatures):
        fields = sets.field, numbers.field
        if not any(field.nullable for field in fields) and isinstance(numbers.field.dataType, VectorUDT):
            raise ColumnError(
                f"columns {fields[0].name!r} and {fields[1].name!r} are vectors that cannot be null, which Spark makes "
                "one of at a time; give the labels as an array or as several columns"
            )
    return LabelledFeatures(numbers, sets, tuple(known))


def bag(label: Label) -> str:
    """The class of the rows that have a label."""
    return json.dumps(label, ensure_ascii=False)


@dataclass(frozen=True)
class LabelBags(ClassColumn):
    """The rows, of class ALL, and each usable row once more for each of some labels that it has.

    Parameters
    ----------
    features : LabelledFeatures
    grown : tuple of tuple of int
        Places of these labels among all, of each group; a single tuple without groups.
    places : tuple of int
        Positions of the group columns.
    groups : tuple of GroupClass
    """

    features: LabelledFeatures
    grown: tuple[tuple[int, ...], ...]
    places: tuple[int, ...] = ()
    groups: tuple[GroupClass, ...] = ()

    def added(self, df: DataFrame) -> DataFrame:
        """Adds LABEL_SET, the class."""
        features = self.features
        texts = F.array(*(F.lit(bag(label)) for label in features.known))
        marks = F.transform(features.sets.marks(features.known), lambda mark, index: F.when(mark == 1, index))
        table = constants([list(own) for own in self.grown], "array<int>")
        group = class_number(group_code(self.places), self.groups) if self.groups else F.lit(0)
        own = F.array_intersect(F.get(table, group), F.array_compact(marks))
        bags = F.transform(own, lambda index: F.element_at(texts, index + 1))
        usable = F.coalesce(F.when(features.valid(), bags), F.array().cast("array<string>"))
        # The outer variant, or Spark would test the expression for emptiness in a filter of its own.
        return with_class(df, F.explode_outer(F.concat(F.array(F.lit(ALL)), usable)), LABEL_SET)

    def shown(self, label: str) -> Label | None:
        """The label of a bag; rows as such are counted under none."""
        return None if label == ALL else json.loads(label)
