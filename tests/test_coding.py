"""The content of a saved plan: any value comes back as it was, and nothing else is read."""

from __future__ import annotations

import json
import math
import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pyspark.ml.linalg import VectorUDT
from pyspark.sql.types import DataType, DoubleType, StructField, StructType, UserDefinedType

from spark_smote.core.coding import decode, encode
from spark_smote.core.plan_file import packed, unpacked
from spark_smote.errors import PlanError
from spark_smote.kernels.cells import Cells, NestedCells
from spark_smote.kernels.fingerprint import Fingerprint
from spark_smote.kernels.interpolate import HalfWay, smote
from spark_smote.kernels.seeding import Task
from spark_smote.kernels.space import Space
from spark_smote.kernels.weights import Accepted, danger
from spark_smote.spark.features import ScalarFeatures
from spark_smote.spark.removal import RowKeys

PLAIN = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.binary(),
    st.dates(),
    st.datetimes(),
    st.decimals(allow_nan=False),
)
ARRAYS = hnp.arrays(
    st.sampled_from(["<f8", "<i8", "<u8", "<i4", "?", "u1"]), hnp.array_shapes(min_dims=0, max_dims=3, min_side=0)
)
OBJECTS = st.one_of(
    st.builds(Fingerprint, st.integers(), st.none() | st.integers()),
    st.builds(Accepted, st.integers()),
    st.sampled_from([danger, smote, StructField("a.b", DoubleType(), False, {"k": 1}), VectorUDT().jsonValue()]),
    st.builds(partial, st.just(smote), space=st.builds(Space, st.none() | st.floats()), reach=st.builds(HalfWay)),
)
KEYS = st.integers() | st.text() | st.booleans() | st.tuples(st.integers(), st.text())
VALUES = st.recursive(
    PLAIN | ARRAYS | OBJECTS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(KEYS, inner, max_size=3)
        | st.sets(KEYS, max_size=3)
        | st.frozensets(KEYS, max_size=3)
    ),
    max_leaves=8,
)


