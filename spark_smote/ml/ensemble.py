"""Many models, each fitted on a balanced draw of its own, whose probabilities are averaged."""

from __future__ import annotations

from collections.abc import Callable
from multiprocessing.pool import ThreadPool
from typing import Any

from pyspark import __version__ as pyspark_version
from pyspark import inheritable_thread_target
from pyspark.ml import Model, PipelineModel
from pyspark.ml.functions import array_to_vector, vector_to_array
from pyspark.ml.param import Params
from pyspark.ml.param.shared import HasParallelism, HasPredictionCol, HasProbabilityCol, HasRawPredictionCol, HasSeed
from pyspark.ml.util import MLReadable, MLReader, MLWritable, MLWriter
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_smote.core.parameter import INT, Parameter, at_least
from spark_smote.core.parts import PartsReader, PartsWriter
from spark_smote.core.stages import probabilistic
from spark_smote.errors import ColumnError, ParameterError
from spark_smote.ml.resampled import STAGING, Resampled
from spark_smote.samplers.random_under_sampler import RandomUnderSampler
from spark_smote.spark.columns import Names, position_in, quoted


class BalancedEnsemble(Resampled, HasSeed, HasParallelism):
    """Fits several models, each on a balanced draw of its own, and averages
    their probabilities.

    With under-sampling, the default, every model is fitted on all rows of the
    rare class and a small part of the others. Together the models use much of
    the data, and no row is synthetic.

    Parameters
    ----------
    estimator : pyspark.ml.Estimator
        A classifier with probabilities, or a pipeline that ends in one.
    sampler : sampler, chain, or list of these, default RandomUnderSampler()
        At least one must have a ``seed``; model i is fitted on the draw of
        copies with seed + i.
    numModels : int, default 10
        Number of models, at least 1.
    seed : int, default 0
        Seed of the first model's draw.
    parallelism : int, default 1
        Number of models that are fitted at the same time.
    correctPrior, labelCol, featuresCol, predictionCol, rawPredictionCol
        See :class:`Resampled`; the default sampler has the same label column.
    stagingPath, stagingTable
        See :class:`Resampled`.

    Raises
    ------
    ParameterError
        See :class:`Resampled`; also if no sampler has a seed.

    References
    ----------
    X.-Y. Liu, J. Wu, Z.-H. Zhou, "Exploratory undersampling for class-imbalance
    learning", IEEE Transactions on Systems, Man, and Cybernetics B 39 (2009):
    EasyEnsemble, with any classifier in the place of AdaBoost.

    Examples
    --------
    >>> from pyspark.ml.classification import LogisticRegression
    >>> from pyspark.ml.functions import array_to_vector
    >>> from pyspark.sql import functions as F
    >>> from spark_smote.ml import BalancedEnsemble
    >>> df = spark.range(120).selectExpr("CAST(id % 12 = 0 AS DOUBLE) AS label", "id * 1.0D AS amount")
    >>> df = df.withColumn("features", array_to_vector(F.array("amount")))
    >>> model = BalancedEnsemble(estimator=LogisticRegression(), numModels=3, seed=7).fit(df)
    >>> len(model.members), model.transform(df).columns
    (3, ['label', 'amount', 'features', 'rawPrediction', 'probability', 'prediction'])
    """

    numModels = Parameter(INT, at_least(1), default=10)

    def __init__(self, *, estimator: Any = None, sampler: Any = None, **params: Any) -> None:
        if sampler is None and estimator is not None:
            sampler = RandomUnderSampler(labelCol=params.get("labelCol", _label_of(estimator)))
        super().__init__(sampler=sampler, estimator=estimator)
        self._setDefault(numModels=10, seed=0, parallelism=1)
        self._set_all(params)

    def _fit(self, dataset: DataFrame) -> Any:
        number, seed = self.getOrDefault(self.numModels), self.getOrDefault(self.seed)
        self.numModels.check(number)
        *samplers, estimator = self._handing_on()
        seeded = [sampler for sampler in samplers if sampler.hasParam("seed")]
        if not seeded:
            names = ", ".join(type(sampler).__name__ for sampler in samplers)
            raise ParameterError(f"{names} would draw the same rows for every model; add a sampler that has a seed")
        probabilistic(estimator, "BalancedEnsemble")
        given = {name: self.getOrDefault(name) for name in ("correctPrior", *STAGING) if self.isDefined(name)}

        def member(index: int) -> Model:
            draws = [sampler.copy({sampler.seed: seed + index} if sampler in seeded else None) for sampler in samplers]
            one = Resampled(sampler=draws, estimator=estimator, **given)
            fitted: Model = one.fit(dataset)
            return fitted

        members = _fit_members(self.getParallelism(), member, number, dataset.sparkSession)
        predictor = probabilistic(estimator, "BalancedEnsemble")
        model = BalancedEnsembleModel(members)
        model._resetUid(self.uid)
        for name in ("probabilityCol", "predictionCol", "rawPredictionCol"):
            model._set(**{name: predictor.getOrDefault(name)})
        return model


