"""Finds the user's columns by name, and defines the private names of internal columns."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce
from typing import Any, TypeVar

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, BooleanType, DataType, IntegerType, LongType, StructField, StructType

from spark_smote.errors import ColumnError, ParameterError

# Internal columns. They cannot clash with the user's names: see `positional`.
CLASS = "class"
HASH = "hash"
TIE = "tie"
FEATURES = "features"
CARRY = "carry"
CELL = "cell"
HOME = "home"
QUOTA = "quota"
OTHERS = "others"
NEAR = "near"
WEIGHT = "weight"

_MOST_LITERALS = 256
"""An array of more values than these is a single literal: expressions of their own would take long to plan."""
_Part = TypeVar("_Part")
_INT, _LONG = IntegerType(), LongType()
_TYPES = {CLASS: _INT, CELL: _INT, HASH: _LONG, QUOTA: _LONG, OTHERS: _LONG, HOME: BooleanType()}


def not_null(*names: str) -> list[StructField]:
    """Returns the fields of internal columns, in this order; none of them is ever null."""
    return [StructField(name, _TYPES[name], False) for name in names]


def positional(frame: DataFrame) -> DataFrame:
    """Renames the columns of the frame by position, so that dots, back-ticks, spaces and case have no effect."""
    return frame.toDF(*(f"c{index}" for index in range(len(frame.columns))))


def at(index: int) -> Column:
    """Returns the column at a position of a :func:`positional` frame."""
    return F.col(f"c{index}")


def quoted(name: str) -> str:
    """Quotes a column name for SQL and ``F.col``.

    Examples
    --------
    >>> quoted("a.b")
    '`a.b`'
    """
    return "`{}`".format(name.replace("`", "``"))


def per_class(values: Mapping[int, int]) -> Column:
    """Returns the value of the row's CLASS; null for other classes and for rows without one (null or -1)."""
    every = constants([values.get(number) for number in range(max(values) + 1)], "bigint")
    return F.when(F.col(CLASS).between(0, max(values)), F.get(every, F.col(CLASS).cast("int")))


def constants(values: Sequence[Any], kind: str) -> Column:
    """Returns an array of values, or null, of a type such as bigint, double, string, or array<int>."""
    if len(values) <= _MOST_LITERALS and not kind.startswith("array"):
        return listed(values, kind)
    # Spark's optimiser makes one literal of it.
    return F.from_json(F.lit(json.dumps(values)), f"array<{kind}>")


def listed(values: Iterable[Any], kind: DataType | str) -> Column:
    """Returns an array of values of a type, cast as a whole: each expression takes several calls to the JVM."""
    every = F.array(*(F.lit(one) for one in values))
    return every.cast(f"array<{kind}>" if isinstance(kind, str) else ArrayType(kind))


def position_in(values: Column, value: Column) -> Column:
    """Returns the first place of a value in an array, from 1, or 0 if it is not there."""
    # By name: before Spark 4, `F.array_position` does not accept a column as the value to find.
    return F.call_function("array_position", values, value)


def once(value: Column, use: Callable[[Column], Column]) -> Column:
    """Returns an expression of a value that is computed once, where Spark would compute it for each use."""
    return F.get(F.transform(F.array(value), use), F.lit(0))


def cases(found: Iterable[tuple[Column, Any]]) -> Column:
    """Returns the value beside the first condition that is true, else null.

    A chain of ``otherwise`` would be nested, and Spark Connect takes only some 45 levels.
    """
    return reduce(lambda made, one: made.when(*one), found, F.when(F.lit(False), F.lit(None)))


def in_pairs(combine: Callable[[_Part, _Part], _Part], parts: Iterable[_Part]) -> _Part:
    """Combines columns, or frames, in their order, at least one; nested as little as can be, see :func:`cases`.

    Examples
    --------
    >>> in_pairs("({} {})".format, ["a", "b", "c", "d", "e"])
    '(((a b) (c d)) e)'
    """
    left = list(parts)
    while len(left) > 1:
        odd = left[len(left) - len(left) % 2 :]
        left = [combine(one, other) for one, other in zip(left[::2], left[1::2], strict=False)] + odd
    return left[0]


