"""An over-sampler followed by a cleaner."""

from __future__ import annotations

from typing import Any

from spark_smote.core.chain import Chain
from spark_smote.core.cleaner import Cleaner
from spark_smote.core.over_sampler import OverSampler
from spark_smote.core.resampler import Resampler
from spark_smote.errors import ParameterError


class OverSampledAndCleaned(Chain):
    """Any over-sampler, followed by any cleaner of its result.

    As in any :class:`Chain` the two steps are copies of the samplers given, which stay as they are. A parameter that
    both have is set on both by the constructor and :meth:`setParams`, except the sampling strategy, which is the
    over-sampler's: set the cleaner's on the cleaner.

    Parameters
    ----------
    overSampler : over-sampler
    cleaner : cleaner
    **params
        Parameters of either, or of both: inputCols, labelCol, seed, ...

    Raises
    ------
    ParameterError
        For an over-sampler or cleaner of another kind, different label columns, and parameter values that are wrong
        whatever the data.

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

    def __init__(self, *, overSampler: OverSampler, cleaner: Cleaner, **params: Any) -> None:
        if not isinstance(overSampler, OverSampler):
            raise ParameterError(f"overSampler must be an over-sampler such as SMOTE(), not {overSampler!r}")
        if not isinstance(cleaner, Cleaner):
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
