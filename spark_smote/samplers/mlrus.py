"""ML-RUS: random under-sampling of the bags of frequent labels."""

from __future__ import annotations

from typing import Any

from spark_smote.core.label_set_sampler import LabelSetSampler, Sets
from spark_smote.core.parameter import POSITIVE_SHARE
from spark_smote.core.registry import MULTI_LABEL, register
from spark_smote.kernels.draws import class_key
from spark_smote.kernels.label_bags import bag_deletions


@register(
    family=MULTI_LABEL,
    paper="Charte et al. 2015",
    rows="rows that have a frequent label go",
    cost="two passes over all columns",
)
class MLRUS(LabelSetSampler):
    """ML-RUS for rows with several labels: deletes rows that have a frequent label.

    The bag of a label is all rows that have it. The bags of the labels with IRLbl below MeanIR (see
    :func:`spark_smote.label_imbalance`) lose a row in turn, until there are enough. A bag is left out from when IRLbl
    of its label, deleted rows apart, is MeanIR or more; if all are, fewer rows are deleted. A row that has a rare label
    beside a frequent one may be deleted too.

    The rows of a label set are drawn by their content. Beyond 4,096 rows, a bag loses a 4,096th of them in its turn.

    References
    ----------
    F. Charte, A. J. Rivera, M. J. del Jesus, F. Herrera, "Addressing imbalance in multilabel classification: measures
    and random resampling algorithms", Neurocomputing 163 (2015), 3-16.

    Examples
    --------
    >>> from spark_smote import MLRUS
    >>> df = spark.range(100).selectExpr("id", "IF(id % 10 = 0, array('war'), array('drama')) AS labels")
    >>> fewer = MLRUS(labelCol="labels", share=0.2, seed=7).resample(df)
    >>> fewer.groupBy("labels").count().orderBy("labels").show()
    +-------+-----+
    | labels|count|
    +-------+-----+
    |[drama]|   70|
    |  [war]|   10|
    +-------+-----+
    <BLANKLINE>
    """

    share = LabelSetSampler.share.but(constraint=POSITIVE_SHARE)

    def changes(self, sets: Sets) -> dict[tuple[Any, ...], int]:
        deleted = bag_deletions(sets, self.wanted(sets), class_key(self.getOrDefault(self.seed), "ML-RUS"))
        return {labels: -rows for labels, rows in deleted.items()}