def in_classes(classes: Iterable[int]) -> Column:
    """Returns whether a row's CLASS is one of these; null or false for rows without one (null or -1)."""
    wanted = list(classes)
    if len(wanted) <= _MOST_LITERALS:
        return F.col(CLASS).isin(wanted)
    return per_class(dict.fromkeys(wanted, 1)).isNotNull()


class Names:
    """Finds the user's columns by name; case matters if ``spark.sql.caseSensitive`` is set.

    Parameters
    ----------
    frame : DataFrame

    Raises
    ------
    ColumnError
        From :meth:`find`, when a name is missing or stands for more than one column.
    ParameterError
        The frame is not a Spark DataFrame.
    """

    def __init__(self, frame: DataFrame) -> None:
        _check_frame(frame)
        self._frame = frame
        self.schema: StructType = frame.schema
        exact = str(frame.sparkSession.conf.get("spark.sql.caseSensitive", "false")).lower() == "true"
        self._key: Callable[[str], str] = str if exact else str.lower
        self._places: dict[str, list[int]] = {}
        for place, field in enumerate(self.schema.fields):
            self._places.setdefault(self._key(field.name), []).append(place)

    def __contains__(self, name: str) -> bool:
        return self._key(name) in self._places

    def same(self, one: str, other: str) -> bool:
        """Whether two names are the same column for the session."""
        return self._key(one) == self._key(other)

    def find(self, name: str, param: str) -> int:
        """Position of the one column of this name; ``param`` is the parameter that named it."""
        return self.find_all([name], param)[0]

    def find_all(self, names: Sequence[str], param: str) -> tuple[int, ...]:
        """Positions of several columns, each named once."""
        places = []
        for name in names:
            found = self._places.get(self._key(name), [])
            if len(found) != 1:
                raise ColumnError(self._not_one(name, param, len(found)))
            places += found
        for index, place in enumerate(places):
            if place in places[:index]:
                raise ColumnError(f"{param}: column {names[index]!r} is listed twice; list it once")
        return tuple(places)

    def field(self, place: int) -> StructField:
        """Returns the field at a position."""
        return self.schema.fields[place]

    def _not_one(self, name: str, param: str, found: int) -> str:
        if found:
            return (
                f"{param}: column {name!r} is ambiguous, the DataFrame has {found} columns of that name; "
                "rename or drop all but one"
            )
        known = [field.name for field in self.schema.fields]
        close = difflib.get_close_matches(name.lower(), [one.lower() for one in known], n=1)
        hint = f"the columns are {', '.join(map(repr, known)) or 'none'}"
        if close:
            hint = f"did you mean {next(one for one in known if one.lower() == close[0])!r}?"
        return f"{param}: there is no column {name!r}; {hint}"

    def no_numbers(self, place: int) -> tuple[int, int]:
        """Of a column of strings how many values are no numbers, and how many there are; a job runs."""
        column = positional(self._frame).select(at(place).alias("text"))
        found = column.selectExpr("count(text) - count(try_cast(text AS DOUBLE))", "count(text)").collect()[0]
        return found[0], found[1]


def _check_frame(frame: object) -> None:
    module = type(frame).__module__
    if isinstance(frame, DataFrame) or module.startswith("pyspark.sql."):
        return
    calls = {
        "pyspark.pandas": "call its to_spark() first",
        "pyspark": "call spark.createDataFrame(rdd, schema) first",
        "pandas": "call spark.createDataFrame(df) first",
        "builtins.str": f"call spark.table({frame!r}) first",
        "builtins.NoneType": "methods such as show() and write return none",
    }
    name = f"{module}.{type(frame).__qualname__}"
    call = next((call for start, call in calls.items() if name.startswith(start)), "make one of it first")
    raise ParameterError(f"the input must be a Spark DataFrame, not {name}; {call}")


def type_name(kind: DataType) -> str:
    """Returns the SQL name of a type."""
    return kind.simpleString()
