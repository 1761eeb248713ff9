"""The planning context: the input's rows, the survey, and what each class is to get."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from spark_smote.core.plan import ClassPlan
from spark_smote.kernels.fingerprint import Fingerprint
from spark_smote.kernels.missing import PresentMoments
from spark_smote.kernels.moments import ExactMoments
from spark_smote.kernels.seeding import Task
from spark_smote.spark.cached import FrameCache
from spark_smote.spark.group_classes import by_group
from spark_smote.spark.guard import InputFingerprint
from spark_smote.spark.input_rows import InputRows
from spark_smote.spark.row_fingerprint import RowFingerprint
from spark_smote.spark.survey import Survey


@dataclass(frozen=True)
class PlanningContext:
    """All that a sampler knows when it decides.

    Parameters
    ----------
    source : InputRows
    survey : Survey
    stage : callable
        Takes a stage's name and returns a context manager that times the stage.
    cache : FrameCache
        Keeps frames until the plan is made.
    tasks : mapping of class to Task
        The quota of each class that an over-sampler has to grow; other classes are left out.
    moments : dict of class to ExactMoments or PresentMoments
        Of the classes whose deviations have been asked for; see :mod:`spark_smote.core.statistics`.
    quotas : dict of label to int
        Rows to synthesise, once they have been asked for: a function as ``samplingStrategy`` may take long, or not say
        the same again.
    """

    source: InputRows
    survey: Survey
    stage: Callable[[str], AbstractContextManager[None]]
    cache: FrameCache
    tasks: Mapping[int, Task] = field(default_factory=dict)
    moments: dict[int, ExactMoments | PresentMoments] = field(default_factory=dict)
    quotas: dict[Any, int] = field(default_factory=dict)

    def label(self, number: int) -> Any:
        """The label of a class, or the class within its group."""
        return self.source.labels[number]

    def valid(self, number: int) -> int:
        """Usable rows of a class."""
        return self.survey.valid[self.label(number)]

    def usable(self) -> dict[int, int]:
        """Usable rows of each class that has any."""
        return {number: rows for number, rows in enumerate(self.survey.valid.values()) if rows}

    def beside(self, number: int) -> Mapping[int, int]:
        """Usable rows of each class that has any, of the group of this class; of all where there are no groups."""
        return self._beside[number]

    @cached_property
    def _beside(self) -> dict[int, dict[int, int]]:
        usable = self.usable()
        groups = [{number: usable[number] for number in own} for own in by_group(self.source.labels, usable)]
        return {number: own for own in groups for number in own}

    def beside_growing(self, number: int) -> int:
        """How many classes of the group of this class grow."""
        return sum(other in self.tasks for other in self.beside(number))

    def group(self, number: int) -> Any:
        """The group of a class, None where there are no groups."""
        return getattr(self.label(number), "group", None)

    def classes(self, figures: Mapping[int, Mapping[str, Any]]) -> tuple[ClassPlan, ...]:
        """The plan of each class: its rows, and the figures given for it, by the name of a field of ClassPlan."""
        return tuple(
            ClassPlan(
                label,
                rows,
                invalid=rows - self.valid(number),
                missing=self.survey.missing.get(label, 0),
                **figures.get(number, {}),
            )
            for number, (label, rows) in enumerate(self.survey.rows.items())
        )

    def check(self, number: int, now: Fingerprint) -> None:
        """Refuse a class whose usable rows are not those that the survey saw.

        Raises
        ------
        ChangedInputError
        """
        label = self.label(number)
        Fingerprint(self.survey.valid[label], self.survey.fingerprints[label]).check(now, f"class {label!r}")

    def fingerprint(self, row: RowFingerprint | None) -> InputFingerprint:
        """The input as the survey saw it; ``row`` is a row's fingerprint, None if only labels have a say."""
        survey = self.survey
        rows = sum(survey.rows.values()) + survey.unlabelled
        return InputFingerprint(
            self.source.layout.label, rows, survey.labels, survey.values, row, self.source.layout.groups
        )
