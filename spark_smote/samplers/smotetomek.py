"""SMOTE, then Tomek links."""

from __future__ import annotations

from typing import Any

from spark_smote.core.cleaner import Cleaner
from spark_smote.core.combination import OverSampledAndCleaned, taking_after
from spark_smote.core.over_sampler import OverSampler
from spark_smote.core.registry import COMBINATION, register
from spark_smote.samplers.smote import SMOTE
from spark_smote.samplers.tomek_links import TomekLinks


@register(
    family=COMBINATION,
    paper="Batista et al. 2003",
    rows="those of `TomekLinks`, in all classes, after `SMOTE`",
    cost="both",
)
class SMOTETomek(OverSampledAndCleaned):
    """SMOTE, followed by the removal of both ends of every Tomek link.

    Parameters
    ----------
    overSampler : over-sampler, default SMOTE()
        Where only a cleaner is given, it takes its columns and other
        common settings from the cleaner.

    cleaner : cleaner, default TomekLinks(samplingStrategy="all")
        Where only an over-sampler is given, it takes its columns and other
        common settings from the over-sampler.


    References
    ----------
    G. E. A. P. A. Batista, A. L. C. Bazzan, M. C. Monard, "Balancing training data for automated annotation of
    keywords: a case study", Workshop on Bioinformatics (2003).

    Examples
    --------
    >>> from spark_smote import SMOTETomek
    >>> df = spark.range(120).selectExpr("id < 30 AS fraud", "id * 1.0D AS amount")
    >>> SMOTETomek(inputCols=["amount"], labelCol="fraud", seed=7).resample(df).filter("fraud").count() > 80
    True
    """

    STEPS = SMOTE, TomekLinks

    def __init__(
        self, *, overSampler: OverSampler | None = None, cleaner: Cleaner | None = None, **params: Any
    ) -> None:
        super().__init__(
            overSampler=overSampler or taking_after(SMOTE(), cleaner),
            cleaner=cleaner or taking_after(TomekLinks(samplingStrategy="all"), overSampler),
            **params,
        )
