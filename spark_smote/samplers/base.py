"""The one flow that every sampler goes through; a sampler adds its rule for the rows of one cell.

survey -> plan -> encode -> partition into cells -> apportion -> synthesise -> decode -> reunite
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from pyspark.ml.util import DefaultParamsReadable, DefaultParamsWritable
from pyspark.sql import DataFrame

from spark_smote import strategy
from spark_smote.errors import ParameterError, TooFewRowsError
from spark_smote.kernels.arrays import Matrix
from spark_smote.kernels.draws import class_key
from spark_smote.kernels.seeding import Task
from spark_smote.kernels.work import CellWork, Rule
from spark_smote.plan import ClassPlan, Plan, timed
from spark_smote.samplers.params import NeighbourParams, SamplerParams, check, convert
from spark_smote.samplers.search import Search, Searcher
from spark_smote.spark.columns import Names, positional
from spark_smote.spark.exchange import synthesise
from spark_smote.spark.features import find_features
from spark_smote.spark.reunite import Layout
from spark_smote.spark.survey import Survey, deviations, find_label, take_survey
from spark_smote.strategy import Label


class Sampler(SamplerParams, NeighbourParams, DefaultParamsReadable[Any], DefaultParamsWritable):
    """Base of all samplers: ``resample`` and ``plan``."""

    def __init__(self, **params: Any) -> None:
        super().__init__()
        self._setDefault(
            labelCol="label",
            featuresCol="features",
            handleInvalid="error",
            seed=0,
            samplingStrategy="auto",
            inheritCols=[],
            kNeighbors=5,
            shrinkK=False,
            neighborSearch="auto",
            recallTarget=0.95,
            standardization=False,
        )
        self.setParams(**params)

    @abstractmethod
    def rule(self, scale: Matrix | None) -> Rule:
        """The rule that makes synthetic rows; ``scale`` is the unit of distance of each feature, shape (d,)."""

    def setParams(self, **params: Any) -> Any:
        """Set parameters by name; those given as None are left as they are.

        Raises
        ------
        ParameterError
            For a parameter that there is not, and for a value that is wrong whatever the data.
        """
        given = {name: convert(self, name, value) for name, value in params.items() if value is not None}
        self._set(**given)
        return self

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
        layout = self._layout(df)
        execution: _Execution = (plan or self.plan(df)).execution
        if execution.search is None:
            return layout.originals(df)
        rows = layout.rows(positional(df), execution.labels, list(execution.tasks))
        synthetic = synthesise(
            execution.search.partition(rows),
            CellWork(execution.search.cells, execution.tasks, self.rule(execution.scale)),
            row_cap=execution.search.row_cap,
            tasks=execution.search.tasks,
            width=layout.features.width,
            provenance=layout.provenance is not None,
        )
        return layout.reunite(df, layout.synthetic(synthetic, execution.labels))

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
        layout, frame = self._layout(df), positional(df)
        skip = self.getHandleInvalid() == "skip"
        with stage("survey"):
            survey = take_survey(frame, layout.names, layout.label, layout.features, skip)
        wanted = strategy.resolve(self.getSamplingStrategy(), survey.rows)
        tasks = self._tasks(survey, wanted)
        scale, search = None, None
        if tasks:
            if self.getOrDefault(self.standardization):
                with stage("deviations"):
                    scale = deviations(frame, layout.names, layout.label, layout.features, survey.width)
            searcher = Searcher(
                method=self.getOrDefault(self.neighborSearch),
                recall_target=self.getOrDefault(self.recallTarget),
                bucket_length=self.optional(self.bucketLength),
                tables=self.optional(self.numHashTables),
                cell_rows=self.optional(self.cellRows),
                scale=scale,
                width=survey.width,
                magnitude=survey.magnitude,
                stage=stage,
            )
            bare = layout.rows(frame, list(survey.rows), list(tasks), carrying=False)
            search = searcher.lay_out(bare, tasks)
        execution = _Execution(list(survey.rows), tasks, scale, search)
        return Plan(self._describe(survey, wanted, tasks, search), seconds, execution)

    def _layout(self, df: DataFrame) -> Layout:
        """All columns found and checked."""
        for param in self.params:
            if self.isDefined(param):
                check(param.name, self.getOrDefault(param))
        names = Names(df)
        if self.isSet(self.inputCols) and self.isSet(self.featuresCol):
            raise ParameterError("give the features as inputCols or as featuresCol, not both")
        return Layout.find(
            names,
            label=find_label(names, self.getLabelCol()),
            features=find_features(names, self.optional(self.inputCols), self.getFeaturesCol()),
            inherit_cols=self.optional(self.inheritCols),
            id_col=self.optional(self.idCol),
            synthetic_col=self.optional(self.syntheticCol),
            provenance_col=self.optional(self.provenanceCol),
        )

    def _tasks(self, survey: Survey, wanted: Mapping[Label, int]) -> dict[int, Task]:
        """What each class owes, by the class's number; classes that owe nothing are left out."""
        tasks = {}
        k, shrink = self.getOrDefault(self.kNeighbors), self.getOrDefault(self.shrinkK)
        for number, label in enumerate(survey.rows):
            if not wanted[label]:
                continue
            rows = survey.valid[label]
            if rows < (2 if shrink else k + 1):
                of = "" if rows == survey.rows[label] else f" valid rows out of {survey.rows[label]}"
                remedy = (
                    "drop the class, or leave it out of samplingStrategy"
                    if rows < 2
                    else "lower kNeighbors, set shrinkK=True to use what there is, or leave it out of samplingStrategy"
                )
                raise TooFewRowsError(
                    f"class {label!r} has {rows}{of or ' rows'}, too few for kNeighbors={k}, "
                    f"which needs {k + 1}; {remedy}"
                )
            tasks[number] = Task(rows, wanted[label], min(k, rows - 1), class_key(self.getSeed(), label))
        return tasks

    def _describe(
        self, survey: Survey, wanted: Mapping[Label, int], tasks: Mapping[int, Task], search: Search | None
    ) -> tuple[ClassPlan, ...]:
        described = []
        for number, (label, rows) in enumerate(survey.rows.items()):
            found = search.classes.get(number) if search else None
            described.append(
                ClassPlan(
                    label=label,
                    rows=rows,
                    invalid=rows - survey.valid[label],
                    to_synthesise=wanted[label],
                    neighbours=tasks[number].k if number in tasks else 0,
                    search=found.search if found else "none",
                    cells=found.cells if found else 0,
                    halo_share=found.halo_share if found else 0.0,
                    recall=found.recall if found else None,
                )
            )
        return tuple(described)


@dataclass(frozen=True)
class _Execution:
    """What planning found out and making the rows needs."""

    labels: list[Label]
    tasks: Mapping[int, Task]
    scale: Matrix | None
    search: Search | None
