"""Names: finding the user's columns, and the private names that the plumbing works on."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import DataType, StructField, StructType

from spark_smote.errors import ColumnError, ParameterError

# The plumbing's own columns. They never meet the user's names: see `positional`.
CLASS = "class"
HASH = "hash"
TIE = "tie"
FEATURES = "features"
CARRY = "carry"
CELL = "cell"
HOME = "home"
QUOTA = "owed"
OTHERS = "others"
NEAR = "near"


def positional(frame: DataFrame) -> DataFrame:
    """The frame with its columns renamed by position, so that dots, back-ticks, spaces and case need no care."""
    return frame.toDF(*(f"c{index}" for index in range(len(frame.columns))))


def at(index: int) -> Column:
    """The column at a position of a :func:`positional` frame."""
    return F.col(f"c{index}")


def quoted(name: str) -> str:
    """A column's name as SQL and ``F.col`` take it, whatever stands in it."""
    return "`{}`".format(name.replace("`", "``"))


def per_class(values: Mapping[int, int]) -> Column:
    """The value for a row's CLASS, null for other classes and for rows of none, whose number is null or -1."""
    every = F.array(*(F.lit(values.get(number)).cast("long") for number in range(max(values) + 1)))
    return F.when(F.col(CLASS).between(0, max(values)), F.get(every, F.col(CLASS).cast("int")))


class Names:
    """Finds the user's columns by name, under the session's rule on case.

    Parameters
    ----------
    frame : DataFrame

    Raises
    ------
    ColumnError
        From :meth:`find`, when a name is missing or stands for more than one column.
    ParameterError
        When the frame is none of Spark's.
    """

    def __init__(self, frame: DataFrame) -> None:
        _check_frame(frame)
        self._frame = frame
        self.schema: StructType = frame.schema
        self._exact = str(frame.sparkSession.conf.get("spark.sql.caseSensitive", "false")).lower() == "true"
        self._keys = [self._key(field.name) for field in self.schema.fields]

    def __contains__(self, name: str) -> bool:
        return self._key(name) in self._keys

    def same(self, one: str, other: str) -> bool:
        """Whether the session takes two names for the same."""
        return self._key(one) == self._key(other)

    def find(self, name: str, param: str) -> int:
        """Position of the one column of this name; ``param`` is the parameter that named it."""
        places = [index for index, key in enumerate(self._keys) if key == self._key(name)]
        if len(places) == 1:
            return places[0]
        if places:
            raise ColumnError(
                f"{param}: column {name!r} is ambiguous, the DataFrame has {len(places)} columns of that name; "
                "rename or drop all but one"
            )
        known = [field.name for field in self.schema.fields]
        close = difflib.get_close_matches(name.lower(), [one.lower() for one in known], n=1)
        hint = f"the columns are {', '.join(map(repr, known)) or 'none'}"
        if close:
            hint = f"did you mean {next(one for one in known if one.lower() == close[0])!r}?"
        raise ColumnError(f"{param}: there is no column {name!r}; {hint}")

    def find_all(self, names: Sequence[str], param: str) -> tuple[int, ...]:
        """Positions of several columns, each named once."""
        places = [self.find(name, param) for name in names]
        for index, place in enumerate(places):
            if place in places[:index]:
                raise ColumnError(f"{param}: column {names[index]!r} is listed twice; list it once")
        return tuple(places)

    def no_numbers(self, place: int) -> tuple[int, int]:
        """Of a column of strings how many values are no numbers, and how many there are; a job runs."""
        column = positional(self._frame).select(at(place).alias("text"))
        found = column.selectExpr("count(text) - count(try_cast(text AS DOUBLE))", "count(text)").collect()[0]
        return found[0], found[1]

    def field(self, place: int) -> StructField:
        return self.schema.fields[place]

    def _key(self, name: str) -> str:
        return name if self._exact else name.lower()


def _check_frame(frame: object) -> None:
    module = type(frame).__module__
    if isinstance(frame, DataFrame) or module.startswith("pyspark.sql."):
        return
    calls = {
        "pyspark.pandas": "call its to_spark() first",
        "pyspark": "call spark.createDataFrame(rdd, schema) first",
        "pandas": "call spark.createDataFrame(df) first",
        "builtins.str": f"call spark.table({frame!r}) first",
        "builtins.NoneType": "what returned it may show or write a DataFrame only",
    }
    name = f"{module}.{type(frame).__qualname__}"
    call = next((call for start, call in calls.items() if name.startswith(start)), "make one of it first")
    raise ParameterError(f"the input must be a Spark DataFrame, not {name}; {call}")


def type_name(kind: DataType) -> str:
    """A type as users write it in SQL."""
    return kind.simpleString()
