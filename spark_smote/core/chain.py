"""Samplers in a row, each on what the one before made."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pyspark.ml import Pipeline
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_smote.core.plan import ClassPlan, Plan
from spark_smote.core.resampler import Resampler, SamplerMethods
from spark_smote.errors import ParameterError, SparkSmoteError
from spark_smote.spark.columns import Names, positional
from spark_smote.spark.guard import InputFingerprint
from spark_smote.spark.row_hash import mark, row_hash
from spark_smote.spark.survey import find_label


class Chain(SamplerMethods):
    """Samplers in a row, each on what the one before made.

    Parameters
    ----------
    *steps : sampler
        At least one; a chain among them is taken for its steps.

    Raises
    ------
    ParameterError
        For a step that is no sampler, and for steps of different label columns.

    Examples
    --------
    >>> from spark_smote import SMOTE, Chain, RandomUnderSampler
    >>> df = spark.range(120).selectExpr("id % 12 = 0 AS fraud", "id * 1.0D AS amount")
    >>> fewer = RandomUnderSampler(labelCol="fraud", samplingStrategy=0.2, seed=7)
    >>> more = SMOTE(inputCols=["amount"], labelCol="fraud", seed=7)
    >>> sorted(Chain(fewer, more).resample(df).groupBy("fraud").count().collect())
    [Row(fraud=False, count=50), Row(fraud=True, count=50)]
    """

    def __init__(self, *steps: Resampler | Chain) -> None:
        self.steps: tuple[Resampler, ...] = flat(steps)
        if not self.steps:
            raise ParameterError("a chain needs a sampler at least, such as SMOTE()")
        labels = sorted({step.getLabelCol() for step in self.steps})
        if len(labels) > 1:
            raise ParameterError(f"samplers in a row must have the same labelCol, not {' and '.join(labels)}")

    def getLabelCol(self) -> str:
        """Name of the label column."""
        return str(self.steps[0].getLabelCol())

    def plan(self, df: DataFrame) -> Plan:
        """What :meth:`resample` would do; of each class, the rows at the start and all that the steps add and remove.

        Parameters
        ----------
        df : DataFrame

        Raises
        ------
        SparkSmoteError
        """
        plans: list[Plan] = []
        seen = self._seen(df)
        for number, step in enumerate(self.steps):
            made = step.plan(df)
            plans.append(made if seen is None else replace(made, execution=replace(made.execution, seen=seen)))
            if number < len(self.steps) - 1:
                df = self._carry_out(df, number, plans)
        seconds = {
            f"{type(step).__name__}: {stage}": spent
            for step, plan in zip(self.steps, plans, strict=True)
            for stage, spent in plan.seconds.items()
        }
        return Plan(_together(plans), seconds, tuple(plans))

    def resample(self, df: DataFrame, plan: Plan | None = None) -> DataFrame:
        """The input after all steps.

        Parameters
        ----------
        df : DataFrame
        plan : Plan, optional
            As from :meth:`plan` on the same DataFrame, to save the planning.

        Returns
        -------
        DataFrame
            With the input's schema, followed by ``syntheticCol`` and ``provenanceCol`` of steps that set them.

        Raises
        ------
        SparkSmoteError
        """
        plans: tuple[Plan, ...] = (plan or self.plan(df)).execution
        for number in range(len(self.steps)):
            df = self._carry_out(df, number, plans)
        return df

    def _seen(self, df: DataFrame) -> InputFingerprint | None:
        """What all steps hang on, None where that is what the first has seen; a job runs."""
        if len(self.steps) == 1 or self.steps[0].getOrDefault("persistInput"):
            return None
        label = find_label(Names(df), self.getLabelCol())
        try:
            marks = [step.mark(step.layout(df)) for step in self.steps]
        except SparkSmoteError:  # a later step may look at what an earlier one adds; else its plan says what is wrong
            marks = [row_hash(df.schema)]
        return InputFingerprint.of(positional(df), label, mark(F.xxhash64(*marks)))

    def _carry_out(self, df: DataFrame, number: int, plans: Sequence[Plan]) -> DataFrame:
        """What a step makes of its input; the first that does anything sees to it that this does not change."""
        step, steady = self.steps[number], any(plan.execution.work is not None for plan in plans[:number])
        return step.carry_out(df, plans[number]) if steady else step.resample(df, plans[number])

    def copy(self, extra: Any = None) -> Any:
        """A chain of copies of the steps.

        Parameters
        ----------
        extra : dict of Param to object, optional
            Parameters of the steps to set on the copies.
        """
        return self._of([step.copy(extra) for step in self.steps])

    def save(self, path: str | os.PathLike[str]) -> None:
        """Save to a new folder, as Spark resolves the path."""
        stages: Any = [*self.steps]
        Pipeline(stages=stages).save(os.fspath(path))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Any:
        """A chain that was saved.

        Examples
        --------
        >>> from tempfile import TemporaryDirectory
        >>> from spark_smote import SMOTEENN
        >>> with TemporaryDirectory() as folder:
        ...     SMOTEENN(labelCol="fraud").save(f"{folder}/sampler")
        ...     SMOTEENN.load(f"{folder}/sampler").getLabelCol()
        'fraud'
        """
        return cls._of(Pipeline.load(os.fspath(path)).getStages())

    @classmethod
    def _of(cls, steps: list[Any]) -> Any:
        return cls(*steps)


def flat(samplers: Any) -> tuple[Resampler, ...]:
    """Samplers and chains as a row of samplers.

    Parameters
    ----------
    samplers : sampler, chain, or sequence of these

    Raises
    ------
    ParameterError
        For anything else.
    """
    if isinstance(samplers, Resampler):
        return (samplers,)
    if isinstance(samplers, Chain):
        return samplers.steps
    if isinstance(samplers, list | tuple):
        return tuple(step for each in samplers for step in flat(each))
    raise ParameterError(f"{samplers!r} is no sampler; give one such as SMOTE(), or a list of them")


def _together(plans: list[Plan]) -> tuple[ClassPlan, ...]:
    """Of each class the first plan, with what later ones add and remove."""
    classes = {made.label: made for made in plans[0].classes}
    for plan in plans[1:]:
        for made in plan.classes:
            before = classes[made.label]
            around = made if made.surroundings != "none" else before
            classes[made.label] = replace(
                made if made.to_synthesise else before,
                rows=before.rows,
                invalid=before.invalid,
                to_synthesise=before.to_synthesise + made.to_synthesise,
                to_remove=before.to_remove + made.to_remove,
                surroundings=around.surroundings,
                surroundings_recall=around.surroundings_recall,
            )
    return tuple(classes.values())
