"""An over-sampler followed by a cleaner."""

from __future__ import annotations

from typing import Any, TypeVar

from spark_smote.core.chain import Chain
from spark_smote.core.over_sampler import OverSampler
from spark_smote.core.parameter import parameters
from spark_smote.core.remover import Remover
from spark_smote.core.resampler import Resampler
from spark_smote.errors import ParameterError

Step = TypeVar("Step", bound=Resampler)


class OverSampledAndCleaned(Chain):
    """Any over-sampler, followed by any cleaner of its result.

    As in any :class:`Chain` the two steps are copies of the samplers given,
    which stay as they are. The constructor and the setters set a parameter on
    each of the two that has it, except the sampling strategy, which is the
    over-sampler's: set the cleaner's on the cleaner.

    Parameters
    ----------
    overSampler : over-sampler
    cleaner : cleaner

    Raises
    ------
    ParameterError
        For an over-sampler or cleaner of another kind, different label columns,
        and parameter values that are wrong whatever the data.

    Examples
    --------
    >>> from spark_smote import ADASYN, OverSampledAndCleaned, TomekLinks
    >>> df = spark.range(120).selectExpr("id % 4 = 0 AS fraud", "id * 1.0D AS amount")
    >>> both = OverSampledAndCleaned(
    ...     overSampler=ADASYN(seed=7), cleaner=TomekLinks(), inputCols=["amount"], labelCol="fraud"
    ... )
    >>> both.resample(df).filter("fraud").count() <= 90
    True
    """

    STEPS = OverSampler, Remover

    def __init__(self, *, overSampler: OverSampler, cleaner: Remover, **params: Any) -> None:
        if not isinstance(overSampler, OverSampler):
            raise ParameterError(f"overSampler must be an over-sampler such as SMOTE(), not {overSampler!r}")
        if not isinstance(cleaner, Remover):
            raise ParameterError(f"cleaner must be a cleaner such as TomekLinks(), not {cleaner!r}")
        super().__init__(overSampler, cleaner, **params)

    @property
    def overSampler(self) -> Any:
        """The over-sampler, the chain's own copy.

        Examples
        --------
        >>> from spark_smote import SMOTE, SMOTEENN
        >>> SMOTEENN(overSampler=SMOTE(kNeighbors=3), seed=7).overSampler.getOrDefault("seed")
        7
        """
        return self.steps[0]

    @property
    def cleaner(self) -> Any:
        """The cleaner, the chain's own copy.

        Examples
        --------
        >>> from spark_smote import SMOTEENN
        >>> SMOTEENN(samplingStrategy=0.5).cleaner.getSamplingStrategy()
        'all'
        """
        return self.steps[1]

    def _owners(self, name: str) -> list[Resampler]:
        return super()._owners(name)[:1] if name == "samplingStrategy" else super()._owners(name)

    @classmethod
    def _of(cls, steps: list[Any]) -> Any:
        if len(steps) != 2:
            raise ParameterError(f"{cls.__name__} has two steps, an over-sampler and a cleaner, not {steps!r}")
        return cls(overSampler=steps[0], cleaner=steps[1])


def taking_after(step: Step, other: Resampler | None) -> Step:
    """A default step with the columns and other settings that the step given has, where both share a parameter."""
    if isinstance(other, Resampler):
        shared = [one for one in parameters(type(step)) if getattr(type(other), one.name, None) is one]
        step.setParams(**{one.name: other.getOrDefault(one.name) for one in shared if other.isSet(one.name)})
    return step
