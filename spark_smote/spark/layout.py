"""Layout of input and output: prepares rows, and assembles the untouched input with the decoded synthetic rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pyspark.ml.functions import array_to_vector
from pyspark.ml.linalg import VectorUDT
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import (
    ArrayType,
    BinaryType,
    BooleanType,
    DataType,
    DateType,
    DayTimeIntervalType,
    DoubleType,
    FractionalType,
    IntegralType,
    MapType,
    StringType,
    StructField,
    StructType,
    TimestampNTZType,
    TimestampType,
)

from spark_smote.errors import ColumnError
from spark_smote.spark.columns import CARRY, CLASS, FEATURES, HASH, TIE, WEIGHT, Names, at, type_name
from spark_smote.spark.conversions import clipped
from spark_smote.spark.exact import exact_value, needs_exact
from spark_smote.spark.exchange import GAP, NEIGHBOUR, SEED, copy, feature
from spark_smote.spark.features import LARGEST_MAGNITUDE, Features
from spark_smote.spark.group_classes import class_code, class_number, group_value, label_value
from spark_smote.spark.row_hash import elements, json_hash
from spark_smote.spark.survey import label_at, label_index

_ARROW = (
    IntegralType,
    FractionalType,
    BooleanType,
    StringType,
    BinaryType,
    DateType,
    TimestampType,
    TimestampNTZType,
    DayTimeIntervalType,
)


@dataclass(frozen=True)
class Layout:
    """Positions of all columns in the input, and additional columns of the output.

    Parameters
    ----------
    schema : StructType
        Of the input.
    label : int
        Position of the label column.
    features : Features
        Feature columns.
    inherited : sequence of int
        Positions of columns that synthetic rows copy from their seed.
    identity : int or None
        Position of the id column.
    flag, provenance : str or None
        Names of the optional columns ``syntheticCol`` and ``provenanceCol``.
    exact : sequence of int
        Positions of the features with values that a double cannot hold.
    weight : str or None
        Name of the optional column ``weightCol``.
    weights : sequence of float
        Weight of each number, then of each category, in distances; empty if all weigh the same.
    bounds : mapping of int to pair
        Smallest and largest synthetic value of columns by position, in the column's type; None for an open end.
    ranged : sequence of int
        Positions of features of which the survey tells the range.
    groups : sequence of int
        Positions of the group columns. With them a class is a label within a group: the list of all classes then
        consists of :class:`spark_smote.spark.group_classes.GroupClass`.
    """

    schema: StructType
    label: int
    features: Features
    inherited: Sequence[int] = ()
    identity: int | None = None
    flag: str | None = None
    provenance: str | None = None
    exact: Sequence[int] = ()
    weight: str | None = None
    weights: Sequence[float] = ()
    bounds: Mapping[int, tuple[Any, Any]] = field(default_factory=dict)
    ranged: Sequence[int] = ()
    groups: Sequence[int] = ()

    @classmethod
    def find(
        cls,
        names: Names,
        label: int,
        features: Features,
        inherit_cols: Sequence[str] | None,
        id_col: str | None,
        synthetic_col: str | None,
        provenance_col: str | None,
        groups: Sequence[int] = (),
    ) -> Layout:
        """Finds and checks all columns; without ``inherit_cols``, those are inherited that cannot be null.

        Raises
        ------
        ColumnError
            If a column is missing or cannot play its role, or a new name is taken.
        """
        _check_label(names.schema, label, features)
        own = {**dict.fromkeys(groups, "a group"), label: "the label", **dict.fromkeys(features.places, "a feature")}
        if inherit_cols is None:
            inherited = tuple(place for place in inheritable(names) if place not in own)
        else:
            inherited = names.find_all(inherit_cols, "inheritCols")
        for place in inherited:
            if place in own:
                raise ColumnError(f"inheritCols: column {names.field(place).name!r} is {own[place]}; leave it out")
        for place, column in enumerate(names.schema.fields):
            if not column.nullable and place not in own and place not in inherited:
                kind = f"its type {type_name(column.dataType)} cannot travel through Python: convert it to text"
                remedy = "list it in inheritCols" if _travels(column.dataType) else kind
                raise ColumnError(
                    f"column {column.name!r} cannot be null and is not a feature, so a synthetic row has no value "
                    f"for it; {remedy}, or drop it"
                )
        for param, name in (("syntheticCol", synthetic_col), ("provenanceCol", provenance_col)):
            check_new(names, param, name)
        if provenance_col and synthetic_col and names.same(provenance_col, synthetic_col):
            raise ColumnError(f"syntheticCol and provenanceCol are both {provenance_col!r}; choose two names")
        if provenance_col is not None and id_col is None:
            raise ColumnError("provenanceCol needs idCol, the column that identifies a row")
        identity = None if id_col is None else names.find(id_col, "idCol")
        layout = cls(names.schema, label, features, inherited, identity, synthetic_col, provenance_col, groups=groups)
        for place in layout.carried:
            if not _travels(names.field(place).dataType):
                raise ColumnError(
                    f"column {names.field(place).name!r} has type {type_name(names.field(place).dataType)}, which "
                    "cannot travel through Python; leave it out of inheritCols and idCol"
                )
        return layout

    @property
    def label_type(self) -> DataType:
        return self.schema[self.label].dataType

    @property
    def carried(self) -> list[int]:
        """Positions of the columns that are carried along with each row."""
        traced = [self.identity] if self.provenance and self.identity is not None else []
        return sorted({*self.inherited, *traced, *self.features.copied, *self.exact})

    @property
    def traced(self) -> bool:
        """Whether a synthetic row's neighbour and gap have a part in its columns."""
        return self.provenance is not None or bool(self.exact)

    @property
    def copied(self) -> list[str]:
        """Names, within CARRY, of features that are copied from real rows."""
        return [f"c{place}" for place in self.features.copied]

    def __post_init__(self) -> None:
        _check_label(self.schema, self.label, self.features)

    def with_exact(self, magnitude: float) -> Layout:
        """The same for features of this magnitude, as :class:`Survey` has it."""
        largest = magnitude * LARGEST_MAGNITUDE
        scalars = self.features.scalars().items()
        return replace(self, exact=tuple(place for place, field in scalars if needs_exact(field.dataType, largest)))

    def unkeyed(self, frame: DataFrame) -> DataFrame:
        """Rows of the input with its columns by position, and others, as :meth:`originals` has them.

        Where weights are asked for, they are in WEIGHT.
        """
        added = self._beside(F.col(WEIGHT))
        places = (at(place) for place in range(len(self.schema)))
        return frame.select(*places, *added.values()).toDF(*self.schema.names, *added)

    def narrow(self, frame: DataFrame) -> DataFrame:
        """Selects label, groups and features; columns stay named by position."""
        return frame.select(*(at(place) for place in sorted({self.label, *self.groups, *self.features.places})))

    def number(self, labels: Sequence[Any], wanted: Iterable[int] | None = None) -> Column:
        """The number of a row's class in the list of classes, null for rows of none, of a frame named by position.

        Parameters
        ----------
        labels : sequence of label or GroupClass
            All classes.
        wanted : iterable of int, optional
            Numbers of the classes to tell apart where there are groups; all unless given.
        """
        if self.groups:
            return class_number(class_code(self.label, self.groups), labels, wanted)
        return label_index(at(self.label), list(labels), self.label_type)

    def as_rows(self, synthetic: DataFrame) -> DataFrame:
        """Converts rows from :func:`spark_smote.spark.exchange.synthesise`, with one FEATURES array, to input rows."""
        ends = [name for name in (SEED, NEIGHBOUR, GAP) if name in synthetic.columns]
        packed = tied(F.struct(*ends), StructType([synthetic.schema[name] for name in ends])) if ends else []
        return synthetic.select(CLASS, FEATURES, F.xxhash64(FEATURES).alias(HASH), *packed)

    def from_rows(self, rows: DataFrame) -> DataFrame:
        """Converts rows from :meth:`as_rows` back to the form of ``synthesise``."""
        width = self.features.width
        values = [FEATURES] if width is None else [_element(i).alias(feature(i)) for i in range(width)]
        ends = [f"{CARRY}.*"] if CARRY in rows.columns else []
        return rows.select(CLASS, *values, *ends)

    def additions(self, flag: Column, provenance: Column) -> dict[str, Column]:
        """Returns the optional columns that are asked for, with these values, by name."""
        return {name: value for name, value in ((self.flag, flag), (self.provenance, provenance)) if name}

    def _beside(self, weight: Column) -> dict[str, Column]:
        """The optional columns of rows of the input, by name."""
        absent = F.lit(None).cast(self.provenance_type()) if self.provenance else F.lit(None)
        return self.additions(F.lit(False), absent) | ({self.weight: weight} if self.weight else {})

    def provenance_type(self) -> StructType:
        """Returns the type of the provenance column."""
        identity = self.schema[self.identity or 0]
        ends = [StructField(name, identity.dataType) for name in (SEED, NEIGHBOUR)]
        return StructType([*ends, StructField(GAP, DoubleType())])

    def originals(self, frame: DataFrame) -> DataFrame:
        """Adds the optional columns to the input; a row has the weight 1."""
        added = self._beside(F.lit(1.0))
        return frame.select("*", *(value.alias(name) for name, value in added.items())) if added else frame

    def synthetic(self, rows: DataFrame, labels: Sequence[Any]) -> DataFrame:
        """Converts rows from :func:`spark_smote.spark.exchange.synthesise` to the columns and types of the input."""
        kind = self.schema[self.label]
        width = self.features.width
        known = self.features.decode([FEATURES] if width is None else [feature(i) for i in range(width)])
        numbers = {place: feature(index) for index, place in enumerate(self.features.scalars())}
        for place in self.exact:
            known[place] = F.coalesce(exact_value(place, self.schema[place], numbers[place]), known[place])
        for place, (low, high) in self.bounds.items():
            value = known[place]
            value = F.col(value) if isinstance(value, str) else value
            known[place] = clipped(value, self.schema[place].dataType, low, high)
        if self.groups:
            known[self.label] = label_value(F.col(CLASS), labels, kind.dataType, kind.nullable)
            for index, place in enumerate(self.groups):
                known[place] = group_value(F.col(CLASS), labels, index, self.schema[place])
        else:
            known[self.label] = label_at(F.col(CLASS), list(labels), kind.dataType, kind.nullable)
        known |= {place: copy(index) for index, place in enumerate(self.features.copied)}
        for place in self.inherited:
            known[place] = self._carried(SEED, place)
        columns = [
            known[place] if place in known else F.lit(None).cast(field.dataType)
            for place, field in enumerate(self.schema.fields)
        ]
        traced = F.lit(None)
        if self.provenance and self.identity is not None:
            ends = [self._carried(end, self.identity).alias(end) for end in (SEED, NEIGHBOUR)]
            traced = F.struct(*ends, F.col(GAP)).cast(self.provenance_type())
        # Named together: an alias for each of many columns takes classic Spark a while.
        added = self.additions(F.lit(True), traced)
        return rows.select(*columns, *added.values()).toDF(*self.schema.names, *added)

    def _carried(self, end: str, place: int) -> Column:
        column = F.col(end).getField(f"c{place}")
        return F.when(column.isNotNull(), array_to_vector(column)) if _is_vector(self.schema[place]) else column


