"""The labels of rows that may have several: one array, one vector of 0 and 1, or several columns of 0 and 1."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from operator import and_

from pyspark.ml.linalg import VectorUDT
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import (
    ArrayType,
    BooleanType,
    DataType,
    DoubleType,
    FloatType,
    IntegerType,
    IntegralType,
    StringType,
    StructField,
)

from spark_smote.errors import ColumnError
from spark_smote.spark.class_column import ClassColumn, with_class
from spark_smote.spark.columns import Names, at, in_pairs, type_name
from spark_smote.spark.conversions import any_value, from_double
from spark_smote.spark.features import as_vector
from spark_smote.spark.row_hash import elements
from spark_smote.strategy import Label

LABEL_SET = "spark_smote label set"
"""The column that stands for the label while rows are resampled; it is not in the result."""
_MARKS = (BooleanType, IntegralType, FloatType, DoubleType)


class LabelSets(ABC):
    """The label set of each row, of a frame whose columns are named by position."""

    kind: DataType
    """Type of a label."""
    places: tuple[int, ...]
    """Positions of the columns."""

    @property
    @abstractmethod
    def name(self) -> str:
        """The columns, for messages."""

    @abstractmethod
    def valid(self) -> Column:
        """Whether a row's label set is known: not null, and of 0 and 1 only where labels are marked so."""

    @abstractmethod
    def labels(self) -> Column:
        """The labels of a row as a sorted array; null where they are not valid."""

    @abstractmethod
    def size(self) -> Column:
        """Number of labels that a row has or lacks, where its column says so; else null."""

    @abstractmethod
    def known(self, found: Sequence[Label], size: int) -> list[Label]:
        """All labels in order, given those found and the size."""

    @abstractmethod
    def marks(self, known: Sequence[Label]) -> Column:
        """1.0 or 0.0 for each known label, as array<double>."""

    @abstractmethod
    def decode(self, marks: Sequence[Column], known: Sequence[Label]) -> dict[int, Column]:
        """The columns, by position, of a row that has the labels whose marks, doubles that are never null, are 1."""

    def text(self) -> Column:
        """The label set as a text, one for each label set; null where it is not valid."""
        return F.to_json(self.labels())


@dataclass(frozen=True)
class ArrayLabels(LabelSets):
    """One column of arrays of labels; repeated labels count once."""

    place: int
    field: StructField

    @property
    def kind(self) -> DataType:  # type: ignore[override]
        return self.field.dataType.elementType  # type: ignore[attr-defined]

    @property
    def places(self) -> tuple[int, ...]:  # type: ignore[override]
        return (self.place,)

    @property
    def name(self) -> str:
        return f"column {self.field.name!r}"

    def valid(self) -> Column:
        return at(self.place).isNotNull() & ~F.exists(at(self.place), lambda label: label.isNull())

    def labels(self) -> Column:
        return F.when(self.valid(), F.array_sort(F.array_distinct(at(self.place))))

    def size(self) -> Column:
        return F.lit(None).cast("int")

    def known(self, found: Sequence[Label], size: int) -> list[Label]:
        return sorted(found)

    def marks(self, known: Sequence[Label]) -> Column:
        return F.transform(self._every(known), lambda label: F.array_contains(at(self.place), label).cast("double"))

    def decode(self, marks: Sequence[Column], known: Sequence[Label]) -> dict[int, Column]:
        every = F.array(*marks)
        return {self.place: F.filter(self._every(known), lambda _, index: F.element_at(every, index + 1) == 1)}

    def _every(self, known: Sequence[Label]) -> Column:
        return F.array(*(F.lit(label).cast(self.kind) for label in known))


@dataclass(frozen=True)
class VectorLabels(LabelSets):
    """One vector of 0 and 1 a row; a label is a position, from 0."""

    place: int
    field: StructField
    kind = IntegerType()

    @property
    def places(self) -> tuple[int, ...]:  # type: ignore[override]
        return (self.place,)

    @property
    def name(self) -> str:
        return f"column {self.field.name!r}"

    def valid(self) -> Column:
        return F.coalesce(F.forall(self._array(), lambda mark: (mark == 0) | (mark == 1)), F.lit(False))

    def labels(self) -> Column:
        numbered = F.transform(self._array(), lambda mark, index: F.when(mark == 1, index))
        return F.when(self.valid(), F.array_compact(numbered))

    def size(self) -> Column:
        return F.when(self.valid(), F.size(self._array()))

    def known(self, found: Sequence[Label], size: int) -> list[Label]:
        return list(range(size))

    def marks(self, known: Sequence[Label]) -> Column:
        return F.transform(self._array(), lambda mark: (mark == 1).cast("double"))

    def decode(self, marks: Sequence[Column], known: Sequence[Label]) -> dict[int, Column]:
        return {self.place: as_vector(F.array(*marks), self.field.nullable)}

    def _array(self) -> Column:
        return elements(at(self.place))


