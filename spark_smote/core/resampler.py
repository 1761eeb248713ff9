"""What over-samplers, under-samplers and cleaners share: parameters, and the input as the flow reads it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from pyspark.ml.param import Param
from pyspark.ml.util import DefaultParamsReadable, DefaultParamsWritable
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from spark_smote.core import documentation
from spark_smote.core.params import FeatureParams, ResamplerParams, check, convert
from spark_smote.core.plan import Plan
from spark_smote.errors import MethodError, ParameterError
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
    exact : sequence of int
        See :class:`Layout`.
    """

    labels: list[Label]
    seen: InputFingerprint
    kept: DataFrame | None
    work: Any
    exact: Sequence[int] = ()


class SamplerMethods:
    """Says what to call in place of methods that samplers do not have."""

    if not TYPE_CHECKING:  # which finds out by itself

        def __getattr__(self, name: str) -> Any:
            own = type(self).__name__
            if name in ("fit", "transform", "fit_transform"):
                raise MethodError(
                    f"{own} has no {name}(); call {own}(...).resample(df) for the rows, or Resampled({own}(...), "
                    "classifier).fit(df) for a model fitted on them"
                )
            raise AttributeError(f"{own!r} object has no attribute {name!r}")


class Resampler(SamplerMethods, ResamplerParams, DefaultParamsReadable[Any], DefaultParamsWritable):
    """Base of all that bring classes to other sizes: ``resample`` and ``plan``."""

    DEFAULTS: ClassVar[dict[str, Any]] = {"labelCol": "label", "handleInvalid": "error", "persistInput": False}
    """Added to those of the classes above by each class that has params of its own."""

    def __init__(self, **params: Any) -> None:
        super().__init__()
        self._setDefault(**self._defaults())
        self.setParams(**params)

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        names = sorted({name for kind in cls.__mro__ for name, one in vars(kind).items() if isinstance(one, Param)})
        cls.__doc__ = documentation.complete(cls.__doc__ or "", names, cls._defaults(), cls._merged("DOCS"))
        cls.__signature__ = documentation.signature(names)  # type: ignore[attr-defined]

    @classmethod
    def _defaults(cls) -> dict[str, Any]:
        return cls._merged("DEFAULTS")

    @classmethod
    def _merged(cls, name: str) -> dict[str, Any]:
        """What the classes from the root down to this one say."""
        found: dict[str, Any] = {}
        for kind in reversed(cls.__mro__):
            found |= vars(kind).get(name, {})
        return found

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
        context = {name: convert(self, name, value) for name, value in params.items() if value is not None}
        self._set(**context)
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
        for param in self.params:
            if self.isDefined(param):
                check(param.name, self.getOrDefault(param))

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

    DEFAULTS: ClassVar[dict[str, Any]] = {"featuresCol": "features"}

    def features(self, names: Names) -> Features:
        if self.isSet(self.inputCols) and self.isSet(self.featuresCol):
            raise ParameterError("give the features as inputCols or as featuresCol, not both")
        return find_features(names, self.optional(self.inputCols), self.getFeaturesCol())
