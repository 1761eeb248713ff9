"""Correction of the probabilities of a model that was trained on other class shares than the true ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pyspark.ml import Transformer
from pyspark.ml.feature import ElementwiseProduct, Normalizer
from pyspark.ml.linalg import Vectors, VectorUDT
from pyspark.ml.param import TypeConverters
from pyspark.ml.param.shared import HasProbabilityCol
from pyspark.ml.util import DefaultParamsReadable, DefaultParamsWritable
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_smote.core.parameter import COLUMN, STR, Constraint, Kind, Parameter
from spark_smote.errors import ColumnError, ParameterError
from spark_smote.spark.columns import Names, quoted, type_name

_SHARES = Kind[list[float]](Sequence[float] | Mapping[int, float], "list or dict of float", lambda v: _to_shares(v))
_NOT_ALL_0 = Constraint("numbers of 0 and more, not all 0", lambda shares: sum(shares) > 0)


class PriorCorrection(Transformer, HasProbabilityCol, DefaultParamsReadable[Any], DefaultParamsWritable):
    """Corrects the probabilities of a model that was trained on resampled
    classes for the true class shares.

    The corrected p(c) is proportional to p'(c) * truePriors(c) /
    trainPriors(c), where p' is the model's probability. The column of
    predictions does not change: to decide by the corrected probabilities,
    compare them with a threshold of your choice
    (:func:`spark_smote.ml.best_threshold`).

    Parameters
    ----------
    trainPriors : list or dict of float
        Shares, or numbers of rows, of the classes in the model's training data:
        a list in the order of Spark's class indices, or a dict of index to
        share.
    truePriors : list or dict of float
        Shares, or numbers of rows, of the classes in the data that the model
        scores.
    probabilityCol : str, default 'probability'
        Column of probability vectors.
    outputCol : str, optional
        Column for the corrected probabilities; ``probabilityCol`` is replaced
        unless it is given.

    Raises
    ------
    ParameterError
        For shares that are negative or not finite, lists of different lengths,
        and a class with a true share but none in training.

    References
    ----------
    M. Saerens, P. Latinne, C. Decaestecker, "Adjusting the outputs of a
    classifier to new a priori probabilities: a simple procedure", Neural
    Computation 14 (2002), equation 2.4.

    Examples
    --------
    >>> from pyspark.ml.functions import array_to_vector
    >>> from pyspark.sql import functions as F
    >>> from spark_smote.ml import PriorCorrection
    >>> scored = spark.range(1).select(array_to_vector(F.array(F.lit(0.5), F.lit(0.5))).alias("probability"))
    >>> PriorCorrection(trainPriors=[0.5, 0.5], truePriors=[0.98, 0.02]).transform(scored).first().probability
    DenseVector([0.98, 0.02])
    """

    trainPriors = Parameter(_SHARES, _NOT_ALL_0)
    truePriors = Parameter(_SHARES, _NOT_ALL_0)
    outputCol = Parameter(STR, COLUMN)

    def __init__(
        self,
        *,
        trainPriors: Sequence[float] | Mapping[int, float] | None = None,
        truePriors: Sequence[float] | Mapping[int, float] | None = None,
        probabilityCol: str = "probability",
        outputCol: str | None = None,
    ) -> None:
        super().__init__()
        given = {"trainPriors": trainPriors, "truePriors": truePriors, "outputCol": outputCol}
        try:
            self._set(probabilityCol=probabilityCol, **{k: v for k, v in given.items() if v is not None})
        except TypeError as error:
            raise ParameterError(str(error)) from error
        if trainPriors is not None and truePriors is not None:
            self.weights()

    def weights(self) -> list[float]:
        """The factor of each class's probability, before the products are
        divided by their sum.

        Returns
        -------
        list of float
            By class index.

        Raises
        ------
        ParameterError
            For priors that are not set or do not fit each other.

        Examples
        --------
        >>> from spark_smote.ml import PriorCorrection
        >>> PriorCorrection(trainPriors=[1, 1], truePriors=[3, 1]).weights()
        [1.5, 0.5]
        """
        for param in (self.trainPriors, self.truePriors):
            if not self.isDefined(param):
                raise ParameterError(f"{param.name} is not set; give the shares of the classes, such as [0.98, 0.02]")
        train, true = self.getOrDefault(self.trainPriors), self.getOrDefault(self.truePriors)
        if len(train) != len(true):
            raise ParameterError(
                f"trainPriors has {len(train)} classes and truePriors {len(true)}; give both in the order of the "
                "class indices, 0 for a class without rows"
            )
        for index, (had, has) in enumerate(zip(train, true, strict=True)):
            if has and not had:
                raise ParameterError(
                    f"class {index} has a true share of {has:g}, but none in training: the model cannot know it"
                )
        return [has / sum(true) / (had / sum(train)) if had else 0.0 for had, has in zip(train, true, strict=True)]

    def stages(self, scaledCol: str) -> list[Transformer]:
        """The same correction as stages of stock Spark, for models that load
        where this package is not installed.

        Parameters
        ----------
        scaledCol : str
            Name of a further column that the stages add: the corrected
            probabilities before normalisation.

        Returns
        -------
        list of pyspark.ml.Transformer

        Examples
        --------
        >>> from pyspark.ml.functions import array_to_vector
        >>> from pyspark.sql import functions as F
        >>> from spark_smote.ml import PriorCorrection
        >>> df = spark.range(1).select(array_to_vector(F.array(F.lit(0.5), F.lit(0.5))).alias("probability"))
        >>> correction = PriorCorrection(trainPriors=[1, 1], truePriors=[3, 1], outputCol="corrected")
        >>> for stage in correction.stages("scaled"):
        ...     df = stage.transform(df)
        >>> df.first().corrected
        DenseVector([0.75, 0.25])
        """
        scale = ElementwiseProduct(
            scalingVec=Vectors.dense(self.weights()), inputCol=self.getProbabilityCol(), outputCol=scaledCol
        )
        return [scale, Normalizer(p=1.0, inputCol=scaledCol, outputCol=self._output())]

    def _output(self) -> str:
        return str(self.getOrDefault(self.outputCol) if self.isSet(self.outputCol) else self.getProbabilityCol())

    def _transform(self, dataset: DataFrame) -> DataFrame:
        weights, names = self.weights(), Names(dataset)
        place = names.find(self.getProbabilityCol(), "probabilityCol")
        field = names.field(place)
        if not isinstance(field.dataType, VectorUDT):
            raise ColumnError(
                f"probabilityCol: column {field.name!r} has type {type_name(field.dataType)}; it must be the vector "
                "of probabilities that a classifier makes"
            )
        size = field.metadata.get("ml_attr", {}).get("num_attrs", len(weights))
        if size != len(weights):
            raise ParameterError(
                f"column {field.name!r} has probabilities of {size} classes, but the priors are of {len(weights)}; "
                "give a share for each class index, 0 for a class without rows"
            )
        output = self._output()
        if self.isSet(self.outputCol) and output in names:
            raise ColumnError(f"outputCol: there is a column {output!r} already; choose another name")
        inside = [f"{self.uid}_{index}" for index in range(3)]
        frame = dataset.withColumn(inside[0], F.col(quoted(field.name)))
        corrected = PriorCorrection(probabilityCol=inside[0], outputCol=inside[2])
        corrected._set(trainPriors=self.getOrDefault(self.trainPriors), truePriors=self.getOrDefault(self.truePriors))
        for stage in corrected.stages(inside[1]):
            frame = stage.transform(frame)
        return frame.withColumn(output, F.col(inside[2])).drop(*inside)


def _to_shares(value: Any) -> list[float]:
    """A list by class index; Spark ML adds the parameter's name to a TypeError."""
    if isinstance(value, Mapping):
        try:
            found = {int(label): share for label, share in value.items()}
        except (TypeError, ValueError) as error:
            raise TypeError(f"the classes are Spark's indices 0, 1, ..., not {list(value)}") from error
        value = [found.get(index, 0.0) for index in range(max(found, default=-1) + 1)]
    shares = TypeConverters.toListFloat(list(value) if isinstance(value, tuple) else value)
    if not shares or not sum(shares) > 0 or not all(0 <= share < float("inf") for share in shares):
        raise TypeError(f"shares must be numbers of 0 and more, not all 0; got {shares}")
    return shares
