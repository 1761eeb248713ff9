"""What is known when a sampler plans: the input as the flow reads it, the survey, and what each class is to get."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from pyspark.sql import Column, DataFrame

from spark_smote.kernels.fingerprint import Fingerprint
from spark_smote.kernels.seeding import Task
from spark_smote.kernels.work import CellWork, Rule
from spark_smote.search.in_class import ClassSearch, Division
from spark_smote.spark.columns import CARRY
from spark_smote.spark.exchange import synthesise
from spark_smote.spark.guard import InputFingerprint
from spark_smote.spark.layout import Layout
from spark_smote.spark.survey import Survey
from spark_smote.strategy import Label


@dataclass(frozen=True)
class InputRows:
    """The input, as the flow reads it.

    Parameters
    ----------
    frame : DataFrame
        Columns named by position.
    layout : Layout
    labels : list of label
        All classes; a class's number is its place.
    """

    frame: DataFrame
    layout: Layout
    labels: list[Label]

    def rows(self, classes: list[int] | None = None, carrying: bool = False) -> DataFrame:
        """Rows of these classes, all unless given, with CLASS, FEATURES and HASH; see :meth:`Layout.rows`."""
        wanted = list(range(len(self.labels))) if classes is None else classes
        return self.layout.rows(self.frame, self.labels, wanted, carrying)

    def synthesise(
        self, rows: DataFrame, division: Division, tasks: Mapping[int, Task], rules: Mapping[int, Rule]
    ) -> DataFrame:
        """Apply the rules to rows in their cells, as :func:`spark_smote.spark.exchange.synthesise` says."""
        return self._synthesise(rows, division, tasks, rules, self.layout.features.width)

    def candidates(
        self, rows: DataFrame, division: Division, tasks: Mapping[int, Task], rules: Mapping[int, Rule]
    ) -> DataFrame:
        """The same, the outcome as rows with CLASS, FEATURES, HASH and, where columns travel along, TIE and CARRY."""
        return self.layout.as_rows(self._synthesise(rows, division, tasks, rules, None))

    def _synthesise(
        self,
        rows: DataFrame,
        division: Division,
        tasks: Mapping[int, Task],
        rules: Mapping[int, Rule],
        width: int | None,
    ) -> DataFrame:
        return synthesise(
            rows,
            CellWork(division.cells, tasks, rules),
            cells=max(division.cells) + 1,
            row_cap=division.row_cap,
            tasks=division.partitions,
            width=width,
            provenance=self.layout.traced and CARRY in rows.columns,
            copied=self.layout.copied,
        )


@dataclass(frozen=True)
class PlanningContext:
    """What is known when a sampler prepares its work.

    Parameters
    ----------
    source : Source
    survey : Survey
    tasks : mapping of class to Task
        What each class owes; classes that owe nothing are left out.
    stage : callable
        Gives a context manager that times a stage of this name.
    """

    source: InputRows
    survey: Survey
    tasks: Mapping[int, Task]
    stage: Callable[[str], AbstractContextManager[None]]

    def label(self, number: int) -> Label:
        return self.source.labels[number]

    def valid(self, number: int) -> int:
        """Usable rows of a class."""
        return self.survey.valid[self.label(number)]

    def content(self, number: int) -> Fingerprint:
        """The usable rows of a class, as the survey saw them."""
        return Fingerprint(self.valid(number), self.survey.marks[self.label(number)])

    def check(self, number: int, now: Fingerprint) -> None:
        """Refuse a class that another pass did not see as the survey did.

        Raises
        ------
        ChangedInputError
        """
        self.content(number).check(now, f"class {self.label(number)!r}")

    def seen(self, mark: Column | None) -> InputFingerprint:
        """The input as the survey saw it; ``mark`` is that of a row, None if only labels have a say."""
        survey = self.survey
        rows = sum(survey.rows.values()) + survey.unlabelled
        return InputFingerprint(self.source.layout.label, rows, survey.labels, survey.values, mark)

    def usable(self) -> dict[int, int]:
        """Usable rows of each class that has any."""
        return {number: rows for number, rows in enumerate(self.survey.valid.values()) if rows}


@dataclass(frozen=True)
class Prepared:
    """A sampler's work, ready to be done.

    Parameters
    ----------
    tasks : mapping of class to Task
        What each class owes after all.
    make : callable, optional
        From the input to its synthetic rows, as :meth:`Source.synthesise` returns them; None if none are owed.
    searches : mapping of class to ClassSearch
    seeds : mapping of class to int
        Rows that are seeds, where not all usable rows are.
    surroundings : ClassSearch, optional
        How the nearest of all rows are searched.
    """

    tasks: Mapping[int, Task]
    make: Callable[[InputRows], DataFrame] | None = None
    searches: Mapping[int, ClassSearch] = field(default_factory=dict)
    seeds: Mapping[int, int] = field(default_factory=dict)
    surroundings: ClassSearch | None = None
