"""Instance hardness threshold: removes the rows that a classifier is least sure of."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from pyspark.ml import Pipeline
from pyspark.ml.classification import RandomForestClassifier
from pyspark.ml.util import MLWriter

from spark_smote.core.context import PlanningContext
from spark_smote.core.effort import Effort
from spark_smote.core.execution import Decision
from spark_smote.core.parameter import ANY_INTEGER, INT, Kind, Parameter, accepted_by, at_least
from spark_smote.core.parts import PartsReader, PartsWriter
from spark_smote.core.registry import UNDER_SAMPLER, register
from spark_smote.core.searching import worker_memory
from spark_smote.core.stages import check_estimator, is_plain, probabilistic
from spark_smote.core.under_sampler import UnderSampler
from spark_smote.errors import ParameterError, TooFewRowsError
from spark_smote.kernels.cleaning import ALL
from spark_smote.spark.columns import in_classes
from spark_smote.spark.group_classes import numbers_of_labels
from spark_smote.spark.out_of_fold import PROBABILITY, by_class, by_label, folded, folds_of, probabilities
from spark_smote.spark.removal import MOST_FETCHED, RowKeys, Selection, lowest

_PARTS = "estimator"
_FIT_SECONDS = 3e-6
"""Of one core, for a feature of a row that the default estimator is fitted on, by order of magnitude."""


@register(
    family=UNDER_SAMPLER,
    paper="Smith et al. 2014",
    rows="all but the wanted number of rows, those that a classifier is least sure of; counts are exact",
    cost="`cv` fits of the classifier on all rows",
)
class InstanceHardnessThreshold(UnderSampler):
    """Keeps of each class the wanted number of rows to which a classifier gives the highest probability of their class.

    The rows are dealt to ``cv`` folds by their content, each class evenly; equal rows are in one fold. A row's
    probability comes from a classifier that was fitted on all other folds. Of equal probabilities, to a millionth, rows
    with the smaller content hash are kept, so counts are exact; imbalanced-learn takes a percentile as the threshold,
    and keeps every row that reaches it.

    The rows kept depend on the content and the seed alone as far as the classifier does. Its rows come in partitions of
    some 250,000 and in an order that their content gives. A random forest adds up whole numbers, so that it is the same
    each time; a classifier that adds up fractions may differ in the last digits above one partition.

    With ``groupCols`` the classifiers are those of all groups: each is fitted to rows of all of them, by their labels,
    and is told no group. Of each class of a group the wanted number of rows is kept, those of which it is surest; so
    counts are exact in each group, but a group does not keep the rows that it would keep alone. Where the group matters
    for the class, encode it as a feature in a column of its own. Classifiers of each group would be ``cv`` fits of
    Spark for each.

    Parameters
    ----------
    estimator
        Any classifier of Spark ML, or of its kind, that gives probabilities. It is fitted on the features as one
        vector, with the numbers of the classes in sorted order as labels: its own columns do not count. If not set,
        ``RandomForestClassifier()`` (20 trees of 5 levels; imbalanced-learn has 100 trees of any depth). The
        configuration of a job names one of Spark ML: ``estimator: LogisticRegression``, and its parameters under
        ``estimatorParams``.
    cv
        Number of folds, at least 2.
    seed
        Seed of the folds, and of an estimator that has none of its own.

    Raises
    ------
    ParameterError
        For values that are wrong whatever the data.
    TooFewRowsError
        All rows of a class are in one fold: it has one row, or only equal ones.

    References
    ----------
    M. R. Smith, T. Martinez, C. Giraud-Carrier, "An instance level analysis of data complexity", Machine Learning 95
    (2014), 225-256.

    Examples
    --------
    >>> from pyspark.ml.classification import NaiveBayes
    >>> from spark_smote import InstanceHardnessThreshold
    >>> df = spark.range(120).selectExpr("id < 30 AS fraud", "id * 1.0D AS amount")
    >>> sampler = InstanceHardnessThreshold(
    ...     inputCols=["amount"], labelCol="fraud", estimator=NaiveBayes(modelType="gaussian"), seed=7
    ... )
    >>> sampler.resample(df).filter("NOT fraud").selectExpr("count(*)", "min(amount) > 40").first()
    Row(count(1)=30, (min(amount) > 40)=True)
    """

    CACHES = True
    PLANNING_READS: ClassVar[Mapping[str, int]] = {"hardness": 0}
    WRITING_READS = 2

    estimator = Parameter(
        Kind[Any](Any, "estimator of Spark ML", lambda value: value),
        accepted_by(lambda value: _check_classifier(value), "a classifier that gives probabilities"),
    )
    cv = Parameter(INT, at_least(2), default=5)
    seed = Parameter(INT, ANY_INTEGER, default=0)

    def effort(self, context: PlanningContext) -> Effort:
        survey = context.survey
        rows, folds = sum(survey.rows.values()), self.getOrDefault(self.cv)
        return Effort(
            _FIT_SECONDS * (folds - 1) * rows * survey.width,
            f"{folds} fits of a classifier on {rows * (folds - 1) // folds:,} rows of {survey.width:,} features",
            "lower cv, set an estimator that is fitted faster, or use RandomUnderSampler before it or instead",
        )

    def decide(self, context: PlanningContext) -> Decision:
        worker_memory(self, context)
        wanted = self.wanted(context)
        work = None
        if wanted:
            with context.stage("hardness"):
                work = self._select(context, wanted)
        figures = {number: {"to_remove": context.valid(number) - rows} for number, rows in wanted.items()}
        return Decision(work, context.classes(figures), notes=self.note(wanted))

    def _select(self, context: PlanningContext, wanted: Mapping[int, int]) -> Selection:
        folds, seed = self.getOrDefault(self.cv), self.getOrDefault(self.seed)
        classes, usable, grouped = tuple(sorted(wanted)), context.source.usable(), bool(context.source.layout.groups)
        labels, numbers = numbers_of_labels(context.source.labels)
        judged = by_label(usable, numbers) if grouped else usable
        count = sum(context.usable().values())
        rows = context.cache.keep(folded(judged, count, folds, seed, len(labels)))
        for number, found in folds_of(rows).items():
            if found < 2:
                same = sum(context.valid(one) for one, label in enumerate(numbers) if label == number)
                raise TooFewRowsError(
                    f"class {labels[number]!r}: all its {same} usable rows are in one of cv={folds} folds, for there "
                    "is one row or all are equal, and a classifier fitted on the others would not know the class; "
                    "drop it, or use RandomUnderSampler"
                )
        classifier = self.optional(self.estimator) or RandomForestClassifier()
        scored, models = probabilities(rows, classifier, folds, seed, sorted({numbers[one] for one in classes}))
        if grouped:
            usable = usable.filter(in_classes(classes))
            scored = by_class(scored, usable, numbers)
        kept = RowKeys.settled(lowest(scored, usable, wanted, PROBABILITY, ALL, highest=True), context.cache, ALL)
        if sum(wanted.values()) > MOST_FETCHED:
            return Modelled(kept=kept, classes=classes, models=tuple(models))
        # A model is part of a reference cycle. On Connect it calls the server when it is collected; if this happens
        # during another call, both wait for ever (pyspark 4.3). So the models are collected now.
        del scored
        models.clear()
        gc.collect()
        return Selection(kept=kept, classes=classes)

    def copy(self, extra: Any = None) -> Any:
        """A copy with a copy of the estimator; ``extra`` may have parameters of either."""
        copied = super().copy(extra)
        if copied.isSet(copied.estimator):
            copied._set(estimator=copied.getOrDefault(copied.estimator).copy(extra))
        return copied

    def write(self) -> MLWriter:
        """A writer that saves the parameters, and the estimator beside them."""
        settings = self.copy()
        settings.clear(settings.estimator)
        stages = [self.getOrDefault(self.estimator)] if self.isSet(self.estimator) else []
        return PartsWriter(settings, Pipeline(stages=stages), _PARTS)

    @classmethod
    def read(cls) -> Any:
        """A reader for the format of :meth:`write`; :meth:`load` uses it."""
        return PartsReader(cls, Pipeline, _PARTS, lambda loaded, parts: _attach(loaded, parts.getStages()))


@dataclass(frozen=True)
class Modelled(Selection):
    """Rows that stay, too many for their keys to be known before the result is made.

    Parameters
    ----------
    gone, kept, classes
        See :class:`Selection`.
    models : tuple of pyspark.ml.Model
        By which ``kept`` is found; Connect forgets a model that nothing refers to.
    """

    models: tuple[Any, ...] = ()


def _attach(sampler: InstanceHardnessThreshold, stages: list[Any]) -> None:
    """Give a sampler the estimator that was saved, if there was one."""
    for stage in stages:
        sampler._set(estimator=stage)


def _check_classifier(value: Any) -> None:
    check_estimator(value)
    probabilistic(value, "estimator of InstanceHardnessThreshold")
    if not is_plain(value) or not value.hasParam("featuresCol"):
        raise ParameterError(
            f"estimator must be a classifier itself, not a {type(value).__name__}: it is fitted on the features that "
            "inputCols or featuresCol name"
        )
    if value.hasParam("weightCol") and value.isSet("weightCol") and value.getOrDefault("weightCol"):
        raise ParameterError(
            f"estimator: {type(value).__name__} reads weights from {value.getOrDefault('weightCol')!r}, but it is "
            "given the features only; clear its weightCol"
        )
