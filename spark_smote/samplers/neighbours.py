"""What samplers share that walk from a seed row towards a neighbour of its class."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

from pyspark.sql import DataFrame

from spark_smote.kernels.arrays import Matrix
from spark_smote.kernels.space import Space
from spark_smote.kernels.work import Rule
from spark_smote.samplers.base import Given, Prepared, Sampler, Source
from spark_smote.samplers.lsh import SearchSettings
from spark_smote.samplers.memory import check_width
from spark_smote.samplers.moments import scales
from spark_smote.samplers.params import HasKNeighbors, SearchParams, ShrinkParams
from spark_smote.samplers.resampler import FeatureResampler
from spark_smote.samplers.search import Searcher


class SearchingResampler(FeatureResampler, SearchParams):
    """Base of all that look for neighbours."""

    DEFAULTS: ClassVar[dict[str, Any]] = {"neighborSearch": "auto", "recallTarget": 0.95, "standardization": False}

    def scale(self, given: Given) -> Matrix | None:
        """Units of distance of each feature, None for 1, when rows are not too wide; a job runs.

        Raises
        ------
        ParameterError
        """
        check_width(given.source.frame.sparkSession, sum(given.survey.rows.values()), _width(given))
        if not self.getOrDefault(self.standardization):
            return None
        return scales(given)

    def settings(self, given: Given, scale: Matrix | None) -> SearchSettings:
        return SearchSettings(
            method=self.getOrDefault(self.neighborSearch),
            recall_target=self.getOrDefault(self.recallTarget),
            bucket_length=self.optional(self.bucketLength),
            tables=self.optional(self.numHashTables),
            cell_rows=self.optional(self.cellRows),
            scale=scale,
            width=_width(given),
            magnitude=given.survey.magnitude,
            stage=given.stage,
        )


class SearchingSampler(Sampler, SearchingResampler):
    """Base of over-samplers that do."""


class NeighbourSampler(SearchingSampler, ShrinkParams):
    """Base of samplers that need neighbours in the class."""

    DEFAULTS: ClassVar[dict[str, Any]] = {"shrinkK": False}
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

    DEFAULTS: ClassVar[dict[str, Any]] = {"kNeighbors": 5}

    @abstractmethod
    def rule(self, space: Space) -> Rule:
        """The rule that makes a class's synthetic rows."""

    def looks_at_all(self) -> bool:
        return bool(self.getOrDefault(self.standardization))

    def spaces(self, given: Given, scale: Matrix | None) -> dict[int, Space]:
        """What distance is in each class; ``scale`` is the unit of each number, shape (d,). Small jobs may run."""
        return dict.fromkeys(given.tasks, Space(scale))

    def prepare(self, given: Given) -> Prepared:
        scale, tasks = self.scale(given), given.tasks
        spaces = self.spaces(given, scale)
        searcher = Searcher(self.settings(given, scale), spaces=spaces)
        search = searcher.lay_out(given.source.rows(list(tasks)), tasks)
        rules = {number: self.rule(spaces[number]) for number in tasks}

        def make(source: Source) -> DataFrame:
            rows = search.partition(source.rows(list(tasks), carrying=True))
            return source.synthesise(rows, search, tasks, rules)

        return Prepared(tasks, make, search.found)


def _width(given: Given) -> int:
    """Number of features, categories included."""
    return given.survey.width + len(given.source.layout.features.copied)
