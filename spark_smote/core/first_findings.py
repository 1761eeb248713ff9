"""What planning finds by the way: the findings of ``diagnose`` that need no job of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from spark_smote.core.class_rules import CountedClasses, typed
from spark_smote.core.context import PlanningContext
from spark_smote.core.statistics import spreads
from spark_smote.core.symptom import Criterion, Symptom, by_weight
from spark_smote.spark.collected import number_names

CONSTANT = Criterion(
    "constantFeatures", 0.6, 1, "a rule of thumb of ours", "leave it out: it costs time and tells nothing"
)


def first_findings(context: PlanningContext, others: Mapping[int, Sequence[int]]) -> tuple[Symptom, ...]:
    """The findings that follow from what planning has counted, those of most weight first; no job runs.

    Parameters
    ----------
    context : PlanningContext
    others : mapping of class to sequence of int
        Of each class whose rows were weighed by their m nearest rows, how many have 0 to m of other classes.
    """
    survey, features = context.survey, context.source.layout.features
    counted = CountedClasses(
        survey.rows,
        unusable=sum(survey.rows.values()) - sum(survey.valid.values()),
        features=survey.width + len(features.copied),
        others={context.label(number): typed(rows) for number, rows in others.items()},
    )
    return by_weight([*_constant(context), *counted.findings()])


def _constant(context: PlanningContext) -> Iterator[Symptom]:
    survey, layout = context.survey, context.source.layout
    same = [layout.schema[place].name for place, (low, high) in survey.ranges.items() if low == high is not None]
    if context.moments and context.moments.keys() >= context.usable().keys():
        # Numbers that a sampler adds of its own have no names.
        named = zip(number_names(layout, survey.width), spreads(context), strict=False)
        same = [name for name, spread in named if not spread]
    if same:
        yield CONSTANT.found(f"one value only: {', '.join(map(repr, same[:6]))}", len(same), tuple(same))
