"""Samplers in a row: each step resamples the result of the step before it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from pyspark.ml import Pipeline
from pyspark.ml.util import MLWriter
from pyspark.sql import DataFrame

from spark_smote.core.execution import Execution, check_plan, execute
from spark_smote.core.plan import ClassPlan, Plan, PlannedBy
from spark_smote.core.resampler import Resampler
from spark_smote.core.step_params import StepParams
from spark_smote.errors import ParameterError, SparkSmoteError
from spark_smote.spark.columns import Names, positional
from spark_smote.spark.features import NoFeatures
from spark_smote.spark.guard import InputFingerprint
from spark_smote.spark.row_fingerprint import OfAll, OfWholeRow, RowFingerprint
from spark_smote.spark.survey import find_label


class Chain(StepParams):
    """Samplers in a row: each step resamples the result of the step before it.

    A chain holds copies of the samplers it is given and never changes the
    originals. The copies keep their uids, so parameter grids that are built on
    the originals reach the steps of the chain. The parameters of a chain are
    those of its steps: a parameter that several steps have is set on all of
    them by :meth:`setParams`, and is read from, and addressed in grids by, the
    step itself, such as ``chain.steps[0].seed``. A parameter that one step
    alone has is an attribute of the chain too.

    Parameters
    ----------
    *steps : sampler
        At least one; a chain among them stands for its steps.
    **params
        Parameters to set on every step that has them, such as inputCols,
        labelCol, seed.

    Attributes
    ----------
    steps : tuple of sampler
        The chain's own copies of the samplers.

    Raises
    ------
    ParameterError
        For a step that is not a sampler, steps with different label columns,
        and parameter values that are wrong whatever the data.

    Examples
    --------
    >>> from spark_smote import SMOTE, Chain, RandomUnderSampler
    >>> df = spark.range(120).selectExpr("id % 12 = 0 AS fraud", "id * 1.0D AS amount")
    >>> fewer = RandomUnderSampler(labelCol="fraud", samplingStrategy=0.2, seed=7)
    >>> more = SMOTE(inputCols=["amount"], labelCol="fraud", seed=7)
    >>> sorted(Chain(fewer, more).resample(df).groupBy("fraud").count().collect())
    [Row(fraud=False, count=50), Row(fraud=True, count=50)]
    """

    def __init__(self, *steps: Resampler | Chain, **params: Any) -> None:
        super().__init__()
        self.steps = tuple(step.copy() for step in flat(steps))
        if not self.steps:
            raise ParameterError("a chain needs at least one sampler, such as SMOTE()")
        self.setParams(**params)

    def getLabelCol(self) -> str:
        """The label column of all steps."""
        return str(self.steps[0].getLabelCol())

    def write(self) -> MLWriter:
        """A writer that saves the chain as a stock Spark pipeline of its steps."""
        steps: Any = [*self.steps]
        pipeline: Any = Pipeline(stages=steps)
        writer: MLWriter = pipeline._resetUid(self.uid).write()
        return writer

    def save(self, path: str | os.PathLike[str]) -> None:
        """Save the chain to a new folder; Spark resolves the path.

        Parameters
        ----------
        path : str or path
        """
        self.write().save(os.fspath(path))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Any:
        """Load a chain that :meth:`save` wrote.

        Parameters
        ----------
        path : str or path

        Raises
        ------
        ParameterError
            For a pipeline whose stages are not the samplers of such a chain.

        Examples
        --------
        >>> from tempfile import TemporaryDirectory
        >>> from spark_smote import SMOTEENN
        >>> with TemporaryDirectory() as folder:
        ...     SMOTEENN(labelCol="fraud").save(f"{folder}/sampler")
        ...     SMOTEENN.load(f"{folder}/sampler").getLabelCol()
        'fraud'
        """
        pipeline = Pipeline.load(os.fspath(path))
        loaded = cls._of(pipeline.getStages())
        # Not `_resetUid`, which would give the parameters of the steps this parent.
        loaded.uid = pipeline.uid
        return loaded

    def plan(self, df: DataFrame) -> Plan:
        """Plan :meth:`resample`; each step is carried out to plan the next.

        Parameters
        ----------
        df : DataFrame

        Returns
        -------
        Plan
            For each class its rows in the input, and the rows that all steps
            together add and remove. ``seconds`` names the step before the
            stage, such as 'SMOTE: survey'; steps of the same class are
            numbered.

        Raises
        ------
        SparkSmoteError

        Examples
        --------
        >>> from spark_smote import Chain, RandomOverSampler, RandomUnderSampler
        >>> df = spark.range(120).selectExpr("id % 12 = 0 AS label", "id * 1.0D AS amount")
        >>> more = RandomOverSampler(inputCols=["amount"])
        >>> plan = Chain(RandomUnderSampler(samplingStrategy=0.2), more).plan(df)
        >>> [(c.label, c.rows, c.to_remove, c.to_synthesise) for c in plan.classes]
        [(False, 110, 60, 0), (True, 10, 0, 40)]
        """
        self._check_steps()
        plans: list[Plan] = []
        guarded = len(self.steps) > 1 and not self.steps[0].getOrDefault("persistInput")
        alike = guarded and self._read_alike(df)
        fingerprint = self._fingerprint(df) if guarded and not alike else None
        with ExitStack() as stack:
            for number, step in enumerate(self.steps):
                made = step.plan(df)
                stack.callback(made.release)
                if alike and not plans:
                    fingerprint = made.execution.whole
                if fingerprint is not None:
                    made = replace(made, execution=replace(made.execution, fingerprint=fingerprint))
                plans.append(made)
                if number < len(self.steps) - 1:
                    df = self._carry_out(df, number, plans)
            staged = stack.pop_all()
        seconds = {
            f"{title}: {stage}": spent
            for title, plan in zip(self._titles(), plans, strict=True)
            for stage, spent in plan.seconds.items()
        }
        titled = list(zip(self._titles(), plans, strict=True))
        notes = tuple(f"{title}: {note}" for title, plan in titled for note in plan.notes)
        notes += tuple(f"{title}: {plan.groups}" for title, plan in titled if plan.groups is not None)
        return Plan(_together(plans), seconds, tuple(plans), notes, self.made_by(), plans[0].findings, staged)

    def resample(self, df: DataFrame, plan: Plan | None = None) -> DataFrame:
        """Resample a DataFrame by all steps in order.

        Parameters
        ----------
        df : DataFrame
        plan : Plan, optional
            From :meth:`plan` of the same DataFrame, to plan once only; or
            loaded by :meth:`spark_smote.Plan.load`.

        Returns
        -------
        DataFrame
            With the input's schema, followed by ``syntheticCol`` and
            ``provenanceCol`` of steps that set them.

        Raises
        ------
        SparkSmoteError

        Examples
        --------
        >>> from spark_smote import Chain, RandomOverSampler, RandomUnderSampler
        >>> df = spark.range(120).selectExpr("id % 12 = 0 AS label", "id * 1.0D AS amount")
        >>> chain = Chain(RandomUnderSampler(samplingStrategy=0.2), RandomOverSampler(inputCols=["amount"]))
        >>> chain.resample(df, chain.plan(df)).count()
        100
        """
        if plan is not None:
            check_plan(plan, tuple, self.made_by())
            for step, planned in zip(self.steps, plan.execution, strict=True):
                check_plan(planned, Execution, step.made_by())
        plans: tuple[Plan, ...] = (plan or self.plan(df)).execution
        for number in range(len(self.steps)):
            df = self._carry_out(df, number, plans)
        return df

    fit_resample = resample

    def made_by(self) -> tuple[PlannedBy, ...]:
        """The class and the parameters of each step, for the plan."""
        return tuple(made for step in self.steps for made in step.made_by())

    def _read_alike(self, df: DataFrame) -> bool:
        """Whether all steps read the same features, of which the first step's survey has the fingerprint."""
        names = Names(df)
        try:
            first, *others = (step.features(names) for step in self.steps)
        except SparkSmoteError:
            return False
        return all(other == first for other in others)

    def _fingerprint(self, df: DataFrame) -> InputFingerprint:
        """The fingerprint of all columns that any step reads, by a job."""
        first, names = self.steps[0], Names(df)
        label = find_label(names, self.getLabelCol())
        groups = first.groups(names, label, NoFeatures())
        try:
            found = tuple(step.fingerprint(step.suited(step.layout(df), positional(df))) for step in self.steps)
            row: RowFingerprint = OfAll(found)
        except SparkSmoteError:
            # A step may read a column that an earlier one adds. Other mistakes are reported by the step's own plan.
            row = OfWholeRow(df.schema)
        return InputFingerprint.of(positional(df), label, row, groups)

    def _carry_out(self, df: DataFrame, number: int, plans: Sequence[Plan]) -> DataFrame:
        """The output of one step; the first step that does anything fails if the input has changed."""
        guarded = all(plan.execution.work is None for plan in plans[:number])
        execution = plans[number].execution
        # Only the result of the last step is mixed.
        return execute(df, execution if number == len(self.steps) - 1 else replace(execution, mixing=None), guarded)

    def _check_steps(self) -> None:
        labels = sorted({step.getLabelCol() for step in self.steps})
        if len(labels) > 1:
            raise ParameterError(
                f"samplers in a row must have the same labelCol, not {' and '.join(labels)}; give all of them the same"
            )
        groups = {str(step.optional(step.groupCols)) for step in self.steps}
        if len(groups) > 1:
            raise ParameterError(
                f"samplers in a row must have the same groupCols, not {' and '.join(sorted(groups))}; set it for all"
            )

    @classmethod
    def _of(cls, steps: list[Any]) -> Any:
        """A chain of this class with these steps."""
        return cls(*steps)


