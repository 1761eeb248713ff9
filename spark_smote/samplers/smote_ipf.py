"""SMOTE-IPF: SMOTE, then the iterative partitioning filter."""

from __future__ import annotations

from typing import Any

from spark_smote.core.combination import OverSampledAndCleaned, taking_after
from spark_smote.core.over_sampler import OverSampler
from spark_smote.core.registry import COMBINATION, register
from spark_smote.core.remover import Remover
from spark_smote.samplers.iterative_partitioning_filter import IterativePartitioningFilter
from spark_smote.samplers.smote import SMOTE


@register(
    family=COMBINATION,
    paper="Sáez et al. 2015",
    rows="those of `IterativePartitioningFilter`, in all classes, after `SMOTE`",
    cost="both",
)
class SMOTEIPF(OverSampledAndCleaned):
    """SMOTE, then the iterative partitioning filter over original and synthetic rows of all classes.

    Parameters
    ----------
    overSampler : over-sampler, default SMOTE()
        Where only a cleaner is given, it takes its columns and other
        common settings from the cleaner.

    cleaner : cleaner, default IterativePartitioningFilter(...)
        Where only an over-sampler is given, it takes its columns and other
        common settings from the over-sampler.


    References
    ----------
    J. A. Sáez, J. Luengo, J. Stefanowski, F. Herrera, "SMOTE-IPF: addressing the noisy and borderline examples problem
    in imbalanced classification by a re-sampling method with filtering", Information Sciences 291 (2015), 184-203.
    Among the ten best of 85 in G. Kovacs, Applied Soft Computing 83 (2019).

    Examples
    --------
    >>> from spark_smote import SMOTEIPF
    >>> df = spark.range(120).selectExpr("id < 30 OR id = 80 AS fraud", "id * 1.0D AS amount")
    >>> SMOTEIPF(inputCols=["amount"], labelCol="fraud", seed=7).resample(df).filter("fraud").count() > 80
    True
    """

    STEPS = SMOTE, IterativePartitioningFilter

    def __init__(
        self, *, overSampler: OverSampler | None = None, cleaner: Remover | None = None, **params: Any
    ) -> None:
        super().__init__(
            overSampler=overSampler or taking_after(SMOTE(), cleaner),
            cleaner=cleaner or taking_after(IterativePartitioningFilter(samplingStrategy="all"), overSampler),
            **params,
        )
