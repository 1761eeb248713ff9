"""Values of the columns of hostile tables: numbers, categories, columns that are carried along, labels, names."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
from pyspark.ml.linalg import VectorUDT
from pyspark.sql import types as T
from pyspark.sql.types import StructField, StructType

Rng = np.random.Generator


def _mixed(rng: Rng, n: int) -> Any:
    return rng.choice([-1.0, 1.0], n) * 10.0 ** rng.uniform(-300, 300, n)


DOUBLES: dict[str, Callable[[Rng, int], Any]] = {
    "normal": lambda rng, n: rng.normal(size=n),
    "few": lambda rng, n: rng.integers(0, 3, n).astype(float),
    "tiny": lambda rng, n: rng.normal(size=n) * 1e-300,
    "denormal": lambda rng, n: rng.integers(-9, 9, n) * 5e-324,
    "huge": lambda rng, n: rng.uniform(-1, 1, n) * 1e300,
    "largest": lambda rng, n: rng.uniform(-1, 1, n) * 1.79e308,
    "mixed": _mixed,
    "constant": lambda rng, n: np.full(n, 0.1),
    "zeros": lambda rng, n: rng.choice([0.0, -0.0], n),
    "epoch": lambda rng, n: 1.7e15 + rng.integers(0, 50, n),
    "near": lambda rng, n: 1.0 + rng.integers(0, 3, n) * 2.0**-52,
}
"""Values of double columns, and of arrays and vectors."""
ONE_HOT = "one-hot"

TYPES: dict[str, T.DataType] = {
    "tinyint": T.ByteType(),
    "smallint": T.ShortType(),
    "int": T.IntegerType(),
    "bigint": T.LongType(),
    "float": T.FloatType(),
    "double": T.DoubleType(),
    "decimal(10,2)": T.DecimalType(10, 2),
    "decimal(38,18)": T.DecimalType(38, 18),
    "boolean": T.BooleanType(),
    "string": T.StringType(),
    "binary": T.BinaryType(),
    "date": T.DateType(),
    "timestamp": T.TimestampType(),
    "timestamp_ntz": T.TimestampNTZType(),
    "interval": T.DayTimeIntervalType(),
    "void": T.NullType(),
    "map": T.MapType(T.StringType(), T.DoubleType()),
    "structs": T.ArrayType(
        StructType([StructField("a.b", T.LongType()), StructField("c", T.ArrayType(T.StringType()))])
    ),
    "array": T.ArrayType(T.DoubleType()),
    "vector": VectorUDT(),
}
EPOCH = dt.datetime(1970, 1, 1)
COLUMNS: dict[str, tuple[str, Callable[[Rng], Any]]] = {
    "tinyint": ("tinyint", lambda rng: int(rng.choice([-128, 127, 0, 5]))),
    "int": ("int", lambda rng: int(rng.choice([-(2**31), 2**31 - 1, 0, rng.integers(99)]))),
    "bigint": ("bigint", lambda rng: int(rng.choice([-(2**63), 2**63 - 1, 0, 2**53 + 1]))),
    "micros": ("bigint", lambda rng: 1_700_000_000_000_000 + int(rng.integers(40))),
    "float": ("float", lambda rng: float(np.float32(rng.choice([3.4e38, -3.4e38, 1e-45, -0.0, rng.normal()])))),
    "money": ("decimal(10,2)", lambda rng: Decimal(int(rng.integers(-(10**10) + 1, 10**10))).scaleb(-2)),
    "fine": ("decimal(38,18)", lambda rng: Decimal(int(rng.integers(-(10**18), 10**18))).scaleb(-18) + 7),
    "flag": ("boolean", lambda rng: bool(rng.integers(2))),
    "day": ("date", lambda rng: dt.date.fromordinal(int(rng.integers(600_000, 800_000)))),
    "moment": ("timestamp_ntz", lambda rng: EPOCH + dt.timedelta(microseconds=int(rng.integers(-(10**15), 10**16)))),
    "zoned": ("timestamp", lambda rng: EPOCH + dt.timedelta(microseconds=int(rng.integers(10**15, 2 * 10**15)))),
}
"""Features of other types."""

_ODD = r"""|a.b|it's "quoted"|`q`|null|Ω| x|x |X|\|[]|%s|größe""".split("|")  # noqa: SIM905
CATEGORIES: dict[str, tuple[str, bool, Callable[[Rng], Any]]] = {
    "odd": (
        "string",
        True,
        lambda rng: [None, "x" * 200, "a\nb", "\0", "gro\u0308ße", *_ODD][rng.integers(5 + len(_ODD))],
    ),
    "plain": ("string", False, lambda rng: ["a", "A", "a ", ""][rng.integers(4)]),
    "rare": ("string", False, lambda rng: "b" if rng.random() < 0.05 else "a"),
    "names": ("string", True, lambda rng: f"n{rng.integers(10**6)}" if rng.random() < 0.9 else None),
    "same": ("string", False, lambda rng: "only"),
    "absent": ("string", True, lambda rng: None),
    "flag": ("boolean", True, lambda rng: [None, True, False][rng.integers(3)]),
    "bit": ("boolean", False, lambda rng: bool(rng.integers(2))),
    "tiny": ("tinyint", True, lambda rng: [None, -128, 127, 0][rng.integers(4)]),
    "short": ("smallint", False, lambda rng: int(rng.choice([-32768, 32767, 0]))),
    "whole": ("bigint", True, lambda rng: [None, 2**63 - 1, -(2**63), 0, 2**53, 2**53 + 1][rng.integers(6)]),
    "levels": ("int", False, lambda rng: int(rng.integers(10**6))),
}
"""Type, whether a value may be null, and a value."""

