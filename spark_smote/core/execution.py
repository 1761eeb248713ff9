"""The work that a plan carries, and the one place where it is done."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from pyspark.sql import DataFrame
from pyspark.sql.types import StructType

from spark_smote.core.plan import ClassPlan, Plan, PlannedBy
from spark_smote.errors import ColumnError, ParameterError, PlanError
from spark_smote.spark.class_column import ClassColumn
from spark_smote.spark.columns import positional, type_name
from spark_smote.spark.group_classes import GroupClass
from spark_smote.spark.guard import InputFingerprint
from spark_smote.spark.input_rows import InputRows
from spark_smote.spark.layout import Layout
from spark_smote.spark.mixing import Mixing

Work = Callable[[InputRows], DataFrame]
"""Takes the rows of the input, and returns those that stay, or the synthetic rows; no job runs."""


@dataclass(frozen=True)
class Decision:
    """A sampler's decision on a planning context.

    Parameters
    ----------
    work : Work, optional
        None where there is nothing to do.
    classes : tuple of ClassPlan
    fingerprint : InputFingerprint, optional
        Of all that the result depends on, if that is not the label and the features of all usable rows.
    adds : bool
        Whether the work returns synthetic rows, as :func:`spark_smote.spark.exchange.synthesise` does, to add to the
        input.
    notes : tuple of str
        As in :class:`spark_smote.core.plan.Plan`.
    rest : Work, optional
        Returns the rows of the input that stay beside synthetic rows, where not all do.
    others : mapping of class to sequence of int
        Of each class whose rows were weighed by their m nearest rows, how many have 0 to m of other classes.
    too_few : mapping of str to int
        As in :class:`spark_smote.core.grouping.GroupPlan`.
    """

    work: Work | None
    classes: tuple[ClassPlan, ...]
    fingerprint: InputFingerprint | None = None
    adds: bool = False
    notes: tuple[str, ...] = ()
    rest: Work | None = None
    others: Mapping[int, Sequence[int]] = field(default_factory=dict)
    too_few: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Execution:
    """The findings and decisions of planning that :func:`execute` needs.

    Parameters
    ----------
    layout : Layout
    labels : list of label or GroupClass
        All classes; a class's number is its place.
    fingerprint : InputFingerprint
        Of the input, as planning saw it.
    whole : InputFingerprint
        The same of the label and all features of usable rows, as the survey saw them.
    kept : DataFrame, optional
        The input as it was, which takes its place.
    work : Work, optional
        None where there is nothing to do.
    adds : bool
        Whether the work returns synthetic rows.
    rest : Work, optional
        Returns the rows of the input that stay beside synthetic rows, where not all do.
    again : int
        Reads of the input by planning, after the first, that caches or a staging place would have spared.
    mixing : Mixing, optional
        How the rows of the output are dealt to partitions, with ``outputPartitions``.
    class_column : ClassColumn, optional
        The column of classes, the last of the layout, where the input has none.
    """

    layout: Layout
    labels: list[bool | int | float | str | GroupClass]
    fingerprint: InputFingerprint
    whole: InputFingerprint
    kept: DataFrame | None
    work: Work | None
    adds: bool
    rest: Work | None = None
    again: int = 0
    mixing: Mixing | None = None
    class_column: ClassColumn | None = None

    def check_saved(self) -> None:
        """Refuse to save rows that are kept.

        Raises
        ------
        PlanError
        """
        if self.kept is not None:
            raise PlanError(
                "a plan with persistInput=True cannot be saved: it holds on to the rows that this session keeps; plan "
                "without it, on a table or files that do not change meanwhile"
            )

    @property
    def searches(self) -> bool:
        """Whether the work searches for the k nearest of all rows."""
        return bool(getattr(self.work, "searches", False))


def execute(df: DataFrame, execution: Execution, guarded: bool = True) -> DataFrame:
    """The output of a plan; no job runs.

    Parameters
    ----------
    df : DataFrame
        The input that was planned for.
    execution : Execution
    guarded : bool
        Whether the output is to fail if the input has changed since.

    Raises
    ------
    ColumnError
        The DataFrame has other columns than the one that was planned for.
    """
    layout, added = execution.layout, execution.class_column
    check_schema(layout.schema if added is None else StructType(layout.schema.fields[:-1]), df.schema)
    frame = df if added is None else added.added(df)
    frame = frame if execution.kept is None else execution.kept
    source = InputRows(positional(frame), layout, execution.labels)
    if execution.work is None:
        output = layout.originals(frame)
    elif execution.adds:
        stay = layout.originals(frame) if execution.rest is None else layout.unkeyed(execution.rest(source))
        output = stay.union(layout.synthetic(execution.work(source), execution.labels))
    else:
        output = layout.unkeyed(execution.work(source))
    if execution.work is not None and execution.kept is None and guarded:
        output = output.union(execution.fingerprint.guard(source.frame, output.schema))
    output = output if execution.mixing is None else execution.mixing(output)
    return output if added is None else output.drop(layout.schema.names[-1])


def check_plan(plan: object, execution: type, made_by: tuple[PlannedBy, ...]) -> None:
    """Refuse a plan of another sampler or of other parameters, and an object that is not a plan, such as labels.

    Raises
    ------
    ParameterError
    """
    if not isinstance(plan, Plan) or not isinstance(plan.execution, execution):
        raise ParameterError("plan must come from plan(df) of this sampler; the label is a column of the DataFrame")
    planned, now = (" and ".join(one.sampler for one in of) for of in (plan.made_by, made_by))
    if planned != now:
        raise ParameterError(f"the plan was made by {planned or 'no sampler'}, not by {now}: plan with this sampler")
    for before, one in zip(plan.made_by, made_by, strict=True):
        for name in sorted(before.params.keys() | one.params.keys()):
            was, is_now = before.params.get(name), one.params.get(name)
            if was != is_now:
                raise ParameterError(
                    f"the plan was made with {name}={was!r}, but {one.sampler} has {name}={is_now!r}: plan again, or "
                    "set the parameter back"
                )


def check_schema(planned: StructType, now: StructType) -> None:
    """Refuse columns with other names, types or nullability.

    Raises
    ------
    ColumnError
    """
    for pair in zip_longest(planned, now):
        one, other = (
            f"{field.name!r}, {type_name(field.dataType)}{'' if field.nullable else ' that cannot be null'}"
            if field
            else "none"
            for field in pair
        )
        if one != other:
            raise ColumnError(f"the plan was made for a DataFrame with column {one}; here it is {other}: plan this one")
