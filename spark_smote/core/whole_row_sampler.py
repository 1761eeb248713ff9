"""The base of samplers that copy and delete whole rows of classes which the input does not name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyspark.sql import DataFrame

from spark_smote.core.context import PlanningContext
from spark_smote.core.copies import Copies
from spark_smote.core.execution import Decision
from spark_smote.core.over_sampler import OverSampler
from spark_smote.core.parameter import ANY_INTEGER, INT, Parameter
from spark_smote.core.resampler import Resampler
from spark_smote.spark.columns import Names
from spark_smote.spark.draw import Draw, draw
from spark_smote.spark.input_rows import InputRows
from spark_smote.spark.layout import Layout
from spark_smote.spark.whole_rows import WholeRows

_ADDED = {"id_col": "idCol", "synthetic_col": "syntheticCol", "provenance_col": "provenanceCol"}
_SECOND = 1 << 40
"""Tells the draw of the rows to delete from that of the rows to copy."""


@dataclass(frozen=True)
class Kept:
    """The work: the drawn rows of the classes that shrink, and all rows of the others.

    Parameters
    ----------
    draw : Draw
    """

    draw: Draw

    def __call__(self, source: InputRows) -> DataFrame:
        """The rows that stay."""
        return self.draw.keep(source.drawable())


class WholeRowSampler(Resampler):
    """Base of samplers that look at no column but that of the classes, the last, which they add themselves.

    Parameters
    ----------
    seed
        The same data and the same seed give the same rows, whatever the partitions, their order, or retries.
    """

    seed = Parameter(INT, ANY_INTEGER, default=0)

    def layout(self, df: DataFrame) -> Layout:
        self._check_params()
        names, label = Names(df), len(df.columns) - 1
        added: dict[str, Any] = {
            of: self.optional(self.getParam(name)) if self.hasParam(name) else None for of, name in _ADDED.items()
        }
        features = WholeRows(names.schema, label)
        return Layout.find(
            names,
            label=label,
            features=features,
            groups=self.groups(names, label, features),
            inherit_cols=None,
            **added,
        )

    def carried_out(
        self,
        context: PlanningContext,
        copies: Mapping[int, int],
        deletions: Mapping[int, int],
        notes: tuple[str, ...] = (),
    ) -> Decision:
        """The decision that copies and deletes so many rows of each class, numbered, drawn by their content.

        Jobs run. Of a class, each row is copied as often as any other, to within one.
        """
        copies, deletions = ({n: rows for n, rows in of.items() if rows} for of in (copies, deletions))
        figures = {n: {"to_synthesise": copies.get(n, 0), "to_remove": deletions.get(n, 0)} for n in copies | deletions}
        classes, rows = context.classes(figures), list(context.survey.rows.values())
        if not figures:
            return Decision(None, classes, adds=self.makes_rows(), notes=notes)
        drawable, seed = context.source.drawable(), self.getOrDefault(self.seed)
        fingerprint = context.fingerprint(self.fingerprint(context.source.layout))
        made, kept = None, None
        if copies:
            with context.stage("draw"):
                once_more = draw(
                    drawable,
                    {n: rows[n] for n in copies},
                    {n: quota % rows[n] for n, quota in copies.items()},
                    seed,
                )
                made = Copies({n: quota // rows[n] for n, quota in copies.items()}, once_more)
        if deletions:
            with context.stage("deletions"):
                present = {n: rows[n] for n in deletions}
                wanted = {n: rows[n] - gone for n, gone in deletions.items()}
                kept = Kept(draw(drawable, present, wanted, seed ^ _SECOND if copies else seed))
        return Decision(made or kept, classes, fingerprint, bool(made), notes, kept if made else None)


class WholeRowCopier(WholeRowSampler):
    """Base of those of them that copy rows."""

    syntheticCol = OverSampler.syntheticCol.but()
    provenanceCol = OverSampler.provenanceCol.but()
    idCol = OverSampler.idCol.but()

    WRITING_READS = OverSampler.WRITING_READS

    def makes_rows(self) -> bool:
        return True
