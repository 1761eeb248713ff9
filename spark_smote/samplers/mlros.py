"""ML-ROS: random over-sampling of the bags of rare labels."""

from __future__ import annotations

from typing import Any

from spark_smote.core.label_set_sampler import LabelSetCopier, Sets
from spark_smote.core.registry import MULTI_LABEL, register
from spark_smote.kernels.draws import class_key
from spark_smote.kernels.label_bags import bag_clones


@register(
    family=MULTI_LABEL,
    paper="Charte et al. 2015",
    rows="copies of rows that have a rare label",
    cost="two passes over all columns",
)
class MLROS(LabelSetCopier):
    """ML-ROS for rows with several labels: copies of rows that have a rare label.

    The bag of a label is all rows that have it. The bags of the labels with IRLbl above MeanIR (see
    :func:`spark_smote.label_imbalance`) give a copy of a row in turn, until there are enough. A bag is left out from
    when IRLbl of its label, copies counted, is MeanIR or less; if all are, there are fewer copies.

    A row drawn stands for its label set: the copies of a label set are spread over its rows, so that each is copied as
    often as any other, to within one. Beyond 4,096 copies, a bag gives a 4,096th of them in its turn.

    References
    ----------
    F. Charte, A. J. Rivera, M. J. del Jesus, F. Herrera, "Addressing imbalance in multilabel classification: measures
    and random resampling algorithms", Neurocomputing 163 (2015), 3-16.

    Examples
    --------
    >>> from spark_smote import MLROS
    >>> df = spark.range(100).selectExpr("id", "IF(id % 10 = 0, array('war'), array('drama')) AS labels")
    >>> more = MLROS(labelCol="labels", share=0.2, seed=7).resample(df)
    >>> more.groupBy("labels").count().orderBy("labels").show()
    +-------+-----+
    | labels|count|
    +-------+-----+
    |[drama]|   90|
    |  [war]|   18|
    +-------+-----+
    <BLANKLINE>
    """

    def changes(self, sets: Sets) -> dict[tuple[Any, ...], int]:
        return bag_clones(sets, self.wanted(sets), class_key(self.getOrDefault(self.seed), "ML-ROS"))
