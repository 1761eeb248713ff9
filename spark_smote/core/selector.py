"""The flow of all whose output is a subset of the input's own rows, whole and unchanged.

survey -> decide which rows stay -> these of the input
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from pyspark.sql import DataFrame

from spark_smote.core.context import InputRows, PlanningContext
from spark_smote.core.plan import ClassPlan, Plan
from spark_smote.core.resampler import Execution, Resampler
from spark_smote.core.timing import timed
from spark_smote.spark.cached import cached
from spark_smote.spark.columns import positional
from spark_smote.spark.guard import InputFingerprint
from spark_smote.spark.layout import Layout
from spark_smote.spark.survey import take_survey
from spark_smote.strategy import Label

Select = Callable[[DataFrame], DataFrame]
"""From all rows, with the columns that :meth:`Selector.keyed` adds, to those that stay."""


@dataclass(frozen=True)
class Decision:
    """Which rows stay.

    Parameters
    ----------
    select : callable, optional
        None where all do.
    classes : sequence of ClassPlan
        What that makes of the classes.
    seen : Seen, optional
        What it hangs on, where that is not the features of all usable rows.
    """

    select: Select | None
    classes: tuple[ClassPlan, ...]
    seen: InputFingerprint | None = None


class Selector(Resampler):
    """Base of under-samplers and cleaners."""

    PLANNING_READS: ClassVar[Mapping[str, int]] = {"search": 0, "surroundings": 0}  # the columns are cached meanwhile

    @abstractmethod
    def decide(self, context: PlanningContext) -> Decision:
        """Which rows stay; jobs run."""

    @contextmanager
    def cached(self, layout: Layout, frame: DataFrame) -> Iterator[DataFrame]:
        """The columns that deciding needs, cached while it does."""
        with cached(layout.narrow(frame)) as narrow:
            yield narrow

    def keyed(self, layout: Layout, frame: DataFrame, labels: list[Label]) -> DataFrame:
        """The input with the columns that rows are known by."""
        return layout.keyed(frame, labels)

    def resample(self, df: DataFrame, plan: Plan | None = None) -> DataFrame:
        """The input without the rows that are not to stay.

        Which these are is decided at once, as :meth:`plan` says.

        Parameters
        ----------
        df : DataFrame
        plan : Plan, optional
            As from :meth:`plan` on the same DataFrame, to save deciding again.

        Returns
        -------
        DataFrame
            Rows of the input, whole and unchanged, with its columns, order, types, nullability and metadata. Rows
            that take no part (``handleInvalid='skip'``) all stay.

        Raises
        ------
        SparkSmoteError
            One of :mod:`spark_smote.errors`.
        """
        return super().resample(df, plan)

    def carry_out(self, df: DataFrame, plan: Plan) -> DataFrame:
        execution: Execution = plan.execution
        df = df if execution.kept is None else execution.kept
        if execution.work is None:
            return df
        layout = self.layout(df)
        return layout.unkeyed(execution.work(self.keyed(layout, positional(df), execution.labels)))

    def plan(self, df: DataFrame) -> Plan:
        """What :meth:`resample` would leave.

        Where features are searched, this runs the search, with the columns it needs cached meanwhile, and the content
        hashes of the rows to go (for NearMiss, to stay), some 16 bytes each, pass through the driver.

        Parameters
        ----------
        df : DataFrame

        Returns
        -------
        Plan
            Rows per class before and after, the search chosen, and its measured recall.

        Raises
        ------
        SparkSmoteError
            As :meth:`resample`.
        """
        seconds: dict[str, float] = {}
        stage = partial(timed, seconds)
        layout, kept = self.layout(df), self._steady(df)
        with self.cached(layout, positional(df if kept is None else kept)) as frame:
            with stage("survey"):
                survey = take_survey(frame, layout.names, layout.label, layout.features, self._skips())
            context = PlanningContext(InputRows(frame, layout, list(survey.rows)), survey, {}, stage)
            decision = self.decide(context)
        seen = decision.seen or context.seen(self.mark(layout))
        return Plan(decision.classes, seconds, Execution(context.source.labels, seen, kept, decision.select))
