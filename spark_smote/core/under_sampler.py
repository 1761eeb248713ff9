"""The base of under-samplers that look at features and bring classes to a wanted size."""

from __future__ import annotations

from collections.abc import Mapping

from spark_smote import strategy
from spark_smote.core.context import PlanningContext
from spark_smote.core.grouping import resolved
from spark_smote.core.params import FeatureParams, UnderSamplingParams, as_dict
from spark_smote.core.resampler import Resampler
from spark_smote.errors import InvalidDataError


class UnderSampler(UnderSamplingParams, Resampler, FeatureParams):
    """Base of under-samplers that look at features; rows that take no part stay and count for their class."""

    def wanted(self, context: PlanningContext) -> dict[int, int]:
        """Usable rows that each class that shrinks is to have.

        Raises
        ------
        InvalidDataError
            More rows take no part, and therefore stay, than the class is to have.
        """
        rows = context.survey.rows
        asked = as_dict(self.getOrDefault(self.samplingStrategy))
        gone = resolved(strategy.resolve_under, asked, rows, self.getOrDefault(self.ifBalanced))
        wanted = {}
        for number, (label, removed) in enumerate(gone.items()):
            if removed > context.valid(number):
                invalid = rows[label] - context.valid(number)
                raise InvalidDataError(
                    f"class {label!r} shall keep {rows[label] - removed} rows, but has {invalid} with a null, NaN or "
                    "infinite feature, which all stay; drop them, or ask for more"
                )
            if removed:
                wanted[number] = context.valid(number) - removed
        return wanted

    def note(self, wanted: Mapping[int, int]) -> tuple[str, ...]:
        """A note for the plan, where a ratio asks for no row to be removed."""
        return self.note_balanced(as_dict(self.getOrDefault(self.samplingStrategy)), wanted)
