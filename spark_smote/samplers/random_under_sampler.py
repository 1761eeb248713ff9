"""Random under-sampling: keeps a random sample of the larger classes."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from spark_smote import strategy
from spark_smote.core.bootstrap import Bootstrap
from spark_smote.core.context import PlanningContext
from spark_smote.core.execution import Decision
from spark_smote.core.parameter import ANY_INTEGER, BOOL, INT, TRUE_OR_FALSE, Parameter
from spark_smote.core.params import UnderSamplingParams, as_dict
from spark_smote.core.registry import UNDER_SAMPLER, register
from spark_smote.core.resampler import Resampler
from spark_smote.core.selection import drawn_rows
from spark_smote.kernels.draws import class_key
from spark_smote.spark.draw import Draw, Ranges, draw
from spark_smote.spark.layout import Layout
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

    Parameters
    ----------
    replacement
        Whether a class that shrinks is drawn with replacement: each draw takes any of its rows, so some rows come
        several times.
    seed
        The same data and the same seed keep the same rows, whatever the partitions, their order, or retries.

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

    replacement = Parameter(BOOL, TRUE_OR_FALSE, default=False)
    seed = Parameter(INT, ANY_INTEGER, default=0)

    def decide(self, context: PlanningContext) -> Decision:
        present, labels, layout = context.survey.rows, context.source.labels, context.source.layout
        asked = as_dict(self.getOrDefault(self.samplingStrategy))
        gone = strategy.resolve_under(asked, present, self.getOrDefault(self.ifBalanced))
        rows = {number: present[label] for number, label in enumerate(labels) if gone[label]}
        classes = context.classes({number: {"to_remove": gone[label]} for number, label in enumerate(labels)})
        if not rows:
            return Decision(None, classes, notes=self.note_balanced(asked, gone))
        wanted = {number: count - gone[labels[number]] for number, count in rows.items()}
        drawable, seed = context.source.drawable(), self.getOrDefault(self.seed)
        drawn: Draw | Bootstrap
        with context.stage("draw"):
            if self.getOrDefault(self.replacement):
                keys = {number: class_key(seed, labels[number]) for number in rows}
                drawn = Bootstrap(Ranges.of(drawable, rows), wanted, keys)
            else:
                drawn = draw(drawable, rows, wanted, seed)
        of_drawn = OfClasses(layout.label, tuple(labels[number] for number in rows), self.fingerprint(layout))
        fingerprint = replace(context.fingerprint(of_drawn), values=sum(drawn.fingerprints.values()))
        return Decision(partial(drawn_rows, draw=drawn), classes, fingerprint)

    def fingerprint(self, layout: Layout) -> RowFingerprint:
        return OfWholeRow(layout.schema)
