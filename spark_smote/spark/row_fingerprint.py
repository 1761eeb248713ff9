"""The fingerprint of a row as data: what it is made of, without a session, so that a plan can be saved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any, Protocol

from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from spark_smote.spark.columns import at
from spark_smote.spark.features import Features
from spark_smote.spark.group_classes import class_code, class_number
from spark_smote.spark.row_hash import fingerprint, row_fingerprint, row_hash


class RowFingerprint(Protocol):
    """What the fingerprint of a row is made of."""

    def column(self) -> Column:
        """The fingerprint, of a frame with columns named by position; null for rows without influence."""


@dataclass(frozen=True)
class OfFeatures:
    """The label and the features, of usable rows.

    Parameters
    ----------
    label : int
        Position of the label column.
    features : Features
    """

    label: int
    features: Features

    def column(self) -> Column:
        return F.when(self.features.valid(), row_fingerprint(at(self.label), self.features.content()))


@dataclass(frozen=True)
class OfWholeRow:
    """All columns.

    Parameters
    ----------
    schema : StructType
        Of the frame.
    """

    schema: StructType

    def column(self) -> Column:
        return fingerprint(row_hash(self.schema))


@dataclass(frozen=True)
class OfClasses:
    """Another fingerprint, of rows of some classes.

    Parameters
    ----------
    label : int
        Position of the label column.
    classes : tuple of label or GroupClass
    of : RowFingerprint
    groups : sequence of int
        Positions of the group columns, where classes are labels within groups.
    """

    label: int
    classes: tuple[Any, ...]
    of: RowFingerprint
    groups: Sequence[int] = ()

    def column(self) -> Column:
        if self.groups:
            concerned = class_number(class_code(self.label, self.groups), self.classes).isNotNull()
        else:
            concerned = at(self.label).isin(list(self.classes))
        return F.when(concerned, self.of.column())


@dataclass(frozen=True)
class OfAll:
    """Several fingerprints in one.

    Parameters
    ----------
    each : tuple of RowFingerprint
    """

    each: tuple[RowFingerprint, ...]

    def column(self) -> Column:
        return fingerprint(F.xxhash64(*(one.column() for one in self.each)))


@dataclass(frozen=True)
class SumOf:
    """The sum of several fingerprints, each of which may be null; its sum over rows is the sum of theirs.

    Parameters
    ----------
    each : tuple of RowFingerprint
    """

    each: tuple[RowFingerprint, ...]

    def column(self) -> Column:
        return reduce(add, (F.coalesce(one.column(), F.lit(0)) for one in self.each))
