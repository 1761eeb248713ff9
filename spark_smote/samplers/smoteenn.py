"""SMOTE, then edited nearest neighbours."""

from __future__ import annotations

from typing import Any

from spark_smote.core.cleaner import Cleaner
from spark_smote.core.combination import OverSampledAndCleaned, taking_after
from spark_smote.core.over_sampler import OverSampler
from spark_smote.core.registry import COMBINATION, register
from spark_smote.samplers.edited_nearest_neighbours import EditedNearestNeighbours
from spark_smote.samplers.smote import SMOTE


@register(
    family=COMBINATION,
    paper="Batista et al. 2004",
    rows="those of `EditedNearestNeighbours`, in all classes, after `SMOTE`",
    cost="both",
)
class SMOTEENN(OverSampledAndCleaned):
    """SMOTE, then edited nearest neighbours in all classes.

    Parameters
    ----------
    overSampler : over-sampler, default SMOTE()
        Where only a cleaner is given, it takes its columns and other
        common settings from the cleaner.

    cleaner : cleaner, default EditedNearestNeighbours(samplingStrategy="all")
        Where only an over-sampler is given, it takes its columns and other
        common settings from the over-sampler.


    References
    ----------
    G. E. A. P. A. Batista, R. C. Prati, M. C. Monard, "A study of the behavior of several methods for balancing machine
    learning training data", SIGKDD Explorations 6 (2004).

    Examples
    --------
    >>> from spark_smote import SMOTEENN
    >>> df = spark.range(120).selectExpr("id < 30 AS fraud", "id * 1.0D AS amount")
    >>> SMOTEENN(inputCols=["amount"], labelCol="fraud", seed=7).resample(df).filter("fraud").count() > 80
    True
    """

    STEPS = SMOTE, EditedNearestNeighbours

    def __init__(
        self, *, overSampler: OverSampler | None = None, cleaner: Cleaner | None = None, **params: Any
    ) -> None:
        super().__init__(
            overSampler=overSampler or taking_after(SMOTE(), cleaner),
            cleaner=cleaner or taking_after(EditedNearestNeighbours(samplingStrategy="all"), overSampler),
            **params,
        )