def _element(index: int) -> Column:
    """Returns one element of FEATURES; it is never null, which Spark infers only from coalesce."""
    return F.coalesce(F.get(FEATURES, F.lit(index)), F.lit(0.0))


def check_new(names: Names, param: str, name: str | None) -> None:
    """Refuse a name for a new column that is empty or taken.

    Raises
    ------
    ColumnError
    """
    if name is not None and (not name or name in names):
        raise ColumnError(f"{param}: there is a column {name!r} already; choose another name")


def _check_label(schema: StructType, label: int, features: Features) -> None:
    if label in features.places:
        name = schema[label].name
        raise ColumnError(f"column {name!r} is the label and a feature; it can be only one of them")


def tied(packed: Column, kind: StructType) -> list[Column]:
    """A struct as CARRY, and a hash of it as TIE."""
    return [json_hash(packed, kind).alias(TIE), packed.alias(CARRY)]


def inheritable(names: Names) -> list[int]:
    """Places of the columns that cannot be null and can travel along."""
    return [place for place, field in enumerate(names.schema.fields) if not field.nullable and _travels(field.dataType)]


def _travels(kind: DataType) -> bool:
    """Whether values of the type pass through Arrow unchanged (vectors do as arrays)."""
    return isinstance(kind, VectorUDT) or _is_arrow(kind)


def _is_arrow(kind: DataType) -> bool:
    if isinstance(kind, StructType):
        return all(_is_arrow(field.dataType) for field in kind.fields)
    if isinstance(kind, MapType):
        return _is_arrow(kind.keyType) and _is_arrow(kind.valueType)
    if isinstance(kind, ArrayType):
        return _is_arrow(kind.elementType)
    return isinstance(kind, _ARROW)


def carried(schema: StructType, places: Iterable[int]) -> list[Column]:
    """Columns that travel along, :func:`tied`."""
    fields = {place: schema[place] for place in places}
    kind = StructType([StructField(f"c{place}", field.dataType) for place, field in fields.items()])
    return tied(F.struct(*(carry_of(*one) for one in fields.items())), kind)


def carry_of(place: int, field: StructField) -> Column:
    """A column that travels along, as a field of CARRY."""
    return (elements(at(place)) if _is_vector(field) else at(place)).alias(f"c{place}")


def _is_vector(field: StructField) -> bool:
    return isinstance(field.dataType, VectorUDT)
