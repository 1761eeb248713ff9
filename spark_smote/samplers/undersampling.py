"""Under-sampling at random: rows of the larger classes are drawn, the others go."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

from pyspark.ml.param.shared import HasSeed
from pyspark.sql import DataFrame

from spark_smote import strategy
from spark_smote.plan import ClassPlan, Plan, timed
from spark_smote.samplers.params import UnderSamplingParams
from spark_smote.samplers.resampler import Resampler
from spark_smote.spark.columns import Names, positional
from spark_smote.spark.draw import Draw, draw
from spark_smote.spark.features import Features, NoFeatures
from spark_smote.spark.survey import take_survey
from spark_smote.strategy import Label


class RandomUnderSampler(Resampler, UnderSamplingParams, HasSeed):
    """Keeps as many rows of each class as are wanted, drawn at random without replacement.

    Every row draws a number from its content, its ordinal among rows equal in everything, and the seed; those with the
    smallest are kept. So the same rows are kept whatever the partitions, and counts are exact. No features are needed.

    Parameters
    ----------
    seed : int, default 0
        Same data and same seed keep the same rows, whatever the partitions, their order, or retries.

    References
    ----------
    N. Japkowicz, S. Stephen, "The class imbalance problem: a systematic study", Intelligent Data Analysis 6 (2002).

    Examples
    --------
    >>> from spark_smote import RandomUnderSampler
    >>> df = spark.range(120).selectExpr("id", "id % 4 = 0 AS fraud")
    >>> balanced = RandomUnderSampler(labelCol="fraud", seed=7).resample(df)
    >>> balanced.groupBy("fraud").count().orderBy("fraud").show()
    +-----+-----+
    |fraud|count|
    +-----+-----+
    |false|   30|
    | true|   30|
    +-----+-----+
    <BLANKLINE>
    """

    DEFAULTS: ClassVar[dict[str, Any]] = {"seed": 0, "samplingStrategy": "auto"}

    def resample(self, df: DataFrame, plan: Plan | None = None) -> DataFrame:
        """The input without the rows that were not drawn; jobs run to find out which these are.

        Parameters
        ----------
        df : DataFrame
        plan : Plan, optional
            As from :meth:`plan` on the same DataFrame, to save the planning.

        Returns
        -------
        DataFrame
            Rows of the input, whole and unchanged, with its columns, order, types, nullability and metadata. Rows with
            a null label (``handleInvalid='skip'``) all stay.

        Raises
        ------
        SparkSmoteError
            One of :mod:`spark_smote.errors`, before any heavy work.
        """
        labels, drawn = (plan or self.plan(df)).execution
        if not drawn.thresholds:
            return df
        layout = self._layout(df)
        return layout.unkeyed(drawn.keep(layout.drawable(positional(df), labels)))

    def plan(self, df: DataFrame) -> Plan:
        """What :meth:`resample` would keep.

        Parameters
        ----------
        df : DataFrame

        Returns
        -------
        Plan

        Raises
        ------
        SparkSmoteError
            As :meth:`resample`.
        """
        seconds: dict[str, float] = {}
        stage = partial(timed, seconds)
        layout, frame = self._layout(df), positional(df)
        with stage("survey"):
            survey = take_survey(frame, layout.names, layout.label, layout.features, self._skips())
        gone = strategy.resolve_under(self.getSamplingStrategy(), survey.rows)
        labels: list[Label] = list(survey.rows)
        wanted = {labels.index(label): survey.rows[label] - rows for label, rows in gone.items() if rows}
        drawn = Draw(self.getSeed(), {}, 1)
        if wanted:
            with stage("draw"):
                present = {number: survey.rows[labels[number]] for number in wanted}
                drawn = draw(layout.drawable(frame, labels), present, wanted, self.getSeed())
        classes = (ClassPlan(label, rows, to_remove=gone[label]) for label, rows in survey.rows.items())
        return Plan(tuple(classes), seconds, (labels, drawn))

    def features(self, names: Names) -> Features:
        return NoFeatures()
