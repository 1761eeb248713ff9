"""What samplers share that walk from a seed row towards a neighbour of its class."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from pyspark.sql import DataFrame

from spark_smote.core.context import InputRows, PlanningContext, Prepared
from spark_smote.core.over_sampler import Sampler
from spark_smote.core.params import HasKNeighbors, SearchParams, ShrinkParams
from spark_smote.core.resampler import FeatureResampler
from spark_smote.core.statistics import scales
from spark_smote.kernels.arrays import Matrix
from spark_smote.kernels.space import Space
from spark_smote.kernels.work import Rule
from spark_smote.search.in_class import Searcher
from spark_smote.search.memory import check_width
from spark_smote.search.settings import SearchSettings


class SearchingResampler(FeatureResampler, SearchParams):
    """Base of all that look for neighbours."""

    def scale(self, context: PlanningContext) -> Matrix | None:
        """Units of distance of each feature, None for 1, when rows are not too wide; a job runs.

        Raises
        ------
        ParameterError
        """
        check_width(context.source.frame.sparkSession, sum(context.survey.rows.values()), _width(context))
        if not self.getOrDefault(self.standardization):
            return None
        return scales(context)

    def settings(self, context: PlanningContext, scale: Matrix | None) -> SearchSettings:
        return SearchSettings(
            method=self.getOrDefault(self.neighborSearch),
            recall_target=self.getOrDefault(self.recallTarget),
            bucket_length=self.optional(self.bucketLength),
            tables=self.optional(self.numHashTables),
            cell_rows=self.optional(self.cellRows),
            scale=scale,
            width=_width(context),
            magnitude=context.survey.magnitude,
            stage=context.stage,
        )


class SearchingSampler(Sampler, SearchingResampler):
    """Base of over-samplers that do."""


class NeighbourSampler(SearchingSampler, ShrinkParams):
    """Base of samplers that need neighbours in the class."""

    K: ClassVar[str] = "kNeighbors"
    """The param that says how many neighbours."""

    def neighbours(self, rows: int) -> int | None:
        k = self.getOrDefault(self.K)
        return None if rows < (2 if self.getOrDefault(self.shrinkK) else k + 1) else min(k, rows - 1)

    def _too_few(self, rows: int) -> str:
        k = self.getOrDefault(self.K)
        remedy = (
            "drop the class, or leave it out of samplingStrategy"
            if rows < 2
            else f"lower {self.K}, set shrinkK=True to use what there is, or leave it out of samplingStrategy"
        )
        return f"too few for {self.K}={k}, which needs {k + 1}; {remedy}"


class OneStepSampler(NeighbourSampler, HasKNeighbors):
    """Base of samplers for which every row of the class is a seed."""

    @abstractmethod
    def rule(self, space: Space) -> Rule:
        """The rule that makes a class's synthetic rows."""

    def looks_at_all(self) -> bool:
        return bool(self.getOrDefault(self.standardization))

    def spaces(self, context: PlanningContext, scale: Matrix | None) -> dict[int, Space]:
        """What distance is in each class; ``scale`` is the unit of each number, shape (d,). Small jobs may run."""
        return dict.fromkeys(context.tasks, Space(scale))

    def prepare(self, context: PlanningContext) -> Prepared:
        scale, tasks = self.scale(context), context.tasks
        spaces = self.spaces(context, scale)
        searcher = Searcher(self.settings(context, scale), spaces=spaces)
        search = searcher.lay_out(context.source.rows(list(tasks)), tasks)
        rules = {number: self.rule(spaces[number]) for number in tasks}

        def make(source: InputRows) -> DataFrame:
            rows = search.partition(source.rows(list(tasks), carrying=True))
            return source.synthesise(rows, search, tasks, rules)

        return Prepared(tasks, make, search.found)


def _width(context: PlanningContext) -> int:
    """Number of features, categories included."""
    return context.survey.width + len(context.source.layout.features.copied)
