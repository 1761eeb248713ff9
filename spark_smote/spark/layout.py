"""Synthetic rows back into the input's own columns, and under the untouched input."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

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
from spark_smote.spark.columns import CARRY, CLASS, FEATURES, HASH, TIE, Names, at, type_name
from spark_smote.spark.exact import exact_value, needs_exact
from spark_smote.spark.exchange import GAP, NEIGHBOUR, SEED, copy, feature
from spark_smote.spark.features import LARGEST_MAGNITUDE, Features
from spark_smote.spark.row_hash import elements, json_hash, row_hash
from spark_smote.spark.survey import label_at, label_index
from spark_smote.strategy import Label

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
    """Where everything stands in the input, and what the output adds.

    Parameters
    ----------
    names : Names
    label : int
        Position of the label column.
    features : Features
    inherited : sequence of int
        Positions of the columns that synthetic rows copy from their seed.
    identity : int or None
        Position of the id column.
    flag, provenance : str or None
        Names of the opt-in columns.
    exact : sequence of int
        Positions of the features with values that a double cannot hold.
    """

    names: Names
    label: int
    features: Features
    inherited: Sequence[int] = ()
    identity: int | None = None
    flag: str | None = None
    provenance: str | None = None
    exact: Sequence[int] = ()

    @classmethod
    def find(
        cls,
        names: Names,
        label: int,
        features: Features,
        inherit_cols: Sequence[str],
        id_col: str | None,
        synthetic_col: str | None,
        provenance_col: str | None,
    ) -> Layout:
        """Find and check all columns.

        Raises
        ------
        ColumnError
        """
        _check_label(names, label, features)
        inherited = names.find_all(inherit_cols, "inheritCols")
        own = {label: "the label", **dict.fromkeys(features.places, "a feature")}
        for place in inherited:
            if place in own:
                raise ColumnError(f"inheritCols: column {names.field(place).name!r} is {own[place]}; leave it out")
        for place, field in enumerate(names.schema.fields):
            if not field.nullable and place not in own and place not in inherited:
                raise ColumnError(
                    f"column {field.name!r} cannot be null and is not a feature, so a synthetic row has no value "
                    "for it; list it in inheritCols, or drop it"
                )
        for param, name in (("syntheticCol", synthetic_col), ("provenanceCol", provenance_col)):
            if name is not None and (not name or name in names):
                raise ColumnError(f"{param}: there is a column {name!r} already; choose another name")
        if provenance_col and synthetic_col and names.same(provenance_col, synthetic_col):
            raise ColumnError(f"syntheticCol and provenanceCol are both {provenance_col!r}; choose two names")
        if provenance_col is not None and id_col is None:
            raise ColumnError("provenanceCol needs idCol, the column that identifies a row")
        identity = None if id_col is None else names.find(id_col, "idCol")
        layout = cls(names, label, features, inherited, identity, synthetic_col, provenance_col)
        for place in layout.carried:
            if not _travels(names.field(place).dataType):
                raise ColumnError(
                    f"column {names.field(place).name!r} has type {type_name(names.field(place).dataType)}, which "
                    "cannot travel through Python; leave it out of inheritCols and idCol"
                )
        return layout

    @property
    def carried(self) -> list[int]:
        """Positions of the columns that travel along with each row."""
        traced = [self.identity] if self.provenance and self.identity is not None else []
        return sorted({*self.inherited, *traced, *self.features.copied, *self.exact})

    @property
    def traced(self) -> bool:
        """Whether a synthetic row's neighbour and gap have a part in its columns."""
        return self.provenance is not None or bool(self.exact)

    @property
    def copied(self) -> list[str]:
        """Names, within CARRY, of the features that are copied from real rows."""
        return [f"c{place}" for place in self.features.copied]

    def __post_init__(self) -> None:
        _check_label(self.names, self.label, self.features)

    def rows(self, frame: DataFrame, labels: list[Label], classes: list[int], carrying: bool = True) -> DataFrame:
        """The rows of these classes as CLASS, FEATURES, HASH and, where columns travel along, TIE and CARRY.

        Parameters
        ----------
        frame : DataFrame
            With columns named by position.
        labels : list
            All classes.
        classes : list of int
            Numbers of the classes wanted.
        carrying : bool
            Whether the columns that travel along are wanted.
        """
        kind = self.names.field(self.label).dataType
        # This comparison reaches the scan; a double may be -0.0, which it would miss.
        if not isinstance(kind, FractionalType):
            frame = frame.filter(at(self.label).isin([labels[number] for number in classes]))
        carried = [at(place).alias(f"c{place}") for place in self.carried] if carrying else []
        rows = frame.select(
            label_index(at(self.label), labels, kind).alias(CLASS), self.features.encode().alias(FEATURES), *carried
        ).filter(F.col(CLASS).isin(classes))
        return rows.select(CLASS, FEATURES, F.xxhash64(FEATURES).alias(HASH), *(self._carry() if carrying else []))

    def with_exact(self, magnitude: float) -> Layout:
        """The same for features of this magnitude, as :class:`Survey` has it."""
        largest = magnitude * LARGEST_MAGNITUDE
        scalars = self.features.scalars().items()
        return replace(self, exact=tuple(place for place, field in scalars if needs_exact(field.dataType, largest)))

    def narrow(self, frame: DataFrame) -> DataFrame:
        """The label and the features only, still named by position."""
        return frame.select(*(at(place) for place in sorted({self.label, *self.features.places})))

    def keyed(self, frame: DataFrame, labels: list[Label]) -> DataFrame:
        """The frame with CLASS and HASH as :meth:`rows` has them; CLASS is null for rows that take no part."""
        number = label_index(at(self.label), labels, self.names.field(self.label).dataType)
        own = F.when(self.features.valid(), number).alias(CLASS), F.xxhash64(self.features.encode()).alias(HASH)
        # Exploded, for then no filter on them is pushed below, not even the one that Spark adds to a join: one on an
        # expression of n renamed columns has Spark's optimiser try 2^n others.
        return frame.select("*", F.inline(F.array(F.struct(*own))))

    def drawable(self, frame: DataFrame, labels: list[Label]) -> DataFrame:
        """The frame with CLASS, and as HASH a hash of the whole row."""
        number = label_index(at(self.label), labels, self.names.field(self.label).dataType)
        # Exploded for the same reason.
        hashed = F.explode(F.array(row_hash(self.names.schema)))
        return frame.select("*", number.alias(CLASS), hashed.alias(HASH))

    def unkeyed(self, frame: DataFrame) -> DataFrame:
        """What :meth:`keyed` or :meth:`drawable` returned, as the input was."""
        places = range(len(self.names.schema.fields))
        return frame.select(*(at(place) for place in places)).toDF(*self.names.schema.names)

    def _carry(self) -> list[Column]:
        """The columns TIE and CARRY, none where nothing travels along.

        Equal rows are told apart by what they carry, or the order among them would be chance.
        """
        if not self.carried:
            return []
        return _tied(
            F.struct(*(_to_arrow(at(place), self.names.field(place)).alias(f"c{place}") for place in self.carried))
        )

    def as_rows(self, synthetic: DataFrame) -> DataFrame:
        """Rows as :func:`spark_smote.spark.exchange.synthesise` returns them, FEATURES as one array, as rows again."""
        ends = [name for name in (SEED, NEIGHBOUR, GAP) if name in synthetic.columns]
        packed = _tied(F.struct(*ends)) if ends else []
        return synthetic.select(CLASS, FEATURES, F.xxhash64(FEATURES).alias(HASH), *packed)

    def from_rows(self, rows: DataFrame) -> DataFrame:
        """What :meth:`as_rows` returned, as ``synthesise`` returns it."""
        width = self.features.width
        values = [FEATURES] if width is None else [_element(i).alias(feature(i)) for i in range(width)]
        ends = [f"{CARRY}.*"] if CARRY in rows.columns else []
        return rows.select(CLASS, *values, *ends)

    def additions(self, flag: Column, provenance: Column) -> list[Column]:
        return [
            *([flag.alias(self.flag)] if self.flag else []),
            *([provenance.alias(self.provenance)] if self.provenance else []),
        ]

    def provenance_type(self) -> StructType:
        identity = self.names.field(self.identity or 0)
        return StructType(
            [
                StructField("seed", identity.dataType),
                StructField("neighbour", identity.dataType),
                StructField("gap", DoubleType()),
            ]
        )

    def originals(self, frame: DataFrame) -> DataFrame:
        """The input, with the opt-in columns where asked for."""
        absent = F.lit(None).cast(self.provenance_type()) if self.provenance else F.lit(None)
        added = self.additions(F.lit(False), absent)
        return frame.select("*", *added) if added else frame

    def synthetic(self, rows: DataFrame, labels: list[Label]) -> DataFrame:
        """Rows as :func:`spark_smote.spark.exchange.synthesise` returns them, in the input's columns and types."""
        kind = self.names.field(self.label)
        width = self.features.width
        known = self.features.decode([F.col(FEATURES)] if width is None else [F.col(feature(i)) for i in range(width)])
        numbers = {place: feature(index) for index, place in enumerate(self.features.scalars())}
        for place in self.exact:
            known[place] = F.coalesce(exact_value(place, self.names.field(place), numbers[place]), known[place])
        known[self.label] = label_at(F.col(CLASS), labels, kind.dataType, kind.nullable)
        known |= {place: F.col(copy(index)) for index, place in enumerate(self.features.copied)}
        for place in self.inherited:
            known[place] = self._carried(SEED, place)
        columns = [
            known.get(place, F.lit(None).cast(field.dataType)).alias(field.name)
            for place, field in enumerate(self.names.schema.fields)
        ]
        traced = F.lit(None)
        if self.provenance and self.identity is not None:
            ends = [self._carried(end, self.identity).alias(end) for end in (SEED, NEIGHBOUR)]
            traced = F.struct(*ends, F.col(GAP).alias("gap")).cast(self.provenance_type())
        return rows.select(*columns, *self.additions(F.lit(True), traced))

    def assemble(self, frame: DataFrame, synthetic: DataFrame) -> DataFrame:
        """The union, by position; names, nullability and metadata are the input's."""
        return self.originals(frame).union(synthetic)

    def _carried(self, end: str, place: int) -> Column:
        column = F.col(end).getField(f"c{place}")
        return F.when(column.isNotNull(), array_to_vector(column)) if _is_vector(self.names.field(place)) else column


