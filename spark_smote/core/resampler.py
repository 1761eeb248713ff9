"""The base of all samplers: parameters, and the one flow of ``plan`` and ``resample``.

plan      find columns -> survey -> decide
resample  plan, unless given -> execute
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from pyspark.ml.param import Param, Params
from pyspark.ml.util import DefaultParamsReadable, DefaultParamsWritable
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from spark_smote.core.context import PlanningContext
from spark_smote.core.documentation import describe
from spark_smote.core.execution import Decision, Execution, check_plan, execute
from spark_smote.core.lookup import no_attribute, parameter
from spark_smote.core.parameter import BOOL, COLUMN, STR, TRUE_OR_FALSE, Parameter, one_of, parameters
from spark_smote.core.plan import Plan
from spark_smote.core.timing import timed
from spark_smote.errors import ParameterError
from spark_smote.spark.cached import cached
from spark_smote.spark.columns import Names, at, positional
from spark_smote.spark.features import Features, NoFeatures, find_features
from spark_smote.spark.input_rows import InputRows
from spark_smote.spark.layout import Layout
from spark_smote.spark.row_hash import row_fingerprint
from spark_smote.spark.sparse_features import if_sparse
from spark_smote.spark.survey import find_label, take_survey


class Resampler(Params, DefaultParamsReadable[Any], DefaultParamsWritable):
    """Base of all samplers and cleaners: ``resample`` and ``plan``.

    Parameters
    ----------
    labelCol
        Integer, double, string or boolean.
    handleInvalid
        What to do with rows with a null, NaN or infinite feature or a null label: 'error' fails and names them, 'skip'
        passes them through without a part in the resampling. They count as rows of their class.
    persistInput
        Whether to take the input's rows as they are now, by Spark's local checkpoint (memory, then disk), and to read
        only these: for an input that may change, or that may differ when it is read again. They are kept as long as the
        plan, the result or anything made of it is in use; if an executor is lost with its part of them, the job fails.
        Without it, an input that is found changed is an error, see ``docs/design.md``.
    """

    labelCol = Parameter(STR, COLUMN, default="label")
    handleInvalid = Parameter(STR, one_of("error", "skip"), default="error")
    persistInput = Parameter(BOOL, TRUE_OR_FALSE, default=False)

    SPARSE: ClassVar[bool] = False
    """Whether long vectors that are mostly zero are taken as they are: rules that read single features need them whole.
    """
    CACHES: ClassVar[bool] = False
    """Whether label and features are cached while the sampler decides, for it reads them several times."""
    PLANNING_READS: ClassVar[Mapping[str, int]] = {}
    """Reads of the input in a stage of planning, where it is not one; added to those of the classes above."""
    WRITING_READS: ClassVar[int] = 1
    """Reads of the input while the result is written, where there is something to do."""
    SEARCHING_READS: ClassVar[int] = 0
    """Reads in addition, where rows are weighed anew by the k nearest of all rows."""

    @classmethod
    def planning_reads(cls, stages: Iterable[str]) -> int:
        """How often planning in these stages reads the input."""
        # A sampler that caches its columns searches in the cache.
        reads = {"search": 0, "surroundings": 0, "recalibrate": 0} if cls.CACHES else {}
        for kind in reversed(cls.__mro__):
            reads |= vars(kind).get("PLANNING_READS", {})
        return sum(reads.get(stage, 1) for stage in set(stages))

    def __init__(self, **params: Any) -> None:
        super().__init__()
        self._setDefault(**{one.name: one.default for one in parameters(type(self)) if one.default is not None})
        self.setParams(**params)

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            raise no_attribute(self, name)

    def getLabelCol(self) -> str:
        """``labelCol`` as set, or else its default."""
        return str(self.getOrDefault(self.labelCol))

    def optional(self, param: Param[Any]) -> Any:
        """The value of a parameter, None where it has none."""
        return self.getOrDefault(param) if self.isDefined(param) else None

    def __repr__(self) -> str:
        given = [one for one in parameters(type(self)) if self.isSet(one.name)]
        values = (f"{one.name}={getattr(self, one.accessor('get'))()!r}" for one in given)
        return f"{type(self).__name__}({', '.join(values)})"

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        describe(cls, parameters(cls))

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

    def setParams(self, **params: Any) -> Any:
        """Set parameters by name; those given as None are left as they are.

        Raises
        ------
        ParameterError
            For a parameter that there is not, and for a value that is wrong whatever the data.
        """
        self._set(**{name: parameter(self, name).keep(value) for name, value in params.items() if value is not None})
        return self

    def plan(self, df: DataFrame) -> Plan:
        """Decide what :meth:`resample` would do, without making its result.

        Small jobs run. Samplers that ask for the k nearest of all rows run that search, the heaviest step: cleaners and
        NearMiss to its end, with the columns that they need cached meanwhile, InstanceHardnessThreshold its fits;
        BorderlineSMOTE, ADASYN, SVMSMOTE and LeeSMOTE to count weights. The content hashes of up to a million rows to
        remove (NearMiss: to keep) pass through the driver, 24 bytes each; if there are more, :meth:`resample` repeats
        the search in its result. Of up to four million rows to weigh the driver keeps a byte each.

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
        layout = self.layout(df)
        kept = self._checkpointed(df)
        frame = positional(df if kept is None else kept)
        with cached(layout.narrow(frame)) if self.CACHES else nullcontext(frame) as read:
            with stage("survey"):
                layout = self.suited(layout, read)
                skip = self.getOrDefault(self.handleInvalid) == "skip"
                survey = take_survey(read, layout.names, layout.label, layout.features, skip)
            layout = layout.with_exact(survey.magnitude)
            context = PlanningContext(InputRows(read, layout, list(survey.rows)), survey, stage)
            decision = self.decide(context)
        whole = context.fingerprint(self.fingerprint(layout))
        fingerprint = decision.fingerprint or whole
        work, adds, rest = decision.work, decision.adds, decision.rest
        execution = Execution(layout, context.source.labels, fingerprint, whole, kept, work, adds, rest)
        return Plan(decision.classes, seconds, execution, decision.notes)

    def resample(self, df: DataFrame, plan: Plan | None = None) -> DataFrame:
        """The input with its classes brought to the sizes that the sampling strategy, or the cleaning rule, says.

        What to do is decided at once, as :meth:`plan` says; the result is made when it is used.

        Parameters
        ----------
        df : DataFrame
        plan : Plan, optional
            As from :meth:`plan` on the same DataFrame, to save the planning.

        Returns
        -------
        DataFrame
            Columns, order, types, nullability and metadata are the input's. An over-sampler returns every input row
            once and unchanged, and the synthetic rows; ``syntheticCol`` and ``provenanceCol`` follow where set. An
            under-sampler or cleaner returns the rows of the input that stay, whole and unchanged (ClusterCentroids by
            default also centres in place of others); ``weightCol`` follows where set. Rows that take no part
            (``handleInvalid='skip'``) all stay.

        Raises
        ------
        SparkSmoteError
            One of :mod:`spark_smote.errors`: for parameters, columns, values, counts and widths before any heavy work;
            EmptyClassError, and NoSeedsError of samplers that weigh rows by the k nearest of all, after that search,
            for only its outcome tells.
        """
        if plan is None:
            plan = self.plan(df)
        else:
            check_plan(plan, Execution)
            self._check_params()
        return execute(df, plan.execution)

    @abstractmethod
    def decide(self, context: PlanningContext) -> Decision:
        """Decide what to do with each class; jobs may run.

        Raises
        ------
        SparkSmoteError
        """

    def makes_rows(self) -> bool:
        """Whether the result has rows that are not the input's."""
        return False

    def layout(self, df: DataFrame) -> Layout:
        """All columns found and checked, and the parameters checked."""
        self._check_params()
        names = Names(df)
        return Layout(names, find_label(names, self.getLabelCol()), self.features(names))

    def features(self, names: Names) -> Features:
        """The feature columns that the parameters name, checked; none where there are no such parameters."""
        if not self.hasParam("inputCols"):
            return NoFeatures()
        columns, column = self.getParam("inputCols"), self.getParam("featuresCol")
        if self.isSet(columns) and self.isSet(column):
            raise ParameterError("give the features as inputCols or as featuresCol, not both")
        return find_features(names, self.optional(columns), self.getOrDefault(column))

    def fingerprint(self, layout: Layout) -> Column:
        """The fingerprint of a row, of all that the sampler may look at, for :class:`InputFingerprint`."""
        return F.when(layout.features.valid(), row_fingerprint(at(layout.label), layout.features.content()))

    def suited(self, layout: Layout, frame: DataFrame) -> Layout:
        """The layout with sparse features where the sampler can and the vectors are; jobs run.

        Standardised vectors are not sparse, and LSH search needs them whole.
        """
        if not self.SPARSE or self.getOrDefault("standardization") or self.getOrDefault("neighborSearch") == "lsh":
            return layout
        return replace(layout, features=if_sparse(frame, layout.features))

    def _checkpointed(self, df: DataFrame) -> DataFrame | None:
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
