"""The base of samplers of rows with several labels that copy or delete whole rows, by their label sets.

The label set of a row, as a text in a column added for the time, is its class: classes, draws and counts are then those
of other samplers.
"""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pyspark.sql import DataFrame

from spark_smote.core.context import PlanningContext
from spark_smote.core.execution import Decision
from spark_smote.core.grouping import resolved
from spark_smote.core.label_imbalance import counted_labels, measured_sets
from spark_smote.core.parameter import FLOAT, POSITIVE, Constraint, Kind, Parameter
from spark_smote.core.plan import Plan
from spark_smote.core.resampler import Resampler
from spark_smote.core.timing import timed
from spark_smote.core.whole_row_sampler import WholeRowCopier, WholeRowSampler
from spark_smote.errors import ClassError
from spark_smote.spark.columns import Names, positional
from spark_smote.spark.group_classes import label_of
from spark_smote.spark.label_counts import MOST_SETS
from spark_smote.spark.label_sets import LabelSetColumn, LabelSets, find_label_sets

Sets = Mapping[tuple[Any, ...], int]
_MOST_TOLD = 20


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

    ALONE = "is for rows with several labels"

    labelCol = Parameter(LABELS, LABEL_COLUMNS, default="labels")

    def getLabelCol(self) -> Any:
        """``labelCol`` as set, or else its default."""
        return self.getOrDefault(self.labelCol)

    def label_sets(self, df: DataFrame) -> LabelSets:
        """The columns of the labels, found and checked."""
        return find_label_sets(Names(df), self.getLabelCol())


class LabelSetSampler(MultiLabelSampler, WholeRowSampler):
    """Base of samplers that look at the label sets only.

    Parameters
    ----------
    share
        Number of rows to copy, or to delete, as a share of all rows with known labels, above 0 and, of rows to delete,
        at most 1; rounded to whole rows.
    """

    share = Parameter(FLOAT, POSITIVE, default=0.25)

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
        seconds: dict[str, float] = {}
        with timed(seconds, "labels"):
            counts = counted_labels(positional(df), sets, self.getOrDefault(self.handleInvalid) == "skip")
        if counts.sets is None:
            raise ClassError(
                f"labelCol: {sets.name} has {counts.distinct} label sets, more than {MOST_SETS}; leave out rare "
                "labels, or use MLSMOTE, which looks at single labels"
            )
        column = LabelSetColumn(sets)
        made = super().plan(column.added(df))
        execution = replace(made.execution, class_column=column)
        return replace(made, execution=execution, seconds=seconds | {**made.seconds})

    def decide(self, context: PlanningContext) -> Decision:
        rows = context.survey.rows
        changes = resolved(self._changes, None, rows, "pass")
        before = measured_sets(_summed(rows))
        notes = [f"before: {before.summary}"]
        if any(changes.values()):
            after = measured_sets(_summed({label: count + changes[label] for label, count in rows.items()}))
            rarest = sorted(before.counts, key=lambda label: before.counts[label])[:_MOST_TOLD]
            told = ", ".join(f"{label} {before.counts[label]:,} -> {after.counts[label]:,}" for label in rarest)
            notes += [f"after: {after.summary}", f"rows of the rarest labels: {told}"]
        else:
            notes.append("nothing to do: no label set is to change")
        copies = {number: max(0, change) for number, change in enumerate(changes.values())}
        deletions = {number: max(0, -change) for number, change in enumerate(changes.values())}
        return self.carried_out(context, copies, deletions, tuple(notes))

    def _changes(self, asked: None, rows: Mapping[Any, int], passing: str) -> dict[Any, int]:
        changes = self.changes({_labels(label): count for label, count in rows.items()})
        return dict(zip(rows, changes.values(), strict=True))

    def wanted(self, sets: Sets) -> int:
        """Number of rows to copy or to delete."""
        return round(self.getOrDefault(self.share) * sum(sets.values()))

    @abstractmethod
    def changes(self, sets: Sets) -> dict[tuple[Any, ...], int]:
        """Rows to copy, or less than 0 to delete, of each label set, in the same order."""


def _labels(label: Any) -> tuple[Any, ...]:
    """The labels of a row, of its class, which may be within a group."""
    return tuple(json.loads(str(label_of(label))))


def _summed(rows: Mapping[Any, int]) -> dict[tuple[Any, ...], int]:
    """Rows of each label set, in all groups."""
    found: dict[tuple[Any, ...], int] = {}
    for label, count in rows.items():
        found[_labels(label)] = found.get(_labels(label), 0) + count
    return found


class LabelSetCopier(LabelSetSampler, WholeRowCopier):
    """Base of samplers that copy rows."""