def flat(samplers: Any) -> tuple[Resampler, ...]:
    """Samplers, chains and sequences of these as one sequence of samplers, which are not copied.

    Parameters
    ----------
    samplers : sampler, chain, or sequence of these

    Returns
    -------
    tuple of sampler

    Raises
    ------
    ParameterError
        For anything else, and for samplers for regression or several labels.

    Examples
    --------
    >>> from spark_smote import SMOTE, SMOTETomek
    >>> [type(step).__name__ for step in flat([SMOTETomek(), SMOTE()])]
    ['SMOTE', 'TomekLinks', 'SMOTE']
    """
    if isinstance(samplers, Resampler):
        if samplers.ALONE:
            name = type(samplers).__name__
            raise ParameterError(f"{name} {samplers.ALONE} and stands alone: call {name}(...).resample(df)")
        return (samplers,)
    if isinstance(samplers, Chain):
        return samplers.steps
    if isinstance(samplers, list | tuple):
        return tuple(step for each in samplers for step in flat(each))
    raise ParameterError(f"{samplers!r} is no sampler; give one such as SMOTE(), or a list of them")


def steps_of(sampler: Resampler | Chain) -> tuple[Resampler, ...]:
    """The steps of a chain, or the sampler as the only one."""
    return sampler.steps if isinstance(sampler, Chain) else (sampler,)


