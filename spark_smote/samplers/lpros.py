"""LP-ROS: random over-sampling of rare label sets."""

from __future__ import annotations

from typing import Any

from spark_smote.core.label_set_sampler import LabelSetCopier, Sets
from spark_smote.core.registry import MULTI_LABEL, register
from spark_smote.kernels.label_bags import powerset_clones


@register(
    family=MULTI_LABEL,
    paper="Charte et al. 2013",
    rows="copies of rows whose label set is rare",
    cost="two passes over all columns",
)
class LPROS(LabelSetCopier):
    """LP-ROS for rows with several labels: copies of rows whose label set is rare.

    The label set is the class (label powerset). Label sets with fewer rows than the mean are copied, in equal parts,
    but none beyond the mean; what one cannot take goes to the smaller ones. If all have reached the mean, there are
    fewer copies. Each row of a label set is copied as often as any other, to within one.

    References
    ----------
    F. Charte, A. J. Rivera, M. J. del Jesus, F. Herrera, "A first approach to deal with imbalance in multi-label
    datasets", HAIS 2013; "Addressing imbalance in multilabel classification: measures and random resampling
    algorithms", Neurocomputing 163 (2015), 3-16.

    Examples
    --------
    >>> from spark_smote import LPROS
    >>> df = spark.range(100).selectExpr("id", "IF(id % 10 = 0, array('war'), array('drama')) AS labels")
    >>> more = LPROS(labelCol="labels", share=0.2, seed=7).resample(df)
    >>> more.groupBy("labels").count().orderBy("labels").show()
    +-------+-----+
    | labels|count|
    +-------+-----+
    |[drama]|   90|
    |  [war]|   30|
    +-------+-----+
    <BLANKLINE>
    """

    def changes(self, sets: Sets) -> dict[tuple[Any, ...], int]:
        return powerset_clones(sets, self.wanted(sets))
