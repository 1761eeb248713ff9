"""The base of all samplers: parameters, and the one flow of ``plan`` and ``resample``.

plan      find columns -> survey -> decide
resample  plan, unless given -> execute
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar

from pyspark.ml.util import DefaultParamsReadable, DefaultParamsWritable
from pyspark.sql import DataFrame

from spark_smote.core.column_params import weights_of
from spark_smote.core.context import PlanningContext
from spark_smote.core.declared_params import DeclaredParams
from spark_smote.core.effort import Effort
from spark_smote.core.execution import Decision, Execution, check_plan, execute
from spark_smote.core.first_findings import first_findings
from spark_smote.core.grouping import GroupPlan, HasGroups, of_labels
from spark_smote.core.parameter import BOOL, COLUMN, INT, STR, TRUE_OR_FALSE, Parameter, at_least
from spark_smote.core.params import HasHandleInvalid, HasMetric, StagingParams
from spark_smote.core.plan import Plan
from spark_smote.core.timing import timed
from spark_smote.errors import ParameterError
from spark_smote.spark.cached import FrameCache, checkpointed
from spark_smote.spark.columns import Names, positional
from spark_smote.spark.features import Features, NoFeatures, find_features
from spark_smote.spark.input_rows import InputRows
from spark_smote.spark.layout import Layout
from spark_smote.spark.mixing import Mixing
from spark_smote.spark.partial_features import keeping
from spark_smote.spark.row_fingerprint import OfFeatures, RowFingerprint
from spark_smote.spark.sparse_features import if_sparse
from spark_smote.spark.staging import never_null
from spark_smote.spark.survey import find_label, take_survey

_NOT_KEPT = (
    "nothing is cached here: planning read the input {} more times than with a cache, which stagingPath or "
    "stagingTable would take the place of"
)


class Resampler(
    DeclaredParams, StagingParams, HasHandleInvalid, HasGroups, DefaultParamsReadable[Any], DefaultParamsWritable
):
    """Base of all samplers and cleaners: ``resample`` and ``plan``.

    Parameters
    ----------
    labelCol
        Integer, double, string or boolean.
    persistInput
        Whether to take the input's rows as they are now, by Spark's local checkpoint (memory, then disk), and to read
        only these: for an input that may change, or that may differ when it is read again. They are kept as long as the
        plan, the result or anything made of it is in use; if an executor is lost with its part of them, the job fails.
        With ``stagingPath`` or ``stagingTable`` they are written there instead, and stay until the plan's ``release()``
        or the end of Python; where the platform keeps nothing, one of the two is needed. Without ``persistInput``, an
        input that is found changed is an error, see ``docs/design.md``.
    outputPartitions
        Number of partitions over which the rows of the output are mixed: each has its share of the rows of every class,
        by their content. It is for learners that fit partition by partition, and fail or learn nothing where one has no
        row of a class. If not set, the input's rows stay in their partitions, and synthetic rows have others. The
        output is shuffled twice.
    """

    labelCol = Parameter(STR, COLUMN, default="label")
    persistInput = Parameter(BOOL, TRUE_OR_FALSE, default=False)
    outputPartitions = Parameter(INT, at_least(1))

    SPARSE: ClassVar[bool] = False
    """Whether long vectors that are mostly zero are taken as they are: rules that read single features need them whole.
    """
    CACHES: ClassVar[bool] = False
    """Whether label and features are cached, or staged, while the sampler decides, for it reads them several times."""
    HELD_BESIDE: ClassVar[int] = 0
    """Rows at most that a task holds beside those of its cell."""
    PLANNING_READS: ClassVar[Mapping[str, int]] = {}
    """Reads of the input in a stage of planning, where it is not one; added to those of the classes above."""
    WRITING_READS: ClassVar[int] = 1
    """Reads of the input while the result is written, where there is something to do."""
    COUNTS: ClassVar[str] = "each"
    """Which numbers of rows a plan promises: of 'each' class, of each at 'least', or in 'total'."""
    ALONE: ClassVar[str] = ""  # what it does, if that is nothing for a chain or a classifier
    SEARCHING_READS: ClassVar[int] = 0
    """Reads in addition, where rows are weighed anew by the k nearest of all rows."""

    @classmethod
    def planning_reads(cls, stages: Iterable[str]) -> int:
        """How often planning in these stages reads the input."""
        if cls.CACHES:
            # What it reads again where nothing is cached, it counts when it plans.
            return 1
        reads: dict[str, int] = {}
        for kind in reversed(cls.__mro__):
            reads |= vars(kind).get("PLANNING_READS", {})
        return sum(reads.get(stage, 1) for stage in set(stages))

    def getLabelCol(self) -> str:
        """``labelCol`` as set, or else its default."""
        return str(self.getOrDefault(self.labelCol))

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

    def plan(self, df: DataFrame) -> Plan:
        """Decide what :meth:`resample` would do, without making its result.

        Small jobs run. Samplers that ask for the k nearest of all rows run that
        search, the heaviest step: cleaners and NearMiss to its end, with the
        columns that they need cached meanwhile (staged where a place is named,
        read again where the platform cannot cache), InstanceHardnessThreshold
        its fits; BorderlineSMOTE, ADASYN, SVMSMOTE and LeeSMOTE to count
        weights. The content hashes of up to a million rows to remove (NearMiss:
        to keep) pass through the driver, 24 bytes each; if there are more,
        :meth:`resample` repeats the search in its result, unless they are
        staged. Of up to four million rows to weigh the driver keeps a byte
        each.

        Parameters
        ----------
        df : DataFrame

        Returns
        -------
        Plan
            Rows per class before and after, the search chosen for each class,
            its cells, halo share and measured recall.

        Raises
        ------
        SparkSmoteError
            As :meth:`resample`.
        """
        seconds: dict[str, float] = {}
        stage = partial(timed, seconds)
        layout = self.layout(df)
        with FrameCache(df.sparkSession, self._staging()) as cache:
            kept = self._kept_input(df, cache)
            frame = positional(df if kept is None else kept)
            with stage("survey"):
                read = cache.keep(layout.narrow(frame)) if self.CACHES else frame
                layout = self.suited(layout, read)
                skip = self.getOrDefault(self.handleInvalid) == "skip"
                survey = take_survey(
                    read, layout.schema, layout.label, layout.features, skip, layout.ranged, layout.groups
                )
            layout = layout.with_exact(survey.magnitude)
            context = PlanningContext(InputRows(read, layout, list(survey.rows)), survey, stage, cache)
            slow = effort.warnings(type(self).__name__, survey) if (effort := self.effort(context)) else ()
            decision = self.decide(context)
            whole = context.fingerprint(self.fingerprint(layout))
            partitions = self.optional(self.outputPartitions)
            classes = of_labels(decision.classes) if layout.groups else decision.classes
            groups = self.summary(decision) if layout.groups else None
            labels, totals = [made.label for made in classes], [made.total for made in classes]
            mixing = Mixing(layout.label, labels, totals, partitions) if partitions else None
            execution = Execution(
                layout,
                context.source.labels,
                decision.fingerprint or whole,
                whole,
                kept,
                decision.work,
                decision.adds,
                decision.rest,
                self._read_again(cache, seconds),
                mixing,
            )
            # What the classes of numbers, of several labels or of groups look like says nothing of the user's.
            found = () if self.ALONE or layout.groups else first_findings(context, decision.others)
            again = execution.again
            notes = slow + decision.notes + ((_NOT_KEPT.format(again),) if again else ())
            staged = cache.lasting.pop_all()
            return Plan(classes, seconds, execution, notes, self.made_by(), found, staged, groups)

    def resample(self, df: DataFrame, plan: Plan | None = None) -> DataFrame:
        """The input with its classes brought to the sizes that the sampling
        strategy, or the cleaning rule, says.

        What to do is decided at once, as :meth:`plan` says; the result is made
        when it is used.

        Parameters
        ----------
        df : DataFrame
        plan : Plan, optional
            As from :meth:`plan` on the same DataFrame, to save the planning; or
            loaded by :meth:`spark_smote.Plan.load`. No Spark job runs then
            before the result is used.

        Returns
        -------
        DataFrame
            Columns, order, types, nullability and metadata are the input's. An
            over-sampler returns every input row once and unchanged, and the
            synthetic rows; ``syntheticCol`` and ``provenanceCol`` follow where
            set. An under-sampler or cleaner returns the rows of the input that
            stay, whole and unchanged (ClusterCentroids by default also centres
            in place of others); ``weightCol`` follows where set. Rows that take
            no part (``handleInvalid='skip'``) all stay.

        Raises
        ------
        SparkSmoteError
            One of :mod:`spark_smote.errors`: for parameters, columns, values,
            counts and widths before any heavy work; EmptyClassError, and
            NoSeedsError of samplers that weigh rows by the k nearest of all,
            after that search, for only its outcome tells.
        """
        if plan is None:
            plan = self.plan(df)
        else:
            self._check_params()
            check_plan(plan, Execution, self.made_by())
        return execute(df, plan.execution)

    @abstractmethod
    def decide(self, context: PlanningContext) -> Decision:
        """Decide what to do with each class; jobs may run.

        Raises
        ------
        SparkSmoteError
        """

    def summary(self, decision: Decision) -> GroupPlan:
        """The groups of a plan in summary."""
        return GroupPlan.of(decision.classes, decision.too_few)

    def effort(self, context: PlanningContext) -> Effort | None:
        """The work that may take many times as long as SMOTE's, by the counts of the survey; None if none can."""
        return None

    def makes_rows(self) -> bool:
        """Whether the result has rows that are not the input's."""
        return False

    def layout(self, df: DataFrame) -> Layout:
        """All columns found and checked, and the parameters checked."""
        self._check_params()
        names = Names(df)
        label, features = self.label(names), self.features(names)
        weights, groups = weights_of(self, names, features), self.groups(names, label, features)
        return Layout(names.schema, label, features, weights=weights, groups=groups)

    def label(self, names: Names) -> int:
        """The position of the column of the classes, checked."""
        return find_label(names, self.getLabelCol())

    def features(self, names: Names) -> Features:
        """The feature columns that the parameters name, checked; none where there are no such parameters."""
        if not self.hasParam("inputCols"):
            return NoFeatures()
        columns, column = self.getParam("inputCols"), self.getParam("featuresCol")
        if self.isSet(columns) and self.isSet(column):
            raise ParameterError("give the features as inputCols or as featuresCol, not both")
        found = find_features(names, self.optional(columns), self.getOrDefault(column))
        return keeping(found) if self.keeps() else found

    def fingerprint(self, layout: Layout) -> RowFingerprint:
        """The fingerprint of a row, of all that the sampler may look at, for :class:`InputFingerprint`."""
        return OfFeatures(layout.label, layout.features)

    def suited(self, layout: Layout, frame: DataFrame) -> Layout:
        """The layout with sparse features where the sampler can and the vectors are; jobs run.

        Standardised vectors are not sparse, nor are vectors with missing values; LSH search and other metrics than the
        Euclidean need them whole.
        """
        if not self.SPARSE or self.keeps() or self.getOrDefault("standardization"):
            return layout
        if self.getOrDefault("neighborSearch") == "lsh":
            return layout
        if isinstance(self, HasMetric) and self.getOrDefault(self.metric) != "euclidean":
            return layout
        return replace(layout, features=if_sparse(frame, layout.features))

    def _kept_input(self, df: DataFrame, cache: FrameCache) -> DataFrame | None:
        """With ``persistInput`` the rows as they are now; None where the input is to be read."""
        if not self.getOrDefault(self.persistInput):
            return None
        return checkpointed(df) if cache.place is None else never_null(cache.keep_longer(df), df.schema)

    def _read_again(self, cache: FrameCache, stages: Iterable[str]) -> int:
        """Reads of the input so far, after the first, that a cache would have spared."""
        if cache.keeps:
            return 0
        # The reads of these stages are counted where they are made, or are the first.
        others = set(stages) - {"survey", "search", "surroundings"} if self.CACHES else ()
        return cache.reads + len(others)

    def _check_params(self) -> None:
        super()._check_params()
        self.check_kept()
        self.check_groups()
        if isinstance(self, HasMetric):
            self.check_metric()
