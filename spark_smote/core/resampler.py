"""What over-samplers, under-samplers and cleaners share: parameters, and the input as the flow reads it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from pyspark.ml.util import DefaultParamsReadable, DefaultParamsWritable
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from spark_smote.core import documentation
from spark_smote.core.lookup import parameter
from spark_smote.core.parameter import parameters
from spark_smote.core.params import FeatureParams, ResamplerParams
from spark_smote.core.plan import Plan
from spark_smote.errors import ParameterError
from spark_smote.spark.columns import Names, at, positional
from spark_smote.spark.features import Features, find_features
from spark_smote.spark.guard import InputFingerprint
from spark_smote.spark.layout import Layout
from spark_smote.spark.row_hash import row_mark
from spark_smote.spark.survey import find_label
from spark_smote.strategy import Label


@dataclass(frozen=True)
class Execution:
    """What planning found out and carrying it out needs.

    Parameters
    ----------
    labels : list of label
        All classes; a class's number is its place.
    seen : Seen
    kept : DataFrame, optional
        The input as it was, which takes its place.
    work : object, optional
        The sampler's own; None where nothing is to be done.
    """

    labels: list[Label]
    seen: InputFingerprint
    kept: DataFrame | None
    work: Any


class Resampler(ResamplerParams, DefaultParamsReadable[Any], DefaultParamsWritable):
    """Base of all that bring classes to other sizes: ``resample`` and ``plan``."""

    PLANNING_READS: ClassVar[Mapping[str, int]] = {}
    """Reads of the input in a stage of planning, where it is not one; added to those of the classes above."""
    WRITING_READS: ClassVar[int] = 1
    """Reads of the input while the result is written, where there is something to do."""

    @classmethod
    def planning_reads(cls, stages: Iterable[str]) -> int:
        """How often planning in these stages reads the input."""
        reads: dict[str, int] = {}
        for kind in reversed(cls.__mro__):
            reads |= vars(kind).get("PLANNING_READS", {})
        return sum(reads.get(stage, 1) for stage in set(stages))

    def __init__(self, **params: Any) -> None:
        super().__init__()
        self._setDefault(**{one.name: one.default for one in parameters(type(self)) if one.default is not None})
        self.setParams(**params)

    def __repr__(self) -> str:
        given = [one for one in parameters(type(self)) if self.isSet(one.name)]
        values = (f"{one.name}={getattr(self, one.accessor('get'))()!r}" for one in given)
        return f"{type(self).__name__}({', '.join(values)})"

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        declared = parameters(cls)
        cls.__doc__ = documentation.complete(cls.__doc__ or "", declared)
        cls.__signature__ = documentation.signature(declared)  # type: ignore[attr-defined]

    @abstractmethod
    def plan(self, df: DataFrame) -> Plan:
        """What :meth:`resample` would do."""

    @abstractmethod
    def carry_out(self, df: DataFrame, plan: Plan) -> DataFrame:
        """What the plan says, done to an input that is known to be the one that was planned for."""

    def resample(self, df: DataFrame, plan: Plan | None = None) -> DataFrame:
        """The input, resampled."""
        plan = plan or self.plan(df)
        execution: Execution = plan.execution
        made = self.carry_out(df, plan)
        if execution.work is None or execution.kept is not None:
            return made
        return made.union(execution.seen.guard(positional(df), made.schema))

    def fit_resample(self, df: DataFrame, y: object = None) -> DataFrame:
        """:meth:`resample`, by the name that imbalanced-learn gives it.

        Parameters
        ----------
        df : DataFrame
            With the label as a column.
        y : object
            Refused.

        Raises
        ------
        ParameterError
            For labels apart from the features.
        SparkSmoteError
            As :meth:`resample`.
        """
        if y is not None:
            name = type(self).__name__
            raise ParameterError(
                f"fit_resample takes one DataFrame, the label a column of it: {name}(labelCol=...).fit_resample(df)"
            )
        return self.resample(df)

    def mark(self, layout: Layout) -> Column:
        """What of a row this may look at, for :class:`InputFingerprint`."""
        return F.when(layout.features.valid(), row_mark(at(layout.label), layout.features.content()))

    def setParams(self, **params: Any) -> Any:
        """Set parameters by name; those given as None are left as they are.

        Raises
        ------
        ParameterError
            For a parameter that there is not, and for a value that is wrong whatever the data.
        """
        self._set(**{name: parameter(self, name).keep(value) for name, value in params.items() if value is not None})
        return self

    @abstractmethod
    def features(self, names: Names) -> Features:
        """The feature columns that the parameters name, checked."""

    def _steady(self, df: DataFrame) -> DataFrame | None:
        """With ``persistInput`` the rows as they are now, for as long as anything refers to them.

        Not by ``persist``: this frame would have to say when it is over, and only Spark knows when a lazy result is. An
        input that is persisted already is taken as it is.
        """
        if not self.getOrDefault(self.persistInput):
            return None
        level = df.storageLevel
        return None if level.useMemory or level.useDisk else df.localCheckpoint()

    def _check_params(self) -> None:
        """Once more, for Spark ML can set them too."""
        for one in parameters(type(self)):
            if self.isDefined(one.name):
                one.check(self.getOrDefault(one.name))

    def layout(self, df: DataFrame) -> Layout:
        """All columns found and checked."""
        self._check_params()
        names = Names(df)
        return Layout(names, find_label(names, self.getLabelCol()), self.features(names))

    def _skips(self) -> bool:
        """Whether invalid rows are left out rather than refused."""
        return bool(self.getHandleInvalid() == "skip")


class FeatureResampler(Resampler, FeatureParams):
    """Base of those that look at the features."""

    def features(self, names: Names) -> Features:
        if self.isSet(self.inputCols) and self.isSet(self.featuresCol):
            raise ParameterError("give the features as inputCols or as featuresCol, not both")
        return find_features(names, self.optional(self.inputCols), self.getFeaturesCol())
