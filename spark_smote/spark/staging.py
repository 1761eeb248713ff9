"""Staging: frames that are read several times, written to a place that the user names, and removed afterwards."""

from __future__ import annotations

import atexit
import re
import secrets
import shutil
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import (
    BooleanType,
    DataType,
    DateType,
    NumericType,
    StringType,
    StructType,
    TimestampNTZType,
    TimestampType,
)

from spark_smote.errors import ParameterError
from spark_smote.spark.columns import at, positional
from spark_smote.spark.conversions import any_value

_PART = r"(?:\w+|`(?:[^`]|``)+`)"
# Spark's parser accepts a comment after a name, which would comment out the rest of a statement.
TABLE_NAME = re.compile(rf"{_PART}(?:\.{_PART})*")
_checked: WeakKeyDictionary[SparkSession, set[StagingPath | StagingTable]] = WeakKeyDictionary()


@dataclass(frozen=True)
class StagingPath:
    """A folder; frames become Parquet files in new folders below.

    Parameters
    ----------
    path : str
    """

    path: str

    def __str__(self) -> str:
        return f"stagingPath={self.path!r}"

    def within(self, name: str) -> str:
        """The folder of a staged frame."""
        return f"{self.path.rstrip('/')}/{name}"

    def write(self, frame: DataFrame, name: str) -> DataFrame:
        """Writes a frame, and returns it as read again; a job runs."""
        frame.write.parquet(self.within(name))
        # With the schema no job reads it from the files.
        return frame.sparkSession.read.schema(frame.schema).parquet(self.within(name))

    def remover(self, session: SparkSession, name: str) -> Callable[[], object]:
        """What removes a staged frame: Python in a local or mounted folder, fsspec elsewhere.

        Raises
        ------
        ParameterError
            For another file system without fsspec.
        """
        scheme, folder = urlsplit(self.path).scheme, self.within(name)
        # A scheme of one letter is a drive.
        if len(scheme) < 2:
            return partial(shutil.rmtree, folder)
        below = urlsplit(folder).path
        if scheme in ("file", "dbfs"):
            # Databricks mounts volumes as they are named, and all else of its file system under /dbfs.
            mounted = below if scheme == "file" or below.startswith("/Volumes/") else f"/dbfs{below}"
            return partial(shutil.rmtree, mounted)
        try:
            from fsspec.core import url_to_fs
        except ImportError as error:
            raise ParameterError(
                f"{self}: this process could not remove what Spark writes there, for {scheme}: is no mounted folder "
                "and fsspec is not installed; install fsspec and its package for this store, or set stagingTable"
            ) from error
        files, place = url_to_fs(folder)
        return partial(files.rm, place, recursive=True)


@dataclass(frozen=True)
class StagingTable:
    """A name of a table, of which the names of new tables are made.

    Parameters
    ----------
    table : str
        ``catalog.database.table``.
    """

    table: str

    def __str__(self) -> str:
        return f"stagingTable={self.table!r}"

    def within(self, name: str) -> str:
        """The table of a staged frame."""
        quoted = self.table.endswith("`")
        return f"{self.table[:-1]}_{name}`" if quoted else f"{self.table}_{name}"

    def write(self, frame: DataFrame, name: str) -> DataFrame:
        """As :meth:`StagingPath.write`."""
        frame.write.saveAsTable(self.within(name))
        return frame.sparkSession.table(self.within(name))

    def remover(self, session: SparkSession, name: str) -> Callable[[], object]:
        """What drops the table of a staged frame."""
        return partial(session.sql, f"DROP TABLE IF EXISTS {self.within(name)}")


Staging = StagingPath | StagingTable


def staging(path: str | None, table: str | None) -> Staging | None:
    """The staging place that the parameters ``stagingPath`` and ``stagingTable`` name; None if neither is given.

    Raises
    ------
    ParameterError
        Both are given, or one is no such name.
    """
    if path is not None and table is not None:
        raise ParameterError("give stagingPath or stagingTable, not both")
    if path is not None:
        if not path:
            raise ParameterError("stagingPath must be the path of a folder, not ''")
        return StagingPath(path)
    if table is None:
        return None
    if not TABLE_NAME.fullmatch(table):
        raise ParameterError(
            f"stagingTable must be the name of a table, catalog.database.table, with back-ticks around a part that has "
            f"other characters than letters, digits and _, not {table!r}"
        )
    return StagingTable(table)


def check_staging(session: SparkSession, place: Staging) -> None:
    """Refuse a staging place in which this session cannot write and remove; asked once, with one row.

    Raises
    ------
    ParameterError
    """
    known = _checked.setdefault(session, set())
    if place in known:
        return
    name = _new_name()
    remove = place.remover(session, name)
    try:
        place.write(session.range(0, 1, 1, 1), name)
        remove()
    except Exception as error:
        raise ParameterError(
            f"{place}: rows cannot be written to {place.within(name)} by Spark and removed by this process "
            f"({str(error).partition(chr(10))[0]}); name a place that both reach, or set "
            f"{'stagingTable' if isinstance(place, StagingPath) else 'stagingPath'} instead"
        ) from error
    known.add(place)


class Staged:
    """A frame in a staging place, until :meth:`remove`, or else until the interpreter ends.

    Parameters
    ----------
    frame : DataFrame
        A job writes it.
    place : Staging

    Attributes
    ----------
    frame : DataFrame
        The same rows and columns, read from the place.
    """

    frame: DataFrame

    def __init__(self, frame: DataFrame, place: Staging) -> None:
        name = _new_name()
        self.where = place.within(name)
        self._remove: Callable[[], Any] | None = place.remover(frame.sparkSession, name)
        atexit.register(self.remove)
        try:
            # By position: files and tables refuse some names of columns.
            self.frame = place.write(positional(frame), name).toDF(*frame.columns)
        except BaseException:
            with suppress(Exception):
                self._remove()
            self._forget()
            raise

    def remove(self) -> None:
        """Removes the frame, once; a failure is a warning, for what was read is right all the same."""
        try:
            if self._remove is not None:
                self._remove()
        except Exception as error:
            warnings.warn(f"{self.where} holds staged rows that could not be removed: {error}", stacklevel=2)
        self._forget()

    def _forget(self) -> None:
        self._remove = None
        atexit.unregister(self.remove)


def never_null(frame: DataFrame, schema: StructType) -> DataFrame:
    """A staged frame with the columns never null that were not before: in files and tables every column may be.

    Parameters
    ----------
    frame : DataFrame
    schema : StructType
        Before it was staged. What lies within arrays, maps, structs and vectors, and these themselves, stay nullable.
    """
    known = {place: field for place, field in enumerate(schema.fields) if not field.nullable and _plain(field.dataType)}
    staged = positional(frame)
    columns = [
        F.coalesce(at(place), any_value(known[place].dataType)).alias(f"c{place}") if place in known else at(place)
        for place in range(len(schema.fields))
    ]
    sure = staged.select(*columns)
    for place, field in known.items():
        sure = sure.withMetadata(f"c{place}", field.metadata) if field.metadata else sure
    return sure.toDF(*schema.names)


def _plain(kind: DataType) -> bool:
    return isinstance(kind, NumericType | StringType | BooleanType | DateType | TimestampType | TimestampNTZType)


def _new_name() -> str:
    return f"spark_smote_{secrets.token_hex(8)}"
