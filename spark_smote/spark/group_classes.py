"""Classes within groups: each pair of a group and a label that there are rows of takes the place of a class.

A row's class is looked up by a hash of its label and its group columns in a table that is a literal of the query, so
that tens of thousands of classes cost a row no more than a few.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import (
    BooleanType,
    DataType,
    DateType,
    DecimalType,
    IntegralType,
    StringType,
    StructField,
    TimestampNTZType,
    TimestampType,
)

from spark_smote.errors import ColumnError, InvalidDataError
from spark_smote.spark.columns import Names, at, constants, listed, position_in, type_name
from spark_smote.spark.conversions import any_value
from spark_smote.strategy import Label

_TYPES = (IntegralType, StringType, BooleanType, DateType, TimestampType, TimestampNTZType, DecimalType)
_BUCKET_CLASSES = 4
"""Classes of a bucket of the table, in the mean."""


@dataclass(frozen=True)
class GroupClass:
    """A label within a group.

    Parameters
    ----------
    group : tuple of str or None
        Values of the group columns as text, timestamps in microseconds.
    label : bool, int, float or str
    code : int
        The hash by which rows are known.
    """

    group: tuple[str | None, ...]
    label: Label
    code: int

    def __repr__(self) -> str:
        return f"{self.label!r} of group {told(self.group)}"

    @property
    def order(self) -> tuple[Any, ...]:
        """Sorts by group, then by label, as classes are sorted."""
        return tuple((value is not None, value or "") for value in self.group), self.label


def told(group: Sequence[str | None]) -> str:
    """A group in messages.

    Examples
    --------
    >>> told(["north", None])
    "('north', None)"
    """
    values = ", ".join(map(repr, group))
    return f"({values})" if len(group) > 1 else values


def label_of(one: Any) -> Any:
    """The label of a class, within a group or not."""
    return one.label if isinstance(one, GroupClass) else one


def numbers_of_labels(classes: Sequence[Any]) -> tuple[list[Any], list[int]]:
    """All labels in sorted order, and for each class the place of its label among them.

    Parameters
    ----------
    classes : sequence of label or GroupClass

    Examples
    --------
    >>> numbers_of_labels([GroupClass(("north",), 5, 0), GroupClass(("north",), 7, 0), GroupClass(("south",), 7, 0)])
    ([5, 7], [0, 1, 1])
    """
    labels = sorted({label_of(one) for one in classes})
    places = {label: place for place, label in enumerate(labels)}
    return labels, [places[label_of(one)] for one in classes]


def by_group(labels: Sequence[Any], numbers: Iterable[int]) -> list[list[int]]:
    """The numbers of the classes of each group, in their order; all of them together where there are no groups.

    Parameters
    ----------
    labels : sequence of label or GroupClass
        A class's number is its place.
    numbers : iterable of int
        Of the classes to tell apart by group.

    Examples
    --------
    >>> north, south = (GroupClass((name,), 1, 0) for name in ("north", "south"))
    >>> by_group([north, south, south], [2, 0, 1]), by_group([0, 1], [1, 0])
    ([[2, 1], [0]], [[1, 0]])
    """
    found: dict[Any, list[int]] = {}
    for number in numbers:
        found.setdefault(getattr(labels[number], "group", None), []).append(number)
    return list(found.values())


def one_a_group(labels: Sequence[Any], numbers: Iterable[int]) -> Iterator[list[int]]:
    """Yields the numbers of classes, of each group one at a time; labels and numbers as for :func:`by_group`.

    Examples
    --------
    >>> north, south = (GroupClass((name,), 1, 0) for name in ("north", "south"))
    >>> list(one_a_group([north, south, south], [2, 0, 1]))
    [[2, 0], [1]]
    """
    for turn in zip_longest(*by_group(labels, numbers)):
        yield [number for number in turn if number is not None]


def find_groups(names: Names, groupCols: Sequence[str], taken: Mapping[int, str]) -> tuple[int, ...]:
    """Positions of the group columns.

    Parameters
    ----------
    names : Names
    groupCols : sequence of str
    taken : mapping of position to str
        What other columns are, for messages.

    Raises
    ------
    ColumnError
        A column is missing, of a type that names no groups, or the label or a feature.
    """
    places = names.find_all(groupCols, "groupCols")
    for place in places:
        field = names.field(place)
        if place in taken:
            raise ColumnError(f"groupCols: column {field.name!r} is {taken[place]}; it can be only one of them")
        if not isinstance(field.dataType, _TYPES):
            raise ColumnError(
                f"groupCols: column {field.name!r} has type {type_name(field.dataType)}; a group is named by integers, "
                "strings, booleans, decimals, dates or timestamps: cast the column, or cut it into ranges first"
            )
    return places


def class_code(label: int, groups: Sequence[int]) -> Column:
    """A hash of the label and the group columns, by their positions; null is a value of its own."""
    return F.xxhash64(at(label), *_told_apart(groups))


def group_code(groups: Sequence[int]) -> Column:
    """A hash of the group columns, by their positions; null is a value of its own."""
    return F.xxhash64(*_told_apart(groups))


def _told_apart(groups: Sequence[int]) -> list[Column]:
    # A hash passes over null, and so would not tell (null, 1) from (1, null).
    return [part for place in groups for part in (at(place).isNull(), at(place))]


def check_codes(codes: Sequence[int], names: Iterable[str]) -> None:
    """Refuse groups, or classes of groups, of these columns that have the same hash.

    Raises
    ------
    InvalidDataError
    """
    if len(set(codes)) < len(codes):
        raise InvalidDataError(
            f"groupCols: two groups of {' and '.join(map(repr, names))} have the same hash, which a collation causes, "
            "or in one of a billion cases chance; cast strings to a binary collation, or rename a group"
        )


def group_text(place: int, kind: DataType) -> Column:
    """A value of a group column as text that :func:`group_value` reads."""
    value = F.unix_micros(at(place)) if isinstance(kind, TimestampType) else at(place)
    return value.cast("string")


def group_value(number: Column, classes: Sequence[GroupClass], index: int, field: StructField) -> Column:
    """The value of a group column in the class of this number, in the column's own type.

    Parameters
    ----------
    number : Column
    classes : sequence of GroupClass
    index : int
        Of the column among the group columns.
    field : StructField
    """
    text = F.get(constants([one.group[index] for one in classes], "string"), number)
    if isinstance(field.dataType, TimestampType):
        value = F.timestamp_micros(text.cast("bigint"))
    else:
        value = text.cast(field.dataType)
    return value if field.nullable else F.coalesce(value, any_value(field.dataType))


def label_value(number: Column, classes: Sequence[GroupClass], kind: DataType, nullable: bool) -> Column:
    """The label of the class of this number, in the label column's own type."""
    labels, places = numbers_of_labels(classes)
    every = listed(labels, kind)
    label = F.get(every, F.get(constants(places, "int"), number))
    return label if nullable else F.coalesce(label, F.lit(labels[0]).cast(kind))


