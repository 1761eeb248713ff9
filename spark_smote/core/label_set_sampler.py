"""The base of samplers of rows with several labels that copy or delete whole rows, by their label sets.

The label set of a row, as a text in a column added for the time, is its class: classes, draws and counts are then those
of other samplers.
"""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from pyspark.sql import DataFrame

from spark_smote.core.context import PlanningContext
from spark_smote.core.copies import Copies
from spark_smote.core.execution import Decision
from spark_smote.core.label_imbalance import counted_labels, measured_sets
from spark_smote.core.over_sampler import OverSampler
from spark_smote.core.parameter import ANY_INTEGER, FLOAT, INT, POSITIVE, Constraint, Kind, Parameter
from spark_smote.core.plan import Plan
from spark_smote.core.resampler import Resampler
from spark_smote.errors import ClassError
from spark_smote.spark.columns import Names, positional
from spark_smote.spark.draw import draw
from spark_smote.spark.label_counts import MOST_SETS
from spark_smote.spark.label_sets import LabelSets, find_label_sets, with_class
from spark_smote.spark.layout import Layout
from spark_smote.spark.whole_rows import WholeRows

Sets = Mapping[tuple[Any, ...], int]


def _to_columns(value: Any) -> str | list[str]:
    listed = list(value) if isinstance(value, list | tuple) else value
    if isinstance(listed, str) or (isinstance(listed, list) and all(isinstance(one, str) for one in listed)):
        return listed
    raise TypeError(f"must be the name of a column, or a list of names of columns, not {value!r}")


# Any, for the getter of other samplers returns a str.
LABELS = Kind[Any](Any, "str or list of str", _to_columns)
LABEL_COLUMNS = Constraint("the name of a column, or a list of such names", lambda value: isinstance(value, str | list))


class MultiLabelSampler(Resampler):
    """Base of samplers of rows that may have several labels.

    Parameters
    ----------
    labelCol
        The labels of a row: a column of arrays of strings or whole numbers (a repeated label counts once), or of
        vectors of 0 and 1; or a list of columns of 0 and 1, booleans or numbers. A row may have no label.
    """

    GROUPS = False

    labelCol = Parameter(LABELS, LABEL_COLUMNS, default="labels")

    def getLabelCol(self) -> Any:
        """``labelCol`` as set, or else its default."""
        return self.getOrDefault(self.labelCol)

    def label_sets(self, df: DataFrame) -> LabelSets:
        """The columns of the labels, found and checked."""
        return find_label_sets(Names(df), self.getLabelCol())


class LabelSetSampler(MultiLabelSampler):
    """Base of samplers that look at the label sets only.

    Parameters
    ----------
    seed
        The same data and the same seed give the same rows, whatever the partitions, their order, or retries.
    """

    seed = Parameter(INT, ANY_INTEGER, default=0)

    def plan(self, df: DataFrame) -> Plan:
        """Decide what :meth:`resample` would do, without making its result; small jobs run.

        Parameters
        ----------
        df : DataFrame

        Returns
        -------
        Plan
            Rows per label set before and after, and the measures of :func:`spark_smote.label_imbalance`.

        Raises
        ------
        SparkSmoteError
            As :meth:`resample`; ClassError for more than 10,000 label sets.
        """
        self._check_params()
        sets = self.label_sets(df)
        counts = counted_labels(positional(df), sets, self.getOrDefault(self.handleInvalid) == "skip")
        if counts.sets is None:
            raise ClassError(
                f"labelCol: {sets.name} has {counts.distinct} label sets, more than {MOST_SETS}; leave out rare "
                "labels, or use MLSMOTE, which looks at single labels"
            )
        return super().plan(with_class(df, sets.text()))

    def resample(self, df: DataFrame, plan: Plan | None = None) -> DataFrame:
        plan = self.plan(df) if plan is None else plan
        classed = with_class(df, self.label_sets(df).text())
        return super().resample(classed, plan).drop(classed.columns[-1])

    def layout(self, df: DataFrame) -> Layout:
        self._check_params()
        names, label = Names(df), len(df.columns) - 1
        added: dict[str, Any] = {
            of: self.optional(self.getParam(name)) if self.hasParam(name) else None for of, name in _ADDED.items()
        }
        return Layout.find(
            names,
            label=label,
            features=WholeRows(names.schema, label),
            inherit_cols=None,
            **added,
        )

    def decide(self, context: PlanningContext) -> Decision:
        sets = {tuple(json.loads(str(label))): rows for label, rows in context.survey.rows.items()}
        rows = list(sets.values())
        changes = self.changes(sets)
        notes = [f"before: {measured_sets(sets).summary}"]
        if any(changes.values()):
            after = measured_sets({of: count + changes[of] for of, count in sets.items()})
            notes.append(f"after: {after.summary}")
        else:
            notes.append("nothing to do: no label set is to change")
        quotas = {number: change for number, change in enumerate(changes.values()) if change}
        return self.carried_out(context, {number: rows[number] for number in quotas}, quotas, tuple(notes))

    @abstractmethod
    def changes(self, sets: Sets) -> dict[tuple[Any, ...], int]:
        """Rows to copy, or less than 0 to delete, of each label set, in the same order."""

    @abstractmethod
    def carried_out(
        self, context: PlanningContext, present: Mapping[int, int], quotas: Mapping[int, int], notes: tuple[str, ...]
    ) -> Decision:
        """The decision that copies or deletes so many of the rows of each class."""


_ADDED = {"id_col": "idCol", "synthetic_col": "syntheticCol", "provenance_col": "provenanceCol"}


class LabelSetCopier(LabelSetSampler):
    """Base of samplers that copy rows.

    Parameters
    ----------
    share
        Number of copies as a share of all rows with known labels, above 0; rounded to whole rows.
    """

    share = Parameter(FLOAT, POSITIVE, default=0.25)
    syntheticCol = OverSampler.syntheticCol.but()
    provenanceCol = OverSampler.provenanceCol.but()
    idCol = OverSampler.idCol.but()

    def makes_rows(self) -> bool:
        return True

    def copies(self, sets: Sets) -> int:
        """Number of copies to make."""
        return round(self.getOrDefault(self.share) * sum(sets.values()))

    def carried_out(
        self, context: PlanningContext, present: Mapping[int, int], quotas: Mapping[int, int], notes: tuple[str, ...]
    ) -> Decision:
        classes = context.classes({number: {"to_synthesise": quota} for number, quota in quotas.items()})
        if not quotas:
            return Decision(None, classes, adds=True, notes=notes)
        more = {number: quota % present[number] for number, quota in quotas.items()}
        with context.stage("draw"):
            once_more = draw(context.source.drawable(), present, more, self.getOrDefault(self.seed))
        work = Copies({number: quota // present[number] for number, quota in quotas.items()}, once_more)
        fingerprint = context.fingerprint(self.fingerprint(context.source.layout))
        return Decision(work, classes, fingerprint, adds=True, notes=notes)
