"""Over-sampling, then cleaning: any over-sampler with any cleaner."""

from __future__ import annotations

from typing import Any

from spark_smote.core.chain import Chain
from spark_smote.core.cleaner import Cleaner
from spark_smote.core.over_sampler import OverSampler
from spark_smote.errors import ParameterError


class OverSampledAndCleaned(Chain):
    """Any over-sampler, then any cleaner on its result.

    Parameters
    ----------
    overSampler : over-sampler
    cleaner : cleaner
    **params
        Parameters of either, or of both: inputCols, labelCol, seed, ...

    Raises
    ------
    ParameterError
        For an over-sampler or cleaner that is none, and for values that are wrong whatever the data.

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
        self.steps = (overSampler, cleaner)
        self.setParams(**params)

    @property
    def overSampler(self) -> Any:
        """The over-sampler."""
        return self.steps[0]

    @property
    def cleaner(self) -> Any:
        """The cleaner."""
        return self.steps[1]

    def setParams(self, **params: Any) -> Any:
        """Set parameters of the over-sampler, of the cleaner, or of both where both have them.

        The sampling strategy is the over-sampler's: set the cleaner's on the cleaner.

        Raises
        ------
        ParameterError
        """
        for name, value in params.items():
            parts = [part for part in self.steps if part.hasParam(name)]
            if name == "samplingStrategy" or not parts:
                parts = [self.overSampler]
            for part in parts:
                part.setParams(**{name: value})
        return self

    @classmethod
    def _of(cls, steps: list[Any]) -> Any:
        overSampler, cleaner = steps
        return cls(overSampler=overSampler, cleaner=cleaner)
