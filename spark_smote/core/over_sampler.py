"""The one flow that every sampler goes through; a sampler says how its rows are made.

survey -> plan -> encode -> partition into cells -> weigh -> apportion -> synthesise -> decode -> reunite
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar

from pyspark.sql import DataFrame

from spark_smote import strategy
from spark_smote.core.context import InputRows, PlanningContext, Prepared
from spark_smote.core.params import SamplerParams
from spark_smote.core.plan import ClassPlan, Plan
from spark_smote.core.resampler import Execution, FeatureResampler
from spark_smote.core.timing import timed
from spark_smote.errors import TooFewRowsError
from spark_smote.kernels.draws import class_key
from spark_smote.kernels.fingerprint import Fingerprint
from spark_smote.kernels.seeding import Task
from spark_smote.search.in_class import ClassSearch
from spark_smote.spark.columns import Names, positional
from spark_smote.spark.layout import Layout
from spark_smote.spark.survey import Survey, find_label, take_survey
from spark_smote.strategy import Label


class Sampler(FeatureResampler, SamplerParams):
    """Base of all over-samplers."""

    DEFAULTS: ClassVar[dict[str, Any]] = {"seed": 0, "samplingStrategy": "auto", "inheritCols": []}

    @abstractmethod
    def prepare(self, context: PlanningContext) -> Prepared:
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
        execution: Execution = plan.execution
        layout = replace(self.layout(df), exact=execution.exact)
        df = df if execution.kept is None else execution.kept
        if execution.work is None:
            return layout.originals(df)
        rows = execution.work(InputRows(positional(df), layout, execution.labels))
        return layout.assemble(df, layout.synthetic(rows, execution.labels))

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
        layout = layout.with_exact(survey.magnitude)
        wanted = strategy.resolve(self.getSamplingStrategy(), survey.rows)
        source = InputRows(frame, layout, list(survey.rows))
        context = PlanningContext(source, survey, self._tasks(survey, wanted), stage)
        prepared = self.prepare(context) if context.tasks else Prepared({})
        seen = context.seen(self.mark(layout) if self.looks_at_all() else None)
        return Plan(
            _describe(context, prepared), seconds, Execution(source.labels, seen, kept, prepared.make, layout.exact)
        )

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
                content = Fingerprint(rows, survey.marks[label])
                key = class_key(self.getSeed(), label)
                tasks[number] = Task(number, rows, wanted[label], k, key, content, f"class {label!r}")
        return tasks

    def _too_few(self, rows: int) -> str:
        """Why so many rows are too few, and what to do."""
        return "none to start from; drop the class, or leave it out of samplingStrategy"


def _describe(context: PlanningContext, prepared: Prepared) -> tuple[ClassPlan, ...]:
    described = []
    nothing = ClassSearch()
    for number, (label, rows) in enumerate(context.survey.rows.items()):
        found, task = prepared.searches.get(number, nothing), prepared.tasks.get(number)
        around = prepared.surroundings if number in context.tasks and prepared.surroundings else nothing
        described.append(
            ClassPlan(
                label=label,
                rows=rows,
                invalid=rows - context.valid(number),
                to_synthesise=task.total if task else 0,
                neighbours=task.k if task else 0,
                search=found.search if task else "none",
                cells=found.cells if task else 0,
                halo_share=found.halo_share if task else 0.0,
                recall=found.recall if task else None,
                seeds=prepared.seeds.get(number, context.valid(number)) if number in context.tasks else 0,
                surroundings=around.search,
                surroundings_recall=around.recall,
            )
        )
    return tuple(described)