def class_number(code: Column, classes: Sequence[GroupClass], wanted: Iterable[int] | None = None) -> Column:
    """The number of the class with this code, null for other classes.

    Parameters
    ----------
    code : Column
        From :func:`class_code`.
    classes : sequence of GroupClass
    wanted : iterable of int, optional
        Numbers of the classes to find; all unless given.
    """
    return _number(code, [one.code for one in classes], wanted)


@dataclass(frozen=True)
class GroupNumbers:
    """Some groups, whose numbers are the places of their codes; part of plans.

    Parameters
    ----------
    places : tuple of int
        Positions of the group columns. Without any, all rows are one group.
    codes : tuple of int
        From :func:`group_code`.
    """

    places: tuple[int, ...]
    codes: tuple[int, ...]

    def number(self) -> Column:
        """The number of a row's group, of a frame named by position; null for rows of other groups."""
        return _number(group_code(self.places), self.codes) if self.places else F.lit(0)


def _number(code: Column, codes: Sequence[int], wanted: Iterable[int] | None = None) -> Column:
    numbers = list(range(len(codes)) if wanted is None else wanted)
    size = len(numbers) // _BUCKET_CLASSES + 1
    keys: list[list[int]] = [[] for _ in range(size)]
    found: list[list[int]] = [[] for _ in range(size)]
    for number in numbers:
        bucket = codes[number] % size
        keys[bucket].append(codes[number])
        found[bucket].append(number)
    bucket_of = F.pmod(code, F.lit(size)).cast("int")
    position = position_in(F.get(constants(keys, "array<bigint>"), bucket_of), code)
    return F.get(F.get(constants(found, "array<int>"), bucket_of), (position - F.lit(1)).cast("int"))