def _element(index: int) -> Column:
    """One of FEATURES, which is never null, but only coalesce tells the analyser so."""
    return F.coalesce(F.get(FEATURES, F.lit(index)), F.lit(0.0))


def _check_label(names: Names, label: int, features: Features) -> None:
    if label in features.places:
        name = names.field(label).name
        raise ColumnError(f"column {name!r} is the label and a feature; it can be only one of them")


def _tied(packed: Column) -> list[Column]:
    """A struct as CARRY, and a hash of it as TIE."""
    return [json_hash(packed).alias(TIE), packed.alias(CARRY)]


def _travels(kind: DataType) -> bool:
    """Whether values of the type pass through Arrow unchanged; a vector column does as an array."""
    return isinstance(kind, VectorUDT) or _is_arrow(kind)


def _is_arrow(kind: DataType) -> bool:
    if isinstance(kind, StructType):
        return all(_is_arrow(field.dataType) for field in kind.fields)
    if isinstance(kind, MapType):
        return _is_arrow(kind.keyType) and _is_arrow(kind.valueType)
    if isinstance(kind, ArrayType):
        return _is_arrow(kind.elementType)
    return isinstance(kind, _ARROW)


def _to_arrow(column: Column, field: StructField) -> Column:
    return elements(column) if _is_vector(field) else column


def _is_vector(field: StructField) -> bool:
    return isinstance(field.dataType, VectorUDT)
