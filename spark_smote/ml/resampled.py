"""An estimator that is fitted on resampled rows, while the model meets rows as they are."""

from __future__ import annotations

import os
from typing import Any

from pyspark.ml import Model, Pipeline, PipelineModel
from pyspark.ml.param import Params
from pyspark.ml.param.shared import HasFeaturesCol, HasLabelCol, HasPredictionCol, HasRawPredictionCol
from pyspark.ml.util import DefaultParamsReader, DefaultParamsWriter, MLReader, MLWriter
from pyspark.sql import DataFrame

from spark_smote.core.chain import Chain, flat
from spark_smote.core.parameter import BOOL, TRUE_OR_FALSE, Parameter
from spark_smote.errors import ParameterError
from spark_smote.ml.fitting import check_columns, check_labels, class_counts, nullable
from spark_smote.ml.prior import PriorCorrection
from spark_smote.ml.stages import check_estimator, check_grid, probabilistic
from spark_smote.spark.cached import cached

_HANDED_ON = ("labelCol", "featuresCol", "predictionCol", "rawPredictionCol")


class Resampled(Pipeline, HasLabelCol, HasFeaturesCol, HasPredictionCol, HasRawPredictionCol):
    """Resamples in ``fit`` only, and returns the model of the estimator within.

    To Spark ML it is a pipeline of samplers and an estimator, so it works as a stage of other pipelines, in
    ``CrossValidator`` and ``TrainValidationSplit`` with grids over params of both, and under ``OneVsRest``. What it
    returns is the inner model, stock Spark: validation folds and new rows are scored as they are.

    Parameters
    ----------
    sampler : sampler, chain, or list of these
        Each works on what the one before made.
    estimator : pyspark.ml.Estimator
        A classifier, or a pipeline that ends in one.
    correctPrior : bool, default False
        Return probabilities for the class shares of the rows as they are, see :class:`PriorCorrection`; the model is
        then a stock ``PipelineModel`` which leaves the uncorrected ones in ``<probabilityCol>_resampled``, and those
        before they are made to sum to 1 in ``<probabilityCol>_scaled``.
    labelCol, featuresCol, predictionCol, rawPredictionCol : str, optional
        Handed on to the samplers and the estimator where set; ``OneVsRest`` does so.

    Raises
    ------
    ParameterError
        For a sampler or an estimator that is none; a grid with params of neither; ``correctPrior`` with an estimator
        that has no probabilities.
    ColumnError
        When the samplers and the estimator look at different labels, labels are not numbers, or synthetic rows
        would have none of the features or weights that the estimator needs.

    Notes
    -----
    The resampled rows are cached while the estimator is fitted. Columns that synthetic rows have no value for are null
    in them, also those that cannot be null in the input.

    Examples
    --------
    >>> from pyspark.ml.classification import LogisticRegression
    >>> from pyspark.ml.functions import array_to_vector
    >>> from spark_smote import SMOTE
    >>> from spark_smote.ml import Resampled
    >>> df = spark.range(120).selectExpr("CAST(id % 12 = 0 AS DOUBLE) AS label", "id * 1.0D AS amount")
    >>> df = df.withColumn("features", array_to_vector(F.array("amount")))
    >>> model = Resampled(sampler=SMOTE(seed=7), estimator=LogisticRegression()).fit(df)
    >>> type(model).__name__, model.transform(df).count()
    ('LogisticRegressionModel', 120)
    """

    correctPrior = Parameter(
        BOOL,
        TRUE_OR_FALSE,
        "Whether the model's probabilities are corrected for the class shares of the rows before resampling.",
        default=False,
    )

    def __init__(self, *, sampler: Any = None, estimator: Any = None, **params: Any) -> None:
        super().__init__()
        self._setDefault(correctPrior=False)
        if sampler is not None or estimator is not None:
            check_estimator(estimator)
            self._set(stages=[*flat(sampler), estimator])
        self._set_all(params)

    def getSampler(self) -> list[Any]:
        """The samplers in a row."""
        return self._stages()[:-1]

    def getEstimator(self) -> Any:
        """The estimator within."""
        return self._stages()[-1]

    def fit(self, dataset: DataFrame, params: Any = None) -> Any:
        """The inner estimator's model, or one for each dict of params.

        Parameters
        ----------
        dataset : DataFrame
        params : dict or list of dict of Param to object, optional
            Params of the samplers, of the estimator, or of stages within it.
        """
        self._stages()
        check_grid(self, [params] if isinstance(params, dict) else params or [])
        return super().fit(dataset, params)

    def copy(self, extra: Any = None) -> Any:
        """A copy, with other params of the samplers and the estimator."""
        try:
            return super().copy(extra)
        except TypeError as error:
            raise ParameterError(str(error)) from error

    def write(self) -> MLWriter:
        """A writer of the samplers, the estimator and the settings."""
        return _Writer(self)

    @classmethod
    def read(cls) -> Any:
        """A reader of what :meth:`write` writes."""
        return _Reader(cls)

    def _set_all(self, params: dict[str, Any]) -> None:
        known = [param.name for param in self.params if param.name != "stages"]
        for name, value in params.items():
            if name not in known:
                raise ParameterError(
                    f"{type(self).__name__} has no parameter {name!r}; it has sampler, estimator, {', '.join(known)}"
                )
            try:
                self._set(**{name: value})
            except TypeError as error:
                raise ParameterError(str(error)) from error

    def _stages(self) -> list[Any]:
        if not self.isSet(self.stages):
            raise ParameterError(f"{type(self).__name__} has no sampler and no estimator; give both")
        return list(self.getStages())

    def _fit(self, dataset: DataFrame) -> Any:
        corrects = self.getOrDefault(self.correctPrior)
        *samplers, estimator = self._handing_on()
        if corrects:
            probabilistic(estimator, "correctPrior")
        check_columns(dataset, samplers, estimator)
        chain, rows = Chain(*samplers), nullable(dataset, samplers)
        plan = chain.plan(rows)
        check_labels(plan, estimator)
        with cached(chain.resample(rows, plan)) as resampled:
            model = estimator.fit(resampled)
            return _corrected(model, dataset, resampled) if corrects else model

    def _handing_on(self) -> list[Any]:
        """Copies of the samplers and the estimator, with the columns that were set here."""
        names = [name for name in _HANDED_ON if self.isSet(self.getParam(name))]
        stages = [stage.copy() for stage in self._stages()]
        for stage in stages:
            stage._set(**{name: self.getOrDefault(name) for name in names if stage.hasParam(name)})
        return stages


