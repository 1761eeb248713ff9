"""The base of over-samplers for regression: the bumps of a numeric target take the place of classes."""

from __future__ import annotations

from dataclasses import replace

from spark_smote.core.context import PlanningContext
from spark_smote.core.execution import Decision
from spark_smote.core.over_sampler import OverSampler, Prepared, described
from spark_smote.core.params import refuse_set
from spark_smote.core.target_sampler import BumpClasses
from spark_smote.core.whole_row_sampler import Kept
from spark_smote.spark.columns import Names
from spark_smote.spark.draw import draw
from spark_smote.spark.features import Features
from spark_smote.spark.row_fingerprint import OfClasses, OfWholeRow, SumOf
from spark_smote.spark.target import find_target, with_target


class BumpSampler(BumpClasses, OverSampler):
    """Base of samplers for regression that make rows of the features and the target."""

    ifBalanced = None  # type: ignore[assignment]
    NOUN = "bump"
    KEEPS = False
    POOLS = False

    def looks_at_all(self) -> bool:
        return True

    def _check_params(self) -> None:
        super()._check_params()
        refuse_set(self, ("featureWeights", "metric", "bounds"), "the target goes with the features through the search")

    def features(self, names: Names) -> Features:
        return with_target(names, super().features(names), find_target(names, self.getOrDefault(self.targetCol)))

    def decide(self, context: PlanningContext) -> Decision:
        survey, layout = context.survey, context.source.layout
        totals = self.totals(context)
        more = {bump: max(0, totals[bump] - rows) for bump, rows in survey.rows.items()}
        fewer = {number: totals[bump] for number, (bump, rows) in enumerate(survey.rows.items()) if totals[bump] < rows}
        context = replace(context, tasks=self._tasks(survey, more))
        present = list(survey.rows.values())
        # What is to be made is decided first, for it may be refused.
        prepared = self.prepare(context) if context.tasks else Prepared({})
        few = self.few(context.tasks, list(more.values()))
        classes = tuple(
            replace(one, to_remove=max(0, one.rows - totals[one.label])) for one in described(context, prepared)
        )
        row = self.fingerprint(layout)
        if not fewer:
            notes = self._inherited(layout)
            return Decision(prepared.work, classes, context.fingerprint(row), adds=True, notes=notes, too_few=few)
        with context.stage("draw"):
            rows = {number: present[number] for number in fewer}
            drawn = draw(context.source.drawable(), rows, fewer, self.getOrDefault(self.seed))
        labels = tuple(context.label(number) for number in fewer)
        of_drawn = OfClasses(layout.label, labels, OfWholeRow(layout.schema), layout.groups)
        values = survey.values + sum(drawn.fingerprints.values())
        fingerprint = replace(context.fingerprint(SumOf((row, of_drawn))), values=values)
        notes = self._inherited(layout)
        if prepared.work is None:
            return Decision(Kept(drawn), classes, fingerprint, notes=notes, too_few=few)
        return Decision(prepared.work, classes, fingerprint, adds=True, notes=notes, rest=Kept(drawn), too_few=few)