@dataclass(frozen=True)
class ColumnLabels(LabelSets):
    """Several columns of 0 and 1; a label is the name of a column."""

    places: tuple[int, ...]
    fields: tuple[StructField, ...]
    kind = StringType()

    @property
    def name(self) -> str:
        return f"columns {', '.join(repr(field.name) for field in self.fields[:20])}"

    def valid(self) -> Column:
        known = ((mark == 0) | (mark == 1) for mark in self._marks())
        return in_pairs(and_, (F.coalesce(one, F.lit(False)) for one in known))

    def labels(self) -> Column:
        pairs = zip(self._marks(), self.fields, strict=True)
        names = F.array(*(F.when(mark == 1, F.lit(field.name)) for mark, field in pairs))
        return F.when(self.valid(), F.array_compact(names))

    def size(self) -> Column:
        return F.lit(len(self.places))

    def known(self, found: Sequence[Label], size: int) -> list[Label]:
        return [field.name for field in self.fields]

    def marks(self, known: Sequence[Label]) -> Column:
        return F.array(*((mark == 1).cast("double") for mark in self._marks()))

    def decode(self, marks: Sequence[Column], known: Sequence[Label]) -> dict[int, Column]:
        columns = {}
        for place, field, mark in zip(self.places, self.fields, marks, strict=True):
            column = from_double(mark, field.dataType)
            columns[place] = column if field.nullable else F.coalesce(column, any_value(field.dataType))
        return columns

    def _marks(self) -> list[Column]:
        return [at(place).cast("double") for place in self.places]


def find_label_sets(names: Names, labelCol: str | Sequence[str]) -> LabelSets:
    """Finds the columns of the labels and checks their types.

    Parameters
    ----------
    names : Names
    labelCol : str or sequence of str
        One column of arrays of strings or whole numbers, or of vectors; or a list of columns.

    Raises
    ------
    ColumnError
        If a column is missing, ambiguous, listed twice, or of a type that holds no labels.
    """
    if not isinstance(labelCol, str):
        if not labelCol:
            raise ColumnError("labelCol is empty; name the column of the labels, or a column for each label")
        places = names.find_all(labelCol, "labelCol")
        fields = tuple(names.field(place) for place in places)
        for field in fields:
            if not isinstance(field.dataType, _MARKS):
                raise ColumnError(
                    f"labelCol: column {field.name!r} has type {type_name(field.dataType)}; one of several label "
                    "columns is boolean, or a number that is 0 or 1"
                )
        return ColumnLabels(places, fields)
    place = names.find(labelCol, "labelCol")
    field = names.field(place)
    kind = field.dataType
    if isinstance(kind, VectorUDT):
        return VectorLabels(place, field)
    if isinstance(kind, ArrayType) and isinstance(kind.elementType, StringType | IntegralType):
        return ArrayLabels(place, field)
    raise ColumnError(
        f"labelCol: column {field.name!r} has type {type_name(kind)}; the labels of a row are an array of strings or "
        "of whole numbers, a vector of 0 and 1, or several columns, given as a list of their names"
    )


def no_labels(sets: LabelSets, rows: int) -> str:
    """The message of rows whose label sets are not valid."""
    wrong = "null, or has a null label," if isinstance(sets, ArrayLabels) else "null, or not 0 or 1,"
    return (
        f"labelCol: {sets.name} {'are' if isinstance(sets, ColumnLabels) else 'is'} {wrong} in {rows} rows; fill or "
        "drop them (a row without labels has an empty array, or 0 throughout), or set handleInvalid='skip' to pass "
        "them through untouched"
    )


@dataclass(frozen=True)
class LabelSetColumn(ClassColumn):
    """The label set of each row as a text.

    Parameters
    ----------
    sets : LabelSets
    """

    sets: LabelSets

    def added(self, df: DataFrame) -> DataFrame:
        """Adds LABEL_SET; null where the label set is not known."""
        return with_class(df, self.sets.text(), LABEL_SET)