CARRIED: dict[str, tuple[str, Callable[[Rng], Any]]] = {
    "text": ("string", lambda rng: [None, "", "line\nbreak", "Ω"][rng.integers(4)]),
    "blob": ("binary", lambda rng: [None, bytearray(), bytearray(rng.bytes(3))][rng.integers(3)]),
    "map": ("map", lambda rng: [None, {}, {"a": math.nan, "b": None}][rng.integers(3)]),
    "deep": ("structs", lambda rng: [None, [], [(1, ["x", None]), None]][rng.integers(3)]),
    "number": ("double", lambda rng: [None, math.nan, math.inf, -0.0][rng.integers(4)]),
    "sum": ("decimal(38,18)", lambda rng: [None, Decimal("1E-18"), Decimal("9" * 20)][rng.integers(3)]),
    "gap": ("interval", lambda rng: [None, dt.timedelta(microseconds=-1)][rng.integers(2)]),
    "nothing": ("void", lambda rng: None),
}
LABELS: dict[str, tuple[str, int, Callable[[int], Any]]] = {
    "string": ("string", 500, lambda i: ["", "a.b", "it's", "Ω `\n", "None", " x", "x ", "X"][i] if i < 8 else f"c{i}"),
    "boolean": ("boolean", 2, bool),
    "tinyint": ("tinyint", 250, lambda i: i - 128),
    "smallint": ("smallint", 500, lambda i: 32_767 - i),
    "int": ("int", 500, lambda i: i - 2**31),
    "bigint": ("bigint", 500, lambda i: 2**63 - 1 - i),
    "float": ("float", 500, lambda i: float(np.float32([-0.0, 0.1, 3.4e38, 1e-45][i] if i < 4 else i))),
    "double": ("double", 500, lambda i: [-0.0, 0.1, 1e300, 5e-324, math.inf][i] if i < 5 else i / 3),
    "decimal": ("decimal(10,2)", 500, lambda i: Decimal(i - 1).scaleb(-2)),
}
"""Type, number of classes that it has room for, and the label of each."""
NAMES = r"""a.b|a|with space|back`tick|größe_Ω|class|c0|features|x'y"z|SELECT|`q`|feature0|copy0|seed|$x$|%s|{0}|1st|-|*
|#|😀|a, b|hash|owed|label|count|value|id|a.b.c|(x)|made|rows|[0]|\|carry|origin|tie|cell""".split("|")  # noqa: SIM905
