"""Under-sampling at random: rows of the larger classes are drawn, the others go."""

from __future__ import annotations

from dataclasses import replace

from pyspark.sql import Column
from pyspark.sql import functions as F

from spark_smote import strategy
from spark_smote.core.bootstrap import Bootstrap
from spark_smote.core.context import PlanningContext
from spark_smote.core.execution import Decision
from spark_smote.core.parameter import BOOL, TRUE_OR_FALSE, Parameter
from spark_smote.core.params import SeedParams, UnderSamplingParams
from spark_smote.core.plan import ClassPlan
from spark_smote.core.registry import UNDER_SAMPLER, register
from spark_smote.core.resampler import Resampler
from spark_smote.core.selection import Selection
from spark_smote.kernels.draws import class_key
from spark_smote.spark.columns import at
from spark_smote.spark.draw import Draw, Ranges, draw
from spark_smote.spark.layout import Layout
from spark_smote.spark.row_hash import fingerprint as of_row
from spark_smote.spark.row_hash import row_hash


@register(
    family=UNDER_SAMPLER,
    paper="Japkowicz and Stephen 2002",
    rows="all but as many as are wanted, drawn at random, with `replacement` or without; counts exact, no features",
    cost="two passes over all columns",
)
class RandomUnderSampler(Resampler, UnderSamplingParams, SeedParams):
    """Keeps as many rows of each class as are wanted, drawn at random, without replacement unless asked for.

    Every row draws a number from its content, its ordinal among rows equal in everything, and the seed; those with the
    smallest are kept. So the same rows are kept whatever the partitions, and counts are exact. No features are needed.

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

    replacement = Parameter(
        BOOL,
        TRUE_OR_FALSE,
        "Whether a class that shrinks is drawn with replacement: each draw takes any of its rows, so some come several "
        "times.",
        default=False,
    )

    def decide(self, context: PlanningContext) -> Decision:
        present, labels, layout = context.survey.rows, context.source.labels, context.source.layout
        asked = self.getSamplingStrategy()
        gone = strategy.resolve_under(asked, present, self.getOrDefault(self.ifBalanced))
        rows = {number: present[label] for number, label in enumerate(labels) if gone[label]}
        classes = tuple(ClassPlan(label, count, to_remove=gone[label]) for label, count in present.items())
        if not rows:
            return Decision(None, classes, notes=self.note_balanced(asked, gone))
        wanted = {number: count - gone[labels[number]] for number, count in rows.items()}
        drawable, seed = context.source.drawable(), self.getSeed()
        drawn: Draw | Bootstrap
        with context.stage("draw"):
            if self.getOrDefault(self.replacement):
                keys = {number: class_key(seed, labels[number]) for number in rows}
                drawn = Bootstrap(Ranges.of(drawable, rows), wanted, keys)
            else:
                drawn = draw(drawable, rows, wanted, seed)
        of_drawn = F.when(at(layout.label).isin([labels[number] for number in rows]), self.fingerprint(layout))
        fingerprint = replace(context.fingerprint(of_drawn), values=sum(drawn.fingerprints.values()))
        return Decision(Selection(drawn.keep, by_row=True), classes, fingerprint)

    def fingerprint(self, layout: Layout) -> Column:
        return of_row(row_hash(layout.names.schema))