def passing(samplers: Any) -> Any:
    """Samplers for data that may be balanced enough by chance: ``ifBalanced`` is 'pass' where nobody set it.

    Parameters
    ----------
    samplers : sampler, chain, or sequence of these

    Returns
    -------
    object
        The same samplers, changed.

    Examples
    --------
    >>> from spark_smote import SMOTE, SMOTETomek
    >>> passing(SMOTE()).getIfBalanced(), passing(SMOTETomek(ifBalanced="error")).steps[0].getIfBalanced()
    ('pass', 'error')
    """
    for step in flat(samplers):
        if step.hasParam("ifBalanced"):
            # A default, which Spark ML keeps apart from what the user sets, now or later.
            step._setDefault(ifBalanced="pass")
    return samplers


def _together(plans: list[Plan]) -> tuple[ClassPlan, ...]:
    """For each class its rows before the first step, and the rows that all steps add and remove."""
    classes = {made.label: made for made in plans[0].classes}
    for plan in plans[1:]:
        for made in plan.classes:
            before = classes[made.label]
            around = made if made.surroundings != "none" else before
            classes[made.label] = replace(
                made if made.to_synthesise else before,
                rows=before.rows,
                invalid=before.invalid,
                missing=before.missing,
                to_synthesise=before.to_synthesise + made.to_synthesise,
                to_remove=before.to_remove + made.to_remove,
                surroundings=around.surroundings,
                surroundings_recall=around.surroundings_recall,
                worker_bytes=max(before.worker_bytes, made.worker_bytes),
            )
    return tuple(classes.values())
