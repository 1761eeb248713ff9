"""Random under-sampling: keeps a random sample of the larger classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_smote import strategy
from spark_smote.core.bootstrap import Bootstrap
from spark_smote.core.context import PlanningContext
from spark_smote.core.execution import Decision
from spark_smote.core.grouping import resolved
from spark_smote.core.parameter import ANY_INTEGER, BOOL, COLUMN, INT, STR, TRUE_OR_FALSE, Parameter
from spark_smote.core.params import UnderSamplingParams, as_dict
from spark_smote.core.registry import UNDER_SAMPLER, register
from spark_smote.core.resampler import Resampler
from spark_smote.kernels.draws import class_key
from spark_smote.spark.columns import CLASS, WEIGHT, Names, constants
from spark_smote.spark.draw import Draw, Ranges, draw
from spark_smote.spark.group_classes import label_of
from spark_smote.spark.input_rows import InputRows
from spark_smote.spark.layout import Layout, check_new
from spark_smote.spark.row_fingerprint import OfClasses, OfWholeRow, RowFingerprint


@register(
    family=UNDER_SAMPLER,
    paper="Japkowicz and Stephen 2002",
    rows="all but the wanted number of rows, drawn at random, with `replacement` or without; counts are exact",
    cost="two passes over all columns",
)
class RandomUnderSampler(UnderSamplingParams, Resampler):
    """Keeps the wanted number of rows of each class, drawn at random, by default without replacement.

    The number of a row is drawn from its content, its ordinal among equal rows, and the seed; the rows with the
    smallest numbers are kept. So the same rows are kept whatever the partitions, and counts are exact. No features are
    needed.

    A model that is trained on fewer rows of a class overrates the other classes. ``weightCol`` repairs this: each row
    of a class stands for (rows of the class in the input) / (rows kept) rows, so the weights of a class sum to its rows
    in the input, and an estimator with this ``weightCol`` learns probabilities for the input's shares.

    Parameters
    ----------
    replacement
        Whether a class that shrinks is drawn with replacement: each draw takes any of its rows, so some rows come
        several times.
    weightCol
        Name of a column of doubles to add: the number of rows of the input that a row stands for. It is 1 for classes
        that lose no row, and for rows without a label.
    seed
        The same data and the same seed keep the same rows, whatever the partitions, their order, or retries.

    References
    ----------
    N. Japkowicz, S. Stephen, "The class imbalance problem: a systematic study", Intelligent Data Analysis 6 (2002).
    The weights are those of D. G. Horvitz, D. J. Thompson, "A generalization of sampling without replacement from a
    finite universe", Journal of the American Statistical Association 47 (1952).

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
    >>> weighted = RandomUnderSampler(labelCol="fraud", weightCol="stands_for", seed=7).resample(df)
    >>> weighted.groupBy("fraud").sum("stands_for").orderBy("fraud").show()
    +-----+---------------+
    |fraud|sum(stands_for)|
    +-----+---------------+
    |false|           90.0|
    | true|           30.0|
    +-----+---------------+
    <BLANKLINE>
    """

    KEEPS = True

    replacement = Parameter(BOOL, TRUE_OR_FALSE, default=False)
    weightCol = Parameter(STR, COLUMN)
    seed = Parameter(INT, ANY_INTEGER, default=0)

    def layout(self, df: DataFrame) -> Layout:
        layout, weight = super().layout(df), self.optional(self.weightCol)
        check_new(Names(df), "weightCol", weight)
        return replace(layout, weight=weight)

    def decide(self, context: PlanningContext) -> Decision:
        present, labels, layout = context.survey.rows, context.source.labels, context.source.layout
        asked = as_dict(self.getOrDefault(self.samplingStrategy))
        gone = resolved(strategy.resolve_under, asked, present, self.getOrDefault(self.ifBalanced))
        rows = {number: present[label] for number, label in enumerate(labels) if gone[label]}
        classes = context.classes({number: {"to_remove": gone[label]} for number, label in enumerate(labels)})
        if not rows:
            return Decision(None, classes, notes=self.note_balanced(asked, gone))
        wanted = {number: count - gone[labels[number]] for number, count in rows.items()}
        drawable, seed = context.source.drawable(), self.getOrDefault(self.seed)
        drawn: Draw | Bootstrap
        with context.stage("draw"):
            if self.getOrDefault(self.replacement):
                keys = {number: class_key(seed, label_of(labels[number])) for number in rows}
                drawn = Bootstrap(Ranges.of(drawable, rows), wanted, keys)
            else:
                drawn = draw(drawable, rows, wanted, seed)
        of_drawn = OfClasses(
            layout.label, tuple(labels[number] for number in rows), self.fingerprint(layout), layout.groups
        )
        fingerprint = replace(context.fingerprint(of_drawn), values=sum(drawn.fingerprints.values()))
        weights = {number: count / wanted[number] for number, count in rows.items() if wanted[number]}
        return Decision(Drawn(drawn, weights), classes, fingerprint)

    def fingerprint(self, layout: Layout) -> RowFingerprint:
        return OfWholeRow(layout.schema)


@dataclass(frozen=True)
class Drawn:
    """The work: the rows drawn and, where asked for, the weight of each.

    Parameters
    ----------
    draw : Draw or Bootstrap
    weights : mapping of class to float
        Rows of the input that a row stands for; 1 in other classes.
    """

    draw: Draw | Bootstrap
    weights: Mapping[int, float]

    def __call__(self, source: InputRows) -> DataFrame:
        """The rows that stay."""
        kept = self.draw.keep(source.drawable())
        if not source.layout.weight:
            return kept
        every = constants([self.weights.get(number, 1.0) for number in range(len(source.labels))], "double")
        return kept.withColumn(WEIGHT, F.coalesce(F.get(every, F.col(CLASS)), F.lit(1.0)))