def same(one: Any, other: Any) -> bool:
    """Whether two values are alike in type and to the last bit, -0.0 too; the sign of a NaN says nothing."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()
    if isinstance(one, float):
        return (one == other and math.copysign(1, one) == math.copysign(1, other)) or (one != one and other != other)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return same(list(one), list(other)) and same([*one.values()], [*other.values()])
    if isinstance(one, partial):
        return same([one.func, one.args, one.keywords], [other.func, other.args, other.keywords])
    return bool(one == other)


def back(value: Any) -> Any:
    return unpacked(packed(value), "a.plan")


@given(VALUES)
@example([-math.nan, math.nan, math.inf, -math.inf, -0.0, 1 << 70, b"", {(1, "a"): {True}}])
def test_any_value_comes_back_as_it_was(value: Any) -> None:
    assert same(back(value), value)


@given(st.lists(hnp.arrays("<f8", (2, 1)), min_size=1, max_size=3))
def test_cells_within_cells_come_back_and_an_array_that_they_share_is_one(parts: list[Any]) -> None:
    origin = np.zeros(1)
    cells = NestedCells(np.ones((1, 1)), origin, 0.5, tuple(Cells(part, origin) for part in parts))
    found = back({1: cells, 2: cells})
    assert same(found[1].parts[0].centres, parts[0])
    assert found[1].origin is found[2].origin is found[1].parts[0].origin
    assert len(found[2]) == len(cells)


def outside(cell: Any, seeds: Any, k: int) -> None:
    """A rule that is not of the package."""


@dataclass(frozen=True)
class Outside:
    number: int


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (outside, "test_coding:outside, which cannot be saved: it is not defined in a module of samplers"),
        (partial(outside, k=3), "test_coding:outside"),
        (Outside(3), "test_coding:Outside"),
        (lambda row: row, "<lambda>"),
        (os.system, "builtin_function_or_method, which cannot be saved as data"),
        (np.array([object()]), "an array of Python objects"),
        (object(), "builtins.object"),
        (Task(0, 1, 1, 1, (0, "a")), r"Task.key is no tuple\[int, int\], but a tuple"),  # type: ignore[arg-type]
        (RowKeys(some=object()), "RowKeys.some is no"),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_data_is_not_saved(value: Any, told: str) -> None:
    with pytest.raises(PlanError, match=told):
        packed(value)


class Own(UserDefinedType):
    """A type of columns that a user has made."""

    @classmethod
    def sqlType(cls) -> DataType:
        return DoubleType()

    @classmethod
    def module(cls) -> str:
        return "test_coding"


def fields(**changed: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"places": {"tuple": [0]}, "fields": {"tuple": []}}
    return {"spark_smote.spark.features:ScalarFeatures": made | changed}


HOSTILE: dict[str, Any] = {
    "a function of another module": {"partial": [{"function": "os:system"}, {"tuple": ["true"]}, {"dict": []}]},
    "a function that another module imports": {"function": "spark_smote.kernels.cells:dataclass"},
    "a function of the job": {"function": "spark_smote.job.text_files:write_text"},
    "a function of the package that reaches out": {"function": "spark_smote.core.stores:read_bytes"},
    "a path in a module's name": {"function": "spark_smote.kernels.cells.np:load"},
    "a method": {"function": "spark_smote.kernels.cells:Cells.place"},
    "a value as a function": {"partial": ["print", {"tuple": []}, {"dict": []}]},
    "a class that is no data": {"spark_smote.core.resampler:Resampler": {}},
    "a class of the job": {"spark_smote.job.config.sections:JobConfig": {}},
    "a class of another module": {"subprocess:Popen": {"args": "true"}},
    "a value that becomes SQL": fields(places={"tuple": ["0 + java_method('java.lang.System', 'exit', 1)"]}),
    "a type that Spark unpickles": {
        "schema": {
            "type": "struct",
            "fields": [
                {
                    "name": "x",
                    "nullable": True,
                    "metadata": {},
                    "type": {"type": "udt", "pyClass": "os.System", "serializedClass": "gASVCgAAAAAAAACMAm9zlC4="},
                }
            ],
        }
    },
    "a missing field": {"spark_smote.kernels.fingerprint:Fingerprint": {"rows": 1}},
    "a field too many": {"spark_smote.kernels.fingerprint:Fingerprint": {"rows": 1, "checksum": 1, "more": 1}},
    "a missing array": {"array": "0"},
    "a kind that there is not": {"pickle": "gASVCgAAAAAAAACMAm9zlC4="},
    "a set of lists": {"set": [[1]]},
    "no pairs": {"dict": [1]},
    "no text": {"float": [1]},
    "two kinds": {"tuple": [], "set": []},
    "very deep": None,
}
deep: Any = []
for _ in range(100_000):
    deep = [deep]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused(name: str) -> None:
    with pytest.raises(PlanError):
        decode(HOSTILE[name] or deep, {})


def test_a_column_type_of_the_users_own_is_not_saved() -> None:
    with pytest.raises(PlanError, match=r"a column of the type test_coding\.Own cannot be in a plan"):
        encode(StructType([StructField("x", Own())]))
    assert decode(*encode(kept := ScalarFeatures((0,), (StructField("x", VectorUDT()),)))) == kept


def archive(**members: bytes) -> bytes:
    buffer = BytesIO()
    with ZipFile(buffer, "w") as made:
        for name, content in members.items():
            made.writestr(name.replace("_", "."), content)
    return buffer.getvalue()


def pickled() -> bytes:
    buffer = BytesIO()
    np.save(buffer, np.array([date.today(), datetime.now(), Decimal(1)]))
    return buffer.getvalue()


HEAD = {"format": 1, "spark_smote": "9.9", "plan": {"array": "0"}}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "not a zip"),
        (packed({1: np.zeros(99)})[:-30], "not a zip"),
        (archive(other_json=b"{}"), "no item named 'plan.json'"),
        (archive(plan_json=b"{"), "Expecting property name"),
        (archive(plan_json=b"[]"), "list indices"),
        (archive(plan_json=b"{}"), "'spark_smote'"),
        (archive(plan_json=json.dumps({**HEAD, "format": 2}).encode()), "its format is 2, not 1; plan again"),
        (archive(plan_json=json.dumps(HEAD).encode()), r"written by spark_smote 9.9, .* array '0' is missing"),
        (archive(**{"plan_json": json.dumps(HEAD).encode(), "0_npy": b"no array"}), "a.plan"),
        (archive(**{"plan_json": json.dumps(HEAD).encode(), "0_npy": pickled()}), "allow_pickle=False"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_broken_file_is_refused(content: bytes, told: str) -> None:
    with pytest.raises(PlanError, match=told):
        unpacked(content, "a.plan")


@pytest.mark.parametrize("at", range(0, 1000, 100))
def test_a_file_with_a_wrong_byte_is_refused_or_the_same(at: int) -> None:
    value = {1: np.arange(999), 2: Fingerprint(3, 4)}
    content = bytearray(packed(value))
    content[at % len(content)] ^= 0xFF
    with suppress(PlanError):
        assert same(unpacked(bytes(content), "a.plan"), value)
