"""The rows of the input as samplers read them: class, features, and the hashes by which rows are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import FractionalType

from spark_smote.spark.columns import CLASS, FEATURES, HASH, at, in_classes
from spark_smote.spark.group_classes import label_of
from spark_smote.spark.layout import Layout, carried
from spark_smote.spark.row_hash import row_hash


@dataclass(frozen=True)
class InputRows:
    """The rows of the input.

    Parameters
    ----------
    frame : DataFrame
        Columns named by position.
    layout : Layout
    labels : list of label or GroupClass
        All classes; a class's number is its place.
    """

    frame: DataFrame
    layout: Layout
    labels: list[Any]

    def rows(self, classes: Sequence[int] | None = None, carrying: bool = False) -> DataFrame:
        """Rows of some classes as CLASS, FEATURES, HASH and, where columns travel along, TIE and CARRY.

        Parameters
        ----------
        classes : sequence of int, optional
            Numbers of the classes; all unless given.
        carrying : bool
            Whether the columns that travel along are wanted. Equal rows are told apart by these, or the order among
            them would be chance.
        """
        layout, wanted = self.layout, list(range(len(self.labels)) if classes is None else classes)
        frame, places, kind = self.frame, layout.carried if carrying else [], layout.label_type
        every = len(wanted) == len(self.labels)
        # This comparison reaches the scan; a double may be -0.0, which it would miss.
        if not every and not isinstance(kind, FractionalType):
            frame = frame.filter(at(layout.label).isin(list({label_of(self.labels[number]): 0 for number in wanted})))
        rows = frame.select(
            layout.number(self.labels, wanted).alias(CLASS),
            layout.features.encode().alias(FEATURES),
            *(at(place).alias(f"c{place}") for place in places),
        ).filter(F.col(CLASS) >= 0 if every or layout.groups else in_classes(wanted))
        content = layout.features.hashed(F.col(FEATURES)).alias(HASH)
        return rows.select(CLASS, FEATURES, content, *(carried(layout.schema, places) if places else []))

    def keyed(self) -> DataFrame:
        """The frame with CLASS and HASH as :meth:`rows` has them; CLASS is null for rows that take no part."""
        return self._exploded("*")

    def usable(self) -> DataFrame:
        """CLASS, HASH and FEATURES of the rows that take part."""
        rows = self._exploded(features=True)
        return rows.select(CLASS, HASH, FEATURES).filter(F.col(CLASS) >= 0)

    def _exploded(self, *columns: str, features: bool = False) -> DataFrame:
        layout = self.layout
        number = layout.number(self.labels)
        encoded = layout.features.encode()
        own = [F.when(layout.features.valid(), number).alias(CLASS), layout.features.hashed(encoded).alias(HASH)]
        if features:
            own.append(encoded.alias(FEATURES))
        # Exploded, so that no filter on CLASS and HASH is pushed below, not even the one that Spark adds to a join: for
        # a filter on an expression of n renamed columns, Spark's optimiser tries 2^n others.
        return self.frame.select(*columns, F.inline(F.array(F.struct(*own))))

    def drawable(self) -> DataFrame:
        """The frame with CLASS, and as HASH a hash of the whole row."""
        # Exploded for the same reason.
        hashed = F.explode(F.array(row_hash(self.layout.schema)))
        number = self.layout.number(self.labels)
        return self.frame.select("*", number.alias(CLASS), hashed.alias(HASH))