class BalancedEnsembleModel(
    Model, HasProbabilityCol, HasPredictionCol, HasRawPredictionCol, MLReadable[Any], MLWritable
):
    """The model that :class:`BalancedEnsemble` fits: class probabilities are
    means over the members.

    Parameters
    ----------
    members : list of pyspark.ml.Model
        Each gives a column of probabilities.

    Attributes
    ----------
    members : list of pyspark.ml.Model

    Examples
    --------
    >>> from spark_smote.ml import BalancedEnsembleModel
    >>> BalancedEnsembleModel().members
    []
    """

    def __init__(self, members: list[Any] | None = None) -> None:
        super().__init__()
        self.members = list(members or [])

    def copy(self, extra: Any = None) -> Any:
        """A copy of the model, of copies of its members.

        Parameters
        ----------
        extra : dict of Param to object, optional
            Parameters of the model and its members to set on the copies.

        Examples
        --------
        >>> from spark_smote.ml import BalancedEnsembleModel
        >>> model = BalancedEnsembleModel()
        >>> model.copy({model.predictionCol: "fraud"}).getPredictionCol(), model.getPredictionCol()
        ('fraud', 'prediction')
        """
        copied = Params.copy(self, extra)
        copied.members = [member.copy(extra) for member in self.members]
        return copied

    def write(self) -> MLWriter:
        """A writer that saves the members, and the parameters of this model."""
        return PartsWriter(self, PipelineModel(self.members), "members")

    @classmethod
    def read(cls) -> MLReader[Any]:
        """A reader for the format of :meth:`write`; :meth:`load` uses it."""
        return PartsReader(
            cls, PipelineModel, "members", lambda loaded, parts: setattr(loaded, "members", parts.stages)
        )

    def _transform(self, dataset: DataFrame) -> DataFrame:
        outputs = (self.getRawPredictionCol(), self.getProbabilityCol(), self.getPredictionCol())
        names = Names(dataset)
        for name in outputs:
            if name in names:
                raise ColumnError(f"there is a column {name!r} already; drop or rename it")
        votes = [f"{self.uid}_{index}" for index in range(len(self.members))]
        frame, kept = dataset, [F.col(quoted(name)) for name in dataset.columns]
        for index, member in enumerate(self.members):
            vote = vector_to_array(F.col(quoted(self.getProbabilityCol()))).alias(votes[index])
            frame = member.transform(frame).select(*kept, *votes[:index], vote)
        summed = f"aggregate(slice({{0}}, 2, {len(votes)}), {{0}}[0], (a, b) -> zip_with(a, b, (x, y) -> x + y))"
        total = F.expr(summed.format(f"array({', '.join(votes)})"))
        raw, probability, prediction = outputs
        frame = frame.select(*kept, total.alias(votes[0]))
        return frame.select(
            *kept,
            array_to_vector(F.col(votes[0])).alias(raw),
            array_to_vector(F.transform(votes[0], lambda x: x / F.lit(len(votes)))).alias(probability),
            (position_in(F.col(votes[0]), F.array_max(votes[0])) - F.lit(1)).cast("double").alias(prediction),
        )


def _fit_members(parallelism: int, fit: Callable[[int], Model], number: int, session: Any) -> list[Model]:
    """The fitted members, so many of them at the same time."""
    if parallelism == 1:
        return [fit(index) for index in range(number)]
    # On Connect a new thread has no session unless it is given one, which Spark 3.5 does not support.
    known = inheritable_thread_target(session)(fit) if pyspark_version >= "4" else inheritable_thread_target(fit)
    with ThreadPool(min(parallelism, number)) as pool:
        return pool.map(known, range(number))


def _label_of(estimator: Any) -> str:
    return estimator.getLabelCol() if hasattr(estimator, "getLabelCol") else "label"
