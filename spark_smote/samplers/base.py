"""The one flow that every sampler goes through; a sampler says how its rows are made.

survey -> plan -> encode -> partition into cells -> weigh -> apportion -> synthesise -> decode -> reunite
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar

from pyspark.sql import Column, DataFrame

from spark_smote import strategy
from spark_smote.errors import TooFewRowsError
from spark_smote.kernels.content import Content
from spark_smote.kernels.draws import class_key
from spark_smote.kernels.seeding import Task
from spark_smote.kernels.work import CellWork, Rule
from spark_smote.plan import ClassPlan, Plan, timed
from spark_smote.samplers.params import SamplerParams
from spark_smote.samplers.resampler import Execution, FeatureResampler
from spark_smote.samplers.search import ClassSearch, Division
from spark_smote.spark.columns import CARRY, Names, positional
from spark_smote.spark.exchange import synthesise
from spark_smote.spark.guard import Seen
from spark_smote.spark.reunite import Layout
from spark_smote.spark.survey import Survey, find_label, take_survey
from spark_smote.strategy import Label


@dataclass(frozen=True)
class Source:
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
            provenance=self.layout.provenance is not None and CARRY in rows.columns,
            copied=self.layout.copied,
        )


@dataclass(frozen=True)
class Given:
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

    source: Source
    survey: Survey
    tasks: Mapping[int, Task]
    stage: Callable[[str], AbstractContextManager[None]]

    def label(self, number: int) -> Label:
        return self.source.labels[number]

    def valid(self, number: int) -> int:
        """Usable rows of a class."""
        return self.survey.valid[self.label(number)]

    def content(self, number: int) -> Content:
        """The usable rows of a class, as the survey saw them."""
        return Content(self.valid(number), self.survey.marks[self.label(number)])

    def check(self, number: int, now: Content) -> None:
        """Refuse a class that another pass did not see as the survey did.

        Raises
        ------
        ChangedInputError
        """
        self.content(number).check(now, f"class {self.label(number)!r}")

    def seen(self, mark: Column | None) -> Seen:
        """The input as the survey saw it; ``mark`` is that of a row, None if only labels have a say."""
        survey = self.survey
        rows = sum(survey.rows.values()) + survey.unlabelled
        return Seen(self.source.layout.label, rows, survey.labels, survey.values, mark)

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
    make: Callable[[Source], DataFrame] | None = None
    searches: Mapping[int, ClassSearch] = field(default_factory=dict)
    seeds: Mapping[int, int] = field(default_factory=dict)
    surroundings: ClassSearch | None = None


class Sampler(FeatureResampler, SamplerParams):
    """Base of all over-samplers."""

    DEFAULTS: ClassVar[dict[str, Any]] = {"seed": 0, "samplingStrategy": "auto", "inheritCols": []}

    @abstractmethod
    def prepare(self, given: Given) -> Prepared:
        """Decide how to make what the classes owe; small jobs may run.

        Raises
        ------
        SparkSmoteError
        """

    def looks_at_all(self) -> bool:
        """Whether rows of classes that do not grow have a say in what is made."""
        return True

    def neighbours(self, rows: int) -> int | None:
        """Neighbours that a seed draws from in a class of so many usable rows; None where these are too few."""
        return 0 if rows else None

    def resample(self, df: DataFrame, plan: Plan | None = None) -> DataFrame:
        """The input with each class brought to the size that the sampling strategy says.

        Small jobs run at once, to plan; the synthetic rows themselves are made when the result is used.

        Parameters
        ----------
        df : DataFrame
        plan : Plan, optional
            As from :meth:`plan` on the same DataFrame, to save the planning.

        Returns
        -------
        DataFrame
            Every input row once and unchanged, and the synthetic rows; columns, order, types, nullability and metadata
            are the input's, followed by ``syntheticCol`` and ``provenanceCol`` where set.

        Raises
        ------
        SparkSmoteError
            One of :mod:`spark_smote.errors`, before any heavy work.
        """
        return super().resample(df, plan)

    def carry_out(self, df: DataFrame, plan: Plan) -> DataFrame:
        layout = self.layout(df)
        execution: Execution = plan.execution
        df = df if execution.kept is None else execution.kept
        if execution.work is None:
            return layout.originals(df)
        rows = execution.work(Source(positional(df), layout, execution.labels))
        return layout.reunite(df, layout.synthetic(rows, execution.labels))

    def plan(self, df: DataFrame) -> Plan:
        """What :meth:`resample` would do, without making a synthetic row.

        Parameters
        ----------
        df : DataFrame

        Returns
        -------
        Plan
            Rows per class before and after, the search chosen for each class, its cells, halo share and measured
            recall.

        Raises
        ------
        SparkSmoteError
            As :meth:`resample`.
        """
        seconds: dict[str, float] = {}
        stage = partial(timed, seconds)
        layout, kept = self.layout(df), self._steady(df)
        frame = positional(df if kept is None else kept)
        with stage("survey"):
            survey = take_survey(frame, layout.names, layout.label, layout.features, self._skips())
        wanted = strategy.resolve(self.getSamplingStrategy(), survey.rows)
        source = Source(frame, layout, list(survey.rows))
        given = Given(source, survey, self._tasks(survey, wanted), stage)
        prepared = self.prepare(given) if given.tasks else Prepared({})
        seen = given.seen(self.mark(layout) if self.looks_at_all() else None)
        return Plan(_describe(given, prepared), seconds, Execution(source.labels, seen, kept, prepared.make))

    def layout(self, df: DataFrame) -> Layout:
        """All columns found and checked."""
        self._check_params()
        names = Names(df)
        return Layout.find(
            names,
            label=find_label(names, self.getLabelCol()),
            features=self.features(names),
            inherit_cols=self.optional(self.inheritCols),
            id_col=self.optional(self.idCol),
            synthetic_col=self.optional(self.syntheticCol),
            provenance_col=self.optional(self.provenanceCol),
        )

    def _tasks(self, survey: Survey, wanted: Mapping[Label, int]) -> dict[int, Task]:
        """What each class owes, by the class's number; classes that owe nothing are left out."""
        tasks = {}
        for number, label in enumerate(survey.rows):
            if wanted[label]:
                rows = survey.valid[label]
                k = self.neighbours(rows)
                if k is None:
                    of = "rows" if rows == survey.rows[label] else f"valid rows out of {survey.rows[label]}"
                    raise TooFewRowsError(f"class {label!r} has {rows} {of}, {self._too_few(rows)}")
                content = Content(rows, survey.marks[label])
                key = class_key(self.getSeed(), label)
                tasks[number] = Task(number, rows, wanted[label], k, key, content, f"class {label!r}")
        return tasks

    def _too_few(self, rows: int) -> str:
        """Why so many rows are too few, and what to do."""
        return "none to start from; drop the class, or leave it out of samplingStrategy"


def _describe(given: Given, prepared: Prepared) -> tuple[ClassPlan, ...]:
    described = []
    nothing = ClassSearch()
    for number, (label, rows) in enumerate(given.survey.rows.items()):
        found, task = prepared.searches.get(number, nothing), prepared.tasks.get(number)
        around = prepared.surroundings if number in given.tasks and prepared.surroundings else nothing
        described.append(
            ClassPlan(
                label=label,
                rows=rows,
                invalid=rows - given.valid(number),
                to_synthesise=task.total if task else 0,
                neighbours=task.k if task else 0,
                search=found.search if task else "none",
                cells=found.cells if task else 0,
                halo_share=found.halo_share if task else 0.0,
                recall=found.recall if task else None,
                seeds=prepared.seeds.get(number, given.valid(number)) if number in given.tasks else 0,
                surroundings=around.search,
                surroundings_recall=around.recall,
            )
        )
    return tuple(described)