def _corrected(model: Model, dataset: DataFrame, resampled: DataFrame) -> PipelineModel:
    """The model with the correction behind it, in stock Spark stages."""
    predictor = probabilistic(model, "correctPrior")
    trained, true = class_counts(model, resampled, dataset)
    column = predictor.getProbabilityCol()
    predictor.set(predictor.probabilityCol, f"{column}_resampled")
    correction = PriorCorrection(
        trainPriors=trained, truePriors=true, probabilityCol=f"{column}_resampled", outputCol=column
    )
    return PipelineModel([model, *correction.stages(f"{column}_scaled")])


class _Writer(MLWriter):
    """Settings as metadata of the class itself, the stages as those of a pipeline beside it."""

    def __init__(self, instance: Resampled) -> None:
        super().__init__()
        self.instance = instance

    def saveImpl(self, path: str) -> None:
        settings = Params.copy(self.instance)
        settings.clear(settings.stages)
        DefaultParamsWriter(settings).saveImpl(path)
        Pipeline(stages=self.instance._stages()).write().save(os.path.join(path, "stages"))


class _Reader(MLReader[Any]):
    def __init__(self, kind: Any) -> None:
        super().__init__()
        self.kind = kind

    def load(self, path: str) -> Any:
        loaded: Any = DefaultParamsReader(self.kind).load(path)
        return loaded.setStages(Pipeline.load(os.path.join(path, "stages")).getStages())
